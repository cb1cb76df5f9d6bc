"""Spoiled input of every kind through everything that reads octets of strangers, each against what it must hold to.

A target takes octets and fails by raising anything. Its corpus in ``tests/core/corpus`` is replayed first; then come as
many cases as its share of SMPPKIT_FUZZ_CASES (2,000 unless told), from the seed of the run, which a failure names.
"""

# ruff: noqa: PT017  an error is as good an answer as any, and is looked at

import gzip
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import smppkit as sk
from smppkit._core.alphabet import ALPHABETS
from smppkit.codec.hexdump import read_hex
from smppkit.frames import Log
from smppkit.journal.masking import masked
from smppkit.journal.memory import MemoryLog
from smppkit.journal.pcap import read_capture, write_pcapng
from smppkit.spec.alphabets import LANGUAGES
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import CODECS, alphabet_of, decode_text
from smppkit.text.headers import build_header, read_header
from smppkit.text.receipts import parse_receipt, parse_receipts
from smppkit.text.times import format_time, parse_time
from tests import oracle
from tests.core.unbreakable import (
    CASES,
    COLUMNS,
    MALFORMED,
    TABLES,
    TESTS,
    VECTORS,
    Spoiler,
    corpus,
    decoded,
    lines_of,
    one_of_each,
    plain_scan,
    rebuilt,
    scanned,
)
from tests.generator import Generator
from tests.journal.builder import pcapng, records
from tests.text import receipt_oracle, reference

# ---- targets ----


def decode(octets: bytes) -> None:
    """One PDU: as the oracle reads it; built again it says the same."""
    pdu = decoded(octets)
    if pdu is not None:
        rebuilt(pdu)
        assert pdu.replace() == pdu


def decode_whole(octets: bytes) -> None:
    """The same with a command_length that fits, so that bodies are reached."""
    if len(octets) >= 16:
        decode(len(octets).to_bytes(4, "big") + octets[4:])


def values(octets: bytes) -> None:
    """Values of fields that nobody checked: built, or refused by an EncodeError of that field."""
    word, number = octets.decode("utf-8", "surrogateescape"), int.from_bytes(octets[:9], "big", signed=True)
    fields = {"source_addr": word, "short_message": octets, "data_coding": number, "validity_period": word[:16]}
    for name, value in [*fields.items(), ("tlvs", [(number, octets)]), ("tlvs", {word: number})]:
        try:
            pdu = sk.SubmitSm(**{name: value})
        except sk.EncodeError as error:
            assert name in (error.field, "tlvs")
            assert "\n" not in str(error)
            continue
        assert sk.decode(pdu.encode()) == pdu
        made, offsets = sk.encode_many("submit_sm", {name: [value]} if name != "tlvs" else dict(pdu.raw_tlvs))
        assert made == pdu.encode()
        assert offsets.tolist() == [0, len(made)]


def scan(octets: bytes) -> None:
    """A buffer of PDUs: found where plain Python finds them."""
    for offset, length in scanned(octets):
        assert len(octets[offset : offset + length]) == length


def columns(octets: bytes) -> None:
    """Every column of a buffer: a row for each PDU and for what is left; fields as the PDU alone has them."""
    found, consumed, _ = plain_scan(octets)
    pieces = [octets[at : at + length] for at, length in found] + (
        [octets[consumed:]] if consumed < len(octets) else []
    )
    table = sk.frame(octets, COLUMNS)
    assert len(table) == len(pieces)
    alone = {name: sk.frame(octets, [name])[name] for name in ("text", "receipt_id", "problem", "message_id")}
    assert all(table[name].equals(column) for name, column in alone.items())
    for row, piece in enumerate(pieces):
        assert table["raw"].iloc[row] == masked(piece)
        _, read = oracle.outcome(piece)
        if read is None:
            assert table["problem"].iloc[row]
            continue
        assert table["sequence_number"].iloc[row] == read.number
        for name, value in read.fields.items():
            if isinstance(value, str | int) and name != "password":
                assert table[name].iloc[row] == value, name


def log(octets: bytes) -> None:
    """The same records as a log: every table of the fold, whatever the records say."""
    found, consumed, _ = plain_scan(octets)
    journal = MemoryLog(complete=True)
    for row, (at, length) in enumerate(found):
        journal.append(octets[at : at + length], time=row * 10**6, direction=octets[at + length - 1] & 1)
    journal.append(octets[consumed:], time=len(found) * 10**6, direction=0)
    with Log(journal) as held:
        sizes = {name: len(getattr(held, name)) for name in TABLES}
        assert sizes["pdus"] == len(found) + 1
        assert sizes["messages"] <= sizes["parts"]
        assert isinstance(held._repr_html_() + repr(held), str)


