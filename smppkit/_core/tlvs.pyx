# cython: embedsignature=False
"""The TLVs of one PDU as an immutable mapping over its octets: nothing is decoded before it is asked for."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.long cimport PyLong_FromUnsignedLongLong
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeLatin1
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uintptr_t

from smppkit._core.integers cimport index_of
from smppkit._core.network cimport read_u16
from smppkit._core.plan cimport TLV_CSTRING, TLV_INT, TLV_OCTETS, TLV_UNKNOWN, TlvPlan, fits, tlv_of

from collections.abc import Mapping
from sys import intern as _intern

from smppkit.spec.tlvs import BY_NAME as _ROWS_BY_NAME
from smppkit.spec.tlvs import BY_TAG as _ROWS_BY_TAG

cdef enum:
    NOWHERE = 0             # no TLV begins at 0: the header does
    SLOTS = 512             # of the table from a name to its row

cdef dict NAMES = {tag: row.name for tag, row in _ROWS_BY_TAG.items()}
cdef dict TAGS = {_intern(name): row.tag for name, row in _ROWS_BY_NAME.items()}    # keeps the names below alive
cdef PyObject* NAME_IN[SLOTS]
cdef const TlvPlan* ROW_IN[SLOTS]
cdef dict KINDS = {"int": TLV_INT, "cstring": TLV_CSTRING, "octets": TLV_OCTETS}


cdef int fill(TlvPlan* out, object row) except -1:
    out.tag = row.tag
    out.kind = KINDS[row.kind]
    out.repeats = row.repeats
    out.least = row.least
    out.most = row.most
    return 0


cdef bint row_of_tag(uint16_t tag, object profile, TlvPlan* out) except -1:
    """Copy the row of a tag; False when neither the standard nor ``profile`` knows it."""
    cdef const TlvPlan* known = tlv_of(tag)
    if known != NULL:
        out[0] = known[0]
        return True
    out.tag = tag
    out.kind = TLV_UNKNOWN
    if profile is None:
        return False
    row = profile.by_tag.get(tag)
    if row is None:
        return False
    fill(out, row)
    return True


cdef inline int slot_of(PyObject* name) noexcept:
    """The slot of a name, by its pointer: names in a program's text are interned. The empty one where it belongs."""
    cdef int slot = <int>((<uintptr_t>name >> 4) % SLOTS)
    while NAME_IN[slot] != name and NAME_IN[slot] != NULL:
        slot = (slot + 1) % SLOTS
    return slot


cdef bint row_of_name(object name, object profile, TlvPlan* out) except -1:
    """Copy the row of a name; False when neither the standard nor ``profile`` knows it."""
    cdef int slot = slot_of(<PyObject*>name)
    if NAME_IN[slot] != NULL:
        out[0] = ROW_IN[slot][0]
        return True
    tag = TAGS.get(name)        # a name made at run time need not be interned
    if tag is not None:
        out[0] = tlv_of(<uint16_t>tag)[0]
        return True
    row = None if profile is None else profile.by_name.get(name)
    if row is None:
        return False
    fill(out, row)
    return True


cdef object decode_value(const uint8_t* value, uint32_t size, const TlvPlan* row):
    """The value by its row; octets as they are when nobody knows the tag or the length is not the row's."""
    cdef unsigned long long number = 0
    cdef uint32_t i
    if row.kind == TLV_INT and fits(row, value, size):
        if size == 0:
            return None
        for i in range(size):
            number = number << 8 | value[i]
        return PyLong_FromUnsignedLongLong(number)
    if row.kind == TLV_CSTRING and fits(row, value, size):
        if size and value[size - 1] == 0:
            size -= 1
        return PyUnicode_DecodeLatin1(<const char*>value, size, NULL)
    return PyBytes_FromStringAndSize(<const char*>value, size)


cdef Tlvs new_tlvs(bytes wire, object profile, uint32_t begin, uint32_t end):
    cdef Tlvs tlvs = Tlvs.__new__(Tlvs)
    tlvs.wire = wire
    tlvs.profile = profile
    tlvs.begin = begin
    tlvs.end = end
    return tlvs


cdef uint32_t seek(Tlvs tlvs, object key) except 0xFFFFFFFF:
    """Where the first TLV of that name or tag begins; NOWHERE when there is none."""
    cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(tlvs.wire)
    cdef uint32_t at = tlvs.begin
    cdef TlvPlan row
    cdef long tag
    if isinstance(key, str):
        if not row_of_name(key, tlvs.profile, &row):
            return NOWHERE
        tag = row.tag
    else:
        key = index_of(key)
        if key is None or not 0 <= key <= 0xFFFF:
            return NOWHERE
        tag = key
    while at < tlvs.end:
        if read_u16(octets + at) == tag:
            return at
        at += 4 + read_u16(octets + at + 2)
    return NOWHERE


cdef object value_at(Tlvs tlvs, uint32_t at):
    cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(tlvs.wire) + at
    cdef TlvPlan row
    row_of_tag(read_u16(octets), tlvs.profile, &row)
    return decode_value(octets + 4, read_u16(octets + 2), &row)


cdef object name_at(Tlvs tlvs, uint32_t at):
    cdef uint16_t tag = read_u16(<const uint8_t*>PyBytes_AS_STRING(tlvs.wire) + at)
    name = NAMES.get(tag)
    if name is not None or tlvs.profile is None:
        return tag if name is None else name
    row = tlvs.profile.by_tag.get(tag)
    return tag if row is None else row.name


