"""Septets to packed octets and back (3GPP TS 23.038, 6.1.2): 8 septets are 56 bits of one 64-bit word.

Two kernels move the bits of a word: "words" with shifts and masks, on any machine; "bmi2" with the one instruction
that x86-64 processors have for it. Which is used is decided at import.
"""

cimport cython
from libc.stdint cimport uint8_t, uint64_t

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__)
    #include <cpuid.h>
    /* Bits under the mask side by side, and back. */
    static inline uint64_t gather_bits(uint64_t word, uint64_t mask) {
        uint64_t made;
        __asm__("pextq %2, %1, %0" : "=r"(made) : "r"(word), "r"(mask));
        return made;
    }
    static inline uint64_t scatter_bits(uint64_t word, uint64_t mask) {
        uint64_t made;
        __asm__("pdepq %2, %1, %0" : "=r"(made) : "r"(word), "r"(mask));
        return made;
    }
    /* Shifts of the same set, which take one step where the old ones take three. */
    static inline uint64_t shift_up(uint64_t word, uint64_t shift) {
        uint64_t made;
        __asm__("shlxq %2, %1, %0" : "=r"(made) : "r"(word), "r"(shift));
        return made;
    }
    static inline uint64_t shift_down(uint64_t word, uint64_t shift) {
        uint64_t made;
        __asm__("shrxq %2, %1, %0" : "=r"(made) : "r"(word), "r"(shift));
        return made;
    }
    static int has_bmi2(void) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("bmi2") != 0;
    }
    /* AMD before family 19h (Zen 3), and Hygon's Zen, have the instructions but take a cycle or more for each bit. */
    static int is_slow_at_bmi2(void) {
        unsigned a, b, c, d, family;
        if (!__get_cpuid(0, &a, &b, &c, &d)) return 1;
        if (b != 0x68747541 && b != 0x6F677948) return 0; /* "Auth"enticAMD, "Hygo"nGenuine */
        __get_cpuid(1, &a, &b, &c, &d);
        family = (a >> 8 & 0xF) + (a >> 20 & 0xFF);
        return family < 0x19;
    }
    #else
    static inline uint64_t gather_bits(uint64_t word, uint64_t mask) { return word; }
    static inline uint64_t scatter_bits(uint64_t word, uint64_t mask) { return word; }
    static inline uint64_t shift_up(uint64_t word, uint64_t shift) { return word; }
    static inline uint64_t shift_down(uint64_t word, uint64_t shift) { return word; }
    static int has_bmi2(void) { return 0; }
    static int is_slow_at_bmi2(void) { return 1; }
    #endif
    """
    uint64_t gather_bits(uint64_t word, uint64_t mask) noexcept nogil
    uint64_t scatter_bits(uint64_t word, uint64_t mask) noexcept nogil
    uint64_t shift_up(uint64_t word, uint64_t shift) noexcept nogil
    uint64_t shift_down(uint64_t word, uint64_t shift) noexcept nogil
    bint has_bmi2() noexcept nogil
    bint is_slow_at_bmi2() noexcept nogil

cdef enum:
    BLOCK = 4               # words that are moved without a decision

cdef bint by_bmi2 = has_bmi2() and not is_slow_at_bmi2()


def kernels():
    """Return the names of the kernels that this machine can run.

    >>> "words" in kernels()
    True
    """
    return ("words", "bmi2") if has_bmi2() else ("words",)


def use_kernel(name):
    """Choose a kernel by name, for all threads, and return the name of the one before: for tests and measurements.

    >>> before = use_kernel("words")
    >>> use_kernel(before)
    'words'
    """
    global by_bmi2
    if name not in kernels():
        raise ValueError(f"no kernel {name!r} on this machine: {', '.join(kernels())}")
    before = "bmi2" if by_bmi2 else "words"
    by_bmi2 = name == "bmi2"
    return before


cdef inline uint64_t squeeze(bint bmi2, uint64_t x, int shift) noexcept nogil:
    """Eight septets of an octet each as 56 bits, from bit ``shift`` on."""
    if bmi2:
        x = gather_bits(x, 0x7F7F7F7F7F7F7F7FULL)
        return shift_up(x, shift) if shift else x
    x = (x & 0x007F007F007F007FULL) | (x & 0x7F007F007F007F00ULL) >> 1
    x = (x & 0x00003FFF00003FFFULL) | (x & 0x3FFF00003FFF0000ULL) >> 2
    return ((x & 0x000000000FFFFFFFULL) | (x & 0x0FFFFFFF00000000ULL) >> 4) << shift


cdef inline uint64_t spread(bint bmi2, uint64_t x, int shift) noexcept nogil:
    """The 56 bits from bit ``shift`` on as eight septets of an octet each."""
    if bmi2:
        return scatter_bits(shift_down(x, shift) if shift else x, 0x7F7F7F7F7F7F7F7FULL)
    x >>= shift
    x = (x & 0x000000000FFFFFFFULL) | (x & 0x00FFFFFFF0000000ULL) << 4
    x = (x & 0x00003FFF00003FFFULL) | (x & 0x0FFFC0000FFFC000ULL) << 2
    return (x & 0x007F007F007F007FULL) | (x & 0x3F803F803F803F80ULL) << 1


cdef inline uint64_t pack_word(bint bmi2, const uint8_t* septets, uint8_t* out) noexcept nogil:
    cdef uint64_t eight = load(septets)
    store(out, squeeze(bmi2, eight, 0))
    return eight


cdef inline uint64_t pack_block(bint bmi2, const uint8_t* septets, uint8_t* out) noexcept nogil:
    cdef uint64_t seen = pack_word(bmi2, septets, out)
    seen |= pack_word(bmi2, septets + 8, out + 7)
    seen |= pack_word(bmi2, septets + 16, out + 14)
    return seen | pack_word(bmi2, septets + 24, out + 21)


@cython.overflowcheck(False)
cdef inline uint64_t pack_aligned(bint bmi2, const uint8_t* septets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """Each word begins with an octet, over the eighth of the one before, so that none waits for another.

    They go in blocks of four, the last of which takes some again where four do not divide them: that is no decision.
    """
    cdef Py_ssize_t words = (count - 1) >> 3 if count else 0        # behind which an octet may be written
    cdef Py_ssize_t i = 0
    cdef uint64_t eight, seen = 0
    while i < words - BLOCK:
        seen |= pack_block(bmi2, septets + 8 * i, out + 7 * i)
        i += BLOCK
    if words >= BLOCK:
        seen |= pack_block(bmi2, septets + 8 * (words - BLOCK), out + 7 * (words - BLOCK))
    else:
        for i in range(words):
            seen |= pack_word(bmi2, septets + 8 * i, out + 7 * i)
    count -= 8 * words
    eight = load_few(septets + 8 * words, count)
    store_few(out + 7 * words, squeeze(bmi2, eight, 0), (7 * count + 7) >> 3)
    return seen | eight


@cython.overflowcheck(False)
cdef uint64_t pack_behind(int fill_bits, const uint8_t* septets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """Behind fill bits each word takes some bits of the one before along."""
    cdef uint64_t eight, word
    cdef uint64_t carry = 0
    cdef uint64_t seen = 0
    while count >= 8:
        eight = load(septets)
        seen |= eight
        word = squeeze(by_bmi2, eight, fill_bits) | carry
        store(out, word)                # the eighth octet is written again by the next round
        carry = word >> 56
        septets += 8
        out += 7
        count -= 8
    eight = load_few(septets, count)
    store_few(out, squeeze(by_bmi2, eight, fill_bits) | carry, (fill_bits + 7 * count + 7) >> 3)
    return seen | eight


cdef uint64_t pack_septets(const uint8_t* septets, Py_ssize_t count, int fill_bits, uint8_t* out) noexcept nogil:
    """Write ceil((fill_bits + 7 * count) / 8) octets; the fill bits are zero.

    Returns all octets ORed, eight in a word: ``NO_SEPTETS`` of it tells whether each is a septet.
    """
    if fill_bits:
        return pack_behind(fill_bits, septets, count, out)
    if by_bmi2:
        return pack_aligned(True, septets, count, out)
    return pack_aligned(False, septets, count, out)


cdef inline void unpack_word(bint bmi2, const uint8_t* octets, int shift, uint8_t* out) noexcept nogil:
    store(out, spread(bmi2, load(octets), shift))


cdef inline void unpack_block(bint bmi2, const uint8_t* octets, int shift, uint8_t* out) noexcept nogil:
    unpack_word(bmi2, octets, shift, out)
    unpack_word(bmi2, octets + 7, shift, out + 8)
    unpack_word(bmi2, octets + 14, shift, out + 16)
    unpack_word(bmi2, octets + 21, shift, out + 24)


@cython.overflowcheck(False)
cdef inline void unpack_all(bint bmi2, const uint8_t* octets, Py_ssize_t octet_count, int shift, Py_ssize_t count,
                            uint8_t* out) noexcept nogil:
    cdef Py_ssize_t words = min(count >> 3, (octet_count - 1) // 7) if octet_count > 0 else 0
    cdef Py_ssize_t i = 0                   # of which, and of no more, eight octets may be read
    while i < words - BLOCK:
        unpack_block(bmi2, octets + 7 * i, shift, out + 8 * i)
        i += BLOCK
    if words >= BLOCK:
        unpack_block(bmi2, octets + 7 * (words - BLOCK), shift, out + 8 * (words - BLOCK))
    else:
        for i in range(words):
            unpack_word(bmi2, octets + 7 * i, shift, out + 8 * i)
    octets += 7 * words
    octet_count -= 7 * words
    out += 8 * words
    count -= 8 * words
    while count > 0:
        store_few(out, spread(bmi2, load_few(octets, octet_count), shift), count)
        octets += 7
        octet_count -= 7
        out += 8
        count -= 8


@cython.overflowcheck(False)
cdef void unpack_septets(const uint8_t* octets, Py_ssize_t octet_count, Py_ssize_t bit, Py_ssize_t count,
                         uint8_t* out) noexcept nogil:
    """Write ``count`` septets that begin at ``bit``; bits beyond the octets read as zero."""
    cdef int shift = bit & 7
    octets += bit >> 3
    octet_count -= bit >> 3
    if not by_bmi2:
        unpack_all(False, octets, octet_count, shift, count, out)
    elif shift:
        unpack_all(True, octets, octet_count, shift, count, out)
    else:
        unpack_all(True, octets, octet_count, 0, count, out)


@cython.overflowcheck(False)
cdef Py_ssize_t packed_count(const uint8_t* octets, Py_ssize_t count, int fill_bits) noexcept nogil:
    """How many septets ``count`` octets hold; when no bit is spare the last may be filler (@ or CR) and is dropped."""
    cdef Py_ssize_t septets = (8 * count - fill_bits) // 7
    cdef uint8_t last = 0
    if septets <= 0:
        return 0
    if septets * 7 + fill_bits == 8 * count:
        last = octets[count - 1] >> 1
        if last == 0 or last == 0x0D:
            return septets - 1
    return septets
