"""Objects of the core with memory of their own, shared by threads without a lock: right results, or one sentence."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.hostile_packets import ip, pcap, tcp
from smppkit._core.blocks import Rows
from smppkit._core.column import Whole
from smppkit._core.columns import decode
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit._core.pending import Pending
from smppkit._core.septet_columns import Rows as Texts
from smppkit._core.septet_columns import encode
from smppkit._core.writing import Writer

THREADS = 6
TIMES = 60
PDU = bytes.fromhex("00000010 00000015 00000000 00000007")


pytestmark = pytest.mark.usefixtures("every_microsecond")


def shared(*calls: Callable[[], object]) -> int:
    """Call all of these over and over in each of many threads; how often one was refused."""
    refused: list[str] = []
    wrong: list[BaseException] = []
    begin = threading.Barrier(THREADS)

    def work(number: int) -> None:
        begin.wait(30)
        for turn in range(TIMES):
            try:
                calls[(number + turn) % len(calls)]()
            except RuntimeError as error:
                refused.append(str(error))
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert not any(thread.is_alive() for thread in threads)
    assert all(
        text.endswith(" is used by another thread: each thread needs its own, or a lock around it") for text in refused
    ), refused
    return len(refused)


def laid_out(texts: list[bytes]) -> tuple[bytes, np.ndarray[Any, np.dtype[np.int64]]]:
    return b"".join(texts), np.cumsum([0, *map(len, texts)])


def test_ids_of_messages_and_receipts() -> None:
    ids = Ids(bytes(range(16)))
    count = 2000
    names = laid_out([b"%x" % (number * 7919) for number in range(count)])
    addresses = laid_out([b"32470%06d" % number for number in range(count)])
    refused = shared(
        lambda: ids.add_ids(*names, *addresses),
        lambda: ids.add_receipts(*names, *addresses),
    )
    assert refused > 0
    assert ids.add_ids(b"", np.zeros(1, np.int64), b"", np.zeros(1, np.int64)) == b""
    one = b"4711", np.array([0, 4]), b"99", np.array([0, 2])
    assert ids.add_ids(*one) == b""
    assert len(ids.add_receipts(*one)) == 12


def test_open_requests() -> None:
    pending = Pending(60_000_000_000)
    rows = 4000
    numbers, nothing = np.arange(rows), np.zeros(rows, np.int64)
    links, sides = np.zeros(rows, np.int32), np.zeros(rows, np.int8)

    def feed(command: int) -> None:
        answers, flags = np.zeros(rows, np.int64), np.zeros(rows, np.uint8)
        pending.feed(np.full(rows, command), numbers, links, sides, nothing, 0, answers, flags)

    assert shared(lambda: feed(4), lambda: feed(21), lambda: feed(0x80000004)) > 0
    answers, flags = np.zeros(2, np.int64), np.zeros(2, np.uint8)
    two = np.array([4, 0x80000004]), np.array([9, 9]), np.full(2, 7, np.int32), np.array([0, 1], np.int8)
    pending.feed(*two, np.zeros(2, np.int64), 100, answers, flags)
    assert (answers.tolist(), flags.tolist()) == ([-1, 100], [0, 0])


def packets() -> bytes:
    return pcap((ip(tcp(1, PDU, port=1024 + number)) for number in range(3000)), 1 << 20)


def read(rows: Rows, octets: bytes) -> tuple[int, int]:
    return rows.pcap(octets, 24, 1 << 18, link_type=101, big=False, nanoseconds=True, header=16)


def test_connections_and_the_packets_of_a_batch() -> None:
    octets = packets()
    flows, rows = Flows(octets, ports=b"", largest=70_000, seed=bytes(16)), Rows()
    read(rows, octets)

    def columns() -> None:
        count = flows.records
        try:
            flows.columns(*(np.zeros(count, kind) for kind in (np.int64, np.int64, np.int64, np.int32, np.int8)))
        except ValueError as error:  # more came out since
            assert "records need columns of as many items" in str(error)  # noqa: PT017

    feed = lambda: flows.feed(rows, 0)  # noqa: E731
    assert shared(feed, feed, columns, flows.take, flows.others, lambda: flows.overflow, lambda: read(rows, octets)) > 0
    while not flows.finish():
        flows.take()
    assert len(flows.esme()) == flows.links
    assert read(rows, octets)[0] == len(octets)


def test_the_end_of_connections() -> None:
    octets = packets()
    flows, rows = Flows(octets, ports=b"", largest=70_000, seed=bytes(16)), Rows()
    read(rows, octets)
    assert flows.feed(rows, 0) == rows.count
    shared(flows.finish, flows.take)
    assert flows.finish()
    assert len(flows.esme()) == flows.links


def test_blocks_of_packets() -> None:
    interface = bytes.fromhex("01000000 14000000 65000000 ffff0000 14000000")
    blocks = bytes.fromhex("0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000") + interface * 3000
    rows = Rows()
    assert shared(lambda: rows.pcapng(blocks, 0)) > 0
    assert rows.pcapng(blocks, 0)[0] == len(blocks)


def test_an_error_leaves_them_free() -> None:
    octets = packets()
    rows, flows = Rows(), Flows(octets, ports=b"", largest=70_000, seed=bytes(16))
    read(rows, octets)
    assert flows.feed(rows, 0) == rows.count
    for _ in range(2):
        with pytest.raises(ValueError, match="records need columns"):
            flows.columns(*(np.zeros(1, kind) for kind in (np.int64, np.int64, np.int64, np.int32, np.int8)))
        with pytest.raises(ValueError, match="when all connections have ended"):
            flows.esme()
    assert flows.finish()
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing can follow"):
            flows.feed(rows, 0)
    assert read(rows, octets)[0] == len(octets)


def test_texts_are_made_once() -> None:
    """They are only read then, so every thread may write them."""
    octets, offsets = laid_out([b"All work and no play makes Jack a dull boy. " * 9] * 200)
    writer = Writer(octets, offsets, (1, 0, 0, True, 160, 153, 0))
    references = np.arange(200)
    wanted = writer.write(references)
    again = lambda: writer.__init__(b"", np.zeros(1, np.int64), (1, 0, 0, True, 160, 153, 0))  # type: ignore[misc]  # noqa: E731

    def write() -> None:
        assert writer.write(references) == wanted

    assert shared(write, again) == 0
    texts = Texts(octets, offsets.tobytes(), None, 0, 200, True)
    septets = [bytes(part) for part in encode(texts, 0, 0, "strict", True)[1] if part is not None]

    def septets_again() -> None:
        texts.__init__(b"", bytes(8), None, 0, 0, True)  # type: ignore[misc]
        assert [bytes(part) for part in encode(texts, 0, 0, "strict", True)[1] if part is not None] == septets

    assert shared(septets_again) == 0


def test_columns_are_taken_once() -> None:
    rows = 50_000
    numbers = Whole(["sequence_number"], rows)
    decode(PDU * rows, np.arange(rows) * 16, np.full(rows, 16), ["sequence_number"], into=numbers)
    taken: list[Any] = []

    def take() -> None:
        try:
            taken.append(numbers.take())
        except ValueError as error:
            assert str(error) == "the columns were taken before, and can be once"  # noqa: PT017

    assert shared(take) == 0
    [columns] = taken
    assert columns["sequence_number"].to_list() == [7] * rows
