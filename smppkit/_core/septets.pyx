"""GSM 7-bit text for Python: text to septets, septets to packed octets, and back. One object, ``Gsm7``."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_New
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy

from .alphabet cimport ESCAPE, GSM7, LANGUAGES, NONE, UNKNOWN, Tables, code_at, kind_of, plain8, septet_of, tables
from .packing cimport pack_septets, packed_count, unpack_septets

from smppkit.errors import TextError
from smppkit.spec import alphabets as _spec

from .measure import not_held

cdef enum Policy:           # what becomes of a character that the tables do not hold
    STRICT = 0
    REPLACE = 1
    IGNORE = 2
    LOOK_ALIKE = 3          # the text has been through look_alike: as REPLACE

cdef enum:
    SCRATCH = 1024          # octets on the stack: enough for any short message

cdef inline uint8_t* put(const Tables* all, uint32_t code, int locking, int single, int policy,
                         uint8_t* out) noexcept nogil:
    """Write a character that may need the escape, or what ``policy`` puts in its place; NULL when it refuses."""
    cdef uint8_t septet = septet_of(all, all.locking_pages[locking], code)
    if septet == NONE:
        septet = septet_of(all, all.single_pages[single], code)
        if septet != NONE:
            out[0] = ESCAPE
            out += 1
        elif policy == IGNORE:
            return out
        elif policy == STRICT:
            return NULL
        else:
            septet = septet_of(all, all.locking_pages[locking], 0x3F)
    out[0] = septet
    return out + 1


cdef Py_ssize_t encode_narrow(const uint8_t* text, Py_ssize_t count, int locking, int single, int policy,
                              uint8_t* out) noexcept nogil:
    """Write the septets of a text of one octet a character; -1 when STRICT meets a character that is not held."""
    cdef const Tables* all = tables()
    cdef const uint8_t* page = all.pages[all.locking_pages[locking][0]]
    cdef uint8_t* begin = out
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t stop
    while at < count:
        if at + 8 <= count and all.plain[locking] and plain8(text + at):
            memcpy(out, text + at, 8)
            out += 8
            at += 8
            continue
        stop = min(at + 8, count)
        while at < stop:
            out[0] = page[text[at]]
            if out[0] != NONE:
                out += 1
            else:
                out = put(all, text[at], locking, single, policy, out)
                if out == NULL:
                    return -1
            at += 1
    return out - begin


cdef Py_ssize_t encode_wide(int kind, const void* text, Py_ssize_t count, int locking, int single, int policy,
                            uint8_t* out) noexcept nogil:
    """The same for a text of two or four octets a character."""
    cdef const Tables* all = tables()
    cdef uint8_t* begin = out
    cdef Py_ssize_t at
    for at in range(count):
        out = put(all, code_at(kind, text, at), locking, single, policy, out)
        if out == NULL:
            return -1
    return out - begin


cdef Py_ssize_t decode_data(const uint8_t* septets, Py_ssize_t count, int locking, int single, uint16_t* out,
                            uint16_t* bits) noexcept nogil:
    """Write code points, at most one a septet; ``bits`` gets all of them ORed, which tells how wide the text is."""
    cdef const Tables* all = tables()
    cdef const uint16_t* main = all.locking[locking]
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t made = 0
    cdef Py_ssize_t stop
    cdef int i
    cdef uint16_t code
    cdef uint16_t seen = 0x7F
    while at < count:
        if at + 8 <= count and all.plain[locking] and plain8(septets + at):
            for i in range(8):
                out[made + i] = septets[at + i]
            made += 8
            at += 8
            continue
        stop = min(at + 8, count)
        while at < stop:
            if septets[at] == ESCAPE and at + 1 < count and septets[at + 1] < 0x80:
                at += 1
                code = 0x20 if septets[at] == ESCAPE else all.single[single][septets[at]] or main[septets[at]]
            else:
                code = main[septets[at]] if septets[at] < 0x80 else 0
            at += 1
            code = code or UNKNOWN
            seen |= code
            out[made] = code
            made += 1
    bits[0] = seen
    return made


cdef str make_text(const uint16_t* codes, Py_ssize_t count, uint16_t bits):
    cdef str text = PyUnicode_New(count, bits)
    cdef uint8_t* narrow
    cdef Py_ssize_t i
    if bits > 0xFF:
        memcpy(PyUnicode_DATA(text), codes, 2 * count)
    else:
        narrow = <uint8_t*>PyUnicode_DATA(text)
        for i in range(count):
            narrow[i] = <uint8_t>codes[i]
    return text


cdef void* allocate(size_t size) except NULL:
    cdef void* memory = PyMem_Malloc(size)
    if memory == NULL:
        raise MemoryError()
    return memory


cdef bytes octets_of(object value):
    """Any bytes-like object as bytes."""
    if PyBytes_CheckExact(value):
        return <bytes>value
    return memoryview(value).tobytes()


cdef bytes encode_text(object text, int locking, int single, int policy):
    cdef int kind = kind_of(text)
    cdef Py_ssize_t count = PyUnicode_GET_LENGTH(text)
    cdef uint8_t scratch[SCRATCH]
    cdef uint8_t* out = scratch
    cdef Py_ssize_t made
    if 2 * count > SCRATCH:
        out = <uint8_t*>allocate(2 * count)
    try:
        if kind == 1:
            made = encode_narrow(<uint8_t*>PyUnicode_DATA(text), count, locking, single, policy, out)
        else:
            made = encode_wide(kind, PyUnicode_DATA(text), count, locking, single, policy, out)
        if made < 0:
            raise not_held(text, GSM7, locking, single)
        return PyBytes_FromStringAndSize(<char*>out, made)
    finally:
        if out != scratch:
            PyMem_Free(out)


cdef str decode_text(bytes septets, int locking, int single):
    cdef Py_ssize_t count = PyBytes_GET_SIZE(septets)
    cdef uint16_t scratch[SCRATCH]
    cdef uint16_t* out = scratch
    cdef uint16_t bits = 0x7F
    cdef Py_ssize_t made
    if count > SCRATCH:
        out = <uint16_t*>allocate(2 * count)
    try:
        made = decode_data(<uint8_t*>PyBytes_AS_STRING(septets), count, locking, single, out, &bits)
        return make_text(out, made, bits)
    finally:
        if out != scratch:
            PyMem_Free(out)


_NAMES = {row.name: row.identifier for row in _spec.LANGUAGES}


cdef int language(object value) except -1:
    """An identifier 0..13, or the name of a language."""
    cdef object found = _NAMES.get(value, -1) if isinstance(value, str) else value
    if not isinstance(found, int) or not 0 <= found < LANGUAGES:
        raise ValueError(f"no national language {value!r}: an identifier 0 to 13, or one of {', '.join(_NAMES)}")
    return found


cdef int writing(object value) except -1:
    cdef int number = language(value)
    if number and not _spec.LANGUAGES[number].locking:
        raise ValueError(f"{_spec.LANGUAGES[number].name} has no locking shift table: give single={value!r} alone")
    return number


cdef int fill_bits_of(object value) except -1:
    if not isinstance(value, int) or not 0 <= value <= 6:
        raise ValueError(f"fill_bits is {value!r}, but 0 to 6 bits reach the next septet")
    return value


_POLICIES = {"strict": STRICT, "replace": REPLACE, "ignore": IGNORE, "look-alike": LOOK_ALIKE}


cdef int policy_of(object errors) except -1:
    found = _POLICIES.get(errors)
    if found is None:
        raise ValueError(f"errors is {errors!r}, but may be {', '.join(_POLICIES)}")
    return found


cdef class Gsm7:
    """The GSM 7-bit alphabets: text to septets, septets to packed octets, and back (3GPP TS 23.038, 6.1 and 6.2).

    A *septet* string holds one septet an octet, top bit clear: the form most message centres want in short_message.
    ``locking`` and ``single`` name a national language table by its identifier (0 to 13, 0 the default) or its name.

    >>> from smppkit.text.alphabets import gsm7
    >>> gsm7
    gsm7
    """
    cdef object look_alike

    def __init__(self, look_alike):
        """Take the function (text, locking, single) -> text that ``errors="look-alike"`` asks."""
        self.look_alike = look_alike

    def __repr__(self):
        """Return the name this object is known by."""
        return "gsm7"

    def encode(self, text, locking=0, single=0, errors="strict"):
        """Return the septets of ``text``; a character of the single shift table takes two, the escape 0x1B and its own.

        ``errors`` says what becomes of a character the tables do not hold: "strict" raises ``TextError`` with all of
        them and their places, "replace" writes a question mark, "ignore" leaves it out, "look-alike" writes the
        nearest character the tables hold, else a question mark.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.encode("5 €").hex(" ")
        '35 20 1b 65'
        >>> gsm7.encode("ŞğıÇ", "turkish", "turkish").hex(" ")
        '1c 0c 07 09'
        >>> gsm7.encode("“naïve”", errors="look-alike")
        b'"naive"'
        """
        cdef int main = writing(locking) if locking is not _ZERO else 0
        cdef int shift = language(single) if single is not _ZERO else 0
        cdef int policy = STRICT if errors is _STRICT else policy_of(errors)
        if policy == LOOK_ALIKE:
            text = self.look_alike(text, main, shift)
        return encode_text(text, main, shift, policy)

    def decode(self, octets, locking=0, single=0):
        """Return the text of a septet string; never fails on content.

        An escaped septet without a character of its own shows as in the main table and a second escape as a space, as
        the standard asks of receivers; U+FFFD stands for a gap of a national table, an octet above 0x7F, a cut escape.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.decode(bytes.fromhex("35201b65"))
        '5 €'
        """
        cdef int main = language(locking) if locking is not _ZERO else 0
        cdef int shift = language(single) if single is not _ZERO else 0
        return decode_text(octets_of(octets), main, shift)

    def pack(self, septets, fill_bits=0, *, bint filler=False):
        """Return septets packed into octets, 8 into 7, after ``fill_bits`` zero bits (0 to 6; what a header leaves).

        With ``filler=True`` 7 spare bits at the end hold CR, so that a reader without the septet count sees no further
        ``@`` (TS 23.038, 6.1.2.3.1). ``TextError`` when an octet is above 0x7F.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.pack(b"hello").hex()
        'e8329bfd06'
        >>> gsm7.pack(b"1234567").hex(), gsm7.pack(b"1234567", filler=True).hex()
        ('31d98c56b3dd00', '31d98c56b3dd1a')
        """
        cdef bytes source = octets_of(septets)
        cdef Py_ssize_t count = PyBytes_GET_SIZE(source)
        cdef int bits = fill_bits_of(fill_bits) if fill_bits is not _ZERO else 0
        cdef bytes packed = PyBytes_FromStringAndSize(NULL, (bits + 7 * count + 7) // 8)
        cdef uint8_t* out = <uint8_t*>PyBytes_AS_STRING(packed)
        check_septets(source)
        pack_septets(<uint8_t*>PyBytes_AS_STRING(source), count, bits, out)
        if filler and (bits + 7 * count) % 8 == 1:
            out[PyBytes_GET_SIZE(packed) - 1] |= 0x0D << 1
        return packed

    def unpack(self, octets, count=None, fill_bits=0):
        """Return the septets of packed octets, skipping ``fill_bits`` bits.

        Without ``count`` (SMPP carries none) all septets that fit are taken, and when no bit is spare a last ``@`` or
        CR is dropped, for it may be filler. ``TextError`` when there are fewer than ``count``.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.unpack(bytes.fromhex("e8329bfd06"))
        b'hello'
        >>> gsm7.unpack(bytes.fromhex("31d98c56b3dd00")), gsm7.unpack(bytes.fromhex("31d98c56b3dd00"), 8)
        (b'1234567', b'1234567\\x00')
        """
        cdef bytes source = octets_of(octets)
        cdef const uint8_t* data = <uint8_t*>PyBytes_AS_STRING(source)
        cdef int bits = fill_bits_of(fill_bits) if fill_bits is not _ZERO else 0
        cdef Py_ssize_t held = max(0, (8 * PyBytes_GET_SIZE(source) - bits) // 7)
        cdef Py_ssize_t taken = packed_count(data, PyBytes_GET_SIZE(source), bits) if count is None else count
        cdef bytes septets
        if not 0 <= taken <= held:
            raise TextError(f"{taken} septets asked for, but {len(source)} octets hold {held}")
        septets = PyBytes_FromStringAndSize(NULL, taken)
        unpack_septets(data, PyBytes_GET_SIZE(source), bits, taken, <uint8_t*>PyBytes_AS_STRING(septets))
        return septets


cdef int check_septets(bytes septets) except -1:
    cdef const uint8_t* data = <uint8_t*>PyBytes_AS_STRING(septets)
    cdef Py_ssize_t count = PyBytes_GET_SIZE(septets)
    cdef Py_ssize_t i
    cdef uint8_t seen = 0
    for i in range(count):
        seen |= data[i]
    if seen < 0x80:
        return 0
    for i in range(count):
        if data[i] > 0x7F:
            raise TextError(f"octet 0x{data[i]:02X} at position {i} is no septet: septets are 0x00 to 0x7F")
    return 0


_ZERO = 0
_STRICT = "strict"
