"""The scanner of receipt texts (SMPP 3.4, appendix B): one pass over UTF-8 octets, no allocation, no Python, no regex.

A key is a word followed by a colon, at the start of the text or after white space, in any case; its value runs to the
next key. No octet is read more than a few times, so hostile texts cost what honest ones of their length do.
"""

cimport cython
from libc.stdint cimport INT64_MIN, int64_t, uint8_t, uint64_t

from smppkit._core.dates cimport NO_DATE, Moment, days_before, eight, read_date

from smppkit.spec import receipts as _rows

cdef enum:
    COLON = 58
    BLANK = 32          # this octet and those below are white space
    STATES = 10
    SLOTS = 128
    WORD = 16           # octets of the longest stat word
    UNKNOWN = 7
    DIGITS = 18         # any count of so many digits fits an int64

cdef struct StatWord:
    uint64_t head, tail     # upper case, zeros behind
    int state

cdef StatWord STAT_WORDS[SLOTS]
cdef uint8_t FINAL[STATES]
cdef uint8_t IN_WORD[256]           # octets that a key may hold


# ---- fields ----

cdef inline uint64_t load(const uint8_t* at, Py_ssize_t left) noexcept nogil:
    """The next eight octets as one number, the first lowest; zeros behind the end."""
    cdef uint64_t word = 0
    cdef Py_ssize_t i
    if left >= 8:
        return eight(at)
    for i in range(left):
        word |= <uint64_t>at[i] << (8 * i)
    return word


@cython.overflowcheck(False)        # borrows and carries run out of the number on purpose
cdef inline Py_ssize_t word_end(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count) noexcept nogil:
    """The place of the next white space, or the end; eight octets at a time."""
    cdef uint64_t ones = <uint64_t>0x0101010101010101
    cdef uint64_t word, white
    while count - at >= 8:
        word = eight(utf8 + at)
        white = (word - (BLANK + 1) * ones) & ~word & (ones << 7)   # its lowest bit marks the first octet up to BLANK
        if white:
            return at + <Py_ssize_t>(((((white & (0 - white)) - 1) & ones) * ones) >> 56) - 1
        at += 8
    while at < count and utf8[at] > BLANK:
        at += 1
    return at


cdef inline bint begins(uint64_t word, const char* letters, int count) noexcept nogil:
    """Whether ``word`` begins with these small letters, in any case."""
    cdef uint64_t wanted = 0            # constants, once compiled
    cdef uint64_t fold = 0
    cdef int i
    for i in range(count):
        wanted |= <uint64_t><uint8_t>letters[i] << (8 * i)
        fold |= <uint64_t>0x20 << (8 * i)
    return (word | fold) & ((<uint64_t>1 << (8 * count)) - 1) == wanted


cdef inline bint spells(uint64_t word, const char* letters, int count) noexcept nogil:
    """Whether ``word`` is these small letters, in any case, and a colon."""
    return begins(word, letters, count) and (word >> (8 * count)) & 0xFF == COLON


cdef inline Py_ssize_t date_key(const uint8_t* at, Py_ssize_t left, Py_ssize_t i) noexcept nogil:
    """Octets of a word of ``i``, white space or underscores or nothing, ``date`` and a colon; 0 without these."""
    while i < left and (at[i] <= BLANK or at[i] == c'_' or at[i] == c'-'):
        i += 1
    return i + 5 if i < left and spells(load(at + i, left - i), b"date", 4) else 0


cdef inline Py_ssize_t unknown_key(const uint8_t* at, Py_ssize_t left) noexcept nogil:
    """Octets of a word that does not begin like a number, and its colon; 0 when none stands here."""
    cdef Py_ssize_t i = 0
    if c'0' <= at[0] <= c'9' or at[0] == c'-' or at[0] == c'.':      # 10:15 is a time of day
        return 0
    while i < left and IN_WORD[at[i]]:
        i += 1
    return i + 1 if 0 < i < left and at[i] == COLON else 0


cdef inline int key_here(const uint8_t* at, Py_ssize_t left, Py_ssize_t* octets) noexcept nogil:
    """The key that stands at the start of this word, and its octets with the colon; NO_KEY when the word is none."""
    cdef uint64_t word = load(at, left)
    cdef uint8_t first = at[0] | 0x20
    if first == c's':
        if spells(word, b"sub", 3):
            octets[0] = 4
            return SUB
        if spells(word, b"stat", 4):
            octets[0] = 5
            return STAT
        if begins(word, b"submit", 6):
            octets[0] = date_key(at, left, 6)
            if octets[0]:
                return SUBMIT_DATE
    elif first == c'd':
        if spells(word, b"dlvrd", 5):
            octets[0] = 6
            return DLVRD
        if spells(word, b"dlvrld", 6):
            octets[0] = 7
            return DLVRD
        if begins(word, b"done", 4):
            octets[0] = date_key(at, left, 4)
            if octets[0]:
                return DONE_DATE
    elif first == c'i' and spells(word, b"id", 2):
        octets[0] = 3
        return ID
    elif first == c'e' and spells(word, b"err", 3):
        octets[0] = 4
        return ERR
    elif first == c't' and spells(word, b"text", 4):
        octets[0] = 5
        return TEXT
    octets[0] = unknown_key(at, left)
    return EXTRA if octets[0] else NO_KEY


