"""What comes in, handed to users' functions and to ``wait_for``: messages when they are whole, receipts with theirs.

All of it is read from the fold, so that it is what the tables show. Functions run on the thread of callbacks, one at a
time. The lock of Listeners belongs to it: it guards the lists of functions and which messages ``wait_for`` has handed
out; nothing foreign runs under it, and no other lock is taken.
"""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, sleep, time_ns
from typing import TYPE_CHECKING, Any

from .. import html
from ..codec import Pdu, scan
from ..codec.meanings import message as user_data
from ..errors import ResponseTimeout
from ..text.receipts import Receipt, parse_receipt
from .looking import rows_of
from .message import Message
from .states import limit

if TYPE_CHECKING:
    from .core import Change, Core

_KINDS = {0x08: "delivery_ack", 0x10: "user_ack", 0x18: "conversation_abort"}
KINDS = ("text", "data", *_KINDS.values())
_OLDEST = 3600 * 10**9  # nanoseconds after which nobody waits for the parts that are missing
_PATIENCE = 10**9  # nanoseconds that a receipt waits for the response that names its message
_LEAST, _SHARE = 0.01, 5.0  # seconds between two looks, and so many times what the last look took
_RECHECK = 0.05  # seconds between two looks while a receipt waits for its match
_AFTER_FAILURE = 1.0  # seconds between a look that failed and the next


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that came in, its parts joined.

    ``source`` and ``destination`` are addresses, ``text`` is None for binary data, ``data`` the octets without headers,
    ``encoding`` the alphabet, ``kind`` one of text, data, delivery_ack, user_ack, conversation_abort; ``time`` is a
    datetime in UTC, ``parts`` how many there were, ``link`` the connection, ``pdus`` the requests that carried it, in
    the order of the parts.

    >>> import smppkit as sk
    >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
    ...     smsc.deliver("32471123456", "1234", "STOP")
    ...     message = esme.wait_for(text="stop")
    >>> message, message.text
    (<Inbound from 32471123456 to 1234: text, 1 part>, 'STOP')
    """

    source: str
    destination: str
    text: str | None = field(repr=False)
    data: bytes = field(repr=False)
    encoding: str
    kind: str
    time: datetime
    parts: int
    link: str
    pdus: tuple[Pdu, ...] = field(repr=False)

    @property
    def pdu(self) -> Pdu:
        """The request that carried it, of several parts the first."""
        return self.pdus[0]

    def __repr__(self) -> str:
        """Show in one line who wrote to whom; the text stays out."""
        parts = f"{self.parts} part{'' if self.parts == 1 else 's'}"
        return f"<Inbound from {html.visible(self.source)} to {html.visible(self.destination)}: {self.kind}, {parts}>"

    def _repr_html_(self) -> str:
        shown = self.text if self.text is not None else self.data.hex(" ")
        rows = [("from", self.source), ("to", self.destination), ("text", shown), ("encoding", self.encoding)]
        return html.card("inbound message", [*rows, ("parts", self.parts), ("time", self.time)])


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """A delivery receipt that came in: ``message`` is the one it speaks of, None where none was found for sure.

    ``state`` is the message_state of the standard or None, ``err`` the centre's error code, ``receipt`` everything it
    says (``sk.Receipt``), ``pdu`` the request that carried it, ``time`` a datetime in UTC.

    >>> import smppkit as sk, threading
    >>> told = []
    >>> with sk.Smsc(process=False, delay=0, states={"DELIVERED": 1}) as smsc, sk.connect(smsc.url) as esme:
    ...     _ = esme.on_receipt(told.append)
    ...     message = esme.send("32471123456", "Hello").wait()
    >>> told[0], told[0].message.msg_id == message.msg_id
    (<DeliveryReceipt DELIVERED for message 1>, True)
    """

    message: Message | None
    state: str | None
    err: str | None
    receipt: Receipt | None
    pdu: Pdu
    time: datetime

    @property
    def final(self) -> bool:
        """Whether it says that the message has reached its end."""
        return self.receipt is not None and bool(self.receipt.final)

    def __repr__(self) -> str:
        """Show in one line what it says of which message."""
        whose = f"message {self.message.msg_id}" if self.message is not None else "no message of this account"
        return f"<DeliveryReceipt {self.state or 'without a state'} for {whose}>"


Told = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a message has to be like: patterns with * and ?, without case; None takes anything.

    >>> Filter.of("32471*", None, "stop*", None).takes("+32471123456", "1234", "STOP it", "text")
    True
    """

    source: re.Pattern[str] | None
    destination: re.Pattern[str] | None
    text: re.Pattern[str] | None
    kind: str | None

    @classmethod
    def of(cls, source: str | None, destination: str | None, text: str | None, kind: str | None) -> "Filter":
        """Make one of patterns; ValueError for a kind that does not exist.

        >>> Filter.of(None, None, None, "texts")
        Traceback (most recent call last):
            ...
        ValueError: kind: there is no 'texts'; there are text, data, delivery_ack, user_ack, conversation_abort
        """
        if kind is not None and kind not in KINDS:
            raise ValueError(f"kind: there is no {kind!r}; there are {', '.join(KINDS)}")
        addresses = [_pattern("source", source, "+"), _pattern("destination", destination, "+")]
        return cls(addresses[0], addresses[1], _pattern("text", text, ""), kind)

    def takes(self, source: str, destination: str, text: str | None, kind: str) -> bool:
        """Whether a message is like that.

        >>> Filter.of(None, None, "a?c", None).takes("", "", "abd", "text")
        False
        """
        if self.kind is not None and kind != self.kind:
            return False
        if self.source is not None and not self.source.fullmatch(source.lstrip("+")):
            return False
        if self.destination is not None and not self.destination.fullmatch(destination.lstrip("+")):
            return False
        return self.text is None or (text is not None and self.text.fullmatch(text) is not None)


