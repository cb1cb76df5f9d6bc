"""Inputs made to cost work, by name, and what is read on an ordinary day in their place."""

import random
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
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

SINGLE = 1 << 16  # octets of a text or a PDU
MANY = 1 << 22  # of a table
LONGEST = 1 << 16  # of one PDU; sk.decode takes 70,000


class Hostile(NamedTuple):
    """An input of a size, and what is done with it; a list is of inputs that are read one after the other."""

    make: Callable[[int], Any]
    read: Callable[[Any], object]

    @property
    def size(self) -> int:
        return MANY if self.read in ROWS else SINGLE


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
        row, octets = 0, body(0)
        while size >= 16 + len(octets):
            header = (16 + len(octets), command_id + (0 if odd or octets else row), 9**9 + row if odd else 0)
            found.append(b"".join(part.to_bytes(4, "big") for part in (*header, 1 << 31 | row if odd else 1)) + octets)
            size -= len(found[-1])
            row += 1
            octets = body(row)
        return b"".join(found)

    return make


def cut_tlv(row: int) -> bytes:
    """The head of a TLV whose value is missing, of another tag or length in each row."""
    length, tag = divmod(row, 0x2C00)  # as many tags are the vendors' own
    return (0x1400 + tag).to_bytes(2, "big") + (4 + length).to_bytes(2, "big")


