"""Memory: what is done again and again leaves none, eight threads get what one gets, a refused request is told."""

import copy
import ctypes
import gc
import os
import pickle
import re
import resource
import subprocess
import sys
import threading
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from operator import methodcaller

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit._core.blocks import FULL, Rows
from smppkit._core.columns import decode as decode_columns
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit._core.lists import list_buffers
from smppkit._core.strings import listed
from smppkit.codec.hexdump import read_hex
from smppkit.frames import slices
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import decode_text, encode_text
from smppkit.text.headers import read_header
from smppkit.text.receipts import parse_receipt, parse_receipts
from smppkit.text.times import format_time, parse_time
from tests.core.operations import BAD, CAPTURE, CUT, MORE_THAN_KEPT, TABLES, decoded, knocked
from tests.core.unbreakable import COLUMNS, MALFORMED, VECTORS, one_of_each, patched
from tests.generator import Generator

try:
    import _testcapi
except ImportError:  # not every build of Python has it
    _testcapi = None

RECEIPT = "id:4B7F00A1 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:Hi x:1"
SUBMIT = sk.SubmitSm(
    source_addr="INFO",
    destination_addr="32471123456",
    short_message=b"hi",
    tlvs={"source_port": 80, "user_message_reference": 7},
    sequence_number=7,
)
DELIVER = sk.DeliverSm(
    esm_class=4,
    short_message=RECEIPT.encode(),
    tlvs={"receipted_message_id": "4B7F00A1", "message_state": 2, "network_error_code": b"\3\0\0", 0x1400: b"x"},
)
MULTI = sk.SubmitMulti(dest_address=[{"dl_name": "list"}, {"destination_addr": "32471"}], short_message=b"hi")
OCTETS, RECEIPT_OCTETS, MULTI_OCTETS = SUBMIT.encode(), DELIVER.encode(), MULTI.encode()
STREAM = OCTETS + RECEIPT_OCTETS + MULTI_OCTETS


EVERY = [name for name in COLUMNS if name not in ("time", "link", "direction", "command")]
ARROW = pa.array(["1", "22"])


def fields(pdu):
    return list(map(partial(getattr, pdu), pdu.field_names)), dict(pdu.tlvs), pdu.raw_tlvs  # see LOST_BY_CPYTHON


def build(**changed):
    return sk.SubmitSm(source_addr="INFO", short_message=b"hi", tlvs={"source_port": 80}, **changed)


def columns_of(names):
    found = sk.scan(STREAM)
    columns = decode_columns(STREAM, found.offset, found.length.astype(np.int64), names)
    return list(map(methodcaller("to_list"), columns.values()))


def lists_of(table):
    """Return a table as lists of what can be compared: nothing is None, whatever a column calls it."""
    columns = {name: column.astype(object).where(column.notna(), None) for name, column in table.items()}
    return {
        name: [each.tolist() if isinstance(each, np.ndarray) else each for each in column]
        for name, column in columns.items()
    }


def lists():
    """The buffers of a list, as octets."""
    column = decode_columns(MULTI_OCTETS, [0], [len(MULTI_OCTETS)], ["dest_address"])["dest_address"]
    offsets, count, fields = list_buffers(column)
    return bytes(offsets), count, [bytes(block or b"") for field in fields.values() for block in field]


def frame_of(source):
    return lists_of(sk.frame(source, COLUMNS))


def flowed():
    """Read a capture by the core alone."""
    flows, rows = Flows(CAPTURE, ports=b"", largest=70_000, seed=bytes(16)), Rows()
    rows.pcap(CAPTURE, 24, 1 << 18, link_type=1, big=False, nanoseconds=False, header=16)
    flows.feed(rows, 0)
    flows.finish()
    return bytes(flows.take()[0])


def matched():
    times = pd.to_datetime(["2026-11-22 10:15", "2026-11-22 10:16"], utc=True)
    messages = pd.DataFrame({"message_id": ["4d", "4e"], "destination": ["32471", "32472"], "time": times})
    receipts = pd.DataFrame({"receipt_id": ["77", "78"], "destination": ["32471", "32472"], "time": times})
    found = sk.match(messages, receipts)
    return repr(found), found._repr_html_()


