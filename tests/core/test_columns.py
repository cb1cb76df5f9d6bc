"""The columnar decoder against values known when the PDUs were made."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit._core.columns import decode, whole
from smppkit._core.decoding import DERIVED_NAMES, EXTRA_NAMES, FIELD_NAMES, HEADER_NAMES
from smppkit.errors import TableError
from smppkit.journal.masking import masked
from smppkit.spec import commands, tlvs
from tests.core import pdu_maker

PLAIN = (*HEADER_NAMES, *FIELD_NAMES, *(row.name for row in tlvs.ROWS if row.name not in FIELD_NAMES))
EVERY = (*PLAIN, *DERIVED_NAMES, *EXTRA_NAMES)


def read_lines(name):
    text = Path(__file__).parents[1].joinpath("vectors", name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


VECTORS, MALFORMED = read_lines("vectors.jsonl"), read_lines("malformed.jsonl")


def lay_out(pdus):
    length = np.array([len(pdu) for pdu in pdus], np.int64)
    return b"".join(pdus), np.cumsum(length) - length, length


def rows(pdus, names, **more):
    columns = decode(*lay_out(pdus), names, **more)
    lists = {name: column.to_list() for name, column in columns.items()}
    return [{name: lists[name][row] for name in names} for row in range(len(pdus))]


def one(pdu, *names, **more):
    found = rows([pdu], names, **more)[0]
    return found[names[0]] if len(names) == 1 else found


def test_every_field_and_tlv_of_random_pdus(seed):
    rng = random.Random(seed)
    made = [pdu_maker.make(rng) for _ in range(4000)]
    for found, (pdu, expected) in zip(rows([pdu for pdu, _ in made], PLAIN), made, strict=True):
        assert {name: value for name, value in found.items() if value is not None} == {
            name: value for name, value in expected.items() if value is not None
        }, pdu.hex()


def test_what_is_asked_for_does_not_change_what_is_found():
    rng = random.Random(7)
    pdus = [pdu_maker.make(rng)[0] for _ in range(300)]
    whole = {name: column.to_list() for name, column in decode(*lay_out(pdus), EVERY).items()}
    for name in EVERY:
        assert decode(*lay_out(pdus), [name])[name].to_list() == whole[name], name
    some = rng.sample(EVERY, 12)
    assert {name: column.to_list() for name, column in decode(*lay_out(pdus), some).items()} == {
        name: whole[name] for name in some
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_vectors(vector):
    pdu, expected = bytes.fromhex(vector["hex"]), vector["pdu"]
    found = one(pdu, *EVERY)
    for name, value in expected["fields"].items():
        shown = found[name].hex() if isinstance(found[name], bytes) else found[name]
        assert shown == ("***" if name == "password" else value), name
    assert found["command_id"] == int(expected["command_id"], 16)
    assert found["body_present"] == expected["body_present"]
    seen = set(expected["fields"])
    for entry in expected["tlvs"]:
        name = entry.get("name")
        if name in tlvs.BY_NAME and name not in seen and "value" in entry:
            assert found[tlvs.BY_NAME[name].name] == entry["value"], name
        seen.add(name)


@pytest.mark.parametrize("vector", [row for row in VECTORS if "decoded" in row], ids=lambda v: v["id"])
def test_meanings_of_vectors(vector):
    decoded = vector["decoded"]
    found = one(bytes.fromhex(vector["hex"]), *EVERY)
    assert found["text"] == decoded.get("text", found["text"])
    receipt = decoded.get("receipt", {"id": None, "stat": None})
    word = found["receipt_stat"] or {2: "DELIVRD"}.get(found["receipt_state"])  # v079 has TLVs and no text
    assert (found["receipt_id"], word) == (receipt["id"], receipt["stat"])
    concat = decoded.get("udh", {}).get("concat")
    if concat:
        place = tuple(found[f"concat_{name}"] for name in ("reference", "total", "number", "width"))
        assert place == (concat["ref"], concat["total"], concat["seq"], concat["bits"])


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case["id"])
def test_malformed_pdus_are_rows(case):
    pdu = bytes.fromhex(case["hex"])
    found = one(pdu, *EVERY, odd=True)
    assert found["problem"]
    assert found["raw"] == masked(pdu)
    assert found["command_id"] == int.from_bytes(pdu[4:8], "big")


def broken(pdu):
    """What a PDU that cannot be read has: its header, its octets, and what is wrong."""
    found = one(pdu, *EVERY)
    there = {name for name, value in found.items() if value is not None}
    assert there <= {*HEADER_NAMES, "raw", "problem", "concat_width", "receipt_kind"}, there
    return found


@pytest.mark.parametrize("command", commands.ROWS, ids=lambda row: row.name)
def test_every_cut_is_a_row(command):
    rng = random.Random(command.command_id)
    pdu, _ = next(
        made for made in iter(lambda: pdu_maker.make(rng), None) if made[1]["command_id"] == command.command_id
    )
    for size in range(len(pdu)):
        found = broken(pdu[:size])
        assert found["problem"]
        assert (found["sequence_number"] is None) == (size < 16)


@settings(max_examples=300)
@given(st.data())
def test_any_octets_are_rows(data):
    rng = random.Random(data.draw(st.integers(0, 1 << 32)))
    pdus = []
    for _ in range(rng.randrange(1, 5)):
        pdu = bytearray(pdu_maker.make(rng)[0])
        for _ in range(rng.randrange(4)):
            pdu[rng.randrange(len(pdu))] = rng.choice((0, 1, 255, rng.randrange(256)))
        if rng.random() < 0.5:
            pdu[:4] = len(pdu).to_bytes(4, "big")
        pdus.append(bytes(pdu))
    for found in rows(pdus, EVERY):
        assert found["raw"] is not None


def test_a_header_is_enough_for_header_columns():
    pdu = bytes.fromhex("00000010 000000ff 00000003 00000005")
    assert one(pdu, *HEADER_NAMES) == {
        "command_length": 16,
        "command_id": 0xFF,
        "command_status": 3,
        "sequence_number": 5,
    }
    assert "0x000000FF" in broken(pdu)["problem"]


def test_lengths_that_cannot_be():
    for said in (0, 1, 15, 17, 70_001, 0x7FFFFFFF, 0xFFFFFFFF):
        assert (
            "command_length" in broken(said.to_bytes(4, "big") + bytes.fromhex("000000150000000000000001"))["problem"]
        )
    assert (
        "70,000"
        in broken((80_000).to_bytes(4, "big") + bytes.fromhex("000000040000000000000001") + bytes(79_984))["problem"]
    )


def test_passwords_are_never_copied():
    secret = b"hunter22"
    bind = pdu_maker.header(9, 0, 1, b"demo\0" + secret + b"\0\0\x34\0\0\0")
    pdus = [bind, bind[:-4], bind[:27], bind + b"x", bind[:4] + bytes(4) + bind[8:]]
    columns = decode(*lay_out(pdus[:4]), [name for name in EVERY if name not in HEADER_NAMES])
    for name, column in columns.items():
        assert secret not in bytes(column.values), name
    assert columns["password"].to_list()[0] == "***"
    assert columns["raw"].to_list() == [masked(pdu) for pdu in pdus[:4]]
    assert b"********" in columns["raw"].to_list()[0]


def damaged(rng):
    pdu = bytearray(pdu_maker.make(rng)[0])
    for _ in range(rng.randrange(3)):
        pdu[rng.randrange(4, len(pdu))] = rng.choice((0, 1, 0x41, 0xC0, 0xFF, rng.randrange(256)))
    if rng.random() < 0.2:
        del pdu[rng.randrange(16, len(pdu) + 1) :]
    pdu += bytes(rng.choice((0, 0, 0, 1, 4)))
    pdu[:4] = len(pdu).to_bytes(4, "big")
    return bytes(pdu)


@pytest.mark.parametrize("behind", [0, 1, 15, 16, 17, 300])
def test_octets_behind_a_pdu_change_nothing(behind, seed):
    """With 16 octets behind it a PDU is read in hops, where nothing is odd; the last of a buffer by the whole walk."""
    rng = random.Random(seed)
    for _ in range(400):
        pdu = damaged(rng)
        alone = decode(pdu, [0], [len(pdu)], EVERY, odd=True)
        among = decode(pdu + rng.randbytes(behind), [0], [len(pdu)], EVERY, odd=True)
        for name in EVERY:
            assert alone[name].to_list() == among[name].to_list(), (name, pdu.hex())


@pytest.mark.parametrize("name", ["source_addr", "destination_addr"])
@pytest.mark.parametrize("size", [*range(1, 35), 250])
def test_strings_of_every_length_and_place_of_the_nul(name, size):
    for text in ("a" * size, "é" * size, "a" * (size - 1) + "ÿ"):
        empty = text.encode("latin-1") + b"\0" if name == "source_addr" else b"\0\0\0" + text.encode("latin-1") + b"\0"
        fields = b"\0" + b"\1\1" + empty + (b"\1\1\0" if name == "source_addr" else b"") + bytes(9) + b"\x02hi"
        pdu = pdu_maker.header(4, 0, 1, fields)
        for behind in (b"", b"\xff" * 40):
            found = decode(pdu + behind, [0], [len(pdu)], [name, "text", "short_message"])
            assert [column.to_list() for column in found.values()] == [[text], ["hi"], [b"hi"]]


@pytest.mark.parametrize("gap", range(9))
def test_rows_without_a_string_between_rows_with_one(gap):
    link, answer = pdu_maker.header(0x15, 0, 1, b""), pdu_maker.header(0x80000004, 0, 1, b"A7\0")
    pdus = [*[link] * gap, answer, *[link] * gap, answer, answer, *[link] * gap]
    ids = decode(*lay_out(pdus), ["message_id"])["message_id"]
    assert ids.to_list() == [None if pdu is link else "A7" for pdu in pdus]
    assert np.diff(np.asarray(ids.offsets)).tolist() == [0 if pdu is link else 2 for pdu in pdus]


@pytest.mark.parametrize("sizes", [[1, 200], [200, 1], [0, 200, 0, 100]])
def test_strings_that_grow_or_shrink_on_the_way(sizes):
    """Memory is guessed from the strings so far: it must do for others as well."""
    texts = [bytes([65 + row % 26]) * size for size in sizes for row in range(3000)]
    pdus = [pdu_maker.header(4, 0, 1, bytes(16) + bytes([len(text)]) + text) for text in texts]
    found = decode(*lay_out(pdus), ["text", "short_message"])
    assert found["short_message"].to_list() == texts
    assert found["text"].to_list() == [text.decode() for text in texts]


def test_columns_filled_piece_by_piece(seed):
    rng = random.Random(seed)
    pdus = [*(damaged(rng) for _ in range(500)), b"short"]
    buffer, offset, length = lay_out(pdus)
    names = [name for name in EVERY if name != "problem"]
    expected = decode(buffer, offset, length, names)
    integers = whole(names, len(pdus))
    firsts = [0, 1, 9, 300]
    for first, last in zip(firsts, [*firsts[1:], len(pdus)], strict=True):
        rest = decode(buffer, offset[first:last], length[first:last], names, into=integers, first=first)
        assert not {name for name, column in rest.items() if column.kind == "int"}
    taken = integers.take()
    for name, column in expected.items():
        if column.kind == "int":
            assert taken[name].to_list() == column.to_list(), name
            assert taken[name].nulls == column.nulls, name
            present = [value is None for value in column.to_list()]
            assert np.asarray(taken[name].absent).tolist() == present
    with pytest.raises(ValueError, match="not all among the 501"):
        decode(buffer, offset, length, names, into=integers, first=1)


def test_where_pdus_begin():
    pdus = [pdu_maker.header(0x15, 0, 1, b""), b"short", pdu_maker.header(0x80000004, 0, 1, b"A\0")]
    found = decode(*lay_out(pdus), ["offset", "command_length", "message_id"])
    assert found["offset"].to_list() == [0, 16, 21]
    assert found["command_length"].to_list() == [16, None, 18]


def test_unknown_names_and_bad_rows():
    with pytest.raises(TableError, match="'sourc_addr'"):
        decode(b"", [], [], ["sourc_addr"])
    for offset, length in ([[-1], [1]], [[0], [17]], [[17], [0]], [[0], [-1]], [[1 << 62], [1 << 62]]):
        with pytest.raises(ValueError, match="row 0 does not lie inside"):
            decode(bytes(16), offset, length, ["command_id"])
    with pytest.raises(ValueError, match="1 offsets, but 0 lengths"):
        decode(b"", [0], [], ["command_id"])
    with pytest.raises(ValueError, match="256 values"):
        decode(b"", [], [], ["text"], codings=b"\1")


def test_nothing_gives_empty_columns():
    columns = decode(b"", [], [], EVERY)
    assert all(len(column) == 0 and column.to_list() == [] for column in columns.values())
    assert columns["text"].offsets is not None
    assert np.asarray(columns["text"].offsets).tolist() == [0]


def test_memory_of_columns_is_what_arrow_and_numpy_want():
    pdus = [pdu_maker.header(0x80000004, 0, row, b"A\0") for row in range(9)] + [pdu_maker.header(0x15, 0, 9, b"")]
    columns = decode(*lay_out(pdus), ["message_id", "sequence_number"])
    ids, numbers = columns["message_id"], columns["sequence_number"]
    assert numbers.valid is None
    assert ids.nulls == 1
    assert np.asarray(numbers.values).dtype == np.int64
    assert np.asarray(ids.offsets).tolist() == [*range(10), 9]
    assert np.asarray(ids.valid).tolist() == [1] * 9 + [0]
    assert bytes(ids.bitmap()) == b"\xff\x01"
    assert bytes(ids.values) == b"A" * 9
    assert numbers.bitmap() is None


def test_columns_outlive_what_they_were_made_of():
    found = decode(*lay_out([pdu_maker.header(0x80000004, 0, 1, b"AB\0")]), ["message_id"])["message_id"]
    view = np.asarray(found.values)
    del found
    assert bytes(view) == b"AB"


@pytest.mark.usefixtures("every_microsecond")
def test_threads_share_the_input():
    rng = random.Random(3)
    laid_out = lay_out([pdu_maker.make(rng)[0] for _ in range(500)])
    whole = {name: column.to_list() for name, column in decode(*laid_out, EVERY).items()}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: decode(*laid_out, EVERY), range(8)))
    assert len(found) == 8
    assert all({name: column.to_list() for name, column in one.items()} == whole for one in found)


def test_headers_of_user_data_that_another_thread_writes_to_lead_nowhere():
    count, message = 20_000, bytes.fromhex("050003cc0201") + b"x" * 10
    body = b"\0" + b"\0\0" + b"\0" + b"\0\0" + b"1\0" + b"\x40" + bytes(8) + bytes([len(message)]) + message
    pdu = pdu_maker.header(4, 0, 1, body)
    laid_out = lay_out([pdu] * count)
    octets, done = np.frombuffer(laid_out[0], np.uint8).copy(), threading.Event()
    lengths = octets.reshape(count, len(pdu))[:, len(pdu) - len(message)]

    def disturb():
        while not done.is_set():
            lengths[:] = 255
            lengths[:] = 5

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        found = {udh for _ in range(30) for udh in decode(octets, *laid_out[1:], ["udh", "text"])["udh"].to_list()}
    finally:
        done.set()
        thread.join(10)
    assert found <= {None, message[:6], b"\xff" + message[1:6]}
