"""What the tests of unbreakability share: how input is spoiled, what decoders may do with it, what that may cost."""

# ruff: noqa: PT017  an error here is as good an answer as any, and is looked at

import json
import os
import random
import tracemalloc
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import smppkit as sk
from smppkit._core.decoding import DERIVED_NAMES, EXTRA_NAMES, FIELD_NAMES, HEADER_NAMES
from smppkit.profiles import Profile
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.tlvs import ROWS as TLVS
from tests import oracle
from tests.generator import LENGTHS, Generator, Made

CASES = int(os.environ.get("SMPPKIT_FUZZ_CASES", "2000"))
"""How many cases the cheapest targets run; dearer ones run a fixed share of it."""
TESTS = Path(__file__).parents[1]
CORPUS = Path(__file__).parent / "corpus"
CORE_COLUMNS = list(
    dict.fromkeys((*HEADER_NAMES, *FIELD_NAMES, *DERIVED_NAMES, *EXTRA_NAMES, *(row.name for row in TLVS)))
)
"""Every column that the core makes, but for TLVs of providers."""
COLUMNS = ["time", "link", "direction", "command", *CORE_COLUMNS]
"""Every column that a frame of PDUs can have."""
TABLES = ("pdus", "messages", "parts", "receipts", "inbox", "events")


