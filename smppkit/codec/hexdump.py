"""Octets from the text of hex dumps: logs, Wireshark's clipboard, xxd, hexdump, C arrays, escaped strings.

Every line is first read strictly: hex digits and what may stand between them, with an offset before and printed
characters behind if there are any. Only when that fails, each line is taken for one of a log, whose last part may be
hex; and only if the octets so found are whole PDUs is that believed. So a stray character is an error with its place,
never skipped.
"""

import ast
import re
from typing import NamedTuple

from .._core.foreign import protocol
from ..errors import DecodeError

_HEADER = 16  # octets a PDU has at least
_MANY = 8  # octets that make a row of a log without characters behind it
_LONGEST_ROW = 64  # octets in a line that has an offset or printed characters
_OFFSET = re.compile(r"\s*(?:0x)?(?P<offset>[0-9A-Fa-f]{3,16})(?P<mark>:(?=\s)|h(?=\s)|(?=\s))(?P<gap>\s+)")
_NEXT_OFFSET = re.compile(r"\s*(?:0x)?([0-9A-Fa-f]{3,16})(?![0-9A-Fa-f])")
_MOST_REPEATED = 1 << 24  # octets that asterisks stand for
_GROUP = re.compile(r"(?:[0-9A-Fa-f]{2})+")
# What Python reads without an error or a warning: ASCII alone, and the escapes there are; nothing is tried twice.
_LITERAL_ESCAPE = r"""\\(?:x[0-9A-Fa-f]{2}|[0-3][0-7]{0,2}+|[4-7][0-7]?+(?![0-7])|[abfnrtv\\'"\n])"""
_BYTES_LITERAL = re.compile(
    rf"""\s*b(?:"(?:[^"\\\r\n\0\x80-\U0010ffff]|{_LITERAL_ESCAPE})*+"|"""
    rf"""'(?:[^'\\\r\n\0\x80-\U0010ffff]|{_LITERAL_ESCAPE})*+')\s*"""
)
_ASTERISK = "an asterisk repeats the row before it up to the next offset"
_BETWEEN = frozenset(" \t\r\n\xa0\ufeff,;:-_.|'\"{}[]()")
_HEX = frozenset("0123456789abcdefABCDEF")
_HEX_BACKWARDS = re.compile(r"\W*(?P<hex>[0-9A-Fa-fx\s:,-]*)")
_ROW_IN_LOG = re.compile(
    r"(?:^|[\s:=>\]|])(?P<hex>[0-9A-Fa-f]{2}(?: {1,2}[0-9A-Fa-f]{2}){0,31})(?:\s{2,}(?P<behind>\S.*))?$"
)
# What a log says before the hex, and hex does not: words, brackets, a time.
_SPEECH = re.compile(r"[A-Za-z][G-Zg-z]|[G-Zg-z][A-Za-z]|[<>=\]]|\d:\d\d:\d\d")


class _Stray(NamedTuple):
    line: int
    column: int
    what: str
    octets: int
    sure: bool = False  # rows of a dump stand before it: this is no log


class _Repeated(NamedTuple):
    """The last row of a dump, which a line with an asterisk repeats, and the offset behind it."""

    octets: bytes
    follows: int


def read_hex(text: str) -> bytes:
    """Return the octets that the text of a hex dump stands for; they may be several PDUs, or none.

    Understood are plain digits with blanks, colons, commas or dashes between them; ``0x00`` and ``\\x00`` forms, so C
    arrays and escaped strings; a Python bytes literal; rows with an offset before and printed characters behind, as
    Wireshark, tcpdump, xxd and hexdump write them, with an asterisk for rows that repeat; lines of a log that end in
    the hex of whole PDUs. Raises DecodeError, naming line and column, for anything else.

    >>> read_hex("0000  00 00 00 10 00 00 00 15  ........\\n0008  00 00 00 00 00 00 00 01  ........").hex(" ", 4)
    '00000010 00000015 00000000 00000001'
    >>> read_hex('char packet[] = { 0x00, 0x10 };') == read_hex(r'"\\x00\\x10"') == bytes([0, 16])
    True
    >>> read_hex("00 00 0g")
    Traceback (most recent call last):
        ...
    smppkit.errors.DecodeError: hex dump, line 1, column 8: 'g' is no hex digit
    """
    found = _read(text)
    if isinstance(found, bytes):
        return found
    del text  # a traceback that shows locals must not show a dump: a bind holds a password
    raise found


