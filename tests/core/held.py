"""How much memory is held: what the tests of memory measure, and losses that they must see."""

import ctypes
import gc
import resource
import sys
import tracemalloc
import warnings
from contextlib import contextmanager

import pyarrow as pa


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@contextmanager
def frozen():
    """Keep the collector from what is there already: looking at it takes longer than the operations do."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def traced():
    """Have every block traced: of Python's domains, which NumPy and the core ask as well, and of our regions."""
    with frozen():
        tracemalloc.start()
        try:
            yield
        finally:
            tracemalloc.stop()


def settle():
    """Let go of what nobody needs, and of the names of attributes that the cache of types keeps for a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        getattr(sys, "_clear_type_cache", int)()
    gc.collect()


def held():
    """Octets in use, by Python and by Arrow."""
    settle()
    return tracemalloc.get_traced_memory()[0] + pa.total_allocated_bytes()


def blocks_of_no_object():
    """How many traced blocks are none of an object: the core's own, NumPy's and our regions; for differences alone.

    Python counts the blocks of its objects, but where it was told to take them from malloc, as the sanitizers need it:
    there all is nought.
    """
    objects = sys.getallocatedblocks()
    return len(tracemalloc.take_snapshot().traces) - objects if objects else 0


def lose(size=16):
    """Take a block that nobody gives back, by itself the smallest there is; return where it is."""
    take = ctypes.pythonapi.PyMem_RawMalloc
    take.argtypes, take.restype = [ctypes.c_size_t], ctypes.c_void_p
    return take(size)


def give_back(address):
    """Free a lost block."""
    give = ctypes.pythonapi.PyMem_RawFree
    give.argtypes, give.restype = [ctypes.c_void_p], None
    give(address)
