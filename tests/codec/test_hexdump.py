"""Hex dumps of every origin give the same octets; anything else is one sentence with its place."""

import sys
import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smppkit as sk
from smppkit.codec.hexdump import read_hex

LINK = sk.EnquireLink(sequence_number=1).encode()
SUBMIT = sk.SubmitSm(
    source_addr="INFO",
    destination_addr="32471123456",
    short_message=b"ab cd 12 text of a message | with 00 11 stuff",
    sequence_number=7,
).encode()


def characters(octets):
    return "".join(chr(octet) if 32 <= octet < 127 else "." for octet in octets)


def rows(octets, width=16):
    return [(at, octets[at : at + width]) for at in range(0, len(octets), width)]


def halves(row):
    return row[:8].hex(" ") + ("  " + row[8:].hex(" ") if row[8:] else "")


def pairs(row):
    return " ".join(row.hex()[at : at + 4] for at in range(0, 2 * len(row), 4))


FORMS = {
    "stream": lambda octets: octets.hex(),
    "capitals": lambda octets: octets.hex().upper(),
    "blanks": lambda octets: octets.hex(" "),
    "words": lambda octets: octets.hex(" ", -4),
    "colons": lambda octets: octets.hex(":"),
    "dashes": lambda octets: octets.hex("-"),
    "commas": lambda octets: octets.hex(","),
    "lines": lambda octets: "\n".join(row.hex(" ") for _, row in rows(octets, 10)),
    "crlf": lambda octets: "\r\n".join(row.hex(" ") for _, row in rows(octets, 7)),
    "rows of words": lambda octets: "\n".join(row.hex(" ", -4) for _, row in rows(octets)),
    "rows of pairs": lambda octets: "\n".join(pairs(row) for _, row in rows(octets)),
    "wireshark": lambda octets: "\n".join(
        f"{at:04x}   {row.hex(' '):<47}   {characters(row)}" for at, row in rows(octets)
    ),
    "wireshark, hex only": lambda octets: "\n".join(f"{at:04x}   {row.hex(' ')}" for at, row in rows(octets)),
    "tshark": lambda octets: "\n".join(f"{at:04x}  {row.hex(' '):<47}  {characters(row)}" for at, row in rows(octets)),
    "follow stream": lambda octets: "\n".join(
        f"    {at:08X}  {halves(row):<48}   {characters(row[:8])} {characters(row[8:])}" for at, row in rows(octets)
    ),
    "hexdump -C": lambda octets: "\n".join(
        [*(f"{at:08x}  {halves(row):<48}  |{characters(row)}|" for at, row in rows(octets)), f"{len(octets):08x}\n"]
    ),
    "xxd": lambda octets: "\n".join(f"{at:08x}: {pairs(row):<39}  {characters(row)}" for at, row in rows(octets)),
    "xxd -c 8": lambda octets: "\n".join(
        f"{at:08x}: {pairs(row):<19}  {characters(row)}" for at, row in rows(octets, 8)
    ),
    "tcpdump -X": lambda octets: "\n".join(
        f"\t0x{at:04x}:  {pairs(row):<39}  {characters(row)}" for at, row in rows(octets)
    ),
    "tcpdump -x": lambda octets: "\n".join(f"\t0x{at:04x}:  {pairs(row)}" for at, row in rows(octets)),
    "from the middle": lambda octets: "\n".join(f"{at + 66:04x}  {row.hex(' ')}" for at, row in rows(octets)),
    "0x in front": lambda octets: "0x" + octets.hex(),
    "0x each": lambda octets: " ".join(f"0x{octet:02X}" for octet in octets),
    "python list": lambda octets: str([hex(octet) for octet in octets]),
    "python bytes": repr,
    "python bytes, double quotes": lambda octets: 'b"' + "".join(f"\\x{octet:02x}" for octet in octets) + '"',
    "c array": lambda octets: (
        "/* Frame (82 octets) */\nstatic const unsigned char pkt1[82] = {\n"
        + "\n".join(
            ", ".join(f"0x{octet:02x}" for octet in row) + ", /* " + characters(row).replace("*", ".") + " */"
            for _, row in rows(octets, 8)
        )
        + "\n};\n"
    ),
    "c array of one digit": lambda octets: (
        "char peer0_0[] = { /* Packet 5 */\n" + ", ".join(f"0x{octet:x}" for octet in octets) + " };"
    ),
    "escaped string": lambda octets: "\n".join(
        '"' + "".join(f"\\x{o:02x}" for o in row) + '" \\' for _, row in rows(octets)
    ),
    "log": lambda octets: "2026-11-22 10:00:00,123 DEBUG smpp.client: Sending PDU: " + octets.hex(),
    "log with blanks": lambda octets: (
        "2026-11-22 10:00:00 [123] [6] DEBUG: SMPP[x]: Got PDU: " + octets.hex(" ") + "\n"
    ),
    "log of two lines": lambda octets: f"INFO dead beef >> {octets.hex()}",
    "log with a time before": lambda octets: f"10:00:00.250 {octets.hex(' ')}",
    "log with brackets behind": lambda octets: f"sent [{octets.hex()}]",
    "log of rows": lambda octets: "\n".join(
        [
            "2026-11-22 10:00:00 [1] [6] DEBUG: Octet string at 0x7f80:",
            f"2026-11-22 10:00:00 [1] [6] DEBUG:   len:  {len(octets)}",
            *(
                f"2026-11-22 10:00:00 DEBUG:   {'data:' if at == 0 else '     '} {row.hex(' '):<47}   {characters(row)}"
                for at, row in rows(octets)
            ),
            "2026-11-22 10:00:00 [1] [6] DEBUG: Octet string dump ends.",
        ]
    ),
    "indented": lambda octets: textwrap.indent(octets.hex(" "), "        "),
    "quoted": lambda octets: f'"{octets.hex()}"',
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("octets", [LINK, SUBMIT, SUBMIT + LINK], ids=["short", "long", "two"])
def test_dumps_of_every_form(form, octets):
    assert read_hex(FORMS[form](octets)) == octets


@pytest.mark.parametrize("form", ["stream", "wireshark", "hexdump -C", "xxd", "c array", "log"])
def test_decode_takes_them(form):
    assert sk.decode(FORMS[form](SUBMIT)).encode() == SUBMIT


def test_several_dumps_one_after_the_other():
    assert read_hex(FORMS["wireshark"](SUBMIT) + "\n\n" + FORMS["wireshark"](LINK)) == SUBMIT + LINK
    assert read_hex(FORMS["log"](SUBMIT) + "\n" + FORMS["log"](LINK)) == SUBMIT + LINK


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0000001000000015000000000000000g", "hex dump, line 1, column 32: 'g' is no hex digit"),
        ("00 00 00 1x", "hex dump, line 1, column 11: 'x' is no hex digit"),
        ("00 00\n00 é0", "hex dump, line 2, column 4: 'é' is no hex digit"),
        ("0000  00 00 zz 10", "hex dump, line 1, column 13: 'z' is no hex digit"),
        ("000", "hex dump, line 1, column 3: a lone hex digit: octets have two"),
        ("00 00 0 01", "hex dump, line 1, column 7: a lone hex digit: octets have two"),
        ("0x", "hex dump, line 1, column 3: a digit is missing after 0x"),
        ("0xg0", "hex dump, line 1, column 3: 'g' is no hex digit"),
        ("hello", "hex dump, line 1, column 1: 'h' is no hex digit"),
        ("0000001z 00000010 00000015 00000000 00000001", "hex dump, line 1, column 8: 'z' is no hex digit"),
        ("HTTP/1.1 200 OK", "'H' is no hex digit; this is the text of HTTP, not a hex dump"),
        ("DEBUG: got 00 00 00 11 00 00 00 15 00 00 00 00 00 00 00 01", "hex dump, line 1, column"),
        (f"DEBUG: {LINK.hex()}x", "hex dump, line 1, column"),
    ],
)
def test_what_is_no_dump(text, sentence):
    for call in (read_hex, sk.decode):
        with pytest.raises(sk.DecodeError) as raised:
            call(text)
        assert sentence in str(raised.value)
        assert raised.value.field == "hex dump"


