"""Sentences with numbers and names in them, written without the interpreter from the templates that Python fills in."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from string import Formatter

from smppkit._core import templates as _templates

cdef enum:
    MOST_TEMPLATES = 64
    MOST_PIECES = 512
    MOST_WORDS = 8192           # octets of all words together
    DIGITS = 20                 # of the greatest number
    NUMBER = 26                 # octets of it with its commas

cdef uint8_t WORDS[MOST_WORDS + STEP]
cdef Piece PIECES[MOST_PIECES]
cdef uint16_t FIRST[MOST_TEMPLATES + 1]     # piece of each template, and behind the last
cdef uint32_t longest = 0                   # octets of a sentence at most, names left out
cdef int words_used = 0, pieces_used = 0, templates_used = 0


# ---- templates, when modules are imported ----

cdef int keep(str words, Span* to) except -1:
    """Put words among the others."""
    global words_used
    cdef bytes octets = words.encode()
    if words_used + len(octets) > MOST_WORDS:
        raise ValueError("the templates have more words than there is room for")
    memcpy(&WORDS[words_used], <const uint8_t*>octets, len(octets))
    to.at, to.size = <uint16_t>words_used, <uint16_t>len(octets)
    words_used += len(octets)
    return 0


cdef Piece* next_piece(int form, int value) except NULL:
    global pieces_used
    cdef Piece* piece = &PIECES[pieces_used]
    if pieces_used == MOST_PIECES or not 0 <= value < VALUES:
        raise ValueError("the templates have more pieces than there is room for")
    piece.form, piece.value, piece.digits = <uint8_t>form, <uint8_t>value, 0
    piece.words.size = piece.more.size = 0
    pieces_used += 1
    return piece


cdef int compile_value(int value, str form) except -1:
    """One place of a template: octets it takes at most."""
    cdef Piece* piece
    if "|" in form:
        piece = next_piece(FORM_CHOICE, value)
        one, _, more = form.partition("|")
        keep(one, &piece.words)
        keep(more, &piece.more)
        return max(piece.words.size, piece.more.size)
    if form == "s":
        next_piece(FORM_NAME, value)
        return 0
    if form == "" or form == ",":
        next_piece(FORM_GROUPED if form else FORM_PLAIN, value)
        return NUMBER
    if len(form) != 3 or form[0] != "0" or not form[1].isdigit() or form[2] != "X":
        raise ValueError(f"no such format in a sentence: {form!r}")
    piece = next_piece(FORM_HEX, value)
    piece.digits = int(form[1])
    return piece.digits


cdef int compiled(str template) except -1:
    """Read a template of str.format; returns its number among all."""
    global templates_used, longest
    cdef Piece* piece
    cdef uint32_t most = 0
    if templates_used == MOST_TEMPLATES:
        raise ValueError("there are more templates than there is room for")
    FIRST[templates_used] = <uint16_t>pieces_used
    for words, value, form, _ in Formatter().parse(template):
        if words:
            piece = next_piece(FORM_WORDS, 0)
            keep(words, &piece.words)
            most += piece.words.size
        if value is not None:
            most += compile_value(int(value), form)
    longest = max(longest, most)
    templates_used += 1
    FIRST[templates_used] = <uint16_t>pieces_used
    return templates_used - 1


cdef int NAMELESS = compiled(_templates.NAMELESS)
cdef int MORE = compiled(_templates.MORE)


# ---- writing ----

cdef inline uint32_t copy(uint8_t* out, const uint8_t* octets, uint32_t size) noexcept nogil:
    """By STEP, for most words are short: so much behind the end is read and written too."""
    cdef uint32_t done = STEP
    memcpy(out, octets, STEP)
    while done < size:
        memcpy(&out[done], &octets[done], STEP)
        done += STEP
    return size


cdef inline uint32_t write_words(uint8_t* out, const Span* words) noexcept nogil:
    return copy(out, &WORDS[words.at], words.size)


cdef inline uint32_t write_number(uint8_t* out, uint64_t number, bint grouped) noexcept nogil:
    cdef uint8_t octets[NUMBER]
    cdef uint32_t at = NUMBER, digits = 0
    while True:
        if grouped and digits and digits % 3 == 0:
            at -= 1
            octets[at] = c","
        at -= 1
        octets[at] = <uint8_t>(c"0" + number % 10)
        number //= 10
        digits += 1
        if number == 0 or digits == DIGITS:
            break
    memcpy(out, &octets[at], NUMBER - at)
    return NUMBER - at


cdef inline uint32_t write_hex(uint8_t* out, uint64_t number, int digits) noexcept nogil:
    cdef int place
    cdef uint8_t digit
    for place in range(digits):
        digit = <uint8_t>(number >> (4 * (digits - 1 - place)) & 15)
        out[place] = digit + (c"0" if digit < 10 else c"A" - 10)
    return <uint32_t>digits


cdef inline uint32_t write_piece(uint8_t* out, const Piece* piece, const Note* note) noexcept nogil:
    cdef int64_t number = note.values[piece.value]
    if piece.form == FORM_WORDS:
        return write_words(out, &piece.words)
    if piece.form == FORM_PLAIN or piece.form == FORM_GROUPED:
        return write_number(out, <uint64_t>number, piece.form == FORM_GROUPED)
    if piece.form == FORM_HEX:
        return write_hex(out, <uint64_t>number, piece.digits)
    if piece.form == FORM_CHOICE:
        return write_words(out, &piece.words if number == 1 else &piece.more)
    return copy(out, note.other.at, note.other.size)


cdef inline uint32_t write_template(uint8_t* out, int template, const Note* note) noexcept nogil:
    cdef uint32_t done = 0
    cdef int place
    for place in range(FIRST[template], FIRST[template + 1]):
        done += write_piece(&out[done], &PIECES[place], note)
    return done


cdef uint32_t most_octets(uint32_t longest_name) noexcept nogil:
    """How many octets write_note() writes at most."""
    return longest + 2 + 2 * max(longest_name, <uint32_t>NUMBER) + STEP


cdef uint32_t write_note(uint8_t* out, const Note* note) noexcept nogil:
    """Write the sentence, its field before it; returns how many octets that took, less than most_octets()."""
    cdef uint32_t done
    cdef Note nameless = note[0]
    if note.field != NULL:
        done = copy(out, note.field.at, note.field.size)
    else:
        nameless.values[0] = note.tag
        done = write_template(out, NAMELESS, &nameless)
    out[done] = c":"
    out[done + 1] = c" "
    done += 2
    return done + write_template(&out[done], note.template, note)


cdef uint32_t write_more(uint8_t* out, int64_t more) noexcept nogil:
    """Write how many others there are; returns how many octets that took, less than most_octets()."""
    cdef Note others
    others.values[0] = more
    return write_template(out, MORE, &others)
