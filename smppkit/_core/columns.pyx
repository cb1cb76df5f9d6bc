"""Many PDUs to columns, without the GIL: only what was asked for is decoded, and each PDU is walked once."""

cimport cython
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset

from smppkit._core.alphabet cimport default_codings
from smppkit._core.charsets cimport make
from smppkit._core.column cimport (
    SINK_INT,
    SINK_TEXT,
    Arena,
    Column,
    Sink,
    Whole,
    arena_of,
    close_sink,
    drop_sink,
    open_sink,
)
from smppkit._core.decoding cimport Decoding, kind_of
from smppkit._core.derived cimport Piece
from smppkit._core.oddity cimport Rules
from smppkit._core.once cimport read_once
from smppkit._core.rows cimport Job, Troubled, run
from smppkit._core.troubles cimport FOREIGN, STARVED, TOLD, Outcome, Teller
from smppkit._core.vocabulary cimport words_of

from array import array

from smppkit.spec import tlvs as _tlvs

cdef const uint8_t NOTHING = 0
cdef dict STANDARD_TLVS = {row.name: row for row in _tlvs.ROWS}
cdef Rules STANDARD_RULES = Rules(())


cdef Column problems(Decoding decoding, bint odd, vendor):
    """A sentence for each row that has a problem; with ``odd`` also for those that can be read all the same."""
    cdef Sink sink
    cdef Job* job = &decoding.job
    cdef Arena arena = arena_of(1, job.rows)
    cdef Teller teller = Teller(words_of(vendor), odd) if job.troubled_count else None
    cdef Outcome outcome
    cdef Py_ssize_t place = 0
    memset(&sink, 0, sizeof(Sink))
    try:
        open_sink(&sink, SINK_TEXT, job.rows, arena)
        while place < job.troubled_count:
            with nogil:
                outcome = tell_of(job, teller, &sink, &place)
            if outcome == FOREIGN:
                outcome = tell_of_foreign(job, teller, &sink, place)
                place += 1
            if outcome == STARVED:
                raise MemoryError("no memory for the problems")
        return close_sink(&sink, "problem", arena)
    finally:
        drop_sink(&sink)


cdef Outcome tell_of(const Job* job, Teller teller, Sink* sink, Py_ssize_t* place) noexcept nogil:
    """Tell of the troubled rows from ``place`` on, up to one that has to be looked at by Python."""
    cdef Piece pdu
    cdef const Troubled* troubled
    cdef Outcome outcome = TOLD
    while outcome == TOLD and place[0] < job.troubled_count:
        troubled = &job.troubled[place[0]]
        pdu = piece_of(job, troubled.row)
        outcome = teller.tell(sink, troubled.row, pdu.at, pdu.size, troubled.tlv_end)
        place[0] += outcome == TOLD
    return outcome


cdef Outcome tell_of_foreign(const Job* job, Teller teller, Sink* sink, Py_ssize_t place) except *:
    cdef Piece pdu = piece_of(job, job.troubled[place].row)
    return teller.tell_foreign(sink, job.troubled[place].row, pdu.at, pdu.size)


cdef Piece piece_of(const Job* job, Py_ssize_t row) noexcept nogil:
    """The octets of a row; none where the caller has meanwhile written an offset that leads outside."""
    cdef Piece found
    cdef int64_t offset = read_once(&job.offset[row]), length = read_once(&job.length[row])
    found.at, found.size = job.buffer, 0
    if 0 <= offset <= job.octets:
        found.at = job.buffer + offset
        found.size = max(min(length, job.octets - offset), 0)
    return found


cdef dict all_tlvs(vendor):
    return {**STANDARD_TLVS, **vendor} if vendor else STANDARD_TLVS


