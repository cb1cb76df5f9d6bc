"""The job of one decode(): sinks and plan made from the names asked for, and the memory behind them."""

from smppkit._core.column cimport Sink
from smppkit._core.oddity cimport Rules
from smppkit._core.rows cimport Job, Route, Target

cdef class Decoding:
    cdef Job job
    cdef list names             # of the sinks, in order
    cdef dict index             # name -> place of its sink
    cdef object tlvs            # name -> row of a TLV
    cdef Py_ssize_t targets
    cdef bytes codings          # kept alive for the loop
    cdef Rules rules

    cdef Sink* sink(self, str name)
    cdef int kind_of(self, str name) except -1
    cdef int plan_header(self, bint problem) except -1
    cdef int plan_command(self, Route* route, command) except -1
    cdef int plan_derived(self) except -1
    cdef int plan_tlvs(self) except -1
    cdef int plan_column(self, str name, int place) except -1
    cdef Target* plan_tag(self, int tag) except NULL
    cdef dict columns(self)
