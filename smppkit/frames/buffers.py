"""Anything that holds PDUs, as records in segments: a buffer, a list, a log, the path of a capture."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from struct import unpack
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from .._core.scan import scan
from ..codec import Pdu
from ..errors import TableError
from ..journal import log as journal
from ..journal.log import Segment
from ..journal.pcap import read_capture
from ..spec import commands
from .columns import check, table
from .log import Log
from .reading import AnyProfile, Reading
from .slices import cut

_LARGEST = 70_000  # octets of a PDU: a message_payload of 65,535 fits
_WORTH_TWO = 8 << 20  # octets: below it a second scan costs more than it gains
_SEARCHED = 8192  # octets in which the beginning of a PDU is looked for
_CONVINCING = 8  # PDUs one after the other

Source: TypeAlias = (
    "bytes | bytearray | memoryview | Iterable[bytes | Pdu] | Log | journal.Log | str | os.PathLike[str]"
)


def frame(source: Source, columns: Iterable[str] | None = None, profile: AnyProfile = None) -> pd.DataFrame:
    """Return one row for each PDU, in the columns named and in that order.

    ``source`` is anything with octets of PDUs one after the other (bytes, bytearray, memoryview, mmap, a NumPy array of
    uint8), PDUs or their octets as a list, a log, or the path of a capture. ``columns`` names fields and TLVs as the
    standard does (a TLV by its tag as ``0x1401``), or one of these; without it, those marked * and every mandatory
    field:

        time * link * direction *       datetime64[ns, UTC], str, category; from the log, absent for bare octets (but
        for the direction of a command that one side alone may send) command * command_id * command_status *
        sequence_number *       category and Int64 text * encoding udh             user data as text (NA for binary
        data), category, octets of its header receipt_id * receipt_sub * receipt_dlvrd * receipt_submit_date *
        receipt_done_date * receipt_stat * receipt_err * receipt_text * receipt_state receipt_kind         of delivery
        receipts; dates as UTC concat_width concat_reference concat_total concat_number        of parts of long
        messages (width 1: SAR TLVs) offset command_length body_present raw problem *       offset: where it begins, in
        the buffer that it lies in; raw: the octets; problem: what is wrong or odd, in a sentence

    Strings are ``str``, integers Int64, octet strings ArrowDtype(binary), lists ArrowDtype(list of structs). A PDU that
    cannot be read is a row with a problem, and so is what is left at the end of a buffer. Passwords are ``***``. Only
    what was asked for is decoded, by several threads when there is much.

    Raises TableError for a column that does not exist.

    >>> import smppkit as sk
    >>> pdus = sk.EnquireLink(sequence_number=1).encode() + sk.SubmitSm(short_message=b"Hi", sequence_number=2).encode()
    >>> sk.frame(pdus, ["direction", "command", "sequence_number", "text"])
        direction       command  sequence_number text
    0         NaN  enquire_link                1  NaN
    1  esme_to_mc     submit_sm                2   Hi
    """
    reading = Reading.of(profile)
    names = check(columns, reading.tlvs)
    if isinstance(source, str | os.PathLike):
        with Log(read_capture(Path(source))) as log:
            return frame(log, names, profile)
    if isinstance(source, Log):
        source = source.source
    if isinstance(source, journal.Log):
        return table(list(cut(source.segments())), source.links, names, reading)
    return table(list(cut(segments_of(source))), [], names, reading)


def segments_of(source: Any) -> list[Segment]:
    """Return the same records as ``segment_of``; a large buffer is scanned from its middle on as well, by a thread.

    >>> [len(segment) for segment in segments_of(bytes.fromhex("00000010 00000015 00000000 00000001") * 2)]
    [2]
    """
    try:
        buffer = memoryview(source).cast("B")
    except TypeError:
        return [_of_sequence(source)]
    middle = _middle(buffer) if len(buffer) >= _WORTH_TWO and (os.cpu_count() or 1) > 1 else None
    if middle is None:
        return [segment_of(buffer)]
    with ThreadPoolExecutor(1, "smppkit-scan") as pool:
        rest = pool.submit(_scanned, buffer, middle)
        found, consumed, absurd = scan(buffer[:middle], _LARGEST, headers=False)
        if absurd or consumed != middle:  # those were no PDUs
            return [segment_of(buffer)]
        return [_timeless(buffer, np.asarray(found[0]), np.asarray(found[1])), rest.result()]


def _middle(buffer: memoryview) -> int | None:
    """Where a PDU seems to begin behind the middle of a buffer: the headers that follow from there all make sense."""
    half = len(buffer) // 2
    for at in range(half, min(half + _SEARCHED, len(buffer))):
        begin = at
        for _ in range(_CONVINCING):
            length, command_id = unpack(">II", buffer[begin : begin + 8].tobytes().ljust(8, b"\0"))
            if not 16 <= length <= _LARGEST or command_id not in commands.BY_ID:
                break
            begin += length
        else:
            return at
    return None


def segment_of(source: Any) -> Segment:
    """Return octets, or a sequence of PDUs, as one segment of unknown times and directions.

    >>> len(segment_of(bytes.fromhex("00000010 00000015 00000000 00000001") * 2))
    2
    """
    try:
        buffer = memoryview(source).cast("B")
    except TypeError:
        return _of_sequence(source)
    return _scanned(buffer, 0)


def _scanned(buffer: memoryview, begin: int) -> Segment:
    found, consumed, _ = scan(buffer, _LARGEST, headers=False, begin=begin)
    offset, length = np.asarray(found[0]), np.asarray(found[1])
    if consumed < len(buffer):  # what is left is no whole PDU: a row that says so
        offset, length = np.append(offset, consumed), np.append(length, len(buffer) - consumed)
    return _timeless(buffer, offset, length)


def _of_sequence(source: Any) -> Segment:
    if not isinstance(source, Iterable):
        raise TableError(f"frame takes octets, PDUs, a log or the path of a capture, not {type(source).__name__}")
    pieces = [_octets(item) for item in source]
    length = np.array([len(piece) for piece in pieces], np.int64)
    return _timeless(b"".join(pieces), np.cumsum(length) - length, length)


def _octets(item: Any) -> bytes:
    if isinstance(item, Pdu):
        return item.encode()
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item)
    raise TableError(
        f"frame takes a sequence of PDUs or of their octets, but one item is of type {type(item).__name__}"
    )


def _timeless(buffer: "journal.Buffer", offset: Any, length: Any) -> Segment:
    rows = len(offset)
    time = np.broadcast_to(np.int64(journal.UNKNOWN_TIME), rows)
    link = np.broadcast_to(np.int32(journal.UNKNOWN_LINK), rows)
    return Segment(buffer, offset, length, time, np.broadcast_to(np.int8(journal.UNKNOWN_DIRECTION), rows), link)
