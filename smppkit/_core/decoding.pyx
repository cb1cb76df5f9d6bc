"""What each asked-for column means, as the plan that the loop of ``rows`` runs."""

from libc.stdint cimport uint8_t
from libc.string cimport memset

from smppkit._core.column cimport (
    SINK_INT,
    SINK_LIST,
    SINK_OCTETS,
    SINK_TEXT,
    Sink,
    Whole,
    arena_of,
    borrow_sink,
    close_sink,
    drop_sink,
    expect_all,
    open_sink,
    return_sink,
)
from smppkit._core.derived cimport (
    MARK_NETWORK_ERROR,
    MARK_PAYLOAD,
    MARK_RECEIPTED,
    MARK_SAR_NUMBER,
    MARK_SAR_REFERENCE,
    MARK_SAR_TOTAL,
    MARK_STATE,
    Derived,
)
from smppkit._core.cuts cimport Cuts
from smppkit._core.memory cimport calloc, free, malloc
from smppkit._core.oddity cimport Rules
from smppkit._core.rows cimport (
    ACT_HIDE,
    ACT_LATIN,
    ACT_OCTETS,
    ACT_U8,
    COMMANDS,
    END_COUNTED,
    END_LIST,
    END_STRING,
    END_TIME,
    FORM_CSTRING,
    FORM_INT,
    FORM_OCTETS,
    HEADERS,
    HOPS,
    NO_FIELD,
    ROUTES,
    SLOTS,
    TAGS,
    Batch,
    Job,
    Route,
    Spot,
    Step,
    Target,
)

from operator import attrgetter

from smppkit.errors import TableError
from smppkit.spec import commands as _commands
from smppkit.spec import kinds as _kinds
from smppkit.spec import tlvs as _tlvs

_kind, _name = attrgetter("kind"), attrgetter("name")
HEADER_NAMES = ("command_length", "command_id", "command_status", "sequence_number")
DERIVED_NAMES = (
    "text", "encoding", "udh", "concat_width", "concat_reference", "concat_total", "concat_number", "receipt_kind",
    "receipt_id", "receipt_sub", "receipt_dlvrd", "receipt_submit_date", "receipt_done_date", "receipt_stat",
    "receipt_state", "receipt_err", "receipt_text",
)
EXTRA_NAMES = ("body_present", "raw", "problem")

# Columns in which every row has a value; of the header's, every row that has a header.
cdef frozenset CERTAIN = frozenset(("offset", "concat_width", "receipt_kind", *HEADER_NAMES))
cdef tuple MESSAGE_KINDS = tuple(map(_kind, _commands.BY_NAME["submit_sm"].fields))
cdef dict ENDS = {
    _kinds.CSTRING: END_STRING,
    _kinds.TIME: END_TIME,
    _kinds.OCTETS: END_COUNTED,
    _kinds.DESTINATIONS: END_LIST,
    _kinds.FAILURES: END_LIST,
}
cdef dict KINDS = {
    **dict.fromkeys(HEADER_NAMES, SINK_INT),
    **dict.fromkeys(DERIVED_NAMES, SINK_INT),
    **dict.fromkeys(("text", "receipt_id", "receipt_stat", "receipt_err", "receipt_text"), SINK_TEXT),
    "udh": SINK_OCTETS, "body_present": SINK_INT, "raw": SINK_OCTETS, "offset": SINK_INT,
}
cdef dict ACTS = {
    _kinds.U8: (ACT_U8, SINK_INT),
    _kinds.CSTRING: (ACT_LATIN, SINK_TEXT),
    _kinds.TIME: (ACT_LATIN, SINK_TEXT),
    _kinds.OCTETS: (ACT_OCTETS, SINK_OCTETS),
    _kinds.DESTINATIONS: (ACT_OCTETS, SINK_LIST),
    _kinds.FAILURES: (ACT_OCTETS, SINK_LIST),
}
cdef dict FORMS = {
    "int": (FORM_INT, SINK_INT),
    "cstring": (FORM_CSTRING, SINK_TEXT),
    "octets": (FORM_OCTETS, SINK_OCTETS),
}
cdef dict MARKED = {
    "message_payload": MARK_PAYLOAD, "receipted_message_id": MARK_RECEIPTED, "message_state": MARK_STATE,
    "network_error_code": MARK_NETWORK_ERROR, "sar_msg_ref_num": MARK_SAR_REFERENCE,
    "sar_total_segments": MARK_SAR_TOTAL, "sar_segment_seqnum": MARK_SAR_NUMBER,
}
FIELD_NAMES = tuple(dict.fromkeys(field.name for row in _commands.ROWS for field in row.fields))
cdef dict FIELD_KINDS = {field.name: field.kind for row in _commands.ROWS for field in row.fields}


