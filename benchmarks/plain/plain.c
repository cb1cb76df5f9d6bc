/* A yardstick: the same task in plain C, each PDU decoded eagerly into a tuple, loops without tricks. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

static PyObject *bad(const char *what) {
    PyErr_SetString(PyExc_ValueError, what);
    return NULL;
}

static uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value) {
    at[0] = value >> 24, at[1] = value >> 16, at[2] = value >> 8, at[3] = value;
}

/* --- one PDU -------------------------------------------------------------------------------------------------------- */

/* A field of a request: 's' a string that ends with NUL, '1' an octet. */
static const char FIELDS[] = "s11s11s111ss1111";

static PyObject *string(const uint8_t **at, const uint8_t *end) {
    const uint8_t *nul = memchr(*at, 0, end - *at);
    if (nul == NULL) return bad("a string does not end");
    PyObject *made = PyUnicode_DecodeLatin1((const char *)*at, nul - *at, NULL);
    *at = nul + 1;
    return made;
}

static PyObject *octet(const uint8_t **at, const uint8_t *end) {
    if (*at >= end) return bad("the PDU ends in a field");
    return PyLong_FromLong(*(*at)++);
}

static PyObject *tlvs(const uint8_t *at, const uint8_t *end) {
    PyObject *made = PyDict_New();
    while (made != NULL && at < end) {
        Py_ssize_t length = end - at < 4 ? -1 : at[2] << 8 | at[3];
        if (length < 0 || end - at - 4 < length) {
            Py_DECREF(made);
            return bad("a TLV does not end");
        }
        PyObject *tag = PyLong_FromLong(at[0] << 8 | at[1]);
        PyObject *value = PyBytes_FromStringAndSize((const char *)at + 4, length);
        if (tag == NULL || value == NULL || PyDict_SetItem(made, tag, value) < 0) Py_CLEAR(made);
        Py_XDECREF(tag);
        Py_XDECREF(value);
        at += 4 + length;
    }
    return made;
}

/* Fill a tuple from place 3 on with the fields of submit_sm and deliver_sm, the text and a dict of TLVs. */
static int message(PyObject *into, const uint8_t *at, const uint8_t *end) {
    Py_ssize_t place = 3;
    PyObject *made;
    for (const char *field = FIELDS; *field; field++) {
        if ((made = *field == 's' ? string(&at, end) : octet(&at, end)) == NULL) return -1;
        PyTuple_SET_ITEM(into, place++, made);
    }
    if (at >= end || end - at - 1 < *at) return bad("the text does not end"), -1;
    if ((made = PyBytes_FromStringAndSize((const char *)at + 1, *at)) == NULL) return -1;
    PyTuple_SET_ITEM(into, place++, made);
    if ((made = tlvs(at + 1 + *at, end)) == NULL) return -1;
    PyTuple_SET_ITEM(into, place, made);
    return 0;
}

static PyObject *decode(PyObject *module, PyObject *octets) {
    if (!PyBytes_Check(octets)) return bad("not bytes");
    const uint8_t *start = (const uint8_t *)PyBytes_AS_STRING(octets);
    Py_ssize_t size = PyBytes_GET_SIZE(octets);
    if (size < 16 || get32(start) != size) return bad("not one PDU");
    uint32_t command = get32(start + 4);
    int is_message = command == 4 || command == 5, is_answer = command == 0x80000004 && size > 16;
    PyObject *made = PyTuple_New(is_message ? 3 + (Py_ssize_t)strlen(FIELDS) + 2 : is_answer ? 4 : 3);
    if (made == NULL) return NULL;
    for (int place = 0; place < 3; place++) {
        PyObject *number = PyLong_FromUnsignedLong(get32(start + 4 + 4 * place));
        if (number == NULL) goto failed;
        PyTuple_SET_ITEM(made, place, number);
    }
    const uint8_t *at = start + 16, *end = start + size;
    if (is_message && message(made, at, end) < 0) goto failed;
    if (is_answer) {
        PyObject *id = string(&at, end);
        if (id == NULL) goto failed;
        PyTuple_SET_ITEM(made, 3, id);
    }
    return made;
failed:
    Py_DECREF(made);
    return NULL;
}

static PyObject *header_and(uint32_t command, PyObject *number, Py_ssize_t body, uint8_t **at) {
    unsigned long sequence = PyLong_AsUnsignedLong(number);
    if (sequence == (unsigned long)-1 && PyErr_Occurred()) return NULL;
    PyObject *made = PyBytes_FromStringAndSize(NULL, 16 + body);
    if (made == NULL) return NULL;
    *at = (uint8_t *)PyBytes_AS_STRING(made);
    put32(*at, 16 + body), put32(*at + 4, command), put32(*at + 8, 0), put32(*at + 12, sequence);
    return made;
}

static PyObject *submit_sm_resp(PyObject *module, PyObject *const *given, Py_ssize_t count) {
    Py_ssize_t length;
    const char *id = count == 2 ? PyUnicode_AsUTF8AndSize(given[1], &length) : NULL;
    if (id == NULL) return PyErr_Occurred() ? NULL : bad("number and message_id are wanted");
    uint8_t *at;
    PyObject *made = header_and(0x80000004, given[0], length + 1, &at);
    if (made != NULL) memcpy(at + 16, id, length + 1);
    return made;
}

static PyObject *enquire_link(PyObject *module, PyObject *number) {
    uint8_t *at;
    return header_and(0x15, number, 0, &at);
}

/* --- many PDUs ------------------------------------------------------------------------------------------------------ */

/* headers(octets, offset, length, command_id, number): fill arrays, int64 and uint32, return how many PDUs there were. */
static PyObject *headers(PyObject *module, PyObject *given) {
    Py_buffer octets, column[4];
    if (!PyArg_ParseTuple(given, "y*w*w*w*w*", &octets, column, column + 1, column + 2, column + 3)) return NULL;
    const uint8_t *start = octets.buf;
    int64_t *offset = column[0].buf, at = 0, row = 0, most = column[0].len / 8;
    uint32_t *length = column[1].buf, *command = column[2].buf, *number = column[3].buf;
    for (int place = 1; place < 4; place++)
        if (column[place].len / 4 < most) most = column[place].len / 4;
    while (row < most && octets.len - at >= 16) {
        uint32_t size = get32(start + at);
        if (size < 16 || octets.len - at < size) break;
        offset[row] = at, length[row] = size;
        command[row] = get32(start + at + 4), number[row] = get32(start + at + 12);
        at += size, row++;
    }
    PyBuffer_Release(&octets);
    for (int place = 0; place < 4; place++) PyBuffer_Release(column + place);
    return PyLong_FromLongLong(row);
}

static PyMethodDef METHODS[] = {
    {"decode", decode, METH_O, NULL},
    {"submit_sm_resp", (PyCFunction)(void (*)(void))submit_sm_resp, METH_FASTCALL, NULL},
    {"enquire_link", enquire_link, METH_O, NULL},
    {"headers", headers, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "plain", NULL, -1, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_plain(void) {
    return PyModule_Create(&MODULE);
}
