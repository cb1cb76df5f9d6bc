"""Small blocks of memory for what comes and goes with connections: cheap to take, given back for others of their size.

Blocks come from slabs, each larger than the one before, so that memory follows what is there; large slabs are regions.
What is large itself is left to the system. A sanitizer sees what reaches beyond a block, or into one given back.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uintptr_t
from libc.string cimport memcpy

from smppkit._core.guard cimport GUARD, expect_whole, forbid, permit
from smppkit._core.memory cimport free, malloc
from smppkit._core.regions cimport give, take

cdef enum:
    UNIT = 64                       # octets: a line of the cache
    POOLED = 1024                   # octets: larger blocks are the system's
    SIZES = 17                      # of blocks, in units, nought among them
    FIRST_SLAB = 0x1000
    SLAB_GROWTH = 8
    LARGEST_SLAB = 0x400000

cdef struct Block:
    Block* next

cdef struct Slab:
    Slab* next

cdef struct Pool:                   # begins zeroed
    Block* spare[SIZES]
    Slab* slabs
    uint8_t* at                     # of the last slab, what was not taken yet
    size_t left
    size_t size                     # of the last slab


cdef inline bint add_slab(Pool* pool) noexcept nogil:
    """Make another slab; False when there is no memory. What is left of the one before is a block's worth at most."""
    cdef size_t size = min(pool.size * SLAB_GROWTH, <size_t>LARGEST_SLAB) if pool.size else FIRST_SLAB
    cdef bint clean = False
    cdef Slab* slab = <Slab*>take(size, &clean)
    cdef uintptr_t start = <uintptr_t>slab + UNIT
    if slab == NULL:
        return False
    slab.next = pool.slabs
    pool.slabs = slab
    pool.size = size
    pool.at = <uint8_t*>((start + UNIT - 1) // UNIT * UNIT)         # where a line of the cache begins
    pool.left = <size_t>(<uintptr_t>slab + size - <uintptr_t>pool.at)
    forbid(&slab[1], size - sizeof(Slab))
    return True


cdef inline void* taken_from(Pool* pool, size_t size) noexcept nogil:
    """A block of so many octets, whatever they are; NULL when there is no memory."""
    cdef size_t units = (size + UNIT - 1) // UNIT
    cdef Block* block
    if size > POOLED:
        return malloc(size)
    block = pool.spare[units]
    if block != NULL:
        permit(block, sizeof(Block))
        pool.spare[units] = block.next
        forbid(block, sizeof(Block))
    else:
        if pool.left < units * UNIT + GUARD and not add_slab(pool):
            return NULL
        block = <Block*>pool.at
        pool.at = &pool.at[units * UNIT + GUARD]
        pool.left -= units * UNIT + GUARD
    permit(block, size)
    return block


cdef inline void give_back(Pool* pool, void* block, size_t size) noexcept nogil:
    """Take a block of so many octets back."""
    cdef size_t units = (size + UNIT - 1) // UNIT
    if block == NULL:
        return
    if size > POOLED:
        free(block)
        return
    expect_whole(block, size)
    permit(block, sizeof(Block))
    (<Block*>block).next = pool.spare[units]
    pool.spare[units] = <Block*>block
    forbid(block, units * UNIT)


cdef inline bint grow_in(Pool* pool, void** block, int32_t* room, int64_t wanted, size_t size) noexcept nogil:
    """Make room for ``wanted`` items in a block of the pool; False when there is no memory."""
    return wanted <= room[0] or widen_in(pool, block, room, wanted, size)


cdef inline bint widen_in(Pool* pool, void** block, int32_t* room, int64_t wanted, size_t size) noexcept nogil:
    """Twice the items, and as many as a block of that size holds."""
    cdef size_t octets = <size_t>max(wanted, <int64_t>room[0] * 2) * size
    cdef void* larger
    if octets <= POOLED:
        octets = (octets + UNIT - 1) // UNIT * UNIT // size * size
    larger = taken_from(pool, octets)
    if larger == NULL:
        return False
    if block[0] != NULL:
        memcpy(larger, block[0], <size_t>room[0] * size)
        give_back(pool, block[0], <size_t>room[0] * size)
    block[0] = larger
    room[0] = <int32_t>(octets // size)
    return True


cdef inline void drop_pool(Pool* pool) noexcept nogil:
    """Give all slabs back; large blocks must be back already."""
    cdef Slab* slab
    while pool.slabs != NULL:
        slab = pool.slabs
        pool.slabs = slab.next
        give(slab)
