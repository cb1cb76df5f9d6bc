"""One pass over a capture: records in batches, and everything else that is to be told of it."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._core import flows
from ..log import FILE, FOREIGN, LIMIT, LOST, UNKNOWN_LINK, UNKNOWN_TIME, Problem, Segment
from .files import CaptureFile
from .links import SESSION_COMMANDS, Command, Connection
from .opening import Source
from .recognise import Foreign, counted, other_packets, protocol_of, sentences
from .troubles import Notice

_RECORD = np.dtype(
    [
        ("offset", np.int64),
        ("length", np.int64),
        ("time", np.int64),
        ("packet", np.int64),
        ("command_id", np.uint32),
        ("command_status", np.uint32),
        ("link", np.int32),
        ("side", np.int32),
    ]
)
_OF_COMMAND = ("time", "side", "command_id", "command_status")
_SESSION_IDS = np.array(list(SESSION_COMMANDS), np.uint32)


class Batch:
    """Records as the core gives them: the side is known, not yet which side is the ESME.

    >>> len(Batch(b"", b"").rows)
    0
    """

    def __init__(self, octets: bytes, records: bytes) -> None:
        """Put the records in the order in which they were complete."""
        rows = np.frombuffer(records, _RECORD)
        if np.any(np.diff(rows["packet"]) < 0):  # streams that had to wait come late
            rows = rows[np.argsort(rows["packet"], kind="stable")]
        self.octets = octets
        self.rows: npt.NDArray[np.void] = rows

    def commands(self) -> Iterator[tuple[int, Command]]:
        """Yield what changes the state of links, with the link.

        >>> list(Batch(b"", b"").commands())
        []
        """
        for row in self.rows[np.isin(self.rows["command_id"], _SESSION_IDS)]:
            start, end = int(row["offset"]), int(row["offset"] + row["length"])
            system_id = self.octets[start + 16 : min(end, start + 32)].split(b"\0")[0].decode("latin-1")
            sequence_number = int.from_bytes(self.octets[start + 12 : start + 16], "big")
            time, side, command_id, status = (int(row[name]) for name in _OF_COMMAND)
            yield int(row["link"]), Command(time, side, command_id, status, sequence_number, system_id)

    def segment(self, ways: npt.NDArray[np.int8]) -> Segment:
        """Make a segment; ``ways[link, side]`` (int8) is the direction of what that side sends.

        >>> len(Batch(b"", b"").segment(np.zeros((0, 2), np.int8)))
        0
        """
        rows = self.rows
        direction = ways[rows["link"], rows["side"]]
        return Segment.of(
            self.octets,
            np.ascontiguousarray(rows["offset"]),
            np.ascontiguousarray(rows["length"]),
            np.ascontiguousarray(rows["time"]),
            direction,
            np.ascontiguousarray(rows["link"]),
        )


class Reading:
    """One pass over a capture: batches come out, and all that was noticed is gathered.

    ``notices``, ``connections`` (those that carried SMPP) and what the methods say is complete when ``batches()`` ends.

    >>> source = Source(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000"))
    >>> reading = Reading(source, b"", 70_000)
    >>> [len(batch.rows) for batch in reading.batches()], reading.summary()
    ([0], 'it holds no packets')
    """

    def __init__(self, source: Source, ports: bytes, largest: int) -> None:
        """Look at the head of the file."""
        self._file = CaptureFile(source)
        self._flows = flows.Flows(source.data, ports=ports, largest=largest, seed=os.urandom(16))
        self.notices: list[Notice] = []
        self.connections: list[Connection] = []
        self.foreign: Counter[Foreign] = Counter()
        self.packets = self.refused = 0
        self.others: dict[str, Any] = {}

    def batches(self) -> Iterator[Batch]:
        """Yield the records; may be called once."""
        try:
            for rows in self._file.batches():
                done = 0
                while done < rows.count:
                    done = self._flows.feed(rows, done)
                    if done < rows.count:
                        yield self._taken()
            while not self._flows.finish():
                yield self._taken()
            yield self._taken()
        finally:
            self.packets, self.refused, self.others = self._flows.packets, self._flows.refused, self._flows.others()
            del self._flows  # it holds on to the octets of the file

    def _taken(self) -> Batch:
        octets, records, notices, links, others = self._flows.take()
        self.notices += map(Notice._make, notices)
        self.connections += map(Connection._make, links)
        for (port, *samples), count in Counter(others).items():
            self.foreign[Foreign(protocol_of(samples, port), port)] += count
        return Batch(octets, records)

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
        yield from sentences(self.foreign)
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