cdef inline void keep(Receipt* out, int kind, const Span* key, const Span* value,
                      Extra* extras, int room) noexcept nogil:
    cdef Span* spans = &out.id          # id to text lie in the order of Key
    if kind == EXTRA:
        if out.extras < room:
            extras[out.extras].key = key[0]
            extras[out.extras].value = value[0]
        out.extras += 1
    elif kind != NO_KEY and spans[kind - 1].length <= 0:      # of a repeated key the first value stands
        spans[kind - 1] = value[0]


cdef inline void scan_fields(const uint8_t* utf8, Py_ssize_t count, Receipt* out,
                             Extra* extras, int room) noexcept nogil:
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t octets
    cdef Span key, value                # of the field being read
    cdef int kind = NO_KEY
    cdef int next_kind
    cdef bint first = True
    if count >= 3 and utf8[0] == 0xEF and utf8[1] == 0xBB and utf8[2] == 0xBF:    # a byte order mark
        at = 3
    value.start = value.length = key.start = key.length = 0
    while True:
        while at < count and utf8[at] <= BLANK:
            at += 1
        if at == count:
            break
        next_kind = key_here(utf8 + at, count - at, &octets)
        if next_kind:
            keep(out, kind, &key, &value, extras, room)
            out.begins_with_id |= first and next_kind == ID
            kind = next_kind
            key.start = at
            key.length = octets - 1
            at += octets
            value.start = at
            value.length = 0
            if kind == TEXT:
                break
            if at == count or utf8[at] <= BLANK:
                first = False
                continue                # what comes behind white space may be a key again
        elif value.length == 0:
            value.start = at
        at = word_end(utf8, at, count)
        value.length = at - value.start
        first = False
    if kind == TEXT:
        value.start += at < count and utf8[at] == BLANK
        value.length = count - value.start
    keep(out, kind, &key, &value, extras, room)


cdef int scan_extras(const uint8_t* utf8, Py_ssize_t count, Receipt* out, Extra* extras, int room) noexcept nogil:
    cdef Span* spans = &out.id
    cdef int i
    for i in range(8):
        spans[i].start = 0
        spans[i].length = -1
    out.extras = 0
    out.begins_with_id = False
    while count > 0 and utf8[count - 1] == 0:
        count -= 1
    scan_fields(utf8, count, out, extras, room)
    out.labelled = out.stat.length > 0
    if not out.labelled and out.done_date.length > 0:
        take_bare_stat(utf8, out)
    out.state = state_of(utf8 + out.stat.start, out.stat.length)
    return out.id.length > 0 and out.stat.length > 0


cdef int scan_receipt(const uint8_t* utf8, Py_ssize_t count, Receipt* out) noexcept nogil:
    return scan_extras(utf8, count, out, NULL, 0)


cdef void take_bare_stat(const uint8_t* utf8, Receipt* out) noexcept nogil:
    """A word behind the done date, or in its place, is the stat whose key was forgotten."""
    cdef Py_ssize_t at = out.done_date.start
    cdef Py_ssize_t end = at + out.done_date.length
    cdef Py_ssize_t date_end = at
    cdef Py_ssize_t i
    if c'0' <= utf8[at] <= c'9':
        while date_end < end and utf8[date_end] > BLANK:
            date_end += 1
        at = date_end
        while at < end and utf8[at] <= BLANK:
            at += 1
    if at == end:
        return
    i = at
    while i < end and c'a' <= (utf8[i] | 0x20) <= c'z':
        i += 1
    if i == end or known_word(utf8 + at, end - at) >= 0:
        out.stat.start = at
        out.stat.length = end - at
        out.done_date.length = date_end - out.done_date.start


# ---- states ----

@cython.overflowcheck(False)
cdef inline uint64_t slot_of(uint64_t head, uint64_t tail) noexcept nogil:
    return ((head ^ (tail * <uint64_t>0x9E3779B97F4A7C15)) * <uint64_t>0xD6E8FEB86659FD93) >> 57


cdef bint fold_word(const uint8_t* word, Py_ssize_t count, uint64_t* halves) noexcept nogil:
    """Upper case, one blank for any white space or underscore, into two numbers; False when it is too long."""
    cdef Py_ssize_t i
    cdef Py_ssize_t octets = 0
    cdef uint64_t octet
    halves[0] = halves[1] = 0
    if count <= 8:              # no blanks in it: only letters become letters when bit 5 is cleared
        halves[0] = load(word, count) & <uint64_t>0xDFDFDFDFDFDFDFDF
        return True
    for i in range(count):
        octet = word[i]
        if octet <= BLANK or octet == c'_':
            if i and (word[i - 1] <= BLANK or word[i - 1] == c'_'):
                continue
            octet = BLANK
        elif c'a' <= octet <= c'z':
            octet -= 0x20
        if octets == WORD:
            return False
        halves[octets >> 3] |= octet << (8 * (octets & 7))
        octets += 1
    return True


