"""The names that sentences on PDUs use: of commands, fields and TLVs, as UTF-8; and what is known of each TLV."""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from smppkit._core.memory cimport calloc, free
from smppkit._core.oddity cimport commands_of, rows_with
from smppkit._core.plan cimport MAX_FIELDS
from smppkit._core.sentences cimport STEP, Name

from smppkit.spec import commands as _commands
from smppkit.spec import kinds as _kinds

cdef enum:
    ROWS = 64
    TAGS = 65536
    LONGEST_NAME = 64           # octets of that of a command or field

cdef list KEPT = []             # the octets of names that are there for good
cdef Name FIELDS[ROWS][MAX_FIELDS]
cdef Name COMMANDS[ROWS]
cdef bint REQUESTS[ROWS]


cdef bytes spelt(str text):
    """The octets of a name, to be kept for as long as it is used."""
    return text.encode("utf-8", "replace") + bytes(STEP)


cdef int call(bytes octets, Name* to) except -1:
    """Make a name of octets that are kept."""
    to.at = <const uint8_t*>PyBytes_AS_STRING(octets)
    to.size = <uint32_t>(len(octets) - STEP)
    return 0


cdef class Vocabulary:
    """The TLVs of the standard, and those of a profile, by their tags.

    >>> Vocabulary(()) is not None
    True
    """

    def __cinit__(self, vendor):
        cdef list rows = rows_with(vendor)
        self.octets = []
        self.longest_name = LONGEST_NAME
        self.slots = <uint16_t*>calloc(TAGS, sizeof(uint16_t))
        self.known = <Known*>calloc(len(rows), sizeof(Known))
        if self.slots == NULL or self.known == NULL:
            raise MemoryError
        for row in rows:
            self.add(row)

    def __dealloc__(self):
        free(self.slots)
        free(self.known)

    cdef int add(self, object row) except -1:
        cdef Known* known = &self.known[self.count]
        cdef uint16_t tag = row.tag
        cdef bytes octets
        if self.slots[tag] or self.count == TAGS - 1:
            return 0                            # the standard goes first
        octets = spelt(row.name)
        self.octets.append(octets)
        call(octets, &known.name)
        self.longest_name = max(self.longest_name, known.name.size)
        known.commands = commands_of(row)
        known.least, known.most = row.least, row.most
        known.string = row.kind == _kinds.CSTRING
        known.repeats = row.repeats
        self.count += 1
        self.slots[tag] = <uint16_t>self.count
        return 0


cdef Vocabulary STANDARD = Vocabulary(())


cdef Vocabulary words_of(vendor):
    """The words of a profile's TLVs, given by name, and of the standard's."""
    return Vocabulary(vendor.values()) if vendor else STANDARD


cdef const Name* standard_name(uint16_t tag) noexcept nogil:
    """The name of a TLV of the standard; NULL for any other."""
    cdef int slot = STANDARD.slots[tag]
    return &STANDARD.known[slot - 1].name if slot else NULL


cdef const Name* field_name(int row, int place) noexcept nogil:
    return &FIELDS[row][place]


cdef const Name* command_name(int row) noexcept nogil:
    return &COMMANDS[row]


cdef bint is_request(int row) noexcept nogil:
    return REQUESTS[row]


cdef int keep(str text, Name* to) except -1:
    """Make one of the names that are there for good."""
    cdef bytes octets = spelt(text)
    KEPT.append(octets)
    call(octets, to)
    if to.size > LONGEST_NAME:
        raise ValueError(f"the name {text} is longer than there is room for")
    return 0


cdef int fill() except -1:
    cdef int row, place
    for row, command in enumerate(_commands.ROWS):
        keep(command.name, &COMMANDS[row])
        REQUESTS[row] = command.kind == _kinds.REQUEST
        for place, field in enumerate(command.fields):
            keep(field.name, &FIELDS[row][place])
    return 0


fill()
