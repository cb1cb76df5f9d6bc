/* A Python interpreter that has libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer in it.
 *
 * As the program itself it holds the runtimes before any module is loaded, so nothing needs to be preloaded, and the
 * counters of a core built with -fsanitize=fuzzer-no-link reach libFuzzer. Run as usual it is python; the built-in module
 * libfuzzer has one function: run(arguments, target, folder).
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *, size_t));

/* libFuzzer takes what is counted here for coverage too: lines of Python, so that targets written in Python are guided. */
#define LINES (1 << 15)
__attribute__((section("__libfuzzer_extra_counters"), used)) static uint8_t lines[LINES];
static PyObject *target, *folder;

/* Counts the lines of files in the folder; frames of other files are not asked for lines. */
static int trace(PyObject *unused, PyFrameObject *frame, int event, PyObject *argument) {
    if (event != PyTrace_CALL && event != PyTrace_LINE)
        return 0;
    PyCodeObject *code = PyFrame_GetCode(frame);
    if (event == PyTrace_CALL) {
        PyObject *name = code->co_filename;
        Py_ssize_t inside = PyUnicode_Tailmatch(name, folder, 0, PY_SSIZE_T_MAX, -1);
        if (inside != 1)
            PyObject_SetAttrString((PyObject *)frame, "f_trace_lines", Py_False);
    } else {
        uint32_t place = (uint32_t)PyObject_Hash(code->co_qualname) * 31u + (uint32_t)PyFrame_GetLineNumber(frame);
        uint8_t *counter = &lines[(place ^ place >> 15) % LINES];
        *counter += *counter < 255;
    }
    Py_DECREF(code);
    return 0;
}

/* An exception that the target lets out is a finding: the traceback, then an end that libFuzzer writes down. */
static int one_input(const uint8_t *data, size_t size) {
    PyObject *octets = PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)size);
    PyObject *result = octets ? PyObject_CallOneArg(target, octets) : NULL;
    if (!result) {
        PyErr_Print();
        abort();
    }
    Py_DECREF(result);
    Py_DECREF(octets);
    return 0;
}

/* run(arguments, target, folder): libFuzzer with these arguments; folder, when not "": Python files there are counted. */
static PyObject *run(PyObject *module, PyObject *arguments) {
    PyObject *given;
    if (!PyArg_ParseTuple(arguments, "O!OU", &PyList_Type, &given, &target, &folder))
        return NULL;
    int count = (int)PyList_GET_SIZE(given);
    char **words = PyMem_Calloc((size_t)count + 1, sizeof *words);
    for (int at = 0; words && at < count; at++)
        if (!(words[at] = (char *)PyUnicode_AsUTF8(PyList_GET_ITEM(given, at))))
            return NULL;
    if (!words)
        return PyErr_NoMemory();
    if (PyUnicode_GET_LENGTH(folder))
        PyEval_SetTrace(trace, NULL);
    return PyLong_FromLong(LLVMFuzzerRunDriver(&count, &words, one_input));
}

static PyMethodDef functions[] = {{"run", run, METH_VARARGS, NULL}, {0}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "libfuzzer", NULL, -1, functions};

static PyObject *made(void) {
    return PyModule_Create(&definition);
}

int main(int argc, char **argv) {
    PyImport_AppendInittab("libfuzzer", made);
    return Py_BytesMain(argc, argv);
}