cdef inline int known_word(const uint8_t* word, Py_ssize_t count) noexcept nogil:
    cdef uint64_t halves[2]
    cdef uint64_t slot
    if not fold_word(word, count, halves):
        return -1
    slot = slot_of(halves[0], halves[1])
    while STAT_WORDS[slot].head:
        if STAT_WORDS[slot].head == halves[0] and STAT_WORDS[slot].tail == halves[1]:
            return STAT_WORDS[slot].state
        slot = (slot + 1) % SLOTS
    return -1


cdef int state_of(const uint8_t* word, Py_ssize_t count) noexcept nogil:
    cdef int state
    if count <= 0:
        return -1
    state = known_word(word, count)
    return state if state >= 0 else UNKNOWN


cdef bint is_state(int state) noexcept nogil:
    return 0 <= state < STATES


cdef bint is_final(int state) noexcept nogil:
    return is_state(state) and FINAL[state]


cdef int receipt_kind(int esm_class, bint tlv_id, bint tlv_state, const Receipt* text) noexcept nogil:
    cdef bint has_id = tlv_id or text.id.length > 0
    cdef bint has_state = tlv_state or text.stat.length > 0
    if not has_id or not has_state:
        return 0
    if esm_class < 0:
        return 1
    if esm_class & 0x18:            # acknowledged by the SME or the user, or a conversation ended: a person's text
        return 0
    if esm_class & 0x20:
        return 2
    if esm_class & 0x04:
        return 1
    return (tlv_id and tlv_state) or (text.begins_with_id and text.labelled)      # peers that leave the bits out


# ---- values ----

cdef int64_t read_count(const uint8_t* digits, Py_ssize_t count) noexcept nogil:
    cdef int64_t number = 0
    cdef Py_ssize_t i
    if not 0 < count <= DIGITS:
        return -1
    for i in range(count):
        if not c'0' <= digits[i] <= c'9':
            return -1
        number = 10 * number + (digits[i] - c'0')
    return number


cdef Py_ssize_t network_error(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    cdef int code
    cdef Py_ssize_t at = 0
    if count != 3:
        return 0
    if read_count(octets, 3) >= 0:          # a faulty centre writes the code as text
        out[0] = octets[0]
        out[1] = octets[1]
        out[2] = octets[2]
        return 3
    at = put_number(octets[0], out)
    out[at] = COLON
    code = octets[1] << 8 | octets[2]
    return at + 1 + put_number(code, out + at + 1)


cdef inline Py_ssize_t put_number(int number, uint8_t* out) noexcept nogil:
    cdef Py_ssize_t digits = 1
    cdef Py_ssize_t i
    cdef int rest = number // 10
    while rest:
        rest //= 10
        digits += 1
    for i in range(digits - 1, -1, -1):
        out[i] = <uint8_t>(c'0' + number % 10)
        number //= 10
    return digits


# ---- dates ----

cdef int64_t date_to_nanoseconds(const uint8_t* digits, Py_ssize_t count, int* precision) noexcept nogil:
    cdef Moment moment
    cdef int64_t tenths
    read_date(digits, count, &moment)
    precision[0] = moment.precision
    if moment.precision == NO_DATE:
        return INT64_MIN
    tenths = 86400 * days_before(moment.year, moment.month, moment.day)
    tenths += 3600 * moment.hour + 60 * moment.minute + moment.second - 900 * moment.quarters
    return (10 * tenths + moment.tenth) * 100_000_000


# ---- tables ----

cdef int fill() except -1:
    """Copy the rows of ``spec.receipts`` into the tables above; they never change again."""
    cdef uint64_t halves[2]
    cdef uint64_t slot
    cdef bytes word
    cdef int octet
    for row in _rows.ROWS:
        word = row.word.encode()
        if not fold_word(word, len(word), halves):
            raise ValueError(f"stat word {row.word!r} has more than {WORD} octets: widen the table")
        slot = slot_of(halves[0], halves[1])
        while STAT_WORDS[slot].head:
            slot = (slot + 1) % SLOTS
        STAT_WORDS[slot].head = halves[0]
        STAT_WORDS[slot].tail = halves[1]
        STAT_WORDS[slot].state = row.state
    for octet in range(STATES):
        FINAL[octet] = _rows.STATES[octet] in _rows.FINAL
    for octet in range(256):
        IN_WORD[octet] = octet >= 0x80 or chr(octet).isalnum() or octet in b"_-."
    return 0


fill()
