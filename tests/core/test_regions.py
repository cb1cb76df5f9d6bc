"""Memory of columns that is kept for the next ones: what was in it is never seen, and it has its limits."""

import ctypes
import os
import random
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import smppkit as sk
from smppkit._core import regions
from smppkit._core.buffers import room
from smppkit._core.columns import decode, whole
from smppkit.codec.index import scan
from smppkit.spec import commands, kinds, tlvs
from tests.core import pdu_maker

MOST = 1 << 28  # octets that are kept
where_kept = pytest.mark.skipif(not regions.KEEPS, reason="memory is kept on Linux alone")
is_poisoned = getattr(ctypes.CDLL(None), "__asan_address_is_poisoned", None)
RECEIPT = b"id:7 sub:001 dlvrd:001 submit date:2601020304 done date:2601020305 stat:DELIVRD err:000 text:hi"
FULL = sk.DeliverSm(
    sequence_number=7,
    service_type="CMT",
    source_addr_ton=1,
    source_addr="3247",
    destination_addr="INFO",
    esm_class=4,
    data_coding=1,
    short_message=RECEIPT,
    tlvs={
        "receipted_message_id": "A9F",
        "message_state": 2,
        "network_error_code": bytes.fromhex("030000"),
        "sar_msg_ref_num": 7,
    },
).encode()
BARE = bytes.fromhex("00000010 00000015 00000000 00000007")
NAMES = [
    "offset", "command_length", "command_id", "command_status", "sequence_number", "service_type", "source_addr",
    "source_addr_ton", "destination_addr", "esm_class", "data_coding", "short_message", "message_id", "text",
    "encoding", "udh", "concat_width", "receipt_kind", "receipt_id", "receipt_done_date", "receipt_state",
    "receipt_err", "receipted_message_id", "message_state", "network_error_code", "sar_msg_ref_num", "body_present",
    "raw", "problem",
]  # fmt: skip


def lists(octets: bytes, offset: np.ndarray, length: np.ndarray) -> dict[str, list[object]]:
    found = decode(octets, offset, length, NAMES)
    return {name: column.to_list() for name, column in found.items()}


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    regions.forget()
    yield
    regions.forget()


