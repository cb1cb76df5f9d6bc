"""Delivery receipts: what a receipt text and its TLVs say, one at a time or a column at once (SMPP 3.4, appendix B).

Keys in any case and order, dates of four widths, words of many providers: tolerant, and never raising on content. The
scanning is in ``_core.receipt``; what the words mean is in ``spec.receipts``.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from .._core.receipt_columns import columns as _columns
from .._core.receipt_object import Receipt, iso, network_error_text
from .._core.receipt_object import parse as _parse
from .._core.tlvs import Tlvs
from ..spec.receipts import STATES
from ..spec.tlvs import BY_NAME
from .cells import is_absent, octet_in, whole_in
from .headers import UDHI, read_header
from .strings import of_strings, whole

if TYPE_CHECKING:
    import pandas as pd

    from .coding import Codings

__all__ = ["Receipt", "iso", "parse_receipt", "parse_receipts"]

_NUMBERS = 4  # columns of numbers that the core writes before the offsets of strings
_WHITE = "".join(map(chr, range(0x21)))  # as in the core: NULs among them
_MAPPINGS = frozenset({dict, Tlvs})  # known without the long look that Mapping takes
_Tlvs = Mapping[str, object] | Iterable[tuple[str | int, object]]


def parse_receipt(
    text: object,
    esm_class: int | None = None,
    tlvs: _Tlvs | None = None,
    data_coding: int | None = 0,
    codings: "Codings | None" = None,
) -> Receipt | None:
    """Return what a delivery receipt says, or ``None`` when it is none; never raises on content.

    ``text`` is the text, or the octets of it, read by ``data_coding``, and by ``esm_class`` as to a user data header;
    ``codings`` maps data_coding to the alphabet it means to one account, as ``Profile.codings`` does.
    ``esm_class`` decides whether it is a receipt: 0x04 and 0x20 say so, 0x08 and 0x10 mark a person's words, with 0 the
    text must begin with an id and name a stat, or both TLVs be there; without esm_class an id and a state are enough.
    ``tlvs`` maps names to values, as ``pdu.tlvs`` does: receipted_message_id and message_state go before the text,
    network_error_code serves when the text has no err, message_payload when there is no text at all; of a repeated one
    the first counts. Cells of a table serve as they are: NaN and NA count as not given, 4.0 as 4.

    >>> receipt = parse_receipt("id:4B7F00A1 stat:UNDELIV err:027", tlvs={"message_state": 3})
    >>> receipt.id, receipt.stat, receipt.state, receipt.final, receipt.err
    ('4B7F00A1', 'UNDELIV', 'EXPIRED', True, '027')
    >>> parse_receipt("Please call me back, id: 7") is None
    True
    """
    if esm_class is not None and type(esm_class) is not int:
        esm_class = octet_in("esm_class", esm_class)
    get = None if tlvs is None else _getter(tlvs)
    if get is None:
        return _parse(text if isinstance(text, str) else _decoded(text, esm_class, data_coding, codings), esm_class)
    if not _is_there(text):
        text = _tlv(get, "message_payload")
    if not isinstance(text, str):
        text = _decoded(text, esm_class, data_coding, codings)
    id = _id_of(_tlv(get, "receipted_message_id"))
    state = _state_of(_tlv(get, "message_state"))
    return _parse(text, esm_class, id, state, _error_of(_tlv(get, "network_error_code")))


def parse_receipts(series: Any) -> "pd.DataFrame":
    """Return a row for each text of a column, with the fields of ``Receipt``; a row of NA for what is no receipt.

    ``series`` is a Series, an Arrow array or any iterable of texts; the index of a Series is kept. What is not text
    (None, numbers) is no receipt; octets are read as data_coding 0. Recognised by shape: an id and a stat. Raises
    TypeError for one text, and for a table.

    id, stat, err, text: ``str``; sub, dlvrd: ``Int64``; submit_date, done_date: ``datetime64[ns, UTC]``, the clock of
    the centre taken as UTC unless the text names a zone; state: category of the names of message_state; final:
    ``boolean``; extra: the unknown fields as the text of a JSON object.

    >>> parse_receipts(["id:7 stat:DELIVRD err:000", None])[["id", "state", "final"]].values.tolist()
    [['7', 'DELIVERED', True], [nan, nan, <NA>]]
    """
    import numpy as np
    import pandas as pd

    _check_column(series)
    wide, codes, finals, octets, bits = _columns(*_buffers(_texts(series)))
    states = np.frombuffer(codes, np.int8)
    rows = len(states)
    numbers = np.frombuffer(wide, np.int64).reshape(-1, rows + 1)
    id, stat, err, text, *extra = (
        _strings(rows, validity, offsets, characters)
        for validity, offsets, characters in zip(bits, numbers[_NUMBERS:], octets, strict=False)
    )
    frame = {
        "id": id,
        "sub": _integers(numbers[0, :rows]),
        "dlvrd": _integers(numbers[1, :rows]),
        "submit_date": _times(numbers[2, :rows]),
        "done_date": _times(numbers[3, :rows]),
        "stat": stat,
        "state": pd.Categorical.from_codes(states, dtype=_states(), validate=False),
        "final": pd.arrays.BooleanArray(np.frombuffer(finals, bool), states < 0),
        "err": err,
        "text": text,
        "extra": extra[0] if extra else _nothing(rows),
    }
    return pd.DataFrame(frame, index=series.index if isinstance(series, pd.Series) else None, copy=False)


# ---- TLVs ----


def _getter(tlvs: Any) -> Callable[[Any], object] | None:
    """Return what finds a TLV, the first of a repeated one; None where there are no TLVs."""
    if type(tlvs) in _MAPPINGS or isinstance(tlvs, Mapping):
        return tlvs.get if tlvs else None
    if is_absent(tlvs):
        return None
    found: dict[Any, object] = {}
    try:
        for key, value in tlvs:
            found.setdefault(key, value)
    except (TypeError, ValueError):
        kind = type(tlvs).__name__
        raise TypeError(f"tlvs takes a mapping of names to values, or pairs of them, not this {kind}") from None
    return found.get if found else None


def _tlv(get: Callable[[Any], object], name: str) -> object:
    for key in (name, BY_NAME[name].tag):
        value = get(key)
        if not is_absent(value):
            return value
    return None


def _id_of(value: object) -> str | None:
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value).decode("latin-1")
    return None if value is None else str.strip(value if isinstance(value, str) else str(value), _WHITE)


def _state_of(value: object) -> int:
    if isinstance(value, bytes | bytearray | memoryview):
        value = int.from_bytes(value, "big") if len(value) in (1, 2) else None
    elif isinstance(value, str) and value.isdecimal():
        value = int(value[:4])
    state = whole_in(value)
    return state if state is not None and 0 <= state < len(STATES) else -1


def _error_of(value: object) -> str | None:
    if isinstance(value, str):
        if len(value) == 3 and value.isascii() and value.isdigit():
            return str.__str__(value)
        try:
            value = bytes.fromhex(value)
        except ValueError:
            return None
    return network_error_text(bytes(value)) if isinstance(value, bytes | bytearray | memoryview) else None


# ---- texts ----


def _is_there(value: object) -> bool:
    """Whether there are octets or a text; a NUL is one, though it says nothing."""
    return isinstance(value, str | bytes | bytearray | memoryview) and len(value) > 0


def _decoded(value: object, esm_class: int | None, data_coding: int | None, codings: "Codings | None" = None) -> str:
    """Return the text of octets without NULs behind it; what is neither octets nor text has none."""
    from .coding import alphabet_of, decode_text

    if isinstance(value, str):
        return value
    if not isinstance(value, bytes | bytearray | memoryview):
        return ""
    octets, bits = bytes(value), esm_class or 0
    data_coding = octet_in("data_coding", data_coding) or 0
    header = read_header(octets) if bits & UDHI else None
    begin = header.length if header else 0
    body = _without_nuls(octets[begin:], alphabet_of(data_coding, codings))
    found = decode_text(octets[:begin] + body, data_coding, bits, codings)  # the header says how the rest is read
    if found.text is None:
        return body.decode("ascii", "replace")
    return found.text.rstrip("@") if found.alphabet == "gsm7-packed" else found.text


def _without_nuls(octets: bytes, alphabet: str) -> bytes:
    """Drop what would be characters: an @ in the default alphabet, half of one in UCS-2; as the core's columns do."""
    if alphabet == "ucs2":
        return octets[:-1] if len(octets) % 2 and octets.endswith(b"\0") else octets
    return octets.rstrip(b"\0") if alphabet == "gsm7" else octets


