"""The user data header in front of a message text (3GPP TS 23.040, 9.2.3.24): one walk over its elements."""

from cpython.bytes cimport PyBytes_FromStringAndSize

cdef int LANGUAGES = 14     # identifiers 0..13 have tables; the rest is reserved and means the default


cdef void clear(Header* out) noexcept nogil:
    out.length = 0
    out.width = out.reference = out.total = out.number = 0
    out.destination_port = out.source_port = -1
    out.locking = out.single = 0


cdef inline int language(uint8_t identifier) noexcept nogil:
    return identifier if identifier < LANGUAGES else 0


cdef inline void concatenation(const uint8_t* data, int octets, Header* out) noexcept nogil:
    cdef int total = data[octets]
    cdef int number = data[octets + 1]
    if number == 0 or number > total:       # covers a total of 0: the element is ignored
        return
    out.width = 8 * octets
    out.reference = data[0] if octets == 1 else data[0] << 8 | data[1]
    out.total = total
    out.number = number


cdef void element(int identifier, const uint8_t* data, int length, Header* out) noexcept nogil:
    if identifier == 0x00 and length == 3:
        concatenation(data, 1, out)
    elif identifier == 0x08 and length == 4:
        concatenation(data, 2, out)
    elif identifier == 0x04 and length == 2:
        out.destination_port = data[0]
        out.source_port = data[1]
    elif identifier == 0x05 and length == 4:
        out.destination_port = data[0] << 8 | data[1]
        out.source_port = data[2] << 8 | data[3]
    elif identifier == 0x24 and length == 1:
        out.single = language(data[0])
    elif identifier == 0x25 and length == 1:
        out.locking = language(data[0])


cdef int read_header(const uint8_t* octets, Py_ssize_t count, Header* out) noexcept nogil:
    cdef Py_ssize_t end, size
    cdef Py_ssize_t at = 1
    clear(out)
    if count == 0:
        return 0
    end = octets[0] + 1             # read once: the caller may write there meanwhile
    if end > count:
        return 0
    while at < end:
        size = octets[at + 1] if at + 2 <= end else end
        if at + 2 + size > end:
            clear(out)
            return 0
        element(octets[at], octets + at + 2, <int>size, out)
        at += 2 + size
    out.length = end
    return 1


def read(const uint8_t[::1] octets not None):
    """Read the header that ``octets`` begin with; ``None`` when it runs past its own length or past the octets.

    Gives (length, width, reference, total, number, destination_port, source_port, locking, single): ``length`` counts
    the length octet too, ``width`` is 8 or 16 for a valid concatenation, 0 without; ports are -1 when absent.

    >>> read(bytes.fromhex("050003cc0201") + b"text")
    (6, 8, 204, 2, 1, -1, -1, 0, 0)
    """
    cdef Header header
    if octets.shape[0] == 0 or not read_header(&octets[0], octets.shape[0], &header):
        return None
    return (header.length, header.width, header.reference, header.total, header.number,
            header.destination_port, header.source_port, header.locking, header.single)


def elements(const uint8_t[::1] octets not None):
    """Return the elements of a header as a list of (identifier, data), unknown ones too; ``None`` when unreadable.

    >>> elements(bytes.fromhex("0403020102"))
    [(3, b'\\x01\\x02')]
    """
    cdef Header header
    cdef Py_ssize_t at = 1, size
    cdef list found = []
    if octets.shape[0] == 0 or not read_header(&octets[0], octets.shape[0], &header):
        return None
    while at + 2 <= header.length:
        size = min(<Py_ssize_t>octets[at + 1], header.length - at - 2)
        found.append((octets[at], PyBytes_FromStringAndSize(<const char*>&octets[at + 1] + 1, size)))
        at += 2 + size
    return found
