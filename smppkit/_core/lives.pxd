# The life of a connection.
from libc.stdint cimport int64_t, uint8_t

from smppkit._core.connections cimport Flow, Sought, Table
from smppkit._core.framing cimport Sink
from smppkit._core.packets cimport Packet
from smppkit._core.telling cimport Telling

cdef struct Lives:              # those of one capture; begins zeroed
    Sink sink
    Table table
    Telling telling
    const uint8_t* ports        # 1 for each on which SMPP is spoken; NULL to recognise it anywhere
    int links
    int64_t packets
    int64_t refused             # packets of connections for which the table has no room
    int64_t next_sweep

cdef void read_segment(Lives* lives, Packet* packet, Sought* sought, int64_t time) noexcept nogil
cdef void end(Lives* lives, Flow* flow) noexcept nogil
cdef void drop_streams(Lives* lives, Flow* flow) noexcept nogil
