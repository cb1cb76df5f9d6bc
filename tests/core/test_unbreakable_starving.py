"""The N-th request for memory fails: a refused one is told, and nothing is lost or wrong behind it."""

import re
import subprocess
import sys
from functools import partial
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit._core.blocks import FULL, Rows
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit._core.receipt_columns import columns as receipt_columns
from smppkit._core.strings import listed
from smppkit.frames import slices
from smppkit.frames.reading import Reading
from smppkit.journal.pcap import read_capture
from smppkit.text.alphabets import gsm7
from smppkit.text.receipts import _buffers, _texts, parse_receipt
from tests.core.held import blocks_of_no_object, held, lose, traced
from tests.core.often import (
    ARROW,
    DELIVER,
    EVERY,
    MULTI_OCTETS,
    OCTETS,
    RECEIPT,
    RECEIPT_OCTETS,
    STREAM,
    SUBMIT,
    build,
    columns_of,
    fields,
    flowed,
    lists,
    many,
    outcome,
    plain_segment,
)
from tests.core.operations import CAPTURE, CUT, MORE_THAN_KEPT, TABLES, decoded, knocked
from tests.core.unbreakable import MALFORMED, patched

try:
    import _testcapi
except ImportError:  # not every build of Python has it
    _testcapi = None

TEXTS = pa.array([RECEIPT, None, "x", RECEIPT.lower()], pa.large_string())
LISTS = {"dest_address": [[{"dl_name": "a"}, {"destination_addr": "1"}], [{"destination_addr": "é" * 9}]]}
LOG = read_capture(CAPTURE)


def columns_of_receipts():
    """What parse_receipts has of the core; pandas and lists in Arrow, which are the rest of it, end the process."""
    _, states, finals, strings, _ = receipt_columns(*_buffers(_texts(TEXTS)))
    return bytes(states), bytes(finals), [*map(bytes, strings)]


def records_of_a_capture():
    return [*map(plain_segment, read_capture(CAPTURE).segments())]


def columns_of_a_log():
    """What the tables of a log have of the core: without pandas, and without the lock that Python cannot make."""
    found = slices.columns([*slices.cut(LOG.segments())], ["command_status", "text", "source_addr"], Reading(), 1)
    return [column.to_list() for column in map(itemgetter(0), found.values())]


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
    "encode_many": lambda: many(destination_addr=ARROW),
    "encode_many of texts": lambda: many(destination_addr=["1", "22"], service_type=["é", ""]),
    "encode_many of lists": lambda: sk.encode_many("submit_multi", LISTS)[0],
    "receipts of a column": columns_of_receipts,
    "records of a capture": records_of_a_capture,
    "columns of a log": columns_of_a_log,
    **TABLES,
}
IN_LIBRARIES = {
    *("encode_many of texts", "encode_many of lists", "receipts of a column"),
    *("records of a capture", "columns of a log"),
}
"""Where Python functions hand arrays of NumPy and Arrow to each other.

CPython 3.11 loses what a function was called with for which it cannot make a frame, and arrays with it, large ones too.
"""
IN_PYTHON = {"decode error", "build error", "refused text", "problems", "problems of columns", "encode_many"}
IN_PYTHON |= IN_LIBRARIES
"""Where Python functions do a part: sentences, and columns from Arrow."""
MAKING_FUNCTIONS = {"build error", "problems", "encode_many"} | IN_LIBRARIES
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
MISSED_FOR_A_BLOCK = 2
"""Of so many requests that are refused IN_LIBRARIES one may leave such a block: a core that lost one would for each."""
LEAST_MISSED = 2
"""Requests that are refused at least, and calls that are served behind the last of them."""
ENDURED = 60
"""So many requests in a row beyond the last that mattered: the operation needs no more."""


FOREIGN = re.compile(r"<(function|class 'numpy|built-in method \w+ of numpy)|error return without exception set")


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
    [
        *([name] for name in STARVED if name not in TABLES and name not in IN_LIBRARIES),
        [name for name in STARVED if name in IN_LIBRARIES],
        *([*TABLES][place::4] for place in range(4)),
    ],
    ids=lambda names: names[0] if len(names) == 1 else f"{names[0]} and others",
)
def test_a_refused_request_for_memory_is_a_memory_error(names, root):
    if sys.version_info >= (3, 12) and MAKING_FUNCTIONS & {*names}:
        pytest.skip("without memory for a function this Python frees its code twice, by itself")
    code = f"from tests.core import test_unbreakable_starving as it; [it.starve_all(name) for name in {names!r}]"
    done = in_a_process(code, root)
    assert done.returncode == 0, done.stderr[-3000:]
    told = done.stdout.splitlines()
    for line in told:
        missed, left, blocks = map(int, line.split()[-3:])
        assert missed, line
        name = line.rsplit(" ", 4)[0]
        if name in IN_LIBRARIES:
            assert missed > 2 * MOST_BLOCKS, line
            assert blocks <= max(MOST_BLOCKS, missed // MISSED_FOR_A_BLOCK), line
            continue
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
    code = f"from tests.core import test_unbreakable_starving as it; it.starve_who_loses({name!r})"
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
    code = "from tests.core import test_unbreakable_starving as it; it.starve_full_table()"
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
