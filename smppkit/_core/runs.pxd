# Pieces of a stream and the runs they make, inline in whoever cimports them.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memmove

from smppkit._core.pool cimport Pool, grow_in

cdef enum:
    FEWEST_PIECES = 4
    MOST_BETWEEN = 2048     # pieces that are put aside

cdef struct Piece:
    int64_t start           # place in the stream
    const uint8_t* octets   # NULL: none, they were lost
    int64_t packet
    int64_t time
    uint32_t length         # octets of the stream
    uint32_t captured       # octets of them that are there

cdef struct Kept:           # a piece that waits, without its place, which its run tells: half a line of the cache
    const uint8_t* octets
    int64_t time
    uint32_t length
    uint32_t captured
    uint32_t packet         # the low half of its number
    uint16_t packet_above   # a quarter above it: no file has as many packets
    uint16_t next           # number of the one behind it in its run, 0 for its own plus 1; those that wait are fewer

cdef struct Run:            # pieces without a gap between them
    int64_t start
    int64_t end
    int32_t first           # numbers of pieces, from 1
    int32_t last

cdef struct Aside:          # pieces that came between many runs, and are not sorted in yet
    int64_t begin           # place in the stream where the first of them begins
    int64_t end             # where the one ends that reaches furthest; not behind all runs
    int32_t numbers[MOST_BETWEEN]       # as they came, 0 for one that is sorted in
    int64_t starts[MOST_BETWEEN]        # of the same

cdef struct Waiting:        # begins zeroed; one line of the cache
    Kept* pieces
    Run* runs               # sorted, with a gap between each two
    Aside* aside            # NULL until there are some
    int32_t room
    int32_t used
    int32_t count           # pieces that wait
    int32_t spare           # number of a piece that is free, 0 for none
    int32_t run_room
    int32_t head            # the first run that counts
    int32_t end             # the last that counts, plus 1
    int32_t between         # pieces that are put aside
    bint starved            # an allocation failed while they were sorted in


# Pieces.

cdef inline bint clip(Piece* piece, int64_t start) noexcept nogil:
    """Take away what lies before ``start``; False when nothing is left."""
    cdef int64_t before = start - piece.start
    if before <= 0:
        return piece.length > 0
    if before >= piece.length:
        return False
    piece.start = start
    piece.length -= <uint32_t>before
    if before < piece.captured:
        piece.octets = &piece.octets[before]
        piece.captured -= <uint32_t>before
    else:
        piece.captured = 0
    return True


cdef inline void put_down(Kept* kept, const Piece* piece) noexcept nogil:
    """Write a piece down, as the last of its run."""
    kept.octets = piece.octets
    kept.time = piece.time
    kept.length = piece.length
    kept.captured = piece.captured
    kept.packet = <uint32_t>piece.packet
    kept.packet_above = <uint16_t>(piece.packet >> 32)
    kept.next = 0


cdef inline Piece piece_of(const Kept* kept, int64_t start) noexcept nogil:
    """A piece that was written down, at its place."""
    cdef Piece piece
    piece.start = start
    piece.octets = kept.octets
    piece.packet = (<int64_t>kept.packet_above << 32) | kept.packet
    piece.time = kept.time
    piece.length = kept.length
    piece.captured = kept.captured
    return piece


cdef inline int32_t behind(const Waiting* waiting, const Run* run, int32_t number) noexcept nogil:
    """Number of the piece behind another in a run, 0 for none."""
    if number == run.last:
        return 0
    return waiting.pieces[number - 1].next or number + 1


cdef inline int32_t keep(Pool* pool, Waiting* waiting, const Piece* piece) noexcept nogil:
    """Keep a piece; its number, 0 without memory."""
    cdef int32_t number = waiting.spare
    if number:
        waiting.spare = waiting.pieces[number - 1].next
    else:
        if not grow_in(
            pool, <void**>&waiting.pieces, &waiting.room, max(waiting.used + 1, <int32_t>FEWEST_PIECES), sizeof(Kept)
        ):
            return 0
        waiting.used += 1
        number = waiting.used
    put_down(&waiting.pieces[number - 1], piece)
    waiting.count += 1
    return number


