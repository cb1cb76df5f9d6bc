"""Segments that come far from both ends of many runs: they are put aside, and many of them sorted in together.

Each for itself would have to be searched a place, and the runs behind it be moved. A capture of any order brings some
like that; one that was made to cost work brings nothing else.
"""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memmove

from smppkit._core.pool cimport Pool, grow_in, taken_from
from smppkit._core.runs cimport (
    MOST_BETWEEN, Aside, Piece, Run, Waiting, absorb, join, keep, let_go, piece_of, put_in, shift,
)
from smppkit._core.sorting cimport sort_numbers

cdef enum:
    FEW_BETWEEN = 16            # runs for each of them, above which they are put in one by one


cdef inline bint put_aside(Pool* pool, Waiting* waiting, const Piece* piece) noexcept nogil:
    """Keep a piece that is to be sorted in later; False without memory."""
    cdef int32_t number
    cdef Aside* aside = waiting.aside
    if aside == NULL:
        aside = waiting.aside = <Aside*>taken_from(pool, sizeof(Aside))
        if aside == NULL:
            return False
    number = keep(pool, waiting, piece)
    if number == 0:
        return False
    if waiting.between == 0:
        aside.begin = aside.end = piece.start
    aside.begin = min(aside.begin, piece.start)
    aside.end = max(aside.end, piece.start + piece.length)
    aside.numbers[waiting.between] = number
    aside.starts[waiting.between] = piece.start
    waiting.between += 1
    return True


cdef inline bint put_in_again(Pool* pool, Waiting* waiting, int32_t number, int64_t start) noexcept nogil:
    """Put in a piece that was put aside; False without memory."""
    cdef Piece piece = piece_of(&waiting.pieces[number - 1], start)
    let_go(waiting, number)
    return put_in(pool, waiting, &piece)


cdef struct Order:              # of what was put aside
    uint64_t rooms[2][MOST_BETWEEN]
    uint64_t* entries                   # sorted: above where it begins, behind the first of all; below which it is
    int64_t ends[MOST_BETWEEN]          # where it ends, behind the same place


cdef inline void sort_aside(const Waiting* waiting, int32_t count, Order* order) noexcept nogil:
    """Sort what was put aside by its beginning, by one octet of it after the other."""
    cdef uint64_t most = 0
    cdef int64_t begin
    cdef int32_t row
    for row in range(count):
        begin = waiting.aside.starts[row] - waiting.aside.begin     # less than two windows
        order.rooms[0][row] = (<uint64_t>begin << 32) | <uint64_t>row
        order.ends[row] = begin + waiting.pieces[waiting.aside.numbers[row] - 1].length
        most |= order.rooms[0][row]
    order.entries = sort_numbers(order.rooms[0], order.rooms[1], count, 32, most)


cdef inline int32_t row_of(const Order* order, int32_t place) noexcept nogil:
    return <int32_t><uint32_t>order.entries[place]


cdef inline int32_t overlapping(const Order* order, int32_t place, int32_t count) noexcept nogil:
    """How many from a place on overlap each other, in a chain."""
    cdef int64_t end = order.ends[row_of(order, place)]
    cdef int32_t behind = place + 1
    while behind < count and <int64_t>(order.entries[behind] >> 32) < end:
        end = max(end, order.ends[row_of(order, behind)])
        behind += 1
    return behind - place


cdef inline int32_t earliest(Waiting* waiting, const Order* order, int32_t place, int32_t behind) noexcept nogil:
    """That of a chain which came first; of the others go those that it covers."""
    cdef int32_t first = row_of(order, place), at, row
    cdef const int64_t* starts = waiting.aside.starts
    for at in range(place + 1, behind):
        first = min(first, row_of(order, at))
    for at in range(place, behind):
        row = row_of(order, at)
        if row != first and starts[first] <= starts[row] and order.ends[row] <= order.ends[first]:
            let_go(waiting, waiting.aside.numbers[row])
            waiting.aside.numbers[row] = 0
    return first


cdef inline Run next_aside(Waiting* waiting, const Order* order, int32_t* at, int32_t count) noexcept nogil:
    """The next that is to be sorted in, as a run: of those that overlap each other that which came first."""
    cdef int32_t place = at[0], row = row_of(order, place)
    cdef Run run
    run.start = waiting.aside.begin + <int64_t>(order.entries[place] >> 32)
    at[0] += 1
    if at[0] < count and <int64_t>(order.entries[at[0]] >> 32) < order.ends[row]:
        at[0] += overlapping(order, place, count) - 1
        row = earliest(waiting, order, place, at[0])
        run.start = waiting.aside.starts[row]
    run.end = waiting.aside.begin + order.ends[row]
    run.first = run.last = waiting.aside.numbers[row]
    waiting.aside.numbers[row] = 0            # it will be sorted in
    return run