def _check_column(series: Any) -> None:
    """Raise TypeError for one text, whose letters would be rows, for a table, and for what holds no texts at all."""
    one = isinstance(series, str | bytes | bytearray | memoryview)
    table = hasattr(series, "columns") or isinstance(series, Mapping) or getattr(series, "ndim", 1) != 1
    if one or table or not isinstance(series, Iterable):
        hint = ": parse_receipt reads one text" if one else ": name one of its columns" if table else ""
        raise TypeError(f"parse_receipts takes a column of texts, not {type(series).__name__}{hint}")


def _texts(series: Any) -> Any:
    """Return the texts of a column as one Arrow array of large_string; null for what is not text."""
    import numpy as np
    import pyarrow as pa

    array = getattr(series, "array", series)
    if hasattr(array, "__arrow_array__") and not _holds_objects(array):
        array = array.__arrow_array__()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else pa.concat_arrays([pa.array([], array.type), *array.chunks])
    kind = array.type if isinstance(array, pa.Array) else None
    if kind is not None and pa.types.is_dictionary(kind):
        array, kind = array.dictionary_decode(), kind.value_type
    if kind in (pa.string(), pa.large_string(), pa.string_view()):
        return _of_utf8(array.cast(pa.large_string()))
    if kind is None:
        array = np.asarray(array) if _holds_objects(array) else list(array)
        strings = of_strings(array)
        if strings is not None and pa.types.is_large_string(strings.type):
            return strings
    values = array if kind is None else array.to_pylist()
    return pa.array([_text_or_none(value) for value in values], pa.large_string())