cdef list places(Tlvs tlvs):
    """Where each TLV begins, in wire order."""
    cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(tlvs.wire)
    cdef uint32_t at = tlvs.begin
    cdef list found = []
    while at < tlvs.end:
        found.append(at)
        at += 4 + read_u16(octets + at + 2)
    return found


cdef dict first_places(Tlvs tlvs):
    cdef dict found = {}
    for at in places(tlvs):
        found.setdefault(name_at(tlvs, at), at)
    return found


@cython.final
@cython.no_gc
@cython.collection_type("mapping")
cdef class Tlvs:
    """The TLVs of one PDU by name, in wire order (SMPP 3.4, section 5.3). Immutable.

    A key is the name of the standard or of the profile, or a tag; a value is int, str or bytes as the TLV's row says,
    or None where the TLV may be empty and is. A TLV that nobody knows has its tag for a name. Its value is bytes, and
    so is that of a TLV whose length is wrong. A TLV that stands more than once gives its first value here, all of them
    by ``getall``.

    >>> import smppkit as sk
    >>> pdu = sk.SubmitSm(tlvs={"user_message_reference": 7, 0x1400: b"billing"})
    >>> dict(pdu.tlvs)
    {'user_message_reference': 7, 5120: b'billing'}
    >>> pdu.tlvs[0x0204], "message_payload" in pdu.tlvs, pdu.tlvs.get("message_payload")
    (7, False, None)
    """

    def __cinit__(self):
        self.wire = b""

    def __getitem__(self, key):
        cdef uint32_t at = seek(self, key)
        if at == NOWHERE:
            raise KeyError(key)
        return value_at(self, at)

    def __contains__(self, key):
        return seek(self, key) != NOWHERE

    def __len__(self):
        return len(first_places(self))

    def __iter__(self):
        return iter(first_places(self))

    def __bool__(self):
        return self.begin < self.end

    def get(self, key, default=None):
        """Return the first value of a TLV, or ``default`` when the PDU has none of that name.

        >>> import smppkit as sk
        >>> sk.SubmitSm(tlvs={"source_port": 80}).tlvs.get("destination_port", 0)
        0
        """
        cdef uint32_t at = seek(self, key)
        return default if at == NOWHERE else value_at(self, at)

    def getall(self, key):
        """Return every value of a TLV as a list in wire order, empty when the PDU has none of that name.

        >>> import smppkit as sk
        >>> sk.SubmitSm(tlvs=[("callback_num", b"0101"), ("callback_num", b"0202")]).tlvs.getall("callback_num")
        [b'0101', b'0202']
        """
        cdef uint32_t first = seek(self, key)
        cdef const uint8_t* octets = <const uint8_t*>PyBytes_AS_STRING(self.wire)
        if first == NOWHERE:
            return []
        tag = read_u16(octets + first)
        cdef list found = []
        # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
        for at in places(self):
            if read_u16(octets + <uint32_t>at) == tag:
                found.append(value_at(self, at))
        return found

    def keys(self):
        """Return the names, each once, in wire order.

        >>> import smppkit as sk
        >>> list(sk.SubmitSm(tlvs={"source_port": 80}).tlvs.keys())
        ['source_port']
        """
        return first_places(self).keys()

    def values(self):
        """Return the first value of each name, in wire order.

        >>> import smppkit as sk
        >>> list(sk.SubmitSm(tlvs={"source_port": 80}).tlvs.values())
        [80]
        """
        return dict(self.items()).values()

    def items(self):
        """Return name and first value of each TLV, in wire order.

        >>> import smppkit as sk
        >>> list(sk.SubmitSm(tlvs={"source_port": 80}).tlvs.items())
        [('source_port', 80)]
        """
        return {name: value_at(self, at) for name, at in first_places(self).items()}.items()

    def __eq__(self, other):
        if isinstance(other, Tlvs):
            return octets_of(self) == octets_of(<Tlvs>other)
        return dict(self.items()) == other if isinstance(other, dict) else NotImplemented

    __hash__ = None

    def __repr__(self):
        # Names only: a value may be a message or a password.
        cdef list names = []
        for name in self:
            names.append(str(name) if isinstance(name, str) else f"0x{name:04X}")
        return f"<Tlvs {', '.join(names)}>"

    def __reduce__(self):
        return _restore, (octets_of(self), self.profile)


cdef bytes octets_of(Tlvs tlvs):
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(tlvs.wire) + tlvs.begin, tlvs.end - tlvs.begin)


def _restore(bytes octets not None, profile):
    """Return the mapping over ``octets``, whole TLVs and nothing else."""
    cdef uint32_t at = 0, end = <uint32_t>len(octets)
    cdef const uint8_t* here = <const uint8_t*>PyBytes_AS_STRING(octets)
    while end - at >= 4 and read_u16(here + at + 2) <= end - at - 4:
        at += 4 + read_u16(here + at + 2)
    if at != end:
        raise ValueError("these octets are no whole TLVs")
    return new_tlvs(b"\0" + octets, profile, 1, end + 1)


Mapping.register(Tlvs)


cdef int fill_names() except -1:
    cdef int slot
    if 2 * len(TAGS) > SLOTS:
        raise ValueError("spec.tlvs has more rows than the table of names has room for")
    for name, tag in TAGS.items():
        slot = slot_of(<PyObject*>name)
        NAME_IN[slot] = <PyObject*>name
        ROW_IN[slot] = tlv_of(<uint16_t>tag)
    return 0


fill_names()
