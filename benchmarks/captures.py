"""A capture to ``log.pdus`` beside ``tshark -T fields``: ``python -m benchmarks.captures [--pdus 1000000]``.

The mixed PDUs of one connection, once one PDU a packet and once as TCP sends a stream, 1,400 octets a packet. tshark
gives a line for each packet and our columns by its names; what it takes to start is taken off its time, and of rounds
it takes part in two, for a million PDUs take it most of a minute. Then what reads packets in Python, dpkt and scapy,
with smpp34 behind it, on 10,000 PDUs.
"""

import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd

import smppkit as sk

from . import their_rows
from .many_pdus import listed, same
from .rivals import Rival, find
from .rounds import OURS, Contender, Row, call, measure, options, publish, report
from .traffic import mixed

SEGMENT = 1_400
SAMPLE = 20_000
SMALL = 10_000
TSHARK_ROUNDS = 2
BEGIN = 1_800_000_000 * 10**9
OF_CENTRE = {0x80000004, 0x00000005, 0x80000015}  # what the mix has from the message centre
ONE_CORE = f"{OURS}, one core"
PACKETS = (
    "dpkt and scapy take the packets apart; a dozen lines (benchmarks/captures.py) join what each side said, and "
    "smpp34 decodes it into the same columns as ours, in the order in which the PDUs were whole."
)
THEIRS = (Rival("dpkt", ("dpkt",)), Rival("scapy", ("scapy.layers.l2", "scapy.layers.inet", "scapy.utils")))

# --- the capture ----------------------------------------------------------------------------------------------------


def captures(folder: Path, count: int) -> tuple[Path, Path]:
    """Write the PDUs as two captures, one PDU a packet and many."""
    pdus = said(count)
    paths = folder / f"one-{count}.pcap", folder / f"many-{count}.pcap"
    for path, payloads in zip(paths, (pdus, filled(pdus)), strict=True):
        path.write_bytes(b"".join(packets(payloads)))
    return paths


def said(count: int) -> list[tuple[int, bytes]]:
    """The mixed PDUs, and which side says each: 0 the ESME, 1 the message centre."""
    octets = mixed(count)
    index = sk.scan(octets)
    rows = zip(index.command_id.tolist(), index.offset.tolist(), index.length.tolist(), strict=True)
    return [(int(command in OF_CENTRE), octets[at : at + size]) for command, at, size in rows]


def filled(pdus: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """What each side said, in segments of SEGMENT octets."""
    waiting = bytearray(), bytearray()
    for side, octets in pdus:
        waiting[side].extend(octets)
        while len(waiting[side]) >= SEGMENT:
            yield side, bytes(waiting[side][:SEGMENT])
            del waiting[side][:SEGMENT]
    yield from ((side, bytes(octets)) for side, octets in enumerate(waiting) if octets)


def packets(payloads: Iterator[tuple[int, bytes]] | list[tuple[int, bytes]]) -> Iterator[bytes]:
    """A pcap file: Ethernet, IPv4, TCP with its handshake, 10 microseconds between packets."""
    yield struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)
    link = bytes(12) + b"\x08\x00"
    ends = (bytes((10, 0, 0, 1, 10, 0, 0, 2)), 40000, 2775), (bytes((10, 0, 0, 2, 10, 0, 0, 1)), 2775, 40000)
    sequence = [0, 0]
    opening = [(0, b"", 0x02), (1, b"", 0x12), (0, b"", 0x10)]
    for number, (side, octets, flags) in enumerate([*opening, *((side, octets, 0x18) for side, octets in payloads)]):
        seconds, rest = divmod(BEGIN + number * 10_000, 10**9)
        addresses, port, to = ends[side]
        size = 54 + len(octets)
        yield struct.pack("<IIII", seconds, rest, size, size) + link
        yield struct.pack(">BBHHHBBH", 0x45, 0, size - 14, 0, 0x4000, 64, 6, 0) + addresses
        there, back = sequence[side] % 2**32, sequence[1 - side] % 2**32
        yield struct.pack(">HHIIBBHHH", port, to, there, back, 0x50, flags, 65535, 0, 0) + octets
        sequence[side] += len(octets) + (flags >> 1 & 1)


