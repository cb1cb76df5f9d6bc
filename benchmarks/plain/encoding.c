/* A yardstick for encode_many: one loop over two Arrow arrays, made for these PDUs, without any checks. */

#define _DEFAULT_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

static void put32(uint8_t *at, uint32_t value) {
    at[0] = value >> 24, at[1] = value >> 16, at[2] = value >> 8, at[3] = value;
}

static uint8_t *put(uint8_t *at, const void *octets, Py_ssize_t length) {
    memcpy(at, octets, length);
    return at + length;
}

/* Ask for large pages in what is a multiple of 2 MB among the octets: fresh memory then costs far fewer faults. */
static void wish_large_pages(uint8_t *start, Py_ssize_t size) {
#ifdef MADV_HUGEPAGE
    uintptr_t page = 1 << 21, begin = ((uintptr_t)start + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)start + size) & ~(page - 1);
    if (end > begin) madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#endif
}

/* submits(ends, destinations, ends, texts, first, large): a submit_sm for each row of two Arrow arrays, numbered from
   first on, into memory of large pages or of what there is. What stands around destination and text is the same in
   each. */
static PyObject *submits(PyObject *module, PyObject *given) {
    Py_buffer to_ends, to, text_ends, text;
    unsigned int number;
    int large;
    if (!PyArg_ParseTuple(given, "y*y*y*y*Ip", &to_ends, &to, &text_ends, &text, &number, &large)) return NULL;
    static const char head[] = "\0\5\0INFO\0\1\1", middle[] = "\0\0\0\0\0\0\1\0\0\0";
    const int32_t *to_end = to_ends.buf, *text_end = text_ends.buf;
    Py_ssize_t count = (to_ends.len < text_ends.len ? to_ends.len : text_ends.len) / 4 - 1;
    Py_ssize_t fixed = 16 + sizeof head - 1 + sizeof middle - 1 + 1;
    Py_ssize_t size = count * fixed + to_end[count] + text_end[count];
    PyObject *made = PyBytes_FromStringAndSize(NULL, size);
    uint8_t *at = made != NULL ? (uint8_t *)PyBytes_AS_STRING(made) : NULL;
    if (made != NULL && large) wish_large_pages(at, size);
    for (Py_ssize_t row = 0; made != NULL && row < count; row++) {
        int32_t to_length = to_end[row + 1] - to_end[row], text_length = text_end[row + 1] - text_end[row];
        put32(at, fixed + to_length + text_length), put32(at + 4, 4), put32(at + 8, 0), put32(at + 12, number++);
        at = put(at + 16, head, sizeof head - 1);
        at = put(at, (char *)to.buf + to_end[row], to_length);
        at = put(at, middle, sizeof middle - 1);
        *at++ = text_length;
        at = put(at, (char *)text.buf + text_end[row], text_length);
    }
    PyBuffer_Release(&to_ends), PyBuffer_Release(&to), PyBuffer_Release(&text_ends), PyBuffer_Release(&text);
    return made;
}

static PyMethodDef METHODS[] = {{"submits", submits, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "encoding", NULL, -1, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_encoding(void) { return PyModule_Create(&MODULE); }
