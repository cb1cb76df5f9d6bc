"""The column ``problem``: each sentence of the codec for one PDU, whatever its numbers, written by no Python."""

import random
import re
import sys
import threading
from string import Formatter

import numpy as np
import pytest

import smppkit as sk
from smppkit._core import templates
from smppkit._core.columns import decode
from smppkit._core.foreign import FIRST, protocol
from smppkit._core.templates import filled
from smppkit.codec.problems import in_cell
from smppkit.errors import PduError
from smppkit.spec import commands, tlvs
from smppkit.spec.kinds import Tlv
from tests.core import pdu_maker

try:
    import _testcapi
except ImportError:  # not every build of Python has it
    _testcapi = None

TEMPLATES = {name: text for name, text in vars(templates).items() if name.isupper() and isinstance(text, str)}
MOST_SAID = 1_200
"""Octets of the sentences of a PDU, however long it is: there are eight."""
SUBMIT = 4
PROFILE = sk.Profile(
    "p",
    [
        Tlv(0x1400, "billing", "int", 2, 2),
        Tlv(0x1401, "stämp", "cstring", 1, 70, repeats=True),
        Tlv(0x1402, "of_none", "octets", 0, 9, commands=("submit_sm",), commands_v50=("data_sm",)),
    ],
)


def wire(command_id, body=b"", status=0, number=1):
    return b"".join(part.to_bytes(4, "big") for part in (16 + len(body), command_id, status, number)) + body


def tlv(tag, octets=b""):
    return tag.to_bytes(2, "big") + len(octets).to_bytes(2, "big") + octets


def laid_out(pdus):
    length = np.array([len(pdu) for pdu in pdus], np.int64)
    return b"".join(pdus), np.cumsum(length) - length, length


def told(pdus, profile=None):
    vendor = None if profile is None else profile.by_name
    return decode(*laid_out(pdus), ["problem"], vendor=vendor, odd=True)["problem"].to_list()


def told_by_the_codec(octets, profile=None):
    try:
        return in_cell(sk.decode(octets, profile=profile).problems) or None
    except PduError as error:
        return str(error)


@pytest.mark.parametrize("count", [1, 6, 7, 8, 9, 1000])
def test_a_cell_has_eight_sentences_and_says_how_many_more_there_are(count):
    """Of so many empty TLVs each has a sentence; another says how often they stand."""
    pdu = sk.EnquireLink(tlvs=[(0x0005, b"")] * count)
    [cell] = told([pdu.encode()])
    every = len(pdu.problems)
    assert every == count + (count > 1)
    assert cell.count("; ") == min(every, 9) - 1
    assert cell.endswith(f"; and {every - 8} more") == (every > 8)
    assert cell == in_cell(pdu.problems)


def pattern(template):
    """What a template looks like once it is filled in."""
    found = ""
    for words, value, form, _ in Formatter().parse(template):
        found += re.escape(words)
        if value is not None:
            found += f"({form})" if "|" in form else ".+" if form == "s" else "[0-9A-F,]+"
    return re.compile(rf"(^|: |; ){found}($|;|:)")


# ---- PDUs with something wrong ----

TAGS = [row.tag for row in tlvs.ROWS] + [0x1400, 0x1401, 0x1402, 0x3FFF, 0, 0xFFFF]


def damaged(rng):
    """A PDU that was sound, less so."""
    octets = bytearray(pdu_maker.make(rng)[0])
    for _ in range(rng.randrange(3)):
        octets[rng.randrange(4, len(octets))] = rng.choice((0, 1, 0x40, 0x41, 0xFF, rng.randrange(256)))
    if rng.random() < 0.3:
        tags = rng.sample(TAGS, 3)
        for _ in range(rng.randrange(6)):
            octets += tlv(rng.choice(tags), rng.randbytes(rng.choice((0, 1, 1, 2, 3, 4, 8, 21, 70))))
    octets += bytes(rng.choice((0, 0, 0, 1, 2, 5)))
    if rng.random() < 0.1:
        octets[8:12] = rng.randbytes(4)
    if rng.random() < 0.1:
        octets[12:16] = rng.randbytes(4)
    if rng.random() < 0.2:
        del octets[rng.randrange(16, len(octets) + 1) :]
    if rng.random() < 0.95:
        octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


