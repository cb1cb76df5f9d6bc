/* A yardstick for many PDUs: octets into columns of the same layout as ours, by one loop made for the traffic of the
   benchmark. No check of any length, no other command, alphabet or shape of receipt, one thread.

   A column of integers is int64 and an octet that says where a row has none (as pandas has it), one of strings is
   int64 offsets, octets and a bitmap (as Arrow has it). The caller gives the memory: enough, and the bitmaps zeroed. */

#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { SUBMIT = 4, DELIVER = 5, SUBMIT_RESP = 0x80000004u, DELIVER_RESP = 0x80000005u };

typedef struct {
    int64_t *values;
    uint8_t *absent;
} Numbers;

typedef struct {
    int64_t *offsets;
    uint8_t *octets, *valid;
    int64_t used;
} Strings;

static uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void number(Numbers *to, int64_t row, int64_t value) {
    to->values[row] = value, to->absent[row] = 0;
}

static void no_number(Numbers *to, int64_t row) {
    to->values[row] = 0, to->absent[row] = 1;
}

static void end_string(Strings *to, int64_t row, int64_t length) {
    to->offsets[row] = to->used, to->used += length, to->valid[row >> 3] |= 1 << (row & 7);
}

static void string(Strings *to, int64_t row, const uint8_t *at, int64_t length) {
    memcpy(to->octets + to->used, at, length);
    end_string(to, row, length);
}

static void no_string(Strings *to, int64_t row) {
    to->offsets[row] = to->used;
}

static const uint8_t *behind_nul(const uint8_t *at) {
    return at + strlen((const char *)at) + 1;
}

/* UTF-16 of the basic plane, the high octet first, as UTF-8. */
static void wide_text(Strings *to, int64_t row, const uint8_t *at, int length) {
    uint8_t *out = to->octets + to->used, *start = out;
    for (int i = 0; i + 1 < length; i += 2) {
        unsigned unit = at[i] << 8 | at[i + 1];
        if (unit < 0x80) {
            *out++ = unit;
        } else if (unit < 0x800) {
            *out++ = 0xC0 | unit >> 6, *out++ = 0x80 | (unit & 0x3F);
        } else {
            *out++ = 0xE0 | unit >> 12, *out++ = 0x80 | (unit >> 6 & 0x3F), *out++ = 0x80 | (unit & 0x3F);
        }
    }
    end_string(to, row, out - start);
}

static int two(const uint8_t *at) {
    return 10 * (at[0] - '0') + at[1] - '0';
}

/* YYMMDDhhmm as nanoseconds since 1970. */
static int64_t moment(const uint8_t *at) {
    int year = 2000 + two(at), month = two(at + 2), early = month <= 2;
    int64_t shifted = year - early, era = shifted / 400, of_era = shifted - 400 * era;
    int64_t days = 146097 * era + 365 * of_era + of_era / 4 - of_era / 100 +
                   (153 * (month + (early ? 9 : -3)) + 2) / 5 + two(at + 4) - 1 - 719468;
    return (86400 * days + 3600 * two(at + 6) + 60 * two(at + 8)) * 1000000000;
}

static int word(const uint8_t *at, const uint8_t *end) {
    const uint8_t *blank = memchr(at, ' ', end - at);
    return (int)((blank ? blank : end) - at);
}

/* id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:… */
static void receipt(const uint8_t *at, const uint8_t *end, int64_t row, Strings *id, Strings *stat, Strings *err,
                    int64_t *done_date) {
    string(id, row, at + 3, word(at + 3, end));
    at = (const uint8_t *)memmem(at, end - at, "done date:", 10) + 10;
    done_date[row] = moment(at);
    at += word(at, end) + 6;
    string(stat, row, at, word(at, end));
    at += word(at, end) + 5;
    string(err, row, at, word(at, end));
}

static int buffers(PyObject *given, Py_buffer *into, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++)
        if (PyObject_GetBuffer(PyTuple_GetItem(given, i), into + i, i ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0) return -1;
    return 0;
}

static PyObject *released(Py_buffer *given, Py_ssize_t count, int64_t rows) {
    while (count--) PyBuffer_Release(given + count);
    return PyLong_FromLongLong(rows);
}

/* wide(octets, (values, absent) of command_id, command_status, sequence_number and data_coding, receipt_done_date,
   (offsets, octets, bitmap) of source_addr, destination_addr, message_id, text, receipt_id, receipt_stat, receipt_err):
   fill them, return how many PDUs there were. */
