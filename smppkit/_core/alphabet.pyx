"""Alphabets of message text: their tables; septets, octets and 16-bit units to UTF-8; no PDUs.

The tables are made once, from ``smppkit.spec.alphabets``, and never change afterwards.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit.spec import alphabets as _spec

from .charsets cimport has_several, is_made, make, several_to_utf8
from .packing cimport load, load_few, packed_count, store_2, store_4, unpack_septets
from .utf8 cimport copy_while_ascii, put_astral, put_unit, put_unknown

ALPHABETS = _spec.NAMES         # by number

cdef Tables TABLES


cdef const Tables* tables() noexcept nogil:
    return &TABLES


# ---- tables, once at import ----

cdef Glyph glyph(unsigned int code) noexcept nogil:
    cdef Glyph made
    made.octets[0] = <uint8_t>code
    made.octets[1] = made.octets[2] = 0
    made.length = 1
    if code < 0x80:
        return made
    if code < 0x800:
        made.octets[0] = <uint8_t>(0xC0 | code >> 6)
        made.octets[1] = <uint8_t>(0x80 | code & 0x3F)
        made.length = 2
    else:
        made.octets[0] = <uint8_t>(0xE0 | code >> 12)
        made.octets[1] = <uint8_t>(0x80 | code >> 6 & 0x3F)
        made.octets[2] = <uint8_t>(0x80 | code & 0x3F)
        made.length = 3
    return made


cdef int enter(uint8_t* index, int used, int septet, unsigned int code) except -1:
    cdef uint8_t* page
    if index[code >> 8] == 0:
        if used + 1 == POOL:
            raise MemoryError("the national language tables need more pages than POOL")
        used += 1
        index[code >> 8] = used
    page = TABLES.pages[index[code >> 8]]
    if page[code & 0xFF] == NONE:       # a character that stands twice is written by its first septet
        page[code & 0xFF] = septet
    return used


cdef int make_language(int number, tuple locking, tuple single, int used) except -1:
    cdef int septet
    cdef unsigned int code
    cdef uint8_t same[8]
    for septet in range(128):
        code = locking[septet]
        TABLES.locking[number][septet] = code
        TABLES.locking_glyphs[number][septet] = glyph(code or UNKNOWN)
        if code:
            used = enter(TABLES.locking_pages[number], used, septet, code)
        code = single[septet]
        if code:
            used = enter(TABLES.single_pages[number], used, septet, code)
        # A gap of a national table is read by the extension table, as receivers do that know only that one.
        TABLES.single[number][septet] = code or _spec.LANGUAGES[0].single[septet]
        TABLES.single_glyphs[number][septet] = glyph(TABLES.single[number][septet] or UNKNOWN)
    TABLES.plain[number] = 1
    for septet in range(128):
        memset(same, septet, 8)
        if plain8(same) and TABLES.locking[number][septet] != septet:
            TABLES.plain[number] = 0
    return used


cdef int make_tables() except -1:
    cdef int used = 0
    memset(&TABLES, 0, sizeof(TABLES))
    memset(TABLES.pages, NONE, sizeof(TABLES.pages))
    for row in _spec.LANGUAGES:
        used = make_language(row.identifier, row.locking or _spec.LANGUAGES[0].locking, row.single, used)
        for septet in _spec.DISPUTED.get(row.name, ()):
            TABLES.disputed[row.identifier][septet] = 1
    for alphabet, codec in ((ASCII, "ascii"), (LATIN1, "latin-1"), (CYRILLIC, "iso8859-5"), (HEBREW, "iso8859-8")):
        make_charset(alphabet, bytes(range(256)).decode(codec, "replace"))
    for coding in range(256):
        TABLES.codings[coding] = coding_alphabet(coding)
    return 0


cdef int make_charset(int alphabet, str characters) except -1:
    cdef int octet
    cdef unsigned int code
    for octet in range(256):
        code = ord(characters[octet])
        TABLES.charsets[alphabet][octet] = glyph(code)
        if code != UNKNOWN:
            TABLES.members[alphabet][code >> 3] |= 1 << (code & 7)
    return 0


cdef int coding_alphabet(int coding) except -1:
    """SMPP 3.4, 5.2.19 up to 0x0F; above it TS 23.038, section 4, whose reserved codings mean the default alphabet."""
    cdef int group = coding >> 4
    if coding < 0x10:
        return ALPHABETS.index(_spec.CODINGS.get(coding, "octets"))
    if group < 0x8:                     # general groups; bit 5: compressed
        return OCTETS if coding & 0x20 else general_alphabet(coding >> 2 & 3)
    if group < 0xE:                     # reserved; message waiting with the default alphabet
        return GSM7
    if group == 0xE:
        return UCS2
    return OCTETS if coding & 0x04 else GSM7


cdef int general_alphabet(int bits) except -1:
    if bits == 1:
        return OCTETS
    return UCS2 if bits == 2 else GSM7


cdef const uint8_t* default_codings() noexcept nogil:
    return TABLES.codings


# ---- to UTF-8, for columns ----

cdef Py_ssize_t utf8_bound(Py_ssize_t octets) noexcept nogil:
    return 4 * octets + 32              # slack: glyphs are stored four octets at a time


cdef inline uint8_t* put(uint8_t* out, const Glyph* made) noexcept nogil:
    memcpy(out, made, 4)
    return out + made.length


cdef uint8_t* septets_to_utf8(const uint8_t* septets, Py_ssize_t count, int locking, int single, bint* escaped,
                              uint8_t* out) noexcept nogil:
    """``escaped`` carries an escape over the end of a chunk."""
    cdef const Glyph* main = TABLES.locking_glyphs[locking]
    cdef bint plain = TABLES.plain[locking]
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t stop
    cdef uint8_t septet
    while i < count:
        if plain and not escaped[0]:
            stop = copy_while_plain(septets + i, count - i, out)
            out += stop
            i += stop
        stop = min(i + 8, count)
        while i < stop:
            septet = septets[i]
            i += 1
            if septet > 0x7F:
                if escaped[0]:          # cut off by an octet that is no septet: both are unknown
                    out = put_unknown(out)
                out = put_unknown(out)
                escaped[0] = False
            elif escaped[0]:
                out = put_escaped(out, septet, locking, single)
                escaped[0] = False
            elif septet == ESCAPE:
                escaped[0] = True
            else:
                out = put(out, &main[septet])
    return out


cdef inline uint8_t* put_escaped(uint8_t* out, uint8_t septet, int locking, int single) noexcept nogil:
    """A septet after the escape; without a character there it shows as in the main table, an escape as a space."""
    if septet == ESCAPE:
        out[0] = 0x20
        return out + 1
    if TABLES.single[single][septet]:
        return put(out, &TABLES.single_glyphs[single][septet])
    return put(out, &TABLES.locking_glyphs[locking][septet])


cdef uint8_t* gsm7_to_utf8(const uint8_t* octets, Py_ssize_t count, int locking, int single,
                           uint8_t* out) noexcept nogil:
    cdef bint escaped = False
    cdef Py_ssize_t plain = copy_while_plain(octets, count, out) if TABLES.plain[locking] else 0
    out += plain
    if plain == count:                  # as most texts are
        return out
    out = septets_to_utf8(octets + plain, count - plain, locking, single, &escaped, out)
    return put_unknown(out) if escaped else out


cdef uint8_t* packed_to_utf8(const uint8_t* octets, Py_ssize_t count, int locking, int single, int fill_bits,
                             uint8_t* out) noexcept nogil:
    cdef uint8_t chunk[256]
    cdef Py_ssize_t left = packed_count(octets, count, fill_bits)
    cdef Py_ssize_t done = 0
    cdef Py_ssize_t take
    cdef bint escaped = False
    while left > 0:
        take = min(left, 256)
        unpack_septets(octets, count, fill_bits + 7 * done, take, chunk)
        out = septets_to_utf8(chunk, take, locking, single, &escaped, out)
        done += take
        left -= take
    return put_unknown(out) if escaped else out


cdef uint8_t* charset_to_utf8(const Glyph* table, const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """Any charset that holds ASCII as it is."""
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t stop
    while i < count:
        stop = copy_while_ascii(octets + i, count - i, out)
        out += stop
        i += stop
        stop = min(i + 8, count)
        while i < stop:
            out = put(out, &table[octets[i]])
            i += 1
    return out


cdef inline uint64_t four_units(const uint8_t* octets, Py_ssize_t at, Py_ssize_t end, bint big) noexcept nogil:
    """Four 16-bit units as one number, the first lowest; zeros behind the end."""
    cdef uint64_t low = <uint64_t>0x00FF00FF00FF00FF
    cdef uint64_t word
    if end - at >= 8:
        word = load(octets + at)
    elif end >= 8:
        word = load(octets + end - 8) >> 8 * (8 - (end - at))
    else:
        word = load_few(octets + at, end - at)
    return (word & low) << 8 | word >> 8 & low if big else word


@cython.overflowcheck(False)            # sums and differences within a lane of sixteen bits
cdef inline uint8_t* put_short(uint8_t* out, uint64_t units) noexcept nogil:
    """Four units below 0x800, each as two octets, of which the second may be none, without branches to foresee."""
    cdef uint64_t pairs = units >> 6 & <uint64_t>0x001F001F001F001F | (units & <uint64_t>0x003F003F003F003F) << 8
    cdef uint64_t wide = (units & <uint64_t>0x0780078007800780) + <uint64_t>0x7F807F807F807F80
    cdef int _lane
    wide = wide >> 15 & <uint64_t>0x0001000100010001
    pairs |= <uint64_t>0x80C080C080C080C0
    units ^= (units ^ pairs) & ((wide << 16) - wide)
    for _lane in range(4):
        store_2(out, <uint16_t>units)
        out += 1 + (wide & 1)
        units >>= 16
        wide >>= 16
    return out


cdef inline uint8_t* put_ascii(uint8_t* out, uint64_t units) noexcept nogil:
    units = (units | units >> 8) & <uint64_t>0x0000FFFF0000FFFF
    store_4(out, <uint32_t>(units | units >> 16))
    return out + 4


cdef uint8_t* ucs2_to_utf8(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """Big-endian unless a byte order mark says otherwise; the mark is no text."""
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t end = count & ~1
    cdef int high = 0                   # which octet of a unit is the high one
    cdef uint64_t four
    cdef uint32_t unit, low
    if count >= 2 and (octets[0] == 0xFE and octets[1] == 0xFF or octets[0] == 0xFF and octets[1] == 0xFE):
        high = octets[0] == 0xFF
        i = 2
    while i < end:
        four = four_units(octets, i, end, high == 0)
        if not four & <uint64_t>0xF800F800F800F800:
            out = put_short(out, four) if four & <uint64_t>0x0780078007800780 else put_ascii(out, four)
            i += 8
            continue
        unit = octets[i + high] << 8 | octets[i + 1 - high]
        i += 2
        if unit & 0xF800 != 0xD800:
            out = put_unit(out, unit)
            continue
        low = octets[i + high] << 8 | octets[i + 1 - high] if i < end else 0
        if unit >= 0xDC00 or low & 0xFC00 != 0xDC00:
            out = put_unknown(out)
            continue
        i += 2
        out = put_astral(out, 0x10000 + ((unit & 0x3FF) << 10 | low & 0x3FF))
    if i > end:                         # units behind the end were zeros, an octet each
        out -= (i - end) >> 1
    return put_unknown(out) if end < count else out


cdef Py_ssize_t to_utf8(int alphabet, const uint8_t* octets, Py_ssize_t count, int locking, int single, int fill_bits,
                        uint8_t* out) noexcept nogil:
    if locking < 0 or locking >= LANGUAGES:
        locking = 0
    if single < 0 or single >= LANGUAGES:
        single = 0
    if fill_bits < 0 or fill_bits > 6:
        fill_bits = 0
    if alphabet == GSM7:
        return gsm7_to_utf8(octets, count, locking, single, out) - out
    if alphabet == GSM7_PACKED:
        return packed_to_utf8(octets, count, locking, single, fill_bits, out) - out
    if alphabet == UCS2:
        return ucs2_to_utf8(octets, count, out) - out
    if alphabet == ASCII or alphabet == LATIN1 or alphabet == CYRILLIC or alphabet == HEBREW:
        return charset_to_utf8(TABLES.charsets[alphabet], octets, count, out) - out
    if has_several(alphabet) and is_made(alphabet):
        return several_to_utf8(alphabet, octets, count, out) - out
    return 0                            # OCTETS: no text


# ---- for smppkit.text.coding ----

def text_of(int alphabet, octets, int locking=0, int single=0, int fill_bits=0):
    """Return octets of an alphabet as text, as the columns do; U+FFFD for what has none.

    >>> text_of(5, bytes.fromhex("d83dde00"))
    '😀'
    """
    cdef bytes source = octets if isinstance(octets, bytes) else memoryview(octets).tobytes()
    cdef Py_ssize_t count = PyBytes_GET_SIZE(source)
    cdef uint8_t* out = <uint8_t*>PyMem_Malloc(utf8_bound(count))
    if out == NULL:
        raise MemoryError()
    try:
        make(alphabet)
        made = to_utf8(alphabet, <uint8_t*>PyBytes_AS_STRING(source), count, locking, single, fill_bits, out)
        return PyUnicode_DecodeUTF8(<char*>out, made, NULL)
    finally:
        PyMem_Free(out)


def coding_table():
    """Return the alphabet of each data_coding 0 to 255 as 256 octets.

    >>> coding_table()[8]
    5
    """
    return PyBytes_FromStringAndSize(<char*>default_codings(), 256)


make_tables()