# --- tshark ---------------------------------------------------------------------------------------------------------

FIELDS = {  # our columns, and what tshark calls them
    "time": "frame.time_epoch",
    "link": "tcp.stream",
    "direction": "tcp.srcport",
    "command_id": "smpp.command_id",  # command, too
    "command_status": "smpp.command_status",
    "sequence_number": "smpp.sequence_number",
    "system_id": "smpp.system_id",
    "password": "smpp.password",
    "system_type": "smpp.system_type",
    "interface_version": "smpp.interface_version",
    "addr_ton": "smpp.addr_ton",
    "addr_npi": "smpp.addr_npi",
    "address_range": "smpp.address_range",
    "message_id": "smpp.message_id",
    "source_addr_ton": "smpp.source_addr_ton",
    "source_addr_npi": "smpp.source_addr_npi",
    "source_addr": "smpp.source_addr",
    "final_date": "smpp.final_date",
    "message_state": "smpp.message_state",
    "error_code": "smpp.error_code",
    "service_type": "smpp.service_type",
    "dest_addr_ton": "smpp.dest_addr_ton",
    "dest_addr_npi": "smpp.dest_addr_npi",
    "destination_addr": "smpp.destination_addr",
    "esm_class": "smpp.esm.submit.msg_mode smpp.esm.submit.msg_type smpp.esm.submit.features",
    "protocol_id": "smpp.protocol_id",
    "priority_flag": "smpp.priority_flag",
    "schedule_delivery_time": "smpp.schedule_delivery_time",
    "validity_period": "smpp.validity_period",
    "registered_delivery": "smpp.regdel.receipt smpp.regdel.acks smpp.regdel.notif",
    "replace_if_present_flag": "smpp.replace_if_present_flag",
    "data_coding": "smpp.data_coding",
    "sm_default_msg_id": "smpp.sm_default_msg_id",
    "sm_length": "smpp.sm_length",
    "short_message": "smpp.message",
    "esme_addr_ton": "smpp.esme_addr_ton",
    "esme_addr_npi": "smpp.esme_addr_npi",
    "esme_addr": "smpp.esme_addr",
    "text": "smpp.message_text",
}
LACKING = "number_of_dests, dest_address, no_unsuccess, unsuccess_sme, problem and what a receipt says"
NAMES = [name for names in FIELDS.values() for name in names.split()]
PREFERENCES = ("smpp.reassemble_smpp_over_tcp:TRUE", "smpp.decode_sms_over_smpp:GSM 7-bit")
BETWEEN = "\x1f"  # tshark puts it between the values of several PDUs in a packet


def tshark(path: Path, into: Path) -> None:
    command = ["tshark", "-n", "-r", str(path), "-d", "tcp.port==2775,smpp", "-T", "fields"]
    command += [part for preference in PREFERENCES for part in ("-o", preference)]
    command += ["-E", "occurrence=a", "-E", f"aggregator={BETWEEN}"]
    command += [part for name in NAMES for part in ("-e", name)]
    with into.open("wb") as output:
        subprocess.run(command, check=True, stdout=output, stderr=subprocess.DEVNULL)


class Told(NamedTuple):
    """What is compared of a PDU."""

    time: int
    command_id: int
    sequence_number: int
    command_status: int | None
    source_addr: str | None
    destination_addr: str | None
    message_id: str | None
    text: str | None


MESSAGES = (4, 5)
ANSWERS = (0x80000004,)  # a deliver_sm_resp has an empty message_id, which tshark leaves out


