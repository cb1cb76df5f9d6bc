"""Dates as receipt texts and SMPP times write them, read without allocation; inline in whoever cimports them.

YYMMDDhhmm, YYMMDDhhmmss, YYYYMMDDhhmm, YYYYMMDDhhmmss and the 16 characters of SMPP 3.4, section 7.1.1.1.
"""

cimport cython
from libc.stdint cimport INT64_MIN, int64_t, uint8_t, uint32_t, uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    static inline uint64_t eight(const uint8_t *at) {
        uint64_t word;
        memcpy(&word, at, 8);
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
    #endif
        return word;
    }
    """
    uint64_t eight(const uint8_t* at) noexcept nogil        # eight octets as one number, the first lowest

cdef enum Precision:
    NO_DATE = 0
    MINUTES = 1
    SECONDS = 2
    TENTHS = 3          # the 16-character form: the only one with an offset from UTC

cdef struct Moment:
    int year, month, day, hour, minute, second, tenth
    int quarters        # offset from UTC in quarter hours, ahead of it positive
    int precision

cdef struct Day:            # all zeros: none
    uint64_t digits         # YYMMDD, as six() gives it
    int64_t nanoseconds     # from 1970 to its beginning


cdef inline bint digits_only(uint64_t eight_octets) noexcept nogil:
    cdef uint64_t high = <uint64_t>0xF0F0F0F0F0F0F0F0
    cdef uint64_t zeros = <uint64_t>0x3030303030303030
    return (eight_octets & high) == zeros and ((eight_octets + <uint64_t>0x0606060606060606) & high) == zeros


cdef inline int two(const uint8_t* digits) noexcept nogil:
    return 10 * (digits[0] - c'0') + (digits[1] - c'0')


cdef inline int days_in(int year, int month) noexcept nogil:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 + ((month + (month >> 3)) & 1)


cdef inline bint calendar(const uint8_t* digits, int year, int precision, Moment* out) noexcept nogil:
    """MMDDhhmm, and ss from SECONDS on, into ``out``; False when there is no such moment."""
    cdef uint64_t pairs = eight(digits) - <uint64_t>0x3030303030303030
    pairs = pairs * 10 + (pairs >> 8)           # every other octet: two digits as a number
    out.year = year
    out.month = pairs & 0xFF
    out.day = (pairs >> 16) & 0xFF
    out.hour = (pairs >> 32) & 0xFF
    out.minute = (pairs >> 48) & 0xFF
    out.second = two(digits + 8) if precision >= SECONDS else 0
    out.tenth = out.quarters = 0
    if not (1700 <= year <= 2200 and 1 <= out.month <= 12 and 1 <= out.day <= days_in(year, out.month)
            and out.hour <= 23 and out.minute <= 59 and out.second <= 59):
        return False
    out.precision = precision
    return True


cdef inline bint absolute(const uint8_t* text, Moment* out) noexcept nogil:
    """YYMMDDhhmmsstnnp, p being + or - (SMPP 3.4, section 7.1.1.1)."""
    cdef int quarters = two(text + 13)
    if quarters > 48 or (text[15] != c'+' and text[15] != c'-'):
        return False
    if not calendar(text + 2, 2000 + two(text), TENTHS, out):
        return False
    out.tenth = text[12] - c'0'
    out.quarters = quarters if text[15] == c'+' else -quarters
    return True


cdef inline void read_date(const uint8_t* digits, Py_ssize_t count, Moment* out) noexcept nogil:
    """The first word of ``digits`` as a date; precision NO_DATE when it is none."""
    cdef Py_ssize_t length = 0
    out.precision = NO_DATE
    if count == 10 and digits_only(eight(digits)) and digits_only(eight(digits + 2)):       # nearly all there are
        calendar(digits + 2, 2000 + two(digits), MINUTES, out)
        return
    while length < count and digits[length] > c' ':
        length += 1
    if not 10 <= length <= 16 or not digits_only(eight(digits)):
        return
    if length == 16:
        if digits_only(eight(digits + 7)):
            absolute(digits, out)
    elif not digits_only(eight(digits + length - 8)):
        return
    elif length == 10:
        calendar(digits + 2, 2000 + two(digits), MINUTES, out)
    elif length == 12:
        if not calendar(digits + 2, 2000 + two(digits), SECONDS, out):
            calendar(digits + 4, 100 * two(digits) + two(digits + 2), MINUTES, out)
    elif length == 14:
        calendar(digits + 4, 100 * two(digits) + two(digits + 2), SECONDS, out)


cdef inline int64_t days_before(int year, int month, int day) noexcept nogil:
    """Days from 1970-01-01 to this day of the Gregorian calendar, counted in years that begin in March."""
    cdef int64_t shifted = year - 1 if month <= 2 else year
    cdef int64_t era = shifted // 400
    cdef int64_t of_era = shifted - 400 * era
    cdef int64_t of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return 146097 * era + 365 * of_era + of_era // 4 - of_era // 100 + of_year - 719468


# ---- the day read last ----

@cython.overflowcheck(False)        # two octets are shifted out
cdef inline uint64_t six(const uint8_t* at) noexcept nogil:
    """Six octets as one number, above two zeros."""
    return eight(at) << 16


cdef inline bint learn_day(const uint8_t* digits, Day* day) noexcept nogil:
    """Take the day that begins a date of two digits for the year; False when there is none."""
    cdef int year = 2000 + two(digits)
    cdef int month = two(digits + 2)
    cdef int of_month = two(digits + 4)
    if not (digits_only(eight(digits)) and 1 <= month <= 12 and 1 <= of_month <= days_in(year, month)):
        return False
    day.digits = six(digits)
    day.nanoseconds = <int64_t>86_400_000_000_000 * days_before(year, month, of_month)
    return True


@cython.overflowcheck(False)        # octets that are no digits wrap around, and are refused
cdef inline int64_t usual_date(const uint8_t* digits, Py_ssize_t count, Day* day) noexcept nogil:
    """YYMMDDhhmm, nearly all dates there are, or YYMMDDhhmmss as nanoseconds since 1970; INT64_MIN for none.

    Receipts come in the order of time: a day is counted out once.
    """
    cdef uint32_t clock = <uint32_t>(eight(digits + 2) >> 32) ^ 0x30303030
    cdef uint32_t tens = 0
    cdef uint32_t ones = 0
    if six(digits) != day.digits and not learn_day(digits, day):
        return INT64_MIN
    if count == 12:
        tens, ones = digits[10] ^ 0x30, digits[11] ^ 0x30
    if ((clock + 0x06060606) | clock) & <uint32_t>0xF0F0F0F0 or tens > 5 or ones > 9:
        return INT64_MIN
    clock = 10 * clock + (clock >> 8)           # every other octet: two digits as a number
    if clock & 0xFF > 23 or clock >> 16 & 0xFF > 59:
        return INT64_MIN
    return (day.nanoseconds + <int64_t>60_000_000_000 * (60 * (clock & 0xFF) + (clock >> 16 & 0xFF))
            + <int64_t>1_000_000_000 * (10 * tens + ones))
