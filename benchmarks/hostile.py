"""Inputs made to cost work, and what they cost: ``python -m benchmarks.hostile``.

Each input in two sizes, 16 and 64 KiB: the time of one call, and how it grows, 4.0 where work is linear. The receipts
should stay under 1 ms.
"""

import platform
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import smppkit as sk
from smppkit.codec.hexdump import read_hex
from smppkit.frames import Log
from smppkit.journal.memory import MemoryLog
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import decode_text
from smppkit.text.headers import read_header
from smppkit.text.receipts import parse_receipt, parse_receipts

ROUNDS = 7
WRONG = (sk.SmppError,)


class Hostile(NamedTuple):
    """An input of a size, and what is done with it."""

    make: Callable[[int], Any]
    read: Callable[[Any], object]


def repeated(unit: Any) -> Callable[[int], Any]:
    return lambda size: unit * (size // len(unit))


def around(before: Any, unit: Any, behind: Any) -> Callable[[int], Any]:
    return lambda size: before + unit * ((size - len(before) - len(behind)) // len(unit)) + behind


def pdu(command_id: int, body: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def make(size: int) -> bytes:
        octets = body(size)
        return b"".join(part.to_bytes(4, "big") for part in (16 + len(octets), command_id, 0, 1)) + octets

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
    "buffer of noise": Hostile(repeated(b"\0\0\0\x10\xff\xff"), columns),
    "log of one sequence number": Hostile(repeated(sk.SubmitSm(sequence_number=1).encode()), logged),
    "log of first parts": Hostile(
        repeated(sk.DeliverSm(esm_class=0x40, short_message=bytes.fromhex("050003cc0201") + b"x").encode()), logged
    ),
    "header of empty elements": Hostile(repeated(b"\xfe\x00"), read_header),
    "text of escapes": Hostile(repeated(b"\x1b"), gsm7.decode),
    "text of surrogates": Hostile(repeated(b"\xd8\x00"), lambda octets: decode_text(octets, 8)),
    "text of half escapes": Hostile(repeated(b"\x1b$B"), lambda octets: decode_text(octets, 10)),
    "column of a receipt": Hostile(repeated("id:1 stat:X "), lambda text: parse_receipts([text])),
    "column of empty receipts": Hostile(repeated("|"), lambda text: parse_receipts(text.split("|"))),
}
HOSTILE = {
    **{name: Hostile(make, parse_receipt) for name, make in TEXTS.items()},
    **{name: Hostile(make, read_hex) for name, make in DUMPS.items()},
    **OCTETS,
}


def run(name: str, size: int) -> float:
    """Read a hostile input once; return the seconds of the processor that took."""
    hostile = HOSTILE[name]
    data = hostile.make(size)
    begin = time.process_time()
    with suppress(*WRONG):
        hostile.read(data)
    return time.process_time() - begin


def main() -> None:
    print(f"CPython {platform.python_version()}, {platform.machine()}; best of {ROUNDS}, processor time")
    for name in HOSTILE:
        small, large = (min(run(name, size) for _ in range(ROUNDS)) for size in (1 << 14, 1 << 16))
        print(f"  {name:32} {1e3 * large:9.3f} ms for 64 KiB, {large / max(small, 1e-7):5.1f} times that of 16 KiB")


if __name__ == "__main__":
    main()
