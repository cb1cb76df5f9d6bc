"""A million submit_sm encoded from columns beside smpp34 and plain C; ``python -m benchmarks.codec`` runs it."""

import random
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pyarrow as pa

import smppkit as sk

from . import plain, their_rows
from .rounds import OURS, WARM, Contender, Row, call, duration, measure, report, times
from .traffic import WORDS, text

RIVAL = "smpp34"
LARGE_PAGES = f"{plain.NAME}, large pages"
FIRST_PASS = f"{OURS}, its first pass"


class Messages(NamedTuple):
    """What is to be encoded, in the form each contender likes best."""

    destinations: list[str]
    texts: list[bytes]
    columns: dict[str, Any]

    @property
    def lists(self) -> dict[str, Any]:
        """The columns as a user has them who knows no Arrow."""
        return {**self.columns, "destination_addr": self.destinations, "short_message": self.texts}

    def buffers(self) -> list[pa.Buffer]:
        """Offsets and octets of destinations and texts, as Arrow has them."""
        return [part for name in ("destination_addr", "short_message") for part in self.columns[name].buffers()[1:3]]

    @classmethod
    def make(cls, count: int) -> "Messages":
        source = random.Random(2)
        some = [text(source, WORDS, source.randint(20, 120)).encode("ascii") for _ in range(5_000)]
        destinations = [f"32471{source.randrange(10**6):06d}" for _ in range(count)]
        texts = source.choices(some, k=count)
        columns = {
            "source_addr_ton": 5,
            "source_addr": "INFO",
            "dest_addr_ton": 1,
            "dest_addr_npi": 1,
            "destination_addr": pa.array(destinations),
            "registered_delivery": 1,
            "short_message": pa.array(texts),
            "sequence_number": np.arange(1, count + 1),
        }
        return cls(destinations, texts, columns)


def encoder(columns: dict[str, Any], threads: bool = True) -> Callable[[], bytes]:
    """Return what encodes columns, with as many threads as there are cores, or with none of its own."""

    def encode() -> bytes:
        return sk.encode_many("submit_sm", columns)[0]

    return encode if threads else patch("os.cpu_count", lambda: 1)(encode)


def first_pass(messages: Messages) -> Contender:
    """All values checked and measured on one thread, nothing written: the last row has a text that does not fit."""
    encode = encoder({**messages.columns, "short_message": pa.array([*messages.texts[:-1], bytes(255)])}, threads=False)

    def refused() -> None:
        try:
            encode()
        except sk.EncodeError:
            return
        raise SystemExit("encode_many: a text of 255 octets was taken")

    return call(FIRST_PASS, refused)


def contenders(messages: Messages) -> list[Contender]:
    found = [
        call(OURS, encoder(messages.columns)),
        call(f"{OURS}, from lists", encoder(messages.lists)),
        call(RIVAL, lambda: their_rows.encode(messages.destinations, messages.texts, 1)),
    ]
    return found


def on_one_thread(messages: Messages) -> list[Contender]:
    """Ours without threads of its own, beside the loop in C where it can be built."""
    found = [call(OURS, encoder(messages.columns, threads=False))]
    if isinstance(extension := plain.build("encoding"), ModuleType):
        buffers = messages.buffers()
        found.append(call(plain.NAME, lambda: extension.submits(*buffers, 1, False)))
        found.append(call(LARGE_PAGES, lambda: extension.submits(*buffers, 1, True)))
    return found


def encoding(count: int, rounds: int) -> list[Row]:
    messages = Messages.make(count)
    name = f"{count:,} submit_sm encoded from columns"
    turns = {name: contenders(messages), f"one thread: {name}": on_one_thread(messages)}
    if len({contender.result() for found in turns.values() for contender in found}) > 1:
        raise SystemExit("encode_many: the contenders' octets differ")
    turns[f"one thread: {name}"].append(first_pass(messages))
    return [measure(name, found, rounds, agree=False, warm=True) for name, found in turns.items()]


def differences(row: Row) -> list[str]:
    """Return what ours takes longer than the stricter yardstick for."""
    if LARGE_PAGES not in row.seconds:
        return []
    ours, plainly, strict, first = (row.median(name) for name in (OURS, plain.NAME, LARGE_PAGES, FIRST_PASS))
    return [
        f"'{plain.NAME}' is the yardstick of the same work in plain C: smppkit has {times(plainly / ours)} its speed. "
        f"'{LARGE_PAGES}' is a stricter one of our own, beside which it has {times(strict / ours)}. '{FIRST_PASS}' "
        f"checks and measures every value and writes none (the last one does not fit), as the loops never do: "
        f"{duration(first)} of our {duration(ours)}. Without it {duration(max(ours - first, 0))} would be left, beside "
        f"the {duration(strict)} of the stricter loop (all by the medians): ours then writes slot by slot, for any "
        "command and columns, the loop knows these PDUs alone."
    ]


def tables(count: int, rounds: int) -> list[str]:
    rows = encoding(count, rounds)
    built = plain.build("encoding")
    yardstick = (
        f"{plain.NAME} is a yardstick, no rival: one loop (benchmarks/plain) made for these PDUs, without any checks; "
        "most of its time goes into fresh memory, which costs less in large pages. smppkit asks for those, and takes a "
        "thread for each core unless told otherwise."
    )
    notes = [yardstick if isinstance(built, ModuleType) else built, *differences(rows[-1]), WARM]
    return [report("Encoding many PDUs", rows, [RIVAL], notes)]
