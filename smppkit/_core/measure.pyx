"""What a text costs in an alphabet: units of its characters, parts of its length, the best of several ways."""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH
from libc.stdint cimport int64_t, uint8_t, uint32_t

from .alphabet cimport (
    ASCII, CYRILLIC, GSM7, GSM7_PACKED, HEBREW, LANGUAGES, LATIN1, NONE, UCS2, Tables,
    code_at, kind_of, plain8, septet_of, tables,
)

from smppkit.errors import TextError
from smppkit.spec import alphabets as _spec


cdef struct Way:            # one way to write a text: an alphabet and what fits a message with its headers
    int alphabet
    int locking
    int single
    bint strict             # leave disputed cells alone
    Py_ssize_t whole        # units of a message that stands alone
    Py_ssize_t part         # units of each part of a long one
    int rank                # among ways of as many parts the lowest rank is taken, then the fewest units

cdef struct Count:
    Py_ssize_t units        # -1: a character is not in the alphabet
    Py_ssize_t parts


cdef inline int septets_of(const Tables* all, uint32_t code, int locking, int single, bint strict) noexcept nogil:
    cdef uint8_t septet
    if septet_of(all, all.locking_pages[locking], code) != NONE:
        return 1
    septet = septet_of(all, all.single_pages[single], code)
    return 0 if septet == NONE or strict and all.disputed[single][septet] else 2


cdef inline int units_of(const Tables* all, uint32_t code, const Way* way) noexcept nogil:
    """Septets, octets or 16-bit units of one character; 0 when the alphabet has no such character."""
    if way.alphabet <= GSM7_PACKED:
        return septets_of(all, code, way.locking, way.single, way.strict)
    if code > 0xFFFF:
        return 2 if way.alphabet == UCS2 else 0
    if way.alphabet == UCS2:
        return code & 0xF800 != 0xD800
    return all.members[way.alphabet][code >> 3] >> (code & 7) & 1


cdef Py_ssize_t fill(int kind, const void* data, Py_ssize_t start, Py_ssize_t count, Py_ssize_t room, const Way* way,
                     Py_ssize_t* units) noexcept nogil:
    """Return where a part ends that begins at ``start`` and takes whole characters while they fit."""
    cdef const Tables* all = tables()
    cdef int cost
    units[0] = 0
    while start < count:
        cost = units_of(all, code_at(kind, data, start), way)
        if cost == 0 or units[0] + cost > room:
            break
        units[0] += cost
        start += 1
    return start


cdef Count measure_data(int kind, const void* data, Py_ssize_t count, const Way* way) noexcept nogil:
    cdef const Tables* all = tables()
    cdef bint quick = kind == 1 and way.alphabet == GSM7 and all.plain[way.locking]
    cdef Count found
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t stop
    cdef Py_ssize_t units
    cdef int cost
    found.units = 0
    found.parts = 1
    while at < count:
        if quick and at + 8 <= count and plain8(<uint8_t*>data + at):
            found.units += 8
            at += 8
            continue
        stop = min(at + 8, count)
        while at < stop:
            cost = units_of(all, code_at(kind, data, at), way)
            if cost == 0:
                found.units = -1
                return found
            found.units += cost
            at += 1
    if found.units <= way.whole:
        return found
    if found.units == count:            # no character of two units: every part but the last is full
        found.parts = count // way.part + (count % way.part > 0)
        return found
    found.parts = at = 0
    while at < count:
        at = fill(kind, data, at, count, way.part, way, &units)
        found.parts += 1
    return found


_ALPHABETS = {
    ASCII: "ASCII", LATIN1: "ISO-8859-1", UCS2: "UCS-2", CYRILLIC: "ISO-8859-5", HEBREW: "ISO-8859-8",
}


def not_held(text, int alphabet, int locking=0, int single=0):
    """Return the ``TextError`` that names the characters of ``text`` that the alphabet lacks, and their places.

    >>> str(not_held("a☃", 3))
    "'☃' (position 1) is not in ASCII"
    """
    cdef list places = unheld(text, alphabet, locking, single)
    cdef list shown = []
    # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
    for place in places[:5]:
        shown.append(f"{text[place]!r} (position {place})")
    cdef str where = _ALPHABETS.get(alphabet, "the GSM 7-bit alphabet")
    if len(places) > 5:
        shown.append(f"{len(places) - 5} more")
    if locking or single:
        names = {_spec.LANGUAGES[number].name for number in (locking, single) if number}
        where += " with the " + " and ".join(sorted(names)) + " shift tables"
    last = shown.pop()
    first = ", ".join(shown)
    return TextError(f"{first + ' and ' if first else ''}{last} {'are' if first else 'is'} not in {where}")


cdef Way make_way(tuple row) except *:
    cdef Way way
    way.alphabet, way.locking, way.single, way.strict, way.whole, way.part, way.rank = row
    if way.alphabet < GSM7 or way.alphabet > HEBREW or way.part < 2:
        raise ValueError(f"no way to write a text: {row!r}")
    if not (0 <= way.locking < LANGUAGES and 0 <= way.single < LANGUAGES):
        raise ValueError(f"no way to write a text: {row!r}")
    return way


