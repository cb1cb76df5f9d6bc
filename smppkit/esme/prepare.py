"""A table and a text made requests that are ready to leave: numbers checked, texts written, no object for a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..codec import encode_many
from ..errors import TableError
from .address import NO_SENDER, Address, AnyAddress, destinations
from .address import sender as sender_of
from .contents import PAYLOAD, Contents, written
from .references import References
from .rows import Mapped, Rows, as_texts, mapped
from .template import Template
from .terms import Terms, moment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_TIMES: Mapping[str, str] = {"validity": "validity_period", "schedule": "schedule_delivery_time"}


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """Requests in one buffer, and where each comes from.

    Of each part, in the order of the table, the parts of a message side by side: ``octets[offset[i]:offset[i + 1]]``,
    ``message`` (from 0), ``part`` of ``total``, ``tag`` (None where no message has one). Of each message: ``rows`` (the
    label of its row), ``destination`` and ``text`` (Arrow), ``encoding`` (a place in ``encodings``) and ``units``.
    ``left_out`` is a DataFrame of row, destination and reason.

    >>> found = prepare({"to": ["+32471123456", "x"], "name": ["Ann", "Bob"]}, "Hi {name}", sender="INFO")
    >>> found
    <Prepared: messages 1, parts 1, 1 left out>
    >>> found.left_out["row"].tolist()
    [1]
    """

    octets: bytearray
    offset: "npt.NDArray[np.int64]"
    message: "npt.NDArray[np.int64]"
    part: "npt.NDArray[np.int16]"
    total: "npt.NDArray[np.int16]"
    tag: tuple[str | None, ...] | None
    rows: "pd.Index[Any]"
    destination: Any
    text: Any
    encodings: tuple[str, ...]
    encoding: "npt.NDArray[np.int8]"
    units: "npt.NDArray[np.int64]"
    left_out: "pd.DataFrame"

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return len(self.rows)

    @property
    def parts(self) -> int:
        """How many parts, requests, there are."""
        return len(self.message)

    def __repr__(self) -> str:
        """Say how much there is."""
        left = f", {len(self.left_out):,} left out" if len(self.left_out) else ""
        return f"<Prepared: messages {self.messages:,}, parts {self.parts:,}{left}>"


def prepare(
    table: Any,
    text: str | None = None,
    *,
    sender: AnyAddress | None = None,
    tag: str | int | None = None,
    references: References | None = None,
    **keywords: Any,
) -> Prepared:
    """Make the requests of a table: one message a row, to its ``destination``.

    ``text`` may name columns, "Hi {name}" (``{{`` and ``}}`` are braces); without it the column ``text`` is sent as it
    is. Columns sender, tag, validity and schedule say for their row what the keywords say for all. The other
    ``keywords`` are those of ``compose``: receipt, flash, validity, schedule, mode, coding, long, udh, tlvs,
    reference_bits, profile, version. A row that cannot be sent is left out with the reason, the others are kept.

    ``TableError`` and ``ValueError`` say in one sentence what is wrong with the whole.

    >>> found = prepare({"msisdn": ["+32471123456", "+32471123457"], "text": ["a" * 161, "b"]})
    >>> found.message.tolist(), found.part.tolist(), found.total.tolist()
    ([0, 0, 1], [1, 2, 1], [2, 2, 1])
    """
    rows = Rows.of(table)
    terms = Terms.of(**keywords)
    everybody = sender_of(sender)
    to = destinations(rows.column(rows.destination()))
    texts, lacking = _texts(rows, text)
    extra = _Extra(rows)
    reasons = {**extra.wrong(), **lacking, **to.wrong}
    kept = _kept(rows.count, reasons)
    addr = _taken(to.addr, kept)
    texts = _taken(texts, kept)
    contents = written(texts, addr, terms, references or References())
    reasons.update({_at(kept, row): reason for row, reason in contents.wrong.items()})
    first = contents.number == 1
    message_row = contents.row[first]  # of the kept rows, those that have a message
    columns = _columns(contents, terms) | extra.columns(kept, contents.row, terms, everybody)
    of_part = contents.row if kept is None else kept[contents.row]
    columns |= {
        "destination_addr": _by_part(addr, contents),
        "dest_addr_ton": _single(to.ton[of_part]),
        "dest_addr_npi": _single(to.npi[of_part]),
    }
    octets, offset = _encoded(columns, terms)
    label_rows = message_row if kept is None else kept[message_row]
    return Prepared(
        octets,
        offset,
        first.cumsum() - 1,
        contents.number,
        contents.total,
        extra.tags(tag, label_rows, contents),
        rows.labels.take(label_rows),
        _taken(addr, message_row) if len(message_row) < len(addr) else addr,
        _taken(texts, message_row) if len(message_row) < len(addr) else texts,
        contents.encodings,
        contents.encoding[message_row],
        contents.units[message_row],
        _left_out(rows, reasons),
    )


def _texts(rows: Rows, text: str | None) -> tuple[Any, dict[int, str]]:
    """The text of every row, null where there is none."""
    if text is not None:
        if not text:
            raise ValueError("the text is empty: give one, or None for the column text")
        return Template.of(text).fill(rows)
    name = rows.named("text")
    if name is None:
        raise TableError(
            f"no text is given, and the table has no column text; it has: {', '.join(rows.names) or 'none'}"
        )
    import pyarrow.compute as pc

    column = rows.texts(name)
    missing = pc.indices_nonzero(column.is_null()).to_pylist() if column.null_count else []
    return column, dict.fromkeys(missing, f"no text in column {name!r}")


class _Extra:
    """The columns that say for a row what keywords say for all."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._read: dict[str, Mapped] = {}
        readers: dict[str, Any] = {"sender": sender_of} | {
            role: lambda value, field=field: moment(_plain(value), field) for role, field in _TIMES.items()
        }
        for role, read in readers.items():
            name = rows.named(role)
            if name is not None and name != rows.named("destination"):
                self._read[role] = mapped(rows.column(name), read)

    def wrong(self) -> dict[int, str]:
        """Which rows cannot be sent because of them."""
        return {row: reason for one in self._read.values() for row, reason in one.reasons().items()}

    def columns(
        self, kept: "npt.NDArray[np.int64] | None", row: "npt.NDArray[np.int64]", terms: Terms, everybody: Address
    ) -> dict[str, Any]:
        """Return sender and times of every part: one value, or a column."""
        of_part = row if kept is None else kept[row]
        found: dict[str, Any] = dict(
            zip(("source_addr", "source_addr_ton", "source_addr_npi"), everybody or NO_SENDER, strict=True)
        )
        found |= {field: getattr(terms, field) for field in _TIMES.values()}
        if "sender" in self._read:
            names = ("source_addr", "source_addr_ton", "source_addr_npi")
            for place, name in enumerate(names):
                found[name] = _spread(self._read["sender"], of_part, found[name], lambda address, at=place: address[at])
        for role, field in _TIMES.items():
            if role in self._read:
                found[field] = _spread(self._read[role], of_part, found[field], lambda text: text)
        return found

    def tags(
        self, tag: str | int | None, rows: "npt.NDArray[np.int64]", contents: Contents
    ) -> tuple[str | None, ...] | None:
        """Return the tag of every part; ``rows`` are those of the messages."""
        name, everybody = self._rows.named("tag"), None if tag is None else str(tag)
        if name is None:
            return None if everybody is None else (everybody,) * len(contents.row)
        import pyarrow as pa

        tags = self._rows.texts(name).take(pa.array(rows)).to_pylist()
        if everybody is not None:
            tags = [everybody if own is None else own for own in tags]
        if len(contents.row) == len(tags):
            return tuple(tags)
        return tuple(tags[message] for message in ((contents.number == 1).cumsum() - 1).tolist())


