"""Sending beside smpp34 and rusmppyc: messages a second, one session, window 64; client and server in their processes.

    python -m benchmarks.sending [--messages 20000] [--rounds 9] [--server sink|smppkit|smpp34] [--write PATH]

Four contenders, one session each, all bound to one server before the clock starts; they take turns:

    send_many       a DataFrame of numbers and a text: one call, tables come back
    submit_nowait   one call and one result object a message, those of the last window awaited as they go
    smpp34          64 tasks on one event loop, each awaiting its submit_sm: the way its own measurement goes
    rusmppyc        the same; its PDU is built once, as that of submit_nowait is

rusmppyc writes in Rust, and at times lets requests wait in its queue until its timer of enquire_link ends. Here that is
every 10 ms and not every 5 s, as its README has it, so that it shows what it can do; what it does with 5 s stands below
the table. It is bound for its own turns alone: the timer goes on in its threads when others have theirs.

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
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pandas as pd
import smpp34

import smppkit as sk

from .rivals import Found, Rival, find
from .rounds import load, machine, options, publish

WINDOW = 64
SENDER, TO, TEXT = "INFO", "447700900123", "Your parcel arrives today between 14:00 and 16:00. Thank you."
RIVAL = "smpp34"
IN_RUST = "rusmppyc"
RIVALS = (Rival(RIVAL, ("smpp34",)), Rival(IN_RUST, ("rusmppyc",)))
NAMES = {"sink": "a sink", "smppkit": "our simulator", RIVAL: "the server of smpp34"}
ENQUIRE, AS_DOCUMENTED = 10, 5_000  # milliseconds between the enquire_links of rusmppyc
FEW = 2_000  # messages of the turn with the longer ones
PATIENCE = 30_000  # milliseconds


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

    def beside(self, other: "Tried") -> float:
        """How many times the other's speed it has: the median of each round's ratio."""
        pairs = zip(self.turns, other.turns, strict=True)
        return statistics.median(theirs.wall / mine.wall for mine, theirs in pairs)


class Contender(NamedTuple):
    """What sends all messages once, and what its turns stand in, off the clock."""

    turn: Callable[[], None]
    around: Callable[[], AbstractContextManager[None]] = nullcontext


# --- contenders ----------------------------------------------------------------------------------------------------


def with_send_many(esme: sk.Esme, messages: int) -> Contender:
    table = pd.DataFrame({"destination": [f"+{TO}"] * messages})

    def turn() -> None:
        run = esme.send_many(table, TEXT, sender=SENDER, receipt=False)
        run.wait()
        check("send_many", run.counts["accepted"], messages)

    return Contender(turn)


def with_submit_nowait(esme: sk.Esme, messages: int) -> Contender:
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

    return Contender(turn)


def with_smpp34(runner: asyncio.Runner, url: str, messages: int) -> Contender:
    place = urlsplit(url)
    client = smpp34.Client(
        place.hostname or "", place.port or 0, place.username or "", place.password or "", window_size=WINDOW
    )
    centre = runner.run(bound(client))
    octets = TEXT.encode("ascii")

    async def submit() -> bool:
        response = await centre.submit_sm(
            TO, octets, source_addr=SENDER, source_addr_ton=5, dest_addr_ton=1, dest_addr_npi=1
        )
        return response.is_success

    return Contender(by_tasks(runner, RIVAL, submit, messages))


async def bound(client: smpp34.Client) -> smpp34.Smsc:
    return await client.connect()


def with_rusmppyc(runner: asyncio.Runner, package: Any, url: str, messages: int, enquire: int = ENQUIRE) -> Contender:
    place = urlsplit(url)
    pdu = package.Client.submit_sm_encode(
        TEXT,
        source_addr_ton=package.Ton.Alphanumeric(),
        source_addr=SENDER,
        dest_addr_ton=package.Ton.International(),
        dest_addr_npi=package.Npi.Isdn(),
        destination_addr=TO,
        esm_class=package.EsmClass(ansi41_specific=package.Ansi41Specific.Other(0)),  # its own default is 8, not 0
    )
    client: Any = None

    async def begin() -> None:
        nonlocal client
        client, _ = await package.Client.connect(
            f"smpp://{place.hostname}:{place.port}",
            enquire_link_interval=enquire,
            enquire_link_response_timeout=PATIENCE,
            response_timeout=PATIENCE,
            interface_version_check=False,  # it speaks SMPP 5.0, and servers of 3.4 are none to it otherwise
        )
        await client.bind_transceiver(system_id=place.username, password=place.password)

    async def end() -> None:
        await client.close()
        await client.closed()

    async def submit() -> bool:
        response = await client.submit_sm(pdu)  # raises where the status is another than ESME_ROK
        return len(response.message_id) > 1  # its NUL is one of them

    @contextmanager
    def around() -> Iterator[None]:
        runner.run(begin())
        yield
        runner.run(end())

    return Contender(by_tasks(runner, IN_RUST, submit, messages), around)


def by_tasks(
    runner: asyncio.Runner, name: str, submit: Callable[[], Awaitable[bool]], messages: int
) -> Callable[[], None]:
    """A turn of as many tasks as the window has, each of which awaits one message after the other."""
    left = accepted = 0

    async def work() -> None:
        nonlocal left, accepted
        while left > 0:
            left -= 1
            taken = await submit()  # accepted is read behind it: other tasks count meanwhile
            accepted += taken

    async def everybody() -> None:
        await asyncio.gather(*(work() for _ in range(WINDOW)))

    def turn() -> None:
        nonlocal left, accepted
        left, accepted = messages, 0
        runner.run(everybody())
        check(name, accepted, messages)

    return turn


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


def measure(server: str, messages: int, rounds: int, found: Found) -> tuple[list[Tried], list[str]]:
    """Return what all contenders took, and the sentences below their table."""
    notes = list(found.absent)
    with ExitStack() as stack:
        url = stack.enter_context(SERVERS[server]())
        runner = stack.enter_context(asyncio.Runner())
        many, single = (stack.enter_context(sk.connect(url, window=WINDOW, new=True)) for _ in range(2))
        contenders = {
            "send_many": with_send_many(many, messages),
            "submit_nowait": with_submit_nowait(single, messages),
            RIVAL: with_smpp34(runner, url, messages),
        }
        if modules := found.modules.get(IN_RUST):
            contenders[IN_RUST] = with_rusmppyc(runner, modules[0], url, messages)
            notes.append(as_documented(runner, modules[0], url))
        tried = [Tried(name, []) for name in contenders]
        for contender in contenders.values():
            timed(contender)  # warm up
        for number in range(rounds):
            for at in range(len(tried)):
                one = tried[(at + number) % len(tried)]
                one.turns.append(timed(contenders[one.name]))
    return tried, notes


def timed(contender: Contender) -> Taken:
    with contender.around():
        wall, processor = time.perf_counter(), time.process_time()
        contender.turn()
        return Taken(time.perf_counter() - wall, time.process_time() - processor)


def as_documented(runner: asyncio.Runner, package: ModuleType, url: str) -> str:
    """What becomes of rusmppyc when its connection asks for the link as seldom as its README has it."""
    taken = timed(with_rusmppyc(runner, package, url, FEW, AS_DOCUMENTED)).wall
    return (
        f"{IN_RUST} sends an enquire_link every {ENQUIRE} ms here, for requests may wait in its queue until it does. "
        f"With one every {AS_DOCUMENTED // 1000} s, as its README has it, {FEW:,} messages once took {taken:.1f} s: "
        f"{FEW / taken:,.0f} messages/s. It has no window of its own: {WINDOW} tasks each await a submit_sm."
    )


def table(server: str, tried: list[Tried], messages: int, notes: list[str]) -> str:
    """Return a Markdown table: medians, the range of all turns, and how many times the rivals' speed it is.

    Rivals come last and the fastest first, in rows and columns.
    """
    names = [rival.package for rival in RIVALS]
    rivals = [one for one in tried if one.name in names]
    rivals.sort(key=lambda one: statistics.median(one.rates(messages)), reverse=True)
    columns = ["messages/s", "lowest to highest", *(f"beside {one.name}" for one in rivals), "processor s for 100,000"]
    lines = [f"## Sending, window {WINDOW}, to {NAMES[server]}", "", f"{machine([one.name for one in rivals])}{load()}"]
    lines += ["", f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for one in [*(one for one in tried if one not in rivals), *rivals]:
        rates = one.rates(messages)
        cells = [f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}"]
        cells += [f"{one.beside(rival):.1f}x" if one not in rivals else "" for rival in rivals]
        lines.append(f"| {one.name} | {' | '.join(cells)} | {one.processor(messages):.2f} |")
    count = len(tried[0].turns)
    told = f"Medians of {count} alternated rounds of {messages:,} messages, responses checked."
    return "\n".join([*lines, "", told, *(f"\n{note}" for note in notes)])


def main(arguments: list[str] | None = None) -> None:
    parser = options(__doc__ or "", messages=20_000)
    parser.add_argument("--server", choices=SERVERS, action="append")
    chosen = parser.parse_args(arguments)
    found = find(RIVALS, {})
    told = []
    for server in chosen.server or ("sink", "smppkit"):
        tried, notes = measure(server, chosen.messages, chosen.rounds, found)
        told.append(table(server, tried, chosen.messages, notes))
    publish(chosen.write, "sending", arguments, *told)


if __name__ == "__main__":
    main()
