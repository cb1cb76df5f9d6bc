"""The messages of a centre as a DataFrame, from the columns that its desk tells."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..journal.log import UNKNOWN_TIME
from ..spec.receipts import FINAL, STATES
from .receipts import error_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("message_id", "time", "link", "command", "source", "destination", "text", "encoding", "registered_delivery"),
    *("state", "final", "time_final", "err"),
)
"""The columns of ``Smsc.messages``, in order."""

_FROM_PDU = ("command", "source_addr", "text", "encoding", "registered_delivery")
_FINAL = np.array([name in FINAL for name in STATES])
_ERR = tuple(f"{error_of(state):03}" for state in range(len(STATES)))


def table(chunks: Sequence[Mapping[str, Any]], profile: str) -> "pd.DataFrame":
    """Return one row for each message that the chunks tell of.

    >>> list(table([], "generic")["state"])
    []
    """
    from ..frames import arrays, frame

    octets = b"".join(b64decode(chunk["pdus"]) for chunk in chunks)
    found = frame(octets, _FROM_PDU, profile)
    state = _joined(chunks, "state")
    ended = _joined(chunks, "time_final")
    final = _FINAL[state]
    columns = {
        "message_id": _texts(chunks, "message_id"),
        "time": arrays.times(_joined(chunks, "time")),
        "link": _texts(chunks, "link"),
        "destination": _texts(chunks, "destination"),
        "state": arrays.names(state, STATES),
        "final": final,
        "time_final": arrays.times(np.where(final, ended, UNKNOWN_TIME)),
        "err": arrays.picked(_ERR, np.where(final, state, -1).astype(np.int32)),
    }
    return found.rename(columns={"source_addr": "source"}).assign(**columns)[list(COLUMNS)]


def _joined(chunks: Sequence[Mapping[str, Any]], name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.frombuffer(b"".join(b64decode(chunk[name]) for chunk in chunks), "<i8").astype(np.int64)


def _texts(chunks: Sequence[Mapping[str, Any]], name: str) -> Any:
    import pyarrow as pa

    from ..frames import arrays

    return arrays.text([pa.array([text for chunk in chunks for text in chunk[name]], pa.large_string())])