def made_of_tlvs(rng):
    """A response or a request of a few octets, all or nearly all of them TLVs."""
    row = rng.choice(commands.ROWS)
    body = bytes(rng.randrange(4)) if rng.random() < 0.5 else b""
    for _ in range(rng.randrange(5)):
        body += tlv(rng.choice((*TAGS, 0x020C, 0x020E, 0x020F, 0x0424)), rng.randbytes(rng.randrange(4)))
    return wire(row.command_id, body, rng.choice((0, 8)), rng.choice((1, 2**32 - 1)))


def absurd(rng):
    """Octets of which some say a length that is not theirs, or are of another protocol."""
    octets = rng.choice((b"HTTP/1.1 400 Bad", b"\x16\x03\x01\x02", b"GET / ", b"\x02 01", b"", rng.randbytes(4)))
    if rng.random() < 0.6:
        octets = rng.choice((0, 1, 15, 16, 17, 2000, 70_000, 70_001, 2**32 - 1)).to_bytes(4, "big")
    return (octets + rng.randbytes(rng.choice((0, 1, 12, 13, 40, 2000))))[: rng.choice((1, 3, 4, 8, 15, 16, 99_999))]


ADDRESSES = b"\0\0\0\0"
SUBMIT_BODY = sk.SubmitSm(short_message=b"hi").encode()[16:]
EMPTY_BODY = sk.SubmitSm().encode()[16:]
SINGLE = {
    "BELOW_HEADER": b"\0\0\0\7" + bytes(12),
    "FOREIGN": b"HTTP/1.1 400 Bad Request",
    "ABOVE_MOST": b"\0\1\x11\x71" + bytes(12),
    "NO_HEADER": b"\0\0",
    "TOO_FEW": wire(0x15, b"x" * 1200)[:-1],
    "TOO_MANY": wire(0x15) + b"x",
    "VENDOR_COMMAND": wire(0x800102FF),
    "NO_COMMAND": wire(0xABCDEF01),
    "NO_FIELD": wire(SUBMIT),
    "STRING_CUT": wire(SUBMIT, b"CMT"),
    "OCTETS_CUT": wire(SUBMIT, EMPTY_BODY[:-1] + b"\7hello"),
    "LIST_CUT": wire(0x21, ADDRESSES + b"\2\1\0\0" + b"32\0"),
    "NO_NUL": wire(SUBMIT, b"x" * 500),
    "ADDRESS_WITHOUT_NUL": wire(0x21, ADDRESSES + b"\1\2" + b"x" * 40),
    "BAD_DEST_FLAG": wire(0x21, ADDRESSES + b"\1\xc8"),
    "TLV_CUT": wire(0x15, b"\x04\x24\xff\xff" + b"x" * 1000),
    "TLVS_TOO_MANY": wire(0x15, tlv(0x1400) * 1025),
    "NAMELESS": wire(0x15, b"\x14\x0a\0\1"),
    "STATUS_OF_REQUEST": wire(0x15, status=2**32 - 1),
    "HIGH_NUMBER": wire(0x15, number=2**31),
    "ONLY_TLVS": wire(0x80000004, tlv(0x0428, b"\7"), status=8),
    "PARTLY_ABSENT": wire(0x80000003, b"12\0", status=8),
    "LEFT_OUT": wire(0x80000004),
    "ENDS_WITH_PDU": wire(0x80000004, b"12"),
    "NO_DESTINATIONS": wire(0x21, ADDRESSES + b"\0" + bytes(10)),
    "LONG_OCTETS": wire(SUBMIT, EMPTY_BODY[:-1] + b"\xff" + bytes(255)),
    "LONG_STRING": wire(SUBMIT, b"x" * 1200 + EMPTY_BODY),
    "NO_TIME": wire(0x80000003, b"12\0" + b"9" * 16 + b"\0\2\0"),
    "LONG_ADDRESS": wire(0x21, ADDRESSES + b"\1" + b"\2" + b"x" * 1200 + bytes(11)),
    "LONG_LIST": wire(0x21, ADDRESSES + b"\xff" + b"\2x\0" * 255 + bytes(10)),
    "TLV_OF_ONE_LENGTH": wire(SUBMIT, SUBMIT_BODY + tlv(0x0204, b"\7")),
    "TLV_OF_LENGTHS": wire(SUBMIT, SUBMIT_BODY + tlv(0x0381, b"\7")),
    "NO_TLV_OF": wire(SUBMIT, SUBMIT_BODY + tlv(0x0210, b"\x34")),
    "REPEATED": wire(SUBMIT, SUBMIT_BODY + tlv(0x020A, b"\0\1") * 1000),
    "MORE": wire(0x15, tlv(0x0005, b"") * 1000),
    "TRAILING": wire(0x15, bytes(3)),
    "MISSING_BESIDE": wire(SUBMIT, SUBMIT_BODY + tlv(0x020E, b"\2")),
    "TWO_TEXTS": wire(SUBMIT, SUBMIT_BODY + tlv(0x0424, b"x")),
    "NO_USER_HEADER": sk.SubmitSm(esm_class=0x40, short_message=b"\x20abc").encode(),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_sentence(name):
    octets = SINGLE[name]
    assert told([octets]) == [told_by_the_codec(octets)]
    if name != "NAMELESS":
        assert pattern(TEMPLATES[name]).search(told([octets])[0]), told([octets])
    else:
        assert told([octets])[0].startswith("0x140A: ")


def test_what_is_wrong_with_a_user_header():
    payload, unread = tlv(0x0424, b"\x20"), (b"", b"\x03\0")
    bodies = [sk.DataSm(esm_class=0x40).encode()[16:], sk.DataSm(esm_class=0x40).encode()[16:] + payload]
    pdus = [wire(0x103, body) for body in bodies]
    pdus += [sk.SubmitSm(esm_class=0x40, short_message=octets).encode() for octets in unread]
    pdus += [sk.SubmitSm(esm_class=0x40, short_message=octets, tlvs={0x0424: b"\x20"}).encode() for octets in unread]
    assert told(pdus) == list(map(told_by_the_codec, pdus))
    assert all("none can be read" in sentence for sentence in told(pdus))


@pytest.mark.parametrize("make", [damaged, made_of_tlvs, absurd])
@pytest.mark.parametrize("profile", [None, PROFILE], ids=["standard", "profile"])
def test_the_column_has_the_words_of_the_codec(make, profile, seed):
    rng = random.Random(seed)
    pdus = [make(rng) for _ in range(2000)]
    for octets, found in zip(pdus, told(pdus, profile), strict=True):
        assert found == told_by_the_codec(octets, profile), octets.hex()


@pytest.mark.parametrize("row", commands.ROWS, ids=lambda row: row.name)
def test_every_cut(row):
    rng = random.Random(row.command_id)
    whole = next(pdu for pdu, made in iter(lambda: pdu_maker.make(rng), None) if made["command_id"] == row.command_id)
    pdus = [len(cut).to_bytes(4, "big") + cut[4:] for cut in (whole[:size] for size in range(16, len(whole) + 1))]
    assert told(pdus) == list(map(told_by_the_codec, pdus))


@pytest.mark.parametrize("number", [0, 1, 2, 9, 10, 999, 1000, 1001, 65535])
def test_numbers_of_any_size(number):
    cut = wire(0x15, b"\x14\0" + min(number + 1, 65535).to_bytes(2, "big") + bytes(min(number, 65534)))
    pdus = [
        cut,
        wire(0x15, status=number),
        wire(0x15, status=number << 16),
        wire(number),
        wire(0x15, bytes(number % 4)),
    ]
    assert told(pdus) == list(map(told_by_the_codec, pdus))


def test_without_odd_only_what_cannot_be_read_is_told():
    pdus = list(SINGLE.values())
    found = decode(*laid_out(pdus), ["problem"])["problem"].to_list()
    readable = list(SINGLE).index("STATUS_OF_REQUEST")
    assert found == [*map(told_by_the_codec, pdus[:readable]), *[None] * (len(pdus) - readable)]


def test_a_tlv_that_is_asked_for_by_its_tag_is_as_odd_as_without():
    """Its column needs a row that says where it lies; that once hid the profile's."""
    short, twice = (wire(0x15, tlv(0x1400, b"x") * times) for times in (1, 2))
    for profile in (None, PROFILE):
        expected = [told_by_the_codec(octets, profile) for octets in (short, twice)]
        for names in (["problem"], ["problem", "0x1400"], ["0x0204", "0x1400", "problem"]):
            found = sk.frame([short, twice], names, profile=profile)["problem"]
            assert found.astype(object).where(found.notna(), None).tolist() == expected, names


def test_other_protocols_are_asked_for_by_their_first_octet():
    """Whatever begins otherwise is told without Python; so it must be none of them."""
    for first in range(256):
        pdus = [bytes((first, *rest, *b"/1.1 OPTIONS")) for rest in ((3, 1, 0), (0x31, 0x32, 0x33), (0xFB, 0, 0))]
        assert told(pdus) == list(map(told_by_the_codec, pdus)), first
        assert first in FIRST or not any(map(protocol, pdus))
    begins = [bytes(octets) for octets in (b"GET /", b"OPTIONS sip:a", b"\x16\3\1", b"\x02" + b"01/", b"\xff" * 16)]
    assert all(protocol(octets) and octets[0] in FIRST for octets in begins)


def test_rows_without_end_are_told_by_no_python():
    """Each with other numbers, so that no memory of sentences would help."""
    count = 3000
    pdus = [wire(0x15, status=1 + row, number=2**31 + row) for row in range(count)]
    pdus += [wire(0x12345 + row) for row in range(count)]
    pdus += [wire(0x15, (0x1400 + row).to_bytes(2, "big") + (4 + row).to_bytes(2, "big")) for row in range(count)]
    pdus += [wire(SUBMIT, EMPTY_BODY + tlv(0x0204, bytes(3 + row % 50))) for row in range(count)]
    pdus += [wire(0x15)[: row % 16] for row in range(count)]
    pdus += [(70_001 + row).to_bytes(4, "big") + bytes(12) for row in range(count)]
    given, calls = laid_out(pdus), []
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        found = decode(*given, ["problem"], odd=True)
    finally:
        sys.setprofile(None)
    assert found["problem"].nulls == 0
    assert len(calls) < count / 2


@pytest.mark.parametrize(
    "octets",
    [
        wire(0x15, tlv(0x0005) * 1024),
        wire(0x15, b"".join(tlv(row.tag) * 8 for row in tlvs.ROWS)),
        wire(0x80000113, b"".join(tlv(row.tag) * 2 for row in tlvs.ROWS)),
        wire(0x15, bytes(3), status=2**32 - 1, number=2**32 - 1),
        wire(0x21, status=2**32 - 1),
    ],
    ids=["one tag", "each tag", "each tag twice", "header", "cut"],
)
def test_a_cell_has_no_more_than_some_sentences(octets):
    column = decode(*laid_out([octets] * 50), ["problem"], odd=True)["problem"]
    assert column.nulls == 0
    assert len(column.values) < MOST_SAID * 50
    assert column.to_list()[49] == told_by_the_codec(octets)


def test_octets_that_another_thread_writes_to():
    """Nonsense may come out, but nothing outside is read or written."""
    pdus = [wire(SUBMIT, EMPTY_BODY + tlv(0x0005) * 200), SINGLE["LONG_LIST"], SINGLE["OCTETS_CUT"]] * 30
    octets, offset, length = laid_out(pdus)
    buffer, done = bytearray(octets), threading.Event()

    def disturb():
        rng = random.Random(1)
        while not done.is_set():
            buffer[rng.randrange(len(buffer))] = rng.choice((0, 1, 0xFF))
            offset[rng.randrange(len(offset))] = rng.choice((0, 2**62, -1, len(buffer) - 1))

    thread = threading.Thread(target=disturb)
    right, outcomes = offset.copy(), set()
    thread.start()
    try:
        for _ in range(300):
            offset[:] = right
            try:
                outcomes.add(len(decode(buffer, offset, length, ["problem"], odd=True)["problem"].to_list()))
            except ValueError as error:
                outcomes.add(str(error).split(" ")[0])
    finally:
        done.set()
        thread.join(10)
    assert outcomes <= {len(pdus), "row"}  # the latter lies outside, which is found out at once
    assert len(pdus) in outcomes


@pytest.mark.skipif(not hasattr(_testcapi, "set_nomemory"), reason="this Python cannot let a request for memory fail")
def test_memory_that_is_refused_is_a_memory_error():
    given, missed = laid_out(list(SINGLE.values()) * 20), 0
    expected = decode(*given, ["problem"], vendor=PROFILE.by_name, odd=True)["problem"].to_list()
    for request in range(400):
        try:
            _testcapi.set_nomemory(request, request + 1)
            column = decode(*given, ["problem"], vendor=PROFILE.by_name, odd=True)["problem"]
        except MemoryError:
            missed += 1
        else:
            _testcapi.remove_mem_hooks()
            assert column.to_list() == expected
        finally:
            _testcapi.remove_mem_hooks()
    assert missed > 20


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_templates_in_python(count):
    noun = "octet" if count == 1 else "octets"
    assert filled("{0:,} {0:octet|octets} {1:s}", count, "x") == f"{count:,} {noun} x"
