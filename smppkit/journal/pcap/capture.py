"""A packet capture as a log.

One pass over the file finds the links, their events and what is wrong, and counts the records. Records that take up to
RETAINED octets of memory are kept, so that the file is not needed any more; of a larger capture it stays mapped and
each ``segments()`` passes over it again, which costs a tenth of what making a table of it does and needs the memory of
a batch. Links, events and problems become objects when they are asked for.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ...errors import CaptureError
from ..log import FILE, UNKNOWN_LINK, UNKNOWN_TIME, Buffer, Event, Link, Log, Problem, Segment
from .links import Connection, commands_of, connections_of, events_of, links_of
from .opening import Source
from .reading import Batch, Reading
from .troubles import Notice, problem_of, summary_of, too_many

RETAINED = 1 << 28
LARGEST_PDU = 70_000
NOTICES_KEPT = 8  # as in _core.framing


class CaptureLog(Log):
    """A packet capture as a log: complete, and never changing.

    Records come in the order in which their last octets passed; only those of streams whose beginning was not captured,
    and those behind lost octets, may come later than that. The time of a record is that of the packet that completed
    it. Made by ``read_capture``.

    >>> CaptureLog.__mro__[1].__name__
    'Log'
    """

    def __init__(self, source: Source, ports: bytes, largest: int, retained: int) -> None:
        """Pass over the capture."""
        self._source, self._ports, self._largest = source, ports, largest
        self._segments: list[Segment] | None = None
        self._records = octets = 0
        kept: list[Batch] | None = []
        self._reading = reading = Reading(source, ports, largest)
        for batch in reading.batches():
            self._records += len(batch)
            octets += batch.size
            if kept is not None and len(batch):
                kept.append(batch)
                kept = kept if octets <= retained else None
        if not len(reading.esme):
            raise CaptureError(f"{self._source.name} holds no SMPP: {reading.summary()}")
        if kept is not None:
            self._segments = [batch.segment(reading.esme) for batch in kept]

    @cached_property
    def _ended(self) -> npt.NDArray[np.void]:
        return self._reading.ended()

    @cached_property
    def _connections(self) -> list[Connection]:
        return connections_of(self._ended)

    @property
    def links(self) -> Sequence[Link]:
        """The TCP connections that carried SMPP, in the order in which they were recognised.

        >>> CaptureLog.links.fget.__name__
        'links'
        """
        return self._made_links

    @cached_property
    def _made_links(self) -> tuple[Link, ...]:
        return links_of(self._connections)

    @property
    def events(self) -> Sequence[Event]:
        """Connects, binds, refusals, unbinds and closes, in order of time.

        >>> CaptureLog.events.fget.__name__
        'events'
        """
        return self._made_events

    @cached_property
    def _made_events(self) -> tuple[Event, ...]:
        told = commands_of(self._reading.told())
        events = [
            event
            for connection, link in zip(self._connections, self.links, strict=True)
            for event in events_of(connection, link, told.get(connection.link, []))
        ]
        return tuple(sorted(events, key=lambda event: event.time))

    @property
    def problems(self) -> Sequence[Problem]:
        """What was found wrong in file and streams, and what else than SMPP is there.

        >>> CaptureLog.problems.fget.__name__
        'problems'
        """
        return self._made_problems

    @cached_property
    def _made_problems(self) -> tuple[Problem, ...]:
        reading, connections = self._reading, self._connections
        problems = [
            problem_of(notice, connections[notice.link]) for notice in map(Notice._make, reading.notices().tolist())
        ]
        problems += [
            summary_of(connections[link], side, finding, count, octets, NOTICES_KEPT)
            for count, octets, link, side, finding in reading.excesses().tolist()
        ]
        problems += [too_many(connections[place]) for place in np.flatnonzero(self._ended["untold"])]
        problems += reading.file_problems()
        if self._source.damaged:
            detail = f"the gzip data of {self._source.name} are cut off or damaged: what could be unpacked was read"
            problems.append(Problem(UNKNOWN_TIME, UNKNOWN_LINK, FILE, detail))
        return tuple(sorted(problems, key=lambda problem: problem.time))

    @property
    def complete(self) -> bool:
        """True: a capture does not grow.

        >>> CaptureLog.complete.fget.__name__
        'complete'
        """
        return True

    def segments(self) -> Iterator[Segment]:
        """Yield the records in batches of up to about 131,000 records or 16 MiB.

        >>> CaptureLog.segments.__name__
        'segments'
        """
        if self._segments is not None:
            yield from self._segments
            return
        for batch in Reading(self._source, self._ports, self._largest).batches():
            if len(batch):
                yield batch.segment(self._reading.esme)

    def __len__(self) -> int:
        """Return the number of records.

        >>> CaptureLog.__len__.__name__
        '__len__'
        """
        return self._records

    @property
    def retained(self) -> bool:
        """Tell whether the records are in memory, so that the file is not needed any more.

        >>> CaptureLog.retained.fget.__name__
        'retained'
        """
        return self._segments is not None

    def close(self) -> None:
        """Give the file back; the records of a large capture cannot be read afterwards.

        >>> CaptureLog.close.__name__
        'close'
        """
        self._source.close()


def read_capture(
    source: str | os.PathLike[str] | Buffer,
    port: int | Sequence[int] | None = None,
    *,
    largest: int = LARGEST_PDU,
    retained: int = RETAINED,
) -> CaptureLog:
    """Read a packet capture: pcap or pcapng, plain or packed with gzip, as a path or as octets.

    SMPP is recognised on any port, or looked for on ``port`` alone, one or several. ``largest`` is the command_length,
    in octets, above which a header counts as nonsense (16 to 16 MiB). Of captures whose records take more memory than
    ``retained`` octets (PDUs, and 29 for each) the file stays open and is read again each time.

    Raises CaptureError, with one sentence, when the file is empty, no capture, or holds no SMPP; what is cut, lost or
    foreign beside SMPP is in ``problems``. Raises OSError when it cannot be opened, ValueError for a port that cannot
    be.

    >>> read_capture(b"")
    Traceback (most recent call last):
        ...
    smppkit.errors.CaptureError: the capture is empty
    """
    ports = _port_map(port)
    opened = Source(source)
    try:
        log = CaptureLog(opened, ports, largest, retained)
    except BaseException as error:
        with suppress(BufferError):  # what the error came through still refers to the octets, and lets go with it
            opened.close()
        if isinstance(error, CaptureError) and opened.damaged:
            raise CaptureError(f"{error}; its gzip data are cut off or damaged", offset=error.offset) from None
        raise
    if log.retained:
        opened.close()
    return log


def _port_map(port: int | Sequence[int] | None) -> bytes:
    """Return an octet for each port, 1 for those named; nothing when none is."""
    if port is None:
        return b""
    chosen = list(port) if isinstance(port, Iterable) else [port]
    if not chosen or not all(isinstance(number, int | np.integer) and 0 < number < 65536 for number in chosen):
        raise ValueError(f"port must be between 1 and 65535, not {port!r}")
    ports = bytearray(65536)
    for number in chosen:
        ports[number] = 1
    return bytes(ports)
