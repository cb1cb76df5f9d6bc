# cython: embedsignature.format=clinic
"""One PDU as an object: its octets, validated at once, while its fields are decoded when they are read.

The classes of the commands are made from the rows by ``smppkit.codec``, which hands them to ``adopt`` here; ``fields``
gives them their getters and ``build`` their constructor. A PDU does not change, so any thread may read it at any time.
"""

cimport cython
from cpython.buffer cimport PyBUF_FULL_RO, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t

from smppkit._core.network cimport read_u16, read_u32
from smppkit._core.plan cimport HEADER, CommandPlan, Commands, all_commands, plan_in, walk
from smppkit._core.tlvs cimport new_tlvs

from smppkit._core import faults as _faults
from smppkit.spec.commands import ROWS as _ROWS

cdef extern from *:
    """
    /* Where no lock of the interpreter guards them no spares are kept, nor where memory given back is to be watched. */
    #if defined(__has_feature)
    #if __has_feature(address_sanitizer)    /* what clang says where gcc defines a macro */
    #define __SANITIZE_ADDRESS__ 1
    #endif
    #endif
    #if defined(Py_GIL_DISABLED) || defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS) || defined(__SANITIZE_ADDRESS__)
    #define SMPPKIT_SPARES 0
    #else
    #define SMPPKIT_SPARES 16
    #endif
    """
    const int SPARES "SMPPKIT_SPARES"

cdef extern from "Python.h":
    void PyObject_Free(void* memory) noexcept
    Type* Py_TYPE(PyObject* thing) noexcept
    void Py_DECREF_TYPE "Py_DECREF"(Type* kind) noexcept
    const unsigned long Py_TPFLAGS_HAVE_GC

cdef enum:
    MAX_ROWS = 64

# The spares of each class, which save a fifth of decoding a short PDU. The lock of the interpreter guards them; where
# there is none, there are none. All else is filled once by ``adopt``, while ``smppkit.codec`` is imported.
cdef const Commands* COMMANDS = all_commands()
cdef Spares SPARE[MAX_ROWS]
cdef tuple KEPT = ()
cdef object READ_HEX = None
cdef object REBUILD = None
cdef object FIND_PROFILE = None
cdef object PROFILE_CLASS = None


@cython.no_gc
cdef class CorePdu:
    """What every PDU is to the core. Its Python face is ``smppkit.Pdu``."""

    def __cinit__(self, *args, **kwargs):
        raise TypeError("Pdu is what all PDUs have in common: decode one, or build one of a class such as SubmitSm")

    @property
    def command_length(self):
        """Octets of the whole PDU, header included (SMPP 3.4, section 5.1.1)."""
        return PyBytes_GET_SIZE(self.wire)

    @property
    def command_status(self):
        """Outcome that a response reports, 0 in requests (SMPP 3.4, section 5.1.3)."""
        return read_u32(octets_of(self) + 8)

    @property
    def sequence_number(self):
        """Number that ties a response to its request (SMPP 3.4, section 5.1.4); 0 until a session stamps it."""
        return read_u32(octets_of(self) + 12)

    @property
    def profile(self):
        """The profile whose names this PDU reads its vendor TLVs by, or None."""
        return <object>self.profile

    @property
    def tlvs(self):
        """The TLVs by name: an immutable mapping to typed values, the first of each name (SMPP 3.4, section 5.3).

        >>> import smppkit as sk
        >>> sk.DataSm(tlvs={"message_payload": b"hi"}).tlvs["message_payload"]
        b'hi'
        """
        return new_tlvs(<bytes>self.wire, <object>self.profile, self.walk.offsets[self.plan.count], self.walk.tlv_end)

    @property
    def raw_tlvs(self):
        """The TLVs as they are: a list of (tag, octets) in wire order.

        >>> import smppkit as sk
        >>> sk.SubmitSm(tlvs={"source_port": 80, 0x1400: b"x"}).raw_tlvs
        [(522, b'\\x00P'), (5120, b'x')]
        """
        cdef const char* octets = <const char*>octets_of(self)
        cdef list found = []
        # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
        for tag, at, end in self._tlv_spans():
            found.append((tag, PyBytes_FromStringAndSize(octets + <uint32_t>at, <uint32_t>end - <uint32_t>at)))
        return found

    @cython.binding(False)
    @cython.always_allow_keywords(False)
    def encode(self):
        """Return the octets of this PDU, as they were decoded or built.

        >>> import smppkit as sk
        >>> sk.EnquireLink(sequence_number=1).encode().hex(" ", 4)
        '00000010 00000015 00000000 00000001'
        """
        return <object>self.wire

    def __bytes__(self):
        return <object>self.wire

    def __len__(self):
        return PyBytes_GET_SIZE(self.wire)

    def __hash__(self):
        return hash(<object>self.wire)

    def __eq__(self, other):
        if not isinstance(other, CorePdu):
            return NotImplemented
        return <bytes>self.wire == <bytes>(<CorePdu>other).wire

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return REBUILD, (<object>self.wire, <object>self.profile)

    @property
    def _odd(self):
        # What was tolerated: bits of plan.Odd.
        return self.walk.odd

    @property
    def _tlv_end(self):
        # Where the last whole TLV ends.
        return self.walk.tlv_end

    def _spans(self):
        # Where each field that is there begins and ends.
        cdef list found = []
        for i in range(self.walk.present):
            found.append((self.walk.offsets[i], self.walk.offsets[i + 1]))
        return found

    def _tlv_spans(self):
        # Tag of each TLV, and where its value begins and ends.
        cdef const uint8_t* octets = octets_of(self)
        cdef uint32_t at = self.walk.offsets[self.plan.count], size
        cdef list found = []
        while at < self.walk.tlv_end:
            size = read_u16(octets + at + 2)
            found.append((read_u16(octets + at), at + 4, at + 4 + size))
            at += 4 + size
        return found