def tlvs(octets: bytes) -> None:
    """TLVs by themselves, behind a header that fits."""
    pdu = decoded((16 + len(octets)).to_bytes(4, "big") + bytes.fromhex("000000150000000000000001") + octets)
    if pdu is None:
        return
    found, _ = oracle.read_tlvs(octets, 0)
    assert len(pdu.tlvs) == len({tag for tag, _ in found})
    assert all(key in pdu.tlvs and pdu.tlvs[key] == value for key, value in pdu.tlvs.items())
    for tag, _ in found:
        assert pdu.tlvs.getall(tag) == [oracle.typed(tag, value) for other, value in found if other == tag]
    rebuilt(pdu)


def udh(octets: bytes) -> None:
    """A user data header and its text: elements as the reference cuts them; what is built is read again."""
    whole = octets[: octets[0] + 1] if octets and octets[0] < len(octets) else b""
    found, expected = read_header(octets), reference.elements(whole)
    assert (None if found is None else [tuple(element) for element in found.elements]) == expected
    for data_coding in (0, 3, 8, 0xF1):
        said = decode_text(octets, data_coding, 0x40)
        assert (said.header, said.octets) == (found, octets[len(whole) :] if found else octets)
    if expected and len(whole) <= 140:
        assert build_header(expected) == whole


