# cython: overflowcheck=False
# Keys are mixed by products that wrap on purpose.
"""The hash join of the ids a message centre gave with the ids its receipts name.

Ids and receipts are filed under their forms (idforms) together with the tail of the address, in two open-addressing
tables. Whatever is added on one side meets what is filed on the other, so every pair is found once, whichever came
first, and each pair found is compared octet by octet. A key that more than CROWD messages share is given up: nobody
could tell them apart, and the work stays linear whatever a message centre sends.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from .alone cimport begin_alone, leave_alone
from .idforms cimport (DECIMAL_TO_HEX, EXACT, HEX_TO_DECIMAL, Form, address_tail, reduce, relation,
                       same_address)
from .memory cimport free, malloc, realloc

cdef enum:
    CROWD = 16                  # messages under one key
    CROWDED = 16                # in place of a relation: the key of this receipt is shared by more than CROWD messages
    SMALL = 32                  # added to an exact relation: the id has small letters, capitals
    CAPITALS = 64
    MOST_ITEMS = 0x40000000
    ID_SIDE = 0
    RECEIPT_SIDE = 1
    TEXT = 0                    # how an item is filed: under its text, or under its number in hexadecimal
    NUMBER = 1

cdef struct Entry:
    int32_t owner               # the item << 1 | how it is filed
    int32_t next                # the one filed before it under the same key, -1: none

cdef struct Table:              # linear probing; the tag says where a slot belongs, and is all that is kept of a key
    uint32_t* tags
    int32_t* heads              # the entry filed last, -1: the slot is empty
    Py_ssize_t capacity         # a power of two
    Py_ssize_t used
    Entry* entries
    Py_ssize_t count
    Py_ssize_t room

cdef struct Arena:              # the id and the address of every item, one after the other
    uint8_t* octets
    Py_ssize_t used
    Py_ssize_t room
    int64_t* ends               # where the id ends, and the address
    Py_ssize_t items
    Py_ssize_t item_room


cdef bint grow(void** memory, Py_ssize_t* room, Py_ssize_t wanted, Py_ssize_t size) noexcept nogil:
    """Make room for ``wanted`` items of ``size`` octets; False when memory is out."""
    cdef Py_ssize_t larger = 2 * room[0] + 64
    cdef void* moved
    if wanted <= room[0]:
        return True
    if larger < wanted:
        larger = wanted
    moved = realloc(memory[0], larger * size)
    if moved == NULL:
        return False
    memory[0] = moved
    room[0] = larger
    return True


# ---- a table of keys ----

cdef inline Py_ssize_t find(const Table* table, uint32_t tag) noexcept nogil:
    """The slot of ``tag``, or the empty one where it would go."""
    cdef Py_ssize_t slot = <Py_ssize_t>((<uint64_t>tag * <uint64_t>table.capacity) >> 32)
    while table.heads[slot] >= 0 and table.tags[slot] != tag:
        slot = slot + 1 if slot + 1 < table.capacity else 0
    return slot


cdef inline int32_t first(const Table* table, uint32_t tag) noexcept nogil:
    return table.heads[find(table, tag)] if table.capacity else -1


cdef bint widen(Table* table) noexcept nogil:
    """Double the slots; False when memory is out."""
    cdef Table wider = table[0]
    cdef Py_ssize_t i, slot
    wider.capacity = 2 * table.capacity if table.capacity else 64
    wider.tags = <uint32_t*>malloc(wider.capacity * sizeof(uint32_t))
    wider.heads = <int32_t*>malloc(wider.capacity * sizeof(int32_t))
    if wider.tags == NULL or wider.heads == NULL:
        free(wider.tags)
        free(wider.heads)
        return False
    for i in range(wider.capacity):
        wider.heads[i] = -1
    for i in range(table.capacity):
        if table.heads[i] >= 0:
            slot = find(&wider, table.tags[i])
            wider.tags[slot] = table.tags[i]
            wider.heads[slot] = table.heads[i]
    free(table.tags)
    free(table.heads)
    table[0] = wider
    return True


cdef bint put(Table* table, uint32_t tag, int32_t owner) noexcept nogil:
    """File ``owner`` under ``tag``; False when memory is out."""
    cdef Py_ssize_t slot
    if 5 * (table.used + 1) > 3 * table.capacity and not widen(table):
        return False
    if not grow(<void**>&table.entries, &table.room, table.count + 1, sizeof(Entry)):
        return False
    slot = find(table, tag)
    if table.heads[slot] < 0:
        table.used += 1
        table.tags[slot] = tag
    table.entries[table.count].owner = owner
    table.entries[table.count].next = table.heads[slot]
    table.heads[slot] = <int32_t>table.count
    table.count += 1
    return True


cdef bint remember(Arena* arena, const uint8_t* octets, Py_ssize_t count, const uint8_t* address,
                   Py_ssize_t address_count) noexcept nogil:
    """Keep the octets of one item; False when memory is out."""
    cdef Py_ssize_t wanted = arena.used + count + address_count
    if not grow(<void**>&arena.octets, &arena.room, wanted, 1):
        return False
    if not grow(<void**>&arena.ends, &arena.item_room, arena.items + 1, 2 * sizeof(int64_t)):
        return False
    if count:
        memcpy(arena.octets + arena.used, octets, count)
    if address_count:
        memcpy(arena.octets + arena.used + count, address, address_count)
    arena.ends[2 * arena.items] = arena.used + count
    arena.ends[2 * arena.items + 1] = wanted
    arena.used = wanted
    arena.items += 1
    return True


cdef class Ids:
    """Ids and receipts of one log, joined as they are added. ``secret`` is 16 random octets that no peer can know.

    For one thread at a time, RuntimeError else: the owner holds a lock.

    >>> import numpy as np
    >>> ids = Ids(bytes(16))
    >>> ids.add_receipts(b"77", np.array([0, 2]), b"32471123456", np.array([0, 11]))
    b''
    >>> np.frombuffer(ids.add_ids(b"4d", np.array([0, 2]), b"+32471123456", np.array([0, 12])), np.int32)
    array([0, 0, 5], dtype=int32)
    """

    cdef uint64_t seed
    cdef uint64_t factor
    cdef Table tables[2]
    cdef Arena arenas[2]
    cdef int32_t* pairs         # triples (id, receipt, relation) found by the call under way
    cdef Py_ssize_t found
    cdef Py_ssize_t pair_room
    cdef char busy              # a thread is at it
    cdef bint starved           # memory was out: of the items of one call some are kept, and nobody knows which

    def __cinit__(self, bytes secret not None):
        if len(secret) != 16:
            raise ValueError(f"secret has {len(secret)} octets, 16 are needed")
        self.seed = int.from_bytes(secret[:8], "little")
        self.factor = int.from_bytes(secret[8:], "little") ^ 0x9E3779B97F4A7C15 | 1

    def __dealloc__(self):
        cdef int side
        for side in range(2):
            free(self.tables[side].tags)
            free(self.tables[side].heads)
            free(self.tables[side].entries)
            free(self.arenas[side].octets)
            free(self.arenas[side].ends)
        free(self.pairs)

    def add_ids(self, const uint8_t[::1] ids not None, const int64_t[::1] id_offsets not None,
                const uint8_t[::1] addresses not None, const int64_t[::1] address_offsets not None):
        """Add ids of responses with the destinations of their messages: octets, and int64 offsets, one more than rows.

        Returns the pairs found as int32 triples (id, receipt, relation), ids and receipts numbered from 0 in the order
        in which they were added; relation is a code of ``idforms.relate``, to which an exact one adds 32 and 64 when
        the id has small letters and capitals; or 16 with the id -1: so many messages share the key of that receipt
        that none can be meant for sure.
        """
        return self.add(ID_SIDE, ids, id_offsets, addresses, address_offsets)

    def add_receipts(self, const uint8_t[::1] ids not None, const int64_t[::1] id_offsets not None,
                     const uint8_t[::1] addresses not None, const int64_t[::1] address_offsets not None):
        """Add ids that receipts name with the addresses their messages went to; arguments and result as ``add_ids``."""
        return self.add(RECEIPT_SIDE, ids, id_offsets, addresses, address_offsets)

    cdef bytes add(self, int side, const uint8_t[::1] ids, const int64_t[::1] id_offsets,
                   const uint8_t[::1] addresses, const int64_t[::1] address_offsets):
        cdef Py_ssize_t rows = id_offsets.shape[0] - 1
        if address_offsets.shape[0] - 1 != rows:
            raise ValueError(f"{rows} ids, {address_offsets.shape[0] - 1} addresses")
        check(ids, id_offsets)
        check(addresses, address_offsets)
        begin_alone(&self.busy, "Ids")
        try:
            return self.add_rows(side, ids, id_offsets, addresses, address_offsets)
        finally:
            leave_alone(&self.busy)

    cdef bytes add_rows(self, int side, const uint8_t[::1] ids, const int64_t[::1] id_offsets,
                        const uint8_t[::1] addresses, const int64_t[::1] address_offsets):
        cdef Py_ssize_t rows = id_offsets.shape[0] - 1
        cdef Py_ssize_t row
        cdef bint done = True
        if self.starved:
            raise MemoryError("memory ran out while ids were matched: begin with others")
        if rows + self.arenas[side].items > MOST_ITEMS:
            raise MemoryError(f"more than {MOST_ITEMS} ids")
        self.found = 0
        with nogil:
            for row in range(rows):
                done = self.take(side, at(ids, id_offsets[row]), id_offsets[row + 1] - id_offsets[row],
                                 at(addresses, address_offsets[row]), address_offsets[row + 1] - address_offsets[row])
                if not done:
                    break
        self.starved = not done
        if not done:
            raise MemoryError
        return PyBytes_FromStringAndSize(<char*>self.pairs, self.found * 3 * sizeof(int32_t))

    cdef bint take(self, int side, const uint8_t* octets, Py_ssize_t count, const uint8_t* address,
                   Py_ssize_t address_count) noexcept nogil:
        """Keep, file and join one item; False when memory is out."""
        cdef Form form
        cdef uint8_t tail[64]
        cdef int tail_count = address_tail(address, address_count, tail)
        cdef int32_t index = <int32_t>self.arenas[side].items
        cdef uint32_t tag
        if not remember(&self.arenas[side], octets, count, address, address_count):
            return False
        reduce(octets, count, False, &form)
        if not form.length or not tail_count:
            return True
        tag = self.tag_of(form.text, form.length, tail, tail_count)
        if not self.file(side, tag, index, TEXT):
            return False
        if not form.digits:
            return True
        tag = self.tag_of(form.number, form.digits, tail, tail_count)
        return self.file(side, tag, index, NUMBER)

    cdef uint32_t tag_of(self, const uint8_t* text, int count, const uint8_t* tail, int tail_count) noexcept nogil:
        cdef uint64_t hashed = self.seed
        cdef int i
        for i in range(count):
            hashed = (hashed ^ text[i]) * self.factor
            hashed ^= hashed >> 29
        hashed = (hashed ^ 0x100) * self.factor
        for i in range(tail_count):
            hashed = (hashed ^ tail[i]) * self.factor
            hashed ^= hashed >> 29
        return <uint32_t>(hashed >> 32)

    cdef bint file(self, int side, uint32_t tag, int32_t index, int how) noexcept nogil:
        """File one item under one key and join it with the other side; False when memory is out."""
        cdef int shared
        if side == RECEIPT_SIDE:
            return put(&self.tables[side], tag, index << 1 | how) and self.meet(side, tag, index, how)
        shared = self.crowd(tag, how)
        if shared > CROWD:
            return True
        if not put(&self.tables[side], tag, index << 1 | how):
            return False
        return self.give_up(tag, how) if shared == CROWD else self.meet(side, tag, index, how)

    cdef int crowd(self, uint32_t tag, int how) noexcept nogil:
        """How many ids are filed so under this key; never more than CROWD + 1."""
        cdef const Table* table = &self.tables[ID_SIDE]
        cdef int32_t entry = first(table, tag)
        cdef int shared = 0
        while entry >= 0:
            shared += table.entries[entry].owner & 1 == how
            entry = table.entries[entry].next
        return shared

    cdef bint give_up(self, uint32_t tag, int how) noexcept nogil:
        """Tell every receipt under a key that has just become crowded; False when memory is out."""
        cdef const Table* table = &self.tables[RECEIPT_SIDE]
        cdef int32_t entry = first(table, tag)
        while entry >= 0:
            if not (how == NUMBER and table.entries[entry].owner & 1 == NUMBER):
                if not self.emit(-1, table.entries[entry].owner >> 1, CROWDED):
                    return False
            entry = table.entries[entry].next
        return True

    cdef bint meet(self, int side, uint32_t tag, int32_t index, int how) noexcept nogil:
        """Join one item with all of the other side that are filed under this key; False when memory is out."""
        cdef const Table* table = &self.tables[1 - side]
        cdef int32_t entry = first(table, tag)
        cdef int32_t owner
        cdef int other
        cdef bint crowded = side == RECEIPT_SIDE and self.crowd(tag, TEXT) > CROWD
        if crowded or (side == RECEIPT_SIDE and how == TEXT and self.crowd(tag, NUMBER) > CROWD):
            return self.emit(-1, index, CROWDED)
        while entry >= 0:
            owner = table.entries[entry].owner >> 1
            other = table.entries[entry].owner & 1
            if side == ID_SIDE:
                if not self.compare(index, owner, how, other):
                    return False
            elif not self.compare(owner, index, other, how):
                return False
            entry = table.entries[entry].next
        return True

    cdef bint compare(self, int32_t id, int32_t receipt, int how, int receipt_how) noexcept nogil:
        """Keep the pair when its octets say what its keys say; False when memory is out."""
        cdef const int64_t* ends = self.arenas[ID_SIDE].ends + 2 * id
        cdef const int64_t* other_ends = self.arenas[RECEIPT_SIDE].ends + 2 * receipt
        cdef int64_t start = (ends - 1)[0] if id else 0
        cdef int64_t other_start = (other_ends - 1)[0] if receipt else 0
        cdef const uint8_t* octets = self.arenas[ID_SIDE].octets
        cdef const uint8_t* others = self.arenas[RECEIPT_SIDE].octets
        cdef int code
        if how == NUMBER and receipt_how == NUMBER:     # then their texts are equal too, and have met as texts
            return True
        if not same_address(octets + ends[0], ends[1] - ends[0], others + other_ends[0], other_ends[1] - other_ends[0]):
            return True
        code = relation(octets + start, ends[0] - start, others + other_start, other_ends[0] - other_start)
        if code == 0 or (code == DECIMAL_TO_HEX) != (how == NUMBER):
            return True
        if (code == HEX_TO_DECIMAL) != (receipt_how == NUMBER):
            return True
        return self.emit(id, receipt, code | letters(octets + start, ends[0] - start) if code == EXACT else code)

    cdef bint emit(self, int32_t id, int32_t receipt, int code) noexcept nogil:
        cdef int32_t* pair
        if not grow(<void**>&self.pairs, &self.pair_room, self.found + 1, 3 * sizeof(int32_t)):
            return False
        pair = self.pairs + 3 * self.found
        pair[0] = id
        pair[1] = receipt
        pair[2] = code
        self.found += 1
        return True


cdef int letters(const uint8_t* octets, Py_ssize_t count) noexcept nogil:
    """Which letters an id has."""
    cdef int found = 0
    cdef Py_ssize_t i
    for i in range(count):
        if 0x61 <= octets[i] <= 0x7A:
            found |= SMALL
        elif 0x41 <= octets[i] <= 0x5A:
            found |= CAPITALS
    return found


cdef inline const uint8_t* at(const uint8_t[::1] octets, int64_t offset) noexcept nogil:
    return &octets[0] + offset if octets.shape[0] else NULL


cdef int check(const uint8_t[::1] octets, const int64_t[::1] offsets) except -1:
    """Offsets must rise and stay inside the octets: they are trusted afterwards."""
    cdef Py_ssize_t i
    if offsets.shape[0] == 0 or offsets[0] < 0 or offsets[offsets.shape[0] - 1] > octets.shape[0]:
        raise ValueError("offsets lie outside the octets")
    for i in range(offsets.shape[0] - 1):
        if offsets[i] > offsets[i + 1]:
            raise ValueError(f"offsets fall at row {i}")
    return 0
