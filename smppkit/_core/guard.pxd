# What may be touched of memory that the core divides itself: AddressSanitizer is told, and knows it to the octet.
#
# In any other build all this is nothing, and costs nothing.

cdef extern from *:
    """
    #include <stddef.h>
    #ifdef __has_feature
    #if __has_feature(address_sanitizer)    /* what clang says where gcc defines a macro */
    #define __SANITIZE_ADDRESS__ 1
    #endif
    #endif
    #ifdef __SANITIZE_ADDRESS__
    #include <stdlib.h>
    #include <sanitizer/asan_interface.h>
    enum { GUARD = 64 };
    #define forbid(start, size) ASAN_POISON_MEMORY_REGION(start, size)
    #define permit(start, size) ASAN_UNPOISON_MEMORY_REGION(start, size)
    /* What is given back is the giver's, all of it and no more: else it came back before, or has another size. */
    static inline void expect_whole(void *start, size_t size) {
        char *end = (char *)start + size, *wrong = (char *)__asan_region_is_poisoned(start, size);
        if (wrong == NULL && !__asan_address_is_poisoned(end)) {
            forbid(end, GUARD);
            wrong = end;
        }
        if (wrong != NULL)
            *(volatile char *)wrong = 0;    /* which is reported, and where it was done */
    }
    /* libFuzzer looks for requests beyond its limit in malloc alone, so a region is asked for there as well. */
    static inline int malloc_has(size_t size) {
        void *volatile memory = malloc(size);
        int has = memory != NULL;
        free(memory);
        return has;
    }
    #else
    enum { GUARD = 0 };
    #define forbid(start, size) ((void)0)
    #define permit(start, size) ((void)0)
    #define expect_whole(start, size) ((void)0)
    #define malloc_has(size) 1
    #endif
    """
    enum:
        GUARD                   # octets behind each piece of memory that are nobody's
    void forbid(const void* start, size_t size) noexcept nogil
    void permit(const void* start, size_t size) noexcept nogil
    void expect_whole(void* start, size_t size) noexcept nogil
