"""Memory for columns: what is large is mapped by itself, in large pages, and kept for the next one.

A million rows of a dozen columns take 200 MB. Fresh memory has to be cleared by the system, page by page, and on a
virtual machine that gives free memory back to its host each page costs more than all that is written into it: a second
call would be two to four times as slow after a pause than at once. So up to ``MOST`` octets of what was given back are
kept for the next call. The system is told that it may have them, contents and all, when it runs short of memory.
What was in them stays there until then, as it does in memory that malloc got back.

What is small comes from ``memory``. There is one set of kept regions for all threads, and no thread ever waits for it:
who finds it taken maps afresh, or gives back to the system. Only Linux maps; elsewhere all comes from ``memory``.
A sanitizer sees what reaches beyond the octets of a piece, or into one that was given back.
"""

from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy, memset

from smppkit._core.guard cimport GUARD, forbid, permit
from smppkit._core.memory cimport calloc, free, malloc, realloc
from smppkit._core.pages cimport LARGE_PAGE

cdef extern from *:
    """
    #include <stddef.h>
    #include <stdint.h>
    #if defined(__linux__) && defined(MADV_HUGEPAGE) && defined(MADV_FREE)
    enum { MAPS = 1, TRACED = 0x534D5050 };
    static char in_use;                     /* the kept regions are some thread's just now */
    static inline int enter_kept(void) { return !__atomic_test_and_set(&in_use, __ATOMIC_ACQUIRE); }
    static inline void leave_kept(void) { __atomic_clear(&in_use, __ATOMIC_RELEASE); }
    /* What a region holds need not be written anywhere if the system wants its memory. */
    static inline void offer(void *start, size_t size) { (void)madvise(start, size, MADV_FREE); }
    static inline void unmap(void *start, size_t size) {
        permit(start, size);                /* whoever gets these addresses next knows nothing of us */
        (void)munmap(start, size);
    }
    static inline void track_region(void *start, size_t size) {
        (void)PyTraceMalloc_Track(TRACED, (uintptr_t)start, size);
    }
    static inline void untrack_region(void *start) { (void)PyTraceMalloc_Untrack(TRACED, (uintptr_t)start); }
    /* So many large pages' octets from where one begins; large pages as far as ``wish``. */
    static void *map_region(size_t size, size_t wish) {
        char *start = (char *)MAP_FAILED;
        size_t before;
        if (malloc_has(size))
            start = (char *)mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == (char *)MAP_FAILED)
            return NULL;
        before = (size_t)((char *)large_page_at(start) - start);
        if (before)
            unmap(start, before);
        unmap(start + before + size, LARGE_PAGE - before);
        (void)madvise(start + before, wish, MADV_HUGEPAGE);
        return start + before;
    }
    #else
    enum { MAPS = 0 };
    static inline int enter_kept(void) { return 0; }
    static inline void leave_kept(void) {}
    static inline void offer(void *start, size_t size) { (void)start, (void)size; }
    static inline void unmap(void *start, size_t size) { (void)start, (void)size; }
    static inline void track_region(void *start, size_t size) { (void)start, (void)size; }
    static inline void untrack_region(void *start) { (void)start; }
    static void *map_region(size_t size, size_t wish) { (void)size, (void)wish; return NULL; }
    #endif
    """
    bint MAPS
    bint enter_kept() noexcept nogil
    void leave_kept() noexcept nogil
    void offer(void* start, size_t size) noexcept nogil
    void unmap(void* start, size_t size) noexcept nogil
    void track_region(void* start, size_t size) noexcept nogil
    void untrack_region(void* start) noexcept nogil
    void* map_region(size_t size, size_t wish) noexcept nogil

KEEPS = bool(MAPS)              # whether memory is kept at all

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    LARGE = 0x100000                # octets from which a piece is a region: half a large page
    SLOTS = 256                     # regions that are kept at most
    MOST = 0x10000000               # octets of them

cdef struct Head:
    size_t mapped                   # octets of the region, its head among them; 0: the piece is none
    size_t size                     # octets of a piece that is none

cdef struct Kept:
    void* memory
    size_t size

cdef Kept kept[SLOTS]               # the oldest first
cdef int kept_count = 0
cdef size_t kept_octets = 0


cdef inline Head* head_of(const void* memory) noexcept nogil:
    return <Head*>&(<uint8_t*>memory)[-HEAD]


# ---- what is kept ----

cdef void remove(int place) noexcept nogil:
    """Take one out of those that are kept."""
    global kept_count, kept_octets
    cdef int i
    kept_count -= 1
    kept_octets -= kept[place].size
    for i in range(place, kept_count):
        kept[i] = kept[i + 1]


cdef void* find_kept(size_t* size) noexcept nogil:
    """The smallest region that is kept and has ``size`` octets, but hardly more than half as much again."""
    cdef size_t most = size[0] + max(size[0] >> 1, <size_t>LARGE_PAGE)
    cdef int i, best = -1
    cdef void* memory = NULL
    if not enter_kept():
        return NULL
    for i in range(kept_count):
        if size[0] <= kept[i].size <= most:
            best, most = i, kept[i].size
    if best >= 0:
        memory, size[0] = kept[best].memory, most
        remove(best)
    leave_kept()
    return memory


cdef void keep(void* memory, size_t size) noexcept nogil:
    """Keep a region, and unmap the oldest ones where that makes too many."""
    global kept_count, kept_octets
    if size > MOST or not enter_kept():
        unmap(memory, size)
        return
    while kept_count == SLOTS or kept_octets + size > MOST:
        unmap(kept[0].memory, kept[0].size)
        remove(0)
    kept[kept_count].memory = memory
    kept[kept_count].size = size
    kept_count += 1
    kept_octets += size
    leave_kept()


