# cython: overflowcheck=False
"""Columns of GSM 7-bit text as Arrow keeps them: what ``septets`` does, for every row, without the GIL."""

cimport cython
from libc.stdint cimport INT32_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memset

from .alphabet cimport GSM7, LANGUAGES, Tables, copy_plain, tables, to_utf8
from .buffers cimport Block
from .packing cimport NO_SEPTETS, pack_septets, packed_count, unpack_septets
from .septets cimport policy_of, put
from .utf8 cimport read_utf8

cdef const uint8_t NOTHING = 0
BY_RULE = INT64_MIN         # the count of a row of unpack that has none

cdef enum:
    NONE = -1               # no row is refused
    CHANGED = -2            # rows lie elsewhere than when they were checked: their memory is the caller's

cdef struct Ends:           # where each row ends and the next begins: one more than there are rows, one of two widths
    volatile int32_t* short     # the caller may write there meanwhile: what was checked is not to be read again
    volatile int64_t* long

cdef struct Settings:
    int locking
    int single
    int policy
    int fill_bits
    bint filler
    const int64_t* counts   # of unpack, NULL: by the rule for one message in every row
    uint8_t* refused        # gets a 1 for each row that is refused, NULL: the first one ends the work

# Writes what becomes of one row; returns its octets, -1 when it is refused.
ctypedef Py_ssize_t (*Way)(const uint8_t* at, Py_ssize_t size, Py_ssize_t row, const Settings* settings,
                           uint8_t* out) noexcept nogil


cdef inline int64_t end_at(const Ends* ends, Py_ssize_t place) noexcept nogil:
    return ends.long[place] if ends.short == NULL else ends.short[place]


cdef inline void put_end(const Ends* ends, Py_ssize_t place, int64_t end) noexcept nogil:
    if ends.short == NULL:
        ends.long[place] = end
    else:
        ends.short[place] = <int32_t>end


@cython.final
@cython.auto_pickle(False)
cdef class Rows:
    """The rows of one Arrow array of strings or octets, where they lie in its memory.

    >>> Rows(b"onetwo", bytes([0, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0]), None, 0, 2, False).octets_of_rows
    6
    """
    cdef const uint8_t[::1] memory, end_memory, bit_memory      # keep what the pointers point to
    cdef const uint8_t* octets
    cdef Ends ends
    cdef const uint8_t* bits        # NULL: every row has a value
    cdef Py_ssize_t first           # of the rows in bits
    cdef Py_ssize_t rows
    cdef int64_t begin              # of the first row in the octets
    cdef readonly Py_ssize_t octets_of_rows

    def __cinit__(self, const uint8_t[::1] octets not None, const uint8_t[::1] ends not None, const uint8_t[::1] bits,
                  Py_ssize_t first, Py_ssize_t rows, bint wide):
        """Take the three buffers of an array, the place of its first row in them, and how wide its ends are.

        Raises ValueError when a row does not lie inside the octets.
        """
        cdef Py_ssize_t width = 8 if wide else 4
        self.memory, self.end_memory, self.bit_memory = octets, ends, bits
        self.octets = &octets[0] if octets.shape[0] else &NOTHING       # an empty view has no address
        self.first, self.rows = first, rows
        if first < 0 or rows < 0 or rows and ends.shape[0] // width - 1 - rows < first:
            raise ValueError(f"ends of {ends.shape[0] // width - 1} rows, but {rows} wanted from row {first} on")
        if bits is not None and 8 * bits.shape[0] - rows < first:
            raise ValueError(f"bits of {8 * bits.shape[0]} rows, but {rows} wanted from row {first} on")
        if bits is not None and rows:
            self.bits = &bits[0]
        if rows and wide:
            self.ends.long = <int64_t*>&ends[0] + first
        elif rows:
            self.ends.short = <int32_t*>&ends[0] + first
        self.check()

    cdef int check(self) except -1:
        cdef int64_t begin, end, least = 0
        cdef Py_ssize_t row
        cdef bint inside = True
        if self.rows == 0:
            return 0
        with nogil:
            begin = end = end_at(&self.ends, 0)
            for row in range(self.rows):
                least = end
                end = end_at(&self.ends, row + 1)
                inside &= least <= end
        if not inside or begin < 0 or end > self.memory.shape[0]:
            raise ValueError("a row does not lie inside the octets")
        self.begin = begin
        self.octets_of_rows = end - begin
        return 0


