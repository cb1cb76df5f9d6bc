"""Answers as tables: what they say, that they stay pandas, that strange text is harmless, that imports are light."""

import io
import json
import pickle
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from smppkit.errors import TableError
from smppkit.stats import Answer, Questions
from smppkit.stats.table import one_line
from tests.stats.traffic import HOSTILE, messages


def answers(table, by=None):
    ask = table.smpp
    return [
        ask.delivery_rate(by), ask.delivery_rate(by, "10s"), ask.latency(by=by), ask.latency(by=by, of="response"),
        ask.errors(by), ask.timeline(), ask.funnel(),
    ]  # fmt: skip


@pytest.mark.parametrize("by", [None, "country"])
def test_every_answer_names_denominator_horizon_and_n(by):
    for answer in answers(messages(300, cut=1_205, accepted=0.9), by):
        assert isinstance(answer, Answer)
        assert isinstance(answer, pd.DataFrame)
        assert {"question", "unit", "denominator", "horizon", "observed_until", "n", "notes"} <= set(answer.attrs)
        assert f"n = {answer.attrs['n']:,}" in answer.caption
        assert "12:00:05 UTC" in answer.caption
        assert {"low", "high"} <= set(answer.columns)
        assert "\n".join(repr(answer).splitlines()[-1:]).strip()
        assert " ".join(answer.caption.split()) in " ".join(repr(answer).split())


def test_an_answer_stays_a_data_frame():
    answer = messages(300).smpp.latency(by="country")
    assert json.loads(json.dumps(answer.attrs)) == answer.attrs
    again = pickle.loads(pickle.dumps(answer))
    assert again.caption == answer.caption
    assert again.curve.equals(answer.curve)
    file = io.BytesIO()
    answer.to_parquet(file)
    file.seek(0)
    assert pd.read_parquet(file).attrs["caption"] == answer.caption
    for changed in (
        answer.head(2),
        answer.sort_values("n"),
        answer[answer["n"] > 1],
        pd.concat([answer, answer]),
        answer.T,
    ):
        assert isinstance(changed, Answer)
        assert changed.caption == answer.caption
        assert repr(changed)
        assert changed._repr_html_()
    assert answer["seconds"].mean() > 0
    assert answer.reset_index().groupby("quantile")["n"].sum().nunique() == 1


def test_counts_that_went_missing_do_not_break_the_table():
    rate = messages(30).smpp.delivery_rate("country").astype({"n": "Int64", "unasked": "Int64"})
    rate.loc["BE", ["n", "unasked", "rate"]] = None
    assert "–" in repr(rate)


def test_long_tables_are_cut_in_sight_only():
    answer = messages(2_000, msg=np.arange(2_000)).smpp.delivery_rate("msg")
    assert len(answer) == 2_000
    assert "1,940 more rows not shown." in repr(answer)
    assert answer._repr_html_().count("<tr>") < 70


def test_numbers_read_well():
    answer = pd.DataFrame({"outcome": "accepted", "state": ["DELIVERED"] * 99_999 + ["EXPIRED"]}).smpp.delivery_rate()
    assert ">99.9 %" in repr(answer)
    assert "100,000" in repr(answer)


def test_hostile_labels_are_harmless_as_text_and_html():
    labels = np.resize(np.array(HOSTILE, dtype=object), 280)
    table = messages(280, country=labels, err=labels)
    table = table.rename(columns={"country": "<b>land</b>\x1b[0m"})
    for answer in answers(table, "<b>land</b>\x1b[0m"):
        text, html = repr(answer), answer._repr_html_()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", text + html)
        tags = set(re.findall(r"<\s*([^\s>/]+)", html))
        assert tags <= {"div", "table", "thead", "tbody", "tr", "th", "td"}
        assert not re.search(r"<[^>]*\son\w+=", html)
        assert max(map(len, text.splitlines())) < 400


def test_one_line_is_one_line_that_can_be_printed():
    assert one_line("half \ud83d") == "half \\ud83d"
    assert one_line("a\r\n\tb\x85c\u2028d") == "a\\r\\n\\tb\\x85c\\u2028d"
    assert len(one_line("\x00" * 99)) == 40
    assert [one_line(value) for value in (None, pd.NA, pd.NaT, float("nan"), 7)] == ["<NA>"] * 4 + ["7"]


def test_hostile_column_names_in_errors():
    with pytest.raises(TableError) as caught:
        pd.DataFrame({"\x1b[31m\n" + "x" * 500: [1], 7: [2]}).smpp.funnel()
    assert len(str(caught.value)) < 300
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_accessor():
    assert isinstance(pd.DataFrame().smpp, Questions)
    assert "delivery_rate" in repr(pd.DataFrame().smpp)


def test_the_table_is_left_as_it_was():
    table = messages(100, accepted=0.9)
    before, attrs = table.copy(), dict(table.attrs)
    answers(table, "country")
    pd.testing.assert_frame_equal(table, before)
    assert table.attrs == attrs


def test_index_of_the_table_does_not_matter():
    table = messages(200, accepted=0.9)
    odd = table.set_axis(np.zeros(200, dtype=int))
    for one, other in zip(answers(table, "country"), answers(odd, "country"), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))


def test_a_million_rows():
    table = pd.concat([messages(1_000, seed, accepted=0.9) for seed in range(4)], ignore_index=True)
    many = pd.concat([table] * 250, ignore_index=True)
    for small, large in zip(answers(table, "country"), answers(many, "country"), strict=True):
        assert large.attrs["n"] == 250 * small.attrs["n"]


def test_import_is_light():
    code = (
        "import sys, smppkit.stats; print([name for name in ('scipy', 'matplotlib', 'IPython') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_without_matplotlib_the_pip_command_is_told():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import pandas, smppkit.stats\n"
        "answer = pandas.DataFrame({'outcome': ['accepted'], 'state': [None]}).smpp.funnel()\n"
        "try:\n    answer.plot()\nexcept ImportError as error:\n    print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "Pictures need matplotlib: pip install 'smppkit[lab]'\n"
