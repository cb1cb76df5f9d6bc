"""The texts of a column made the user data of requests: most in the core, what takes more knowledge one by one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .._core.alphabet import ALPHABETS
from .._core.writing import Writer
from ..codec.columns import parts as buffers
from ..errors import TextError
from ..spec.alphabets import FOREIGN
from ..text.coding import alphabet_of, data_coding_of
from ..text.headers import UDHI, build_header
from ..text.parts import Part
from ..text.ways import Way, ways
from .compose import EMPTY, parts_of
from .references import References
from .terms import Terms, by_codec, joins_parts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_NOTHING, _FIRST, _WIDE, _FOREIGN = range(4)
_NATIVE = frozenset(ALPHABETS.index(name) for name in ("gsm7", "ascii", "latin1", "ucs2"))
_UCS2 = ALPHABETS.index("ucs2")
PAYLOAD = "message_payload"


class Contents(NamedTuple):
    """The parts of many texts, in the order of the texts.

    Of each part: ``row`` (of its text), ``number`` of ``total``, ``body`` (large_binary), ``data_coding``,
    ``esm_class``, ``reference`` and ``payload`` (whether the body is too long for a short message). Of each text:
    ``encoding`` (a place in ``encodings``, -1 where it has no parts) and ``units``; ``wrong`` says why it has none.

    >>> import pyarrow as pa
    >>> texts = pa.array(["Hi", "", "a" * 161], pa.large_string())
    >>> found = written(texts, pa.array(["1"] * 3, pa.large_string()), Terms.of(), References())
    >>> found.row.tolist(), found.total.tolist(), found.wrong
    ([0, 2, 2], [1, 2, 2], {1: 'the text is empty'})
    """

    row: "npt.NDArray[np.int64]"
    number: "npt.NDArray[np.int16]"
    total: "npt.NDArray[np.int16]"
    body: Any
    data_coding: "npt.NDArray[np.uint8]"
    esm_class: "npt.NDArray[np.uint8]"
    reference: "npt.NDArray[np.int64]"
    payload: "npt.NDArray[np.bool_]"
    encodings: tuple[str, ...]
    encoding: "npt.NDArray[np.int8]"
    units: "npt.NDArray[np.int64]"
    wrong: dict[int, str]


class _Native(NamedTuple):
    """What the core may write: an alphabet and UCS-2, or one of them alone, and their data_coding."""

    first: Way
    wide: Way | None
    codings: tuple[int, int]
    names: tuple[str, str]


def written(texts: Any, to: Any, terms: Terms, references: References) -> Contents:
    """Write ``texts`` (large_string without nulls) to ``to`` (their destinations) on these terms.

    >>> import pyarrow as pa
    >>> texts = pa.array(["Hé", "Ж"], pa.large_string())
    >>> found = written(texts, pa.array(["1", "2"], pa.large_string()), Terms.of(), References())
    >>> found.body.to_pylist(), found.data_coding.tolist()
    ([b'H\\x05', b'\\x04\\x16'], [0, 8])
    """
    import numpy as np

    offsets, octets = buffers(texts)
    native = _native(terms)
    if native is None:
        way = np.where(np.diff(offsets) == 0, _NOTHING, _FOREIGN).astype(np.uint8)[: len(texts)]
        return _completed(_nothing(way), way, texts, to, terms, references)
    writer = Writer(
        octets,
        offsets,
        native.first,
        native.wide,
        elements=build_header(terms.elements)[1:],
        width=terms.bits // 8 if terms.long in ("auto", "udh8", "udh16") else 0,
        whole=terms.long == "payload",
    )
    way = np.frombuffer(writer.way, np.uint8)
    return _completed(_of_core(writer, native, to, terms, references), way, texts, to, terms, references)


def _native(terms: Terms) -> _Native | None:
    """What the core can do of these terms; None where every text is for the rules in Python."""
    writing = terms.writing
    alphabets = (writing.encoding,) if writing.encoding else writing.alphabets
    if joins_parts(terms.elements) or writing.encoding in FOREIGN:
        return None
    extra = sum(2 + len(element.data) for element in terms.elements)
    try:
        rows = ways(alphabets, terms.bits, extra, bool(writing.encoding))
        name = ALPHABETS[rows[0][0]]
        codings = [writing.swap(data_coding_of(ALPHABETS[row[0]], writing.codings)) for row in rows]
    except (ValueError, TextError):
        return None  # the rules in Python say why, row by row
    fits = len(rows) <= 2 and rows[0][0] in _NATIVE and not any(rows[0][1:3]) and rows[-1][0] in (rows[0][0], _UCS2)
    if not fits:
        return None
    wide = rows[1] if len(rows) == 2 else None
    return _Native(rows[0], wide, (codings[0], codings[-1]), (name, ALPHABETS[rows[-1][0]]))


def _of_core(writer: Writer, native: _Native, to: Any, terms: Terms, references: References) -> Contents:
    import numpy as np
    import pyarrow as pa

    way, parts = np.frombuffer(writer.way, np.uint8), np.frombuffer(writer.parts, np.int32)
    units = np.frombuffer(writer.units, np.int64).copy()
    reference = np.zeros(len(way), np.int64)
    long = np.flatnonzero(parts > 1)
    if len(long):
        given = np.array(references.next_of(to.take(pa.array(long)).to_pylist()), np.int64)
        reference[long] = given & ((1 << terms.width) - 1)
    octets, places, row_of, number_of = writer.write(reference)
    row, number = np.frombuffer(row_of, np.int64), np.frombuffer(number_of, np.int16)
    wide = way[row] == _WIDE
    total = parts[row].astype(np.int16)
    in_header = terms.long in ("auto", "udh8", "udh16")
    rooms = np.array([0, native.first[4], (native.wide or native.first)[4], 0])
    at_ucs2 = native.first[0] == _UCS2
    encoding = np.where(way == _WIDE, 0 if at_ucs2 else 1, 0).astype(np.int8)
    encoding[parts == 0] = -1
    return Contents(
        row,
        number,
        total,
        pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(row), [None, pa.py_buffer(places), pa.py_buffer(octets)]
        ),
        np.where(wide, native.codings[1], native.codings[0]).astype(np.uint8),
        np.where((total > 1) & in_header, UDHI, UDHI if terms.elements else 0).astype(np.uint8),
        reference[row],
        (units > rooms[way])[row] & (terms.long == "payload"),
        tuple(dict.fromkeys(native.names)),
        encoding,
        units,
        {},
    )


def _nothing(way: "npt.NDArray[np.uint8]") -> Contents:
    """No parts yet."""
    import numpy as np
    import pyarrow as pa

    kinds = (np.int64, np.int16, np.int16, None, np.uint8, np.uint8, np.int64, np.bool_)
    columns = [pa.array([], pa.large_binary()) if kind is None else np.zeros(0, kind) for kind in kinds]
    return Contents(*columns, (), np.full(len(way), -1, np.int8), np.zeros(len(way), np.int64), {})  # type: ignore[call-arg,arg-type]


class _Single(NamedTuple):
    row: int
    part: Part


def _completed(
    found: Contents, way: "npt.NDArray[np.uint8]", texts: Any, to: Any, terms: Terms, references: References
) -> Contents:
    """Write the texts that the core left, one by one, and put them where they belong."""
    import numpy as np
    import pyarrow as pa

    empty = EMPTY.partition(":")[0]
    found.wrong.update(dict.fromkeys(np.flatnonzero(way == _NOTHING).tolist(), empty))
    left = np.flatnonzero(way == _FOREIGN)
    if not len(left):
        return found
    singles: list[_Single] = []
    where = pa.array(left)
    numbers = to.take(where).to_pylist()
    given = references.next_of(numbers)  # also for the few that turn out short: asking first would cut twice
    for row, text, number, reference in zip(left.tolist(), texts.take(where), numbers, given, strict=True):
        try:
            parts = parts_of(text.as_py(), None, terms, reference, number)
        except ValueError as error:  # TextError and UnicodeDecodeError among them
            found.wrong[row] = str(error)
            continue
        singles += [_Single(row, part) for part in parts]
    return _merged(found, singles, terms)


def _merged(found: Contents, singles: list[_Single], terms: Terms) -> Contents:
    import numpy as np
    import pyarrow as pa

    if not singles:
        return found
    rows = np.array([single.row for single in singles], np.int64)
    parts = [single.part for single in singles]
    tlvs: list[Mapping[str, int | bytes]] = [dict(part.tlvs) for part in parts]
    columns: tuple[Any, ...] = (
        rows,
        np.array([part.number for part in parts], np.int16),
        np.array([part.total for part in parts], np.int16),
        pa.array(
            [each.get(PAYLOAD, part.short_message) for part, each in zip(parts, tlvs, strict=True)], pa.large_binary()
        ),
        np.array([terms.writing.swap(part.data_coding) for part in parts], np.uint8),
        np.array([part.esm_class for part in parts], np.uint8),
        np.array([part.reference for part in parts], np.int64),
        np.array([PAYLOAD in each for each in tlvs], np.bool_),
    )
    order = np.argsort(np.concatenate([found.row, rows]), kind="stable")
    joined: list[Any] = [
        pa.concat_arrays([old, new]).take(pa.array(order)) if place == 3 else np.concatenate([old, new])[order]
        for place, (old, new) in enumerate(zip(found[:8], columns, strict=True))
    ]
    names = [_name(part, terms) for part in parts]
    encodings = tuple(dict.fromkeys((*found.encodings, *names)))
    found.encoding[rows] = [encodings.index(name) for name in names]
    found.units[rows] = 0
    np.add.at(found.units, rows, [part.units for part in parts])
    return found._replace(**dict(zip(Contents._fields, joined, strict=False)), encodings=encodings)


def _name(part: Part, terms: Terms) -> str:
    if by_codec(terms.writing.encoding):
        return str(terms.writing.encoding)
    name = alphabet_of(part.data_coding, terms.writing.codings)
    return "gsm7" if name == "gsm7-packed" else name
