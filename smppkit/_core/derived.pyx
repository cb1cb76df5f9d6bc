"""What the user data of one PDU says beyond its fields: text, header, place in a long message, receipt.

Called once for each PDU of a command that carries a message; writes only the columns that were asked for.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint8_t

from smppkit._core.alphabet cimport (
    ESCAPE,
    GSM7,
    GSM7_PACKED,
    JIS,
    OCTETS,
    UCS2,
    to_utf8,
    utf8_bound,
)
from smppkit._core.charsets cimport is_made
from smppkit._core.column cimport STEP, Sink, close_string, put_int, put_latin, put_near, put_octets, reserve
from smppkit._core.dates cimport Day
from smppkit._core.receipt cimport (
    Receipt,
    Span,
    count_of,
    date_of,
    is_state,
    network_error,
    receipt_kind,
    scan_receipt,
    state_of,
)
from smppkit._core.udh cimport Header, read_header
from smppkit._core.utf8 cimport put_unknown
from smppkit._core.words cimport BLANK

cdef enum:
    UDHI = 0x40                 # esm_class: the user data begins with a header (SMPP 3.4, section 5.2.12)
    BY_PERSON = 0x18            # esm_class: an acknowledgement of the SME or its user, or the end of a conversation
    BY_CENTRE = 0x24            # esm_class: a receipt or an intermediate notification
    SAR = 1                     # concat_width of a long message joined by SAR TLVs


cdef inline int number(const Piece* piece) noexcept nogil:
    """A TLV of one or two octets; -1 when it is absent or has another length."""
    if piece.at == NULL or not 1 <= piece.size <= 2:
        return -1
    return piece.at[0] if piece.size == 1 else piece.at[0] << 8 | piece.at[1]


# ---- header and place in a long message ----

cdef inline void take_place(Derived* to, Py_ssize_t row, int width, int reference, int total, int part) noexcept nogil:
    if to.concat_width != NULL:
        put_int(to.concat_width, row, width)
    if to.concat_reference != NULL:
        put_int(to.concat_reference, row, reference)
    if to.concat_total != NULL:
        put_int(to.concat_total, row, total)
    if to.concat_number != NULL:
        put_int(to.concat_number, row, part)


cdef inline void take_concatenation(Derived* to, Py_ssize_t row, const Header* header, const Body* body) noexcept nogil:
    """The header goes first; else all three SAR TLVs, or none (SMPP 3.4, sections 5.3.2.22 to 24)."""
    cdef int reference, total, part
    if header.width:
        take_place(to, row, header.width, header.reference, header.total, header.number)
        return
    if body.marks[MARK_SAR_REFERENCE].at == NULL:
        return
    reference = number(&body.marks[MARK_SAR_REFERENCE])
    total = number(&body.marks[MARK_SAR_TOTAL])
    part = number(&body.marks[MARK_SAR_NUMBER])
    if reference >= 0 and 1 <= part <= total:
        take_place(to, row, SAR, reference, total, part)


# ---- text ----

cdef inline int begins_at(int alphabet, const Header* header) noexcept nogil:
    """The bits between the header and the first septet: septets begin where one would without a header."""
    return <int>(6 * header.length % 7) if alphabet == GSM7_PACKED else 0       # (-8 * length) mod 7


cdef inline uint8_t* spell_text(Sink* sink, int alphabet, const Piece* data, Py_ssize_t count, const Header* header,
                                Py_ssize_t* size) noexcept nogil:
    """The text in ``count`` octets as UTF-8 at the end of ``sink``, with room for that of all; NULL: memory is out."""
    cdef uint8_t* out = reserve(sink, utf8_bound(data.size) + 16)
    if out != NULL:
        size[0] = to_utf8(alphabet, data.at, count, header.locking, header.single, begins_at(alphabet, header), out)
    return out


# ---- receipts ----

cdef inline bint says_id(const uint8_t* text, Py_ssize_t count) noexcept nogil:
    """Whether a text may begin with ``id:``: the first step of the lenient rule, cheap enough for every message."""
    cdef Py_ssize_t at = 0
    if count >= 3 and text[0] == 0xEF and text[1] == 0xBB and text[2] == 0xBF:
        at = 3
    while at < count and text[at] <= 32:
        at += 1
    return at + 2 < count and text[at] | 0x20 == c"i" and text[at + 1] | 0x20 == c"d"


cdef inline bint take_span(Sink* sink, Py_ssize_t row, const uint8_t* text, const Span* span, int least) noexcept nogil:
    if sink == NULL or span.length < least:
        return True
    return put_near(sink, row, text + span.start, span.length)


cdef inline void take_count(Sink* sink, Py_ssize_t row, const uint8_t* text, const Span* span) noexcept nogil:
    cdef int64_t count
    if sink != NULL:
        count = count_of(text, span)
        if count >= 0:
            put_int(sink, row, count)


cdef inline void take_date(Sink* sink, Py_ssize_t row, const uint8_t* text, const Span* span,
                           Day* day) noexcept nogil:
    cdef int64_t moment
    if sink != NULL and span.length > 0:
        moment = date_of(text, span, day)
        if moment != INT64_MIN:
            put_int(sink, row, moment)


cdef inline bint take_err(Sink* sink, Py_ssize_t row, const uint8_t* text, const Span* err,
                          const Piece* tlv) noexcept nogil:
    cdef uint8_t made[16]
    cdef Py_ssize_t size
    if sink == NULL:
        return True
    if err.length > 0 or tlv.at == NULL:
        return take_span(sink, row, text, err, 1)
    size = network_error(tlv.at, tlv.size, made)
    return size == 0 or put_octets(sink, row, made, size)


cdef inline Piece trimmed(const Piece* tlv) noexcept nogil:
    """The string in a TLV without its NUL and white space around it, which the id in a text does not have either."""
    cdef Piece value = tlv[0]
    while value.size and value.at[value.size - 1] <= BLANK:
        value.size -= 1
    while value.size and value.at[0] <= BLANK:
        value.at = &value.at[1]
        value.size -= 1
    return value


cdef bint take_receipt(Derived* to, Py_ssize_t row, const Body* body, const uint8_t* text,
                       Py_ssize_t count) noexcept nogil:
    """Write the columns of a receipt, if it is one; False when memory is out."""
    cdef Receipt found
    cdef Piece id = trimmed(&body.marks[MARK_RECEIPTED])
    cdef int state = number(&body.marks[MARK_STATE])
    cdef bint by_tlv = id.size > 0 and is_state(state)
    cdef int kind
    if body.esm_class & BY_PERSON or not (body.esm_class & BY_CENTRE or by_tlv or says_id(text, count)):
        return True
    scan_receipt(text, count, &found)
    kind = receipt_kind(body.esm_class, id.size > 0, is_state(state), &found)
    if kind == 0:
        return True
    if to.receipt_kind != NULL:
        put_int(to.receipt_kind, row, kind)
    if to.receipt_state != NULL:
        if not is_state(state):
            state = state_of(text, count, &found)
        if state >= 0:
            put_int(to.receipt_state, row, state)
    take_count(to.receipt_sub, row, text, &found.sub)
    take_count(to.receipt_dlvrd, row, text, &found.dlvrd)
    take_date(to.receipt_submit_date, row, text, &found.submit_date, &to.submit_day)
    take_date(to.receipt_done_date, row, text, &found.done_date, &to.done_day)
    if to.receipt_id != NULL and id.size > 0:
        if not put_latin(to.receipt_id, row, id.at, id.size, to.end):
            return False
    elif not take_span(to.receipt_id, row, text, &found.id, 1):
        return False
    return (take_span(to.receipt_stat, row, text, &found.stat, 1) and
            take_err(to.receipt_err, row, text, &found.err, &body.marks[MARK_NETWORK_ERROR]) and
            take_span(to.receipt_text, row, text, &found.text, 0))


# ---- the text of a receipt ----

cdef inline Py_ssize_t without_nuls(int alphabet, const uint8_t* octets, Py_ssize_t size) noexcept nogil:
    """The octets of a receipt before the NULs that some centres end it with, where they would say something else.

    In the default alphabet each were an @; of UCS-2 half a character is left out. Elsewhere a NUL is one in the text,
    too, and the scanner takes care of it. An octet of packed septets may be nought and yet be part of a digit.
    """
    if size and octets[size - 1] == 0 and alphabet == UCS2:
        return size & ~1
    while alphabet == GSM7 and size and octets[size - 1] == 0:
        size -= 1
    return size


cdef const uint8_t* spell_octets(Derived* to, const uint8_t* octets, Py_ssize_t count,
                                 Py_ssize_t* size) noexcept nogil:
    """Octets that are no text here, those of ASCII as they are, in which keys are written, others as U+FFFD."""
    cdef uint8_t* begin = reserve(to.scratch, 3 * count + STEP)
    cdef uint8_t* out = begin
    cdef uint8_t octet
    cdef Py_ssize_t i
    if begin == NULL:
        return NULL
    for i in range(count):
        octet = octets[i]               # read once: the caller may write there meanwhile
        out[0] = octet
        out = put_unknown(out) if octet & 0x80 else out + 1
    size[0] = out - begin
    return begin


cdef inline bint is_escaped(const uint8_t* octets, Py_ssize_t count) noexcept nogil:
    """Whether septets break off behind an escape: one behind an escape is a character."""
    cdef Py_ssize_t escapes = 0
    while escapes < count and octets[count - 1 - escapes] == ESCAPE:
        escapes += 1
    return escapes & 1


cdef inline bint is_unknown(const uint8_t* text, Py_ssize_t size) noexcept nogil:
    """Whether a text ends with U+FFFD, as it does not where the caller wrote other octets meanwhile."""
    return size >= 3 and text[size - 3] == 0xEF and text[size - 2] == 0xBF and text[size - 1] == 0xBD


cdef inline Py_ssize_t complete_text(int alphabet, const Piece* data, Py_ssize_t count, const Header* header,
                                     uint8_t* text, Py_ssize_t size) noexcept nogil:
    """Add what the octets say that without_nuls() left out behind the first ``count``; the size of the whole text."""
    if alphabet == GSM7 and is_escaped(data.at, count) and is_unknown(text, size):
        size -= 3                       # the escape was unknown without them
        count -= 1
    return size + to_utf8(alphabet, data.at + count, data.size - count, header.locking, header.single, 0, text + size)


# ---- one PDU ----

cdef inline bint take_message(Derived* to, Py_ssize_t row, const Body* body, int alphabet, const uint8_t* text,
                              Py_ssize_t size) noexcept nogil:
    """What a text says as a receipt, if it is one; False when memory is out."""
    if alphabet == GSM7_PACKED:
        while size and text[size - 1] == c"@":          # its NULs; no octets, see without_nuls
            size -= 1
    return take_receipt(to, row, body, text, size)


cdef inline bint take_text(Derived* to, Py_ssize_t row, const Body* body, const Piece* data,
                           const Header* header) noexcept nogil:
    """What is written in the user data, ``data`` without its header; False as derive()."""
    cdef int alphabet = to.codings[body.data_coding]
    cdef bint is_told = to.wants_receipt and body.inbound
    cdef bint is_written = to.text != NULL and alphabet != OCTETS
    cdef Py_ssize_t count = without_nuls(alphabet, data.at, data.size) if is_told else data.size
    cdef Py_ssize_t size = 0
    cdef const uint8_t* text
    if to.encoding != NULL:
        put_int(to.encoding, row, alphabet)
    if not (is_told or is_written):
        return True
    if alphabet >= JIS and not is_made(alphabet):
        to.unlearned = alphabet
        return False
    if alphabet == OCTETS:
        text = spell_octets(to, data.at, count, &size)
    else:
        text = spell_text(to.text if is_written else to.scratch, alphabet, data, count, header, &size)
    if text == NULL or is_told and not take_message(to, row, body, alphabet, text, size):
        return False
    if is_written:
        if count < data.size:
            size = complete_text(alphabet, data, count, header, <uint8_t*>text, size)
        close_string(to.text, row, size)
    return True


cdef bint derive(Derived* to, Py_ssize_t row, const Body* body) noexcept nogil:
    """Write what was asked for; False when memory is out, or a charset has to be made."""
    cdef Piece data = body.message
    cdef Header header
    if data.size == 0 and body.marks[MARK_PAYLOAD].at != NULL:
        data = body.marks[MARK_PAYLOAD]
    header.length = header.width = header.locking = header.single = 0
    if data.at != NULL and body.esm_class & UDHI and read_header(data.at, data.size, &header):
        if to.udh != NULL and not put_octets(to.udh, row, data.at, header.length):
            return False
        data.at += header.length
        data.size -= header.length
    take_concatenation(to, row, &header, body)
    if data.at != NULL:
        return take_text(to, row, body, &data, &header)
    return take_receipt(to, row, body, b"", 0) if to.wants_receipt and body.inbound else True
