"""Who asked for a receipt: the column ``registered_delivery``, and the words for what its absence hides.

A message that asked for none tells nothing by having none: it is neither delivered, failed nor pending. Bits 1-0 of
the field (SMPP 3.4, section 5.2.17; value 3 from 5.0, section 4.7.21): 0 none, 1 of success and failure, 2 of failure
only, 3 of success only. The other bits ask for other things.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from smppkit.errors import TableError

from .table import Mask, column, factorize, nothing, one_line, whole

NAME = "registered_delivery"
NO_REQUEST = "no receipt was asked for"
FAILURE_ONLY = "the only receipts come from messages that asked for those of failure alone"


class Asked(NamedTuple):
    """Which rows would hear of their success, and which of their failure.

    >>> asked(pd.DataFrame({"registered_delivery": [0, 2]}), "funnel").failure.tolist()
    [False, True]
    """

    success: Mask
    failure: Mask


def asked(frame: pd.DataFrame, question: str) -> Asked:
    """Return what each row asked for; without the column, or a value in it, everything. TableError if it is no number.

    >>> asked(pd.DataFrame({"registered_delivery": [0, 1, 17, 2, 3, None]}), "funnel").success.tolist()
    [False, True, True, False, True, True]
    """
    if NAME not in frame.columns:
        everything = np.ones(len(frame), dtype=np.bool_)
        return Asked(everything, everything)
    codes, values = factorize(column(frame, NAME, question), question)
    bits = np.array([*(_bits(value, question) for value in values), 1], dtype=np.int64)[codes]
    return Asked((bits == 1) | (bits == 3), (bits == 1) | (bits == 2))


def _bits(value: object, question: str) -> int:
    if nothing(value) or not str(value).strip():
        return 1
    number = whole(value)
    if number is None or not 0 <= number <= 255:
        raise TableError(
            f"{question}: the column {NAME!r} holds {one_line(value)!r}, which is no value of that field; "
            "give whole numbers from 0 to 255."
        )
    return number & 3


def left_out(accepted: int, unasked: int) -> str:
    """Return the sentence that says how many asked for no receipt, "" if all did.

    >>> left_out(30, 22)
    'Of 30 accepted, 22 asked for no receipt and are left out.'
    """
    return f"Of {accepted:,} accepted, {unasked:,} asked for no receipt and are left out." if unasked else ""


def that_asked(what: str, unasked: int) -> str:
    """Return the denominator in words: ``what``, and that they asked for a receipt if ``unasked`` did not.

    >>> that_asked("accepted messages", 22)
    'accepted messages that asked for a receipt'
    """
    return f"{what} that asked for a receipt" if unasked else what