def apart(make: Callable[[int], bytes], longest: int) -> Callable[[int], list[bytes]]:
    """Inputs of at most so many octets, for what is refused when it is longer."""
    return lambda size: [make(longest) for _ in range(size // longest)]


def joined(make: Callable[[int], bytes], longest: int) -> Callable[[int], bytes]:
    return lambda size: make(min(size, longest)) * max(1, size // longest)


def delivered(coding: int, text: bytes, esm_class: int = 0) -> Callable[[int], bytes]:
    return repeated(sk.DeliverSm(data_coding=coding, esm_class=esm_class, short_message=text).encode())


def random_bodies(size: int) -> bytes:
    source = random.Random(1)
    head = b"".join(part.to_bytes(4, "big") for part in (122, 5, 0, 1))
    return b"".join(head + source.randbytes(106) for _ in range(size // 122))


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
        octets,
        [
            "command",
            "text",
            "udh",
            "receipt_id",
            "dest_address",
            "unsuccess_sme",
            "message_payload",
            "raw",
            "problem",
        ],
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


@cache
def coded(coding: int) -> Callable[[bytes], object]:
    """Read the user data of a receipt of some data_coding."""
    return partial(parse_receipt, esm_class=4, data_coding=coding)


def receipts(texts: Sequence[str]) -> object:
    return parse_receipts(texts)


def column(make: Callable[[int], str]) -> Callable[[int], tuple[str, ...]]:
    """A column of the parts of a text: a tuple, for a list is of inputs of their own."""
    return lambda size: tuple(make(size).split("|"))


def count(octets: bytes) -> int:
    return len(sk.frame(octets, ["command_id"]))


ROWS: dict[Callable[[Any], object], Callable[[Any], int]] = {  # what makes tables, and how many rows they have
    columns: count,
    logged: count,
    sk.scan: count,
    receipts: len,
}


def payload(unit: bytes, esm_class: int = 4, end: bytes = b"", coding: int = 0) -> Callable[[int], bytes]:
    head = bytes.fromhex("0000003100000032") + bytes([0, esm_class, 0, coding])  # the fields of data_sm

    def body(size: int) -> bytes:
        octets = unit * ((size - 40 - len(end)) // len(unit)) + end
        return head + b"\x04\x24" + len(octets).to_bytes(2, "big") + octets

    return joined(pdu(0x103, body), LONGEST)


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
CODED = {  # data_coding, and the octets it is about
    "receipt of broken GSM": (0, b"\xa4\xd4"),
    "receipt of broken Shift-JIS": (5, b"\x1b$B\xff"),
    "receipt of surrogates": (8, b"\xd8\x00"),
    "receipt of escapes in UCS-2": (8, b"\x1b$B"),
    "receipt of pictograms": (9, b"\xa4\xd4"),
    "receipt of half escapes": (10, b"\x1b$"),
    "receipt of escapes in EUC": (13, b"\x1b$B\xff"),
    "receipt of broken EUC, Korean": (14, b"\xff"),
    "receipt of UTF-8 for GSM": (0xF0, "é: ".encode()),
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


def destinations(unit: bytes) -> bytes:
    """A submit_multi to as many as one may have, none of which has an address."""
    return pdu(0x21, lambda _: bytes(4) + b"\xfe" + unit * 254 + bytes(10))(0)


FAILURES = pdu(0x80000021, lambda _: b"\0\xfe" + bytes(7) * 254)(0)
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
    "pdu of NULs": Hostile(apart(pdu(4, repeated(b"\0")), 17 + 4 * 1024), fields),
    "pdu of destinations": Hostile(apart(lambda _: destinations(b"\1\0\0\0"), 1_047), fields),
    "pdu of distribution lists": Hostile(apart(lambda _: destinations(b"\2\0"), 539), fields),
    "pdu of failures": Hostile(apart(lambda _: FAILURES, len(FAILURES)), fields),
    "payload of a receipt": Hostile(payload(b"id:7 "), columns),
    "payload of header elements": Hostile(payload(b"\xff\x00\x00", 0x44), columns),
    "payload of an escape before NULs": Hostile(payload(b"\xff\x00\x00", 0x04, b"\x1b\0\0"), columns),
    "payload of EUC before NULs": Hostile(payload(b"\xff", 0x04, b"\x8f\xa1\0\0", 13), columns),
    "payload of escapes": Hostile(payload(b"\x1b", 0), columns),
    "buffer of headers": Hostile(repeated(bytes.fromhex("00000010000000150000000000000001")), columns),
    "buffer of broken PDUs": Hostile(repeated(bytes.fromhex("00000010000000040000000000000001")), columns),
    "buffer of unknown commands": Hostile(each_other(0x1000000), columns),
    "buffer of cut TLVs": Hostile(each_other(0x15, cut_tlv), columns),
    "buffer of odd headers": Hostile(each_other(0x15, odd=True), columns),
    "buffer of odd TLVs": Hostile(each_other(0x15, lambda row: b"\0\5\0\0" * (900 + row % 120), odd=True), columns),
    "buffer of noise": Hostile(repeated(b"\0\0\0\x10\xff\xff"), columns),
    "buffer of random bodies": Hostile(random_bodies, columns),
    "buffer of destinations": Hostile(repeated(destinations(b"\1\0\0\0")), columns),
    "buffer of distribution lists": Hostile(repeated(destinations(b"\2\0")), columns),
    "buffer of failures": Hostile(repeated(FAILURES), columns),
    "buffer of ISO-2022-JP": Hostile(delivered(10, b"\x1b$B" + b"\x24\x22" * 67 + b"\x1b(B"), columns),
    "buffer of Shift-JIS": Hostile(delivered(5, b"\x82\xa0\x8a\xbf" * 35), columns),
    "buffer of EUC": Hostile(delivered(13, b"\xa4\xa2\xb4\xc1" * 35), columns),
    "buffer of EUC, three octets": Hostile(delivered(13, b"\x8f\xb0\xa1" * 46), columns),
    "buffer of EUC, Korean": Hostile(delivered(14, b"\xb0\xa1\xc7\xd1" * 35), columns),
    "buffer of EUC, Korean letters": Hostile(delivered(14, bytes.fromhex("a4d4a4a1a4bfa4d4") * 17), columns),
    "buffer of half-width kana": Hostile(delivered(5, b"\xb1" * 140), columns),
    "buffer of receipts in Shift-JIS": Hostile(delivered(5, b"id:7 stat:DELIVRD text:" + b"\x82\xa0" * 58, 4), columns),
    "buffer of broken Shift-JIS": Hostile(delivered(5, b"\x81\xff" * 70), columns),
    "buffer of broken ISO-2022-JP": Hostile(delivered(10, b"\x1b$B\xff" * 35), columns),
    "buffer of broken EUC": Hostile(delivered(13, b"\x8f\xff" * 70), columns),
    "buffer of broken EUC, Korean": Hostile(delivered(14, b"\xa1\xff" * 70), columns),
    "buffer of empty texts": Hostile(delivered(10, b""), columns),
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
    "column of a receipt": Hostile(column(repeated("id:1 stat:X ")), receipts),
    "column of a receipt of fields": Hostile(column(repeated("a:1 ")), receipts),
    "column of escaped fields": Hostile(column(around("id:7 stat:X ", "a:\1 ", "")), receipts),
    "column of empty receipts": Hostile(column(repeated("|")), receipts),
    "column of short receipts": Hostile(column(repeated("id:1|")), receipts),
}
HOSTILE = {
    **{name: Hostile(make, parse_receipt) for name, make in TEXTS.items()},
    **{
        name: Hostile(around(b"id:7 stat:DELIVRD text:", unit, b""), coded(coding))
        for name, (coding, unit) in CODED.items()
    },
    **{name: Hostile(make, read_hex) for name, make in DUMPS.items()},
    **OCTETS,
}


@cache
def ordinary(read: Callable[[Any], object]) -> Any:
    """What a function reads on an ordinary day, of the size that hostile input has."""
    if read in (columns, logged, sk.scan):
        return traffic.mixed(MANY // 122)
    if read is receipts:
        return (texts := tuple(receipt_texts(5_000))) * (MANY // octets_in(texts))
    some = coded_ones(read.keywords["data_coding"]) if isinstance(read, partial) else some_of(read)
    return some * -(-SINGLE // octets_in(some))


def some_of(read: Callable[[Any], object]) -> list[Any]:
    pdus = [found.encode() for found in sk.scan(traffic.mixed(500, distinct=500))]
    text = traffic.text(random.Random(1), traffic.WORDS, 150)
    found: dict[Callable[[Any], object], list[Any]] = {
        parse_receipt: receipt_texts(500),
        read_hex: [hex_dump(octets) for octets in pdus[:100]],
        fields: pdus,
        read_header: [bytes.fromhex("050003cc0201")],
        gsm7.decode: [gsm7.encode(text)],
        unpacked: [gsm7.pack(gsm7.encode(text))],
        ucs2: [" ".join(traffic.CYRILLIC).encode("utf-16-be")],
        japanese: ["お荷物は本日午後にお届けします".encode("iso2022_jp")],
    }
    return found[read]


def coded_ones(coding: int) -> list[bytes]:
    codec = {5: "cp932", 8: "utf-16-be", 10: "iso2022_jp", 13: "euc_jp", 14: "euc_kr"}.get(coding, "ascii")
    return [text.encode(codec) for text in receipt_texts(500)]


def hex_dump(octets: bytes) -> str:
    """Print octets as packet analysers do: sixteen a line, offsets before them."""
    return "".join(f"{at:04x}  {octets[at : at + 16].hex(' ')}\n" for at in range(0, len(octets), 16))


def octets_in(data: str | bytes | Iterable[Any]) -> int:
    """Count octets; those of a column have one more for each row, the sign between them."""
    if isinstance(data, list | tuple):
        return sum(map(octets_in, data)) + isinstance(data, tuple) * len(data)
    return len(data.encode() if isinstance(data, str) else data)
