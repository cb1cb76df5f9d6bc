"""Texts of a column written for PDUs: alphabet chosen, long ones cut into parts, headers in front; no object each.

What the rules of ``text.parts`` say of most texts is done here, without the GIL: one septet, octet or 16-bit unit after
the other into one buffer. What takes more knowledge (a cut beside an accent or an emoji, a text of more than 255 parts)
is left to those rules: such a row is FOREIGN.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

from .alphabet cimport ASCII, ESCAPE, GSM7, LATIN1, NONE, UCS2, Tables, plain8, septet_of, tables
from .utf8 cimport read_utf8

cdef enum:
    EMPTY = 0               # no text at all
    FIRST = 1               # in the alphabet that is tried first
    WIDE = 2                # in UCS-2
    FOREIGN = 3             # left to the rules in Python
    MOST_PARTS = 255
    MOST_HEADER = 140
    WAY = 7                 # things that a way says

cdef struct Rules:
    int alphabet            # tried first; UCS2: nothing else is
    bint strict             # leave disputed cells alone
    bint wide               # UCS-2 may be taken where the first alphabet does not hold a text
    bint whole              # long texts are not cut
    Py_ssize_t room[3]      # units of a message that stands alone, by FIRST and WIDE
    Py_ssize_t part[3]      # units of each part of a long one
    int width               # octets of a reference in a header, 0: none
    uint8_t elements[MOST_HEADER]
    int extra               # octets of them

cdef struct Size:
    int way
    int32_t parts
    int64_t units
    int64_t octets          # of all parts, headers among them


cdef inline int cost_of(const Tables* all, const Rules* rules, int way, uint32_t code) noexcept nogil:
    """Units of one character; 0 when the alphabet does not hold it."""
    cdef uint8_t septet
    if way == WIDE:
        return 2 if code > 0xFFFF else 1
    if rules.alphabet != GSM7:
        return code < 0x10000 and all.members[rules.alphabet][code >> 3] >> (code & 7) & 1
    if septet_of(all, all.locking_pages[0], code) != NONE:
        return 1
    septet = septet_of(all, all.single_pages[0], code)
    return 0 if septet == NONE or rules.strict and all.disputed[0][septet] else 2


cdef inline bint lone(uint32_t code) noexcept nogil:
    """Characters that never join one before or behind them; of those that are not here, some do not either."""
    return (
        code < 0x300 or 0x370 <= code <= 0x482 or 0x48A <= code <= 0x58F or 0x5D0 <= code <= 0x5EA
        or 0x621 <= code <= 0x64A or 0x2010 <= code <= 0x2026 or 0x2030 <= code <= 0x205E or code == 0x20AC
        or 0x3041 <= code <= 0x3096 or 0x30A1 <= code <= 0x30FF or 0x4E00 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7A3 or 0x2190 <= code <= 0x27BF or 0x1F300 <= code <= 0x1F3FA
        or 0x1F400 <= code <= 0x1FAFF
    )


cdef inline int header_octets(const Rules* rules, bint joined) noexcept nogil:
    cdef int body = rules.extra
    if joined and rules.width:
        body += 4 + rules.width
    return body + 1 if body else 0


cdef int64_t count_units(const Tables* all, const Rules* rules, int way, const uint8_t* at, const uint8_t* end,
                         bint* single) noexcept nogil:
    """Units of a text; -1 when the alphabet does not hold it, -2 when it is no UTF-8."""
    cdef int64_t units = 0
    cdef bint quick = way == FIRST and rules.alphabet == GSM7
    cdef uint32_t code
    cdef int octets, cost
    single[0] = True
    while at < end:
        if quick and end - at >= 8 and plain8(at):
            units += 8
            at += 8
            continue
        octets = read_utf8(at, end, &code)
        if octets == 0:
            return -2
        cost = cost_of(all, rules, way, code)
        if cost == 0:
            return -1
        single[0] &= cost == 1
        units += cost
        at += octets
    return units


cdef int32_t count_parts(const Tables* all, const Rules* rules, int way, const uint8_t* at, const uint8_t* end)\
        noexcept nogil:
    """Parts of a long text, each as full as can be; 0 when one would be cut where characters may belong together."""
    cdef int32_t parts = 1
    cdef Py_ssize_t units = 0
    cdef uint32_t code, before = 0
    cdef int cost
    while at < end:
        at += read_utf8(at, end, &code)
        cost = cost_of(all, rules, way, code)
        if units + cost > rules.part[way]:
            if not lone(code) or not lone(before):
                return 0
            parts += 1
            units = 0
        units += cost
        before = code
    return parts


cdef Size size_of(const Tables* all, const Rules* rules, const uint8_t* at, const uint8_t* end) noexcept nogil:
    cdef Size size
    cdef bint single
    size.way = WIDE if rules.alphabet == UCS2 else FIRST
    size.parts = 1
    size.octets = 0
    size.units = 0
    if at == end:
        size.way = EMPTY
        size.parts = 0
        return size
    size.units = count_units(all, rules, size.way, at, end, &single)
    if size.units == -1 and size.way == FIRST and rules.wide:
        size.way = WIDE
        size.units = count_units(all, rules, WIDE, at, end, &single)
    if size.units < 0:
        size.way = FOREIGN
        size.parts = 0
        return size
    if size.units > rules.room[size.way] and not rules.whole:
        if single and (size.way == FIRST):
            size.parts = <int32_t>min(size.units // rules.part[FIRST], MOST_PARTS + 1)
            size.parts += size.units % rules.part[FIRST] > 0
        else:
            size.parts = count_parts(all, rules, size.way, at, end)
    size.octets = size.units * (2 if size.way == WIDE else 1) + size.parts * header_octets(rules, size.parts > 1)
    # An uncut text may not be longer than parts could hold either; the last doubtful ones are left to the rules.
    if not 1 <= size.parts <= MOST_PARTS or rules.whole and size.units > MOST_PARTS * (rules.part[size.way] - 1):
        size.way = FOREIGN
        size.parts = 0
    return size


cdef uint8_t* put_header(uint8_t* out, const Rules* rules, int64_t reference, int32_t total, int32_t number)\
        noexcept nogil:
    cdef int octets = header_octets(rules, total > 1)
    if octets == 0:
        return out
    out[0] = <uint8_t>(octets - 1)
    out += 1
    if total > 1 and rules.width:
        out[0] = 0 if rules.width == 1 else 8
        out[1] = <uint8_t>(rules.width + 2)
        out += 2
        if rules.width == 2:
            out[0] = <uint8_t>(reference >> 8)
            out += 1
        out[0] = <uint8_t>reference
        out[1] = <uint8_t>total
        out[2] = <uint8_t>number
        out += 3
    memcpy(out, rules.elements, rules.extra)
    return out + rules.extra


cdef inline uint8_t* put(uint8_t* out, const Tables* all, const Rules* rules, int way, uint32_t code) noexcept nogil:
    """Write one character that the alphabet holds."""
    cdef uint8_t septet
    if way == WIDE:
        if code > 0xFFFF:
            code -= 0x10000
            out[0] = <uint8_t>(0xD8 | code >> 18)
            out[1] = <uint8_t>(code >> 10)
            code = 0xDC00 | code & 0x3FF
            out += 2
        out[0] = <uint8_t>(code >> 8)
        out[1] = <uint8_t>code
        return out + 2
    if rules.alphabet != GSM7:
        out[0] = <uint8_t>code
        return out + 1
    septet = septet_of(all, all.locking_pages[0], code)
    if septet == NONE:
        out[0] = ESCAPE
        out += 1
        septet = septet_of(all, all.single_pages[0], code)
    out[0] = septet
    return out + 1


cdef uint8_t* put_short(uint8_t* out, const Tables* all, const Rules* rules, int way, const uint8_t* at,
                        const uint8_t* end) noexcept nogil:
    """Write a text that needs no cutting."""
    cdef uint32_t code
    cdef bint quick = way == FIRST and rules.alphabet == GSM7
    while at < end:
        if quick and end - at >= 8 and plain8(at):
            memcpy(out, at, 8)
            out += 8
            at += 8
            continue
        at += read_utf8(at, end, &code)
        out = put(out, all, rules, way, code)
    return out


cdef struct Place:          # where the next part goes
    uint8_t* out
    Py_ssize_t part


cdef void put_long(Place* place, uint8_t* begin, int64_t* offsets, const Tables* all, const Rules* rules, int way,
                   const uint8_t* at, const uint8_t* end, int32_t total, int64_t reference) noexcept nogil:
    """Write the parts of a text, ``offsets`` of the parts among them."""
    cdef Py_ssize_t units = 0
    cdef int32_t number = 1
    cdef uint32_t code
    cdef int cost
    cdef uint8_t* out = put_header(place.out, rules, reference, total, number)
    while at < end:
        at += read_utf8(at, end, &code)
        cost = cost_of(all, rules, way, code)
        if units + cost > rules.part[way]:
            place.part += 1
            offsets[place.part] = out - begin
            number += 1
            units = 0
            out = put_header(out, rules, reference, total, number)
        units += cost
        out = put(out, all, rules, way, code)
    place.out = out


cdef int make_rules(Rules* rules, tuple first, tuple wide, bytes elements, int width, bint whole) except -1:
    if len(first) < WAY or (wide is not None and len(wide) < WAY):
        raise ValueError(f"no ways: {first!r}, {wide!r}")
    rules.alphabet = first[0]
    rules.strict = first[3]
    rules.wide = wide is not None
    rules.whole = whole
    if rules.alphabet not in (GSM7, ASCII, LATIN1, UCS2) or first[1] or first[2]:
        raise ValueError(f"no way that is written here: {first!r}")
    rules.room[FIRST], rules.part[FIRST] = first[4], first[5]
    rules.room[WIDE], rules.part[WIDE] = (wide or first)[4], (wide or first)[5]
    rules.width = width
    rules.extra = len(elements)
    if rules.extra > MOST_HEADER or width not in (0, 1, 2) or min(rules.part[FIRST], rules.part[WIDE]) < 2:
        raise ValueError("header elements leave no room for text")
    memcpy(rules.elements, <const uint8_t*>elements, rules.extra)
    return 0


cdef class Writer:
    """Texts as UTF-8 between offsets, written in ``first`` or else in ``wide``.

    They are copied, so that the caller may write to that memory afterwards.
    Both are ways as in ``text.ways``; ``wide`` is UCS-2, or None where ``first`` is all. ``elements`` are octets of a
    header (without its length) that stands before every part; ``width`` is the octets of a reference in the header of a
    part, 0 for none; ``whole`` leaves long texts uncut.

    >>> import numpy as np
    >>> ways = (1, 0, 0, True, 160, 153, 0), (5, 0, 0, True, 70, 67, 99)
    >>> writer = Writer("aé".encode() + bytes([0xD0, 0x96]), np.array([0, 3, 5, 5]), *ways)
    >>> list(writer.way), list(writer.parts), list(writer.units)
    ([1, 2, 0], [1, 1, 0], [2, 1, 0])
    >>> writer.write(np.zeros(3, np.int64))[0]
    b'a\\x05\\x04\\x16'
    """

    cdef Rules rules
    cdef const uint8_t[::1] octets
    cdef const int64_t[::1] offsets
    cdef readonly object way        # uint8 for each row: 0 empty, 1 first, 2 wide, 3 foreign
    cdef readonly object parts      # int32
    cdef readonly object units      # int64, of the whole text
    cdef int64_t total              # octets that will be written

    def __cinit__(self, const uint8_t[::1] octets not None, const int64_t[::1] offsets not None, tuple first not None,
                  tuple wide=None, *, bytes elements=b"", int width=1, bint whole=False):
        """Look at every text, without the GIL."""
        cdef Py_ssize_t i, count = offsets.shape[0] - 1
        cdef uint8_t[::1] ways
        cdef int32_t[::1] parts
        cdef int64_t[::1] units
        cdef const uint8_t* text
        cdef const Tables* all = tables()
        cdef Size size
        cdef bint inside = count >= 0
        make_rules(&self.rules, first, wide, elements, width, whole)
        self.octets, self.offsets = bytes(octets), memoryview(bytes(offsets)).cast("q")
        octets, offsets = self.octets, self.offsets
        for i in range(count):
            inside &= 0 <= offsets[i] <= offsets[i + 1] <= octets.shape[0]
        if not inside:
            raise ValueError("a text does not lie inside the octets")
        buffers = bytearray(count), bytearray(4 * count), bytearray(8 * count)
        ways, parts, units = buffers[0], memoryview(buffers[1]).cast("i"), memoryview(buffers[2]).cast("q")
        self.way = memoryview(buffers[0]).toreadonly()
        self.parts = memoryview(buffers[1]).toreadonly().cast("i")  # write() trusts them
        self.units = memoryview(buffers[2]).toreadonly().cast("q")
        self.total = 0
        if octets.shape[0] == 0:
            return
        text = &octets[0]
        with nogil:
            for i in range(count):
                size = size_of(all, &self.rules, text + offsets[i], text + offsets[i + 1])
                ways[i] = <uint8_t>size.way
                parts[i] = size.parts
                units[i] = max(size.units, 0)
                if size.parts:
                    self.total += size.octets

    def write(self, const int64_t[::1] reference not None):
        """Return (octets of all parts, offsets int64, row int64, number int16) of the rows that are written here.

        ``reference`` is that of each row; only those of long texts are used.
        """
        cdef Py_ssize_t i, rows = self.offsets.shape[0] - 1, count = 0
        cdef const uint8_t[::1] ways = self.way
        cdef const int32_t[::1] parts = self.parts
        cdef int64_t[::1] offsets, row
        cdef int16_t[::1] number
        cdef const Tables* all = tables()
        cdef const uint8_t* text
        cdef uint8_t* begin
        cdef Place place
        if reference.shape[0] != rows:
            raise ValueError(f"{reference.shape[0]} references for {rows} texts")
        for i in range(rows):
            count += parts[i]
        written = PyBytes_FromStringAndSize(NULL, self.total)
        begin = <uint8_t*>PyBytes_AS_STRING(written)
        columns = bytearray(8 * (count + 1)), bytearray(8 * count), bytearray(2 * count)
        offsets = memoryview(columns[0]).cast("q")
        row, number = memoryview(columns[1]).cast("q"), memoryview(columns[2]).cast("h")
        place.out = begin
        place.part = 0
        if count:
            text = &self.octets[0]
            with nogil:
                for i in range(rows):
                    if parts[i]:
                        self.put_row(i, ways[i], parts[i], reference[i], text, begin, &offsets[0], &row[0], &number[0],
                                     all, &place)
        return written, *columns

    cdef void put_row(self, Py_ssize_t i, int way, int32_t parts, int64_t reference, const uint8_t* text,
                      uint8_t* begin, int64_t* offsets, int64_t* row, int16_t* number, const Tables* all,
                      Place* place) noexcept nogil:
        cdef const uint8_t* at = text + self.offsets[i]
        cdef const uint8_t* end = text + self.offsets[i + 1]
        cdef Py_ssize_t first = place.part
        cdef int32_t part
        if parts == 1:
            place.out = put_header(place.out, &self.rules, reference, 1, 1)
            place.out = put_short(place.out, all, &self.rules, way, at, end)
        else:
            put_long(place, begin, offsets, all, &self.rules, way, at, end, parts, reference)
        place.part += 1
        offsets[place.part] = place.out - begin
        for part in range(parts):
            row[first + part] = i
            number[first + part] = <int16_t>(part + 1)
