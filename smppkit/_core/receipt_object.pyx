"""One receipt as an object: the text as it came and where its values lie; a value is made when it is read."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.datetime cimport datetime_new, import_datetime, timedelta_new, timezone_new
from cpython.long cimport PyLong_AsLongAndOverflow
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_FromObject
from libc.stdint cimport uint8_t

from smppkit._core.dates cimport MINUTES, NO_DATE, TENTHS, Moment, read_date
from smppkit._core.receipt cimport (
    Extra,
    Span,
    is_final,
    is_state,
    network_error,
    read_count,
    receipt_kind,
    scan_extras,
    scan_receipt,
    state_of,
)
from smppkit._core.receipt cimport Receipt as Scan

from smppkit.html import card as _card
from smppkit.html import visible as _visible
from smppkit.spec import receipts as _rows

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    object PyUnicode_DecodeUTF8(const char* octets, Py_ssize_t size, const char* errors)

cdef enum:
    KEPT = 64           # unknown fields of one text that are kept: more are no receipt but an attack on memory

cdef tuple STATES = _rows.STATES
cdef tuple NAMES = (
    "id", "sub", "dlvrd", "submit_date", "done_date", "stat", "state", "final", "err", "text", "extra",
)

import_datetime()


@cython.final
@cython.no_gc
@cython.freelist(32)
cdef class Receipt:
    """What a delivery receipt says (SMPP 3.4, appendix B); made by ``smppkit.parse_receipt``, immutable.

    ``id``, ``stat``, ``err`` and ``text`` are as sent; ``sub`` and ``dlvrd`` are numbers; ``submit_date`` and
    ``done_date`` are datetimes of the centre's own clock, without zone unless the text names one, ``submit_date_text``
    and ``done_date_text`` what stood there; ``state`` is the name of message_state, ``final`` whether no other is
    expected; ``extra`` holds the fields nobody here knows, the first 64. What the receipt does not say is None.

    >>> import smppkit as sk
    >>> receipt = sk.parse_receipt("id:7 sub:001 dlvrd:001 done date:2611221016 stat:DELIVRD err:000 text:Hi")
    >>> receipt.id, receipt.state, receipt.final, receipt.done_date.isoformat(timespec="minutes")
    ('7', 'DELIVERED', True, '2026-11-22T10:16')
    """

    cdef object owner               # the str; U+FFFD in it for lone surrogates, which UTF-8 cannot hold
    cdef const uint8_t* utf8        # into owner
    cdef Py_ssize_t count
    cdef Scan scan
    cdef str tlv_id, tlv_err
    cdef int tlv_state, number

    def __init__(self):
        """Refuse: only a text or TLVs make a receipt."""
        raise TypeError("a Receipt is made by smppkit.parse_receipt(text)")

    @property
    def id(self):
        """The message id the receipt is about, as sent; TLV receipted_message_id first."""
        return self.tlv_id if self.tlv_id is not None else self.value(&self.scan.id)

    @property
    def sub(self):
        """How many messages were submitted."""
        return self.number_at(&self.scan.sub)

    @property
    def dlvrd(self):
        """How many messages were delivered."""
        return self.number_at(&self.scan.dlvrd)

    @property
    def submit_date(self):
        """When the centre took the message, by its own clock."""
        return self.date_at(&self.scan.submit_date)

    @property
    def done_date(self):
        """When the message reached its state, by the centre's own clock."""
        return self.date_at(&self.scan.done_date)

    @property
    def submit_date_text(self):
        """The submit date as it was written."""
        return self.value(&self.scan.submit_date)

    @property
    def done_date_text(self):
        """The done date as it was written."""
        return self.value(&self.scan.done_date)

    @property
    def stat(self):
        """The word for the state, as sent."""
        return self.value(&self.scan.stat)

    @property
    def state(self):
        """The name of message_state: of the TLV first, else of the word; UNKNOWN for a word nobody knows."""
        return STATES[self.number]

    @property
    def final(self):
        """Whether no other state is expected."""
        return <bint>is_final(self.number)

    @property
    def err(self):
        """The provider's error code as text; else network_error_code as type:code."""
        if self.scan.err.length <= 0 and self.tlv_err is not None:
            return self.tlv_err
        return self.value(&self.scan.err)

    @property
    def text(self):
        """What the receipt quotes of the message."""
        return self.value(&self.scan.text)

    @property
    def extra(self):
        """Fields beyond the known ones, keys in small letters; of a repeated one the last."""
        cdef Extra extras[KEPT]
        cdef Scan scan
        cdef int i
        if self.scan.extras == 0:
            return {}
        scan_extras(self.utf8, self.count, &scan, extras, KEPT)
        kept = range(min(KEPT, scan.extras))
        return {lowered(self.value(&extras[i].key)): self.value(&extras[i].value) for i in kept}

    cdef str value(self, const Span* span):
        if span.length < 0:
            return None
        return PyUnicode_DecodeUTF8(<const char*>self.utf8 + span.start, span.length, NULL)

    cdef object number_at(self, const Span* span):
        cdef long long number = read_count(self.utf8 + span.start, span.length)
        return None if number < 0 else number

    cdef object date_at(self, const Span* span):
        cdef Moment moment
        read_date(self.utf8 + span.start, span.length, &moment)
        if moment.precision == NO_DATE:
            return None
        zone = timezone_new(timedelta_new(0, 900 * moment.quarters, 0)) if moment.precision == TENTHS else None
        return datetime_new(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second,
                            100_000 * moment.tenth, zone)

    cdef tuple fields(self):
        return (self.id, self.sub, self.dlvrd, self.submit_date, self.done_date, self.stat, self.state, self.final,
                self.err, self.text, self.extra)

    def __eq__(self, other):
        """Whether all fields are the same."""
        return self.fields() == (<Receipt>other).fields() if isinstance(other, Receipt) else NotImplemented

    def __hash__(self):
        """By what the receipt is about; fields hold a dict."""
        return hash((self.id, self.stat, self.number, self.done_date))

    def __reduce__(self):
        """Travel between processes as the text it came from."""
        return _restore, (self.owner, self.tlv_id, self.tlv_state, self.tlv_err)

    def __repr__(self):
        """One line without the message text."""
        shown = [f"id={_visible(self.id or '', 70)!r}", f"state={self.state!r}"]
        for name in ("stat", "err", "done_date_text"):
            value = getattr(self, name)
            if value is not None:
                shown.append(f"{name}={_visible(value, 24)!r}")
        return f"Receipt({', '.join(shown)})"

    def _repr_html_(self):
        """The card: all fields that the receipt names."""
        cdef list rows = []
        # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
        for name, value in zip(NAMES, self.fields()):
            if value is not None and value != {}:
                rows.append((name, value))
        return _card("delivery receipt", rows)