def many(**columns):
    octets, offsets = sk.encode_many("submit_sm", {"destination_addr": ["1", "22"], "short_message": b"hi", **columns})
    return octets, offsets.tolist()


OFTEN = [
    lambda: fields(sk.decode(OCTETS)),
    lambda: fields(sk.decode(RECEIPT_OCTETS)),
    lambda: fields(sk.decode(MULTI_OCTETS)),
    lambda: sk.decode(bytearray(OCTETS)).encode(),
    lambda: build(sequence_number=9).encode(),
    lambda: sk.SubmitSmResp(message_id="4B7F00A1").message_id,
    lambda: sk.SubmitSmResp(message_id=None).message_id,
    lambda: SUBMIT.replace(short_message=b"x" * 200, tlvs={"message_payload": bytes(2000)}).encode(),
    lambda: SUBMIT.tlvs["source_port"],
    lambda: DELIVER.tlvs.getall(0x1400),
    lambda: ("source_port" in SUBMIT.tlvs, "no such" in SUBMIT.tlvs, SUBMIT.tlvs.get(0x1401, None), len(SUBMIT.tlvs)),
    lambda: (hash(SUBMIT), sk.decode(OCTETS) == SUBMIT, SUBMIT == DELIVER, copy.copy(SUBMIT) == SUBMIT),
    lambda: pickle.loads(pickle.dumps(SUBMIT)),
    lambda: len(sk.scan(STREAM)),
    lambda: [pdu.sequence_number for pdu in sk.scan(STREAM)],
    lambda: gsm7.decode(gsm7.encode("Grüße € {"), single=3),
    lambda: gsm7.unpack(gsm7.pack(b"hello you", 3), 9, 3),
    lambda: encode_text("Ж" * 30, "ucs2"),
    lambda: decode_text(bytes.fromhex("050003cc020104160020"), 8, 0x40),
    lambda: read_header(bytes.fromhex("0b05040b8423f00003000101")),
    lambda: parse_receipt(RECEIPT, 4, DELIVER.tlvs),
    lambda: parse_receipt("Please call me back"),
    lambda: format_time(parse_time("261231235959908+")),
    lambda: read_hex("00000010 00000015 00000000 00000001"),
    lambda: sk.parse_receipt(RECEIPT)._repr_html_(),
    lambda: (DELIVER.explain(), SUBMIT.diff(DELIVER), SUBMIT._repr_html_()),
]
OFTEN_REFUSED = [
    lambda: sk.decode(b"\0"),
    lambda: sk.decode(OCTETS[:-1]),
    lambda: sk.decode(OCTETS[:4] + b"\1" + OCTETS[5:]),
    lambda: sk.decode(b"HTTP/1.1 400 Bad Request\r\n"),
    lambda: sk.decode(bytes.fromhex("00000012000000040000000000000001") + b"aa"),
    lambda: sk.decode("zz"),
    lambda: sk.decode(None),
    lambda: build(destination_addr="x" * 30),
    lambda: build(no_field=1),
    lambda: build(dest_addr_ton=-1),
    lambda: sk.SubmitSm(tlvs={"source_port": "x"}),
    lambda: sk.SubmitSm(tlvs=[(0x1400, bytes(10)), ("no such", 1)]),
    lambda: sk.SubmitMulti(dest_address=[{"dl_name": "a"}, {"destination_addr": "x" * 40}]),
    lambda: SUBMIT.replace(esm_class=-1),
    lambda: SUBMIT.tlvs["dest_port"],
    lambda: sk.scan(STREAM + b"\xff" * 16),
    lambda: gsm7.encode("☃"),
    lambda: gsm7.pack(b"\xff"),
    lambda: gsm7.unpack(b"ab", 9),
    lambda: parse_time("261331235959908+"),
]
SELDOM = [
    lists,
    lambda: columns_of(["sequence_number", "text", "destination_addr", "receipt_id", "dest_address", "problem"]),
    many,
    *TABLES.values(),
]
SELDOM_REFUSED = [
    lambda: decode_columns(bytes(16), [0], [17], ["text"]),
    lambda: decode_columns(bytes(16), [0], [16], ["no such"]),
    lambda: many(source_addr=["x" * 30, "y"]),
    lambda: many(no_such=1),
    lambda: many(tlvs=1),
    *BAD.values(),
]
RARELY = [
    lambda: frame_of(STREAM),
    lambda: frame_of(STREAM[:-3] + b"\xff" * 9),
    lambda: frame_of(MALFORMED),
    lambda: lists_of(parse_receipts([RECEIPT, None, "x", RECEIPT.lower()])),
    matched,
]
GOOD, REFUSED = [*OFTEN, *SELDOM, *RARELY], [*OFTEN_REFUSED, *SELDOM_REFUSED]
EXPECTED = (sk.SmppError, TypeError, KeyError, ValueError)


