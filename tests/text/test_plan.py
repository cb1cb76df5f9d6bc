"""Plans: what is chosen, what it costs, why; one text and a Series agree."""

import dataclasses
import pickle
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.errors import TableError, TextError
from smppkit.text.parts import split
from smppkit.text.plan import Plan, plan
from tests.text import reference

SEGMENTATION = reference.load("segmentation.jsonl")
ALPHABETS = ["default", "all", "ucs2", ("default", "turkish"), ("latin1", "default", "spanish")]
mixed_text = st.text(st.sampled_from("aé€{@\r\n ÄΩşığç’…ЖЙ😀\u0301\u200d👩ि्न☃\u202e\x00"), max_size=300)


@pytest.mark.parametrize("row", SEGMENTATION, ids=lambda row: row["id"])
def test_segmentation_vectors(row):
    planned = plan(row["text"], row["reference_bits"])
    assert planned.encoding == row["encoding"]
    assert planned.parts == planned.cost == row["parts"]
    assert list(planned.units) == row["units_per_part"]
    assert list(planned.characters) == row["chars_per_part"]
    assert sum(planned.units) == row["units_total"]


def test_empty():
    planned = plan("")
    assert (planned.encoding, planned.parts, planned.units, planned.reasons) == ("gsm7", 1, (0,), ())


@given(mixed_text, st.sampled_from(ALPHABETS), st.sampled_from(["auto", "udh16", "sar", "payload"]))
def test_plan_is_what_split_does(text, alphabets, long):
    planned = plan(text, alphabets=alphabets, long=long)
    parts = split(text, alphabets=alphabets, long=long)
    assert planned.parts == len(parts)
    assert planned.units == tuple(part.units for part in parts)
    assert planned.characters == tuple(len(part.text) for part in parts)
    assert planned.cost >= planned.parts
    assert all(isinstance(reason, str) and reason for reason in planned.reasons)


@given(st.lists(mixed_text, max_size=8), st.sampled_from(ALPHABETS), st.sampled_from(["auto", "udh16", "payload"]))
def test_series_agrees_with_single_plans(texts, alphabets, long):
    frame = plan(pd.Series(texts, dtype="str"), alphabets=alphabets, long=long)
    for text, row in zip(texts, frame.itertuples(), strict=True):
        planned = plan(text, alphabets=alphabets, long=long)
        assert (row.encoding, row.units, row.parts) == (planned.encoding, sum(planned.units), planned.parts)
        assert (row.characters, row.reasons) == (len(text), "; ".join(planned.reasons))


def test_series_keeps_index_and_shows_what_is_missing():
    texts = pd.Series(["a", None, "Ж" * 71, "a" * 50_000, float("nan"), pd.NA], index=list("uvwxyz"), dtype=object)
    frame = plan(texts)
    assert list(frame.index) == list("uvwxyz")
    assert list(frame.columns) == ["encoding", "units", "parts", "characters", "reasons"]
    assert [str(kind) for kind in frame.dtypes] == ["category", "Int64", "Int64", "Int64", "str"]
    assert frame["encoding"].astype(object).where(frame["encoding"].notna(), None).tolist() == [
        "gsm7", None, "ucs2", "gsm7", None, None,
    ]  # fmt: skip
    assert frame["parts"].fillna(-1).tolist() == [1, -1, 2, -1, -1, -1]
    assert frame["units"].fillna(-1).tolist() == [1, -1, 71, 50_000, -1, -1]
    assert frame.loc["x", "reasons"] == "the text takes 327 parts, but at most 255 can be joined: shorten it"
    assert frame["reasons"].isna().tolist() == [False, True, False, False, True, True]
    frame["parts"] += 1
    assert len(plan(pd.Series([], dtype="str"))) == 0


@pytest.mark.parametrize("alphabets", ["ucs2", ("ucs2",), "default", "all"])
def test_rows_without_a_text_in_one_alphabet_or_in_many(alphabets):
    frame = plan(pd.Series([None, "a", "\ud800"], dtype=object), alphabets=alphabets)
    assert frame["encoding"].isna().tolist() == [True, False, True]
    assert frame["parts"].fillna(-1).tolist() == [-1, 1, -1]
    assert frame["characters"].fillna(-1).tolist() == [-1, 1, 1]


