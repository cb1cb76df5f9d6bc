"""Many PDUs in one buffer: where each begins and what its header says, as NumPy arrays."""

import operator
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, SupportsIndex, cast, overload

from .._core import faults
from .._core import scan as core
from .._core.pdu import decode
from ..errors import FramingError, ProfileError
from ..profiles import Profile, find
from .pdu import Pdu

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Buffer

    from .._core.buffers import Block
    from .types import Octets

MAX_LENGTH = 70_000
"""Octets a PDU may have unless told otherwise: a message_payload of 65,535 octets fits."""


class Index:
    """The whole PDUs of a buffer, in order: one entry of each array for each PDU.

    The arrays are read-only. An index is a sequence as well: ``index[3]`` decodes the fourth PDU, ``index[:3]`` the
    first three, a loop all of them; these raise DecodeError for one that cannot be read. It keeps the buffer, not a
    copy.

    >>> import smppkit as sk
    >>> index = sk.scan(sk.EnquireLink(sequence_number=1).encode() * 2)
    >>> index, index.offset, index[1]
    (<Index 2 PDUs in 32 octets>, array([ 0, 16]), <EnquireLink sequence_number=1>)
    """

    __slots__ = {  # noqa: RUF023  in the order of reading
        "offset": "Where each PDU begins in the buffer, in octets (int64).",
        "length": "command_length of each PDU, in octets (uint32).",
        "command_id": "command_id of each PDU (uint32).",
        "command_status": "command_status of each PDU (uint32).",
        "sequence_number": "sequence_number of each PDU (uint32).",
        "consumed": "Octets of whole PDUs: what follows is the beginning of one that is not there whole.",
        "profile": "The profile that decodes the PDUs of this index, or None.",
        "_buffer": "What was scanned.",
    }

    offset: "npt.NDArray[np.int64]"
    length: "npt.NDArray[np.uint32]"
    command_id: "npt.NDArray[np.uint32]"
    command_status: "npt.NDArray[np.uint32]"
    sequence_number: "npt.NDArray[np.uint32]"
    consumed: int
    profile: Profile | None

    def __init__(
        self, buffer: "Octets", columns: "Sequence[Block]", consumed: int, profile: Profile | None = None
    ) -> None:
        """Take the columns of the core as arrays."""
        names = ("offset", "length", "command_id", "command_status", "sequence_number")
        for name, column in zip(names, columns, strict=True):
            array = column.to_numpy()
            array.flags.writeable = False
            setattr(self, name, array)
        self.consumed = consumed
        self.profile = profile
        self._buffer = buffer

    def __len__(self) -> int:
        """Return the number of whole PDUs."""
        return len(self.offset)

    @overload
    def __getitem__(self, place: SupportsIndex) -> Pdu: ...
    @overload
    def __getitem__(self, place: slice) -> list[Pdu]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Pdu | list[Pdu]:
        """Decode one PDU, or the list of those in a slice."""
        if isinstance(place, slice):
            return [self._at(i) for i in range(*place.indices(len(self)))]
        try:
            i = operator.index(place)
        except TypeError:
            kind = type(place).__name__
            raise TypeError(f"an index of PDUs takes a whole number or a slice, not {kind}") from None
        if not -len(self) <= i < len(self):
            raise IndexError(f"there is no PDU {i}: the index has {faults.plural(len(self), 'PDU')}")
        return self._at(i)

    def _at(self, i: int) -> Pdu:
        begin = int(self.offset[i])
        octets = memoryview(cast("Buffer", self._buffer)).cast("B")[begin : begin + int(self.length[i])]
        pdu: Pdu = decode(octets, self.profile, max_length=len(octets))
        return pdu

    def __iter__(self) -> Iterator[Pdu]:
        """Decode one PDU after the other."""
        return (self._at(i) for i in range(len(self)))

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with the octets of the whole PDUs."""
        octets = bytes(memoryview(cast("Buffer", self._buffer)).cast("B")[: self.consumed])
        return _again, (octets, self.profile)

    def __repr__(self) -> str:
        """Tell how many PDUs there are."""
        return f"<Index {faults.plural(len(self), 'PDU')} in {faults.plural(self.consumed, 'octet')}>"


def scan(buffer: "Octets", profile: Profile | str | Path | None = None, *, max_length: int = MAX_LENGTH) -> Index:
    """Find every whole PDU of a buffer, without decoding any.

    ``buffer`` is bytes-like: bytes, bytearray, memoryview, mmap or a NumPy array of uint8, beginning at a PDU. A PDU
    cut off at the end is no error: ``index.consumed`` is where it begins. ``profile`` names vendor TLVs of PDUs decoded
    from the index. Runs without the GIL, in one pass over the lengths.

    Raises FramingError for a command_length below 16 or above ``max_length``: ``offset`` is where it stands in the
    buffer, ``index`` the index of what came before.

    >>> import smppkit as sk
    >>> index = sk.scan(sk.EnquireLink(sequence_number=1).encode() + bytes(3))
    >>> index.command_id, index.sequence_number, index.consumed
    (array([21], dtype=uint32), array([1], dtype=uint32), 16)
    """
    done = _scan(buffer, profile, max_length)
    if isinstance(done, Index):
        return done
    del buffer  # a traceback that shows locals must not show octets: a bind holds a password
    raise done.with_traceback(None)


def _again(octets: bytes, profile: Profile | None) -> Index:
    return scan(octets, profile, max_length=max(len(octets), MAX_LENGTH))


def _scan(
    buffer: "Octets", profile: Profile | str | Path | None, max_length: int
) -> Index | FramingError | ProfileError | TypeError:
    octets = _octets(buffer)
    if octets is None:
        return TypeError(f"scan takes octets in one piece, not {type(buffer).__name__}")
    try:
        chosen = None if profile is None else find(profile)
    except (ProfileError, TypeError) as error:
        return error
    columns, consumed, absurd = core.scan(octets, max_length)
    index = Index(buffer, columns, consumed, chosen)
    return _lost(octets, index, max_length) if absurd else index


def _lost(octets: memoryview, index: Index, max_length: int) -> FramingError:
    at = index.consumed
    error = faults.misframed(bytes(octets[at : at + 16]), len(octets) - at, max_length)
    lost = FramingError(
        f"octet {at:,} of the buffer: {error}",
        field="command_length",
        offset=at,
        command_status=error.command_status,
    )
    lost.index = index
    return lost


def _octets(buffer: "Octets") -> memoryview | None:
    try:
        view = memoryview(cast("Buffer", buffer))
    except TypeError:
        return None
    return view.cast("B") if view.itemsize == 1 and view.c_contiguous else None