cdef inline void follow(Waiting* waiting, Run* run, const Run* following, int64_t* out) noexcept nogil:
    """Write a run down and go on with the one that follows; without a branch, for whether they touch is no pattern."""
    cdef bint touch = run.end == following.start
    waiting.pieces[run.last - 1].next = <uint16_t>(following.first if touch else 0)
    waiting.runs[out[0]] = run[0]
    out[0] += not touch
    run.start = run.start if touch else following.start
    run.first = run.first if touch else following.first
    run.end = following.end
    run.last = following.last


cdef inline void pass_by(Waiting* waiting, Run* run, int64_t start, int64_t* place, int64_t* out) noexcept nogil:
    """Go on with the last run that does not begin behind ``start``; only the first of them may touch the one before."""
    if place[0] == waiting.end or waiting.runs[place[0]].start > start:
        return
    follow(waiting, run, &waiting.runs[place[0]], out)
    place[0] += 1
    while place[0] < waiting.end and waiting.runs[place[0]].start <= start:
        waiting.runs[out[0]] = run[0]
        out[0] += 1
        run[0] = waiting.runs[place[0]]
        place[0] += 1


cdef inline bint merge_piece(Pool* pool, Waiting* waiting, Run* run, const Run* own, int64_t* place,
                             int64_t* out) noexcept nogil:
    """Merge a piece, behind the runs that begin before it; False without memory."""
    cdef Piece piece
    pass_by(waiting, run, own.start, place, out)
    if run.end <= own.start and (place[0] == waiting.end or own.end <= waiting.runs[place[0]].start):
        follow(waiting, run, own, out)          # it overlaps no other
        return True
    piece = piece_of(&waiting.pieces[own.first - 1], own.start)
    let_go(waiting, own.first)
    if run.end < piece.start:
        waiting.runs[out[0]] = run[0]
        out[0] += 1
        run.start = run.end = piece.start
        run.first = run.last = 0
    return absorb(pool, waiting, run, &piece, place)


cdef inline bint merge(Pool* pool, Waiting* waiting, int32_t count) noexcept nogil:
    """Sort in what was put aside, but what overlaps others of it that came before; False without memory.

    The runs are moved behind the room for all of it, and written from its beginning: never beyond what was read.
    """
    cdef Order order
    cdef int32_t at = 0
    cdef int64_t place, out = 0, rest
    cdef Run run, own
    sort_aside(waiting, count, &order)
    if waiting.head == waiting.end or waiting.aside.begin < waiting.runs[waiting.head].start:
        own = next_aside(waiting, &order, &at, count)
        if not put_in_again(pool, waiting, own.first, own.start):
            return False
    if not grow_in(pool, <void**>&waiting.runs, &waiting.run_room, waiting.end + count, sizeof(Run)):
        return False
    if waiting.head < count:
        shift(waiting, count)
    place = waiting.head + 1
    run = waiting.runs[waiting.head]    # it begins before all that is to come
    while at < count:
        own = next_aside(waiting, &order, &at, count)
        if not merge_piece(pool, waiting, &run, &own, &place, &out):
            return False
    if place < waiting.end and waiting.runs[place].start == run.end:
        join(waiting, &run, &waiting.runs[place])
        place += 1
    rest = waiting.end - place
    waiting.runs[out] = run
    memmove(&waiting.runs[out + 1], &waiting.runs[place], rest * sizeof(Run))
    waiting.head = 0
    waiting.end = <int32_t>(out + 1 + rest)
    return True


cdef bint sort_in(Pool* pool, Waiting* waiting) noexcept nogil:
    """Sort in what was put aside; False without memory."""
    cdef int32_t count = waiting.between, row
    waiting.between = 0
    if count * FEW_BETWEEN >= waiting.end - waiting.head:
        waiting.starved = not merge(pool, waiting, count)
    for row in range(count):            # as they came, so that the first copy stays
        if waiting.starved:
            return False
        if waiting.aside.numbers[row]:
            waiting.starved = not put_in_again(pool, waiting, waiting.aside.numbers[row], waiting.aside.starts[row])
    return not waiting.starved


cdef bint add_between(Pool* pool, Waiting* waiting, const Piece* piece) noexcept nogil:
    """Let a piece wait that comes between many runs; False without memory."""
    return put_aside(pool, waiting, piece) and (waiting.between < MOST_BETWEEN or sort_in(pool, waiting))