def reads(text):
    """Tell whether a text is read, as LINK and nothing else."""
    try:
        return read_hex(text) == LINK
    except sk.DecodeError:
        return False


@pytest.mark.parametrize("form", ["stream", "blanks", "wireshark", "xxd", "c array"])
def test_a_stray_character_anywhere_is_never_skipped(form):
    text = FORMS[form](LINK)
    start = text.index("0000") if form == "stream" else 0
    for place in range(start, len(text)):
        if text[place] not in "0123456789abcdef":
            continue
        broken = text[:place] + "g" + text[place + 1 :]
        if form in ("wireshark", "xxd", "c array") and reads(broken):
            continue  # in a comment, or among the characters behind
        with pytest.raises(sk.DecodeError, match="hex dump, line "):
            read_hex(broken)


@pytest.mark.parametrize("text", ["", "  \n\t\n", "\ufeff"])
def test_nothing_is_no_octets(text):
    assert read_hex(text) == b""
    with pytest.raises(sk.DecodeError, match="0 octets cannot be a PDU"):
        sk.decode(text)


@given(
    st.binary(min_size=1, max_size=80),
    st.sampled_from(sorted(set(FORMS) - {form for form in FORMS if form.startswith("log")})),
)
def test_any_octets_in_any_form(octets, form):
    assert read_hex(FORMS[form](octets)) == octets


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    sentence = ""
    try:
        read_hex(text)
    except sk.DecodeError as error:
        sentence = str(error)
    assert not sentence or sentence.startswith("hex dump, line ")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "00 " * 100_000 + "x",
        "0x" * 100_000,
        "\\x" * 100_000,
        "/* " * 100_000,
        "b'" + "\\" * 200_000,
        "DEBUG: " + "00 " * 100_000 + "!x",
        "ab " * 30_000 + "  " * 30_000 + "z",
        "0000 " * 50_000 + "\n" * 50_000 + "g",
        "= [" * 60_000,
        "char a[" * 30_000,
        "(" * 200_000 + "g",
        "00000010" * 20_000 + " word",
    ],
    ids=range(12),
)
def test_a_hostile_text_takes_no_time(text):
    start = time.perf_counter()
    with pytest.raises(sk.DecodeError):
        read_hex(text)
    assert time.perf_counter() - start < 5


def calls_to_refuse(text):
    """Count what a text costs that is no dump."""
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        with pytest.raises(sk.DecodeError):
            read_hex(text)
    finally:
        sys.setprofile(None)
    return len(calls)


@pytest.mark.parametrize(
    "word",
    [
        "00000010000000150000000000000001",  # each word begins a PDU, and none ends with the line
        "00000020000000150000000000000001",  # each leads to the word after the next
        "00000020 00000015 00000000 00000001",  # one word of four begins one
    ],
)
def test_a_line_of_many_pdus_that_is_cut_is_walked_once(word):
    short, long = (calls_to_refuse(f"<x> {f'{word} ' * count}00000011") for count in (200, 800))
    assert long < 5 * short


def test_a_line_whose_last_words_are_whole_gives_those():
    assert read_hex(f"<x> 00000010 00000015 00000000 00000002 0000 {LINK.hex()} {SUBMIT.hex()}") == LINK + SUBMIT