cdef str lowered(str key):
    return key.encode().lower().decode()                # ASCII letters alone, as in columns


cdef Receipt read(object text, str id, int state, str err):
    cdef Receipt receipt = Receipt.__new__(Receipt)
    if not PyUnicode_CheckExact(text):
        text = PyUnicode_FromObject(text)   # of what is also a text: an enum, a numpy.str_
    try:
        receipt.utf8 = <const uint8_t*>PyUnicode_AsUTF8AndSize(text, &receipt.count)
    except UnicodeEncodeError:              # lone surrogates: as in columns
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        receipt.utf8 = <const uint8_t*>PyUnicode_AsUTF8AndSize(text, &receipt.count)
    receipt.owner = text
    receipt.tlv_id = id or None
    receipt.tlv_err = err
    receipt.tlv_state = state
    scan_receipt(receipt.utf8, receipt.count, &receipt.scan)
    # a number that the standard does not name says less than a word
    receipt.number = state if is_state(state) else state_of(receipt.utf8, receipt.count, &receipt.scan)
    return receipt


def parse(text not None, esm_class=None, str id=None, int state=-1, str err=None):
    """The receipt in ``text``, or None; None, and -1, for what is not known or did not come as a TLV."""
    cdef int overflow = 0
    cdef long bits = -1 if esm_class is None else PyLong_AsLongAndOverflow(esm_class, &overflow)
    if overflow or bits > 0xFF or (bits < 0 and esm_class is not None):
        raise ValueError(f"esm_class is {esm_class}, but takes a whole number of 0 to 255, or None")
    cdef Receipt receipt = read(text, id, state, err)
    return receipt if receipt_kind(<int>bits, receipt.tlv_id is not None, is_state(state), &receipt.scan) else None


def _restore(text not None, str id, int state, str err):
    return read(text, id, state, err)


def iso(str text not None):
    """A date as receipts write it, at the precision given: 2026-11-22T10:15; None when it is none."""
    cdef Moment moment
    cdef bytes octets = text.strip().encode("utf-8", "surrogatepass")
    read_date(<const uint8_t*>PyBytes_AS_STRING(octets), len(octets), &moment)
    if moment.precision == NO_DATE:
        return None
    shown = f"{moment.year:04}-{moment.month:02}-{moment.day:02}T{moment.hour:02}:{moment.minute:02}"
    if moment.precision == MINUTES:
        return shown
    shown += f":{moment.second:02}"
    if moment.precision == TENTHS:
        quarters = abs(moment.quarters)
        shown += f".{moment.tenth}{'-' if moment.quarters < 0 else '+'}{quarters // 4:02}:{quarters % 4 * 15:02}"
    return shown


def network_error_text(bytes octets not None):
    """TLV network_error_code as text: type:code, or three ASCII digits as they are; None for another length."""
    cdef uint8_t out[16]
    cdef Py_ssize_t count = network_error(<const uint8_t*>PyBytes_AS_STRING(octets), len(octets), out)
    return (<bytes>out[:count]).decode() if count else None
