# Numbers sorted octet by octet, in time that grows with how many there are; inline in whoever cimports it.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset


cdef inline void sort_by_octet(const uint64_t* entries, uint64_t* out, int64_t count, int below) noexcept nogil:
    """Sort by the octet above the ``below`` lowest bits; what is equal keeps its order."""
    cdef uint32_t places[256]
    cdef uint32_t place = 0, some
    cdef int64_t row
    cdef uint8_t octet
    memset(places, 0, sizeof(places))
    for row in range(count):
        places[<uint8_t>(entries[row] >> below)] += 1
    for row in range(256):
        some = places[row]
        places[row] = place
        place += some
    for row in range(count):
        octet = <uint8_t>(entries[row] >> below)
        out[places[octet]] = entries[row]
        places[octet] += 1


cdef inline uint64_t* sort_numbers(uint64_t* numbers, uint64_t* room, int64_t count, int below,
                                   uint64_t most) noexcept nogil:
    """Sort by what stands above the ``below`` lowest bits; what is equal keeps its order.

    ``most`` has every bit that any of the numbers has; ``room`` is for as many numbers. Returns where they are then.
    """
    cdef uint64_t* swapped
    while below < 64 and most >> below:
        sort_by_octet(numbers, room, count, below)
        swapped = numbers
        numbers = room
        room = swapped
        below += 8
    return numbers
