"""Strings of a list as one Arrow array, without an object for each; what UTF-8 can hold of one."""

from typing import Any

from .._core.strings import listed


def of_strings(values: Any) -> Any:
    """Return a list, or an array of objects, that holds str or bytes alone as an Arrow array; else None.

    The array is large_string or large_binary; None and NaN are null. Lone surrogates, which UTF-8 lacks, give None.

    >>> of_strings(["a", None]).to_pylist(), of_strings(["a", b"b"])
    (['a', None], None)
    """
    import numpy as np
    import pyarrow as pa

    if getattr(values, "dtype", None) == np.dtype(object) and hasattr(values, "tolist"):
        values = values.tolist()
    found = listed(values) if isinstance(values, list) else None
    if found is None:
        return None
    is_text, data, places, there = found
    bits = None if there is None else pa.py_buffer(np.packbits(there.to_numpy(), bitorder="little"))
    kind = pa.large_string() if is_text else pa.large_binary()
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(places), pa.py_buffer(data)])


def whole(text: str) -> str:
    """Return a text that UTF-8 can hold: U+FFFD for lone surrogates, which no alphabet has either.

    >>> whole("a\\ud800") == "a\\ufffd"
    True
    """
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