def test_series_of_lone_surrogates_is_planned_not_refused():
    frame = plan(pd.Series(["a\ud800", "b"], dtype=object))
    assert frame["parts"].fillna(-1).tolist() == [-1, 1]
    assert frame["reasons"].tolist() == ["'\\ud800' (position 1) is not in UCS-2", ""]


def test_series_of_something_else():
    with pytest.raises(TableError, match=r"row 1 holds int: convert with \.astype"):
        plan(pd.Series(["a", 5], dtype=object))
    with pytest.raises(TypeError, match="a text or a Series of texts, not bytes"):
        plan(b"a")
    with pytest.raises(TypeError, match="not NoneType"):
        plan(None)
    with pytest.raises(TypeError, match="a text or a Series of texts, not DataFrame: name one of its columns"):
        plan(pd.DataFrame({"text": ["a"]}))
    for value in (pd.NA, pd.NaT, pd.array(["a"], dtype="str"), pd.Categorical(["a"])):
        with pytest.raises(TypeError, match=f"a text or a Series of texts, not {type(value).__name__}"):
            plan(value)


@pytest.mark.parametrize("index", [pd.Index(["a", "Ж" * 71]), pd.CategoricalIndex(["a", "Ж" * 71])])
def test_an_index_is_a_column_as_well(index):
    pd.testing.assert_frame_equal(plan(index), plan(pd.Series(["a", "Ж" * 71])))


def test_an_index_of_something_else():
    assert len(plan(pd.Index([]))) == 0
    for index, kind in ((pd.Index([1]), "int"), (pd.MultiIndex.from_tuples([("a", "b")]), "tuple")):
        with pytest.raises(TableError, match=f"row 0 holds {kind}: convert with"):
            plan(index)


def test_a_subclass_of_series():
    class Texts(pd.Series):
        pass

    assert plan(Texts(["a"]))["parts"].tolist() == [1]


@pytest.mark.parametrize("alphabets", [None, 1, b"default", [None], [["default"]]])
def test_alphabets_that_are_no_names(alphabets):
    for call in (plan, split):
        with pytest.raises(TypeError, match=r"alphabets is .*, but a name or several are wanted"):
            call("a", alphabets=alphabets)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "It’s " + "a" * 70,
            "’ (U+2019 RIGHT SINGLE QUOTATION MARK) at 2 forces UCS-2: with ' the text is 1 part instead of 2",
        ),
        (
            "a\u200bb",
            "U+200B ZERO WIDTH SPACE at 1 forces UCS-2: without it the text fits GSM 7-bit, 1 part as before",
        ),
        ("☃☃", "☃ (U+2603 SNOWMAN) at 0, 1 forces UCS-2"),
        ("😀" * 6, "😀 (U+1F600 GRINNING FACE) at 0, 1, 2, 3 and 2 more places forces UCS-2"),
        ("“☃", '“ (U+201C LEFT DOUBLE QUOTATION MARK) at 0 forces UCS-2 (look-alike: ")'),
        ("“a”", "with look-alikes the text fits GSM 7-bit, 1 part as before"),
        ("“" + "a" * 150 + "”", "with look-alikes the text is 1 part instead of 3"),
        ("5 €", "€ (U+20AC EURO SIGN) at 2 takes 2 septets"),
        ("a" * 161, "161 septets are more than the 160 of one message: 2 parts of up to 153"),
    ],
)
def test_reasons(text, sentence):
    assert sentence in plan(text).reasons


def test_many_offenders_make_one_sentence():
    (reason,) = plan("Привет").reasons
    assert reason.endswith("and 2 other characters force UCS-2")
    assert len(plan("".join(map(chr, range(0x4E00, 0x4E00 + 3000)))).reasons[0]) < 500


def test_look_alikes_that_take_more_parts_are_not_praised():
    (reason,) = plan("…" * 70).reasons
    assert reason.endswith("forces UCS-2 (look-alike: ...)")