def outcome(operation):
    """Return what an operation gives, or which error it ends with."""
    try:
        return operation()
    except EXPECTED as error:
        return type(error), str(error), getattr(error, "offset", None)


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_what_shall_succeed_does(place):
    """Else the tests below would compare one error with another."""
    GOOD[place]()


@pytest.mark.parametrize("place", range(len(REFUSED)))
def test_what_shall_be_refused_is(place):
    with pytest.raises(EXPECTED) as caught:
        REFUSED[place]()
    assert not isinstance(caught.value, UnicodeError)


# ---- what is done again and again leaves nothing behind ----

CALLS = ((OFTEN, 1000), (OFTEN_REFUSED, 1000), (SELDOM, 60), (SELDOM_REFUSED, 60), (RARELY, 16))
"""How often each operation is done in a round."""
ROUNDS = 4
"""What grows in each of them grows for ever; what a cache keeps, or a list that doubled its room, does not."""
LEFT_BY_CALL, LEFT_BY_ROUND = 5, 160
"""Octets that may be left: fewer than a block of 16, the smallest there is, for each call.

So it is seen when an operation loses one block whenever it is called. Blocks of 100 octets show when one of twenty
calls loses one.
"""


@contextmanager
def traced():
    """Have every block traced: of Python's domains, which NumPy and the core ask as well, and of our regions.

    What is there already is not looked at by the collector, for that takes longer than the operations do.
    """
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def held():
    """Octets in use, by Python and by Arrow, but for names of attributes that the cache of types keeps for a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        getattr(sys, "_clear_type_cache", int)()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] + pa.total_allocated_bytes()


def blocks_of_no_object():
    """How many traced blocks are none of an object: the core's own, NumPy's and our regions; for differences alone.

    Python counts the blocks of its objects, but where it was told to take them from malloc, as the sanitizers need it:
    there all is nought.
    """
    objects = sys.getallocatedblocks()
    return len(tracemalloc.take_snapshot().traces) - objects if objects else 0


def left_behind(operation, calls):
    before = held()
    for _ in range(calls):
        with suppress(*EXPECTED):
            operation()
    return held() - before


def loses_memory(operation, calls):
    """Return what each round left behind when that was too much in all of them, nothing otherwise."""
    left_behind(operation, 1 + calls // 10)
    found = []
    while len(found) < ROUNDS:
        found.append(left_behind(operation, calls))
        if found[-1] < LEFT_BY_CALL * calls + LEFT_BY_ROUND:
            return []
    return found


@pytest.mark.slow
def test_operations_leave_nothing_behind():
    with traced():
        for operations, calls in CALLS:
            for place, operation in enumerate(operations):
                found = loses_memory(operation, calls)
                assert not found, f"operation {place} of those called {calls} times left so many octets: {found}"


def lose():
    """Take the smallest block there is, and forget it."""
    take = ctypes.pythonapi.PyMem_RawMalloc
    take.argtypes, take.restype = [ctypes.c_size_t], ctypes.c_void_p
    take(16)


@pytest.mark.parametrize("calls", sorted({calls for _, calls in CALLS}))
def test_the_smallest_block_that_is_lost_is_seen(calls):
    with traced():
        assert len(loses_memory(lose, calls)) == ROUNDS


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the size of a process is read from Linux")
def test_large_buffers_are_given_back():
    """Columns live outside Python's blocks: 40 MB of input decoded again and again, half of it broken."""
    pdus = [*VECTORS, *MALFORMED] * 100
    broken = [octets[: len(octets) // 2] for octets in pdus]

    def run():
        sk.frame(pdus, COLUMNS)
        sk.frame(broken, COLUMNS)
        decode_columns(b"".join(pdus), [0], [len(pdus[0])], COLUMNS[4:])
        with pytest.raises(ValueError, match="does not lie inside"):
            decode_columns(b"".join(pdus), [0, 1 << 40], [16, 16], ["text", "short_message"])

    for _ in range(3):
        run()
    gc.collect()
    before = resident()
    for _ in range(10):
        run()
    gc.collect()
    assert resident() - before < 24 << 20


@pytest.mark.usefixtures("every_microsecond")
def test_eight_threads_get_what_one_gets(seed, monkeypatch):
    """Every function at once from eight threads that are switched every microsecond, on the same objects.

    What one gets was decoded by one thread alone; for the eight each frame has a pool of its own.
    """
    shared = [sk.decode(octets) for octets in one_of_each(Generator(seed))]
    reading = [lambda pdu=pdu: (fields(pdu), repr(pdu), pdu.problems, hash(pdu)) for pdu in shared]
    operations = [*GOOD, *REFUSED, *reading]
    alone = [outcome(operation) for operation in operations]
    monkeypatch.setattr(slices, "WORTH_THREADS", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    begin = threading.Barrier(8)

    def all_of_it(start):
        begin.wait(60)
        places = [*range(start, len(operations)), *range(start)]
        return [(place, outcome(operations[place])) for _ in range(2) for place in places]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(all_of_it, range(0, 8 * 7, 7)))
    for each in found:
        for place, result in each:
            assert result == alone[place]


# ---- the N-th request for memory fails ----

ENTRIES = sk.SubmitMulti(dest_address=[{"dl_name": "a"}, {"destination_addr": "1"}]).dest_address
STARVED = {
    "decode": lambda: fields(sk.decode(OCTETS)),
    "decode many": lambda: [pdu.source_addr for pdu in [sk.decode(OCTETS) for _ in range(MORE_THAN_KEPT)]],
    "decode receipt": lambda: fields(sk.decode(RECEIPT_OCTETS)),
    "decode list": lambda: fields(sk.decode(MULTI_OCTETS)),
    "decode error": partial(outcome, partial(sk.decode, OCTETS[:-1])),
    "build": lambda: [pdu.encode() for pdu in [build(sequence_number=9) for _ in range(MORE_THAN_KEPT)]],
    "build list": lambda: sk.SubmitMulti(dest_address=ENTRIES).encode(),
    "build error": partial(outcome, partial(build, destination_addr="x" * 30)),
    "replace": lambda: SUBMIT.replace(short_message=bytes(200), tlvs={"message_payload": bytes(9000)}).encode(),
    "tlvs": lambda: (list(DELIVER.tlvs), DELIVER.tlvs.getall(0x1400), DELIVER.raw_tlvs, dict(DELIVER.tlvs)),
    "problems": lambda: (sk.SubmitSm(esm_class=0x40).problems, repr(DELIVER), repr(DELIVER.tlvs)),
    "refused text": partial(outcome, partial(gsm7.encode, "☃ ☃")),
    "scan": lambda: (sk.scan(STREAM * 200).sequence_number.tolist(),),
    "columns": lambda: columns_of(["sequence_number", "text", "destination_addr", "receipt_id", "dest_address"]),
    "lists": lists,
    "receipt": lambda: repr(parse_receipt(RECEIPT)),
    "flows": flowed,
    "packing": lambda: gsm7.unpack(gsm7.pack(gsm7.encode("Grüße €" * 400), 3), fill_bits=3),
    "every column": lambda: columns_of(EVERY),  # a frame without pandas, which hides what NumPy lacks
    "strings of a list": lambda: (listed(["a", None, "é☃"]), listed([b"a" * 200, b""])),
    "problems of columns": lambda: decoded([*map(patched, CUT), *MALFORMED, *CUT], ["problem", "raw"]),
    "encode_many": lambda: many(destination_addr=ARROW),  # Arrow does not survive this when it is given a list
    **TABLES,
}
IN_PYTHON = {"decode error", "build error", "refused text", "problems", "problems of columns", "encode_many"}
"""Where Python functions do a part: sentences, and columns from Arrow."""
MAKING_FUNCTIONS = {"build error", "problems", "encode_many"}
"""Where a function is made meanwhile, for a comprehension: without memory CPython 3.12 and 3.13 free its code twice."""
IN_LISTS = {
    *("capture", "fragments", "piled capture", "capture of named ports", "many connections", "blocks"),
    *("several interfaces", "cut capture", "broken blocks", "writing"),
}
"""Where what the core gave is put into lists and tuples by Python functions."""
LOST_BY_CPYTHON = 256
"""Octets for each time that memory was missed, in these operations and those IN_PYTHON.

CPython 3.11 loses the list of a comprehension for which it cannot make a frame, the key and the value of a pair that it
cannot make for the items of a dict, and what a display of a list or dict has so far. Operations that the core does
alone leave nothing but the names that the cache of types keeps. What it loses are objects, so other blocks are counted.
"""
MOST_LEFT = 120
"""Octets that the operations of the core alone may leave, of all requests together: nothing but two such names."""
MOST_BLOCKS = 10
"""Blocks of no object that any operation may leave, of all requests together; one for each were twice that."""
LEAST_MISSED = 2
"""Requests that are refused at least, and calls that are served behind the last of them."""
ENDURED = 60
"""So many requests in a row beyond the last that mattered: the operation needs no more."""


FOREIGN = re.compile(r"<(function|class 'numpy)|error return without exception set")


def starve(name, alone):
    """Let request N fail, N from 0 on, alone or with all that follow; return how many times memory was missed.

    CPython 3.11 itself forgets the MemoryError where it cannot make a frame for a Python function or an exception, and
    says SystemError then; so does NumPy. A function of the core that did so would be named otherwise.
    """
    operation = STARVED[name]
    expected = operation()
    missed = unharmed = request = 0
    while unharmed < ENDURED:
        try:
            _testcapi.set_nomemory(request, request + 1 if alone else 0)
            try:
                found = operation()
            finally:
                _testcapi.remove_mem_hooks()
        except (MemoryError, SystemError) as error:
            if not isinstance(error, MemoryError) and not (name in IN_PYTHON and FOREIGN.match(str(error))):
                raise
            missed += 1
            unharmed = 0
        else:
            assert found == expected, (name, request, found)
            unharmed += 1
        request += 1
    return missed


def starve_all(name):
    """Starve one operation both ways, three times, and tell what the last left behind: what the test below runs."""
    for alone in (True, False) if name not in IN_PYTHON else (True,):  # a handler without memory never ends in 3.11
        starve(name, alone)  # tracebacks are remembered, freed lists kept: at first there is more
        with traced():
            starve(name, alone)
            before, blocks = held(), blocks_of_no_object()
            missed = starve(name, alone)
            left = held() - before
            blocks = blocks_of_no_object() - blocks
        print(name, alone, missed, left, blocks)


def starve_who_loses(name):
    """The same, with an operation that loses a small block whenever it misses memory."""
    operation = STARVED[name]

    def losing():
        try:
            return operation()
        except MemoryError:
            _testcapi.remove_mem_hooks()
            lose()
            raise

    STARVED[name] = losing
    starve_all(name)


needs_refusal = pytest.mark.skipif(
    not hasattr(_testcapi, "set_nomemory"), reason="this Python cannot let a request for memory fail"
)


def in_a_process(code, root):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=280, check=False
    )


@needs_refusal
@pytest.mark.parametrize(
    "names",
    [*([name] for name in STARVED if name not in TABLES), *([*TABLES][place::4] for place in range(4))],
    ids=lambda names: names[0] if len(names) == 1 else f"{names[0]} and others",
)
def test_a_refused_request_for_memory_is_a_memory_error(names, root):
    if sys.version_info >= (3, 12) and MAKING_FUNCTIONS & {*names}:
        pytest.skip("without memory for a function this Python frees its code twice, by itself")
    code = f"from tests.core import test_unbreakable_memory as it; [it.starve_all(name) for name in {names!r}]"
    done = in_a_process(code, root)
    assert done.returncode == 0, done.stderr[-3000:]
    told = done.stdout.splitlines()
    for line in told:
        missed, left, blocks = map(int, line.split()[-3:])
        assert missed, line
        name = line.rsplit(" ", 4)[0]
        if name in IN_PYTHON | IN_LISTS:
            assert left <= LOST_BY_CPYTHON * missed, line
            assert missed > 2 * MOST_BLOCKS, line
        else:
            assert left <= MOST_LEFT, line
        assert blocks <= MOST_BLOCKS, line
    assert len(told) == sum(1 if name in IN_PYTHON else 2 for name in names)


@needs_refusal
@pytest.mark.skipif(not sys.getallocatedblocks(), reason="Python does not count its objects where malloc has them")
@pytest.mark.parametrize("name", ["refused text", "capture", "writing"])
def test_a_small_block_that_is_lost_whenever_memory_is_missed_is_seen(name, root):
    code = f"from tests.core import test_unbreakable_memory as it; it.starve_who_loses({name!r})"
    done = in_a_process(code, root)
    assert done.returncode == 0, done.stderr[-3000:]
    for line in done.stdout.splitlines():
        missed, left, blocks = map(int, line.split()[-3:])
        assert blocks > 2 * MOST_BLOCKS, line
        assert left < LOST_BY_CPYTHON * missed, line


FULL_TABLE = 0x20000
"""Connections that the core follows at once."""


def feed_packets(flows, data, begin, end):
    rows, position, status = Rows(), begin, FULL
    while status == FULL:
        position, status = rows.pcap(
            memoryview(data)[:end], position, 1 << 18, link_type=1, big=False, nanoseconds=False, header=16
        )
        flows.feed(rows, 0)


def starve_full_table():
    """Refuse each request of the packet that finds the table full; print how many times that was told."""
    data = knocked(FULL_TABLE + 1)
    last = len(data) - (len(data) - 24) // (FULL_TABLE + 1)
    missed = unharmed = request = 0
    while unharmed < LEAST_MISSED:
        flows = Flows(data, ports=b"", largest=70_000, seed=b"0123456789abcdef")  # with one of nought many places meet
        feed_packets(flows, data, 24, last)
        try:
            _testcapi.set_nomemory(request, request + 1)
            try:
                feed_packets(flows, data, last, len(data))
            finally:
                _testcapi.remove_mem_hooks()
        except MemoryError:
            missed += 1
        else:
            unharmed += 1
            assert flows.refused == 0
            assert flows.segments == FULL_TABLE + 1
        request += 1
    print(missed)


@needs_refusal
def test_a_full_table_of_connections_is_made_anew_or_says_that_memory_is_out(root):
    code = "from tests.core import test_unbreakable_memory as it; it.starve_full_table()"
    done = in_a_process(code, root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) >= LEAST_MISSED


@needs_refusal
def test_ids_are_not_matched_once_memory_was_out():
    """Of the items of that call some were kept: those of the next would be numbered behind them."""
    columns = b"4d" * 2000, np.arange(0, 4001, 2), b"32471" * 2000, np.arange(0, 10001, 5)
    seen = set()
    for request in range(60):
        ids = Ids(bytes(16))
        try:
            _testcapi.set_nomemory(request, request + 1)
            ids.add_ids(*columns)
        except MemoryError:
            pass
        finally:
            _testcapi.remove_mem_hooks()
        try:
            ids.add_ids(*columns)
            seen.add("taken")
        except MemoryError as error:
            seen.add(str(error))
    assert seen == {"taken", "memory ran out while ids were matched: begin with others"}


@needs_refusal
def test_the_sides_of_links_are_not_told_once_memory_was_out():
    """The last connection had ended, but of its link nothing was written down."""
    seen = set()
    for request in range(20):
        flows, rows = Flows(CAPTURE, ports=b"", largest=70_000, seed=bytes(16)), Rows()
        rows.pcap(CAPTURE, 24, 262144, link_type=1, big=False, nanoseconds=True, header=16)
        flows.feed(rows, 0)
        try:
            _testcapi.set_nomemory(request, request + 1)
            flows.finish()
            seen.add("told")
        except MemoryError:
            _testcapi.remove_mem_hooks()
            with pytest.raises(MemoryError):
                flows.esme()
            seen.add("refused")
        finally:
            _testcapi.remove_mem_hooks()
    assert seen == {"told", "refused"}