def of_tshark(lines: Iterator[str]) -> Iterator[Told]:
    """The PDUs of tshark's lines: of what only some commands have, there is a value for each PDU of such a command."""
    for line in lines:
        row = dict(zip(NAMES, line.rstrip("\n").split("\t"), strict=True))
        seconds, _, rest = row["frame.time_epoch"].partition(".")
        moment = int(seconds) * 10**9 + int(rest.ljust(9, "0"))
        found = {name: iter(value.split(BETWEEN)) for name, value in row.items() if value}
        numbers = found.get("smpp.sequence_number", iter(()))
        for command in (int(value, 16) for value in found.get("smpp.command_id", ())):
            status = int(next(found["smpp.command_status"]), 16) if command >> 31 else None
            ends = [
                next(found[f"smpp.{name}_addr"]) if command in MESSAGES else None for name in ("source", "destination")
            ]
            text = next(found["smpp.message_text"]) if command in MESSAGES else None
            answers = command in ANSWERS and not status  # one that refuses bears no message_id
            yield Told(
                moment,
                command,
                int(next(numbers)),
                status,
                *ends,
                next(found["smpp.message_id"]) if answers else None,
                text,
            )


def of_ours(table: pd.DataFrame) -> Iterator[Told]:
    names = [name for name in Told._fields if name != "time"]
    for moment, row in zip(table["time"].astype("int64").tolist(), table[names].itertuples(index=False), strict=True):
        values = {name: None if pd.isna(value) else value for name, value in zip(names, row, strict=True)}
        command = values["command_id"]
        values["command_status"] = values["command_status"] if command >> 31 else None
        values["message_id"] = values["message_id"] if command in ANSWERS and not values["command_status"] else None
        yield Told(moment, **{**values, "text": values["text"] if command in MESSAGES else None})


def compare(path: Path, folder: Path) -> None:
    """End the run where what both say of a PDU differs: the values of Told, which tshark writes in forms of its own."""
    into = folder / "fields"
    tshark(path, into)
    with into.open(encoding="utf-8") as lines, sk.read(path) as log:
        theirs, ours = list(of_tshark(lines)), list(of_ours(log.pdus))
    for one, other in zip(ours, theirs, strict=True):
        if one != other:
            raise SystemExit(f"{path.name}: {OURS} and tshark disagree\n  {one}\n  {other}")


# --- timing ---------------------------------------------------------------------------------------------------------


def spent() -> float:
    """Seconds of the processor, user and system, of this process and those it waited for."""
    took = os.times()
    return took.user + took.system + took.children_user + took.children_system


@contextmanager
def one_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def pdus(path: Path) -> int:
    with sk.read(path) as log:
        return len(log.pdus)


def pdus_on_one_core(path: Path) -> int:
    with one_core():
        return pdus(path)


