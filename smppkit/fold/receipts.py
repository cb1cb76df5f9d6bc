"""The delivery receipts of a log, one row each, as the message centre wrote them."""

import numpy as np

from .._core.receipt_object import network_error_text
from .._core.strings import prefixes
from .batch import Batch, Columns, add_strings, ints
from .table import UNKNOWN_TIME, Column, Ints, Numbers, Strings, Table

_COUNTS = ("receipt_sub", "receipt_dlvrd")
_DATES = ("receipt_submit_date", "receipt_done_date")
_TEXTS = ("receipt_id", "receipt_stat", "receipt_err", "receipt_text")
_OTHERS = ("receipt_state", "source_addr", "network_error_code", "user_message_reference")
_ABSENT = -1


class Receipts:
    """All receipts of a log: deliver_sm and data_sm that carry one, intermediate notifications among them.

    ``state`` is a number of message_state, -1 where there is none; ``dates`` and ``counts`` are by column name.

    >>> Receipts().rows
    0
    """

    def __init__(self) -> None:
        """Begin with no receipt."""
        self.record, self.time, self.link = Numbers(np.int64), Numbers(np.int64), Numbers(np.int32)
        self.state, self.reference = Numbers(np.int64), Numbers(np.int32)
        self.counts = {name: Numbers(np.int64) for name in _COUNTS}
        self.dates = {name: Numbers(np.int64) for name in _DATES}
        self.texts = {name: Strings() for name in _TEXTS}
        self.source, self.network_error = Strings(), Strings()
        self.referring = Numbers(np.int64)  # the rows that echo a reference

    @property
    def rows(self) -> int:
        """The number of receipts.

        >>> Receipts().rows
        0
        """
        return len(self.record)

    def add(self, batch: Batch, rows: Ints) -> None:
        """Add the receipts in some rows of a batch.

        >>> from smppkit.journal.log import Segment
        >>> Receipts().add(Batch(Segment.of(b"", [], [], [], [], []), 0), np.zeros(0, np.int64))
        """
        if not len(rows):
            return
        found = batch.decode(rows, *_COUNTS, *_DATES, *_TEXTS, *_OTHERS)
        self.record.extend(batch.records(rows))
        self.time.extend(batch.time(rows))
        self.link.extend(batch.link(rows))
        self.state.extend(ints(found["receipt_state"], _ABSENT))
        references = ints(found["user_message_reference"], _ABSENT)
        self.referring.extend(len(self.reference) + np.flatnonzero(references >= 0))
        self.reference.extend(references)
        for name, counts in self.counts.items():
            counts.extend(ints(found[name], _ABSENT))
        for name, dates in self.dates.items():
            dates.extend(ints(found[name], UNKNOWN_TIME))
        for name, texts in self.texts.items():
            add_strings(texts, found[name])
        add_strings(self.source, found["source_addr"])
        self._add_network_errors(found)

    def _add_network_errors(self, found: Columns) -> None:
        """A log has few different codes: each is written out once."""
        column = found["network_error_code"]
        heads = np.zeros(len(column), np.uint64)
        prefixes(column.values, column.offsets, heads)
        codes, first, place = np.unique(heads, return_index=True, return_inverse=True)
        octets = Strings()
        add_strings(octets, column)
        different = zip(codes.tolist(), first.tolist(), strict=True)
        texts = [network_error_text(octets.octets(row)) if code else None for code, row in different]
        written, several = Column.of_text(texts), Strings()
        several.extend(written.values, written.offsets, written.valid)
        self.network_error.extend(*several.pick(place))

    def table(self, rows: Ints, msg_id: Column, part: Column, matched_by: Column, states: Column, raw: Column) -> Table:
        """Return some rows of the table ``receipts``, with what is not known of a receipt alone.

        >>> empty = np.zeros(0, np.int64)
        >>> list(Receipts().table(empty, *[Column("int", empty)] * 5))[:4]
        ['time', 'link', 'msg_id', 'part']
        """
        texts = {name: strings.column("text", rows) for name, strings in self.texts.items()}
        return {
            "time": Column("time", self.time.array[rows]),
            "link": Column("link", self.link.array[rows]),
            "msg_id": msg_id,
            "part": part,
            "receipt_id": texts["receipt_id"],
            **{name: _counted(counts.array[rows]) for name, counts in self.counts.items()},
            **{name: Column("time", dates.array[rows]) for name, dates in self.dates.items()},
            **{name: texts[name] for name in ("receipt_stat", "receipt_err", "receipt_text")},
            "message_state": states,
            "network_error": self.network_error.column("text", rows),
            "matched_by": matched_by,
            "raw": raw,
        }


def _counted(counts: Ints) -> Column:
    return Column("int", counts, None, (counts >= 0).astype(np.uint8))