def lines_of(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of vectors."""
    return [json.loads(line) for line in (TESTS / "vectors" / name).read_text(encoding="utf-8").splitlines()]


VECTORS = [bytes.fromhex(line["hex"]) for line in lines_of("vectors.jsonl")]
MALFORMED = [bytes.fromhex(line["hex"]) for line in lines_of("malformed.jsonl")]


def corpus(name: str) -> list[bytes]:
    """Return the inputs kept for one target: a line each, hex, then # and why it is there."""
    lines = (CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [bytes.fromhex(line.partition("#")[0]) for line in lines if line.strip() and not line.startswith("#")]


def one_of_each(generator: Generator, most: int = 400) -> list[bytes]:
    """Return a PDU of every command with all its fields and some TLVs, of at most so many octets."""
    found = []
    for row in ROWS:
        octets = bytes(most + 1)
        while len(octets) > most:
            fields = {field.name: generator.value(field) for field in row.fields if not field.counts}
            tlvs = [generator.tlv() for _ in range(3)]
            octets = oracle.encode(*Made(row.name, fields, tlvs, 0, 1))
        found.append(octets)
    return found


def patched(octets: bytes) -> bytes:
    """Return octets with a command_length that tells the truth."""
    return len(octets).to_bytes(4, "big") + octets[4:]


def exact(octets: bytes) -> memoryview:
    """Return octets with nothing of ours behind them, so that AddressSanitizer sees a read past the last one."""
    return memoryview(array("B", octets)[:])


# ---- what octets stand for ----


class Draws:
    """Numbers and pieces taken from octets in turn; noughts when there are no more."""

    def __init__(self, octets: bytes) -> None:
        self.octets, self.at = octets, 0

    def number(self, below: int) -> int:
        """Return a number of at most 255, below this."""
        self.at += 1
        return self.octets[self.at - 1] % below if self.at <= len(self.octets) else 0

    def piece(self, most: int = 48) -> bytes:
        """Return octets as many as the next one says."""
        size = self.number(most)
        self.at += size
        return self.octets[self.at - size : self.at]


# ---- what a decoder may do ----


def plain(value: Any) -> Any:
    """Return a field as the oracle gives it."""
    return [entry._asdict() for entry in value] if isinstance(value, tuple) else value


def decoded(octets: bytes) -> sk.Pdu | None:
    """Decode by core and oracle: both read the same, or refuse with the same field, offset and command_status."""
    place, read = oracle.outcome(octets)
    try:
        pdu = sk.decode(octets)
    except (sk.DecodeError, sk.FramingError) as error:
        kind = "framing" if isinstance(error, sk.FramingError) else "decode"
        assert place == (kind, error.field, error.offset, error.command_status)
        assert 0 <= error.offset <= len(octets)
        assert error.field in str(error)
        return None
    assert read is not None, f"the core reads what the oracle refuses: {place}"
    assert (pdu.command, pdu.command_status, pdu.sequence_number) == (read.command, read.status, read.number)
    assert {name: plain(getattr(pdu, name)) for name in pdu.field_names} == read.fields
    assert pdu.raw_tlvs == read.tlvs
    firsts = dict(reversed(read.tlvs))  # of a tag that comes twice the first counts here
    for tag in islice(firsts, MOST_LOOKED_AT):
        assert pdu.tlvs[tag] == oracle.typed(tag, firsts[tag]), hex(tag)
    assert pdu.encode() == octets
    assert isinstance(repr(pdu), str)
    return pdu


def read_whole(octets: bytes, profile: Profile | None = None) -> sk.Pdu | None:
    """Decode by the core alone and read everything, or be refused with field, offset and command_status."""
    try:
        pdu = sk.decode(octets, profile)
    except (sk.DecodeError, sk.FramingError) as error:
        assert 0 <= error.offset <= len(octets)
        assert error.field in str(error)
        assert error.command_status > 0
        return None
    assert pdu.encode() == octets
    assert len(pdu.tlvs) <= len(pdu.raw_tlvs)
    for name in pdu.field_names:
        getattr(pdu, name)
    return pdu


def rebuilt(pdu: sk.Pdu) -> sk.Pdu | None:
    """Build a PDU from what was read of it; what comes out says the same, and building it again changes nothing.

    Reading is lenient where the stream is in step, building is not: what is odd may be refused, and then says so.
    """
    fields = {name: getattr(pdu, name) for name in pdu.field_names if name not in COUNTS}
    header = {"command_status": pdu.command_status, "sequence_number": pdu.sequence_number}
    made = getattr(sk, class_name(pdu.command))
    try:
        again = made(tlvs=pdu.raw_tlvs, **fields, **header)
    except sk.EncodeError:
        assert pdu.problems, f"{pdu!r} cannot be built again, but nothing about it is odd"
        return None
    back = sk.decode(again.encode())
    assert back == again
    if all(value is None for value in fields.values()) == all(getattr(back, name) is None for name in fields):
        assert {name: getattr(back, name) for name in fields} == fields
        assert back.raw_tlvs == pdu.raw_tlvs
    assert made(tlvs=back.raw_tlvs, **{name: getattr(back, name) for name in fields}, **header).encode() == bytes(again)
    return again


MOST_LOOKED_AT = 64
"""Different TLVs of one PDU: each is looked for from the first one on."""
COUNTS = {field.name for row in ROWS for field in row.fields if field.counts}


def plain_scan(buffer: bytes | memoryview) -> tuple[list[tuple[int, int]], int, bool]:
    """Return (offset, length) of each whole PDU, where they end, and whether a length there is absurd."""
    found, at = [], 0
    while len(buffer) - at >= 4:
        length = int.from_bytes(buffer[at : at + 4], "big")
        if not 16 <= length <= oracle.MOST:
            return found, at, True
        if length > len(buffer) - at:
            break
        found.append((at, length))
        at += length
    return found, at, False


def scanned(buffer: bytes | memoryview) -> list[tuple[int, int]]:
    """Scan by the core and in plain Python; return the places of the PDUs."""
    found, consumed, absurd = plain_scan(buffer)
    try:
        index = sk.scan(buffer)
        assert not absurd
    except sk.FramingError as error:
        assert (error.field, error.offset, error.command_status) == ("command_length", consumed, 2)
        assert absurd
        index = error.index
    assert list(zip(index.offset.tolist(), index.length.tolist(), strict=True)) == found
    assert index.consumed == consumed
    return found


# ---- what it may cost ----


@contextmanager
def bounded(most: int) -> Iterator[None]:
    """Fail when Python objects of more than ``most`` octets are alive at any time within."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= most, f"{peak:,} octets were asked for, at most {most:,} are allowed"


def growth(small: Callable[[], float], large: Callable[[], float], least: float) -> float:
    """Return how many times as long the larger one takes, in processor time: the least of each of some rounds.

    Both return their seconds. More rounds are made while the larger one seems to take eight times as long, for another
    program may have slowed it down; below ``least`` seconds it counts as nought.
    """
    shortest, longest = small(), large()
    for _ in range(6):
        if longest < max(least, 8 * shortest):
            break
        shortest, longest = min(shortest, small()), min(longest, large())
    return longest / shortest if longest >= least else 0.0


# ---- how input is spoiled ----


class Spoiler:
    """Inputs made from good ones, from one seed: octets flipped, pieces cut, doubled and swapped, lengths edited."""

    def __init__(self, seed: int, pool: list[bytes]) -> None:
        self.random = random.Random(seed)
        self.pool = pool
        self.ways: tuple[Callable[[bytes], bytes], ...] = (
            self.flip,
            self.overwrite,
            self.cut,
            self.drop,
            self.double,
            self.splice,
            self.measure,
            self.insert,
        )

    def next(self) -> bytes:
        """Return the next input: one of the pool, spoiled once to four times."""
        octets = self.random.choice(self.pool)
        for _ in range(self.random.choice((1, 1, 2, 4))):
            octets = self.random.choice(self.ways)(octets)
        return octets

    def span(self, octets: bytes) -> tuple[int, int]:
        start = self.random.randint(0, len(octets))
        return start, min(len(octets), start + self.random.choice((1, 2, 4, 8, 40)))

    def flip(self, octets: bytes) -> bytes:
        done = bytearray(octets)
        for _ in range(self.random.choice((1, 1, 2, 5)) if done else 0):
            done[self.random.randrange(len(done))] ^= 1 << self.random.randrange(8)
        return bytes(done)

    def overwrite(self, octets: bytes) -> bytes:
        start, end = self.span(octets)
        return (
            octets[:start] + bytes([self.random.choice((0, 1, 0x1B, 0x7F, 0x80, 0xFF))]) * (end - start) + octets[end:]
        )

    def cut(self, octets: bytes) -> bytes:
        at = self.random.randint(0, len(octets))
        return octets[:at] if self.random.random() < 0.7 else octets[at:]

    def drop(self, octets: bytes) -> bytes:
        start, end = self.span(octets)
        return octets[:start] + octets[end:]

    def double(self, octets: bytes) -> bytes:
        start, end = self.span(octets)
        return octets[:end] + octets[start:end] * self.random.choice((1, 2, 30)) + octets[end:]

    def splice(self, octets: bytes) -> bytes:
        other = self.random.choice(self.pool)
        return octets[: self.random.randint(0, len(octets))] + other[self.random.randint(0, len(other)) :]

    def insert(self, octets: bytes) -> bytes:
        at = self.random.randint(0, len(octets))
        return octets[:at] + self.random.randbytes(self.random.choice((1, 2, 3, 4, 30))) + octets[at:]

    def measure(self, octets: bytes) -> bytes:
        """Put a number where a length may stand, in either order of octets."""
        width = self.random.choice((1, 2, 4))
        at = self.random.choice((0, self.random.randint(0, len(octets))))
        number = self.random.choice((*LENGTHS, len(octets))) % 256**width
        return octets[:at] + number.to_bytes(width, self.random.choice(("big", "big", "little"))) + octets[at + width :]