cdef void let_go(CorePdu pdu) noexcept:
    """The classes' tp_dealloc. An argument is borrowed, so nothing here touches the count of the dying object."""
    cdef Spares* spares = &SPARE[pdu.plan.row]
    cdef PyObject* wire = pdu.wire
    cdef Type* kind
    Py_DECREF(pdu.profile)
    if spares.count < SPARES:
        pdu.wire = spares.top
        spares.top = <PyObject*>pdu
        spares.count += 1
    else:
        kind = Py_TYPE(<PyObject*>pdu)
        PyObject_Free(<void*>pdu)
        Py_DECREF_TYPE(kind)
    Py_DECREF(wire)


cdef Spares* spares_of(int row) noexcept:
    return &SPARE[row]


cdef object profile_of(object profile):
    return profile if type(profile) is PROFILE_CLASS else FIND_PROFILE(profile)


cdef int check_frame(const uint8_t* octets, Py_ssize_t length, Py_ssize_t most) except -1:
    """Raise unless ``length`` octets are exactly one PDU of at most ``most`` by its command_length."""
    if length >= HEADER and read_u32(octets) == length and length <= most:
        return 0
    first = PyBytes_FromStringAndSize(<const char*>octets, min(length, HEADER))
    raise _faults.misframed(first, length, most)


cdef bytes gathered(object data, Py_ssize_t most):
    """The octets of bytes-like data or of a hex dump. They are copied only after their length was found sane."""
    cdef Py_buffer view
    if isinstance(data, str):
        return READ_HEX(data)
    if isinstance(data, bytes):
        return <bytes>data
    try:
        PyObject_GetBuffer(data, &view, PyBUF_FULL_RO)
    except TypeError:
        raise TypeError(f"decode takes octets or the text of a hex dump, not {type(data).__name__}") from None
    try:
        if view.itemsize != 1:
            raise TypeError(f"decode takes octets, not items of {view.itemsize} octets each")
        if not PyBuffer_IsContiguous(&view, b"C"):
            return memoryview(data).tobytes()
        check_frame(<const uint8_t*>view.buf, view.len, most)
        return PyBytes_FromStringAndSize(<const char*>view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


@cython.binding(False)
def decode(data, profile=None, *, Py_ssize_t max_length=70_000):
    """Decode exactly one whole PDU.

    ``data`` is bytes-like (bytes, bytearray, memoryview, mmap, a NumPy array of uint8) or the text of a hex dump;
    ``profile`` names vendor TLVs; ``max_length`` is the most octets a PDU may have. The whole is validated at once by
    the rows of SMPP 3.4 and 5.0; what peers get wrong and can be read all the same is tolerated and told by
    ``problems``. For a buffer of several PDUs, or one that may be cut, use ``scan``.

    Raises DecodeError for a body that cannot be read, octets that are missing or left over and an unknown command_id;
    FramingError for a command_length below 16 or above ``max_length``.

    >>> import smppkit as sk
    >>> sk.decode("00000010 00000015 00000000 00000001")
    <EnquireLink sequence_number=1>
    >>> sk.decode(bytes.fromhex("0000001580000004000000000000000731323334") + bytes(1)).message_id
    '1234'
    """
    cdef bytes wire = <bytes>data if type(data) is bytes else gathered(data, max_length)
    cdef const uint8_t* octets = wire
    cdef const CommandPlan* plan
    cdef CorePdu pdu
    if profile is not None:
        profile = profile_of(profile)
    check_frame(octets, len(wire), max_length)
    plan = plan_in(COMMANDS, read_u32(octets + 4))
    if plan == NULL:
        raise _faults.unknown_command(read_u32(octets + 4))
    pdu = new_pdu(&SPARE[plan.row], plan, wire, profile)
    if not walk(octets, <uint32_t>len(wire), plan, &pdu.walk):
        raise _faults.unreadable(wire, plan.row, pdu.walk.fault, pdu.walk.fault_field, pdu.walk.fault_offset,
                                 pdu.walk.fault_status)
    return pdu


def adopt(tuple classes not None, read_hex, rebuild, profile_class, find_profile):
    """Take the classes, in the order of ``spec.commands.ROWS``, and what the layer above lends: once, at its import."""
    global KEPT, READ_HEX, REBUILD, FIND_PROFILE, PROFILE_CLASS
    if KEPT or len(classes) != len(_ROWS) or len(classes) > MAX_ROWS:
        raise RuntimeError("the classes of PDUs are made once, one for each row")
    for row, kind in enumerate(classes):
        if not issubclass(kind, CorePdu) or kind.__basicsize__ != CorePdu.__basicsize__:
            raise TypeError(f"{kind!r} is no plain class of PDUs")
        # A PDU refers to octets and a profile, never to itself: it needs no collector, and is made without its header.
        (<Type*><PyObject*>kind).tp_flags &= ~Py_TPFLAGS_HAVE_GC
        (<Type*><PyObject*>kind).tp_traverse = NULL
        (<Type*><PyObject*>kind).tp_clear = NULL
        (<Type*><PyObject*>kind).tp_dealloc = <void*>let_go
        SPARE[row].kind = <Type*><PyObject*>kind
    KEPT, READ_HEX, REBUILD, FIND_PROFILE, PROFILE_CLASS = classes, read_hex, rebuild, find_profile, profile_class
