"""Anything that holds PDUs, as records in segments: a buffer, a list, a log, the path of a capture."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from ..codec import Pdu
from ..errors import TableError
from ..journal import log as journal
from ..journal.log import Segment
from ..journal.pcap import read_capture
from . import windows as _windows
from .columns import check, table
from .log import Log
from .reading import AnyProfile, Reading
from .slices import Piece, cut
from .windows import timeless, whole, windows

_SHORTEST_DUMP = 32  # digits of a header
_OF_DUMPS = frozenset("0123456789abcdefABCDEF :\t\r")
_OF_OCTETS = ("B", "b", "c")  # formats of buffers

Source: TypeAlias = (
    "bytes | bytearray | memoryview | Iterable[bytes | Pdu] | Log | journal.Log | str | os.PathLike[str]"
)


def frame(source: Source, columns: Iterable[str] | None = None, profile: AnyProfile = None) -> pd.DataFrame:
    """Return one row for each PDU, in the columns named and in that order.

    ``source`` is anything with octets of PDUs one after the other (bytes, bytearray, memoryview, mmap, a NumPy array of
    uint8), PDUs or their octets as a list, a log, or the path of a capture. ``columns`` names fields and TLVs as the
    standard does (a TLV by its tag as ``0x1401``), or one of these; without it, there are those marked * and every
    mandatory field:

    - ``time`` *, ``link`` *, ``direction`` *: datetime64[ns, UTC], str and category from the log; absent for bare
      octets, but for the direction of a command that one side alone may send
    - ``command`` *: category; ``command_id`` *, ``command_status`` *, ``sequence_number`` *: Int64
    - ``text`` *: user data as str, absent where they are binary; ``encoding``: category; ``udh``: their header
    - ``receipt_id`` *, ``receipt_sub`` *, ``receipt_dlvrd`` *, ``receipt_submit_date`` *, ``receipt_done_date`` *,
      ``receipt_stat`` *, ``receipt_err`` *, ``receipt_text`` *, ``receipt_state``, ``receipt_kind``: of delivery
      receipts; dates as UTC
    - ``concat_width``, ``concat_reference``, ``concat_total``, ``concat_number``: of parts of long messages (a width of
      1 is that of SAR TLVs)
    - ``offset``: where the PDU begins in the buffer that it lies in; ``command_length``; ``body_present``; ``raw``: its
      octets; ``problem`` *: what is wrong or odd, in a sentence, or in eight and how many more there are

    Strings are ``str``, integers Int64 (of a TLV by the length it has, absent above 2**63 - 1), octet strings
    ArrowDtype(binary), lists ArrowDtype(list of structs). A PDU that cannot be read is a row with a problem, and so is
    what is left at the end of a buffer. Passwords are ``***``. Only what was asked for is decoded, by several threads
    when there is much. Memory of large columns is kept for the next ones, 256 MiB at most; on Linux alone, where the
    system takes it when it runs short.

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
    if isinstance(source, str) and _is_dump(source):
        raise TableError(
            "frame takes octets or the path of a capture, and this text is a hex dump: frame([decode(text)])"
        )
    if isinstance(source, str | os.PathLike):
        with Log(read_capture(Path(source))) as log:
            return frame(log, names, profile)
    if isinstance(source, Log):
        source = source.source
    if isinstance(source, journal.Log):
        return table(list(cut(source.segments())), source.links, names, reading)
    return table(list(pieces_of(source)), [], names, reading)


def pieces_of(source: Any) -> Iterator[Piece]:
    """Return octets, or a sequence of PDUs, as records of unknown times and directions: slices, or many windows.

    >>> [piece.rows for piece in pieces_of(bytes.fromhex("00000010 00000015 00000000 00000001") * 2)]
    [2]
    """
    buffer = _buffer(source)
    if buffer is not None and len(buffer) > _windows.WHOLE:
        return windows(buffer)
    return cut([_of_sequence(source) if buffer is None else whole(buffer)])


def _is_dump(text: str) -> bool:
    """Tell whether a text is no path but a PDU in hex, which no error may show: a password may be there.

    Names of files may be made of digits too, those of hashes are: what is there is a path.
    """
    looks_so = "\n" in text or (len(text) >= _SHORTEST_DUMP and _OF_DUMPS.issuperset(text))
    return looks_so and not os.path.exists(text)


def _buffer(source: Any) -> memoryview | None:
    """Return octets that lie in one piece of memory; None for a sequence of them."""
    if isinstance(source, np.ndarray) and source.dtype.hasobject:  # its memory has the addresses of the objects
        return None
    try:
        view = memoryview(source)
    except TypeError:
        return None
    if view.itemsize != 1 or view.format not in _OF_OCTETS:
        what = f"{type(source).__name__} of {getattr(source, 'dtype', f'items of {view.itemsize} octets')}"
        raise TableError(
            f"frame takes octets, PDUs, a log or the path of a capture, not {what}: give bytes, or a list of them"
        )
    return view.cast("B") if view.c_contiguous else memoryview(bytes(view))


def _of_sequence(source: Any) -> Segment:
    if not isinstance(source, Iterable):
        raise TableError(f"frame takes octets, PDUs, a log or the path of a capture, not {type(source).__name__}")
    pieces = source.to_pylist() if isinstance(source, pa.Array | pa.ChunkedArray) else list(source)
    if set(map(type, pieces)) != {bytes}:
        pieces = [_octets(item) for item in pieces]
    length = np.fromiter(map(len, pieces), np.int64, len(pieces))
    return timeless(b"".join(pieces), np.cumsum(length) - length, length)


def _octets(item: Any) -> bytes:
    if isinstance(item, Pdu):
        return item.encode()
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item)
    raise TableError(
        f"frame takes a sequence of PDUs or of their octets, but one item is of type {type(item).__name__}"
    )
