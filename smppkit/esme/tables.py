"""The half of ``Esme`` that shows: the tables of its log, and what is hidden from them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..frames import Log

if TYPE_CHECKING:
    import pandas as pd

    from .core import Core


class Tables:
    """What shows; ``Esme`` is made of this.

    >>> import smppkit as sk
    >>> "Tables" in [kind.__name__ for kind in sk.Esme.__mro__]
    True
    """

    _core: "Core"

    @property
    def log(self) -> Log:
        """The log of the account: its tables, and files made of them."""
        return self._core.log

    @property
    def messages(self) -> "pd.DataFrame":
        """One row for each message: what was sent, its outcome, its state and its times; see ``Log.messages``."""
        return self._core.log.messages

    @property
    def parts(self) -> "pd.DataFrame":
        """One row for each request to one destination; see ``Log.parts``."""
        return self._core.log.parts

    @property
    def receipts(self) -> "pd.DataFrame":
        """One row for each delivery receipt; see ``Log.receipts``."""
        return self._core.log.receipts

    @property
    def inbox(self) -> "pd.DataFrame":
        """One row for each message that came in; see ``Log.inbox``."""
        return self._core.log.inbox

    @property
    def events(self) -> "pd.DataFrame":
        """One row for each transition of the session: the state of ``state`` begins each ``detail``."""
        return self._core.log.events

    @property
    def pdus(self) -> "pd.DataFrame":
        """One row for each PDU that went out or came in."""
        return self._core.log.pdus

    def tail(self, n: int = 20) -> "pd.DataFrame":
        """Return the last ``n`` PDUs; only they are decoded.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.tail(2)["command"].tolist()
        ['bind_transceiver', 'bind_transceiver_resp']
        """
        return self._core.log.tail(n)

    def last(self, name: str, n: int = 200) -> "pd.DataFrame":
        """Return the last ``n`` rows of a table: messages, parts, receipts, inbox or events.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.last("events", 1)["to_state"].tolist()
        ['BOUND_TRX']
        """
        return self._core.log.last(name, n)

    def hide(self, table: str, rows: Iterable[int]) -> None:
        """Hide rows of a table, by their index labels; nothing is forgotten, and ``restore`` shows them again.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.hide("events", [0])
        ...     0 in esme.events.index
        False
        """
        self._core.log.hide(table, rows)
        self._core.growth.grown()

    def clear(self, table: str) -> None:
        """Hide all rows that a table has now; what is pending still matches and counts.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.clear("events")
        ...     len(esme.events)
        0
        """
        self._core.log.clear(table)
        self._core.growth.grown()

    def restore(self, table: str) -> None:
        """Show all rows of a table again.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.restore("events")
        """
        self._core.log.restore(table)
        self._core.growth.grown()
