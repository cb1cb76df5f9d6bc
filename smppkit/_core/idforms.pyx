"""How two ids can be one id, and two addresses one address: forms without what message centres change.

An id is reduced to small letters without separators and leading zeros; a decimal one has a second form, its number in
hexadecimal. Two ids are related when a form of one is a form of the other, compared octet by octet: no hash decides.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp

cdef enum:
    LONGEST_NUMBER = 64         # decimal digits: below 2 ** 256
    LIMBS = 8
    LONGEST_ADDRESS = 64        # octets; 21 are the standard's limit for numbers, 65 for broadcast areas
    COUNTRY = 3                 # a country code has at most as many digits


cdef inline bint is_digit(uint8_t octet) noexcept nogil:
    return 0x30 <= octet <= 0x39


cdef inline bint is_separator(uint8_t octet) noexcept nogil:
    return octet in (c"-", c"_", c".", c"/", c":", c" ", c"{", c"}")


cdef inline uint8_t small(uint8_t octet) noexcept nogil:
    return octet + 0x20 if 0x41 <= octet <= 0x5A else octet


cdef void write_hexadecimal(Form* out) noexcept nogil:
    """The decimal number in ``text`` as hexadecimal digits in ``number``."""
    cdef uint32_t limbs[LIMBS]
    cdef uint64_t carry
    cdef int i, j, nibble
    cdef int top = 0                                # the highest limb in use
    for j in range(LIMBS):
        limbs[j] = 0
    for i in range(out.length):
        carry = out.text[i] - 0x30
        for j in range(top + 1):
            carry += <uint64_t>limbs[j] * 10
            limbs[j] = <uint32_t>carry
            carry >>= 32
        if carry:
            top += 1
            limbs[top] = <uint32_t>carry
    for j in range(8 * top + 7, -1, -1):
        nibble = limbs[j >> 3] >> (4 * (j & 7)) & 15
        if nibble or out.digits:
            out.number[out.digits] = 0x30 + nibble if nibble < 10 else 0x57 + nibble
            out.digits += 1


cdef void reduce(const uint8_t* octets, Py_ssize_t count, bint separators, Form* out) noexcept nogil:
    """Fill ``out``; ``separators`` keeps those inside the id."""
    cdef Py_ssize_t at = 0
    cdef bint decimal = True
    out.length = out.digits = 0
    while count and is_separator(octets[count - 1]):
        count -= 1
    while at < count and is_separator(octets[at]):
        at += 1
    if count - at > LONGEST_ID or at == count:
        return
    if count - at > 2 and octets[at] == c"0" and small(octets[at + 1]) == c"x":
        at += 2
    while at < count - 1 and (octets[at] == c"0" or (is_separator(octets[at]) and not separators)):
        at += 1
    while at < count:
        if separators or not is_separator(octets[at]):
            decimal &= is_digit(octets[at])
            out.text[out.length] = small(octets[at])
            out.length += 1
        at += 1
    if decimal and 1 < out.length <= LONGEST_NUMBER:
        write_hexadecimal(out)


cdef inline bint same(const uint8_t* one, Py_ssize_t count, const uint8_t* other,
                      Py_ssize_t other_count) noexcept nogil:
    return count == other_count and count > 0 and memcmp(one, other, count) == 0


cdef bint same_letters(const uint8_t* one, const uint8_t* other, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        if small(one[i]) != small(other[i]):
            return False
    return True


cdef int relation(const uint8_t* one, Py_ssize_t count, const uint8_t* other, Py_ssize_t other_count) noexcept nogil:
    """The strictest way in which ``one``, the id of a response, and ``other``, that of a receipt, are one id."""
    cdef Form form, other_form
    cdef int neutral
    reduce(one, count, False, &form)
    neutral = EITHER_RADIX if form.length == 1 and is_digit(form.text[0]) else 0
    if same(one, count, other, other_count):
        return EXACT | neutral if form.length else NO_RELATION
    if count == other_count and form.length and same_letters(one, other, count):
        return CASE
    reduce(other, other_count, False, &other_form)
    if same(form.text, form.length, other_form.text, other_form.length):
        reduce(one, count, True, &form)
        reduce(other, other_count, True, &other_form)
        return (PADDING if same(form.text, form.length, other_form.text, other_form.length) else DASHES) | neutral
    if same(form.text, form.length, other_form.number, other_form.digits):
        return HEX_TO_DECIMAL
    if same(form.number, form.digits, other_form.text, other_form.length):
        return DECIMAL_TO_HEX
    return NO_RELATION


# ---- addresses ----

cdef int bare_address(const uint8_t* octets, Py_ssize_t count, uint8_t* out, bint* number) noexcept nogil:
    """The digits of a number without plus sign, separators and leading zeros; another address in small letters."""
    cdef int length = 0
    cdef Py_ssize_t i
    number[0] = True
    for i in range(count):
        number[0] &= is_digit(octets[i]) or octets[i] in (c"+", c"(", c")") or is_separator(octets[i])
    for i in range(count):
        if number[0] and not (is_digit(octets[i]) and (length or octets[i] != c"0")):
            continue
        if length < LONGEST_ADDRESS:
            out[length] = small(octets[i])
            length += 1
    return length


cdef int address_tail(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """What every way of writing one address has in common; ``out`` takes LONGEST_ADDRESS octets. 0: no address."""
    cdef uint8_t bare[LONGEST_ADDRESS]
    cdef bint number
    cdef int length = bare_address(octets, count, bare, &number)
    cdef int first = length - TAIL if number and length > TAIL else 0
    cdef int i
    for i in range(length - first):
        out[i] = bare[first + i]
    return length - first


cdef bint same_address(const uint8_t* one, Py_ssize_t count, const uint8_t* other,
                       Py_ssize_t other_count) noexcept nogil:
    """Equal without plus sign and leading zeros, or a national number and the same with its country code."""
    cdef uint8_t bare[LONGEST_ADDRESS]
    cdef uint8_t other_bare[LONGEST_ADDRESS]
    cdef bint number, other_number
    cdef int length = bare_address(one, count, bare, &number)
    cdef int other_length = bare_address(other, other_count, other_bare, &other_number)
    cdef int least = length if length < other_length else other_length
    if length == other_length:
        return same(bare, length, other_bare, other_length)
    if not number or not other_number or least < TAIL or length + other_length - 2 * least > COUNTRY:
        return False
    return memcmp(bare + length - least, other_bare + other_length - least, least) == 0


# ---- for Python: one pair at a time ----

cdef inline const uint8_t* begin(const uint8_t[::1] octets) noexcept:
    return &octets[0] if octets.shape[0] else NULL


def relate(const uint8_t[::1] id not None, const uint8_t[::1] receipt_id not None):
    """Return the code of the strictest relation of two ids, 0 when there is none; 8 is added to one digit alone.

    >>> relate(b"4D", b"4D"), relate(b"4d", b"4D"), relate(b"4d", b"004D"), relate(b"4-d", b"4d")
    (1, 2, 3, 4)
    >>> relate(b"4D", b"0000000077"), relate(b"77", b"0x4d"), relate(b"100", b"101"), relate(b"7", b"7")
    (5, 6, 0, 9)
    """
    return relation(begin(id), id.shape[0], begin(receipt_id), receipt_id.shape[0])


def same_destination(const uint8_t[::1] address not None, const uint8_t[::1] receipt_address not None):
    """Tell whether two addresses are one: digits alone count, with or without country code.

    >>> same_destination(b"+32 471 12 34 56", b"0032471123456"), same_destination(b"0471123456", b"32471123456")
    (True, True)
    >>> same_destination(b"32471123456", b"32471123457"), same_destination(b"", b"")
    (False, False)
    """
    return same_address(begin(address), address.shape[0], begin(receipt_address), receipt_address.shape[0])