class Reader:
    """Reads what came in on from where it was; rows that are not whole yet are looked at again.

    A row counts as read before it is handed over: one that cannot be made sense of costs no other.
    """

    def __init__(self, core: "Core") -> None:
        """Begin at the first row."""
        self._core = core
        self._next = 0
        self._open: dict[int, int] = {}  # row -> time (ns) of messages that lack parts, or receipts without a match
        self._arrivals = -1

    def inbox(self) -> Iterator[tuple[int, Inbound]]:
        """Yield the messages that have become whole since the last time, and their rows."""
        arrivals = self._core.arrivals
        look_again = bool(self._open) and arrivals != self._arrivals
        newest = 0
        for row, values in rows_of(self._core, "inbox", min(self._open) if look_again else self._next):
            newest = max(newest, values["time"] or 0)
            if row < self._next and row not in self._open:
                continue
            self._next = max(self._next, row + 1)
            if values["complete"]:
                self._open.pop(row, None)
                yield row, _inbound(values)
            else:
                self._open[row] = values["time"] or 0
        self._arrivals = arrivals
        self._forget(newest - _OLDEST)

    def receipts(self) -> Iterator[DeliveryReceipt]:
        """Yield the receipts since the last time; one without a message waits a little for its match."""
        patient = time_ns() - _PATIENCE
        for row, values in rows_of(self._core, "receipts", min(self._open, default=self._next)):
            if row < self._next and row not in self._open:
                continue
            self._next = max(self._next, row + 1)
            if values["msg_id"] is None and (values["time"] or 0) > patient:
                self._open[row] = values["time"]
            else:
                self._open.pop(row, None)
                yield _receipt(self._core, values)

    @property
    def waits(self) -> bool:
        """Whether some rows are looked at again."""
        return bool(self._open)

    def _forget(self, before: int) -> None:
        for row in [row for row, time in self._open.items() if time < before]:
            del self._open[row]


