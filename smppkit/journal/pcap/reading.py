"""One pass over a capture: records in batches, and everything else that is to be told of it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._core import flows
from ..._core.buffers import room
from ..log import FILE, FOREIGN, LIMIT, LOST, UNKNOWN_LINK, UNKNOWN_TIME, Problem, Segment
from .files import CaptureFile
from .links import ENDED, TOLD
from .opening import Source
from .recognise import MOST_SHOWN, NOTHING, Foreign, counted, other_packets, protocol_at, protocol_of, sentences
from .troubles import EXCESS, NOTICE

_Array = npt.NDArray[Any]
_OF_A_RECORD = 29  # octets of its columns


class Batch:
    """Records as the core gives them: the side is known, not yet which side is the ESME.

    >>> reading = Reading(Source(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000")), b"", 70_000)
    >>> [len(batch) for batch in reading.batches()]
    [0]
    """

    def __init__(self) -> None:
        """Begin without records."""
        self._rows = 0
        self._columns = _columns(0)
        self.octets: memoryview = memoryview(b"")

    def write(self, found: flows.Flows) -> None:
        """Add the records that came out, in the order in which they were complete.

        >>> batch = Batch()
        >>> batch.write(flows.Flows(b"", ports=b"", largest=70_000, seed=bytes(16)))
        >>> len(batch)
        0
        """
        end = self._rows + found.records
        if end > len(self._columns[0]):
            fresh = _columns(end if found.full else max(end, found.expected))
            for column, old in zip(fresh, self._columns, strict=True):
                column[: self._rows] = old[: self._rows]
            self._columns = fresh
        offset, length, time, link, side = (column[self._rows : end] for column in self._columns)
        found.columns(offset, length, time, link, side)
        self._rows = end

    def __len__(self) -> int:
        """Return the number of records.

        >>> len(Batch())
        0
        """
        return self._rows

    @property
    def size(self) -> int:
        """The octets of memory that the records take.

        >>> Batch().size
        0
        """
        return len(self.octets) + self._rows * _OF_A_RECORD

    def segment(self, esme: npt.NDArray[np.int8]) -> Segment:
        """Make a segment; ``esme`` says of each link which side is the ESME."""
        offset, length, time, link, side = (column[: self._rows] for column in self._columns)
        return Segment(self.octets, offset, length, time, esme.take(link) ^ side if esme.any() else side, link)


def _columns(rows: int) -> tuple[_Array, ...]:
    """Return fresh columns of offset, length, time, link and side, in one piece of memory."""
    memory = memoryview(room(_OF_A_RECORD * rows))
    offset, length, time = np.frombuffer(memory, np.int64, 3 * rows).reshape(3, rows)
    link = np.frombuffer(memory, np.int32, rows, 24 * rows)
    return offset, length, time, link, np.frombuffer(memory, np.int8, rows, 28 * rows)


class Reading:
    """One pass over a capture: batches come out, and all that was noticed is gathered.

    What the methods say is complete when ``batches()`` ends.

    >>> source = Source(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000"))
    >>> reading = Reading(source, b"", 70_000)
    >>> [len(batch) for batch in reading.batches()], reading.summary()
    ([0], 'it holds no packets')
    """

    def __init__(self, source: Source, ports: bytes, largest: int) -> None:
        """Look at the head of the file."""
        self._file = CaptureFile(source)
        self._flows = flows.Flows(source.data, ports=ports, largest=largest, seed=os.urandom(16))
        self._batch = Batch()
        self._told: list[bytes] = []
        self._notices: list[bytes] = []
        self._ended: list[memoryview] = []
        self._excesses: list[bytes] = []
        self.foreign: dict[Foreign, int] = {}
        self.unnamed = 0  # connections besides, to ports that few go to
        self.esme: npt.NDArray[np.int8] = np.empty(0, np.int8)  # of each link, the side that is the ESME
        self.packets = self.refused = 0
        self.others: dict[str, Any] = {}

    def batches(self) -> Iterator[Batch]:
        """Yield the records; may be called once."""
        try:
            for rows in self._file.batches():
                done = 0
                while done < rows.count:
                    done = self._flows.feed(rows, done)
                    if done < rows.count and self._written():
                        yield self._taken()
            while not self._flows.finish():
                if self._written():
                    yield self._taken()
            self._written()
            self.esme = np.frombuffer(self._flows.esme(), np.int8)
            yield self._taken()
        finally:
            self.packets, self.refused, self.others = self._flows.packets, self._flows.refused, self._flows.others()
            self._name_the_rest()
            del self._flows  # it holds on to the octets of the file

    def _written(self) -> bool:
        """Write down the records that came out; tell whether so much did that the batch is to be yielded."""
        full = self._flows.full
        self._batch.write(self._flows)
        return full

    def _taken(self) -> Batch:
        batch, self._batch = self._batch, Batch()
        octets, told, notices, ended, excesses, others = self._flows.take()
        batch.octets = memoryview(octets).toreadonly()
        self._told.append(told)
        self._notices.append(notices)
        if memoryview(ended).nbytes:
            self._ended.append(memoryview(ended))
        self._excesses.append(excesses)
        for port, *samples in others:
            self._see((protocol_of(samples, port), port), 1)
        return batch

    def _name_the_rest(self) -> None:
        """Connections that were only counted are taken for what most others to their port are."""
        frequent: dict[int, Foreign] = {}
        for kind, count in self.foreign.items() if self.others["more"] else ():
            if kind[1] not in frequent or self.foreign[frequent[kind[1]]] < count:
                frequent[kind[1]] = kind
        unknown = dict(self.others["more"])
        for port, kind in frequent.items():
            self.foreign[kind] += unknown.pop(port, 0)
        self._name(unknown, protocol_at)
        self._name(self.others["silent"], lambda port: NOTHING)

    def _name(self, counts: dict[int, int], protocol: Callable[[int], str]) -> None:
        """Name those ports that may get a sentence: a hostile capture has thousands."""
        self.unnamed += sum(counts.values())
        for port in sorted(counts, key=counts.__getitem__, reverse=True)[:MOST_SHOWN]:
            self._see((protocol(port), port), counts[port])
            self.unnamed -= counts[port]

    def _see(self, kind: Foreign, count: int) -> None:
        self.foreign[kind] = self.foreign.get(kind, 0) + count

    def told(self) -> _Array:
        """Return PDUs that may change the state of a link: TOLD."""
        return np.frombuffer(b"".join(self._told), TOLD)

    def notices(self) -> _Array:
        """Return what was found wrong: NOTICE."""
        return np.frombuffer(b"".join(self._notices), NOTICE)

    def excesses(self) -> _Array:
        """Return what was found too often: EXCESS."""
        return np.frombuffer(b"".join(self._excesses), EXCESS)

    def ended(self) -> _Array:
        """Return the links in the order of their numbers: ENDED."""
        ended = np.frombuffer(self._ended[0] if len(self._ended) == 1 else b"".join(self._ended), ENDED)
        return ended[np.argsort(ended["link"])]

    def file_problems(self) -> Iterator[Problem]:
        """Yield what concerns the file and not a link."""
        yield from self._file.problems
        others = self.others
        for kind, count, noun, detail in (
            (FILE, others["cut"], "packet", "left out: the snap length cut inside the headers"),
            (FILE, others["malformed"], "packet", "left out: the IP or TCP headers contradict themselves"),
            (LOST, others["fragments"], "fragmented IP datagram", "left out: not whole in the capture"),
            (LIMIT, self.refused, "packet", "left out: more connections at once than can be followed"),
        ):
            if count:
                yield Problem(UNKNOWN_TIME, UNKNOWN_LINK, kind, f"{counted(count, noun)} {detail}")
        for detail in self.strangers():
            yield Problem(UNKNOWN_TIME, UNKNOWN_LINK, FOREIGN, detail)

    def strangers(self) -> Iterator[str]:
        """Yield sentences about what is not SMPP."""
        others = self.others
        yield from sentences(self.foreign, self.unnamed)
        if others["tcp"]:
            ports = ", ".join(map(str, sorted(others["tcp"], key=others["tcp"].get, reverse=True)[:5]))
            yield f"{counted(sum(others['tcp'].values()), 'TCP packet')} on other ports than those named: {ports}"
        yield from other_packets(others)

    def summary(self) -> str:
        """Say in a clause what the capture holds instead of SMPP."""
        if not self.packets:
            return "it holds no packets"
        details = list(self.strangers()) or [problem.detail for problem in self.file_problems()]
        if not details:
            return f"none of its {self.packets:,} packets is TCP over IP"
        return "; ".join(details[:5]) + ("; …" if len(details) > 5 else "")
