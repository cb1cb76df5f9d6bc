"""What stands for an int in Python: an int, NumPy's numbers, an enumeration's."""

from cpython.long cimport PyLong_Check
from cpython.number cimport PyIndex_Check, PyNumber_Index


cdef inline object index_of(object value):
    """The int that something stands for; None where it stands for none."""
    if PyLong_Check(value):
        return value
    if not PyIndex_Check(value):
        return None
    try:
        return PyNumber_Index(value)
    except TypeError:                   # an array looks as if it stood for one
        return None