def packing(octets: bytes) -> None:
    """Septets in octets: as lists of bits have them, whatever the fill bits and the count."""
    fill_bits, body = (octets[0] % 7, octets[1:]) if octets else (0, b"")
    held = max(0, (8 * len(body) - fill_bits) // 7)
    every = reference.unpack(body, held, fill_bits)
    assert gsm7.unpack(body, held, fill_bits) == every
    assert gsm7.unpack(body, fill_bits=fill_bits) in (every, every[:-1])
    assert gsm7.pack(every, fill_bits) == reference.pack(every, fill_bits)
    try:
        packed = gsm7.pack(body, fill_bits)
    except sk.TextError:
        assert any(octet > 0x7F for octet in body)
        return
    assert gsm7.unpack(packed, len(body), fill_bits) == body
    for count in (held + 1, -1, 2**31):
        with pytest.raises(sk.TextError):
            gsm7.unpack(body, count, fill_bits)


def charsets(octets: bytes) -> None:
    """Text of any data_coding: never refused; what Python has a codec for reads as Python reads it."""
    data_coding, esm_class, body = (octets[0], octets[1], octets[2:]) if len(octets) > 2 else (0, 0, octets)
    said = decode_text(body, data_coding, esm_class)
    alphabet = alphabet_of(data_coding)
    if said.text is not None and alphabet in CODECS and alphabet not in ("ucs2", "ascii") and not said.header:
        assert said.text == body.decode(CODECS[alphabet], "replace")
    row = sk.frame([sk.DeliverSm(data_coding=data_coding, esm_class=esm_class, short_message=body[:254])], ["text"])
    alone = decode_text(body[:254], data_coding, esm_class).text
    assert (None if pd.isna(row["text"][0]) else row["text"][0]) == alone or alphabet not in ALPHABETS or alone == ""


def alphabet(octets: bytes) -> None:
    """Septets to text and text to septets, with any shift tables: what was read is written and read the same."""
    locking, single, body = (octets[0] % 14, octets[1] % 14, octets[2:]) if len(octets) > 2 else (0, 0, octets)
    text = gsm7.decode(body, locking, single)
    assert len(text) <= len(body)
    words = body.decode("utf-8", "replace")
    for errors in ("replace", "ignore", "look-alike"):
        septets = gsm7.encode(words, single=single, errors=errors)
        assert not any(octet > 0x7F for octet in septets)
        again = gsm7.decode(septets, single=single)
        assert gsm7.decode(gsm7.encode(again, single=single), single=single) == again


def receipt(octets: bytes) -> None:
    """The text of a receipt: as the rules in plain Python read it; with TLVs and classes, never refused."""
    text = octets.decode("utf-8", "replace")
    said = parse_receipt(text)
    fields = receipt_oracle.FIELDS
    assert (said and {name: getattr(said, name) for name in fields}) == receipt_oracle.parse(text)
    for esm_class in (0, 4, 8, 0x20, 0x44):
        parse_receipt(
            octets, esm_class, {"network_error_code": octets, "message_state": octets[:5]}, octets[-1] if octets else 0
        )
    assert parse_receipt(text) == said


def receipts(octets: bytes) -> None:
    """A column of receipts: a row says what its text alone says."""
    rows = octets.decode("utf-8", "replace").split("|")
    table = parse_receipts(rows)
    for row, text in enumerate(rows):
        alone = parse_receipt(text)
        for name in ("id", "stat", "err", "text", "sub", "dlvrd", "state", "final"):
            value = table[name].iloc[row]
            assert (None if pd.isna(value) else value) == (alone and getattr(alone, name)), (name, text)


def times(octets: bytes) -> None:
    """Sixteen characters of time: a moment that writes the same, or a DecodeError with its place."""
    text = octets.decode("latin-1")
    for given in (octets, text):
        try:
            moment = parse_time(given, "validity_period")
        except sk.DecodeError as error:
            assert (error.field, error.command_status) == ("validity_period", 0x62)
            assert 0 <= error.offset <= 16
            continue
        written = format_time(moment)
        assert written == (text[:15] + "R" if text[15:] == "r" else text) or text[13:] == "00-"
        assert parse_time(written) == moment


def hex_dump(octets: bytes) -> None:
    """The text of a hex dump: octets, whose digits read the same, or a DecodeError of one sentence."""
    text = octets.decode("utf-8", "replace")
    try:
        found = read_hex(text)
    except sk.DecodeError as error:
        assert error.field == "hex dump"
        assert "\n" not in str(error)
        return
    assert len(found) <= len(octets)
    assert read_hex(found.hex(" ")) == found
    try:
        assert sk.decode(text).encode() == found
    except sk.PduError:
        assert oracle.outcome(found)[1] is None


def capture(octets: bytes) -> None:
    """A capture: its records lie in the file; written and read again they are the same."""
    try:
        held = read_capture(octets)
    except sk.CaptureError as error:
        assert "\n" not in str(error)
        return
    found = records(held)
    assert len(found) == len(held)
    assert {link for link, _, _ in found} <= set(range(-1, len(held.links)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "again.pcapng")
        write_pcapng(held, path)
        try:
            again = records(read_capture(path))
        except sk.CaptureError:
            again = []
    assert len(again) <= len(found)
    with Log(held) as tables:
        assert len(tables.pdus) == len(found)


# ---- what they start from ----


class Target(NamedTuple):
    """What is tried: what it is given, what share of the cases it runs, and where these come from."""

    run: Callable[[bytes], None]
    share: float
    pool: Callable[[int], list[bytes]]


def pdus(seed: int) -> list[bytes]:
    return [*VECTORS, *MALFORMED, *one_of_each(Generator(seed))]


def buffers(seed: int) -> list[bytes]:
    whole = pdus(seed)
    return [b"".join(whole[at : at + 6]) for at in range(0, len(whole), 6)] + whole[:20]


def tlv_streams(seed: int) -> list[bytes]:
    generator = Generator(seed)
    return [b"".join(oracle.write_tlv(*generator.tlv())[:400] for _ in range(count % 7)) for count in range(60)]


def headers(seed: int) -> list[bytes]:
    known = (
        "050003cc0201",
        "06080412340302",
        "0b05040b8423f00003000101",
        "06240101250101",
        "03240103",
        "0400020a02",
        "00",
    )
    return [bytes.fromhex(header) + b"text \x1b\x65\x05\x01" for header in known]


def septet_texts(seed: int) -> list[bytes]:
    numbers = {row.name: row.identifier for row in LANGUAGES}
    found = []
    for row in lines_of("gsm7_vectors.jsonl"):
        tables = bytes(numbers.get(row[name], row[name]) for name in ("locking", "single"))
        found += [tables + row["text"].encode(), tables + bytes.fromhex(row["septets"])]
    return found


def packed_texts(seed: int) -> list[bytes]:
    rows = lines_of("gsm7_vectors.jsonl")
    return [bytes([row["fill_bits"]]) + bytes.fromhex(row[way]) for row in rows for way in ("septets", "packed")]


def coded_texts(seed: int) -> list[bytes]:
    texts = [row[2:] for row in septet_texts(seed)]
    udh = bytes.fromhex("050003cc0201")
    starts = [bytes([coding, 0]) for coding in (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 13, 14, 0xF1)]
    return [start + text for start in [*starts, b"\x08\x40" + udh, b"\x00\x40" + udh] for text in texts[::5]]


def receipt_texts(seed: int) -> list[bytes]:
    return [row["text"].encode() for row in lines_of("receipts_samples.jsonl")]


def receipt_columns(seed: int) -> list[bytes]:
    texts = receipt_texts(seed)
    return [b"|".join(texts[at : at + 5]) for at in range(len(texts))]


def time_texts(seed: int) -> list[bytes]:
    return [
        b"261231235959908+",
        b"000001000000000R",
        b"270115103000014-",
        b"070605040302100r",
        b"000229000000048+",
        b"",
    ]


def dumps(seed: int) -> list[bytes]:
    octets = VECTORS[0], VECTORS[1], bytes.fromhex("00000010000000150000000000000001")
    made = [
        text
        for one in octets
        for text in (
            one.hex(" "),
            repr(one),
            "{ " + ", ".join(f"0x{octet:02x}" for octet in one) + " };",
            "\n".join(f"{at:04x}  {one[at : at + 16].hex(' ')}  ........" for at in range(0, len(one), 16)),
            f"2026-11-22 10:15:00 DEBUG sent <{one.hex()}",
            f"/* a PDU */ char x[] = {{ 0x{one.hex(',').replace(',', ', 0x')} }};",
        )
    ]
    return [text.encode() for text in made]


def pcap_files(seed: int) -> list[bytes]:
    names = ("errors_from_node", "outbind", "jsmpp_to_node")
    files = [(TESTS / "captures" / f"{name}.pcap").read_bytes()[:3000] for name in names]
    return [*files, files[0][:400]]


def pcapng_files(seed: int) -> list[bytes]:
    return [pcapng(frames_of(octets), resolution=resolution) for octets in pcap_files(seed) for resolution in (6, 9)]


def frames_of(octets: bytes) -> list[tuple[int, bytes]]:
    """Return (time, frame) of the packets of a little-endian pcap file."""
    found, at = [], 24
    while at + 16 <= len(octets):
        seconds, fraction, kept, _ = np.frombuffer(octets, "<u4", 4, at).tolist()
        found.append((seconds * 10**9 + fraction * 1000, octets[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def gzip_files(seed: int) -> list[bytes]:
    return [gzip.compress(octets, mtime=0) for octets in pcap_files(seed)]


TARGETS = {
    "decode": Target(decode, 1, pdus),
    "bodies": Target(decode_whole, 2, pdus),
    "values": Target(values, 0.5, headers),
    "scan": Target(scan, 1, buffers),
    "columns": Target(columns, 0.1, buffers),
    "log": Target(log, 0.05, buffers),
    "tlvs": Target(tlvs, 1, tlv_streams),
    "udh": Target(udh, 1, headers),
    "packing": Target(packing, 0.5, packed_texts),
    "charsets": Target(charsets, 0.5, coded_texts),
    "alphabet": Target(alphabet, 1, septet_texts),
    "receipt": Target(receipt, 1, receipt_texts),
    "receipts": Target(receipts, 0.2, receipt_columns),
    "times": Target(times, 1, time_texts),
    "hex_dump": Target(hex_dump, 0.5, dumps),
    "pcap": Target(capture, 0.1, pcap_files),
    "pcapng": Target(capture, 0.1, pcapng_files),
    "gzip": Target(capture, 0.1, gzip_files),
}


@pytest.mark.parametrize("name", TARGETS)
def test_corpus(name):
    for octets in corpus(name):
        TARGETS[name].run(octets)


@pytest.mark.parametrize("name", TARGETS)
def test_spoiled_input(name, seed):
    target = TARGETS[name]
    spoiler = Spoiler(seed, [*target.pool(seed), *corpus(name)])
    for case in range(max(1, int(CASES * target.share))):
        octets = spoiler.next()
        try:
            target.run(octets)
        except BaseException:
            pytest.fail(f"seed {seed}, case {case}, {name}.txt: {octets.hex()}\n{traceback.format_exc(limit=-4)}")


def test_the_corpus_belongs_to_targets():
    assert {path.stem for path in Path(__file__).with_name("corpus").iterdir()} <= set(TARGETS)
    assert len(TARGETS) >= 12
