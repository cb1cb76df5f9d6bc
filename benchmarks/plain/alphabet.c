/* A yardstick, alphabets: one message at a time by loops without tricks; columns as Arrow keeps them by
   such loops too, and packed by kernels of our kinds: words with shifts and masks, and the instructions of BMI2. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

static PyObject *bad(const char *what) {
    PyErr_SetString(PyExc_ValueError, what);
    return NULL;
}

/* --- one message ---------------------------------------------------------------------------------------------------- */

static const uint16_t BASIC[] = u"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
                                u"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static const uint16_t EXTENDED[] = u"\f^{}\\[~]|€";
static const uint8_t CODES[] = {0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65};
static uint16_t shifted[128]; /* of a code behind an escape: its character, 0 for none */
static uint16_t septet[0x2100]; /* of a character: its code, 0x100 more behind an escape, 0xFFFF for none */

static void make_tables(void) {
    memset(septet, 0xFF, sizeof septet);
    for (int code = 0; code < 128; code++)
        if (code != 0x1B) septet[BASIC[code]] = code;
    for (int at = 0; at < (int)sizeof CODES; at++) {
        shifted[CODES[at]] = EXTENDED[at];
        septet[EXTENDED[at]] = 0x100 | CODES[at];
    }
}

static PyObject *encode_text(PyObject *module, PyObject *text) {
    if (!PyUnicode_Check(text)) return bad("not str");
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), used = 0;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    PyObject *made = PyBytes_FromStringAndSize(NULL, 2 * length);
    if (made == NULL) return NULL;
    uint8_t *into = (uint8_t *)PyBytes_AS_STRING(made);
    for (Py_ssize_t at = 0; at < length; at++) {
        Py_UCS4 character = PyUnicode_READ(kind, data, at);
        uint16_t code = character < 0x2100 ? septet[character] : 0xFFFF;
        if (code == 0xFFFF) {
            Py_DECREF(made);
            return bad("not in the alphabet");
        }
        if (code & 0x100) into[used++] = 0x1B;
        into[used++] = code;
    }
    _PyBytes_Resize(&made, used);
    return made;
}

static PyObject *decode_text(PyObject *module, PyObject *octets) {
    if (!PyBytes_Check(octets)) return bad("not bytes");
    const uint8_t *from = (const uint8_t *)PyBytes_AS_STRING(octets);
    Py_ssize_t length = PyBytes_GET_SIZE(octets), used = 0;
    uint16_t few[256], *into = length <= 256 ? few : PyMem_Malloc(2 * length);
    if (into == NULL) return PyErr_NoMemory();
    for (Py_ssize_t at = 0; at < length; at++) {
        uint8_t code = from[at] & 0x7F;
        if (code == 0x1B && at + 1 < length && shifted[from[at + 1] & 0x7F])
            into[used++] = shifted[from[++at] & 0x7F];
        else
            into[used++] = code == 0x1B ? ' ' : BASIC[code];
    }
    PyObject *made = PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, into, used);
    if (into != few) PyMem_Free(into);
    return made;
}

static PyObject *pack(PyObject *module, PyObject *octets) {
    if (!PyBytes_Check(octets)) return bad("not bytes");
    const uint8_t *from = (const uint8_t *)PyBytes_AS_STRING(octets);
    Py_ssize_t length = PyBytes_GET_SIZE(octets), used = 0;
    PyObject *made = PyBytes_FromStringAndSize(NULL, (7 * length + 7) / 8);
    if (made == NULL) return NULL;
    uint8_t *into = (uint8_t *)PyBytes_AS_STRING(made);
    uint32_t bits = 0;
    int held = 0;
    for (Py_ssize_t at = 0; at < length; at++) {
        bits |= (uint32_t)(from[at] & 0x7F) << held;
        held += 7;
        if (held >= 8) into[used++] = bits, bits >>= 8, held -= 8;
    }
    if (held) into[used] = bits;
    return made;
}

static PyObject *unpack(PyObject *module, PyObject *const *given, Py_ssize_t given_count) {
    if (given_count != 2 || !PyBytes_Check(given[0])) return bad("octets and a count are wanted");
    const uint8_t *from = (const uint8_t *)PyBytes_AS_STRING(given[0]);
    Py_ssize_t count = PyLong_AsSsize_t(given[1]);
    if (count < 0 || (7 * count + 7) / 8 > PyBytes_GET_SIZE(given[0])) return bad("too few octets");
    PyObject *made = PyBytes_FromStringAndSize(NULL, count);
    if (made == NULL) return NULL;
    uint8_t *into = (uint8_t *)PyBytes_AS_STRING(made);
    uint32_t bits = 0;
    int held = 0;
    for (Py_ssize_t at = 0; at < count; at++) {
        if (held < 7) bits |= (uint32_t)*from++ << held, held += 8;
        into[at] = bits & 0x7F, bits >>= 7, held -= 7;
    }
    return made;
}

