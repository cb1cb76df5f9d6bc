/* A yardstick: the two short PDUs of plain.c as objects that are built by keywords and asked for their octets, which
   costs a second call and an object. Nothing is checked but what would crash, and there is nothing else in them. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    PyObject_HEAD
    PyObject *octets;
} Pdu;

static PyObject *NUMBER, *ID;   /* keywords, interned as those of a call are */
static Pdu *spare;              /* the object that was freed last */

static void put32(uint8_t *at, uint32_t value) {
    at[0] = value >> 24, at[1] = value >> 16, at[2] = value >> 8, at[3] = value;
}

static PyObject *with_header(uint32_t command, PyObject *number, Py_ssize_t body) {
    unsigned long sequence = PyLong_AsUnsignedLong(number);
    if (sequence == (unsigned long)-1 && PyErr_Occurred()) return NULL;
    PyObject *made = PyBytes_FromStringAndSize(NULL, 16 + body);
    if (made == NULL) return NULL;
    uint8_t *at = (uint8_t *)PyBytes_AS_STRING(made);
    put32(at, 16 + body), put32(at + 4, command), put32(at + 8, 0), put32(at + 12, sequence);
    return made;
}

static PyObject *object_of(PyObject *kind, PyObject *octets) {
    Pdu *made = spare;
    if (octets == NULL) return NULL;
    if (made == NULL) {
        made = PyObject_New(Pdu, (PyTypeObject *)kind);
        if (made == NULL) return Py_DECREF(octets), NULL;
    } else {
        spare = NULL;
        PyObject_Init((PyObject *)made, (PyTypeObject *)kind);
    }
    made->octets = octets;
    return (PyObject *)made;
}

static PyObject *bad(void) {
    PyErr_SetString(PyExc_TypeError, "sequence_number is wanted, of submit_sm_resp message_id behind it");
    return NULL;
}

static PyObject *enquire_link(PyObject *kind, PyObject *const *given, size_t count, PyObject *names) {
    if (names == NULL || PyTuple_GET_SIZE(names) != 1 || PyTuple_GET_ITEM(names, 0) != NUMBER) return bad();
    return object_of(kind, with_header(0x15, given[0], 0));
}

static PyObject *submit_sm_resp(PyObject *kind, PyObject *const *given, size_t count, PyObject *names) {
    Py_ssize_t length;
    if (names == NULL || PyTuple_GET_SIZE(names) != 2 || PyTuple_GET_ITEM(names, 0) != NUMBER
        || PyTuple_GET_ITEM(names, 1) != ID)
        return bad();
    const char *id = PyUnicode_AsUTF8AndSize(given[1], &length);
    if (id == NULL) return NULL;
    PyObject *octets = with_header(0x80000004, given[0], length + 1);
    if (octets != NULL) memcpy(PyBytes_AS_STRING(octets) + 16, id, length + 1);
    return object_of(kind, octets);
}

static PyObject *encode(PyObject *pdu, PyObject *nothing) {
    return Py_NewRef(((Pdu *)pdu)->octets);
}

static void let_go(PyObject *pdu) {
    PyObject *octets = ((Pdu *)pdu)->octets;
    if (spare == NULL)
        spare = (Pdu *)pdu;
    else
        PyObject_Free(pdu);
    Py_DECREF(octets);
}

static PyMethodDef METHODS[] = {{"encode", encode, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

#define KIND(called, builder)                                                                                          \
    {                                                                                                                  \
        PyVarObject_HEAD_INIT(NULL, 0).tp_name = "objects." called, .tp_basicsize = sizeof(Pdu),                       \
        .tp_flags = Py_TPFLAGS_DEFAULT, .tp_methods = METHODS, .tp_dealloc = let_go, .tp_vectorcall = builder          \
    }

static PyTypeObject EnquireLink = KIND("EnquireLink", enquire_link);
static PyTypeObject SubmitSmResp = KIND("SubmitSmResp", submit_sm_resp);
static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "objects", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_objects(void) {
    PyObject *module = PyModule_Create(&MODULE);
    NUMBER = PyUnicode_InternFromString("sequence_number"), ID = PyUnicode_InternFromString("message_id");
    if (module == NULL || NUMBER == NULL || ID == NULL || PyModule_AddType(module, &EnquireLink) < 0
        || PyModule_AddType(module, &SubmitSmResp) < 0)
        return NULL;
    return module;
}
