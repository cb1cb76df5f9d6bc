"""A million operations, errors among them, leave nothing: no block, no page, no reference to what is shared.

A reference too many to a class or a name takes no memory, so that measuring memory alone does not show it; one too few
ends the process, long after the call that is at fault.
"""

import builtins
import ctypes
import sys

import pytest

import smppkit as sk
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.tlvs import ROWS as TLVS
from tests.core.held import frozen, give_back, lose, resident, settle
from tests.core.often import (
    DELIVER,
    LESS_OFTEN,
    LESS_OFTEN_REFUSED,
    MULTI,
    OCTETS,
    OFTEN,
    OFTEN_REFUSED,
    RECEIPT,
    STREAM,
    SUBMIT,
    outcome,
)

MILLION = 1_000_000
TIMES = ((OFTEN, 30_000), (OFTEN_REFUSED, 30_000), (LESS_OFTEN, 1000), (LESS_OFTEN_REFUSED, 1000))
"""How often each operation is done."""
MOST_BLOCKS, MOST_PAGES, MOST_REFERENCES = 60, 512 << 10, 50
"""What one kind may leave: blocks of Python, octets of the process, references to one object.

Small blocks that are none of Python may find room in pages that are in use: ``test_unbreakable_memory`` sees those.
"""
TRIM = getattr(ctypes.CDLL(None) if sys.platform.startswith("linux") else None, "malloc_trim", int)
RUNS = 3
"""What is left by each of them is left for ever; what a cache keeps is not."""

NAMES = {name for row in ROWS for name in (row.name, class_name(row.name), *(field.name for field in row.fields))}
WATCHED = {
    **{name: sys.intern(name) for name in (*NAMES, *(row.name for row in TLVS), "tlvs", "command_length", "INFO")},
    **{f"class {class_name(row.name)}": getattr(sk, class_name(row.name)) for row in ROWS},
    **{f"error {name}": getattr(sk, name) for name in sk.__all__ if name.endswith("Error")},
    **{f"builtin {name}": each for name, each in vars(builtins).items() if isinstance(each, type)},
    **{f"class {each.__name__}": each for each in map(type, (SUBMIT.tlvs, sk.parse_receipt(RECEIPT), sk.scan(STREAM)))},
    **{f"entry {place}": type(entry) for place, entry in enumerate(MULTI.dest_address)},
    **{repr(each): each for each in (None, True, False, Ellipsis, NotImplemented, b"", "", (), 0, 1, 255, b"x", "x")},
    **{"octets": OCTETS, "stream": STREAM, "submit_sm": SUBMIT, "deliver_sm": DELIVER, "submit_multi": MULTI},
}
"""Objects that every operation may touch and none may keep or give away."""


def standing():
    """Return blocks of Python, octets of the process, and references to each object watched.

    What the process has free goes back to the system first, where its library can do that: what is lost would else find
    room there, unseen.
    """
    settle()
    TRIM(0)
    return sys.getallocatedblocks(), resident(), {name: sys.getrefcount(each) for name, each in WATCHED.items()}


def changed(operation, times):
    """Do something so often and return what that left or took away; nothing where all is as before."""
    blocks, pages, references = standing()
    for _ in range(times):
        outcome(operation)
    blocks_now, pages_now, references_now = standing()
    found = {name: references_now[name] - before for name, before in references.items()}
    found = {name: more for name, more in found.items() if abs(more) > MOST_REFERENCES}
    found |= {"blocks": blocks_now - blocks} if abs(blocks_now - blocks) > MOST_BLOCKS else {}
    return found | ({"octets": pages_now - pages} if pages_now - pages > MOST_PAGES else {})


def always_changes(operation, times):
    """Return what each run changed when all of them did, nothing otherwise."""
    found = []
    while len(found) < RUNS:
        found.append(changed(operation, times))
        if not found[-1]:
            return []
    return found


counted = pytest.mark.skipif(
    not sys.getallocatedblocks(), reason="Python does not count its objects where malloc has them"
)
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the size of a process is read from Linux")


@on_linux
@pytest.mark.slow
def test_a_million_operations_leave_no_block_no_page_and_no_reference():
    done = 0
    with frozen():
        for operations, times in TIMES:
            for place, operation in enumerate(operations):
                for _ in range(times // 100):
                    outcome(operation)
                found = always_changes(operation, times)
                assert not found, f"operation {place} of those done {times} times: {found}"
                done += times
    assert done > MILLION


KEPT, LOST = [], []
REFERENCE = ctypes.pythonapi.Py_IncRef
REFERENCE.argtypes = [ctypes.py_object]


@on_linux
@pytest.mark.parametrize(
    ("loss", "what"),
    [
        (lambda: LOST.append(lose(5000)), {"octets"}),  # more than a page, so that none in use has room for it
        pytest.param(lambda: KEPT.append(object()), {"blocks"}, marks=counted),
        (lambda: REFERENCE(sk.SubmitSm), {"class SubmitSm"}),
        (lambda: REFERENCE(sk.DecodeError), {"error DecodeError"}),
        (lambda: REFERENCE(WATCHED["sm_length"]), {"sm_length"}),
    ],
    ids=["memory", "object", "class", "error", "name"],
)
def test_what_is_lost_in_each_of_many_operations_is_seen(loss, what):
    with frozen():
        found = always_changes(loss, TIMES[-1][1])
    while LOST:
        give_back(LOST.pop())
    KEPT.clear()
    assert len(found) == RUNS
    assert all(what <= each.keys() for each in found), found