/* empty(octets, size): nothing but an object of so many octets, the least that any call can do. */
static PyObject *empty(PyObject *module, PyObject *const *given, Py_ssize_t given_count) {
    return PyBytes_FromStringAndSize(NULL, given_count == 2 ? PyLong_AsSsize_t(given[1]) : 0);
}

/* --- columns -------------------------------------------------------------------------------------------------------- */

static uint64_t load(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static void store(uint8_t *at, uint64_t word) { memcpy(at, &word, 8); }

/* Each writes one row where the one before ended, with 16 octets of room behind it, and returns its end. */
typedef uint8_t *Row(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into);

static uint8_t *pack_loop(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into) {
    uint32_t bits = 0;
    int held = 0;
    for (Py_ssize_t at = 0; at < length; at++) {
        bits |= (uint32_t)(from[at] & 0x7F) << held;
        held += 7;
        if (held >= 8) *into++ = bits, bits >>= 8, held -= 8;
    }
    if (held) *into++ = bits;
    return into;
}

static uint8_t *unpack_loop(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into) {
    uint32_t bits = 0;
    int held = 0;
    for (Py_ssize_t at = 0; at < count; at++) {
        if (held < 7) bits |= (uint32_t)*from++ << held, held += 8;
        *into++ = bits & 0x7F, bits >>= 7, held -= 7;
    }
    return into;
}

static uint64_t squeeze(uint64_t x) {
    x = (x & 0x007F007F007F007F) | (x & 0x7F007F007F007F00) >> 1;
    x = (x & 0x00003FFF00003FFF) | (x & 0x3FFF00003FFF0000) >> 2;
    return (x & 0x000000000FFFFFFF) | (x & 0x0FFFFFFF00000000) >> 4;
}

static uint64_t spread(uint64_t x) {
    x = (x & 0x000000000FFFFFFF) | (x & 0x00FFFFFFF0000000) << 4;
    x = (x & 0x00003FFF00003FFF) | (x & 0x0FFFC0000FFFC000) << 2;
    return (x & 0x007F007F007F007F) | (x & 0x3F803F803F803F80) << 1;
}

static uint8_t *pack_words(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into) {
    for (; length >= 8; length -= 8, from += 8, into += 7) store(into, squeeze(load(from)));
    return pack_loop(from, length, count, into);
}

static uint8_t *unpack_words(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into) {
    for (; length >= 8 && count >= 8; length -= 7, count -= 8, from += 7, into += 8) store(into, spread(load(from)));
    return unpack_loop(from, length, count, into);
}

#ifdef __x86_64__
#include <immintrin.h>

__attribute__((target("bmi2"))) static uint8_t *pack_bmi2(const uint8_t *from, Py_ssize_t length, Py_ssize_t count,
                                                          uint8_t *into) {
    for (; length >= 8; length -= 8, from += 8, into += 7) store(into, _pext_u64(load(from), 0x7F7F7F7F7F7F7F7F));
    return pack_loop(from, length, count, into);
}

__attribute__((target("bmi2"))) static uint8_t *unpack_bmi2(const uint8_t *from, Py_ssize_t length, Py_ssize_t count,
                                                            uint8_t *into) {
    for (; length >= 8 && count >= 8; length -= 7, count -= 8, from += 7, into += 8)
        store(into, _pdep_u64(load(from), 0x7F7F7F7F7F7F7F7F));
    return unpack_loop(from, length, count, into);
}

static int has_bmi2(void) { return __builtin_cpu_supports("bmi2") != 0; }
#else
#define pack_bmi2 pack_words
#define unpack_bmi2 unpack_words
static int has_bmi2(void) { return 0; }
#endif

static uint8_t *encode_loop(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into) {
    const uint8_t *end = from + length;
    while (from < end) {
        uint32_t character = *from++;
        if (character >= 0xE0 && end - from >= 2) {
            character = (character & 0xF) << 12 | (from[0] & 0x3F) << 6 | (from[1] & 0x3F);
            from += 2;
        } else if (character >= 0x80 && from < end) {
            character = (character & 0x1F) << 6 | (*from++ & 0x3F);
        }
        uint16_t code = character < 0x2100 ? septet[character] : 0xFFFF;
        if (code == 0xFFFF) return NULL;
        if (code & 0x100) *into++ = 0x1B;
        *into++ = code;
    }
    return into;
}

static uint8_t *decode_loop(const uint8_t *from, Py_ssize_t length, Py_ssize_t count, uint8_t *into) {
    for (Py_ssize_t at = 0; at < length; at++) {
        uint8_t code = from[at] & 0x7F;
        uint16_t character = code == 0x1B ? ' ' : BASIC[code];
        if (code == 0x1B && at + 1 < length && shifted[from[at + 1] & 0x7F]) character = shifted[from[++at] & 0x7F];
        if (character >= 0x800) *into++ = 0xE0 | character >> 12, *into++ = 0x80 | (character >> 6 & 0x3F);
        else if (character >= 0x80) *into++ = 0xC0 | character >> 6;
        *into++ = character >= 0x80 ? 0x80 | (character & 0x3F) : character;
    }
    return into;
}

static const struct {
    const char *name;
    Row *row;
} WAYS[] = {
    {"encode", encode_loop},       {"decode", decode_loop},       {"pack", pack_loop},      {"pack words", pack_words},
    {"pack BMI2", pack_bmi2},      {"unpack", unpack_loop},       {"unpack words", unpack_words},
    {"unpack BMI2", unpack_bmi2},
};

/* column(way, ends, octets, counts): a column of int32 ends and octets to (ends, octets); counts, int64, of unpack. */
static PyObject *column(PyObject *module, PyObject *given) {
    const char *name;
    Py_buffer end_buffer, octets, count_buffer;
    if (!PyArg_ParseTuple(given, "sy*y*y*", &name, &end_buffer, &octets, &count_buffer)) return NULL;
    Row *row = NULL;
    for (size_t at = 0; at < sizeof WAYS / sizeof *WAYS; at++)
        if (strcmp(WAYS[at].name, name) == 0) row = WAYS[at].row;
    const int32_t *ends = end_buffer.buf;
    const int64_t *counts = count_buffer.len ? count_buffer.buf : NULL;
    Py_ssize_t rows = end_buffer.len / 4 - 1, size = ends[rows] - ends[0];
    PyObject *made_ends = PyBytes_FromStringAndSize(NULL, end_buffer.len);
    PyObject *made = PyBytes_FromStringAndSize(NULL, 3 * size + 2 * rows + 16);
    if (row == NULL || made == NULL || made_ends == NULL) goto failed;
    uint8_t *start = (uint8_t *)PyBytes_AS_STRING(made), *into = start;
    int32_t *end = (int32_t *)PyBytes_AS_STRING(made_ends);
    Py_BEGIN_ALLOW_THREADS
    *end = 0;
    for (Py_ssize_t at = 0; at < rows && into != NULL; at++) {
        into = row((uint8_t *)octets.buf + ends[at], ends[at + 1] - ends[at], counts ? counts[at] : 0, into);
        end[at + 1] = into - start;
    }
    Py_END_ALLOW_THREADS
    if (into == NULL || _PyBytes_Resize(&made, into - start) < 0) goto failed;
    PyBuffer_Release(&end_buffer), PyBuffer_Release(&octets), PyBuffer_Release(&count_buffer);
    return Py_BuildValue("(NN)", made_ends, made);
failed:
    Py_XDECREF(made), Py_XDECREF(made_ends);
    PyBuffer_Release(&end_buffer), PyBuffer_Release(&octets), PyBuffer_Release(&count_buffer);
    return PyErr_Occurred() ? NULL : bad("no such way, or not in the alphabet");
}

static PyMethodDef METHODS[] = {
    {"encode_text", encode_text, METH_O, NULL},
    {"decode_text", decode_text, METH_O, NULL},
    {"pack", pack, METH_O, NULL},
    {"unpack", (PyCFunction)(void (*)(void))unpack, METH_FASTCALL, NULL},
    {"empty", (PyCFunction)(void (*)(void))empty, METH_FASTCALL, NULL},
    {"column", column, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "alphabet", NULL, -1, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_alphabet(void) {
    make_tables();
    PyObject *made = PyModule_Create(&MODULE);
    if (made != NULL && PyModule_AddIntConstant(made, "has_bmi2", has_bmi2()) < 0) Py_CLEAR(made);
    return made;
}
