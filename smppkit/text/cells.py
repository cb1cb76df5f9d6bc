"""Single cells of tables: whether there is anything in one, and which whole number."""

from math import isnan
from numbers import Real
from operator import index

_PLAIN = frozenset({str, bytes, int})
_MISSING = ("NAType", "NaTType")  # of pandas, which need not be there


def is_absent(value: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, or what pandas writes for them.

    >>> is_absent(None), is_absent(float("nan")), is_absent(0), is_absent("")
    (True, True, False, False)
    """
    if type(value) in _PLAIN:
        return False
    return value is None or type(value).__name__ in _MISSING or (isinstance(value, Real) and isnan(value))


def octet_in(name: str, value: object) -> int | None:
    """Return the number of one octet in a cell, None where the cell is empty; TypeError or ValueError by ``name``.

    >>> octet_in("esm_class", 4.0), octet_in("esm_class", float("nan"))
    (4, None)
    """
    if is_absent(value):
        return None
    number = whole_in(value)
    if number is None:
        raise TypeError(f"{name} takes a whole number of 0 to 255, or None, not {value!r:.40}")
    if not 0 <= number <= 0xFF:
        raise ValueError(f"{name} is {value!r:.40}, but takes a whole number of 0 to 255, or None")
    return number


def whole_in(value: object) -> int | None:
    """Return the whole number that a value stands for; None where it stands for none.

    >>> whole_in(2), whole_in(2.0), whole_in(2.5), whole_in("2")
    (2, 2, None, None)
    """
    try:
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        return int(float(value)) if isinstance(value, Real) and float(value).is_integer() else None
