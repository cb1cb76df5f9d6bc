"""Numbers and names of senders as people write them, made what SMPP carries; texts for ever, never numbers."""

from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from .._core import numbers
from ..codec.columns import column_of, parts
from ..errors import TableError
from ..text.reasons import describe

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST = 20  # characters of an address beside its NUL (SMPP 3.4, section 4.4.1)
MOST_LETTERS = 11  # of an alphanumeric sender: seven octets of packed septets (3GPP TS 23.040, section 9.1.2.5)
FEWEST_DIGITS, MOST_INTERNATIONAL = 3, 15
INTERNATIONAL, ALPHANUMERIC, ISDN = 1, 5, 1  # TON, TON, NPI (SMPP 3.4, sections 5.2.5 and 5.2.6)

# What people put between digits, and what comes along invisibly when a number is copied.
_DROPPED = "-.()[]" + "".join(
    chr(code)
    for first, last in ((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0xAD, 0xAD), (0x2000, 0x2015), (0x2028, 0x202F))
    for code in range(first, last + 1)
)
_DROPPED += "\u205f\u2060\u2066\u2067\u2068\u2069\u2212\u3000\ufeff"
_DROP = dict.fromkeys(map(ord, _DROPPED))
_FOREIGN = 0xFF  # a number that the core leaves to the rules here
_EXAMPLE = "a number is digits, with + before the country code: +32471123456"
_UNWRITABLE = frozenset("`[\\]^{|}~")  # of ASCII, in the extension of the default alphabet or not in it


class Address(NamedTuple):
    """An address as a PDU carries it: its characters, type of number and numbering plan.

    >>> Address("INFO", 5, 0).addr
    'INFO'
    """

    addr: str
    ton: int = 0
    npi: int = 0


AnyAddress: TypeAlias = str | int | Address | tuple[str, int, int]
NO_SENDER = Address("", 0, 0)


def destination(value: AnyAddress) -> Address:
    """Return where a message goes: ``+`` makes a number international (TON 1), digits alone say nothing (TON 0).

    Blanks, dashes, dots and brackets are dropped. 3 to 15 digits follow a ``+``; without it 3 to 20. A tuple (addr,
    ton, npi) or an Address is taken as it is. ``ValueError`` names what cannot be in a number.

    >>> destination("+32 (471) 12.34-56")
    Address(addr='32471123456', ton=1, npi=1)
    >>> destination("8080")
    Address(addr='8080', ton=0, npi=1)
    >>> destination("+32 471 O23456")
    Traceback (most recent call last):
        ...
    ValueError: destination '+32 471 O23456' has O (U+004F LATIN CAPITAL LETTER O): a number is digits, with + before \
the country code: +32471123456
    """
    if isinstance(value, tuple):
        return _given(value, "destination")
    text = _text(value, "destination")
    return _number(text, text.translate(_DROP), "destination")


def sender(value: AnyAddress | None) -> Address:
    """Return who a message is from: a number as in ``destination``, a name of up to 11 characters, or nobody.

    A name has a character that no number has, and only ASCII of the GSM default alphabet.

    >>> sender("INFO"), sender("+32471123456").ton, sender("8080").ton, sender(None).addr
    (Address(addr='INFO', ton=5, npi=0), 1, 0, '')
    >>> sender("Café")
    Traceback (most recent call last):
        ...
    ValueError: sender 'Café' has é (U+00E9 LATIN SMALL LETTER E WITH ACUTE): a name has up to 11 letters, digits and \
plain signs of ASCII
    """
    if isinstance(value, tuple):
        return _given(value, "sender")
    text = _text("" if value is None else value, "sender")
    bare = text.translate(_DROP)
    if not bare and not text.strip():
        return NO_SENDER
    if bare.startswith("+") or (bare.isascii() and bare.isdecimal()):
        return _number(text, bare, "sender")
    return Address(_name(text.strip()), ALPHANUMERIC, 0)


def _text(value: object, role: str) -> str:
    """A number as text: whoever read it as a float has lost digits, or will."""
    if isinstance(value, str):
        return value
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0:
        return str(int(value))
    if isinstance(value, Real) and not isinstance(value, Integral):
        raise ValueError(f"{role} {value!r} is a float, which loses digits of numbers: read the column as text")
    raise ValueError(f"{role} {value!r} is no text: {_EXAMPLE}")


def _number(text: str, bare: str, role: str) -> Address:
    digits = bare.removeprefix("+")
    international = digits != bare
    if not digits:
        raise ValueError(f"{role} is empty: {_EXAMPLE}" if not bare else f"{role} {text!r} has no digit: {_EXAMPLE}")
    for character in digits:
        if not "0" <= character <= "9":
            raise ValueError(f"{role} {text!r} has {_said(character)}: {_EXAMPLE}")
    most = MOST_INTERNATIONAL if international else MOST
    if not FEWEST_DIGITS <= len(digits) <= most:
        after = " after the +" if international else ""
        digit = "digit" if len(digits) == 1 else "digits"
        limits = f"a number has {FEWEST_DIGITS} to {most}"
        raise ValueError(f"{role} {text!r} has {len(digits)} {digit}{after}: {limits}")
    return Address(digits, INTERNATIONAL if international else 0, ISDN)


