# An index of numbers by their hashes: eight share a line of the cache, and a search hardly ever needs another.
#
# Where in a line a hash stands is computed, not looked for: how far one would have to look is hard to foresee.
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uintptr_t
from libc.string cimport memset

from smppkit._core.regions cimport give, take_zeros
from smppkit._core.sixteen cimport first_bit, look_at_8

cdef enum:
    OF_A_LINE = 8
    FEWEST_LINES = 128          # homes tell 65,536 apart; those of MOST_FLOWS connections are half as many
    GROWTH = 4                  # of the lines

cdef struct Line:               # filled from the first slot on
    uint16_t tags[OF_A_LINE]    # the low halves of the hashes, 0: free
    uint16_t homes[OF_A_LINE]   # the high halves: which line is theirs; where that is full it is the next with room
    uint32_t numbers[OF_A_LINE]

cdef struct Index:              # begins zeroed
    Line* lines
    void* memory                # in which they begin with a line of the cache
    uint32_t mask               # they are a power of two


cdef inline Line* line_of(const Index* index, uint32_t hash) noexcept nogil:
    """The line of a hash; there are lines."""
    return &index.lines[(hash >> 16) & index.mask]


cdef inline Line* line_behind(const Index* index, const Line* line) noexcept nogil:
    return &index.lines[(<uint32_t>((<uintptr_t>line - <uintptr_t>index.lines) // sizeof(Line)) + 1) & index.mask]


cdef inline unsigned int tagged(const Line* line, uint32_t hash) noexcept nogil:
    """A bit for each slot whose hash may be this, and from the eighth bit on one for each that is free."""
    return look_at_8(line.tags, <uint16_t>hash)


cdef inline bint is_half_full(const Index* index, int64_t count) noexcept nogil:
    """Tell whether ``count`` numbers need more lines, so that one hardly ever overflows."""
    return index.lines == NULL or count > (<int64_t>index.mask + 1) * (OF_A_LINE // 2)


cdef inline void put(Line* line, int slot, uint32_t hash, uint32_t number) noexcept nogil:
    line.tags[slot] = <uint16_t>hash
    line.homes[slot] = <uint16_t>(hash >> 16)
    line.numbers[slot] = number


cdef inline void enter(Index* index, uint32_t hash, uint32_t number) noexcept nogil:
    """Enter a number; there is room."""
    cdef Line* line = line_of(index, hash)
    cdef unsigned int free = tagged(line, 0)
    while not free:
        line = line_behind(index, line)
        free = tagged(line, 0)
    put(line, first_bit(free & 0xFF), hash, number)


cdef inline void clear_index(Index* index) noexcept nogil:
    """Forget all numbers; there are lines."""
    memset(index.lines, 0, (<size_t>index.mask + 1) * sizeof(Line))


cdef inline void enter_line(Index* index, const Line* line, uint8_t* used) noexcept nogil:
    """Enter what a line of another index has; of each line here ``used`` counts what is in it.

    A look at a line that was just written to would have to wait for it.
    """
    cdef uint32_t place
    cdef int slot
    for slot in range(OF_A_LINE):
        if not line.tags[slot]:
            break
        place = line.homes[slot] & index.mask
        while used[place] == OF_A_LINE:
            place = (place + 1) & index.mask
        put(&index.lines[place], used[place], (<uint32_t>line.homes[slot] << 16) | line.tags[slot], line.numbers[slot])
        used[place] += 1


cdef inline bint widen_index(Index* index) noexcept nogil:
    """Make more lines, and enter there what was in the old ones; False when there is no memory."""
    cdef Index fresh
    cdef size_t count = <size_t>index.mask + 1 if index.lines != NULL else 0, place
    cdef size_t larger = count * GROWTH if count else FEWEST_LINES
    cdef uint8_t* used = <uint8_t*>take_zeros(larger)
    fresh.memory = take_zeros((larger + 1) * sizeof(Line))
    if used == NULL or fresh.memory == NULL:
        give(used)
        give(fresh.memory)
        return False
    fresh.lines = <Line*>((<uintptr_t>fresh.memory + sizeof(Line) - 1) // sizeof(Line) * sizeof(Line))
    fresh.mask = <uint32_t>(larger - 1)
    for place in range(count):
        enter_line(&fresh, &index.lines[place], used)
    give(used)
    give(index.memory)
    index[0] = fresh
    return True


@cython.overflowcheck(False)
cdef inline uint32_t overflowed(const Index* index) noexcept nogil:
    """By how many lines the number farthest from its own line stands behind it."""
    cdef uint32_t place, most = 0
    cdef int slot
    for place in range(index.mask + 1 if index.lines != NULL else 0):
        for slot in range(OF_A_LINE):
            if index.lines[place].tags[slot]:
                most = max(most, (place - index.lines[place].homes[slot]) & index.mask)
    return most


cdef inline void drop_index(Index* index) noexcept nogil:
    give(index.memory)
    index.memory = index.lines = NULL