def _read(text: str) -> bytes | DecodeError:
    if _BYTES_LITERAL.fullmatch(text):
        literal: bytes = ast.literal_eval(text.strip())
        return literal
    octets = bytearray()
    stray = _strict(text, octets)
    if stray is None:
        return bytes(octets)
    found = b"" if stray.sure else _from_log(text)
    if found:
        return found
    sentence = f"hex dump, line {stray.line}, column {stray.column}: {stray.what}"
    name = protocol(text.lstrip()[:16].encode("latin-1", "replace"))
    if name:
        sentence += f"; this is the text of {name}, not a hex dump"
    return DecodeError(sentence, field="hex dump", offset=stray.octets, command_status=0)


def _strict(text: str, octets: bytearray) -> _Stray | None:
    """Add the octets of a dump; return what stands in the way, if anything does."""
    begin = -1  # where in ``octets`` offset 0 of the present rows would be; -1 before the first row
    if _row(text.lstrip("\n\r").partition("\n")[0], -1) is None:  # characters behind a row may look like C
        text = "\n".join(map(_without_declaration, _without_comments(text).splitlines()))
    last = star = None
    for number, line in enumerate(text.splitlines(), 1):
        if last and line.strip() == "*":
            star = number
            continue
        if last and star and line.strip():
            star, wrong_offset = None, _repeat(line, last, octets)
            if wrong_offset:
                return _Stray(number, 1, wrong_offset, len(octets), sure=True)
        if last and _is_total(line, len(octets) - begin):
            continue
        row = _row(line, len(octets) - begin if begin >= 0 else -1)
        if row is not None:
            begin = len(octets) - row[0]
            octets += row[1]
            last = _Repeated(row[1], row[0] + len(row[1]))
            continue
        wrong = _plain(line, octets)
        if wrong is not None:
            return _Stray(number, wrong[0] + 1, wrong[1], len(octets))
    return _Stray(star, 1, f"{_ASTERISK}: none follows", len(octets), sure=True) if star else None


