from cpython.unicode cimport PyUnicode_KIND
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from .packing cimport load, load_padded, store
from .sixteen cimport copy_plain_16, odd_octets

cdef enum Alphabet:         # also the values of the table that default_codings() gives
    OCTETS = 0              # binary: no text
    GSM7 = 1                # one septet per octet
    GSM7_PACKED = 2
    ASCII = 3
    LATIN1 = 4
    UCS2 = 5                # UTF-16BE; lone surrogates -> U+FFFD
    CYRILLIC = 6            # ISO-8859-5
    HEBREW = 7              # ISO-8859-8
    JIS = 8                 # the first of those whose characters take several octets: see charsets.pyx
    PICTOGRAM = 9
    ISO_2022_JP = 10
    EXTENDED_KANJI = 11
    KS_C_5601 = 12
    ALPHABET_COUNT = 13

cdef Py_ssize_t utf8_bound(Py_ssize_t octets) noexcept nogil
cdef Py_ssize_t to_utf8(int alphabet, const uint8_t* octets, Py_ssize_t count, int locking, int single, int fill_bits,
                        uint8_t* out) noexcept nogil
cdef const uint8_t* default_codings() noexcept nogil

# ---- between the modules of the text core ----

cdef enum:
    LANGUAGES = 14          # identifiers 0..13; 0 is the default alphabet with its extension table
    ESCAPE = 0x1B
    NONE = 0xFF             # no septet holds the character
    POOL = 128              # pages of 256 code points; one table reaches 2 to 5 of them
    UNKNOWN = 0xFFFD

cdef struct Glyph:          # one character as UTF-8: up to three octets and how many
    uint8_t octets[3]
    uint8_t length

cdef struct Tables:         # made once at import, never changed
    # Reading: code points of [language][septet], 0 where the table has none.
    uint16_t locking[LANGUAGES][128]
    uint16_t single[LANGUAGES][128]
    Glyph locking_glyphs[LANGUAGES][128]
    Glyph single_glyphs[LANGUAGES][128]
    # Writing: [language][code point >> 8] names a page of septets by the low octet; page 0 is empty.
    uint8_t locking_pages[LANGUAGES][256]
    uint8_t single_pages[LANGUAGES][256]
    uint8_t pages[POOL][256]
    uint8_t plain[LANGUAGES]            # 1 where letters, digits and most signs are their own septets
    uint8_t disputed[LANGUAGES][128]    # 1 where a cell of a single shift table is read, but no plan relies on it
    # One octet a character: ASCII, Latin-1, Cyrillic, Hebrew.
    Glyph charsets[JIS][256]
    uint8_t members[JIS][8192]          # a bit for each code point below 0x10000 that the charset holds
    uint8_t codings[256]

cdef const Tables* tables() noexcept nogil


cdef inline bint copy_plain(const uint8_t* octets, Py_ssize_t left, uint8_t* out) noexcept nogil:
    """Copy the next eight octets, or those that are left, if all are plain; eight of ``out`` are written then."""
    cdef uint64_t word = load_padded(octets, left)
    if odd_octets(word):
        return False
    store(out, word)
    return True


cdef inline Py_ssize_t copy_while_plain(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """Copy octets as long as they are plain; how many. Seven octets of ``out`` behind ``count`` may be written too."""
    cdef Py_ssize_t done = 0
    while count - done >= 16:
        if not copy_plain_16(octets + done, out + done):
            count = done + 8            # where the odd one is can be seen closer by half
            break
        done += 16
    else:                               # the last sixteen, some of them again
        if 16 <= done < count and copy_plain_16(octets + count - 16, out + count - 16):
            return count
    while done < count and copy_plain(octets + done, count - done, out + done):
        done += 8
    return min(done, count)


cdef inline bint plain8(const uint8_t* octets) noexcept nogil:
    return odd_octets(load(octets)) == 0


cdef inline int kind_of(object text) except -1:
    """The width of the characters of a str, or of an object that is one too (an enum, a numpy.str_)."""
    if not isinstance(text, str):
        raise TypeError(f"a text is a str, not {type(text).__name__}")
    return PyUnicode_KIND(text)


cdef inline uint32_t code_at(int kind, const void* data, Py_ssize_t index) noexcept nogil:
    """One character of a str; ``kind`` is the width of its characters in octets."""
    if kind == 1:
        return (<const uint8_t*>data)[index]
    return (<const uint16_t*>data)[index] if kind == 2 else (<const uint32_t*>data)[index]


cdef inline uint8_t septet_of(const Tables* all, const uint8_t* pages, uint32_t code) noexcept nogil:
    return all.pages[pages[code >> 8]][code & 0xFF] if code < 0x10000 else <uint8_t>NONE