cdef int kind_of(str name, tlvs) except -1:
    if name in KINDS:
        return KINDS[name]
    if name in FIELD_KINDS:
        return ACTS[FIELD_KINDS[name]][1]
    if name in tlvs:
        return FORMS[tlvs[name].kind][1]
    raise TableError(f"there is no column {name!r}")


cdef class Decoding:
    """The job of one call, and the memory behind it."""

    def __cinit__(self, list names, Py_ssize_t rows, tlvs, bytes codings, Rules rules, Whole whole, Py_ssize_t first,
                  Py_ssize_t octets):
        memset(&self.job, 0, sizeof(Job))
        self.names = names.copy()
        if "problem" in names:
            self.names.remove("problem")
        self.index = {name: place for place, name in enumerate(self.names)}
        self.tlvs = tlvs
        self.codings = codings
        self.rules = rules
        self.whole = {} if whole is None else whole.columns
        self.job.rule_slots, self.job.rules = rules.slots, rules.rules
        self.job.rows = rows
        self.job.sink_count = len(self.names)
        self.job.outside = -1
        self.job.sinks = <Sink*>calloc(len(self.names) + 1, sizeof(Sink))
        self.job.scratch = <Sink*>calloc(1, sizeof(Sink))
        self.job.cuts = <Cuts*>malloc((len(self.names) + 1) * sizeof(Cuts))
        self.job.noted = <uint8_t*>calloc(len(self.names) + 1, 1)
        self.job.batch = <Batch*>malloc(sizeof(Batch))
        self.job.routes = <Route*>calloc(ROUTES, sizeof(Route))
        self.job.slots = <uint8_t*>calloc(TAGS, 1)
        self.job.targets = <Target*>calloc(SLOTS, sizeof(Target))
        if NULL in (self.job.sinks, self.job.scratch, self.job.cuts, self.job.noted, self.job.batch, self.job.routes,
                    self.job.slots, self.job.targets):
            raise MemoryError
        self.arena = arena_of(len(self.names) - len(self.whole.keys() & set(self.names)) + 1, rows, False)
        open_sink(self.job.scratch, SINK_TEXT, 0, self.arena)
        for place, name in enumerate(self.names):
            self.open(&self.job.sinks[<Py_ssize_t>place], name, first)
            self.job.sinks[<Py_ssize_t>place].likely = octets + (octets >> 1)       # UCS-2 as UTF-8 is so much longer
        self.plan_header("problem" in names)
        for place, command in enumerate(_commands.ROWS):
            self.plan_command(place, command)
        self.plan_derived()
        self.plan_tlvs()
        self.job.wants_body = not {"offset", *HEADER_NAMES}.issuperset(names)

    def __dealloc__(self):
        cdef Py_ssize_t place
        if self.job.sinks != NULL:
            for place in range(len(self.names)):
                drop_sink(&self.job.sinks[place])
        if self.job.scratch != NULL:
            drop_sink(self.job.scratch)
        free(self.job.sinks)
        free(self.job.scratch)
        free(self.job.cuts)
        free(self.job.noted)
        free(self.job.batch)
        free(self.job.routes)
        free(self.job.slots)
        free(self.job.targets)
        free(self.job.troubled)

    cdef int open(self, Sink* sink, str name, Py_ssize_t first) except -1:
        if name in self.whole:
            if kind_of(name, self.tlvs) != SINK_INT:
                raise ValueError(f"{name} is no column of integers: a Whole cannot have it")
            borrow_sink(sink, self.whole[name], first, self.job.rows)
        else:
            open_sink(sink, kind_of(name, self.tlvs), self.job.rows, self.arena)
        if name in CERTAIN:
            expect_all(sink)
        return 0

    cdef Sink* sink(self, str name):
        place = self.index.get(name)
        return NULL if place is None else &self.job.sinks[<Py_ssize_t>place]

    cdef int plan_header(self, bint problem) except -1:
        cdef int i
        for i in range(HEADERS):
            self.job.header[i] = self.sink(HEADER_NAMES[i])
        self.job.place = self.sink("offset")
        self.job.body_present = self.sink("body_present")
        self.job.raw = self.sink("raw")
        self.job.wants_problem = problem
        return 0

    cdef int plan_command(self, int row, command) except -1:
        cdef Route* route = &self.job.routes[row]
        cdef int slot = command.command_id & 0x7FFFFFFF
        if slot >= COMMANDS >> 1:
            raise ValueError(f"the plan has no room for {command.name}")
        self.job.commands[slot + (COMMANDS >> 1 if command.command_id >> 31 else 0)] = row + 1
        names = tuple(map(_name, command.fields))
        route.row, route.fields = row, len(names)
        self.job.route_count = max(self.job.route_count, row + 1)
        route.response = command.kind == _kinds.RESPONSE
        route.bare = route.response or not names
        route.esm_class.hop = route.data_coding.hop = route.message.hop = NO_FIELD
        route.has_password = "password" in names
        route.carries = "data_coding" in names or "short_message" in names
        route.inbound = command.name in ("deliver_sm", "data_sm")
        route.message_like = tuple(map(_kind, command.fields)) == MESSAGE_KINDS
        self.plan_fields(route, command.fields)
        return 0

    cdef int plan_fields(self, Route* route, fields) except -1:
        """Cut the fields into hops, each field at its spot in one."""
        cdef int i
        cdef Spot spot
        spot.hop = spot.skip = 0
        for i, field in enumerate(fields):
            if spot.hop == HOPS:
                raise ValueError("the plan has no room for so many fields")
            if spot.skip == 0:
                route.hops[spot.hop].first = i
                route.hop_count = spot.hop + 1
            self.plan_field(route, i, field, spot)
            if field.kind == _kinds.U8:
                spot.skip += 1
                route.hops[spot.hop].octets = spot.skip
            else:
                route.hops[spot.hop].end = ENDS[field.kind]
                route.hops[spot.hop].most = field.limit
                spot.hop, spot.skip = spot.hop + 1, 0
        return 0

    cdef int plan_field(self, Route* route, int place, field, Spot spot) except -1:
        cdef Step* step
        if field.name == "esm_class":
            route.esm_class = spot
        elif field.name == "data_coding":
            route.data_coding = spot
        elif field.name == "short_message":
            route.message = spot
        if field.name in self.index:
            step = &route.steps[route.count]
            step.act = ACT_HIDE if field.name == "password" else ACTS[field.kind][0]
            step.field = place
            step.spot = spot
            if ENDS.get(field.kind) == END_LIST:
                if spot.skip == 0:
                    raise ValueError(f"the plan takes the octet before {field.name}, which is to count its entries")
                step.spot.skip -= 1
            step.sink = self.index[field.name]
            route.count += 1
        return 0

    cdef int plan_derived(self) except -1:
        cdef Derived* to = &self.job.derived
        to.codings = self.codings
        to.scratch = self.job.scratch
        to.text, to.encoding, to.udh = self.sink("text"), self.sink("encoding"), self.sink("udh")
        to.concat_width, to.concat_reference = self.sink("concat_width"), self.sink("concat_reference")
        to.concat_total, to.concat_number = self.sink("concat_total"), self.sink("concat_number")
        to.receipt_kind, to.receipt_id = self.sink("receipt_kind"), self.sink("receipt_id")
        to.receipt_sub, to.receipt_dlvrd = self.sink("receipt_sub"), self.sink("receipt_dlvrd")
        to.receipt_submit_date = self.sink("receipt_submit_date")
        to.receipt_done_date = self.sink("receipt_done_date")
        to.receipt_stat, to.receipt_state = self.sink("receipt_stat"), self.sink("receipt_state")
        to.receipt_err, to.receipt_text = self.sink("receipt_err"), self.sink("receipt_text")
        to.wants_receipt = any(name.startswith("receipt_") and name in KINDS for name in self.names)
        self.job.wants_derived = any(name in DERIVED_NAMES for name in self.names)
        return 0

    cdef int plan_tlvs(self) except -1:
        if self.job.wants_derived:
            for name, mark in MARKED.items():
                self.plan_tag(_tlvs.BY_NAME[name].tag).mark = mark
        for name, place in self.index.items():
            if name in self.tlvs and name not in KINDS:
                self.plan_column(name, place)
        self.job.wants_tlvs = self.targets > 0
        return 0

    cdef int plan_column(self, str name, int place) except -1:
        cdef Target* target
        row = self.tlvs[name]
        if FORMS[row.kind][1] != self.job.sinks[place].kind:
            return 0                    # the name is that of a mandatory field of another kind, which stands
        target = self.plan_tag(row.tag)
        target.sink = place
        target.form = FORMS[row.kind][0]
        return 0

    cdef Target* plan_tag(self, int tag) except NULL:
        """One more thing to do with a tag."""
        cdef Target* target = &self.job.targets[self.targets]
        if self.targets == SLOTS:
            raise TableError(f"at most {SLOTS} TLVs can be columns at once")
        self.targets += 1
        target.sink = target.mark = -1
        target.next = self.job.slots[tag]
        self.job.slots[tag] = <uint8_t>self.targets
        return target

    cdef dict columns(self):
        """The finished columns; those of the whole are there already."""
        cdef Py_ssize_t place
        cdef dict found = {}
        for place, name in enumerate(self.names):
            if name in self.whole:
                return_sink(&self.job.sinks[place], self.whole[name])
            else:
                found[name] = close_sink(&self.job.sinks[place], name, self.arena)
        return found