static PyObject *wide(PyObject *module, PyObject *given) {
    enum { COUNT = 1 + 2 * 4 + 1 + 3 * 7 };
    Py_buffer all[COUNT];
    if (PyTuple_Size(given) != COUNT || buffers(given, all, COUNT) < 0) return NULL;
    Numbers numbers[4];
    Strings strings[7];
    for (int i = 0; i < 4; i++) numbers[i] = (Numbers){all[1 + 2 * i].buf, all[2 + 2 * i].buf};
    for (int i = 0; i < 7; i++)
        strings[i] = (Strings){all[10 + 3 * i].buf, all[11 + 3 * i].buf, all[12 + 3 * i].buf, 0};
    Numbers *command_id = numbers, *status = numbers + 1, *sequence = numbers + 2, *coding = numbers + 3;
    Strings *source = strings, *destination = strings + 1, *message_id = strings + 2, *text = strings + 3;
    Strings *receipt_id = strings + 4, *stat = strings + 5, *err = strings + 6;
    int64_t *done_date = all[9].buf, row = 0;
    const uint8_t *at = all[0].buf, *last = at + all[0].len;
    for (uint32_t size; at < last; at += size, row++) {
        uint32_t command = get32(at + 4);
        size = get32(at);
        number(command_id, row, command);
        number(status, row, get32(at + 8));
        number(sequence, row, get32(at + 12));
        int is_message = command == SUBMIT || command == DELIVER, is_receipt = 0;
        if (is_message) {
            const uint8_t *from = behind_nul(at + 16) + 2, *to = behind_nul(from) + 2, *rest = behind_nul(to);
            string(source, row, from, to - 3 - from);
            string(destination, row, to, rest - 1 - to);
            const uint8_t *tail = behind_nul(behind_nul(rest + 3));
            number(coding, row, tail[2]);
            if (tail[2] == 8)
                wide_text(text, row, tail + 5, tail[4]);
            else
                string(text, row, tail + 5, tail[4]);
            is_receipt = (rest[0] & 0x3C) == 4;
            if (is_receipt) receipt(tail + 5, tail + 5 + tail[4], row, receipt_id, stat, err, done_date);
        } else {
            no_string(source, row), no_string(destination, row), no_number(coding, row), no_string(text, row);
        }
        if (!is_receipt)
            no_string(receipt_id, row), no_string(stat, row), no_string(err, row), done_date[row] = INT64_MIN;
        if ((command == SUBMIT_RESP || command == DELIVER_RESP) && size > 16)
            string(message_id, row, at + 16, size - 17);
        else
            no_string(message_id, row);
    }
    for (int i = 0; i < 7; i++) no_string(strings + i, row);
    return released(all, COUNT, row);
}

/* narrow(octets, (values, absent) of command_length, command_id, command_status, sequence_number, esm_class and
   data_coding, offset): fill them, return how many PDUs there were. */
static PyObject *narrow(PyObject *module, PyObject *given) {
    enum { COUNT = 1 + 2 * 6 + 1 };
    Py_buffer all[COUNT];
    if (PyTuple_Size(given) != COUNT || buffers(given, all, COUNT) < 0) return NULL;
    Numbers into[6];
    for (int i = 0; i < 6; i++) into[i] = (Numbers){all[1 + 2 * i].buf, all[2 + 2 * i].buf};
    int64_t *offset = all[13].buf, row = 0;
    const uint8_t *start = all[0].buf, *at = start, *last = at + all[0].len;
    for (uint32_t size; at < last; at += size, row++) {
        uint32_t command = get32(at + 4);
        size = get32(at);
        offset[row] = at - start;
        for (int i = 0; i < 4; i++) number(into + i, row, get32(at + 4 * i));
        if (command == SUBMIT || command == DELIVER) {
            const uint8_t *rest = behind_nul(behind_nul(behind_nul(at + 16) + 2) + 2);
            number(into + 4, row, rest[0]);
            number(into + 5, row, behind_nul(behind_nul(rest + 3))[2]);
        } else {
            no_number(into + 4, row), no_number(into + 5, row);
        }
    }
    return released(all, COUNT, row);
}

static PyMethodDef METHODS[] = {
    {"wide", wide, METH_VARARGS, NULL},
    {"narrow", narrow, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "frames", NULL, -1, METHODS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_frames(void) {
    return PyModule_Create(&MODULE);
}
