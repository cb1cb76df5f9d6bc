"""One thread at a time: an object that works on memory of its own without the GIL refuses a second one meanwhile.

It would move or free what the first one reads. A flag under no lock costs nothing, and nobody waits: who shares such an
object has a lock around it, or is told that one is missing.
"""

cdef extern from *:
    """
    #ifdef _MSC_VER
    #include <intrin.h>
    static inline int smppkit_enter_alone(char *busy) { return _InterlockedExchange8(busy, 1) == 0; }
    static inline void smppkit_leave_alone(char *busy) { (void)_InterlockedExchange8(busy, 0); }
    #else
    static inline int smppkit_enter_alone(char *busy) { return !__atomic_test_and_set(busy, __ATOMIC_ACQUIRE); }
    static inline void smppkit_leave_alone(char *busy) { __atomic_clear(busy, __ATOMIC_RELEASE); }
    #endif
    """
    bint enter_alone "smppkit_enter_alone" (char* busy) noexcept nogil
    void leave_alone "smppkit_leave_alone" (char* busy) noexcept nogil


cdef inline int begin_alone(char* busy, str name) except -1:
    """Take the object called ``name`` for this thread, until leave_alone(); RuntimeError when another has it."""
    if not enter_alone(busy):
        raise RuntimeError(f"{name} is used by another thread: each thread needs its own, or a lock around it")
    return 0