def places(octets: bytes) -> tuple[np.ndarray, np.ndarray]:
    index = scan(octets)
    return index.offset, index.length.astype(np.int64)


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_columns_do_not_show_what_was_in_their_memory_before() -> None:
    rows = 150_000
    busy = FULL * rows
    for _ in range(2):
        assert decode(busy, *places(busy), NAMES)["sequence_number"].nulls == 0
    empty = BARE * rows
    offset, length = places(empty)
    expected = lists(empty[:1600], offset[:100], length[:100])
    kept = regions.forget()
    assert decode(busy, *places(busy), NAMES)["sequence_number"].nulls == 0
    found = lists(empty, offset, length)
    assert regions.forget() > 0 < kept
    for name, column in found.items():
        assert column[1:100] == expected[name][1:100]
        assert column.count(column[1]) == rows or name == "offset", name


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_the_rows_of_a_whole_are_cleared_too() -> None:
    rows = 400_000
    names = ["esm_class", "data_coding", "command_id", "message_state"]
    for octets, absent in ((FULL * rows, 0), (BARE * rows, rows), (FULL * rows, 0)):
        numbers = whole(names, rows)
        offset, length = places(octets)
        for first in (rows // 2, 0):
            some = slice(first, first + rows // 2)
            assert decode(octets, offset[some], length[some], names, into=numbers, first=first) == {}
        columns = numbers.take()
        assert columns["esm_class"].nulls == columns["data_coding"].nulls == absent
        assert not np.asarray(columns["esm_class"].values).any() or not absent
        assert int(np.asarray(columns["esm_class"].absent).sum()) == absent
        assert columns["command_id"].nulls == 0
        del columns, numbers  # so that the next ones get this memory


STRINGS = sorted(
    {field.name for command in commands.ROWS for field in command.fields if field.kind != kinds.U8}
    | {row.name for row in tlvs.ROWS if row.kind != "int"}
    | {"text", "udh", "receipt_id", "receipt_stat", "receipt_err", "receipt_text", "raw", "problem"}
)
MISPLACED = [(0x0204, b"7"), (0x020A, b"7"), (0x020B, b"7"), (0x020C, b"7"), (0x0427, b"77")]


def all_kinds() -> bytes:
    """PDUs that fill every column, some with several problems, so that rows differ in length."""
    chance = random.Random(1)
    pdus = [pdu_maker.make(chance)[0] for _ in range(200)]
    pdus += [sk.SubmitSm(tlvs=MISPLACED[: 1 + row % 5]).encode() for row in range(200)]
    pdus += [FULL, sk.SubmitSm(data_coding=8, short_message=bytes([4, 22]) * 60).encode()] * 25
    return b"".join(pdus)


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_columns_that_outgrow_their_memory_again_and_again_say_what_small_ones_say() -> None:
    octets = all_kinds()
    small = sk.frame(octets, columns=STRINGS)
    assert small["problem"].str.contains("; ").sum() > 100
    for times in (20, 100, 300):
        found = sk.frame(octets * times, columns=STRINGS)
        pd.testing.assert_frame_equal(found, pd.concat([small] * times, ignore_index=True))
        del found
        secret = sk.SubmitSm(short_message=b"PIN 4711 " * 20).encode() * (5_000 * times // 20)
        assert len(sk.frame(secret, columns=["text", "short_message"]))  # what is kept now holds other texts


def test_a_whole_is_not_given_before_all_rows_were_decoded() -> None:
    numbers = whole(["esm_class"], 2)
    decode(BARE, [0], [16], ["esm_class"], into=numbers)
    with pytest.raises(ValueError, match="only 1 of 2 rows were decoded"):
        numbers.take()
    decode(BARE, [0], [16], ["esm_class"], into=numbers, first=1)
    assert numbers.take()["esm_class"].nulls == 2


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_memory_is_used_again() -> None:
    octets = FULL * 200_000
    offset, length = places(octets)
    columns = decode(octets, offset, length, ["text", "raw", "sequence_number"])
    regions.forget()
    where = {np.asarray(column.values).ctypes.data for column in columns.values()}
    del columns
    again = decode(octets, offset, length, ["text", "raw", "sequence_number"])
    assert where == {np.asarray(column.values).ctypes.data for column in again.values()}


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_no_more_is_kept_than_the_limit() -> None:
    octets = BARE * 2_000_000
    offset, length = places(octets)
    columns = [decode(octets, offset, length, ["raw", "sequence_number"]) for _ in range(5)]
    del columns, offset, length
    assert 0 < regions.forget() <= MOST
    assert regions.forget() == 0


@where_kept
@pytest.mark.usefixtures("nothing_kept", "every_microsecond")
def test_many_threads_share_what_is_kept() -> None:
    """Each has columns of its own, though memory goes from one thread to another all the time."""
    wrong: list[str] = []
    rows = 80_000

    def work(number: int) -> None:
        pdu = bytearray(FULL)
        pdu[15] = number
        octets = bytes(pdu) * rows
        offset, length = places(octets)
        for _ in range(6):
            columns = decode(octets, offset, length, ["sequence_number", "short_message"])
            numbers = np.asarray(columns["sequence_number"].values)
            if not (numbers == number).all() or columns["short_message"].nulls:
                wrong.append(f"thread {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert not any(thread.is_alive() for thread in threads)


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_a_child_of_a_process_has_its_own() -> None:
    octets = FULL * 200_000
    offset, length = places(octets)
    del (columns := {"any": decode(octets, offset, length, ["raw"])})["any"]
    assert not columns
    child = os.fork()
    if child == 0:  # pragma: no cover: no assertion is seen from here
        column = decode(octets, offset, length, ["raw"])["raw"]
        os._exit(0 if column.nulls == 0 and regions.forget() >= 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert decode(octets, offset, length, ["raw"])["raw"].to_list()[-1] == FULL


def printed(program: str, **variables: str) -> str:
    """What a process of its own prints; its error otherwise."""
    command = [sys.executable, "-c", program]
    given = {**os.environ, **variables}
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=given)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


SHORT_OF_MEMORY = """
import resource, sys
from smppkit._core.columns import decode
from smppkit.codec.index import scan
octets = bytes.fromhex("00000010 00000015 00000000 00000007") * 2_000_000
index = scan(octets)
offset, length = index.offset, index.length.astype("int64")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
refused = 0
for room in range(0, 200 << 20, 4 << 20):
    resource.setrlimit(resource.RLIMIT_AS, (used + room, -1))
    try:
        decode(octets, offset, length, ["raw", "sequence_number", "text"])
    except MemoryError:
        refused += 1
    else:
        break
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
columns = decode(octets, offset, length, ["raw", "sequence_number", "text"])
assert columns["raw"].nulls == 0 and columns["sequence_number"].to_list()[-1] == 7
print(refused)
"""


@where_kept
def test_what_the_system_refuses_is_a_memory_error() -> None:
    assert int(printed(SHORT_OF_MEMORY)) > 3


@where_kept
@pytest.mark.usefixtures("nothing_kept")
def test_what_is_kept_goes_where_the_system_refuses_more() -> None:
    """A region that fits nothing any more must not be in the way of one that is wanted."""
    octets = FULL * 300_000
    offset, length = places(octets)
    decode(octets, offset, length, ["raw"])
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (6 << 20), before[1]))
    try:
        column = decode(octets, offset[:60_000], length[:60_000], ["raw"])["raw"]
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert column.nulls == 0


POISONED = """
from smppkit._core.columns import decode
from smppkit.spec import commands
names = [field.name for command in commands.ROWS for field in command.fields]
names = list(dict.fromkeys(names)) + ["text", "encoding", "receipt_id", "receipt_state", "concat_total", "offset"]
bare = bytes.fromhex("00000010 00000015 00000000 00000007")
columns = decode(bare * 300 + bare[:7], [16 * i for i in range(301)], [16] * 300 + [7], names)
for name, column in columns.items():
    if name in ("offset",):
        continue
    assert column.to_list() == [None] * 301, (name, column.to_list()[:3])
    assert column.nulls == 301, name
numbers = decode(bare[:7], [0], [7], ["command_id", "sequence_number"])
assert all(column.to_list() == [None] and not any(bytes(column.values)) for column in numbers.values())
print("fine")
"""


def test_small_memory_that_holds_anything_is_not_seen_either() -> None:
    """Python's debug allocator fills what it gives with 0xCD."""
    assert printed(POISONED, PYTHONMALLOC="debug") == "fine"


@where_kept
@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("rows", range(56, 72))
def test_what_is_done_again_finds_its_memory(rows: int) -> None:
    """A region that were cut a little shorter than it was asked for would be no help to the next call, but kept."""
    octets = sk.DataSm(tlvs={"message_payload": bytes(65_000)}).encode() * rows
    kept = []
    for times in (2, 5):
        for _ in range(times):
            sk.frame(octets, ["message_payload", "raw", "text"])
        kept.append(regions.forget())
    assert kept[0] == kept[1]


@pytest.mark.skipif(is_poisoned is None, reason="only AddressSanitizer knows what may be touched")
@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("octets", [100, 4 << 20])
def test_a_sanitizer_knows_to_the_octet_what_may_be_touched(octets: int) -> None:
    assert is_poisoned is not None
    is_poisoned.argtypes = [ctypes.c_void_p]
    for size in (octets, octets - 9):  # the second lies where the first was
        block = room(size)  # of one octet more
        first = np.asarray(block).ctypes.data
        touched = [not is_poisoned(first + place) for place in (-1, 0, size, size + 1)]
        assert touched == [False, True, True, False]
        del block
        assert is_poisoned(first)
        assert is_poisoned(first + size)