def _repeat(line: str, last: _Repeated, octets: bytearray) -> str:
    """Repeat a row up to the offset that a line begins with; return what stands in the way, if anything does."""
    match = _NEXT_OFFSET.match(line)
    if not match:
        return f"{_ASTERISK}: this line begins with none"
    more = int(match[1], 16) - last.follows
    if more <= 0 or more % len(last.octets):
        return f"{_ASTERISK}: {match[1]} is none after rows of {len(last.octets)} octets up to {last.follows:04x}"
    if more > _MOST_REPEATED - len(octets):
        return f"{_ASTERISK}: {match[1]} is {more:,} octets further on, more than the {_MOST_REPEATED:,} of a dump"
    octets += last.octets * (more // len(last.octets))
    return ""


def _without_comments(text: str) -> str:
    """Return a text with blanks for the comments of C, its lines as they were."""
    found = []
    at = 0
    while (begin := text.find("/*", at)) >= 0 and (end := text.find("*/", begin + 2)) >= 0:
        found += [text[at:begin], re.sub(r"[^\n]", " ", text[begin : end + 2])]
        at = end + 2
    return "".join(found) + text[at:]


def _without_declaration(line: str) -> str:
    """Return a line with blanks for what C or Python declares before an array or a string."""
    declared, equals, value = line.partition("=")
    words = declared.split()
    array = bool(words) and words[0].isidentifier() and words[-1].endswith("]")
    if equals and array and value.lstrip()[:1] in ("{", '"', ""):
        return " " * (len(declared) + 1) + value
    return line


def _is_total(line: str, position: int) -> bool:
    """Tell whether a line is the bare offset with which hexdump closes its rows."""
    digits = line.strip()
    return 4 <= len(digits) <= 16 and set(digits) <= _HEX and int(digits, 16) == position


def _row(line: str, position: int) -> tuple[int, bytes] | None:
    """Return offset and octets of a row; None when the line is none. ``position`` is the offset wanted, -1 for any."""
    match = _OFFSET.match(line)
    groups = _GROUP.match(line, match.end()) if match else None
    if not match or not groups:
        return None
    offset = int(match["offset"], 16)
    if not match["mark"] and not _is_offset(match, groups, offset, position):
        return None
    rest = line[match.end() :]
    octets, after = _row_octets(rest, halves=not match["mark"])
    behind = rest[after:].strip()
    return (offset, octets) if not behind or _are_characters(behind, len(octets)) else None


def _is_offset(match: re.Match[str], group: re.Match[str], offset: int, position: int) -> bool:
    """Tell whether the first digits of a line are an offset, though no colon says so."""
    apart = len(match["gap"]) > 1 or "\t" in match["gap"]
    expected = offset in (position, 0)
    if expected and apart:
        return True
    wider = len(match["offset"]) > len(group[0]) and (expected or (position < 0 and len(group[0]) == 2))
    alone = not match.string[group.end() :].strip()
    return wider and (apart or position >= 0 or not alone)  # "0000 00" is three octets, not one at offset 0


def _row_octets(rest: str, halves: bool) -> tuple[bytes, int]:
    """Return the octets that a row begins with, and where they end: at a wide gap, or at what is no hex."""
    octets = bytearray()
    at = after = 0
    width = 0
    while len(octets) < _LONGEST_ROW:
        group = _GROUP.match(rest, at)
        if not group or not (group.end() == len(rest) or rest[group.end()].isspace()):
            break
        if width and len(group[0]) > width:
            break
        width = width or len(group[0])
        octets += bytes.fromhex(group[0])
        after = group.end()
        gap = re.compile(r"[ \t]*").match(rest, after)
        at = gap.end() if gap else after
        if at - after > 2 or "\t" in rest[after:at]:
            break
        if at - after == 2 and not (halves and _goes_on(rest, at, len(octets))):
            break
    return bytes(octets), after


def _goes_on(rest: str, at: int, count: int) -> bool:
    """Tell whether a gap of two blanks is that in the middle of a row: at half of 16, and hex on its other side."""
    return count == 8 and re.compile(r"[0-9A-Fa-f]{2}(?:\s|$)").match(rest, at) is not None


def _are_characters(behind: str, count: int) -> bool:
    """Tell whether what stands behind a row can be its octets as characters: one each, perhaps a gap in the middle."""
    if behind[0] == "|" and behind[-1] == "|":
        return len(behind) - 2 <= count
    return len(behind) <= count + 1


def _plain(line: str, octets: bytearray) -> tuple[int, str] | None:
    """Add the octets of a line of plain digits; return place and nature of what is none."""
    at, end = 0, len(line)
    while at < end:
        if line[at] == "\\" and line[at + 1 : at + 2] in ("x", "X"):
            at += 2
        elif line[at] == "0" and line[at + 1 : at + 2] in ("x", "X"):
            at += 2
            if at + 1 >= end or line[at + 1] not in _HEX:  # 0x0: C writes one digit where one will do
                if at < end and line[at] in _HEX:
                    octets.append(int(line[at], 16))
                    at += 1
                    continue
                return at, "a digit is missing after 0x"
        elif line[at] in _BETWEEN or (line[at] == "\\" and not line[at + 1 :].strip()):
            at += 1
            continue
        for place in (at, at + 1):
            if place >= end or line[place] not in _HEX:
                lone = place > at and (place >= end or line[place] in _BETWEEN)
                return (at, "a lone hex digit: octets have two") if lone else (place, _named(line[place : place + 1]))
        octets.append(int(line[at : at + 2], 16))
        at += 2
    return None


def _named(character: str) -> str:
    return f"{character!r} is no hex digit" if character else "a hex digit is missing at the end of the line"


def _from_log(text: str) -> bytes:
    """Return the octets at the ends of a log's lines, if they are whole PDUs; else nothing."""
    lines = text.splitlines()
    whole = b"".join(map(_tail, lines))
    if whole:
        return whole
    rows = b"".join(map(_row_in_log, lines))
    return rows if _is_whole(rows) else b""


def _tail(line: str) -> bytes:
    """Return the whole PDUs that a line ends in; a time or number in front of them may look like hex too."""
    backwards = _HEX_BACKWARDS.match(line[::-1])
    digits = [word.removeprefix("0x") for word in re.split(r"[\s:,-]+", backwards["hex"][::-1])] if backwards else []
    if any(len(word) % 2 or "x" in word for word in digits[1:]):
        return b""
    starts = []
    octets = bytearray()
    if not _SPEECH.search(line):
        return b""
    for word in digits:
        if len(word) % 2 == 0 and "x" not in word:
            starts.append(len(octets))
            octets += bytes.fromhex(word)
    passed: set[int] = set()
    return next((bytes(octets[start:]) for start in starts if _is_whole(octets, start, passed)), b"")


def _row_in_log(line: str) -> bytes:
    """Return the octets of a row of a dump within a line of a log: many of them, or with their characters behind."""
    match = _ROW_IN_LOG.search(line)
    octets = bytes.fromhex(match["hex"]) if match else b""
    if match and (_are_characters(match["behind"], len(octets)) if match["behind"] else len(octets) >= _MANY):
        return octets
    return b""


def _is_whole(octets: bytes | bytearray, at: int = 0, passed: set[int] | None = None) -> bool:
    """Tell whether the octets from ``at`` are PDUs, each whole, and nothing else.

    ``passed`` keeps where walks from other starts came through and failed: no way is walked twice, however many starts.
    """
    begin = at
    passed = set() if passed is None else passed
    while at < len(octets):
        length = int.from_bytes(octets[at : at + 4], "big")
        if at in passed or length < _HEADER or at + length > len(octets):
            return False
        passed.add(at)
        at += length
    return at > begin
