"""The job of one decode(): sinks and plan made from the names asked for, and the memory behind them."""

from smppkit._core.column cimport Arena, Sink
from smppkit._core.oddity cimport Rules
from smppkit._core.rows cimport Job, Route, Spot, Target

cdef int kind_of(str name, tlvs) except -1       # SinkKind

cdef class Decoding:
    cdef Job job
    cdef list names             # of the sinks, in order
    cdef dict index             # name -> place of its sink
    cdef object tlvs            # name -> row of a TLV
    cdef Py_ssize_t targets
    cdef bytes codings          # kept alive for the loop
    cdef Rules rules
    cdef Arena arena
    cdef dict whole             # name -> Column that takes rows of others too

    cdef int open(self, Sink* sink, str name, Py_ssize_t first) except -1
    cdef Sink* sink(self, str name)
    cdef int plan_header(self, bint problem) except -1
    cdef int plan_command(self, int row, command) except -1
    cdef int plan_fields(self, Route* route, fields) except -1
    cdef int plan_field(self, Route* route, int place, field, Spot spot) except -1
    cdef int plan_derived(self) except -1
    cdef int plan_tlvs(self) except -1
    cdef int plan_column(self, str name, int place) except -1
    cdef Target* plan_tag(self, int tag) except NULL
    cdef dict columns(self)
