"""What an account reads of its own log: one message, the requests that carry it, the newest rows of a table."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..codec import Pdu, decode
from ..codec.meanings import message as user_data
from ..frames.kinds import ENCODINGS
from ..journal.log import UNKNOWN_TIME

if TYPE_CHECKING:
    from .core import Core


def message_row(core: "Core", msg_id: int, states: bool = True) -> dict[str, Any]:
    """Return what is known of one message, as ``Fold.row`` tells it; KeyError when there is no such message."""
    row = core.log.fold.row(msg_id, states)
    if row is None:
        raise KeyError(f"there is no message {msg_id}")
    return row


def requests_of(core: "Core", msg_id: int) -> list[tuple[Any, int | None]]:
    """Return the requests that carry one message, in the order of its parts, and when each was queued (ns)."""
    found: dict[int, tuple[Any, int | None]] = {}
    for batch in core.memory.intents():
        for place in np.flatnonzero(batch.message == msg_id).tolist():
            at = int(batch.offset[place])
            octets = bytes(memoryview(batch.buffer)[at : at + int(batch.length[place])])
            time = int(batch.time[place])
            found[int(batch.part[place])] = _pdu(octets, core), None if time == UNKNOWN_TIME else time
    return [found[part] for part in sorted(found)]


def text_of(pdus: list[Any]) -> str | None:
    """Return the text that requests carry together, None for data.

    >>> from smppkit import SubmitSm
    >>> text_of([SubmitSm(short_message=b"Hel"), SubmitSm(short_message=b"lo")]), text_of([SubmitSm()])
    ('Hello', '')
    """
    decoded = [user_data(pdu) for pdu in pdus]
    texts = [one.text if one is not None else "" for one in decoded]
    return None if None in texts else "".join(text or "" for text in texts)


def rows_of(core: "Core", table: str, first: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of a table of the fold from one on, each with its number and plain values."""
    links = core.memory.links
    columns = core.log.fold.rows(table, first)
    names = list(columns)
    values = zip(*(column.to_list() for column in columns.values()), strict=True)
    rows = [dict(zip(names, row, strict=True)) for row in values]
    for row in rows:
        row["link"] = links[row["link"]].name if row["link"] is not None else ""
        if "encoding" in row:
            row["encoding"] = ENCODINGS[row["encoding"]] if row["encoding"] is not None else ""
    return list(enumerate(rows, first))


def receipts_of(core: "Core", msg_id: int) -> list[tuple[int, int, str]]:
    """Return time (ns), part and words of every receipt that speaks of one message."""
    told = core.log.receipts
    mine = told[told["msg_id"] == msg_id]
    rows = zip(mine["time"], mine["part"], mine["message_state"], mine["receipt_err"], strict=True)
    found = []
    for time, part, state, err in rows:
        words = [str(state)] if isinstance(state, str) else []
        words += [f"err {err}"] if isinstance(err, str) and err.strip("0") else []
        found.append((int(time.value), int(part), ", ".join(words)))
    return found


def _pdu(octets: bytes, core: "Core") -> Pdu:
    return decode(octets, profile=core.options.profile)
