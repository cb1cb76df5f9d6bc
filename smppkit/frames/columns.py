"""PDUs to a DataFrame: one row for each PDU of a buffer, a log or a capture, in the columns asked for."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from .._core.column import Column
from .._core.decoding import DERIVED_NAMES, EXTRA_NAMES, FIELD_NAMES, HEADER_NAMES
from ..errors import TableError
from ..journal.log import UNKNOWN_DIRECTION, Link, Segment
from ..spec import commands, tlvs
from ..spec.kinds import Tlv
from . import arrays
from .kinds import COMMANDS, DIRECTIONS, ENCODINGS
from .reading import Reading
from .slices import Piece, Slice
from .slices import columns as decoded

RECORD_NAMES = ("time", "link", "direction")
RECEIPT_NAMES = (
    "receipt_id",
    "receipt_sub",
    "receipt_dlvrd",
    "receipt_submit_date",
    "receipt_done_date",
    "receipt_stat",
    "receipt_err",
    "receipt_text",
)
DEFAULT = (
    *RECORD_NAMES,
    "command",
    "command_id",
    "command_status",
    "sequence_number",
    *FIELD_NAMES,
    "text",
    *RECEIPT_NAMES,
    "problem",
)
"""The columns that a frame of PDUs has when none are named."""

_OF_RECORDS = frozenset(RECORD_NAMES)
_TIMES = {"receipt_submit_date", "receipt_done_date"}
_SLOTS = 0x400  # standard command_ids: nine bits and the response bit


def _tables() -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Place among COMMANDS, and direction, of every standard command_id by slot; -1 for none."""
    places, directions = np.full(_SLOTS, -1, np.int8), np.full(_SLOTS, UNKNOWN_DIRECTION, np.int8)
    for place, row in enumerate(commands.ROWS):
        slot = row.command_id & 0x1FF | row.command_id >> 31 << 9
        places[slot] = place
        directions[slot] = {"ESME": 0, "MC": 1}.get(row.sender, UNKNOWN_DIRECTION)
    return places, directions


_PLACES, _SENDERS = _tables()