class Clocked:
    """Functions that note what they cost the processor."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.seconds: dict[str, list[float]] = {}

    def __call__(self, name: str, function: Callable[[], object]) -> Contender:
        def clocked() -> None:
            before = spent()
            function()
            self.seconds.setdefault(name, []).append(spent() - before)

        return call(name, clocked)

    def note(self, title: str, starting: float) -> str:
        warmed = {name: taken[name != "tshark" :] for name, taken in self.seconds.items()}
        least = {name: statistics.median(taken) for name, taken in warmed.items()}
        told = (
            f"{name} {(taken - starting * (name == 'tshark')) / self.count * 1e6:.2f} s"
            for name, taken in least.items()
        )
        return f"{title}, user and system seconds for a million: {', '.join(told)}."


def beside_tshark(folder: Path, count: int, rounds: int) -> tuple[list[Row], list[str]]:
    empty, into = folder / "empty.pcap", folder / "fields"
    empty.write_bytes(b"".join(packets([])))
    begin, before = time.perf_counter(), spent()
    tshark(empty, into)
    start, starting = time.perf_counter() - begin, spent() - before
    for path in captures(folder, SAMPLE):
        compare(path, folder)
    told = ", ".join(Told._fields)
    agreed = f"Compared first, in {SAMPLE:,} PDUs for each row: {told}. tshark has forms of its own for other columns."
    rows, notes = [], [f"tshark starts in {start:.2f} s; that is not counted.", agreed]
    for path, what in zip(captures(folder, count), ("one PDU a packet", f"{SEGMENT:,} octets a packet"), strict=True):
        clocked = Clocked(count)
        contenders = [clocked(OURS, lambda path=path: pdus(path))]
        if hasattr(os, "sched_setaffinity"):
            contenders.append(clocked(ONE_CORE, lambda path=path: pdus_on_one_core(path)))
        contenders.append(clocked("tshark", lambda path=path: tshark(path, into)))
        seldom = {"tshark": min(TSHARK_ROUNDS, rounds)}
        row = measure(f"{count:,} PDUs to log.pdus, {what}", contenders, rounds, count, agree=False, seldom=seldom)
        theirs = [seconds - start / count for seconds in row.seconds["tshark"]]
        rows.append(row._replace(seconds={**row.seconds, "tshark": theirs}))
        notes.append(clocked.note(what, starting))
        path.unlink()
    return rows, notes


# --- packets in Python ----------------------------------------------------------------------------------------------


def joined(segments: Iterator[tuple[int, bytes]]) -> bytes:
    """PDUs in the order in which they were whole, of segments (source port, payload) in order."""
    waiting: dict[int, bytes] = {}
    whole = []
    for port, octets in segments:
        data = waiting.get(port, b"") + octets
        at = 0
        while len(data) - at >= 16 and at + (size := int.from_bytes(data[at : at + 4], "big")) <= len(data):
            whole.append(data[at : at + size])
            at += size
        waiting[port] = data[at:]
    return b"".join(whole)


def by_dpkt(module: object, path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        segments = [module.ethernet.Ethernet(octets).data.data for _, octets in module.pcap.Reader(file)]
    return their_rows.frame(joined((segment.sport, segment.data) for segment in segments))


def by_scapy(ether: type, tcp: type, reader: type, path: Path) -> pd.DataFrame:
    with reader(str(path)) as file:
        segments = [ether(octets)[tcp] for octets, _ in file]
    return their_rows.frame(joined((segment.sport, bytes(segment.payload)) for segment in segments))


def by_ours(path: Path) -> pd.DataFrame:
    with sk.read(path) as log:
        return pd.concat(list(log.frames(columns=their_rows.COLUMNS)))


def columns_of(table: object) -> dict[str, list[object]]:
    assert isinstance(table, pd.DataFrame)
    return listed(table, their_rows.COLUMNS)


def in_python(folder: Path, rounds: int) -> tuple[list[Row], list[str], list[str]]:
    found = find(THEIRS, {})
    rows = []
    for path, what in zip(captures(folder, SMALL), ("one PDU a packet", f"{SEGMENT:,} octets a packet"), strict=True):
        contenders = [call(OURS, lambda path=path: by_ours(path))]
        if "dpkt" in found.modules:
            contenders.append(call("dpkt and smpp34", lambda path=path: by_dpkt(found.modules["dpkt"][0], path)))
        if "scapy" in found.modules:
            l2, inet, utils = found.modules["scapy"]
            parts = l2.Ether, inet.TCP, utils.RawPcapReader
            contenders.append(call("scapy and smpp34", lambda path=path, parts=parts: by_scapy(*parts, path)))
        tables = {contender.name: columns_of(contender.result()) for contender in contenders}
        for name, columns in tables.items():
            same(tables[OURS], columns, name)
        title = f"{SMALL:,} PDUs to {len(their_rows.COLUMNS)} columns, {what}"
        rows.append(measure(title, contenders, rounds, SMALL, agree=False))
    agreed = f"Compared first: every value of the {len(their_rows.COLUMNS)} columns, in all {SMALL:,} PDUs."
    return rows, found.packages, [PACKETS, agreed, *found.absent]


def tables(count: int, rounds: int) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.which("tshark"):
            rows, notes = beside_tshark(folder, count, rounds)
            named = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout
            notes.append(f"{named.splitlines()[0]}; what it cannot give stays away: {LACKING}.")
        else:
            rows, notes = [], ["Not measured: tshark (it is not installed)."]
        small, packages, said_of = in_python(folder, rounds)
    return [
        report("Captures", rows, ["pandas"], notes),
        report("Captures, packets in Python", small, [*packages, "smpp34", "pandas"], said_of),
    ]


def main(arguments: list[str] | None = None) -> None:
    chosen = options(__doc__ or "", pdus=1_000_000).parse_args(arguments)
    publish(chosen.write, "captures", arguments, *tables(chosen.pdus, chosen.rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