class Listeners:
    """The functions that want to hear, and what they have heard."""

    def __init__(self, core: "Core") -> None:
        """Begin with none."""
        self._core = core
        self._lock = threading.Lock()
        self._messages: tuple[tuple[Filter, Told], ...] = ()
        self._receipts: tuple[Told, ...] = ()
        self._changes: tuple[Told, ...] = ()
        self._inbox_reader: Reader | None = None
        self._receipt_reader: Reader | None = None
        self._asked = False
        self._taken: set[int] = set()
        core.on_growth = self._grown
        core.on_change = self._changed
        core.on_end = self._finish

    def add_message(self, wanted: Filter, function: Told) -> None:
        """Hand over messages from now on."""
        if self._inbox_reader is None:
            reader = Reader(self._core)
            _skip(reader.inbox())
            with self._lock:
                self._inbox_reader = self._inbox_reader or reader
        with self._lock:
            self._messages = (*self._messages, (wanted, function))
        self._grown()

    def add_receipt(self, function: Told) -> None:
        """Hand over receipts from now on."""
        if self._receipt_reader is None:
            reader = Reader(self._core)
            _skip(reader.receipts())
            with self._lock:
                self._receipt_reader = self._receipt_reader or reader
        with self._lock:
            self._receipts = (*self._receipts, function)
        self._grown()

    def add_change(self, function: Told) -> None:
        """Hand over transitions from now on."""
        with self._lock:
            self._changes = (*self._changes, function)

    def wait_for(self, wanted: Filter, timeout: float) -> Inbound:
        """Return the first message like that which was not returned before; wait for it."""
        core, until, reader = self._core, monotonic() + limit(timeout), Reader(self._core)
        while True:
            ended, seen, began = core.ended.is_set(), core.growth.number, monotonic()
            for row, message in reader.inbox():
                if _takes(wanted, message) and self._take(row):
                    return message
            took, left = monotonic() - began, until - monotonic()
            if ended or left <= 0:
                why = "the account is closed" if ended else f"within {timeout:g} s"
                raise ResponseTimeout(f"no such message came: {why}")
            core.growth.wait(seen, left)
            sleep(min(max(_LEAST, _SHARE * took), max(0.0, until - monotonic())))

    def _take(self, row: int) -> bool:
        with self._lock:
            if row in self._taken:
                return False
            self._taken.add(row)
            return True

    # --- on the thread of the loop, and on that of callbacks -----------------------------------------------------

    def _grown(self) -> None:
        if (self._messages or self._receipts) and not self._asked:
            self._ask()

    def _ask(self) -> None:
        put = self._core.dispatcher.put
        try:
            self._asked = True  # before the call: it may be over at once
            asked = put(self._look)
        except BaseException:  # an interrupt: others may count on this look, and one more does no harm
            self._asked = False
            put(self._look)
            raise
        if not asked:
            self._asked = False

    def _changed(self, change: "Change") -> None:
        for function in self._changes:
            self._core.dispatcher.put(function, change)

    def _finish(self) -> None:
        self._core.dispatcher.put(self._look)

    def _look(self) -> None:
        """Hand over what is new; look again no sooner than the look itself lets the callbacks have their time."""
        began, seen = monotonic(), self._core.growth.number
        pause: float | None = _AFTER_FAILURE  # the dispatcher tells of it; what has come since is not lost
        try:
            pause = self._hand_over()
        finally:
            self._asked = False  # before the question whether there is more: what comes from now on asks by itself
            if pause is not None or seen != self._core.growth.number:
                self._again(max(_SHARE * (monotonic() - began), pause or 0.0))

    def _hand_over(self) -> float | None:
        """Hand over what is new; return after how many seconds another look is needed though nothing comes."""
        messages, receipts, put = self._inbox_reader, self._receipt_reader, self._core.dispatcher.put
        if messages is not None:
            for _, message in messages.inbox():
                for wanted, function in self._messages:
                    if _takes(wanted, message):
                        put(function, message)
        if receipts is not None:
            for receipt in receipts.receipts():
                for function in self._receipts:
                    put(function, receipt)
        return _RECHECK if receipts is not None and receipts.waits else None

    def _again(self, pause: float) -> None:
        """Look again after a pause; until then nothing else asks for it."""
        loop, self._asked = self._core.loop, True
        if not loop.post(lambda: loop.at(monotonic() + pause, self._ask)):
            self._asked = False


def _skip(rows: Iterator[Any]) -> None:
    for _ in rows:
        pass


def _takes(wanted: Filter, message: Inbound) -> bool:
    return wanted.takes(message.source, message.destination, message.text, message.kind)


def _pattern(name: str, pattern: str | None, dropped: str) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    if not isinstance(pattern, str):
        raise ValueError(f"{name}: give text; * stands for any characters, ? for one")
    plain = re.escape(pattern.lstrip(dropped) if dropped else pattern)
    return re.compile(plain.replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)


def _inbound(values: dict[str, Any]) -> Inbound:
    pdus = tuple(scan(values["raw"]))
    first: Any = pdus[0]
    decoded = [user_data(pdu) for pdu in pdus]
    data = b"".join(part.octets for part in decoded if part is not None)
    kind = _KINDS.get((first.esm_class or 0) & 0x3C, "text" if values["text"] is not None else "data")
    return Inbound(
        source=values["source"] or "",
        destination=values["destination"] or "",
        text=values["text"],
        data=data,
        encoding=values["encoding"] or "",
        kind=kind,
        time=_moment(values["time"]),
        parts=int(values["parts"]),
        link=values["link"] or "",
        pdus=pdus,
    )


def _receipt(core: "Core", values: dict[str, Any]) -> DeliveryReceipt:
    [pdu] = scan(values["raw"])
    told: Any = pdu
    octets = getattr(told, "short_message", None) or told.tlvs.get("message_payload") or b""
    codings = core.options.profile.codings
    receipt = parse_receipt(octets, told.esm_class, told.tlvs, told.data_coding or 0, codings)
    message = Message(core, values["msg_id"], core.face()) if values["msg_id"] is not None else None
    err = receipt.err if receipt is not None else None
    return DeliveryReceipt(message, values["message_state"], err, receipt, pdu, _moment(values["time"]))


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