cdef size_t drop_kept() noexcept nogil:
    """Unmap all regions that are kept; returns how many octets they had."""
    cdef size_t dropped = 0
    if enter_kept():
        dropped = kept_octets
        while kept_count:
            unmap(kept[0].memory, kept[0].size)
            remove(0)
        leave_kept()
    return dropped


# ---- pieces ----

cdef inline void* opened(Head* head, size_t size) noexcept nogil:
    """The first ``size`` octets of a region, which are all of it that may be touched from here on."""
    cdef void* memory = &(<uint8_t*>head)[HEAD]
    forbid(&head[1], HEAD - sizeof(Head))
    permit(memory, size)
    forbid(&(<uint8_t*>memory)[size], head.mapped - HEAD - size)
    return memory


cdef inline void* behind(Head* head, size_t size) noexcept nogil:
    """The ``size`` octets of a piece that is no region."""
    head.mapped, head.size = 0, size
    forbid(&head[1], HEAD - sizeof(Head))
    return &(<uint8_t*>head)[HEAD]


cdef void* small(size_t size, bint zeros) noexcept nogil:
    cdef Head* head = <Head*>(calloc(1, size + HEAD) if zeros else malloc(size + HEAD))
    return NULL if head == NULL else behind(head, size)


cdef void* take(size_t size, bint* clean) noexcept nogil:
    """``size`` octets that begin with a line of the cache in a large piece; NULL when there is no memory.

    ``clean`` tells whether they are zeros, in which case nothing has touched them; else they may hold anything.
    """
    cdef size_t mapped
    cdef Head* head
    clean[0] = size >= LARGE
    if size > <size_t>PY_SSIZE_T_MAX - 2 * LARGE_PAGE:
        return NULL
    if not MAPS or size < LARGE:
        return small(size, clean[0])
    mapped = (size + HEAD + GUARD + LARGE_PAGE - 1) & ~<size_t>(LARGE_PAGE - 1)
    head = <Head*>find_kept(&mapped)
    clean[0] = head == NULL
    if head == NULL:            # no large page for the end: what is not written to shall take no memory
        head = <Head*>map_region(mapped, size & ~<size_t>(LARGE_PAGE - 1))
    if head == NULL and drop_kept():
        head = <Head*>map_region(mapped, size & ~<size_t>(LARGE_PAGE - 1))
    if head == NULL:
        return NULL
    track_region(head, mapped)
    permit(head, sizeof(Head))
    head.mapped = mapped
    return opened(head, size)


cdef void* take_zeros(size_t size) noexcept nogil:
    """The same, and all are zeros."""
    cdef bint clean = True
    cdef void* memory = small(size, True) if size < LARGE else take(size, &clean)
    if memory != NULL and not clean:
        memset(memory, 0, size)
    return memory


cdef void give(void* memory) noexcept nogil:
    """Take a piece back; NULL is none."""
    cdef Head* head
    cdef size_t size
    if memory == NULL:
        return
    head = head_of(memory)
    size = head.mapped
    if size == 0:
        permit(head, HEAD + head.size)
        free(head)
        return
    untrack_region(head)
    offer(head, size)
    forbid(head, size)
    keep(head, size)


cdef size_t room_in(const void* memory) noexcept nogil:
    """How many octets a piece has: as many as were asked for, or more, all of which may be used from here on."""
    cdef const Head* head = head_of(memory)
    if head.mapped == 0:
        return head.size
    permit(memory, head.mapped - HEAD - GUARD)
    return head.mapped - HEAD - GUARD


cdef void* widened(void* memory, size_t used, size_t size) noexcept nogil:
    """A piece of ``size`` octets that begins with the ``used`` ones of another, which is gone; NULL: it stays."""
    cdef bint clean = False
    cdef Head* head = head_of(memory)
    cdef Head* moved
    cdef void* larger
    if head.mapped == 0 and (size < LARGE or not MAPS):
        permit(head, HEAD)
        moved = <Head*>realloc(head, size + HEAD)
        if moved == NULL:
            behind(head, head.size)
            return NULL
        return behind(moved, size)
    larger = take(size, &clean)
    if larger != NULL:
        memcpy(larger, memory, used)
        give(memory)
    return larger


cdef bint widen_items(void** items, int64_t* room, int64_t used, int64_t wanted, size_t size) noexcept nogil:
    """Take a piece for ``wanted`` items, or twice as many as there was room for, with the ``used`` ones of the last."""
    cdef bint clean = False
    cdef size_t octets = <size_t>max(wanted, room[0] * 2) * size
    cdef void* larger = take(octets, &clean) if items[0] == NULL else widened(items[0], <size_t>used * size, octets)
    if larger == NULL:
        return False
    items[0] = larger
    room[0] = <int64_t>(room_in(larger) // size)
    return True


cdef void* fitted(void* memory, size_t used) noexcept nogil:
    """A piece without what is far behind its ``used`` octets: the next one of its kind may be a little larger.

    One large page more is left: else it were too short for a next piece that is asked for as this one was.
    """
    cdef Head* head = head_of(memory)
    cdef size_t wanted = used + (used >> 1) + HEAD + GUARD
    cdef size_t needed = (wanted + LARGE_PAGE - 1) & ~<size_t>(LARGE_PAGE - 1)
    cdef void* moved
    if head.mapped == 0:
        moved = widened(memory, used, used)
        return memory if moved == NULL else moved
    if needed + LARGE_PAGE < head.mapped:
        untrack_region(head)
        unmap(&(<uint8_t*>head)[needed], head.mapped - needed)
        head.mapped = needed
        track_region(head, needed)
    return opened(head, used)


def forget():
    """Give all memory that is kept for the next columns back to the system; returns how many octets.

    >>> forget() >= 0
    True
    >>> forget()
    0
    """
    return drop_kept()
