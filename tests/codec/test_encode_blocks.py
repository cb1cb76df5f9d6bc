"""Columns measured by whole blocks and written by several threads: the same as row by row, first fault and all."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

import smppkit as sk
from smppkit._core import fill
from smppkit._core.strings import listed
from smppkit.codec.bulk import _Table
from smppkit.codec.columns import columns_of

ROWS = 1_300  # more than two blocks


def encoded(columns, parts=1, run=map, command="submit_sm"):
    table = _Table(command, columns_of(columns), None)
    slots, header = table.slots(), table.header()
    octets, offsets, blame, row = fill.encode(
        table.place, table.rows, slots, *header, table.bare(header[0]), parts, run
    )
    return octets, bytes(offsets) if blame == -1 else None, blame, row


def columns_by_chance(source, rows=ROWS):
    def text(most):
        letters = "abc" if source.random() < 0.99 else "aé"
        return "".join(source.choices(letters, k=source.randint(0, most)))

    return {
        "source_addr": [text(20) for _ in range(rows)],
        "destination_addr": [f"{source.randrange(10**11)}" for _ in range(rows)],
        "esm_class": [source.randrange(256) for _ in range(rows)],
        "short_message": [source.randbytes(source.randint(0, 254)) for _ in range(rows)],
        "user_message_reference": [source.choice((None, source.randrange(2**16))) for _ in range(rows)],
        "receipted_message_id": [text(60) for _ in range(rows)],
        "validity_period": [source.choice(("", "260101000000000R")) for _ in range(rows)],
        0x1400: [source.randbytes(source.randint(0, 30)) for _ in range(rows)],
        "sequence_number": list(range(rows)),
    }


@pytest.mark.usefixtures("every_microsecond")
def test_all_parts_give_what_one_gives(seed):
    columns = columns_by_chance(random.Random(seed))
    whole = encoded(columns)
    built = []
    for row in range(ROWS):
        fields = {name: values[row] for name, values in columns.items()}
        names = ("receipted_message_id", "user_message_reference", 0x1400)
        order = [name for name in columns if name in names]
        tlvs = [(name, fields.pop(name)) for name in order]
        built.append(sk.SubmitSm(tlvs=[tlv for tlv in tlvs if tlv[1] is not None], **fields).encode())
    assert whole[0] == b"".join(built)
    assert np.diff(np.frombuffer(whole[1], np.int64)).tolist() == [len(octets) for octets in built]
    for parts in (2, 3, 7, ROWS + 5):
        assert encoded(columns, parts) == whole
    with ThreadPoolExecutor(4) as pool:
        assert encoded(columns, 4, pool.map) == whole


FAULTS = {
    "source_addr": ("x" * 21, "a\0", "€"),
    "destination_addr": ("1" * 21,),
    "esm_class": (256, -1),
    "short_message": (bytes(255),),
    "user_message_reference": (2**16, -1),
    "receipted_message_id": ("x" * 65,),
    "validity_period": ("soon",),
    "sequence_number": (2**32, -1),
}
ORDER = (  # the body as it is written, then what stands before it
    "source_addr",
    "destination_addr",
    "esm_class",
    "validity_period",
    "short_message",
    "user_message_reference",
    "receipted_message_id",
    "sequence_number",
)


@settings(max_examples=30, deadline=None)
@given(
    faults=some.lists(
        some.tuples(some.sampled_from(sorted(FAULTS)), some.integers(0, ROWS - 1)), min_size=1, max_size=4
    )
)
@example([("destination_addr", 0), ("sequence_number", 0)])
def test_the_first_row_is_blamed_and_in_it_the_first_column(faults):
    source = random.Random(7)
    columns = columns_by_chance(source)
    for name, row in faults:
        columns[name][row] = source.choice(FAULTS[name])
    row = min(row for _, row in faults)
    names = [name for name, at in faults if at == row]
    first = next(name for name in ORDER if name in names)
    with pytest.raises(sk.EncodeError, match=rf"^row {row:,}, column {first}: "):
        sk.encode_many("submit_sm", columns)
    assert {encoded(columns, parts)[2:] for parts in (1, 2, 5)} == {encoded(columns)[2:]}


def test_a_pdu_that_is_too_long_is_blamed_in_its_row():
    payloads = [b"x"] * ROWS
    payloads[900] = payloads[1_000] = bytes(65_000)
    columns = {"message_payload": payloads, 0x1400: payloads}
    for parts in (1, 3):
        assert encoded(columns, parts)[2:] == (-2, 900)
    columns["esm_class"] = [0] * 950 + [256] * (ROWS - 950)
    assert encoded(columns)[2:] == (-2, 900)
    columns["esm_class"][899] = 256
    assert encoded(columns)[3] == 899


@pytest.mark.parametrize("arrow", [True, False], ids=["arrow", "list"])
def test_values_of_every_length_up_to_the_end_of_their_memory(arrow):
    """Short values are copied in one go, which is more than they are: never behind the end of a column."""
    for length in range(255):
        values = [bytes([row + 1]) * length for row in range(3)]
        column = pa.array(values, pa.large_binary()) if arrow else values
        octets, _ = sk.encode_many("submit_sm", {"short_message": column, "sequence_number": [1, 2, 3]})
        pdus = [sk.SubmitSm(short_message=value, sequence_number=row + 1) for row, value in enumerate(values)]
        assert octets == b"".join(pdu.encode() for pdu in pdus)


def test_many_rows_by_threads_are_what_few_are():
    rows = 250_000  # enough for two threads
    ids = [f"{row:x}" for row in range(rows)]
    octets, offsets = sk.encode_many("submit_sm_resp", {"message_id": ids, "sequence_number": np.arange(rows)})
    pieces = []
    for start in range(0, rows, 50_000):
        part = {"message_id": ids[start : start + 50_000], "sequence_number": np.arange(start, start + 50_000)}
        pieces.append(sk.encode_many("submit_sm_resp", part)[0])
    assert octets == b"".join(pieces)
    assert offsets.flags.writeable
    assert (sk.scan(octets).offset == offsets[:-1]).all()


def test_responses_of_which_some_have_no_body():
    rows = 3_000
    ids = [None if row % 7 == 0 else f"{row:x}" for row in range(rows)]
    octets, _ = sk.encode_many("submit_sm_resp", {"message_id": ids, "sequence_number": np.arange(rows)})
    made = [sk.SubmitSmResp(message_id=value, sequence_number=row) for row, value in enumerate(ids)]
    assert octets == b"".join(pdu.encode() for pdu in made)


def test_offsets_that_lead_astray_in_any_row():
    slot = ["string", True, 65, None, None, None, np.zeros(9_000, np.uint8) + 65, None]
    place = _Table("submit_sm_resp", {}, None).place
    for row in (0, 511, 512, 1_299):
        for wrong in (-1, 2**63 - 1, -(2**63), 9_001):
            offsets = np.arange(ROWS + 1, dtype=np.int64) * 5
            offsets[row] = wrong
            slot[5] = offsets
            with pytest.raises(ValueError, match="offsets of a column lead outside"):
                fill.encode(place, ROWS, [tuple(slot)], None, None, None)


VALUES = (
    some.none() | some.text(max_size=40),
    some.none() | some.binary(max_size=40),
    some.none() | some.just("é" * 9),
)


@given(values=some.one_of(*[some.lists(kind, max_size=20) for kind in VALUES]))
def test_lists_become_columns_as_arrow_makes_them(values):
    found = listed(values)
    if all(value is None for value in values):
        assert found is None
        return
    text, octets, offsets, valid = found[0], bytes(found[1]), *found[2:]
    places = memoryview(offsets).cast("q").tolist()
    assert (places[0], len(places)) == (0, len(values) + 1)
    pieces = [octets[begin:end] for begin, end in pairwise(places)]
    there = [True] * len(values) if valid is None else [bool(one) for one in bytes(valid)]
    read = [
        (piece.decode() if text else piece) if is_there else None for piece, is_there in zip(pieces, there, strict=True)
    ]
    assert read == values == pa.array(values).to_pylist()


@pytest.mark.parametrize(
    "values", [[], [None], ["a", b"b"], ["a", 1], [1, "a"], ["\ud800"], ["a", "x\udfff"], [bytearray(b"a")], [1.5]]
)
def test_lists_that_are_no_column_of_strings(values):
    assert listed(values) is None


def test_missing_values_are_none_and_nan():
    assert listed([float("nan"), "a", None])[3] == b"\0\1\0"
    with pytest.raises(sk.EncodeError, match="row 1, column destination_addr: None, but a request"):
        sk.encode_many("submit_sm", {"destination_addr": np.array(["1", None], object)})