def whole(names, Py_ssize_t rows, vendor=None):
    """Return memory for those of ``names`` that are columns of integers, which several decode() fill with ``into``.

    >>> whole(["text", "esm_class"], 0).take()
    {'esm_class': <Column esm_class: 0 rows of int, 0 absent>}
    """
    tlvs = all_tlvs(vendor)
    cdef list integers = []
    for name in names:
        if name != "problem" and kind_of(name, tlvs) == SINK_INT:
            integers.append(name)
    return Whole(integers, rows)


cdef int fill(Decoding decoding, const uint8_t[::1] buffer, const int64_t[::1] offsets,
              const int64_t[::1] lengths) except -1:
    """Run the job; True when it has to be done once more, for it found a charset that was not made."""
    cdef Job* job = &decoding.job
    cdef bint done
    job.buffer = &buffer[0] if buffer.shape[0] else &NOTHING          # an empty view has no address
    job.octets = buffer.shape[0]
    job.derived.end = job.buffer + job.octets
    job.offset, job.length = &offsets[0], &lengths[0]
    with nogil:
        done = run(job)
    if job.outside >= 0:
        raise ValueError(f"row {job.outside} does not lie inside the buffer: offset {offsets[job.outside]}, "
                         f"length {lengths[job.outside]}")
    if job.derived.unlearned:
        make(job.derived.unlearned)
        return True
    if not done:
        raise MemoryError("no memory for the columns")
    return False


def decode(const uint8_t[::1] buffer not None, offset, length, names, codings=None, vendor=None, bint odd=False,
           Whole into=None, Py_ssize_t first=0):
    """Decode the PDUs that begin at ``offset`` (int64) and have ``length`` octets (int64), a Column for each name.

    ``names`` are those of ``decoding``: ``FIELD_NAMES`` (every mandatory field of any command; a password is always
    ``***``), ``HEADER_NAMES``, ``DERIVED_NAMES``, ``EXTRA_NAMES``, ``offset``, of any standard TLV (its first value) or
    of ``vendor``, a mapping of names to rows such as those of ``spec.tlvs``. ``codings`` gives the Alphabet of each
    data_coding as 256 octets. ``problem`` says why a PDU cannot be read, and with ``odd`` also what is odd about one
    that can, in the words of the codec. Columns that ``into`` has are written there, from row ``first`` on, and not
    returned.

    A column is absent in the rows of commands that lack it, and of PDUs that cannot be read. Runs without the GIL.
    Raises TableError for an unknown name, ValueError for a row outside the buffer.

    >>> pdu = bytes.fromhex("00000014 80000004 00000000 00000007 41394600")
    >>> found = decode(pdu, [0], [20], ["message_id", "sequence_number", "source_addr"])
    >>> {name: column.to_list() for name, column in found.items()}
    {'message_id': ['A9F'], 'sequence_number': [7], 'source_addr': [None]}
    """
    cdef const int64_t[::1] offsets = array("q", offset) if isinstance(offset, list) else offset
    cdef const int64_t[::1] lengths = array("q", length) if isinstance(length, list) else length
    cdef bytes table = default_codings()[:256] if codings is None else bytes(codings)
    cdef Decoding decoding
    cdef Job* job
    cdef bint again = True
    if len(table) != 256:
        raise ValueError(f"codings: {len(table)} octets, but there are 256 values of data_coding")
    if offsets.shape[0] != lengths.shape[0]:
        raise ValueError(f"{offsets.shape[0]} offsets, but {lengths.shape[0]} lengths")
    wanted = list(dict.fromkeys(names))
    tlvs = all_tlvs(vendor)
    rules = Rules(vendor.values()) if vendor else STANDARD_RULES
    while again:
        decoding = Decoding(wanted, offsets.shape[0], tlvs, table, rules, into, first, buffer.shape[0])
        again = offsets.shape[0] and fill(decoding, buffer, offsets, lengths)
    job = &decoding.job
    if into is not None:
        with cython.critical_section(into):
            into.filled += job.rows
    columns = decoding.columns()
    if job.wants_problem:
        columns["problem"] = problems(decoding, odd, vendor)
    return {name: columns[name] for name in wanted if name in columns}
