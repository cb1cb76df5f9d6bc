"""What a run would send, counted before anything leaves."""

import pandas as pd
import pytest

from smppkit.esme.prepare import prepare
from smppkit.esme.preview import preview, spell
from smppkit.esme.settings import Options

TABLE = pd.DataFrame(
    {"to": ["+32471", "+32472", "+32471", "x"], "text": ["a", "Ж" * 71, "c" * 161, "d"]}, index=[10, 20, 30, 40]
)


def test_a_preview_counts_what_a_run_would_send():
    found, prepared = preview(None, TABLE, rate=10), prepare(TABLE)
    assert (found.rows, found.messages, found.parts) == (4, 3, 5) == (4, prepared.messages, prepared.parts)
    assert found.encodings == {"gsm7": 2, "ucs2": 1}
    assert found.duplicates == 1
    assert found.seconds == 0.5
    assert found.left_out["row"].tolist() == [40]
    assert found.table.to_dict("list") == {
        "destination": ["32471", "32472", "32471"],
        "text": ["a", "Ж" * 71, "c" * 161],
        "encoding": ["gsm7", "ucs2", "gsm7"],
        "units": [1, 71, 161],
        "parts": [1, 2, 2],
    }
    assert found.table.index.tolist() == [10, 20, 30]


def test_the_account_says_sender_and_rate_where_the_call_does_not():
    options = Options(host="localhost", rate=2.0, sender="INFO")
    assert preview(options, TABLE).seconds == 2.5
    assert preview(options, TABLE, rate=1).seconds == 5.0
    assert preview(options, TABLE, rate=50).seconds == 2.5  # the account's rate holds for all
    assert preview(None, TABLE).seconds is None


def test_an_empty_preview():
    found = preview(None, {"to": []}, "Hi", rate=5)
    assert repr(found) == "<Preview: 0 rows, 0 messages, 0 parts, 0 s at 5 parts/s>"
    assert len(found.table) == 0
    assert "0" in found._repr_html_()


def test_one_line_and_a_card_that_runs_nothing():
    table = {"to": ["+32471", "<script>alert(1)</script>", "<b>"]}
    found = preview(None, table, "Hi <i>", rate=1000)
    assert repr(found) == "<Preview: 3 rows, 1 message, 1 part, gsm7 1, 2 rows left out, 0.001 s at 1,000 parts/s>"
    assert "<script>" not in found._repr_html_()
    assert "<b>" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()


def test_spans_are_spelled():
    assert [spell(seconds) for seconds in (0.05, 59, 60, 61, 3600, 7260, 360_000)] == [
        "0.05 s",
        "59 s",
        "1 min",
        "1 min 1 s",
        "1 h",
        "2 h 1 min",
        "100 h",
    ]


def test_the_card_tells_how_many_more_reasons_there_are():
    rows = ["+32471", *(f"x{sign}" for sign in "abcdefg"), "xa"]
    assert "and 2 for 2 other reasons" in preview(None, {"to": rows}, "Hi")._repr_html_()
    assert "and 1 for 1 other reason<" in preview(None, {"to": rows[:7]}, "Hi")._repr_html_()
    assert "other reason" not in preview(None, {"to": rows[:6]}, "Hi")._repr_html_()


@pytest.mark.parametrize(
    ("keywords", "kind", "sentence"),
    [
        ({"senders": "X"}, TypeError, "preview has no keyword 'senders'; did you mean sender"),
        ({"timeout": 5}, TypeError, "preview has no keyword 'timeout'; there are sender, receipt, rate"),
        ({"references": None}, TypeError, "preview has no keyword 'references'"),
        ({"rate": "10"}, ValueError, "rate: '10' parts a second; give a number"),
        ({"rate": float("nan")}, ValueError, "rate: nan parts a second"),
        ({"window": "2"}, ValueError, "window: '2' requests at once; give a whole number"),
        ({"window": 2.5}, ValueError, "window: 2.5 requests at once"),
    ],
)
def test_keywords_are_those_of_send_many_and_a_slip_is_named(keywords, kind, sentence):
    with pytest.raises(kind, match=sentence):
        preview(None, TABLE, **keywords)
    assert preview(None, TABLE, window=5).parts == 5