def _of_utf8(texts: Any) -> Any:
    """Return an array of large_string that holds UTF-8, as Arrow does not see to: U+FFFD for what is none."""
    import pyarrow as pa

    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        octets = texts.view(pa.large_binary()).to_pylist()
        return pa.array([None if row is None else row.decode("utf-8", "replace") for row in octets], texts.type)
    return texts


def _buffers(texts: Any) -> tuple[Any, Any, Any]:
    """Return octets, offsets and, where rows are missing, a flag for each row of an array of large_string."""
    import numpy as np

    _, places, octets = texts.buffers()
    ends = np.frombuffer(places, np.int64)[texts.offset :][: len(texts) + 1] if len(texts) else np.zeros(1, np.int64)
    present = texts.is_valid().to_numpy(zero_copy_only=False).view(np.uint8) if texts.null_count else None
    return memoryview(octets or b"").cast("B"), ends, present


def _holds_objects(array: Any) -> bool:
    return getattr(array, "dtype", None) is not None and array.dtype.kind == "O" and not hasattr(array.dtype, "storage")


def _text_or_none(value: object) -> str | None:
    if isinstance(value, bytes | bytearray | memoryview):
        value = _decoded(value, None, 0)
    if not isinstance(value, str):
        return None
    return whole(value)


# ---- columns ----


def _strings(rows: int, validity: Any, offsets: Any, characters: Any) -> Any:
    import pyarrow as pa

    bits = None if validity is None else pa.py_buffer(validity)
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(characters)]
    return _text(pa.Array.from_buffers(pa.large_string(), rows, buffers))


def _nothing(rows: int) -> Any:
    import pyarrow as pa

    return _text(pa.nulls(rows, pa.large_string()))


def _text(array: Any) -> Any:
    import numpy as np
    import pandas as pd

    dtype: Any = pd.StringDtype(na_value=np.nan)
    return dtype.__from_arrow__(array)


def _integers(values: Any) -> Any:
    import pandas as pd

    return pd.arrays.IntegerArray(values, values < 0)


def _times(nanoseconds: Any) -> Any:
    import pandas as pd

    return pd.array(nanoseconds, dtype=pd.DatetimeTZDtype("ns", "UTC"), copy=False)


@cache
def _states() -> Any:
    import pandas as pd

    return pd.CategoricalDtype(pd.Index(STATES))
