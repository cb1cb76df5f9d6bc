"""What is wrong with PDUs, or odd about them, in the words of the codec: noted in numbers, written without Python.

The octets may change while they are read, for the caller may write to a buffer meanwhile: what comes out is nonsense
then, but nothing is read or written outside.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset

from smppkit._core.column cimport Sink, close_string, reserve
from smppkit._core.memory cimport calloc, free, malloc
from smppkit._core.oddity cimport NO_PLACE, PAYLOAD, SAR_FIRST, SAR_NUMBER, SAR_TOTAL, UDHI
from smppkit._core.oddity cimport is_time, place_of_esm_class, place_of_message
from smppkit._core.network cimport read_u16, read_u32
from smppkit._core.plan cimport BAD_DEST_FLAG, TLVS_TOO_MANY, TOO_LONG
from smppkit._core.plan cimport HEADER, MAX_PDU, MOST_TLVS, CommandPlan, FieldPlan, Walk, plan_of, walk_again
from smppkit._core.plan cimport KIND_CSTRING, KIND_DESTINATIONS, KIND_FAILURES, KIND_OCTETS, KIND_TIME, KIND_U8
from smppkit._core.plan cimport ODD_NO_NUL, ODD_PARTIAL, ODD_TLVS_ONLY, ODD_TRAILING
from smppkit._core.sentences cimport Name, Note, compiled, most_octets, write_more, write_note
from smppkit._core.udh cimport Header, read_header
from smppkit._core.vocabulary cimport Known, Vocabulary, call, command_name, field_name, is_request, keep, spelt
from smppkit._core.vocabulary cimport standard_name

from smppkit._core import templates as _said
from smppkit._core.faults import HEADER as _HEADER
from smppkit._core import foreign as _foreign
from smppkit.spec import tlvs as _tlvs

cdef enum:
    MOST_NOTES = 64             # of one PDU: twice MOST_IN_CELL of its TLVs, one for each of MAX_FIELDS, and some more
    ADDRESS = 20                # most characters of an address in a list
    TIME = 16
    LAST_NUMBER = 0x7FFFFFFF    # the greatest sequence_number of the standard
    FIRST_OF_VENDORS = 0x00010200
    LAST_OF_VENDORS = 0x000102FF

cdef int MOST_IN_CELL = _said.MOST_IN_CELL

cdef Name HEADERS[4]
cdef Name TLVS
cdef Name MESSAGE
cdef Name MESSAGE_PAYLOAD
cdef Name SEGMENTATION[3]
cdef bint MAY_BE_FOREIGN[256]   # by the first octet

cdef int SAY_BELOW_HEADER = compiled(_said.BELOW_HEADER)
cdef int SAY_FOREIGN = compiled(_said.FOREIGN)
cdef int SAY_ABOVE_MOST = compiled(_said.ABOVE_MOST)
cdef int SAY_NO_HEADER = compiled(_said.NO_HEADER)
cdef int SAY_TOO_FEW = compiled(_said.TOO_FEW)
cdef int SAY_TOO_MANY = compiled(_said.TOO_MANY)
cdef int SAY_VENDOR_COMMAND = compiled(_said.VENDOR_COMMAND)
cdef int SAY_NO_COMMAND = compiled(_said.NO_COMMAND)
cdef int SAY_NO_FIELD = compiled(_said.NO_FIELD)
cdef int SAY_STRING_CUT = compiled(_said.STRING_CUT)
cdef int SAY_OCTETS_CUT = compiled(_said.OCTETS_CUT)
cdef int SAY_LIST_CUT = compiled(_said.LIST_CUT)
cdef int SAY_NO_NUL = compiled(_said.NO_NUL)
cdef int SAY_ADDRESS_WITHOUT_NUL = compiled(_said.ADDRESS_WITHOUT_NUL)
cdef int SAY_BAD_DEST_FLAG = compiled(_said.BAD_DEST_FLAG)
cdef int SAY_TLV_CUT = compiled(_said.TLV_CUT)
cdef int SAY_TLVS_TOO_MANY = compiled(_said.TLVS_TOO_MANY)
cdef int SAY_STATUS_OF_REQUEST = compiled(_said.STATUS_OF_REQUEST)
cdef int SAY_HIGH_NUMBER = compiled(_said.HIGH_NUMBER)
cdef int SAY_ONLY_TLVS = compiled(_said.ONLY_TLVS)
cdef int SAY_PARTLY_ABSENT = compiled(_said.PARTLY_ABSENT)
cdef int SAY_LEFT_OUT = compiled(_said.LEFT_OUT)
cdef int SAY_ENDS_WITH_PDU = compiled(_said.ENDS_WITH_PDU)
cdef int SAY_NO_DESTINATIONS = compiled(_said.NO_DESTINATIONS)
cdef int SAY_LONG_OCTETS = compiled(_said.LONG_OCTETS)
cdef int SAY_LONG_STRING = compiled(_said.LONG_STRING)
cdef int SAY_NO_TIME = compiled(_said.NO_TIME)
cdef int SAY_LONG_ADDRESS = compiled(_said.LONG_ADDRESS)
cdef int SAY_LONG_LIST = compiled(_said.LONG_LIST)
cdef int SAY_TLV_OF_ONE_LENGTH = compiled(_said.TLV_OF_ONE_LENGTH)
cdef int SAY_TLV_OF_LENGTHS = compiled(_said.TLV_OF_LENGTHS)
cdef int SAY_NO_TLV_OF = compiled(_said.NO_TLV_OF)
cdef int SAY_REPEATED = compiled(_said.REPEATED)
cdef int SAY_TRAILING = compiled(_said.TRAILING)
cdef int SAY_MISSING_BESIDE = compiled(_said.MISSING_BESIDE)
cdef int SAY_TWO_TEXTS = compiled(_said.TWO_TEXTS)
cdef int SAY_NO_USER_HEADER = compiled(_said.NO_USER_HEADER)


@cython.final
cdef class Teller:
    """Tells of the PDUs of one call.

    >>> from smppkit._core.vocabulary import Vocabulary
    >>> Teller(Vocabulary(()), True) is not None
    True
    """

    def __cinit__(self, Vocabulary words not None, bint odd):
        self.words = words
        self.longest_name = words.longest_name
        self.protocols = {}
        self.odd = odd
        self.seen = <uint16_t*>calloc(words.count + 1, sizeof(uint16_t))
        self.firsts = <First*>malloc((words.count + 1) * sizeof(First))
        self.notes = <Note*>malloc(MOST_NOTES * sizeof(Note))
        if self.seen == NULL or self.firsts == NULL or self.notes == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.seen)
        free(self.firsts)
        free(self.notes)

    cdef Outcome tell(self, Sink* sink, Py_ssize_t row, const uint8_t* pdu, int64_t size,
                      uint32_t tlv_end) noexcept nogil:
        """Write what is wrong with a PDU, or odd about it, into its row; ``tlv_end`` is 0 where it is not known."""
        cdef const CommandPlan* plan
        cdef uint32_t command_id
        cdef bint vendors
        cdef Walk walked
        self.count = self.of_tlvs = self.unsaid = 0
        if size < HEADER or size > MAX_PDU or read_u32(pdu) != size:
            return self.put(sink, row) if self.frame(pdu, size) else FOREIGN
        command_id = read_u32(pdu + 4)
        plan = plan_of(command_id)
        if plan == NULL:
            vendors = FIRST_OF_VENDORS <= command_id & 0x7FFFFFFF <= LAST_OF_VENDORS
            self.note(4, &HEADERS[1], SAY_VENDOR_COMMAND if vendors else SAY_NO_COMMAND).values[0] = command_id
        elif not walk_again(pdu, <uint32_t>size, plan, tlv_end, &walked):
            self.fault(pdu, <uint32_t>size, plan, &walked)
        elif self.odd:
            self.oddities(pdu, <uint32_t>size, plan, &walked)
        return self.put(sink, row)

    cdef Outcome tell_foreign(self, Sink* sink, Py_ssize_t row, const uint8_t* pdu, int64_t size) except *:
        """The same for what has an absurd command_length, which may be another protocol."""
        cdef str name = _foreign.protocol(pdu[:min(size, HEADER)])
        cdef Name protocol
        self.count = self.of_tlvs = self.unsaid = 0
        if name:
            if name not in self.protocols:
                self.protocols[name] = spelt(name)
            call(self.protocols[name], &protocol)
            self.longest_name = max(self.longest_name, protocol.size)
            self.note(0, &HEADERS[0], SAY_FOREIGN).other = &protocol
        else:
            self.above_most(read_u32(pdu) if size >= 4 else 0)
        return self.put(sink, row)

    cdef Outcome put(self, Sink* sink, Py_ssize_t row) noexcept nogil:
        """Write what was noted, in the order of the octets it is about; of much only how much more there is."""
        cdef Py_ssize_t done = 0
        cdef uint8_t* out
        cdef int place, told = min(self.count, MOST_IN_CELL), every = self.count + self.unsaid
        if self.count == 0:
            return TOLD
        self.sort()
        out = reserve(sink, (told + 1) * (2 + most_octets(self.longest_name)))      # all at once: what is written but
        if out == NULL:                                                             # not closed does not move along
            return STARVED
        for place in range(min(told + 1, every)):
            if place:
                out[done] = c";"
                out[done + 1] = c" "
                done += 2
            done += write_note(&out[done], &self.notes[place]) if place < told else write_more(&out[done], every - told)
        close_string(sink, row, done)
        return TOLD

    cdef void sort(self) noexcept nogil:
        """By offset, what was noted first before others of the same: nearly all stand right already."""
        cdef int place, to
        cdef Note note
        for place in range(1, self.count):
            to = place
            if self.notes[to - 1].offset <= self.notes[to].offset:
                continue
            note = self.notes[place]
            while to and self.notes[to - 1].offset > note.offset:
                self.notes[to] = self.notes[to - 1]
                to -= 1
            self.notes[to] = note

    cdef Note* note(self, uint32_t offset, const Name* field, int template) noexcept nogil:
        """One more note, whose numbers are the caller's to fill in."""
        cdef Note* note = &self.notes[min(self.count, MOST_NOTES - 1)]
        self.count = min(self.count + 1, MOST_NOTES)
        note.offset, note.field, note.template = offset, field, template
        note.other = NULL
        note.values[0] = note.values[1] = note.values[2] = 0
        return note

    cdef Note* note_tlv(self, uint32_t offset, const Name* field, int template) noexcept nogil:
        """The same of a single TLV: of those that no cell has room for the last place, where another follows."""
        if self.of_tlvs < MOST_IN_CELL:
            self.of_tlvs += 1
            return self.note(offset, field, template)
        self.unsaid += 1
        return &self.notes[MOST_NOTES - 1]

    # ---- what is wrong ----

    cdef bint frame(self, const uint8_t* pdu, int64_t size) noexcept nogil:
        """Octets that are not one PDU; False where it is to be asked whose they are."""
        cdef int64_t said = read_u32(pdu) if size >= 4 else HEADER
        cdef Note* note
        if said < HEADER:
            self.note(0, &HEADERS[0], SAY_BELOW_HEADER).values[0] = said
            return True
        if said > MAX_PDU:
            if MAY_BE_FOREIGN[pdu[0]]:
                return False
            self.above_most(said)
            return True
        if size < HEADER:
            note = self.note(0, &HEADERS[size // 4], SAY_NO_HEADER)
            note.values[0], note.values[1] = size, HEADER - size
        elif size < said:
            note = self.note(0, &HEADERS[0], SAY_TOO_FEW)
            note.values[0], note.values[1], note.values[2] = said, size, said - size
        else:
            note = self.note(0, &HEADERS[0], SAY_TOO_MANY)
            note.values[0], note.values[1] = size - said, said
        return True

    cdef void above_most(self, int64_t said) noexcept nogil:
        cdef Note* note = self.note(0, &HEADERS[0], SAY_ABOVE_MOST)
        note.values[0], note.values[1] = said, MAX_PDU

    cdef void fault(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan,
                    const Walk* walked) noexcept nogil:
        """A body that cannot be read."""
        cdef uint32_t at = min(walked.fault_offset, size)
        cdef Note* note
        if walked.fault_field < plan.count:
            self.bad_field(pdu, size, plan, walked)
        elif walked.fault == TLVS_TOO_MANY or size - at < 4:
            self.note(at, &TLVS, SAY_TLVS_TOO_MANY)
        else:
            note = self.note(at, NULL, SAY_TLV_CUT)
            note.tag = read_u16(pdu + at)
            note.field = standard_name(note.tag)
            note.values[0], note.values[1] = read_u16(pdu + at + 2), size - at - 4

    cdef void bad_field(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan,
                        const Walk* walked) noexcept nogil:
        cdef int place = walked.fault_field
        cdef const FieldPlan* field = &plan.fields[place]
        cdef bint string = field.kind == KIND_CSTRING or field.kind == KIND_TIME
        cdef uint32_t at = min(walked.fault_offset, size)
        cdef Note* note = self.note(at, field_name(plan.row, place), SAY_STRING_CUT)
        if walked.fault == BAD_DEST_FLAG and at < size:
            note.template = SAY_BAD_DEST_FLAG
            note.values[0] = pdu[at]
        elif walked.fault == TOO_LONG:
            note.template = SAY_NO_NUL if string else SAY_ADDRESS_WITHOUT_NUL
            note.values[0] = field.limit
        elif field.kind == KIND_DESTINATIONS or field.kind == KIND_FAILURES:
            note.template = SAY_LIST_CUT
        elif at >= size:
            note.template = SAY_NO_FIELD
        elif field.kind == KIND_OCTETS and place:
            note.template = SAY_OCTETS_CUT
            note.values[0], note.values[2] = pdu[at - 1], size - at
            note.other = field_name(plan.row, place - 1)

    # ---- what is odd ----

    cdef void oddities(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan,
                       const Walk* walked) noexcept nogil:
        cdef Payload payload
        cdef int place, segments
        self.header(pdu, plan)
        if walked.present < plan.count or walked.odd & ODD_NO_NUL:
            self.absent(size, read_u32(pdu + 8) != 0, plan, walked)
        for place in range(walked.present):
            self.field(pdu, plan, walked, place)
        segments = self.tlvs(pdu, plan, walked, &payload)
        if walked.odd & ODD_TRAILING:
            self.note(walked.tlv_end, &TLVS, SAY_TRAILING).values[0] = size - walked.tlv_end
        if segments:
            self.segmentation(size, segments)
        self.message(pdu, size, plan, walked, &payload)

    cdef void header(self, const uint8_t* pdu, const CommandPlan* plan) noexcept nogil:
        cdef uint32_t status = read_u32(pdu + 8), number = read_u32(pdu + 12)
        if status and is_request(plan.row):
            self.note(8, &HEADERS[2], SAY_STATUS_OF_REQUEST).values[0] = status
        if number > LAST_NUMBER:
            self.note(12, &HEADERS[3], SAY_HIGH_NUMBER).values[0] = number

    cdef void absent(self, uint32_t size, bint failed, const CommandPlan* plan, const Walk* walked) noexcept nogil:
        """Fields that a response lacks, and a last one without its NUL."""
        cdef int present = walked.present
        if present < plan.count:
            if walked.odd & ODD_TLVS_ONLY:
                self.note(HEADER, field_name(plan.row, present), SAY_ONLY_TLVS)
            elif walked.odd & ODD_PARTIAL:
                self.note(size, field_name(plan.row, present), SAY_PARTLY_ABSENT)
            elif not failed:
                self.note(HEADER, field_name(plan.row, present), SAY_LEFT_OUT)
        if walked.odd & ODD_NO_NUL and present:
            self.note(walked.offsets[present - 1], field_name(plan.row, present - 1), SAY_ENDS_WITH_PDU)

    cdef void field(self, const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, int place) noexcept nogil:
        cdef const FieldPlan* field = &plan.fields[place]
        cdef uint32_t begin = walked.offsets[place], size = walked.offsets[place + 1] - begin
        cdef Note* note
        if field.kind == KIND_U8:
            if field.count and pdu[begin] == 0 and plan.fields[place + 1].kind == KIND_DESTINATIONS:
                self.note(begin, field_name(plan.row, place), SAY_NO_DESTINATIONS)
        elif field.kind == KIND_CSTRING or field.kind == KIND_TIME:
            self.string(pdu + begin, size, begin, plan, place)
        elif field.kind != KIND_OCTETS:
            self.entries(pdu, begin, begin + size, plan, place)
        elif size > field.limit:
            note = self.note(begin, field_name(plan.row, place), SAY_LONG_OCTETS)
            note.values[0], note.values[1] = size, field.limit

    cdef void string(self, const uint8_t* text, uint32_t size, uint32_t begin, const CommandPlan* plan,
                     int place) noexcept nogil:
        cdef const FieldPlan* field = &plan.fields[place]
        cdef Note* note
        if size and text[size - 1] == 0:        # the last string of a response may lack it
            size -= 1
        if size >= field.limit:
            note = self.note(begin, field_name(plan.row, place), SAY_LONG_STRING)
            note.values[0], note.values[1] = size, field.limit - 1
        elif field.kind == KIND_TIME and size and not (size == TIME and is_time(text)):
            self.note(begin, field_name(plan.row, place), SAY_NO_TIME)

    cdef void entries(self, const uint8_t* pdu, uint32_t begin, uint32_t end, const CommandPlan* plan,
                      int place) noexcept nogil:
        """The entries of a list, whose strings walk() has seen the ends of."""
        cdef bint failures = plan.fields[place].kind == KIND_FAILURES
        cdef uint32_t at = begin, count = 0, longest = 0, size
        cdef Note* note
        while at < end:
            at += 2 if failures else 3 if pdu[at] == 1 else 1
            size = 0
            while at < end and pdu[at]:
                at += 1
                size += 1
            at += 5 if failures else 1
            longest = max(longest, size)
            count += 1
        if longest > ADDRESS:
            note = self.note(begin, field_name(plan.row, place), SAY_LONG_ADDRESS)
            note.values[0], note.values[1] = longest, ADDRESS
        elif count > plan.fields[place].limit:
            note = self.note(begin, field_name(plan.row, place), SAY_LONG_LIST)
            note.values[0], note.values[1] = count, plan.fields[place].limit

    cdef int tlvs(self, const uint8_t* pdu, const CommandPlan* plan, const Walk* walked,
                  Payload* payload) noexcept nogil:
        """Tell of each TLV, and find the first payload; returns a bit for each TLV of segments."""
        cdef uint32_t at = walked.offsets[plan.count], end = walked.tlv_end, size, tag
        cdef int _count, known = 0, segments = 0, slot
        payload.begin = payload.size = 0
        memset(self.seen, 0, (self.words.count + 1) * sizeof(uint16_t))
        for _count in range(MOST_TLVS):
            if at + 4 > end:
                break
            tag, size = read_u16(pdu + at), min(<uint32_t>read_u16(pdu + at + 2), end - at - 4)
            if tag == PAYLOAD and not payload.begin:
                payload.begin, payload.size = at + 4, size
            if SAR_FIRST <= tag <= SAR_NUMBER:
                segments |= (tag == SAR_FIRST) | (tag == SAR_TOTAL) << 1 | (tag == SAR_NUMBER) << 2
            slot = self.words.slots[tag]
            if slot:
                if self.seen[slot] == 0:
                    self.firsts[known].slot, self.firsts[known].at = slot, at
                    known += 1
                self.seen[slot] += 1
                self.tlv(pdu, at, size, &self.words.known[slot - 1], plan)
            at += 4 + size
        self.repeated(known)
        return segments

    cdef inline void tlv(self, const uint8_t* pdu, uint32_t at, uint32_t size, const Known* known,
                         const CommandPlan* plan) noexcept nogil:
        cdef uint32_t whole = size + 1 if known.string and size and pdu[at + 3 + size] else size
        cdef Note* note
        if not known.least <= whole <= known.most:
            note = self.note_tlv(at, &known.name, SAY_TLV_OF_LENGTHS)
            if known.least == known.most:
                note.template = SAY_TLV_OF_ONE_LENGTH
            note.values[0], note.values[1], note.values[2] = size, known.least, known.most
        elif not known.commands >> plan.row & 1:
            self.note_tlv(at, &known.name, SAY_NO_TLV_OF).other = command_name(plan.row)

    cdef void repeated(self, int count) noexcept nogil:
        """TLVs that stand several times: told once, where they stand first. As many have room as of the others."""
        cdef const Known* known
        cdef int place, slot
        self.of_tlvs = 0
        for place in range(count):
            slot = self.firsts[place].slot
            known = &self.words.known[slot - 1]
            if self.seen[slot] > 1 and not known.repeats:
                self.note_tlv(self.firsts[place].at, &known.name, SAY_REPEATED).values[0] = self.seen[slot]

    cdef void segmentation(self, uint32_t size, int there) noexcept nogil:
        """The TLVs of segments that lack others of them."""
        cdef int lacking = 0, first = 0
        if there == 0b111:
            return
        while there >> lacking & 1:
            lacking += 1
        while not there >> first & 1:
            first += 1
        self.note(size, &SEGMENTATION[lacking], SAY_MISSING_BESIDE).other = &SEGMENTATION[first]

    cdef void message(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan, const Walk* walked,
                      const Payload* payload) noexcept nogil:
        """User data in two places, or with a header that cannot be read."""
        cdef int place = place_of_message(plan.row), esm_class = place_of_esm_class(plan.row)
        cdef uint32_t begin = size, written = 0
        cdef Header header
        if place < walked.present:
            begin = walked.offsets[place]
            written = walked.offsets[place + 1] - begin
        if written and payload.size:
            self.note(payload.begin - 4, &MESSAGE_PAYLOAD, SAY_TWO_TEXTS)
        if esm_class >= walked.present or not pdu[walked.offsets[esm_class]] & UDHI:
            return
        if written:
            if not read_header(pdu + begin, written, &header):
                self.note(begin, &MESSAGE, SAY_NO_USER_HEADER)
        elif not read_header(pdu + payload.begin, payload.size, &header):
            if payload.begin or place == NO_PLACE:
                self.note(payload.begin - 4 if payload.begin else size, &MESSAGE_PAYLOAD, SAY_NO_USER_HEADER)
            else:
                self.note(begin, &MESSAGE, SAY_NO_USER_HEADER)


cdef int fill() except -1:
    cdef int place
    for place in range(4):
        keep(_HEADER[place], &HEADERS[place])
    for place, tag in enumerate((SAR_FIRST, SAR_TOTAL, SAR_NUMBER)):
        keep(_tlvs.BY_TAG[tag].name, &SEGMENTATION[place])
    keep("tlvs", &TLVS)
    keep("short_message", &MESSAGE)
    keep(_tlvs.BY_TAG[PAYLOAD].name, &MESSAGE_PAYLOAD)
    for place in range(256):
        MAY_BE_FOREIGN[place] = place in _foreign.FIRST
    return 0


fill()