cdef Py_ssize_t run(Rows rows, Way way, const Settings* settings, uint8_t* out, const Ends* ends,
                    uint8_t* bits) noexcept nogil:
    """Write every row behind the one before; returns the row that is refused, NONE or CHANGED."""
    cdef Py_ssize_t row, made
    cdef Py_ssize_t at = 0
    cdef int64_t begin, end = rows.begin
    put_end(ends, 0, 0)
    for row in range(rows.rows):
        begin = end
        end = end_at(&rows.ends, row + 1)
        if not begin <= end <= rows.begin + rows.octets_of_rows:
            return CHANGED
        if bits == NULL or rows.bits[(rows.first + row) >> 3] >> ((rows.first + row) & 7) & 1:
            made = way(rows.octets + begin, end - begin, row, settings, out + at)
            if made >= 0:
                at += made
            elif settings.refused == NULL:
                return row
            else:
                settings.refused[row] = 1
            if bits != NULL:
                bits[row >> 3] |= 1 << (row & 7)
        put_end(ends, row + 1, at)
    return NONE


cdef tuple written(Rows rows, Way way, const Settings* settings, Py_ssize_t room, bint wide):
    """Return the row that is refused (-1: none), and the buffers of an Arrow array: bits or None, ends, octets."""
    cdef Block octets, ends, bits = None
    cdef uint8_t* valid = NULL
    cdef Ends made
    cdef Py_ssize_t refused
    if room > INT32_MAX and not wide:
        raise OverflowError(f"up to {room} octets, but the ends of their rows are numbers of 32 bits: cut the column")
    octets = Block.fresh(room, c"B")
    ends = Block.fresh((rows.rows + 1) * (8 if wide else 4), c"B")
    made.short = NULL if wide else <int32_t*>ends.memory
    made.long = <int64_t*>ends.memory
    if rows.bits != NULL:
        bits = Block.zeros((rows.rows + 7) // 8, c"B")
        valid = <uint8_t*>bits.memory
    with nogil:
        refused = run(rows, way, settings, <uint8_t*>octets.memory, &made, valid)
    if refused == CHANGED:
        raise RuntimeError("a column was written to while it was read: leave it alone until the call returns")
    if refused == NONE:
        octets.cut(end_at(&made, rows.rows))
    return refused, (bits, ends, octets)


# ---- what becomes of one row ----

cdef Py_ssize_t encode_row(const uint8_t* at, Py_ssize_t size, Py_ssize_t row, const Settings* settings,
                           uint8_t* out) noexcept nogil:
    cdef const Tables* all = tables()
    cdef bint plain = all.plain[settings.locking]
    cdef const uint8_t* end = at + size
    cdef const uint8_t* stop
    cdef uint8_t* begin = out
    cdef uint32_t code
    cdef int octets
    while at < end:
        stop = at + min(8, end - at)
        if plain and copy_plain(at, end - at, out):
            out += stop - at
            at = stop
        while at < stop:
            octets = read_utf8(at, end, &code)
            if octets == 0:
                return -1
            out = put(all, code, settings.locking, settings.single, settings.policy, out)
            if out == NULL:
                return -1
            at += octets
    return out - begin


cdef Py_ssize_t decode_row(const uint8_t* at, Py_ssize_t size, Py_ssize_t row, const Settings* settings,
                           uint8_t* out) noexcept nogil:
    return to_utf8(GSM7, at, size, settings.locking, settings.single, 0, out)


cdef Py_ssize_t pack_row(const uint8_t* at, Py_ssize_t size, Py_ssize_t row, const Settings* settings,
                         uint8_t* out) noexcept nogil:
    cdef Py_ssize_t bits = settings.fill_bits + 7 * size
    if pack_septets(at, size, settings.fill_bits, out) & NO_SEPTETS:
        return -1
    if settings.filler and bits & 7 == 1:
        out[bits >> 3] |= 0x0D << 1
    return (bits + 7) >> 3


cdef Py_ssize_t unpack_row(const uint8_t* at, Py_ssize_t size, Py_ssize_t row, const Settings* settings,
                           uint8_t* out) noexcept nogil:
    cdef int64_t count = INT64_MIN if settings.counts == NULL else settings.counts[row]
    if count == INT64_MIN:
        count = packed_count(at, size, settings.fill_bits)
    elif not 0 <= count <= max(0, (8 * size - settings.fill_bits) // 7):
        return -1
    unpack_septets(at, size, settings.fill_bits, count, out)
    return count


# ---- for smppkit.text.alphabet_columns ----

cdef Settings settings_of(int locking, int single, int fill_bits) except *:
    cdef Settings settings
    if not (0 <= locking < LANGUAGES and 0 <= single < LANGUAGES and 0 <= fill_bits <= 6):
        raise ValueError(f"no such settings: locking {locking}, single {single}, fill_bits {fill_bits}")
    memset(&settings, 0, sizeof(Settings))
    settings.locking, settings.single, settings.fill_bits = locking, single, fill_bits
    return settings


def encode(Rows rows not None, int locking, int single, errors, bint wide, uint8_t[::1] refused=None):
    """Return the septets of each row of UTF-8, and which row is refused: -1, or the first that cannot be written.

    ``errors`` as in ``Gsm7.encode``. With ``refused`` all rows are tried, and it gets a 1 for each that is refused.

    >>> rows = Rows("a€".encode(), bytes([0, 0, 0, 0, 4, 0, 0, 0]), None, 0, 1, False)
    >>> refused, (bits, ends, octets) = encode(rows, 0, 0, "strict", False)
    >>> refused, bits, bytes(ends).hex(" ", 4), bytes(octets)
    (-1, None, '00000000 03000000', b'a\\x1be')
    """
    cdef Settings settings = settings_of(locking, single, 0)
    settings.policy = policy_of(errors)
    if refused is not None:
        if refused.shape[0] != rows.rows:
            raise ValueError(f"{refused.shape[0]} marks for {rows.rows} rows")
        settings.refused = &refused[0] if rows.rows else NULL
    return written(rows, encode_row, &settings, 2 * rows.octets_of_rows + 16, wide)


def decode(Rows rows not None, int locking, int single, bint wide):
    """Return the text of each row of septets, as UTF-8; no row is refused.

    >>> rows = Rows(b"a\\x1be", bytes([0, 0, 0, 0, 3, 0, 0, 0]), None, 0, 1, False)
    >>> bytes(decode(rows, 0, 0, False)[1][2]).decode()
    'a€'
    """
    cdef Settings settings = settings_of(locking, single, 0)
    return written(rows, decode_row, &settings, 3 * rows.octets_of_rows + 32, wide)


def pack(Rows rows not None, int fill_bits, bint filler, bint wide):
    """Return each row of septets packed, and which row is refused, for it holds an octet above 0x7F.

    >>> rows = Rows(b"hello", bytes([0, 0, 0, 0, 5, 0, 0, 0]), None, 0, 1, False)
    >>> bytes(pack(rows, 0, False, False)[1][2]).hex()
    'e8329bfd06'
    """
    cdef Settings settings = settings_of(0, 0, fill_bits)
    settings.filler = filler
    return written(rows, pack_row, &settings, rows.octets_of_rows // 8 * 7 + 2 * rows.rows + 8, wide)


def unpack(Rows rows not None, const int64_t[::1] counts, int fill_bits, bint wide):
    """Return the septets of each row of packed octets, and which row is refused, for it holds fewer than its count.

    ``counts`` has a number for each row, or ``BY_RULE`` for as many as fit; None: so in every row.

    >>> rows = Rows(bytes.fromhex("e8329bfd06"), bytes([0, 0, 0, 0, 5, 0, 0, 0]), None, 0, 1, False)
    >>> bytes(unpack(rows, None, 0, False)[1][2])
    b'hello'
    """
    cdef Settings settings = settings_of(0, 0, fill_bits)
    if counts is not None:
        if counts.shape[0] != rows.rows:
            raise ValueError(f"{counts.shape[0]} counts for {rows.rows} rows")
        settings.counts = &counts[0] if rows.rows else NULL
    return written(rows, unpack_row, &settings, rows.octets_of_rows // 7 * 8 + 16, wide)
