# cython: embedsignature.format=clinic
"""GSM 7-bit text for Python: text to septets, septets to packed octets, and back. One object, ``Gsm7``."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_New
from libc.stdint cimport uint8_t, uint16_t
from libc.string cimport memcpy

from .alphabet cimport ESCAPE, GSM7, LANGUAGES, NONE, UNKNOWN, Tables, code_at, copy_plain, kind_of, tables
from .given cimport FAR, count_in, fill_bits_in, no_octets, octets_in
from .packing cimport NO_SEPTETS, pack_septets, packed_count, unpack_septets

from smppkit.errors import TextError
from smppkit.spec import alphabets as _spec

from .measure import not_held

cdef enum:
    SCRATCH = 1024          # octets on the stack: enough for any short message


cdef Py_ssize_t encode_narrow(const uint8_t* text, Py_ssize_t count, int locking, int single, int policy,
                              uint8_t* out) noexcept nogil:
    """Write the septets of a text of one octet a character; -1 when STRICT meets a character that is not held."""
    cdef const Tables* all = tables()
    cdef const uint8_t* page = all.pages[all.locking_pages[locking][0]]
    cdef bint plain = all.plain[locking]
    cdef uint8_t* begin = out
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t stop
    while at < count:
        stop = min(at + 8, count)
        if plain and copy_plain(text + at, count - at, out):
            out += stop - at
            at = stop
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


cdef inline uint16_t code_of(const Tables* all, const uint8_t* septets, Py_ssize_t count, int locking, int single,
                             Py_ssize_t* at) noexcept nogil:
    """The code point of the septet at ``at``, or of an escape and the septet behind it; moves on behind them."""
    cdef uint8_t septet = septets[at[0]]
    cdef uint16_t code = 0
    at[0] += 1
    if septet == ESCAPE and at[0] < count and septets[at[0]] < 0x80:
        septet = septets[at[0]]
        at[0] += 1
        if septet == ESCAPE:
            return 0x20
        code = all.single[single][septet]
    if code == 0 and septet < 0x80:
        code = all.locking[locking][septet]
    return code or UNKNOWN


cdef Py_ssize_t decode_narrow(const uint8_t* septets, Py_ssize_t count, int locking, int single, uint8_t* out,
                              uint16_t* bits) noexcept nogil:
    """Write a text of one octet a character, at most one a septet; -1 when it has wider ones.

    ``bits`` gets all code points ORed, which tells how wide the text is.
    """
    cdef const Tables* all = tables()
    cdef bint plain = all.plain[locking]
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t made = 0
    cdef Py_ssize_t stop
    cdef uint16_t code
    bits[0] = 0x7F
    while at < count:
        stop = min(at + 8, count)
        if plain and copy_plain(septets + at, count - at, out + made):
            made += stop - at
            at = stop
        while at < stop:
            code = code_of(all, septets, count, locking, single, &at)
            bits[0] |= code
            out[made] = <uint8_t>code
            made += 1
        if bits[0] > 0xFF:
            return -1
    return made


cdef Py_ssize_t decode_wide(const uint8_t* septets, Py_ssize_t count, int locking, int single, uint16_t* out)\
        noexcept nogil:
    """The same of two octets a character: more no septet means."""
    cdef const Tables* all = tables()
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t made = 0
    while at < count:
        out[made] = code_of(all, septets, count, locking, single, &at)
        made += 1
    return made


cdef void* allocate(size_t size) except NULL:
    cdef void* memory = PyMem_Malloc(size)
    if memory == NULL:
        raise MemoryError()
    return memory


cdef bytes octets_of(object value):
    cdef bytes octets
    if PyBytes_CheckExact(value):
        return <bytes>value
    octets = octets_in(value)
    if octets is None or getattr(value, "ndim", 1) > 1:
        raise no_octets("gsm7", value)
    return octets


cdef bytes encode_text(object text, int locking, int single, int policy):
    cdef int kind = kind_of(text)
    cdef Py_ssize_t count = PyUnicode_GET_LENGTH(text)
    cdef uint8_t scratch[SCRATCH]
    cdef uint8_t* out = scratch
    cdef Py_ssize_t made
    if 2 * count + 8 > SCRATCH:
        out = <uint8_t*>allocate(2 * count + 8)
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
    cdef const uint8_t* data = <uint8_t*>PyBytes_AS_STRING(septets)
    cdef Py_ssize_t count = PyBytes_GET_SIZE(septets)
    cdef uint16_t scratch[SCRATCH]
    cdef uint16_t* out = scratch
    cdef uint16_t bits = 0
    cdef Py_ssize_t made
    cdef str text
    if count + 8 > SCRATCH:
        out = <uint16_t*>allocate(2 * count + 8)
    try:
        made = decode_narrow(data, count, locking, single, <uint8_t*>out, &bits)
        if made >= 0:
            text = PyUnicode_New(made, bits)
            memcpy(PyUnicode_DATA(text), out, made)
        else:
            made = decode_wide(data, count, locking, single, out)
            text = PyUnicode_New(made, 0xFFFF)
            memcpy(PyUnicode_DATA(text), out, 2 * made)
        return text
    finally:
        if out != scratch:
            PyMem_Free(out)


cdef bytes pack_octets(bytes septets, int fill_bits, bint filler):
    cdef const uint8_t* data = <uint8_t*>PyBytes_AS_STRING(septets)
    cdef Py_ssize_t count = PyBytes_GET_SIZE(septets)
    cdef Py_ssize_t size = (fill_bits + 7 * count + 7) // 8
    cdef bytes packed = PyBytes_FromStringAndSize(NULL, size)
    cdef uint8_t* out = <uint8_t*>PyBytes_AS_STRING(packed)
    if pack_septets(data, count, fill_bits, out) & NO_SEPTETS:
        raise no_septet(septets)
    if filler and 8 * size - 7 * count - fill_bits == 7:
        out[size - 1] |= 0x0D << 1
    return packed


cdef object no_septet(bytes octets):
    place = next(place for place, octet in enumerate(octets) if octet > 0x7F)
    return TextError(f"octet 0x{octets[place]:02X} at position {place} is no septet: septets are 0x00 to 0x7F")


cdef bytes unpack_octets(bytes octets, object count, int fill_bits):
    cdef const uint8_t* data = <uint8_t*>PyBytes_AS_STRING(octets)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(octets)
    cdef Py_ssize_t held = max(0, (8 * size - fill_bits) // 7)
    cdef Py_ssize_t taken = packed_count(data, size, fill_bits) if count is None else count_in(count)
    cdef bytes septets
    if not 0 <= taken <= held:
        raise TextError(f"{count if taken == FAR else taken} septets asked for, but {size} octets hold {held}")
    septets = PyBytes_FromStringAndSize(NULL, taken)
    unpack_septets(data, size, fill_bits, taken, <uint8_t*>PyBytes_AS_STRING(septets))
    return septets


cdef object ZERO = 0            # the defaults, known again without a look at their value
cdef object AS_STRICT = "strict"
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
    cdef object look_alike, columns, found_by

    def __init__(self, look_alike, columns, found_by):
        """Take what the layer above adds.

        ``look_alike``: the function (text, locking, single) -> text that ``errors="look-alike"`` asks; ``columns``:
        the module that knows columns, with ``is_column`` and a function for each method here; ``found_by``: what
        gives this object in another process.
        """
        self.look_alike = look_alike
        self.columns = columns
        self.found_by = found_by

    def __repr__(self):
        """Return the name this object is known by."""
        return "gsm7"

    def __reduce__(self):
        """Travel between processes, and into copies, as the one ``gsm7`` there is."""
        return self.found_by, ()

    @cython.binding(False)
    def encode(self, text, locking=0, single=0, errors="strict"):
        """Return the septets of ``text``; a character of the single shift table takes two, the escape 0x1B and its own.

        ``errors`` says what becomes of a character the tables do not hold: "strict" raises ``TextError`` with all of
        them and their places, "replace" writes a question mark, "ignore" leaves it out, "look-alike" writes the
        nearest character the tables hold, else a question mark.

        A Series of texts gives a Series of octets, an Arrow array one of octets; an error names the row.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.encode("5 €").hex(" ")
        '35 20 1b 65'
        >>> gsm7.encode("ŞğıÇ", "turkish", "turkish").hex(" ")
        '1c 0c 07 09'
        >>> gsm7.encode("“naïve”", errors="look-alike")
        b'"naive"'
        >>> import pandas as pd
        >>> gsm7.encode(pd.Series(["5 €", None], index=["a", "b"]))
        a    b'5 \\x1be'
        b          <NA>
        dtype: binary[pyarrow]
        """
        cdef int main = writing(locking) if locking is not ZERO else 0
        cdef int shift = language(single) if single is not ZERO else 0
        cdef int policy = STRICT if errors is AS_STRICT else policy_of(errors)
        if not isinstance(text, str) and self.columns.is_column(text):
            return self.columns.encode(self, text, main, shift, errors)
        if policy == LOOK_ALIKE:
            text = self.look_alike(text, main, shift)
        return encode_text(text, main, shift, policy)

    @cython.binding(False)
    def decode(self, octets, locking=0, single=0):
        """Return the text of a septet string; never fails on content.

        An escaped septet without a character of its own shows as in the main table and a second escape as a space, as
        the standard asks of receivers; U+FFFD stands for a gap of a national table, an octet above 0x7F, a cut escape.

        A Series or an Arrow array of septet strings gives one of texts.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.decode(bytes.fromhex("35201b65"))
        '5 €'
        >>> import pyarrow as pa
        >>> gsm7.decode(pa.array([bytes.fromhex("35201b65"), None])).to_pylist()
        ['5 €', None]
        """
        cdef int main = language(locking) if locking is not ZERO else 0
        cdef int shift = language(single) if single is not ZERO else 0
        if not PyBytes_CheckExact(octets) and self.columns.is_column(octets):
            return self.columns.decode(octets, main, shift)
        return decode_text(octets_of(octets), main, shift)

    @cython.binding(False)
    def pack(self, septets, fill_bits=0, *, bint filler=False):
        """Return septets packed into octets, 8 into 7, after ``fill_bits`` zero bits (0 to 6; what a header leaves).

        With ``filler=True`` 7 spare bits at the end hold CR, so that a reader without the septet count sees no further
        ``@`` (TS 23.038, 6.1.2.3.1). ``TextError`` when an octet is above 0x7F.

        A Series or an Arrow array of septet strings gives one of octets; an error names the row.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.pack(b"hello").hex()
        'e8329bfd06'
        >>> gsm7.pack(b"1234567").hex(), gsm7.pack(b"1234567", filler=True).hex()
        ('31d98c56b3dd00', '31d98c56b3dd1a')
        >>> import pandas as pd
        >>> gsm7.pack(pd.Series([b"hello", b"1234567"], dtype="binary[pyarrow]")).map(bytes.hex).tolist()
        ['e8329bfd06', '31d98c56b3dd00']
        """
        cdef int bits = fill_bits_in(fill_bits) if fill_bits is not ZERO else 0
        if not PyBytes_CheckExact(septets) and self.columns.is_column(septets):
            return self.columns.pack(self, septets, bits, filler)
        return pack_octets(octets_of(septets), bits, filler)

    @cython.binding(False)
    def unpack(self, octets, count=None, fill_bits=0):
        """Return the septets of packed octets, skipping ``fill_bits`` bits.

        Without ``count`` (SMPP carries none) all septets that fit are taken, and when no bit is spare a last ``@`` or
        CR is dropped, for it may be filler. ``TextError`` when there are fewer than ``count``.

        A Series or an Arrow array of octets gives one of septet strings; ``count`` is a number for all rows, or one for
        each (a missing one: as without); an error names the row.

        >>> from smppkit.text.alphabets import gsm7
        >>> gsm7.unpack(bytes.fromhex("e8329bfd06"))
        b'hello'
        >>> gsm7.unpack(bytes.fromhex("31d98c56b3dd00")), gsm7.unpack(bytes.fromhex("31d98c56b3dd00"), 8)
        (b'1234567', b'1234567\\x00')
        >>> import pandas as pd
        >>> packed = pd.Series([bytes.fromhex("e8329bfd06"), None], dtype="binary[pyarrow]", name="text")
        >>> gsm7.unpack(packed, count=[4, None])
        0    b'hell'
        1       <NA>
        Name: text, dtype: binary[pyarrow]
        """
        cdef int bits = fill_bits_in(fill_bits) if fill_bits is not ZERO else 0
        if not PyBytes_CheckExact(octets) and self.columns.is_column(octets):
            return self.columns.unpack(self, octets, count, bits)
        return unpack_octets(octets_of(octets), count, bits)


# ---- the plainest calls: of what is no column, by position, with no choices ----
# They come here first, past the reading of arguments that takes as long as the work on a message; all others go on.

cdef extern from "Python.h":
    ctypedef struct PyMethodDef:
        void* ml_meth
        int ml_flags
    ctypedef struct PyMethodDescrObject:
        PyMethodDef* d_method
    int METH_FASTCALL
    int METH_KEYWORDS

ctypedef object (*Method)(object self, PyObject** given, Py_ssize_t count, PyObject* names)

cdef Method ENCODE
cdef Method DECODE
cdef Method PACK
cdef Method UNPACK


cdef object encode_plainly(object self, PyObject** given, Py_ssize_t count, PyObject* names):
    if count == 1 and names == NULL and isinstance(<object>given[0], str):
        return encode_text(<object>given[0], 0, 0, STRICT)
    return ENCODE(self, given, count, names)


cdef object decode_plainly(object self, PyObject** given, Py_ssize_t count, PyObject* names):
    if count == 1 and names == NULL and PyBytes_CheckExact(<object>given[0]):
        return decode_text(<bytes>given[0], 0, 0)
    return DECODE(self, given, count, names)


cdef object pack_plainly(object self, PyObject** given, Py_ssize_t count, PyObject* names):
    if count == 1 and names == NULL and PyBytes_CheckExact(<object>given[0]):
        return pack_octets(<bytes>given[0], 0, False)
    return PACK(self, given, count, names)


cdef object unpack_plainly(object self, PyObject** given, Py_ssize_t count, PyObject* names):
    if count == 2 and names == NULL and PyBytes_CheckExact(<object>given[0]):
        return unpack_octets(<bytes>given[0], <object>given[1], 0)
    return UNPACK(self, given, count, names)


cdef Method put_before(str name, Method plainly):
    """Let calls of a method come to ``plainly``, if they are made as it takes them; returns where they came to."""
    cdef object method = Gsm7.__dict__[name]
    cdef PyMethodDef* definition = (<PyMethodDescrObject*><PyObject*>method).d_method
    cdef Method before = <Method>definition.ml_meth
    if definition.ml_flags == METH_FASTCALL | METH_KEYWORDS:
        definition.ml_meth = <void*>plainly
    return before


ENCODE = put_before("encode", encode_plainly)
DECODE = put_before("decode", decode_plainly)
PACK = put_before("pack", pack_plainly)
UNPACK = put_before("unpack", unpack_plainly)
