"""Sending beside smpp34: messages a second over one session with a window of 64, client and server in their processes.

    python -m benchmarks.sending [--messages 20000] [--rounds 9] [--server sink|smppkit|smpp34] [--write PATH]

Three contenders, one session each, all bound to one server before the clock starts; they take turns:

    send_many       a DataFrame of numbers and a text: one call, tables come back
    submit_nowait   one call and one result object a message, those of the last window awaited as they go
    smpp34          64 tasks on one event loop, each awaiting its submit_sm: the way its own measurement goes

Every response is checked in every round. Servers: sink (plain sockets, answers at once: what the clients can do), our
simulator (keeps every message: what a user of both meets), and that of smpp34 (the slowest of the three, so it is the
limit itself).
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import pandas as pd
import smpp34

import smppkit as sk

from .rounds import load, machine, options, publish

WINDOW = 64
SENDER, TO, TEXT = "INFO", "447700900123", "Your parcel arrives today between 14:00 and 16:00. Thank you."
RIVAL = "smpp34"
NAMES = {"sink": "a sink", "smppkit": "our simulator", RIVAL: "the server of smpp34"}


class Taken(NamedTuple):
    """What one turn took: seconds by the clock, and of the processor for this process."""

    wall: float
    processor: float


class Tried(NamedTuple):
    """All turns of one contender."""

    name: str
    turns: list[Taken]

    def rates(self, messages: int) -> list[float]:
        return [messages / taken.wall for taken in self.turns]

    def processor(self, messages: int) -> float:
        """Median processor seconds for 100,000 messages."""
        return statistics.median(taken.processor for taken in self.turns) / messages * 100_000


# --- contenders ----------------------------------------------------------------------------------------------------


def with_send_many(esme: sk.Esme, messages: int) -> Callable[[], None]:
    table = pd.DataFrame({"destination": [f"+{TO}"] * messages})

    def turn() -> None:
        run = esme.send_many(table, TEXT, sender=SENDER, receipt=False)
        run.wait()
        check("send_many", run.counts["accepted"], messages)

    return turn


def with_submit_nowait(esme: sk.Esme, messages: int) -> Callable[[], None]:
    pdu = sk.SubmitSm(
        source_addr_ton=5,
        source_addr=SENDER,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=TO,
        short_message=TEXT.encode("ascii"),
    )

    def turn() -> None:
        pending: deque[Future[sk.Pdu]] = deque()
        accepted = 0
        for _ in range(messages):
            pending.append(esme.submit_nowait(pdu))
            if len(pending) > 16 * WINDOW:
                accepted += pending.popleft().result(30).command_status == 0
        accepted += sum(future.result(30).command_status == 0 for future in pending)
        check("submit_nowait", accepted, messages)

    return turn


def with_smpp34(runner: asyncio.Runner, url: str, messages: int) -> Callable[[], None]:
    place = urlsplit(url)
    client = smpp34.Client(
        place.hostname or "", place.port or 0, place.username or "", place.password or "", window_size=WINDOW
    )
    centre = runner.run(bound(client))
    left = 0
    accepted = 0
    octets = TEXT.encode("ascii")

    async def work() -> None:
        nonlocal left, accepted
        while left > 0:
            left -= 1
            response = await centre.submit_sm(
                TO, octets, source_addr=SENDER, source_addr_ton=5, dest_addr_ton=1, dest_addr_npi=1
            )
            accepted += response.is_success

    async def everybody() -> None:
        await asyncio.gather(*(work() for _ in range(WINDOW)))

    def turn() -> None:
        nonlocal left, accepted
        left, accepted = messages, 0
        runner.run(everybody())
        check(RIVAL, accepted, messages)

    return turn


async def bound(client: smpp34.Client) -> smpp34.Smsc:
    return await client.connect()


def check(name: str, accepted: int, messages: int) -> None:
    if accepted != messages:
        raise SystemExit(f"{name}: {accepted:,} of {messages:,} messages were accepted")


# --- servers -------------------------------------------------------------------------------------------------------


@contextmanager
def our_server() -> Iterator[str]:
    with sk.Smsc(delay=None, rows=10_000_000) as smsc:
        yield str(smsc.url)


@contextmanager
def program(module: str) -> Iterator[str]:
    """A server of this folder in a process of its own, which ends when its standard input does."""
    command = [sys.executable, "-m", f"benchmarks.{module}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield f"smpp://demo:secret@127.0.0.1:{port}"
        finally:
            process.kill()


SERVERS = {"sink": lambda: program("sink"), "smppkit": our_server, RIVAL: lambda: program("their_server")}

# --- the measurement ------------------------------------------------------------------------------------------------


def measure(server: str, messages: int, rounds: int) -> list[Tried]:
    with ExitStack() as stack:
        url = stack.enter_context(SERVERS[server]())
        runner = stack.enter_context(asyncio.Runner())
        many, single = (stack.enter_context(sk.connect(url, window=WINDOW, new=True)) for _ in range(2))
        turns = {
            "send_many": with_send_many(many, messages),
            "submit_nowait": with_submit_nowait(single, messages),
            RIVAL: with_smpp34(runner, url, messages),
        }
        tried = [Tried(name, []) for name in turns]
        for turn in turns.values():
            turn()  # warm up
        for number in range(rounds):
            for at in range(len(tried)):
                one = tried[(at + number) % len(tried)]
                one.turns.append(timed(turns[one.name]))
    return tried


def timed(turn: Callable[[], None]) -> Taken:
    wall, processor = time.perf_counter(), time.process_time()
    turn()
    return Taken(time.perf_counter() - wall, time.process_time() - processor)


def table(server: str, tried: list[Tried], messages: int) -> str:
    """Return a Markdown table: medians, the range of all turns, and the median of the ratios of each round."""
    rival = next(one for one in tried if one.name == RIVAL)
    lines = [f"## Sending, window {WINDOW}, to {NAMES[server]}", "", f"{machine((RIVAL,))}{load()}", ""]
    lines += ["| | messages/s | lowest to highest | beside smpp34 | processor s for 100,000 |", "|---|---|---|---|---|"]
    for one in tried:
        rates = one.rates(messages)
        ratios = [mine.wall and theirs.wall / mine.wall for mine, theirs in zip(one.turns, rival.turns, strict=True)]
        beside = "" if one is rival else f"{statistics.median(ratios):.1f}x"
        span = f"{min(rates):,.0f} to {max(rates):,.0f}"
        lines.append(
            f"| {one.name} | {statistics.median(rates):,.0f} | {span} | {beside} | {one.processor(messages):.2f} |"
        )
    count = len(rival.turns)
    return "\n".join([*lines, "", f"Medians of {count} alternated rounds of {messages:,} messages, responses checked."])


def main(arguments: list[str] | None = None) -> None:
    parser = options(__doc__ or "", messages=20_000)
    parser.add_argument("--server", choices=SERVERS, action="append")
    chosen = parser.parse_args(arguments)
    servers = chosen.server or ("sink", "smppkit")
    told = [table(server, measure(server, chosen.messages, chosen.rounds), chosen.messages) for server in servers]
    publish(chosen.write, "sending", arguments, *told)


if __name__ == "__main__":
    main()