def _plain(value: Any) -> Any:
    """A text of digits is seconds, unless it is a time of 16 characters."""
    if isinstance(value, str):
        text = value.strip()
        return float(text) if text.replace(".", "", 1).isdecimal() else text
    return value


def _spread(read: Mapped, of_part: "npt.NDArray[np.int64]", everybody: Any, pick: Any) -> Any:
    """One value for each part from the few different ones."""
    import numpy as np
    import pyarrow as pa

    values = [*(everybody if value is None else pick(value) for value in read.found), everybody]
    code = read.code[of_part]
    if isinstance(everybody, str):
        return pa.array(values, pa.large_string()).take(pa.array(np.where(code < 0, len(values) - 1, code)))
    return np.array(values, np.int64)[code]


def _kept(count: int, reasons: dict[int, str]) -> "npt.NDArray[np.int64] | None":
    """The rows that have no reason to be left out; None for all."""
    import numpy as np

    if not reasons:
        return None
    mask = np.ones(count, bool)
    mask[list(reasons)] = False
    return np.flatnonzero(mask)


def _at(kept: "npt.NDArray[np.int64] | None", row: int) -> int:
    return row if kept is None else int(kept[row])


def _taken(array: Any, rows: "npt.NDArray[np.int64] | None") -> Any:
    import pyarrow as pa

    return array if rows is None else array.take(pa.array(rows))


def _by_part(array: Any, contents: Contents) -> Any:
    """A column of texts as one of parts."""
    one_each = len(contents.row) == len(array) and not (contents.total > 1).any()
    return array if one_each else _taken(array, contents.row)


def _single(numbers: Any) -> Any:
    """One number where all are the same: it is then encoded once."""
    if len(numbers) and (numbers == numbers[0]).all():
        return int(numbers[0])
    return numbers


def _columns(contents: Contents, terms: Terms) -> dict[str, Any]:
    """What the parts say, as fields and TLVs."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: dict[str, Any] = {
        "esm_class": _single(contents.esm_class | np.uint8(terms.esm_class)),
        "registered_delivery": terms.registered_delivery,
        "data_coding": _single(contents.data_coding),
        "short_message": contents.body,
    }
    if contents.payload.any():
        payload = pa.array(contents.payload)
        columns["short_message"] = pc.if_else(payload, pa.scalar(b"", pa.large_binary()), contents.body)
        columns[PAYLOAD] = pc.if_else(payload, contents.body, pa.scalar(None, pa.large_binary()))
    single = contents.total == 1
    if terms.long == "sar" and not single.all():
        columns["sar_msg_ref_num"] = pa.array(contents.reference, mask=single)
        columns["sar_total_segments"] = pa.array(contents.total, mask=single)
        columns["sar_segment_seqnum"] = pa.array(contents.number, mask=single)
    return columns


def _encoded(columns: dict[str, Any], terms: Terms) -> "tuple[bytearray, npt.NDArray[np.int64]]":
    for name, value in terms.tlvs:
        if name in columns:
            raise ValueError(f"tlvs: {name} is there twice, or is made of the text")
        columns[name] = value  # type: ignore[index]
    octets, offset = encode_many("submit_sm", columns, terms.profile)
    return bytearray(octets), offset


def _left_out(rows: Rows, reasons: dict[int, str]) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    places = np.array(sorted(reasons), np.int64)
    column = rows.column(rows.destination())
    chosen = [column[place] for place in places] if isinstance(column, list) else _taken(column, places)
    return pd.DataFrame(
        {
            "row": rows.labels.take(places),
            "destination": pd.array(as_texts(chosen).to_pylist(), dtype="str"),
            "reason": pd.array([reasons[place] for place in places.tolist()], dtype="str"),
        }
    )
