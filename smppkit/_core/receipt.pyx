"""The scanner of receipt texts (SMPP 3.4, appendix B): one pass over UTF-8 octets, no allocation, no Python, no regex.

A key is a word followed by a colon, at the start of the text or after white space, in any case; its value runs to the
next key. No octet is read more than a few times, so hostile texts cost what honest ones of their length do.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.dates cimport NO_DATE, Moment, days_before, eight, read_date
from smppkit._core.stat_words cimport known_word
from smppkit._core.words cimport BLANK, begins, load, word_end

from smppkit.spec import receipts as _rows

cdef enum:
    COLON = 58
    DIGITS = 18         # any count of so many digits fits an int64
    IN_KEY = 1          # of PLACES
    FIRST = 2           # a key does not begin like a number: 10:15 is a time of day
    FIRST_KNOWN = 4
    USUAL = 80          # octets that a usual layout is compared in

cdef uint8_t FINAL[STATES]
cdef uint8_t PLACES[256]            # where in a key an octet may stand

cdef struct Layout:
    uint64_t octets[10]             # what is to be there, and the bits that count: the capital of a letter is as good
    uint64_t bits[10]

# What follows the id in the standard's example, as nearly all centres write it: # stands for a digit, @ for a letter.
cdef bytes USUAL_LAYOUT = b"sub:### dlvrd:### submit date:########## done date:########## stat:@@@@@@@ "
cdef Layout MINUTES_LAYOUT          # it, and the same with seconds
cdef Layout SECONDS_LAYOUT


# ---- fields in their usual order ----

cdef inline Py_ssize_t take_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count, Span* value) noexcept nogil:
    """The word at ``at`` as a value; where the next one begins behind a single blank."""
    value.start = at
    at = word_end(utf8, at, count)
    value.length = at - value.start
    return at + (at < count)


cdef inline Py_ssize_t take_text(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count, Span* text) noexcept nogil:
    """All the rest, but for one blank before it."""
    text.start = at + (at < count and utf8[at] == BLANK)
    text.length = count - text.start
    return count


cdef inline bint has_layout(const uint8_t* at, const Layout* layout) noexcept nogil:
    """Whether this layout is here: no white space where it has none, so that its words are the fields."""
    cdef uint64_t other = 0
    cdef int i
    for i in range(10):
        other |= (eight(at + 8 * i) ^ layout.octets[i]) & layout.bits[i]
    return other == 0


cdef inline void set_span(Span* span, Py_ssize_t start, Py_ssize_t length) noexcept nogil:
    span.start = start
    span.length = length


cdef inline bint take_usual(const uint8_t* utf8, Py_ssize_t* at, Py_ssize_t count, Receipt* out) noexcept nogil:
    """Take all from sub to stat at once, if they stand in a usual layout."""
    cdef Py_ssize_t sub = at[0]
    cdef Py_ssize_t date
    if count - sub < USUAL:
        return False
    date = 10 if utf8[sub + 40] == BLANK else 12
    if not has_layout(utf8 + sub, &MINUTES_LAYOUT if date == 10 else &SECONDS_LAYOUT):
        return False
    set_span(&out.sub, sub + 4, 3)
    set_span(&out.dlvrd, sub + 14, 3)
    set_span(&out.submit_date, sub + 30, date)
    set_span(&out.done_date, sub + 41 + date, date)
    set_span(&out.stat, sub + 47 + 2 * date, 7)
    at[0] = sub + 55 + 2 * date
    return True


cdef inline bint take(const uint8_t* utf8, Py_ssize_t* at, Py_ssize_t count, const char* key, int octets,
                      Span* value) noexcept nogil:
    """Take a field whose value is one word or empty, if its key stands here."""
    cdef int tail = octets - 8 if octets > 8 else 0
    if not begins(load(utf8, at[0], count), key, min(octets, 8)):
        return False
    if tail and not begins(load(utf8, at[0] + tail, count), key + tail, 8):
        return False
    at[0] = take_word(utf8, at[0] + octets, count, value)
    return True


cdef inline int scan_orderly(const uint8_t* utf8, Py_ssize_t* at, Py_ssize_t count, Receipt* out) noexcept nogil:
    """Take the fields that stand in the order of the standard's example, each of them one word or empty.

    The last key that was taken, or NO_KEY; its value may go on at ``at``, where another word begins.
    """
    cdef int kind = NO_KEY
    if take(utf8, at, count, b"id:", 3, &out.id):
        kind = ID
        out.begins_with_id = True
    if take_usual(utf8, at, count, out):
        kind = STAT
    else:
        if take(utf8, at, count, b"sub:", 4, &out.sub):
            kind = SUB
        if take(utf8, at, count, b"dlvrd:", 6, &out.dlvrd):
            kind = DLVRD
        if take(utf8, at, count, b"submit date:", 12, &out.submit_date):
            kind = SUBMIT_DATE
        if take(utf8, at, count, b"done date:", 10, &out.done_date):
            kind = DONE_DATE
        if take(utf8, at, count, b"stat:", 5, &out.stat):
            kind = STAT
    if take(utf8, at, count, b"err:", 4, &out.err):
        kind = ERR
    if begins(load(utf8, at[0], count), b"text:", 5):
        kind = TEXT
        at[0] = take_text(utf8, at[0] + 5, count, &out.text)
    return kind


# ---- fields in any order ----

cdef inline Py_ssize_t date_key(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count) noexcept nogil:
    """The end of what is white space, underscores or nothing, ``date`` and a colon; 0 when this does not stand here."""
    while at < count and (utf8[at] <= BLANK or utf8[at] == c'_' or utf8[at] == c'-'):
        at += 1
    return at + 5 if begins(load(utf8, at, count), b"date:", 5) else 0


cdef inline int known_key(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count, Py_ssize_t* end) noexcept nogil:
    cdef uint64_t word = load(utf8, at, count)
    cdef uint8_t first = utf8[at] | 0x20
    if first == c's':
        if begins(word, b"sub:", 4):
            end[0] = at + 4
            return SUB
        if begins(word, b"stat:", 5):
            end[0] = at + 5
            return STAT
        if begins(word, b"submit", 6):
            end[0] = date_key(utf8, at + 6, count)
            return SUBMIT_DATE if end[0] else NO_KEY
    elif first == c'd':
        if begins(word, b"dlvrd:", 6):
            end[0] = at + 6
            return DLVRD
        if begins(word, b"dlvrld:", 7):
            end[0] = at + 7
            return DLVRD
        if begins(word, b"done", 4):
            end[0] = date_key(utf8, at + 4, count)
            return DONE_DATE if end[0] else NO_KEY
    elif begins(word, b"id:", 3):
        end[0] = at + 3
        return ID
    elif begins(word, b"err:", 4):
        end[0] = at + 4
        return ERR
    elif begins(word, b"text:", 5):
        end[0] = at + 5
        return TEXT
    return NO_KEY


cdef inline int key_here(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count, Py_ssize_t* end) noexcept nogil:
    """The key that stands at the start of this word, or NO_KEY; ``end`` lies behind its colon, or in the word."""
    cdef uint8_t places = PLACES[utf8[at]]
    cdef int kind
    if places & FIRST_KNOWN and count - at >= 3 and utf8[at + 1] > BLANK:
        kind = known_key(utf8, at, count, end)
        if kind:
            return kind
    end[0] = at + 1
    if places & FIRST:
        while end[0] < count and PLACES[utf8[end[0]]]:
            end[0] += 1
        if end[0] < count and utf8[end[0]] == COLON:
            end[0] += 1
            return EXTRA
    return NO_KEY


cdef inline Span* value_of(Receipt* out, int kind, Py_ssize_t at, Py_ssize_t end, Span* nowhere,
                           Extra* extras, int room) noexcept nogil:
    """Where the value behind this key goes: of a repeated key the first value stands."""
    cdef Span* spans = &out.id          # id to text lie in the order of Key
    if kind == EXTRA:
        out.extras += 1
        if out.extras > room:
            return nowhere
        extras[out.extras - 1].key.start = at
        extras[out.extras - 1].key.length = end - 1 - at
        return &extras[out.extras - 1].value
    return &spans[kind - 1] if spans[kind - 1].length <= 0 else nowhere


cdef inline void scan_words(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count, int kind, Receipt* out,
                            Extra* extras, int room) noexcept nogil:
    """Take the fields from ``at`` on, where a word begins or white space; ``kind`` is the key before it."""
    cdef Span* spans = &out.id
    cdef Span nowhere
    cdef Span* value = &spans[kind - 1] if kind else &nowhere
    cdef Py_ssize_t end
    nowhere.start = nowhere.length = 0
    while True:
        while at < count and utf8[at] <= BLANK:
            at += 1
        if at >= count:
            return
        kind = key_here(utf8, at, count, &end)
        if kind:
            value = value_of(out, kind, at, end, &nowhere, extras, room)
            value.start = end
            value.length = 0
            if kind == TEXT:
                take_text(utf8, end, count, value)
                return
            at = end
            if at == count or utf8[at] <= BLANK:
                continue                # what comes behind white space may be a key again
        elif value.length == 0:
            value.start = at
        at = end if end < count and utf8[end] <= BLANK else word_end(utf8, end, count)
        value.length = at - value.start


cdef void clear_receipt(Receipt* out) noexcept nogil:
    cdef Span* spans = &out.id
    cdef int i
    for i in range(8):
        spans[i].start = 0
        spans[i].length = -1
    out.extras = 0
    out.begins_with_id = out.labelled = False


cdef int scan_extras(const uint8_t* utf8, Py_ssize_t count, Receipt* out, Extra* extras, int room) noexcept nogil:
    cdef Py_ssize_t at = 0
    cdef int kind
    clear_receipt(out)
    while count > 0 and utf8[count - 1] == 0:
        count -= 1
    if count >= 3 and utf8[0] == 0xEF and utf8[1] == 0xBB and utf8[2] == 0xBF:    # a byte order mark
        at = 3
    while at < count and utf8[at] <= BLANK:
        at += 1
    kind = scan_orderly(utf8, &at, count, out)
    if at < count:
        scan_words(utf8, at, count, kind, out, extras, room)
    out.labelled = out.stat.length > 0
    if not out.labelled and out.done_date.length > 0:
        take_bare_stat(utf8, count, out)
    return out.id.length > 0 and out.stat.length > 0


cdef int scan_receipt(const uint8_t* utf8, Py_ssize_t count, Receipt* out) noexcept nogil:
    return scan_extras(utf8, count, out, NULL, 0)


cdef void take_bare_stat(const uint8_t* utf8, Py_ssize_t count, Receipt* out) noexcept nogil:
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
    if i == end or known_word(utf8, at, end - at, count) >= 0:
        out.stat.start = at
        out.stat.length = end - at
        out.done_date.length = date_end - out.done_date.start


# ---- states ----

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
    cdef uint8_t network
    cdef int code
    cdef Py_ssize_t at = 0
    if count != 3:
        return 0
    memcpy(out, octets, 3)                  # first: the caller may write there meanwhile
    if read_count(out, 3) >= 0:             # a faulty centre writes the code as text
        return 3
    network, code = out[0], out[1] << 8 | out[2]
    at = put_number(network, out)
    out[at] = COLON
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

cdef int64_t any_date(const uint8_t* digits, Py_ssize_t count) noexcept nogil:
    cdef Moment moment
    cdef int64_t tenths
    read_date(digits, count, &moment)
    if moment.precision == NO_DATE:
        return INT64_MIN
    tenths = 86400 * days_before(moment.year, moment.month, moment.day)
    tenths += 3600 * moment.hour + 60 * moment.minute + moment.second - 900 * moment.quarters
    return (10 * tenths + moment.tenth) * 100_000_000


# ---- tables ----

cdef void set_layout(Layout* layout, int place, uint64_t octet) noexcept:
    """One octet of a layout: a digit, a letter, either case of a letter, or just this."""
    cdef uint64_t bits = 0xFF
    cdef int shift = 8 * (place & 7)
    if octet == c"#":
        octet = 0x30
        bits = 0xF0         # or one of six other octets, no white space either
    elif octet == c"@":
        bits = 0x40
    elif c"a" <= octet <= c"z":
        bits = 0xDF
    layout.octets[place >> 3] |= octet << shift
    layout.bits[place >> 3] |= bits << shift


cdef int fill() except -1:
    """Fill the tables above, which never change again."""
    cdef int octet
    for octet in range(STATES):
        FINAL[octet] = _rows.STATES[octet] in _rows.FINAL
    for octet in range(len(USUAL_LAYOUT)):
        set_layout(&MINUTES_LAYOUT, octet, USUAL_LAYOUT[octet])
    with_seconds = USUAL_LAYOUT.replace(b"##########", b"############")
    for octet in range(len(with_seconds)):
        set_layout(&SECONDS_LAYOUT, octet, with_seconds[octet])
    for octet in range(256):
        if octet >= 0x80 or chr(octet).isalnum() or octet in b"_-.":
            PLACES[octet] = IN_KEY
            if octet not in b"0123456789-.":
                PLACES[octet] |= FIRST
            if octet in b"iIsSdDeEtT":
                PLACES[octet] |= FIRST_KNOWN
    return 0


fill()
