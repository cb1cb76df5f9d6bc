"""Inputs made to cost work, and what they cost: ``python -m benchmarks.hostile``.

Each input in two sizes, 16 and 64 KiB: the time of one call, how it grows (4.0 where work is linear), and what an octet
of it costs beside an octet of ordinary input to the same function. The receipts should stay under 1 ms, and no octet
should cost more than three ordinary ones.
"""

import platform
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import smppkit as sk
from smppkit.codec.hexdump import read_hex
from smppkit.frames import Log
from smppkit.journal.memory import MemoryLog
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import decode_text
from smppkit.text.headers import read_header
from smppkit.text.receipts import parse_receipt, parse_receipts

from . import traffic
from .receipt_texts import receipt_texts

ROUNDS = 7
LARGE = 1 << 16
MOST = 3.0  # times what an ordinary octet costs
WRONG = (sk.SmppError,)


class Hostile(NamedTuple):
    """An input of a size, and what is done with it."""

    make: Callable[[int], Any]
    read: Callable[[Any], object]
    each: int = 1  # octets that one of its octets stands for: an empty row of a table is a row all the same


def repeated(unit: Any) -> Callable[[int], Any]:
    return lambda size: unit * (size // len(unit))


def around(before: Any, unit: Any, behind: Any) -> Callable[[int], Any]:
    return lambda size: before + unit * ((size - len(before) - len(behind)) // len(unit)) + behind


def pdu(command_id: int, body: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def make(size: int) -> bytes:
        octets = body(size)
        return b"".join(part.to_bytes(4, "big") for part in (16 + len(octets), command_id, 0, 1)) + octets

    return make


def each_other(command_id: int, body: Callable[[int], bytes] = lambda row: b"", *, odd: bool = False) -> Any:
    """PDUs of which each is broken or odd with other numbers than all before, so that no sentence comes twice."""

    def make(size: int) -> bytes:
        found = []
        while size >= 16 + len(body(len(found))):
            row, octets = len(found), body(len(found))
            header = (16 + len(octets), command_id + (0 if odd or octets else row), 9**9 + row if odd else 0)
            found.append(b"".join(part.to_bytes(4, "big") for part in (*header, 1 << 31 | row if odd else 1)) + octets)
            size -= len(found[-1])
        return b"".join(found)

    return make


def fields(octets: bytes) -> object:
    found = sk.decode(octets)
    return (
        [getattr(found, name) for name in found.field_names],
        dict(found.tlvs),
        found.raw_tlvs,
        found.problems,
        repr(found),
    )


def columns(octets: bytes) -> object:
    return sk.frame(
        octets, ["command", "text", "udh", "receipt_id", "dest_address", "message_payload", "raw", "problem"]
    )


def logged(octets: bytes) -> object:
    journal = MemoryLog(complete=True)
    for row, one in enumerate(sk.scan(octets)):
        journal.append(one.encode(), time=row, direction=0)
    with Log(journal) as log:
        return log.messages, log.inbox, log.receipts


def ucs2(octets: bytes) -> object:
    return decode_text(octets, 8)


def japanese(octets: bytes) -> object:
    return decode_text(octets, 10)


def unpacked(octets: bytes) -> object:
    return gsm7.unpack(octets, len(octets) * 8 // 7)


def rows(text: str) -> object:
    """A column, several times over: making a DataFrame takes as long as some thousand octets."""
    return parse_receipts(text.split("|") * 8)


def payload(unit: bytes, esm_class: int = 4) -> Callable[[int], bytes]:
    head = bytes.fromhex("0000003100000032") + bytes([0, esm_class, 0, 0])  # the fields of data_sm

    def body(size: int) -> bytes:
        octets = unit * ((size - 40) // len(unit))
        return head + b"\x04\x24" + len(octets).to_bytes(2, "big") + octets

    return pdu(0x103, body)


TEXTS = {
    "receipt of keys": repeated("id:"),
    "receipt of colons": repeated(":"),
    "receipt of blanks": around("id:7 stat:", " ", "x"),
    "receipt of one word": repeated("a"),
    "receipt of submit dates": repeated("submit date"),
    "receipt of submit, blanks": around("submit", " ", "date:"),
    "receipt of many fields": repeated("a:1 "),
    "receipt of different fields": lambda size: "".join(f"k{place}:v " for place in range(size // 8)),
    "receipt of one value": around("id:7 stat:DELIVRD err:", "0", ""),
    "receipt of NULs": around("id:7 stat:X text:", "\0", ""),
    "receipt of wide characters": repeated("ж:ж "),
    "receipt of repeated ids": repeated("id:7 "),
    "receipt of blanks only": repeated(" "),
    "receipt of a long text": around("id:7 stat:DELIVRD text:", "x", ""),
    "receipt of a long text of keys": around("id:7 stat:DELIVRD text:", "stat:X ", ""),
    "receipt in UTF-16": around("i\0d\0:\0", "7\0", ""),
    "receipt of digits": repeated("7"),
    "receipt of half keys": repeated("stat"),
    "receipt of half keys, blanks": repeated("stat "),
    "receipt of submit, blanks between": repeated("submit "),
    "receipt of submit dates, colons": repeated("submit date:"),
    "receipt of done dates": repeated("done date:2611221015 "),
    "receipt of underscores": repeated("submit" + "_" * 100),
    "receipt of single letters": repeated("a "),
    "receipt of single letters of keys": repeated("s "),
    "receipt of empty keys": repeated("a: "),
    "receipt of long words of stat": around("id:7 stat:", "A ", ""),
    "receipt of bare words": around("id:7 done date:1 ", "A ", ""),
}
DUMPS = {
    "dump of digits": repeated("0"),
    "dump of blanks": repeated(" "),
    "dump of comments": repeated("/*"),
    "dump of closed comments": repeated("/**/"),
    "dump of offsets": repeated("0000  00\n"),
    "dump of octal escapes": around('b"', "\\00'", "\x84"),
    "dump of backslashes": around("b'", "\\\\", "x"),
    "dump of a log": repeated("x: 00 "),
    "dump of quotes": repeated("b'"),
    "dump of dashes": around("00", "-", "x"),
    "dump of lines": repeated("\n"),
}
OCTETS = {
    "pdu of different TLVs": Hostile(
        pdu(
            0x15,
            lambda size: b"".join(
                (0x14000000 + (n << 16) + 60).to_bytes(4, "big") + bytes(60) for n in range(size // 64)
            ),
        ),
        fields,
    ),
    "pdu of TLVs, too many": Hostile(pdu(0x15, repeated(b"\x14\x00\x00\x00")), fields),
    "pdu of one tag": Hostile(
        pdu(0x15, lambda size: (b"\x03\x81" + (60).to_bytes(2, "big") + bytes(60)) * (size // 64)), fields
    ),
    "pdu of strings without NUL": Hostile(pdu(4, repeated(b"x")), fields),
    "pdu of a string without NUL": Hostile(pdu(0x80000004, repeated(b"x")), fields),
    "pdu of NULs": Hostile(pdu(4, repeated(b"\0")), fields),
    "pdu of destinations": Hostile(
        pdu(0x21, lambda size: bytes.fromhex("000000") + b"\0\xff" + b"\1\0\0\0" * 255 + bytes(size - 1100)), fields
    ),
    "payload of a receipt": Hostile(payload(b"id:7 "), columns),
    "payload of header elements": Hostile(payload(b"\xff\x00\x00", 0x44), columns),
    "payload of escapes": Hostile(payload(b"\x1b", 0), columns),
    "buffer of headers": Hostile(repeated(bytes.fromhex("00000010000000150000000000000001")), columns),
    "buffer of broken PDUs": Hostile(repeated(bytes.fromhex("00000010000000040000000000000001")), columns),
    "buffer of unknown commands": Hostile(each_other(0x1000000), columns),
    "buffer of cut TLVs": Hostile(each_other(0x15, lambda row: (0x14000004 + 65537 * row).to_bytes(4, "big")), columns),
    "buffer of odd headers": Hostile(each_other(0x15, odd=True), columns),
    "buffer of odd TLVs": Hostile(each_other(0x15, lambda row: b"\0\5\0\0" * (900 + row), odd=True), columns),
    "buffer of noise": Hostile(repeated(b"\0\0\0\x10\xff\xff"), columns),
    "log of one sequence number": Hostile(repeated(sk.SubmitSm(sequence_number=1).encode()), logged),
    "log of first parts": Hostile(
        repeated(sk.DeliverSm(esm_class=0x40, short_message=bytes.fromhex("050003cc0201") + b"x").encode()), logged
    ),
    "buffer of headers, scanned": Hostile(repeated(bytes.fromhex("00000010000000150000000000000001")), sk.scan),
    "buffer of noise, scanned": Hostile(repeated(b"\0\0\0\x10\xff\xff"), sk.scan),
    "header of empty elements": Hostile(repeated(b"\xfe\x00"), read_header),
    "text of escapes": Hostile(repeated(b"\x1b"), gsm7.decode),
    "text of surrogates": Hostile(repeated(b"\xd8\x00"), ucs2),
    "text of half escapes": Hostile(repeated(b"\x1b$B"), japanese),
    "packed zeros": Hostile(repeated(b"\0"), unpacked),
    "column of a receipt": Hostile(repeated("id:1 stat:X "), rows),
    "column of a receipt of fields": Hostile(repeated("a:1 "), rows),
    "column of escaped fields": Hostile(around("id:7 stat:X ", "a:\1 ", ""), rows),
    "column of empty receipts": Hostile(repeated("|"), rows, 100),
}
HOSTILE = {
    **{name: Hostile(make, parse_receipt) for name, make in TEXTS.items()},
    **{name: Hostile(make, read_hex) for name, make in DUMPS.items()},
    **OCTETS,
}


def ordinary() -> Mapping[Callable[[Any], object], Sequence[Any]]:
    """What each function reads on an ordinary day."""
    receipts = receipt_texts(500)
    mixed = traffic.mixed(500, distinct=500)
    pdus = [found.encode() for found in sk.scan(mixed)]
    text = traffic.text(random.Random(1), traffic.WORDS, 150)
    return {
        parse_receipt: receipts,
        rows: ["|".join(receipts)],
        read_hex: [hex_dump(octets) for octets in pdus[:100]],
        fields: pdus,
        columns: [mixed],
        logged: [mixed],
        sk.scan: [mixed],
        read_header: [bytes.fromhex("050003cc0201")],
        gsm7.decode: [gsm7.encode(text)],
        unpacked: [gsm7.pack(gsm7.encode(text))],
        ucs2: [" ".join(traffic.CYRILLIC).encode("utf-16-be")],
        japanese: ["お荷物は本日午後にお届けします".encode("iso2022_jp")],
    }


def hex_dump(octets: bytes) -> str:
    """Print octets as packet analysers do: sixteen a line, offsets before them."""
    return "".join(f"{at:04x}  {octets[at : at + 16].hex(' ')}\n" for at in range(0, len(octets), 16))


@cache
def ordinary_octet(read: Callable[[Any], object]) -> float:
    """Seconds for an octet of ordinary input, as often as takes a while."""
    inputs = ordinary()[read]
    size = sum(map(octets_in, inputs))
    repeats = -(-LARGE // size)
    return min(spent(read, inputs * repeats) for _ in range(ROUNDS)) / (repeats * size)


def spent(read: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    begin = time.process_time()
    with suppress(*WRONG):  # of many inputs none is wrong
        for data in inputs:
            read(data)
    return time.process_time() - begin


def octets_in(data: str | bytes) -> int:
    return len(data.encode() if isinstance(data, str) else data)


def run(name: str, size: int) -> float:
    """Read a hostile input once; return the seconds of the processor that took."""
    hostile = HOSTILE[name]
    return spent(hostile.read, [hostile.make(size)])


def line(name: str) -> str:
    hostile = HOSTILE[name]
    small, large = (min(run(name, size) for _ in range(ROUNDS)) for size in (LARGE // 4, LARGE))
    octet = large / (octets_in(hostile.make(LARGE)) * hostile.each)
    ratio = octet / ordinary_octet(hostile.read)
    return (
        f"| {name} | {1e3 * large:.3f} ms | {large / max(small, 1e-7):.1f} | {1e9 * octet:.2f} ns | "
        f"{1e9 * ordinary_octet(hostile.read):.2f} ns | {ratio:.2f}{' !' if ratio > MOST else ''} |"
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the table; arguments are beginnings of the names wanted, none for all."""
    chosen = tuple(sys.argv[1:] if arguments is None else arguments) or ("",)
    print(f"CPython {platform.python_version()}, {platform.machine()}; best of {ROUNDS}, processor time\n")
    print("| 64 KiB of hostile input | a call | times that of 16 KiB | an octet | an ordinary octet | ratio |")
    print("|---|---|---|---|---|---|")
    for name in HOSTILE:
        if name.startswith(chosen):
            print(line(name), flush=True)


if __name__ == "__main__":
    main()