def test_national_languages_by_cost():
    planned = plan("Şimdi", alphabets=("default", "turkish"))
    assert (planned.encoding, planned.locking, planned.single, planned.units) == ("gsm7", "turkish", "default", (5,))
    assert planned.reasons[0].endswith("needs the turkish locking shift, named in a header of 4 octets")
    assert plan("Şimdi").encoding == "ucs2"
    assert plan("hello", alphabets="all").locking == "default"
    both = plan("ş€€ " + "ş{}" * 40, alphabets=("default", "turkish"))
    assert both.encoding == "gsm7"
    assert plan("Ж", alphabets="all").encoding == "ucs2"
    saved = plan("€" * 100, alphabets=("default", "turkish"))
    assert (saved.parts, saved.locking) == (1, "turkish")
    assert saved.reasons[0] == "fewer septets by the turkish locking shift, named in a header of 4 octets"
    hindi = plan("हिन्दी " * 20, alphabets="all")
    assert (hindi.locking, hindi.parts) == ("hindi", 1)


def test_disputed_cell_is_not_relied_on():
    assert plan("తెలుగు ౧ €", alphabets=("default", "telugu")).encoding == "ucs2"
    without = plan("తెలుగు €", alphabets=("default", "telugu"))  # by the default extension table
    assert (without.locking, without.single) == ("telugu", "default")


def test_other_alphabets():
    planned = plan("é" * 150, alphabets=("latin1",))
    assert (planned.encoding, planned.units, planned.capacity) == ("latin1", (134, 16), 134)
    asked = plan("hello", alphabets=("ucs2",))
    assert asked.reasons == ("UCS-2 was asked for: all of the text is in the GSM 7-bit alphabet",)


def test_payload_is_one_request_and_its_cost():
    planned = plan("a" * 400, long="payload")
    assert (planned.parts, planned.units, planned.cost) == (1, (400,), 3)
    assert "billed" in planned._repr_html_()


def test_refusals():
    with pytest.raises(TextError, match="takes 256 parts"):
        plan("a" * 39_016)
    with pytest.raises(TextError, match=r"'\\udfff' \(position 0\) is not in UCS-2"):
        plan("\udfff")
    for keywords in ({"reference_bits": 7}, {"long": "owl"}, {"alphabets": ("elvish",)}):
        with pytest.raises(ValueError, match=r"7|owl|elvish"):
            plan("a", **keywords)


def test_one_line_without_the_text():
    planned = plan("secret’ " * 30)
    assert repr(planned) == "<Plan ucs2, 4 parts, 67 + 67 + 67 + 39 16-bit units>"
    assert "secret" not in str(planned) + planned._repr_html_()
    assert str(planned).splitlines()[0] == repr(planned).strip("<>")
    assert (
        repr(plan("Şimdi", alphabets=("turkish",)))
        == "<Plan gsm7 with turkish locking shift, 1 part, 5 of 155 septets>"
    )


@given(mixed_text)
def test_html_is_harmless(text):
    page = plan(text + "<b>\u202e", alphabets=("default",))._repr_html_()
    assert "<b>" not in page
    assert "\u202e" not in page


def test_plans_are_values():
    planned = plan("Hello €")
    assert planned == plan("Hello €")
    assert hash(planned) == hash(plan("Hello €"))
    assert pickle.loads(pickle.dumps(planned)) == planned
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.parts = 2
    assert isinstance(planned, Plan)


def test_a_hundred_thousand_rows_are_quick():
    texts = pd.Series(["Dear customer, your parcel comes on Monday"] * 60_000 + ["Ваш заказ 1234 готов"] * 40_000)
    began = time.perf_counter()
    frame = plan(texts)
    assert time.perf_counter() - began < 10  # a second here; a wide margin for busy machines
    assert frame["encoding"].value_counts().to_dict() == {"gsm7": 60_000, "ucs2": 40_000}


def test_objects_that_are_also_texts_serve():
    assert plan(np.str_("röd €")) == plan("röd €")
    assert plan(pd.Series([np.str_("röd €")], dtype=object))["units"].tolist() == [6]


def test_texts_of_arrow_that_are_no_utf_8_are_named_by_their_row():
    """Arrow does not look at the octets of a string it is told to take for one."""
    array = pa.array([b"ok", b"IN\xffFO"]).view(pa.string())
    texts = pd.Series(pd.arrays.ArrowExtensionArray(array), index=["first", "second"])
    with pytest.raises(TableError, match="row 'second': the text is no UTF-8"):
        plan(texts)