def unheld(text, int alphabet, int locking=0, int single=0):
    """Return the positions of the characters that the alphabet does not hold.

    >>> unheld("naïve ☃", 1)
    [2, 6]
    """
    cdef Way way = make_way((alphabet, locking, single, False, 0, 2, 0))
    cdef int kind = kind_of(text)
    cdef const void* data = PyUnicode_DATA(text)
    cdef const Tables* all = tables()
    cdef Py_ssize_t i
    cdef list found = []
    for i in range(PyUnicode_GET_LENGTH(text)):
        if units_of(all, code_at(kind, data, i), &way) == 0:
            found.append(i)
    return found


def fit(text, Py_ssize_t start, Py_ssize_t room, tuple way not None):
    """Return (end, units) of the longest run of whole characters from ``start`` that fits ``room`` units.

    >>> fit("ab€", 0, 3, (1, 0, 0, False, 160, 153, 0))
    (2, 2)
    """
    cdef Way chosen = make_way(way)
    cdef Py_ssize_t units
    cdef Py_ssize_t end = fill(kind_of(text), PyUnicode_DATA(text), max(0, start), PyUnicode_GET_LENGTH(text), room,
                               &chosen, &units)
    return end, units


def fit_back(text, Py_ssize_t end, Py_ssize_t room, tuple way not None):
    """Return where the longest run of whole characters begins that ends before ``end`` and fits ``room`` units.

    >>> fit_back("ab€", 3, 3, (1, 0, 0, False, 160, 153, 0))
    1
    """
    cdef Way chosen = make_way(way)
    cdef int kind = kind_of(text)
    cdef const void* data = PyUnicode_DATA(text)
    cdef const Tables* all = tables()
    cdef int cost
    end = min(end, PyUnicode_GET_LENGTH(text))
    while end > 0:
        cost = units_of(all, code_at(kind, data, end - 1), &chosen)
        if cost == 0 or cost > room:
            break
        room -= cost
        end -= 1
    return end


cdef enum:
    WAYS = 64

cdef struct Ways:
    Way rows[WAYS]
    int count


cdef int make_ways(tuple rows, Ways* ways) except -1:
    cdef int i
    ways.count = len(rows)
    if ways.count > WAYS:
        raise ValueError(f"{len(rows)} ways to write a text, at most {WAYS}")
    for i in range(ways.count):
        ways.rows[i] = make_way(rows[i])
    return 0


cdef inline bint better(Count one, int rank, Count other, int other_rank) noexcept nogil:
    if one.parts != other.parts:
        return one.parts < other.parts
    return rank < other_rank if rank != other_rank else one.units < other.units


cdef int best_way(object text, const Ways* ways, Count* best) except -2:
    """Fewest parts first, then the lowest rank, then the fewest units; -1 when no way holds the text."""
    cdef int kind = kind_of(text)
    cdef const void* data = PyUnicode_DATA(text)
    cdef int chosen = -1
    cdef int i
    cdef Count found
    best.units = best.parts = 0
    for i in range(ways.count):
        found = measure_data(kind, data, PyUnicode_GET_LENGTH(text), &ways.rows[i])
        if found.units < 0:
            continue
        if chosen < 0 or better(found, ways.rows[i].rank, best[0], ways.rows[chosen].rank):
            best[0] = found
            chosen = i
        if found.parts == 1 and ways.rows[i].rank == 0:
            break
    return chosen


def choose(text, tuple ways not None):
    """Return (index of the best way, its units, its parts); index -1 when no way holds the text.

    A way is (alphabet, locking, single, strict, units of a whole message, units of a part, rank).

    >>> choose("Hello €", ((1, 0, 0, True, 160, 153, 0), (5, 0, 0, True, 70, 67, 9)))
    (0, 8, 1)
    """
    cdef Ways rows
    cdef Count found
    make_ways(ways, &rows)
    chosen = best_way(text, &rows, &found)
    return chosen, found.units, found.parts


def choose_many(list texts not None, tuple ways not None):
    """``choose`` for each text: bytearrays of int64 for way, units, parts, characters; way -2 where there is no str.

    >>> [memoryview(column).cast("q").tolist() for column in choose_many(["a", None], ((1, 0, 0, True, 160, 153, 0),))]
    [[0, -2], [1, 0], [1, 0], [1, 0]]
    """
    cdef Py_ssize_t count = len(texts)
    cdef tuple columns = (bytearray(8 * count), bytearray(8 * count), bytearray(8 * count), bytearray(8 * count))
    cdef int64_t[::1] chosen = memoryview(columns[0]).cast("q")
    cdef int64_t[::1] units = memoryview(columns[1]).cast("q")
    cdef int64_t[::1] parts = memoryview(columns[2]).cast("q")
    cdef int64_t[::1] characters = memoryview(columns[3]).cast("q")
    cdef Ways rows
    cdef Count found
    cdef Py_ssize_t i
    make_ways(ways, &rows)
    for i in range(count):
        text = texts[i]
        if not isinstance(text, str):
            chosen[i] = -2
            continue
        chosen[i] = best_way(text, &rows, &found)
        units[i] = found.units
        parts[i] = found.parts
        characters[i] = PyUnicode_GET_LENGTH(text)
    return columns
