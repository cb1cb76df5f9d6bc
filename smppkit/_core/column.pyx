"""Finished columns: memory that the core filled without the GIL, handed to NumPy and Arrow as it is."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc, free, malloc, realloc

cdef char INT64 = c"l" if sizeof(long) == 8 else c"q"       # as NumPy calls its int64 here

_KINDS = ("int", "text", "octets", "list")


cdef class Block:
    """Memory of the core behind the buffer protocol: one dimension of int64 or of octets; freed with its last user.

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
        block.strides[0] = 1 if form == c"B" else 8
        block.form[0] = form
        block.form[1] = 0
        return block

    def __dealloc__(self):
        free(self.memory)

    def __len__(self):
        """Return the number of items."""
        return self.shape[0]

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


cdef class Column:
    """One finished column.

    ``kind`` is int, text, octets or list; ``values`` holds int64 (0 where absent), or the octets of all strings one
    after the other (UTF-8 for text, wire octets for octets and list); ``offsets`` (int64, one more than there are rows)
    says where each string begins, None for int; ``valid`` (uint8) is 1 where a row has a value, None when all rows have
    one; ``nulls`` counts those without.

    >>> from smppkit._core.columns import decode
    >>> pdu = bytes.fromhex("00000010 00000015 00000000 00000007")
    >>> column = decode(pdu, [0], [16], ["sequence_number"])["sequence_number"]
    >>> column.kind, column.to_list(), column.nulls
    ('int', [7], 0)
    """

    def __init__(self):
        raise TypeError("columns are made by decode()")

    def __len__(self):
        """Return the number of rows."""
        return self.rows

    def __repr__(self):
        return f"<Column {self.name}: {self.rows} rows of {self.kind}, {self.nulls} absent>"

    def to_list(self):
        """Return a list: int, str, bytes or list of dict; None where a row has no value.

        >>> from smppkit._core.columns import decode
        >>> decode(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], ["text"])["text"].to_list()
        [None]
        """
        cdef Py_ssize_t row
        cdef const int64_t* at
        cdef const uint8_t* valid = NULL
        cdef const char* octets
        cdef list found = [None] * self.rows
        if self.valid is not None:
            valid = <const uint8_t*>self.valid.memory
        if self.kind == "int":
            at = <const int64_t*>self.values.memory
            for row in range(self.rows):
                if valid == NULL or valid[row]:
                    found[row] = at[row]
            return found
        at = <const int64_t*>self.offsets.memory
        octets = <const char*>self.values.memory
        for row in range(self.rows):
            if valid == NULL or valid[row]:
                found[row] = octets[at[row]:at[row + 1]]
        if self.kind == "text":
            # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
            for row in range(self.rows):
                if found[row] is not None:
                    found[row] = found[row].decode()
        elif self.kind == "list":
            for row in range(self.rows):
                if found[row] is not None:
                    found[row] = entries(self.name, found[row])
        return found

    def to_numpy(self):
        """Return a NumPy array: int64 over the column's own memory (0 where absent), or objects as of ``to_list``.

        >>> from smppkit._core.columns import decode
        >>> pdu = bytes.fromhex("00000010 00000015 00000000 00000007")
        >>> decode(pdu, [0], [16], ["command_id"])["command_id"].to_numpy()
        array([21])
        """
        import numpy

        if self.kind == "int":
            return numpy.asarray(self.values)
        found = numpy.empty(self.rows, object)
        found[:] = self.to_list()
        return found

    def bitmap(self):
        """Return the octets of an Arrow validity bitmap (bit 0 of octet 0 is row 0), None when no row lacks a value.

        >>> from smppkit._core.columns import decode
        >>> bytes(decode(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], ["text"])["text"].bitmap())
        b'\\x00'
        """
        cdef Py_ssize_t size = (self.rows + 7) // 8
        cdef Py_ssize_t row
        cdef uint8_t* bits
        cdef const uint8_t* valid
        if self.valid is None:
            return None
        bits = <uint8_t*>calloc(size + 1, 1)
        if bits == NULL:
            raise MemoryError
        valid = <const uint8_t*>self.valid.memory
        if self.nulls < self.rows:
            with nogil:
                for row in range(self.rows):
                    bits[row >> 3] |= valid[row] << (row & 7)
        return Block.of(bits, size, c"B")


cdef str latin(const uint8_t* octets, Py_ssize_t size):
    return octets[:size].decode("latin-1")


cdef list entries(str name, bytes wire):
    """The entries of dest_address (SMPP 3.4, 4.5.1.1) or unsuccess_sme (4.5.2.1); walk() has checked them."""
    cdef const uint8_t* at = wire
    cdef Py_ssize_t here = 0, end
    cdef list found = []
    cdef dict entry
    while here < len(wire):
        entry = {}
        if name == "dest_address":
            entry["dest_flag"] = at[here]
            here += 1
        if name == "dest_address" and at[here - 1] == 2:
            end = wire.index(0, here)
            entry["dl_name"] = latin(at + here, end - here)
        else:
            end = wire.index(0, here + 2)
            entry["dest_addr_ton"] = at[here]
            entry["dest_addr_npi"] = at[here + 1]
            entry["destination_addr"] = latin(at + here + 2, end - here - 2)
        here = end + 1
        if name == "unsuccess_sme":
            entry["error_status_code"] = int.from_bytes(wire[here : here + 4], "big")
            here += 4
        found.append(entry)
    return found


# ---- filling ----

cdef bint open_sink(Sink* sink, int kind, bint certain, Py_ssize_t rows) noexcept nogil:
    """Take the memory of an empty column; False when there is none. The caller zeroed ``sink`` and drops it."""
    sink.kind = kind
    sink.certain = certain
    if not certain:
        sink.valid = <uint8_t*>calloc(rows + 1, 1)
        if sink.valid == NULL:
            return False
    if kind == SINK_INT:
        sink.values = <int64_t*>calloc(rows + 1, sizeof(int64_t))
        return sink.values != NULL
    sink.offsets = <int64_t*>calloc(rows + 1, sizeof(int64_t))
    sink.room = 64
    sink.octets = <uint8_t*>malloc(sink.room)
    return sink.offsets != NULL and sink.octets != NULL


cdef void drop_sink(Sink* sink) noexcept nogil:
    free(sink.values)
    free(sink.offsets)
    free(sink.valid)
    free(sink.octets)
    sink.values = sink.offsets = NULL
    sink.valid = sink.octets = NULL


cdef Column close_sink(Sink* sink, str name, Py_ssize_t rows):
    """Hand the memory of a filled sink to a Column."""
    cdef Column column = Column.__new__(Column)
    cdef void* fitted
    column.name = name
    column.kind = _KINDS[sink.kind]
    column.rows = rows
    column.nulls = 0 if sink.certain else rows - sink.present
    if sink.kind == SINK_INT:
        column.values = Block.of(sink.values, rows, INT64)
        sink.values = NULL
    else:
        reach(sink, rows)
        fitted = realloc(sink.octets, sink.used + 1)
        column.values = Block.of(sink.octets if fitted == NULL else fitted, sink.used, c"B")
        sink.octets = NULL
        column.offsets = Block.of(sink.offsets, rows + 1, INT64)
        sink.offsets = NULL
    if column.nulls:
        column.valid = Block.of(sink.valid, rows, c"B")
        sink.valid = NULL
    return column