cdef inline void let_go(Waiting* waiting, int32_t number) noexcept nogil:
    """Keep a piece no longer."""
    waiting.pieces[number - 1].next = <uint16_t>waiting.spare
    waiting.spare = number
    waiting.count -= 1


# Runs.

cdef inline int64_t run_behind(const Waiting* waiting, int64_t start) noexcept nogil:
    """The first run that ends behind ``start``."""
    cdef int64_t low = waiting.head, high = waiting.end, middle
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
    cdef int32_t number = keep(pool, waiting, piece)
    cdef Kept* put
    if number == 0:
        return False
    put = &waiting.pieces[number - 1]
    put.length = <uint32_t>(end - piece.start)
    put.captured = min(piece.captured, put.length)
    link(waiting, run, number, number)
    return True


cdef inline void link(Waiting* waiting, Run* run, int32_t first, int32_t last) noexcept nogil:
    """Put a chain of pieces behind a run."""
    if run.last and first != run.last + 1:
        waiting.pieces[run.last - 1].next = <uint16_t>first
    if run.last == 0:
        run.first = first
    run.last = last


cdef inline void shift(Waiting* waiting, int64_t head) noexcept nogil:
    """Let the runs begin at ``head``; there is room."""
    memmove(waiting.runs + head, waiting.runs + waiting.head, (waiting.end - waiting.head) * sizeof(Run))
    waiting.end += <int32_t>head - waiting.head
    waiting.head = <int32_t>head


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
        waiting.head += <int32_t>gone
    else:
        memmove(runs + place + 1, runs + place + count, behind * sizeof(Run))
        waiting.end -= <int32_t>gone


cdef inline void join(Waiting* waiting, Run* run, const Run* other) noexcept nogil:
    """Make one run of two that touch."""
    link(waiting, run, other.first, other.last)
    run.end = other.end


cdef inline bint absorb(Pool* pool, Waiting* waiting, Run* run, Piece* piece, int64_t* place) noexcept nogil:
    """Put into a run what of a piece no other has, and the runs that it reaches; False without memory.

    ``place`` is that of the first run behind it, and then of the first that it does not reach.
    """
    cdef int64_t end = piece.start + piece.length, limit
    while True:
        limit = min(end, waiting.runs[place[0]].start) if place[0] < waiting.end else end
        if run.end < limit:
            if clip(piece, run.end) and not append(pool, waiting, run, piece, limit):
                return False
            run.end = limit
        if place[0] == waiting.end or waiting.runs[place[0]].start > run.end:
            return True
        join(waiting, run, &waiting.runs[place[0]])
        place[0] += 1


cdef inline bint put_behind(Pool* pool, Waiting* waiting, const Piece* piece) noexcept nogil:
    """Put a piece behind all runs, as most come; False without memory."""
    cdef int64_t count = waiting.end - waiting.head
    cdef int32_t number = keep(pool, waiting, piece)
    cdef Run* run
    if number == 0:
        return False
    if count and waiting.runs[waiting.end - 1].end == piece.start:
        run = &waiting.runs[waiting.end - 1]
        link(waiting, run, number, number)
    else:
        if waiting.end == waiting.run_room and waiting.head > count:    # what left at the front makes room
            shift(waiting, 0)
        if not grow_in(pool, <void**>&waiting.runs, &waiting.run_room, waiting.end + 1, sizeof(Run)):
            return False
        run = &waiting.runs[waiting.end]
        run.start = piece.start
        run.first = run.last = number
        waiting.end += 1
    run.end = piece.start + piece.length
    return True


cdef inline bint put_in(Pool* pool, Waiting* waiting, Piece* piece) noexcept nogil:
    """Put a piece where no other waits for its place; False without memory."""
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
    if not absorb(pool, waiting, &run, piece, &place):
        return False
    if place == begin:
        return insert(pool, waiting, begin, &run)
    replace(waiting, begin, place - begin, &run)
    return True
