"""Segments of a stream that came too early: they wait for the octets before them.

Those that touch make a run, and only the runs are sorted: a segment that covers many runs makes one of them, so what it
costs is paid by the segments that made them. Of octets that come twice the first copy stays.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memmove

from smppkit._core.pool cimport Pool, give_back, grow_in


cdef inline int64_t run_behind(const Waiting* waiting, int64_t start) noexcept nogil:
    """The first run that ends behind ``start``."""
    cdef int64_t low = waiting.head, high = waiting.end, middle
    if low < high and waiting.runs[high - 1].end <= start:
        return high                     # what comes in order, most often
    while low < high:
        middle = (low + high) // 2
        if waiting.runs[middle].end > start:
            high = middle
        else:
            low = middle + 1
    return low


cdef inline bint append(Pool* pool, Waiting* waiting, Run* run, const Piece* piece,
                        int64_t end) noexcept nogil:
    """Put a piece behind a run, up to the place in the stream where another copy begins; False without memory."""
    cdef int32_t number = waiting.spare
    cdef Piece* put
    if number:
        waiting.spare = waiting.pieces[number - 1].next
    else:
        if not grow_in(pool, <void**>&waiting.pieces, &waiting.room, waiting.used + 1, sizeof(Piece)):
            return False
        waiting.used += 1
        number = <int32_t>waiting.used
    put = &waiting.pieces[number - 1]
    put[0] = piece[0]
    put.length = <uint32_t>(end - piece.start)
    put.captured = min(piece.captured, put.length)
    put.next = 0
    waiting.count += 1
    link(waiting, run, number, number)
    return True


cdef inline void link(Waiting* waiting, Run* run, int32_t first, int32_t last) noexcept nogil:
    """Put a chain of pieces behind a run."""
    if run.last:
        waiting.pieces[run.last - 1].next = first
    else:
        run.first = first
    run.last = last


cdef inline void shift(Waiting* waiting, int64_t head) noexcept nogil:
    """Let the runs begin at ``head``; there is room."""
    memmove(waiting.runs + head, waiting.runs + waiting.head, (waiting.end - waiting.head) * sizeof(Run))
    waiting.end += head - waiting.head
    waiting.head = head


cdef inline bint insert(Pool* pool, Waiting* waiting, int64_t place, const Run* run) noexcept nogil:
    """Put a run at a place, moving those before it or those behind it, whichever are fewer; False without memory."""
    cdef int64_t before = place - waiting.head, behind = waiting.end - place
    cdef Run* runs
    if not grow_in(pool, <void**>&waiting.runs, &waiting.run_room, waiting.end + behind // 2 + 2, sizeof(Run)):
        return False
    if before < behind and waiting.head == 0:
        shift(waiting, behind // 2 + 1)
    elif waiting.head > waiting.end - waiting.head + 64:    # what left at the front makes room
        shift(waiting, 0)
    runs = waiting.runs + waiting.head
    if before < behind and waiting.head > 0:
        memmove(runs - 1, runs, before * sizeof(Run))
        waiting.head -= 1
        runs -= 1
    else:
        memmove(runs + before + 1, runs + before, behind * sizeof(Run))
        waiting.end += 1
    runs[before] = run[0]
    return True


cdef inline void replace(Waiting* waiting, int64_t place, int64_t count, const Run* run) noexcept nogil:
    """Put a run in the place of ``count`` of them, moving those before it or those behind it, whichever are fewer."""
    cdef int64_t before = place - waiting.head, behind = waiting.end - place - count, gone = count - 1
    cdef Run* runs = waiting.runs
    waiting.runs[place] = run[0]
    if gone == 0:
        return
    if before < behind:
        memmove(runs + waiting.head + gone, runs + waiting.head, (before + 1) * sizeof(Run))
        waiting.head += gone
    else:
        memmove(runs + place + 1, runs + place + count, behind * sizeof(Run))
        waiting.end -= gone


cdef bint add_waiting(Pool* pool, Waiting* waiting, Piece* piece) noexcept nogil:
    """Let a piece wait, where no other waits for its place; False without memory."""
    cdef int64_t end = piece.start + piece.length, limit
    cdef int64_t begin = run_behind(waiting, piece.start), place
    cdef Run run
    place = begin
    if begin > waiting.head and waiting.runs[begin - 1].end == piece.start:
        begin -= 1
        run = waiting.runs[begin]
    elif begin < waiting.end and waiting.runs[begin].start <= piece.start:
        run = waiting.runs[begin]
        place += 1
    else:
        run.start = run.end = piece.start
        run.first = run.last = 0
    while True:
        limit = min(end, waiting.runs[place].start) if place < waiting.end else end
        if run.end < limit:
            if clip(piece, run.end) and not append(pool, waiting, &run, piece, limit):
                return False
            run.end = limit
        if place == waiting.end or waiting.runs[place].start > run.end:
            break
        link(waiting, &run, waiting.runs[place].first, waiting.runs[place].last)
        run.end = waiting.runs[place].end
        place += 1
    if place == begin:
        return insert(pool, waiting, begin, &run)
    replace(waiting, begin, place - begin, &run)
    return True


cdef bint next_due(Waiting* waiting, int64_t at, Piece* out) noexcept nogil:
    """Take the first piece, if it does not begin behind ``at``."""
    cdef Run* run = &waiting.runs[waiting.head]
    cdef int32_t number
    if waiting.head == waiting.end or run.start > at:
        return False
    number = run.first
    out[0] = waiting.pieces[number - 1]
    waiting.pieces[number - 1].next = waiting.spare
    waiting.spare = number
    waiting.count -= 1
    run.first = out.next
    run.start = out.start + out.length
    if run.first == 0:
        waiting.head += 1
    if waiting.count == 0:
        waiting.head = waiting.end = waiting.used = waiting.spare = 0
    return True


cdef void drop_waiting(Pool* pool, Waiting* waiting) noexcept nogil:
    """Give the memory back."""
    give_back(pool, waiting.pieces, waiting.room * sizeof(Piece))
    give_back(pool, waiting.runs, waiting.run_room * sizeof(Run))
    give_back(pool, waiting, sizeof(Waiting))