def _said(character: str) -> str:
    return "a second or misplaced +" if character == "+" else describe(character)


def _name(text: str) -> str:
    for character in text:
        if not " " <= character <= "~" or character in _UNWRITABLE:
            letters = f"a name has up to {MOST_LETTERS} letters, digits and plain signs of ASCII"
            raise ValueError(f"sender {text!r} has {describe(character)}: {letters}")
    if len(text) > MOST_LETTERS:
        raise ValueError(f"sender {text!r} has {len(text)} characters, a name has at most {MOST_LETTERS}")
    return text


def _given(value: tuple[Any, ...], role: str) -> Address:
    """Take an address whose type somebody chose."""
    if len(value) != 3 or not isinstance(value[0], str) or not all(isinstance(number, int) for number in value[1:]):
        raise ValueError(f"{role} {value!r} is no address: give a text, or (address, TON, NPI)")
    found = Address(*value)
    if not all(" " <= character <= "~" for character in found.addr) or len(found.addr) > MOST:
        raise ValueError(f"{role} {found.addr!r} is no address: it has at most {MOST} characters of ASCII")
    if not (0 <= found.ton <= 255 and 0 <= found.npi <= 255):
        raise ValueError(f"{role} {found.addr!r} has TON {found.ton} and NPI {found.npi}, each may be 0 to 255")
    return found


class Destinations(NamedTuple):
    """The numbers of a column: ``addr`` (large_string), ``ton`` and ``npi`` (uint8), and what is wrong with which row.

    >>> destinations(["+32 471 123456", "x"]).wrong[1][:18]
    "destination 'x' ha"
    """

    addr: Any
    ton: "npt.NDArray[np.uint8]"
    npi: "npt.NDArray[np.uint8]"
    wrong: dict[int, str]


def destinations(column: Any) -> Destinations:
    """Return where the messages of a column go, by the rules of ``destination`` and without an object for a row.

    ``column`` is an Arrow array, or what can become one. ``TableError`` for a column of floats, unless it is empty.

    >>> found = destinations(["+32 471 123456", "8080"])
    >>> found.addr.to_pylist(), found.ton.tolist()
    (['32471123456', '8080'], [1, 0])
    """
    import numpy as np
    import pyarrow as pa

    array = column_of("destination", column).array if not isinstance(column, pa.Array) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.Array) and len(array) and pa.types.is_floating(array.type):
        raise TableError("the destinations are floats, which lose digits of numbers: read the column as text")
    if isinstance(array, list) or not _plain(array.type):
        values = array if isinstance(array, list) else array.to_pylist()
        kinds, addr = np.full(len(values), _FOREIGN, np.uint8), pa.array([""] * len(values), pa.large_string())
    else:
        values, texts = None, array.cast(pa.large_string())
        places, written = parts(texts)
        octets, offsets, types = numbers.digits(written, places)
        kinds = np.frombuffer(types, np.uint8).copy()
        addr = pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(octets))
        if pa.types.is_integer(array.type):  # a minus is no dash there
            kinds[np.asarray(array.fill_null(0)) < 0] = _FOREIGN
    return _completed(addr, kinds, values, array)


def _plain(kind: Any) -> bool:
    import pyarrow as pa

    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
    return bool(text or pa.types.is_integer(kind))


def _completed(addr: Any, ton: "npt.NDArray[np.uint8]", values: list[Any] | None, array: Any) -> Destinations:
    """Look at the rows that the core left, one by one."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    npi = np.full(len(ton), ISDN, np.uint8)
    wrong: dict[int, str] = {}
    left = np.flatnonzero(ton == _FOREIGN)
    if not len(left):
        return Destinations(addr, ton, npi, wrong)
    given = [values[row] for row in left.tolist()] if values is not None else array.take(pa.array(left)).to_pylist()
    repaired: list[str] = []
    for row, value in zip(left.tolist(), given, strict=True):
        try:
            found = destination(tuple(value) if isinstance(value, list) else value)
        except ValueError as error:
            wrong[row] = "no destination" if value is None else str(error)
            found = NO_SENDER
        repaired.append(found.addr)
        ton[row], npi[row] = found.ton, found.npi
    mask = np.zeros(len(ton), bool)
    mask[left] = True
    return Destinations(pc.replace_with_mask(addr, mask, pa.array(repaired, pa.large_string())), ton, npi, wrong)
