"""Charsets of several octets a character, those of JIS and KS, to UTF-8: as Python's codecs read them with "replace".

Their tables are learned from those codecs, all pairs of octets at once, when a text first needs them: 64 KiB each.
What is no character is U+FFFD, as often as Python writes it: once for each octet that begins none, for a pair of
ISO-2022-JP that is none, for an escape sequence that means nothing here, and for all that is left where the end cuts
off a character or an escape sequence.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport uint8_t, uint16_t
from libc.string cimport memcpy

from .alphabet cimport ALPHABET_COUNT, EXTENDED_KANJI, ISO_2022_JP, JIS, KS_C_5601, UNKNOWN
from .utf8 cimport copy_while_ascii, put_unit, put_unknown

from smppkit.spec import alphabets as _spec

cdef enum:
    ESC = 0x1B
    THREE = 0x8F                # EUC-JP: two octets of JIS X 0212 follow
    LONGEST_ESCAPE = 16         # octets of a sequence of ISO-2022 among which its end is looked for
    LETTER = 0xA4               # EUC-KR: the first octet of each of the four pairs that spell a syllable by its letters
    FILLER = 0xD4               # the second octet of the first pair, and of a last letter that is not there
    SPELT = 8                   # octets of such a syllable (KS X 1001, annex 3)
    FIRST_SYLLABLE = 0xAC00     # Unicode: for each first letter each vowel, for each of these each last letter or none
    FIRSTS = 19
    VOWELS = 21
    LASTS = 28

cdef extern from *:
    """
    /* A flag that threads without a lock look at: who sees it set sees all that was written before. */
    #if defined(__GNUC__) || defined(__clang__)
    #define set_flag(flag) __atomic_store_n(flag, 1, __ATOMIC_RELEASE)
    #define is_set(flag) __atomic_load_n(flag, __ATOMIC_ACQUIRE)
    #else                                   /* a compiler whose volatile means that */
    #define set_flag(flag) (*(volatile char *)(flag) = 1)
    #define is_set(flag) (*(const volatile char *)(flag))
    #endif
    """
    void set_flag(char* flag) noexcept nogil
    char is_set(const char* flag) noexcept nogil

cdef enum Mode:                 # what the octets of ISO-2022-JP mean (RFC 1468)
    PLAIN = 0                   # ASCII
    ROMAN = 1                   # JIS X 0201, an octet a character
    KANJI = 2                   # JIS X 0208, two octets a character

cdef struct Charset:            # code points, 0 where there is none
    char made
    uint16_t single[256]        # an octet alone, ASCII left out; of ISO-2022-JP JIS X 0201
    uint16_t pairs[128 * 256]   # at place_of() a pair

cdef struct Letters:            # their numbers in the order of Unicode, by the second octet; -1 where it is none
    int first[256]
    int vowel[256]
    int last[256]

cdef bytes NO_LETTER = bytes((LETTER, FILLER))
cdef bytes SOME_FIRST = b"\xa4\xa1"
cdef bytes SOME_VOWEL = b"\xa4\xbf"

cdef Charset CHARSETS[ALPHABET_COUNT - JIS]
cdef uint16_t THREES[128 * 256]
cdef Letters LETTERS


cdef bint is_made(int alphabet) noexcept nogil:
    """Whether texts can be read; those of other alphabets always can."""
    return not has_several(alphabet) or is_set(&CHARSETS[alphabet - JIS].made)


cdef inline int place_of(uint8_t first, uint8_t second) noexcept nogil:
    return (first & 0x7F) << 8 | second


# ---- tables, learned when they are first needed ----

cdef bytes lines_of(bytes before, int first, int second, int end):
    """A line for each pair of octets from these two on."""
    cdef Py_ssize_t size = len(before)
    cdef bytes lines = PyBytes_FromStringAndSize(NULL, (end - first) * (end - second) * (size + 3))
    cdef uint8_t* at = <uint8_t*>PyBytes_AS_STRING(lines)
    cdef int one, other
    for one in range(first, end):
        for other in range(second, end):
            memcpy(at, <const uint8_t*>before, size)
            at[size], at[size + 1], at[size + 2] = one, other, c"\n"
            at += size + 3
    return lines


cdef int learn_pairs(uint16_t* pairs, str codec, bytes opening, bytes before, int first, int second,
                     int end) except -1:
    """Where a line is one character after reading, that is what the pair means, behind what stands before it."""
    cdef str text = (opening + lines_of(before, first, second, end)).decode(codec, "replace")
    cdef int kind = PyUnicode_KIND(text)
    cdef const void* data = PyUnicode_DATA(text)
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t stop = 0
    cdef int one, other
    cdef Py_UCS4 code
    for one in range(first, end):
        for other in range(second, end):
            while stop < len(text) and PyUnicode_READ(kind, data, stop) != c"\n":
                stop += 1
            code = PyUnicode_READ(kind, data, at) if stop == at + 1 else UNKNOWN
            pairs[place_of(one, other)] = 0 if code == UNKNOWN else code
            at = stop = stop + 1
    return 0


cdef int code_of(bytes octets, str codec) except -1:
    """The character that these octets are; 0 where they are none, or several."""
    cdef str text = octets.decode(codec, "replace")
    return ord(text) if len(text) == 1 and text != "\ufffd" else 0


cdef int learn_single(uint16_t* single, str codec, bytes opening) except -1:
    cdef int octet
    for octet in range(0x100):
        single[octet] = code_of(opening + bytes((octet,)), codec)
    return 0


cdef int number_of(bytes letters, str codec, int step, int count) except -2:
    """Which of so many letters in the order of Unicode, each ``step`` syllables apart, a syllable has; -1 for none."""
    cdef int code = code_of(letters, codec)
    return (code - FIRST_SYLLABLE) // step % count if code else -1


cdef int learn_letters(str codec) except -1:
    cdef int octet
    cdef bytes letter
    for octet in range(0x100):
        letter = bytes((LETTER, octet))
        LETTERS.first[octet] = number_of(NO_LETTER + letter + SOME_VOWEL + NO_LETTER, codec, VOWELS * LASTS, FIRSTS)
        LETTERS.vowel[octet] = number_of(NO_LETTER + SOME_FIRST + letter + NO_LETTER, codec, LASTS, VOWELS)
        LETTERS.last[octet] = number_of(NO_LETTER + SOME_FIRST + SOME_VOWEL + letter, codec, 1, LASTS)
    return 0


cdef int make(int alphabet) except -1:
    """Learn what is_made() tells is not known yet. Two threads that do so at once write the same."""
    cdef Charset* charset
    cdef str codec
    if is_made(alphabet):
        return 0
    charset = &CHARSETS[alphabet - JIS]
    codec = _spec.CODECS[_spec.NAMES[alphabet]]
    if alphabet == ISO_2022_JP:
        learn_single(charset.single, codec, b"\x1b(J")
        learn_pairs(charset.pairs, codec, b"\x1b$B", b"", 0x20, 0x20, 0x80)
    else:
        learn_single(charset.single, codec, b"")
        learn_pairs(charset.pairs, codec, b"", b"", 0x80, 0x40, 0x100)
    if alphabet == EXTENDED_KANJI:
        learn_pairs(THREES, codec, b"", b"\x8f", 0x80, 0x80, 0x100)
    if alphabet == KS_C_5601:
        learn_letters(codec)
    set_flag(&charset.made)
    return 0


# ---- octets that may be the first of several: Shift-JIS, EUC ----

cdef inline uint8_t* put_three(const uint8_t* octets, Py_ssize_t left, Py_ssize_t* taken, uint8_t* out) noexcept nogil:
    """EUC-JP: a character of JIS X 0212."""
    cdef uint16_t code
    if left < 3:
        taken[0] = left
        return put_unknown(out)
    code = THREES[place_of(octets[1], octets[2])] if octets[1] & 0x80 else 0
    if code == 0:
        return put_unknown(out)
    taken[0] = 3
    return put_unit(out, code)


cdef inline uint8_t* put_syllable(const uint8_t* octets, Py_ssize_t left, Py_ssize_t* taken,
                                  uint8_t* out) noexcept nogil:
    """EUC-KR: a syllable that is spelt by its letters."""
    cdef int first, vowel, last
    if left < SPELT:
        taken[0] = left
        return put_unknown(out)
    first, vowel, last = LETTERS.first[octets[3]], LETTERS.vowel[octets[5]], LETTERS.last[octets[7]]
    if not octets[2] == octets[4] == octets[6] == LETTER or first < 0 or vowel < 0 or last < 0:
        return put_unknown(out)
    taken[0] = SPELT
    return put_unit(out, FIRST_SYLLABLE + (first * VOWELS + vowel) * LASTS + last)


cdef inline uint8_t* put_rare(int alphabet, const uint8_t* octets, Py_ssize_t left, Py_ssize_t* taken,
                              uint8_t* out) noexcept nogil:
    """What begins with an octet that is no character alone, nor with the next one."""
    taken[0] = 1
    if alphabet == EXTENDED_KANJI and octets[0] == THREE:
        return put_three(octets, left, taken, out)
    if alphabet == KS_C_5601 and left > 1 and octets[0] == LETTER and octets[1] == FILLER:
        return put_syllable(octets, left, taken, out)
    return put_unknown(out)


cdef uint8_t* mixed_to_utf8(int alphabet, const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    cdef const Charset* charset = &CHARSETS[alphabet - JIS]
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t taken
    cdef uint16_t code
    cdef uint8_t first
    while i < count:
        first = octets[i]               # read once: the caller may write there meanwhile
        if first < 0x80:
            taken = copy_while_ascii(octets + i, count - i, out)
            if taken == 0:              # fewer than eight of them
                out[0] = first
                taken = 1
            out += taken
            i += taken
            continue
        code = charset.single[first]
        if code:
            out = put_unit(out, code)
            i += 1
            continue
        code = charset.pairs[place_of(first, octets[i + 1])] if i + 1 < count else 0
        if code:
            out = put_unit(out, code)
            i += 2
            continue
        out = put_rare(alphabet, octets + i, count - i, &taken, out)
        i += taken
    return out


# ---- charsets that escape sequences choose: ISO-2022-JP ----

cdef inline bint is_last(uint8_t octet) noexcept nogil:
    """Whether an escape sequence ends with it."""
    return c"@" <= octet <= c"Z"


cdef inline Py_ssize_t escape_size(const uint8_t* octets, Py_ssize_t left) noexcept nogil:
    """The octets of an escape sequence of ISO 2022; of one without an end only the first, or all that is left."""
    cdef Py_ssize_t i = 1
    while i < LONGEST_ESCAPE:
        if i >= left:
            return left
        if is_last(octets[i]):
            return i + 1
        if octets[i] == c"&" and i + 1 < left and octets[i + 1] == c"@":
            i += 2                      # which revision of the charset is meant that the next sequence chooses
        i += 1
    return 1


cdef inline bint is_known(const uint8_t* octets, Py_ssize_t size, Mode* mode) noexcept nogil:
    """Whether an escape sequence chooses a charset that is known here, which becomes the mode if meant at once."""
    cdef bint known, wide = octets[1] == c"$"
    cdef uint8_t last, where
    if size < 3:
        return False
    where, last = octets[size - 2], octets[size - 1]
    if size == 6:                       # of JIS X 0208-1990, behind the mark of its revision
        wide = octets[3] == ESC and octets[4] == c"$" and last == c"B"
        where = c"("
        if not wide:
            return False
    elif size == 3 and wide:
        where = c"("
    elif size != (4 if wide else 3) or not (where == c"(" or where == c")"):
        return False
    known = last == c"B" or last == (c"@" if wide else c"J")
    if known and where == c"(":
        mode[0] = KANJI if wide else PLAIN if last == c"B" else ROMAN
    return known


cdef inline uint8_t* put_escape(const uint8_t* octets, Py_ssize_t left, Py_ssize_t* taken, Mode* mode,
                                bint* verbatim, uint8_t* out) noexcept nogil:
    cdef uint8_t kind
    taken[0] = 1
    if left < 2:
        return put_unknown(out)
    kind = octets[1]
    if not (kind == c"(" or kind == c")" or kind == c"$" or kind == c"." or kind == c"&"):
        verbatim[0] = True
        out[0] = ESC
        return out + 1
    taken[0] = escape_size(octets, left)
    return out if is_known(octets, taken[0], mode) else put_unknown(out)


cdef inline uint8_t* put_in_mode(Mode mode, const uint8_t* octets, Py_ssize_t left, Py_ssize_t* taken,
                                 uint8_t* out) noexcept nogil:
    """A character that no escape sequence is part of."""
    cdef const Charset* charset = &CHARSETS[ISO_2022_JP - JIS]
    cdef uint8_t first = octets[0]
    cdef uint16_t code
    taken[0] = 1
    if first >= 0x80:
        return put_unknown(out)
    if first < 0x20 or mode == PLAIN:   # control characters are the same everywhere
        return put_unit(out, first)
    if mode == ROMAN:
        return put_unit(out, charset.single[first])
    if left < 2:
        return put_unknown(out)
    taken[0] = 2
    code = charset.pairs[place_of(first, octets[1])]
    return put_unit(out, code) if code else put_unknown(out)


cdef uint8_t* escaped_to_utf8(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    cdef Mode mode = PLAIN
    cdef bint verbatim = False          # in an escape sequence that is none of ISO 2022: as it is, up to its end
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t taken = 1
    cdef uint8_t octet
    while i < count:
        octet = octets[i]
        if verbatim:
            out = put_unit(out, octet)
            verbatim = not is_last(octet)
            i += 1
            continue
        if octet == ESC:
            out = put_escape(octets + i, count - i, &taken, &mode, &verbatim, out)
        else:
            out = put_in_mode(mode, octets + i, count - i, &taken, out)
        i += taken
    return out


cdef uint8_t* several_to_utf8(int alphabet, const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """A charset that is made; at most four octets for each, and put_unit() writes two more."""
    if alphabet == ISO_2022_JP:
        return escaped_to_utf8(octets, count, out)
    return mixed_to_utf8(alphabet, octets, count, out)