def _slots(command_id: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The slot of each command_id, 0 (which no command has) for one that the standard cannot have."""
    slots = command_id & 0x1FF | command_id >> 31 << 9
    return np.where(command_id & 0x7FFFFE00, 0, slots)


def check(names: Iterable[str] | None, known_tlvs: Iterable[str] = ()) -> list[str]:
    """Return the names of columns, the default ones for None; TableError for one that does not exist, or stands twice.

    >>> check(["time", "message_id", "0x1401"])
    ['time', 'message_id', '0x1401']
    >>> check(["mesage_id"])
    Traceback (most recent call last):
        ...
    smppkit.errors.TableError: no column 'mesage_id'; did you mean message_id?
    """
    if names is None:
        return list(DEFAULT)
    wanted = [names] if isinstance(names, str) else list(names)
    known = [*DEFAULT, "offset", *HEADER_NAMES, *DERIVED_NAMES, *EXTRA_NAMES]
    known += [*(row.name for row in tlvs.ROWS), *known_tlvs]
    for place, name in enumerate(wanted):
        if name in wanted[:place]:
            raise TableError(f"column {name!r} is asked for twice")
        if name not in known and vendor_tag(name) is None:
            close = get_close_matches(str(name), known, 3, 0.8)
            hint = (
                f"did you mean {' or '.join(close)}?"
                if close
                else "columns are named by the standard's field and TLV names"
            )
            raise TableError(f"no column {name!r}; {hint}")
    return wanted


def vendor_tag(name: object) -> int | None:
    """Return the tag that a column such as ``0x1401`` names, None for another name.

    >>> vendor_tag("0x1401"), vendor_tag("text")
    (5121, None)
    """
    if isinstance(name, str) and len(name) == 6 and name.startswith("0x"):
        try:
            return int(name, 16)
        except ValueError:
            return None
    return None


def table(
    slices: Sequence[Piece], links: Sequence[Link], names: Sequence[str], reading: Reading, threads: int | None = None
) -> pd.DataFrame:
    """Return the frame of the records in ``slices``, in the order given, decoded by at most ``threads`` threads.

    >>> from smppkit.journal.log import Segment
    >>> segment = Segment.of(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], [0], [0], [0])
    >>> table([Slice(segment, 0, 1)], [Link("demo", "a", "b")], ["link", "command", "sequence_number"], Reading())
       link       command  sequence_number
    0  demo  enquire_link                7
    """
    if not names:
        return pd.DataFrame(index=pd.RangeIndex(sum(piece.rows for piece in slices)))
    whole = slices or [Slice(Segment.of(b"", [], [], [], [], []), 0, 0)]
    asked = [name for name in names if name not in _MADE]
    if not {"command", "direction"}.isdisjoint(names) and "command_id" not in asked:
        asked.append("command_id")
    pieces = decoded(whole, asked, _with_tags(reading, asked), threads)
    if _OF_RECORDS.isdisjoint(names):
        slices = whole = []  # where records stand takes memory, and the peak of it is still to come
    return pd.DataFrame({name: _array(name, whole, links, pieces) for name in names}, copy=False)


def _with_tags(reading: Reading, names: Iterable[str]) -> Reading:
    """Add rows for TLVs that are named by their tags."""
    tags = {name: tag for name in names if (tag := vendor_tag(name)) is not None}
    if not tags:
        return reading
    rows = {name: tlvs.BY_TAG.get(tag, Tlv(tag, name, "octets", 0, 65535)) for name, tag in tags.items()}
    return reading._replace(tlvs={**reading.tlvs, **rows})


def _array(name: str, slices: Sequence[Piece], links: Sequence[Link], pieces: dict[str, list[Column]]) -> arrays.Array:
    if name in _MADE:
        return _MADE[name](slices, links, pieces)
    if name in _TIMES:
        return arrays.moments(pieces[name])
    if name == "encoding":
        values, absent = arrays.numbers(pieces[name])
        return arrays.names(np.where(absent, -1, values).astype(np.int8), ENCODINGS)
    return arrays.of_core(pieces[name])


def _joined(slices: Sequence[Piece], name: str) -> npt.NDArray[Any]:
    """A copy: what is done to a frame must not be done to the log."""
    return np.concatenate([piece.column(name) for piece in slices])


def _time(slices: Sequence[Piece], links: Sequence[Link], pieces: dict[str, list[Column]]) -> arrays.Array:
    return arrays.times(_joined(slices, "time"))


def _link(slices: Sequence[Piece], links: Sequence[Link], pieces: dict[str, list[Column]]) -> arrays.Array:
    return arrays.picked([link.name for link in links], _joined(slices, "link"))


def _direction(slices: Sequence[Piece], links: Sequence[Link], pieces: dict[str, list[Column]]) -> arrays.Array:
    """As the record says; where it does not, the side that alone may send such a command."""
    codes = _joined(slices, "direction")
    unknown = codes == UNKNOWN_DIRECTION
    if unknown.any():
        command_id, _ = arrays.numbers(pieces["command_id"])
        codes = np.where(unknown, _SENDERS[_slots(command_id)], codes)
    return arrays.names(codes, DIRECTIONS)


def _command(slices: Sequence[Piece], links: Sequence[Link], pieces: dict[str, list[Column]]) -> arrays.Array:
    """The standard's names as categories, and after them those made of numbers that the standard lacks."""
    command_id, absent = arrays.numbers(pieces["command_id"])
    codes = np.where(absent, -1, _PLACES[_slots(command_id)])
    strange = (codes < 0) & ~absent
    if not strange.any():
        return arrays.names(codes, COMMANDS)
    numbers, place = np.unique(command_id[strange], return_inverse=True)
    codes = codes.astype(np.int64)
    codes[strange] = len(COMMANDS) + place
    return arrays.names(codes, arrays.text([pa.array(COMMANDS, pa.large_string()), _numbered(numbers)]))


def _numbered(command_ids: npt.NDArray[np.int64]) -> pa.LargeStringArray:
    """Commands that the standard lacks by their numbers: in hostile octets there are thousands, so not one by one."""
    words = commands.name_of(int(command_ids[0]))[:-8]
    digits = command_ids.astype(">u4").tobytes().hex().upper().encode()
    octets = np.empty((len(command_ids), len(words) + 8), np.uint8)
    octets[:, :-8] = np.frombuffer(words.encode(), np.uint8)
    octets[:, -8:] = np.frombuffer(digits, np.uint8).reshape(-1, 8)
    return arrays.strings(octets, np.arange(len(octets) + 1) * octets.shape[1], None, 0, len(octets))


_Maker = Callable[[Sequence[Piece], Sequence[Link], dict[str, list[Column]]], arrays.Array]
_MADE: MappingProxyType[str, _Maker] = MappingProxyType(
    {"time": _time, "link": _link, "direction": _direction, "command": _command}
)
