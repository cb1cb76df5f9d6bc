"""Finished columns: memory that the core filled without the GIL, handed to NumPy and Arrow as it is."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint64_t

from smppkit._core.alone cimport enter_alone
from smppkit._core.dates cimport eight
from smppkit._core.buffers cimport INT64_FORM, Block
from smppkit._core.regions cimport fitted, give, room_in, take, widened

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    SLACK = GAP             # entries behind the last offset that reach() may write
    FEW = 64                # octets of strings that there is room for at first
    SMALL = 65536           # octets up to which memory of strings grows by doubling


_KINDS = ("int", "text", "octets", "list")


@cython.auto_pickle(False)          # what owns memory has no copies
cdef class Column:
    """One finished column.

    ``kind`` is int, text, octets or list; ``values`` holds int64 (0 where absent), or the octets of all strings one
    after the other (UTF-8 for text, wire octets for octets and list); ``offsets`` (int64, one more than there are rows)
    says where each string begins, None for int; ``valid`` (uint8) is 1 where a row has a value, None when all rows have
    one; ``nulls`` counts those without. A column of a Whole has ``absent`` instead, which is 1 where a row has none.

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
        cdef const uint8_t* absent = NULL
        cdef const char* octets
        cdef list found = [None] * self.rows
        if self.valid is not None:
            valid = <const uint8_t*>self.valid.memory
        if self.absent is not None:
            absent = <const uint8_t*>self.absent.memory
        if self.kind == "int":
            at = <const int64_t*>self.values.memory
            for row in range(self.rows):
                if (valid == NULL or valid[row]) and (absent == NULL or not absent[row]):
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
                    found[row] = entries(self.name, found[row][1:])
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
            return self.values.to_numpy()
        found = numpy.empty(self.rows, object)
        found[:] = self.to_list()
        return found

    def bitmap(self):
        """Return the octets of an Arrow validity bitmap (bit 0 of octet 0 is row 0), None when no row lacks a value.

        >>> from smppkit._core.columns import decode
        >>> bytes(decode(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], ["text"])["text"].bitmap())
        b'\\x00'
        """
        cdef Block bits
        if self.valid is None:
            return None
        bits = Block.zeros((self.rows + 7) // 8, c"B")
        if self.nulls < self.rows:
            with nogil:
                gather(<const uint8_t*>self.valid.memory, self.rows, <uint8_t*>bits.memory)
        return bits


cdef class Whole:
    """Integer columns of ``rows`` rows that several decode() fill, each its own rows; take() gives them when all have.

    >>> from smppkit._core.columns import decode
    >>> pdu, numbers = bytes.fromhex("00000010 00000015 00000000 00000007"), Whole(["sequence_number"], 2)
    >>> decode(pdu, [0], [16], ["sequence_number"], into=numbers, first=1)
    {}
    >>> decode(pdu[:7], [0], [7], ["sequence_number"], into=numbers, first=0)
    {}
    >>> numbers.take()["sequence_number"].to_list()
    [None, 7]
    """

    def __cinit__(self, names, Py_ssize_t rows):
        cdef Column column
        cdef Py_ssize_t place
        cdef Block numbers
        if not 0 <= rows <= PY_SSIZE_T_MAX // 16 // (len(names) + 1):    # int64 each, and one more
            raise ValueError(f"{len(names)} columns cannot have {rows} rows")
        numbers = Block.fresh(rows * len(names), INT64_FORM)
        self.flags = Block.fresh(rows * len(names), c"B")
        self.rows = rows
        self.columns = {}
        for place, name in enumerate(names):
            column = Column.__new__(Column)
            column.name = name
            column.kind = _KINDS[SINK_INT]
            column.rows = column.nulls = rows
            column.values = numbers.part(place * rows, rows)
            column.absent = self.flags.part(place * rows, rows)
            self.columns[name] = column

    def take(self):
        """Return the columns by name, once every row was decoded. ValueError before that, and when they were taken.

        >>> from smppkit._core.columns import decode
        >>> whole = Whole(["esm_class"], 1)
        >>> decode(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], ["esm_class"], into=whole)
        {}
        >>> whole.take()
        {'esm_class': <Column esm_class: 1 rows of int, 1 absent>}
        """
        cdef uint8_t* flags = <uint8_t*>self.flags.memory
        cdef Py_ssize_t i
        if self.filled < self.rows:
            raise ValueError(f"only {self.filled} of {self.rows} rows were decoded")
        if not enter_alone(&self.taken):
            raise ValueError("the columns were taken before, and can be once")
        with nogil:
            for i in range(self.flags.shape[0]):
                flags[i] ^= 1               # so far they said which rows have a value
        return self.columns


@cython.auto_pickle(False)          # what owns memory has no copies
cdef class Arena:
    """The memory of several columns in two pieces, for small ones find no large pages. It lives as long as any of them.

    >>> Arena() is not None
    True
    """

    cdef int64_t* take_numbers(self, Py_ssize_t count) except NULL:
        self.next_number += count
        if self.next_number > self.numbers.shape[0]:
            raise MemoryError("the arena is too small")
        return &(<int64_t*>self.numbers.memory)[self.next_number - count]

    cdef uint8_t* take_flags(self, Py_ssize_t count) except NULL:
        self.next_flag += count
        if self.next_flag > self.flags.shape[0]:
            raise MemoryError("the arena is too small")
        return &(<uint8_t*>self.flags.memory)[self.next_flag - count]


cdef Arena arena_of(Py_ssize_t columns, Py_ssize_t rows, bint zeros=True):
    """Memory for so many columns; without ``zeros`` rows have to be cleared before they are filled."""
    cdef Arena arena = Arena()
    cdef Py_ssize_t numbers = columns * (rows + 1 + SLACK)
    cdef Py_ssize_t flags = columns * (rows + 1)
    arena.numbers = Block.zeros(numbers, INT64_FORM) if zeros else Block.fresh(numbers, INT64_FORM)
    arena.flags = Block.zeros(flags, c"B") if zeros else Block.fresh(flags, c"B")
    return arena


@cython.overflowcheck(False)            # the product runs out of the number on purpose
cdef void gather(const uint8_t* flags, Py_ssize_t count, uint8_t* bits) noexcept nogil:
    """The lowest bits of ``count`` octets, each 0 or 1, next to each other; ``bits`` holds zeros."""
    cdef Py_ssize_t whole = count >> 3, i
    for i in range(whole):
        bits[i] = <uint8_t>(eight(flags + 8 * i) * <uint64_t>0x0102040810204080 >> 56)
    for i in range(8 * whole, count):
        bits[i >> 3] |= <uint8_t>(flags[i] << (i & 7))


cdef str latin(const uint8_t* octets, Py_ssize_t size):
    return octets[:size].decode("latin-1")


cdef list entries(str name, bytes wire):
    """The entries of dest_address (SMPP 3.4, 4.5.1.1) or unsuccess_sme (4.5.2.1); walk() has checked them."""
    try:
        return whole_entries(name, wire)
    except ValueError:                  # a NUL that the walk has seen is missing
        raise ValueError(f"column {name} has a list that was written into while it was read") from None


cdef list whole_entries(str name, bytes wire):
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

cdef bint grow(Sink* sink, Py_ssize_t more) noexcept nogil:
    """Find room for ``more`` octets; False when memory is out.

    Once there are many, room for all rows is guessed from those so far: memory is taken once, and what is left over is
    never touched.
    """
    cdef Py_ssize_t room = 2 * sink.room
    cdef double guess
    cdef void* grown
    if sink.room >= SMALL and sink.row:
        guess = min(1.08 * <double>sink.used / <double>sink.row * <double>sink.rows, <double>sink.likely)
        room = sink.room + (sink.room >> 2)
        if room < guess:
            room = <Py_ssize_t>guess
    room += more
    grown = widened(sink.octets, sink.used, room)
    if grown == NULL:
        return False
    sink.octets = <uint8_t*>grown
    sink.room = room_in(grown)
    return True


cdef void clear_sinks(Sink* sinks, int count, Py_ssize_t first, Py_ssize_t rows) noexcept nogil:
    """Let rows lack all values where memory may hold anything."""
    cdef int i
    for i in range(count):
        if sinks[i].clean:
            continue
        if sinks[i].kind == SINK_INT:
            memset(&sinks[i].values[first], 0, rows * sizeof(int64_t))
        if not sinks[i].certain:
            memset(&sinks[i].valid[first], 0, rows)


cdef Py_ssize_t spell_latin(uint8_t* out, const uint8_t* octets, Py_ssize_t size) noexcept nogil:
    """ISO 8859-1 as UTF-8, at most twice as many octets; returns how many."""
    cdef uint8_t* at = out
    cdef uint8_t octet                  # read once: the caller may write there meanwhile
    cdef Py_ssize_t i
    for i in range(size):
        octet = octets[i]
        if octet < 0x80:
            at[0] = octet
            at += 1
        else:
            at[0] = 0xC0 | octet >> 6
            at[1] = 0x80 | octet & 0x3F
            at += 2
    return at - out


cdef int open_sink(Sink* sink, int kind, Py_ssize_t rows, Arena arena) except -1:
    """Take the memory of an empty column. The caller zeroed ``sink`` and drops it."""
    cdef int64_t* numbers = arena.take_numbers(rows + 1 + SLACK)
    cdef bint clean = False
    sink.kind = kind
    sink.rows = rows
    sink.valid = arena.take_flags(rows + 1)
    sink.clean = arena.numbers.clean and arena.flags.clean
    if kind == SINK_INT:
        sink.values = numbers
        return 0
    sink.offsets = numbers
    sink.offsets[0] = 0
    sink.room = FEW
    sink.octets = <uint8_t*>take(FEW, &clean)
    if sink.octets == NULL:
        raise MemoryError
    return 0


cdef int borrow_sink(Sink* sink, Column column, Py_ssize_t first, Py_ssize_t rows) except -1:
    """Let a sink write into rows of a column that others fill as well; the column outlives it."""
    if not 0 <= first <= column.rows - rows:
        raise ValueError(f"rows {first} to {first + rows} are not all among the {column.rows} of column {column.name}")
    sink.kind = SINK_INT
    sink.rows = rows
    sink.values = &(<int64_t*>column.values.memory)[first]     # no sum: the overflow check knows no pointers
    sink.valid = &(<uint8_t*>column.absent.memory)[first]
    sink.clean = column.values.clean and column.absent.clean
    return 0


cdef int return_sink(Sink* sink, Column column) except -1:
    """Count what a borrowed sink has filled."""
    with cython.critical_section(column):
        column.nulls -= sink.present
    return 0


cdef void drop_sink(Sink* sink) noexcept nogil:
    give(sink.octets)
    sink.octets = NULL


@cython.overflowcheck(False)            # the check knows no pointers
cdef Py_ssize_t place_of(const int64_t* first, const int64_t* number) noexcept nogil:
    return number - first


cdef Column close_sink(Sink* sink, str name, Arena arena):
    """Hand the memory of a filled sink to a Column."""
    cdef Column column = Column.__new__(Column)
    cdef Py_ssize_t rows = sink.rows
    column.name = name
    column.kind = _KINDS[sink.kind]
    column.rows = rows
    column.nulls = rows - sink.present
    if sink.kind == SINK_INT:
        column.values = arena.numbers.part(place_of(<int64_t*>arena.numbers.memory, sink.values), rows)
    else:
        reach(sink, rows)
        column.offsets = arena.numbers.part(place_of(<int64_t*>arena.numbers.memory, sink.offsets), rows + 1)
        sink.octets = <uint8_t*>fitted(sink.octets, sink.used + 1)     # without memory for the block it is dropped
        column.values = Block.of(sink.octets, sink.used, c"B")
        sink.octets = NULL
    if column.nulls:
        column.valid = arena.flags.part(sink.valid - <uint8_t*>arena.flags.memory, rows)
    return column
