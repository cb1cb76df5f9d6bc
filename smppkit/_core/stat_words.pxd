"""The words that receipt texts use for the state of a message."""

from libc.stdint cimport uint8_t

# message_state of the word at ``at`` of a text of ``count`` octets, in any case; -1 for a word nobody knows.
cdef int known_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length, Py_ssize_t count) noexcept nogil
