"""Memory of the core behind the buffer protocol, for NumPy and Arrow to use as it is."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES
from libc.stdint cimport uint8_t

from smppkit._core.regions cimport fitted, give, take, take_zeros

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX


cdef class Block:
    """Memory of the core behind the buffer protocol: one dimension of numbers or octets; freed with its last user.

    >>> Block()
    Traceback (most recent call last):
        ...
    TypeError: blocks are made by the core
    """

    def __init__(self):
        raise TypeError("blocks are made by the core")

    @staticmethod
    cdef Block of(void* memory, Py_ssize_t items, char form):
        cdef Block block = Block.__new__(Block)
        block.memory = memory
        block.shape[0] = items
        block.strides[0] = 1 if form == c"B" else 4 if form == c"I" else 8
        block.form[0] = form
        block.form[1] = 0
        return block

    @staticmethod
    cdef Block zeros(Py_ssize_t items, char form):
        cdef Block block = Block.of(NULL, items, form)
        block.memory = take_zeros((items + 1) * block.strides[0])
        if block.memory == NULL:
            raise MemoryError
        block.clean = True
        return block

    @staticmethod
    cdef Block fresh(Py_ssize_t items, char form):
        """Memory that may hold anything, unless it is clean."""
        cdef Block block = Block.of(NULL, items, form)
        block.memory = take((items + 1) * block.strides[0], &block.clean)
        if block.memory == NULL:
            raise MemoryError
        return block

    cdef Block items(self, Py_ssize_t begin, Py_ssize_t items, char form):
        """Items of any form from octet ``begin`` on, as a block that keeps this one."""
        cdef Block block = Block.of(&(<uint8_t*>self.memory)[begin], items, form)
        block.owner = self
        block.clean = self.clean
        return block

    cdef Block part(self, Py_ssize_t first, Py_ssize_t items):
        """Some of these items."""
        return self.items(first * self.strides[0], items, self.form[0])

    cdef int cut(self, Py_ssize_t items) except -1:
        """Be no longer than ``items``, before anybody else has the block."""
        self.memory = fitted(self.memory, items * self.strides[0])
        self.shape[0] = items
        return 0

    def __dealloc__(self):
        if self.owner is None:
            give(self.memory)

    def __len__(self):
        """Return the number of items."""
        return self.shape[0]

    def __eq__(self, other):
        """Tell whether something bytes-like has the same octets."""
        try:
            return memoryview(self).tobytes() == memoryview(other).tobytes()
        except TypeError:
            return NotImplemented

    __hash__ = None

    def to_numpy(self):
        """Return a NumPy array over this memory: int64, uint32 or uint8.

        ``numpy.asarray`` would do, but where memory is out it takes the block for one object, and says nothing.

        >>> from smppkit._core.scan import scan
        >>> scan(bytes.fromhex("00000010 00000015 00000000 00000007"), 16)[0][2].to_numpy()
        array([21], dtype=uint32)
        """
        import numpy

        kind = numpy.uint8 if self.strides[0] == 1 else numpy.uint32 if self.strides[0] == 4 else numpy.int64
        return numpy.frombuffer(self, kind) if self.shape[0] else numpy.empty(0, kind)

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        buffer.obj = self
        buffer.buf = self.memory
        buffer.len = self.shape[0] * self.strides[0]
        buffer.readonly = 0
        buffer.itemsize = self.strides[0]
        buffer.format = self.form if flags & PyBUF_FORMAT else NULL
        buffer.ndim = 1
        buffer.shape = self.shape if flags & PyBUF_ND else NULL
        buffer.strides = self.strides if flags & PyBUF_STRIDES == PyBUF_STRIDES else NULL
        buffer.suboffsets = NULL
        buffer.internal = NULL


def room(Py_ssize_t octets):
    """Return memory of so many octets, which may hold anything. MemoryError where there is none.

    >>> len(room(7))
    7
    """
    if octets < 0:
        raise ValueError(f"there is no memory of {octets} octets")
    if octets == PY_SSIZE_T_MAX:        # one more is taken
        raise MemoryError
    return Block.fresh(octets, c"B")
