"""Columns of gsm7: the same as one text after the other, of the same kind, with the row in every error."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit._core import septet_columns as core
from smppkit.errors import TableError, TextError
from smppkit.spec.alphabets import LANGUAGES
from smppkit.text import alphabet_columns
from smppkit.text.alphabets import gsm7

CHARACTERS = [chr(code) for row in LANGUAGES[:3] for code in (*(row.locking or ()), *row.single) if code]
TEXTS = ["", "hello", None, "5 € [brackets]", "naïve ☃", "Grüße @\r", "\ud7ff\ue000😀", "a" * 161]
ODD = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(CHARACTERS), max_size=40)
HELD = st.text(st.sampled_from([chr(code) for code in (*LANGUAGES[0].locking, *LANGUAGES[0].single) if code]))


def kinds(values, is_text):
    """The same values as every kind of column there is, each with what it should be after a way that gives texts."""
    kind = pa.string() if is_text else pa.binary()
    wide = pa.large_string() if is_text else pa.large_binary()
    array = pa.array(values, kind)
    padded = pa.array([values[0] if values else None, *values, None], wide)
    yield array
    yield array.cast(wide)
    yield padded[1:-1]
    yield pa.chunked_array([array[: len(array) // 2], array[len(array) // 2 :], array[:0]], kind)
    yield array.dictionary_encode()
    yield pa.array(values, pa.string_view() if is_text else pa.binary_view())
    index = [f"row {place}" for place in range(len(values))]
    for dtype in ["str", "string[python]", object, pd.ArrowDtype(kind), pd.ArrowDtype(wide), "category"][not is_text :]:
        if is_text or dtype not in ("string[python]", "category"):
            yield pd.Series(values, index=index, name="text", dtype=dtype)


def listed(column):
    """Values of a column, None for missing ones."""
    if isinstance(column, pd.Series):
        return column.astype(object).where(column.notna(), None).tolist()
    column.validate(full=True)
    return column.to_pylist()


def one_by_one(way, values, *settings, **named):
    return [None if value is None else way(value, *settings, **named) for value in values]


def check_kind(given, found, to_text):
    assert len(given) == len(found)
    if isinstance(given, pd.Series):
        assert found.dtype == ("str" if to_text else pd.ArrowDtype(pa.binary()))
        assert found.name == given.name
        assert found.index is given.index
        return
    wide = "large_" if given.type in (pa.large_string(), pa.large_binary(), pa.string_view(), pa.binary_view()) else ""
    assert str(found.type) == wide + ("string" if to_text else "binary")
    assert isinstance(found, pa.ChunkedArray if isinstance(given, pa.ChunkedArray) else pa.Array)


@pytest.mark.parametrize("errors", ["replace", "ignore", "look-alike"])
@pytest.mark.parametrize(("locking", "single"), [(0, 0), ("turkish", "turkish"), (0, "spanish"), ("hindi", "hindi")])
def test_texts_of_every_kind_of_column(errors, locking, single):
    expected = one_by_one(gsm7.encode, TEXTS, locking, single, errors)
    for column in kinds(TEXTS, is_text=True):
        septets = gsm7.encode(column, locking, single, errors)
        assert listed(septets) == expected
        check_kind(column, septets, to_text=False)
        texts = gsm7.decode(septets, locking, single)
        assert listed(texts) == one_by_one(gsm7.decode, expected, locking, single)
        check_kind(septets, texts, to_text=True)


@pytest.mark.parametrize("fill_bits", [0, 1, 6])
def test_octets_of_every_kind_of_column(fill_bits):
    rows = [b"", b"hello", None, b"1234567@", b"1234567\r", b"\0" * 8, b"\x7f" * 160]
    for column in kinds(rows, is_text=False):
        for filler in (False, True):
            packed = gsm7.pack(column, fill_bits, filler=filler)
            assert listed(packed) == one_by_one(gsm7.pack, rows, fill_bits, filler=filler)
            check_kind(column, packed, to_text=False)
            found = gsm7.unpack(packed, fill_bits=fill_bits)
            assert listed(found) == one_by_one(gsm7.unpack, listed(packed), None, fill_bits)
            check_kind(packed, found, to_text=False)


@given(st.lists(st.none() | ODD, max_size=12), st.integers(0, 13), st.sampled_from(["replace", "ignore", "look-alike"]))
def test_any_text(texts, single, errors):
    septets = gsm7.encode(pa.array(texts, pa.string()), 0, single, errors)
    assert listed(septets) == one_by_one(gsm7.encode, texts, 0, single, errors)


@given(st.lists(st.none() | HELD, max_size=12))
def test_text_comes_back(texts):
    series = pd.Series(texts, dtype="str")
    assert listed(gsm7.decode(gsm7.encode(series))) == texts


@given(st.lists(st.none() | st.binary(max_size=40), max_size=12), st.integers(0, 13), st.integers(0, 13))
def test_decode_takes_anything(rows, locking, single):
    found = gsm7.decode(pa.array(rows, pa.binary()), locking, single)
    assert listed(found) == one_by_one(gsm7.decode, rows, locking, single)


@given(st.lists(st.none() | st.binary(max_size=40), max_size=12), st.integers(0, 6), st.data())
def test_unpack_takes_anything(rows, fill_bits, data):
    held = [0 if row is None else max(0, (8 * len(row) - fill_bits) // 7) for row in rows]
    counts = [data.draw(st.none() | st.integers(0, most)) for most in held]
    found = gsm7.unpack(pa.array(rows, pa.binary()), counts, fill_bits)
    expected = [None if row is None else gsm7.unpack(row, n, fill_bits) for row, n in zip(rows, counts, strict=True)]
    assert listed(found) == expected


def test_counts_of_every_kind():
    rows = pd.Series([gsm7.pack(b"hello"), gsm7.pack(b"1234567"), None], index=["a", "b", "c"], dtype="binary[pyarrow]")
    for count in (
        [3, None, 1],
        np.array([3.0, np.nan, 1.0]),
        pa.array([3, None, 1], pa.uint8()),
        pa.chunked_array([[3], [None, 1]]),
        pd.Series([3, None, 1], index=["a", "b", "c"], dtype="Int64"),
        pd.Series([3, None, 1], index=["a", "b", "c"]),
    ):
        assert listed(gsm7.unpack(rows, count)) == [b"hel", b"1234567", None]
    assert listed(gsm7.unpack(rows, 3)) == listed(gsm7.unpack(rows, np.int64(3))) == [b"hel", b"123", None]
    assert listed(gsm7.unpack(rows, [5, 8, -4])) == [b"hello", b"1234567\0", None]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: gsm7.encode(pa.array(["a", None, "☃é☃"])), TextError, r"^row 2: '☃' \(position 0\) and '☃' \(pos"),
        (lambda: gsm7.encode(pd.Series(["a", "☃"], index=["x", "y"])), TextError, r"^row 'y': '☃' \(position 0\) is"),
        (lambda: gsm7.encode(pd.Series(["a", "☃"], index=[5, 7])), TextError, r"^row 7: '☃'"),
        (lambda: gsm7.encode(pa.chunked_array([["a", "b"], ["☃"]])), TextError, "^row 2: "),
        (lambda: gsm7.encode(pd.Series(["\ud800"], dtype=object)), TextError, "^row 0: .* is not in the GSM"),
        (
            lambda: gsm7.encode(pd.Series(["a", 5], dtype=object)),
            TableError,
            "^encode takes texts, but row 1 holds int",
        ),
        (lambda: gsm7.encode(pd.Series([5])), TableError, "^encode takes texts, but the column holds int64"),
        (lambda: gsm7.encode(pa.array([b"a"])), TableError, "^encode takes texts, but the column holds binary"),
        (lambda: gsm7.decode(pa.array(["a"])), TableError, "^decode takes octets, but the column holds string"),
        (lambda: gsm7.decode(pd.Series(["a"], dtype=object)), TableError, "^decode takes octets, but row 0 holds str"),
        (lambda: gsm7.pack(pa.array([b"a", b"b\xc3"])), TextError, "^row 1: octet 0xC3 at position 1 is no septet"),
        (lambda: gsm7.pack(pa.array([b"a"]), 7), ValueError, "fill_bits is 7"),
        (lambda: gsm7.unpack(pa.array([b"ab", b"ab"]), [2, 3]), TextError, "^row 1: 3 septets asked for, but 2 octets"),
        (lambda: gsm7.unpack(pa.array([b"ab"]), -1), TextError, "^row 0: -1 septets"),
        (lambda: gsm7.unpack(pa.array([b"ab"]), 1 << 62), TextError, "^row 0: 4611686018427387904 septets"),
        (lambda: gsm7.unpack(pa.array([b"ab"]), [1, 2]), TableError, "count has 2 rows, but there are 1"),
        (lambda: gsm7.unpack(pa.array([b"ab"]), ["x"]), TableError, "count takes whole numbers"),
        (lambda: gsm7.unpack(pa.array([b"ab"]), [0.5]), TableError, "count takes whole numbers"),
        (lambda: gsm7.encode(pa.array(["a"]), errors="loud"), ValueError, "errors is 'loud'"),
        (lambda: gsm7.encode(["a"]), TypeError, "a text is a str, not list"),
        (lambda: gsm7.decode([b"a"]), TypeError, "takes octets"),
    ],
)
def test_errors_name_the_row(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_counts_go_by_the_index_of_the_octets():
    octets = pd.Series([b"ab", b"cd"], index=[1, 2], dtype="binary[pyarrow]")
    with pytest.raises(TableError, match="count has another index"):
        gsm7.unpack(octets, pd.Series([2, 1], index=[2, 1]))


def test_empty_columns():
    for column in (pa.array([], pa.string()), pa.chunked_array([], pa.string()), pd.Series([], dtype="str")):
        assert listed(gsm7.decode(gsm7.unpack(gsm7.pack(gsm7.encode(column))))) == []
    assert listed(gsm7.encode(pa.nulls(3))) == [None] * 3
    assert listed(gsm7.encode(pd.Series([None, None], dtype=object))) == [None] * 2


def test_octets_of_one_size_are_octets():
    assert listed(gsm7.decode(pa.array([b"ab", None], pa.binary(2)))) == ["ab", None]


def test_what_is_missing_is_not_looked_at():
    """Arrow leaves open what stands in the place of a missing value."""
    octets, ends = pa.py_buffer(b"\xff\xffok"), pa.py_buffer(np.array([0, 2, 4], np.int32))
    array = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x02"), ends, octets])
    assert listed(gsm7.encode(array)) == [None, b"ok"]
    assert listed(gsm7.pack(pa.Array.from_buffers(pa.binary(), 2, array.buffers()))) == [None, gsm7.pack(b"ok")]


@pytest.mark.parametrize(
    "octets", [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f", b"\x80"]
)
@pytest.mark.parametrize("errors", ["strict", "replace", "look-alike"])
def test_octets_that_are_no_utf8_are_no_text(octets, errors):
    ends = pa.py_buffer(np.array([0, 2, 2 + len(octets)], np.int32))
    array = pa.Array.from_buffers(pa.string(), 2, [None, ends, pa.py_buffer(b"ok" + octets)])
    with pytest.raises(TextError, match=r"^row 1: the text is no UTF-8$"):
        gsm7.encode(array, errors=errors)


def test_no_row_outside_its_memory():
    good = np.array([0, 2, 4], np.int32)
    for ends in ([0, 2, 5], [-1, 2, 4], [0, 3, 2], [0, -2, 4]):
        with pytest.raises(ValueError, match="does not lie inside"):
            core.Rows(b"abcd", np.array(ends, np.int32).view(np.uint8), None, 0, 2, False)
    for first, rows, wide in ((1, 2, False), (0, 3, False), (-1, 2, False), (0, -1, False), (0, 2, True)):
        with pytest.raises(ValueError, match="ends of"):
            core.Rows(b"abcd", good.view(np.uint8), None, first, rows, wide)
    with pytest.raises(ValueError, match="bits of 0 rows"):
        core.Rows(b"abcd", good.view(np.uint8), b"", 0, 2, False)
    row = core.Rows(b"abcd", good.view(np.uint8), None, 0, 2, False)
    for call in (
        lambda: core.encode(row, 14, 0, "strict", False),
        lambda: core.decode(row, 0, -1, False),
        lambda: core.pack(row, 7, False, False),
        lambda: core.unpack(row, np.zeros(3, np.int64), 0, False),
        lambda: core.encode(row, 0, 0, "strict", False, np.zeros(3, np.uint8)),
    ):
        with pytest.raises(ValueError, match=r"no such settings|for 2 rows"):
            call()


def test_large_columns_are_cut_where_their_ends_have_32_bits(monkeypatch):
    texts = [f"text number {place} €" for place in range(1000)]
    expected = one_by_one(gsm7.encode, texts)
    monkeypatch.setattr(alphabet_columns, "_MOST", 999)
    for column in (pa.array(texts), pd.Series(texts), pa.chunked_array([texts])):
        found = gsm7.encode(column)
        assert listed(found) == expected
        assert listed(gsm7.decode(found)) == texts
    with pytest.raises(TextError, match=r"^row 777: '☃' \(position 0\)"):
        gsm7.encode(pa.array([*texts[:777], "☃", *texts]))


def test_what_cannot_be_counted_in_32_bits_is_refused():
    ends = np.array([0, 1 << 30], np.int32)
    memory = np.zeros(1 << 30, np.uint8)  # never touched: no memory is taken
    rows = core.Rows(memory, ends.view(np.uint8), None, 0, 1, False)
    with pytest.raises(OverflowError, match="numbers of 32 bits"):
        core.encode(rows, 0, 0, "strict", False)


@pytest.mark.usefixtures("every_microsecond")
def test_many_threads_at_once():
    texts = pa.array(["Grüße € ☃", None, "a" * 100] * 200)
    expected = gsm7.unpack(gsm7.pack(gsm7.encode(texts, errors="replace")))

    def work(_):
        return [gsm7.unpack(gsm7.pack(gsm7.encode(texts, errors="replace"))) == expected for _ in range(30)]

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(work, range(6)))
    assert found == [[True] * 30] * 6


@pytest.mark.parametrize("wide", [False, True])
def test_rows_that_are_moved_after_they_were_checked(wide):
    """A caller may write to the memory of a column meanwhile: an error, and nothing outside is read or written."""
    kind = np.int64 if wide else np.int32
    ways = (
        lambda rows: core.encode(rows, 0, 0, "strict", wide),
        lambda rows: core.decode(rows, 0, 0, wide),
        lambda rows: core.pack(rows, 0, False, wide),
        lambda rows: core.unpack(rows, None, 0, wide),
    )
    for way in ways:
        for row in range(4):
            for wrong in (-1, 7, 31, 10_000, 2**31 - 1, -(2**31)):
                memory, ends = bytearray(b"a" * 30), np.array([0, 10, 20, 30], kind)
                rows = core.Rows(memory, ends.view(np.uint8), None, 0, 3, wide)
                whole = way(rows)
                ends[row] = wrong
                if ends[1:].tolist() == sorted(ends[1:].clip(0, 30)):  # where the first begins was kept
                    assert len(way(rows)[1][2]) <= len(whole[1][2]) + 1
                    continue
                with pytest.raises(RuntimeError, match="written to while it was read"):
                    way(rows)
