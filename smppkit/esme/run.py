"""``Run``: the messages of a table on their way, from the first request to the last receipt."""

from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

from ..errors import ResponseTimeout, SessionClosed
from ..html import card
from . import report as figures
from .address import AnyAddress
from .prepare import Prepared, prepare
from .preview import amount, checked, settled
from .progress import Progress
from .states import seconds as seconds_of
from .terms import registered_delivery
from .track import PAUSED, RUNNING, STOPPED, Track

if TYPE_CHECKING:
    import pandas as pd

    from .account import Esme

_SLICE = 0.1  # seconds between two looks at the progress
_FINAL_SLICE = 0.3  # the least between two looks at the states of all messages
_UNTIL = 10.0  # seconds for the thread of the sockets to take notice


class Run:
    """A table that is being sent. Made by ``esme.send_many``.

    ``left_out`` is a DataFrame of the rows that are not sent: row, destination, reason. ``state`` is running, paused,
    stopped or done. Any method may be called from any thread; with a ``with`` statement it is waited for, and stopped
    when an exception leaves.

    >>> import smppkit as sk
    >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
    ...     run = esme.send_many({"destination": ["+32471123456", "x"]}, "Hello").wait(30)
    ...     run, run.left_out["destination"].tolist()
    (<Run done: 1 of 1 part answered: 1 accepted; 1 row left out>, ['x'])
    """

    def __init__(self, esme: "Esme", prepared: Prepared, rate: float | None, window: int | None, receipts: int) -> None:
        """Write the messages into the log as queued, and hand them to the queue."""
        self._esme = esme
        self._core = esme._core
        self._track = Track(prepared.octets, prepared.offset, rate, window)
        self._size = prepared.messages
        self._rows = prepared.rows
        self._receipts = receipts
        self.left_out = prepared.left_out
        memory = self._core.memory
        self._first = memory.take_messages(self._size)
        offset = prepared.offset
        self._track.intent = memory.add_intents(
            prepared.octets,
            offset[:-1],
            offset[1:] - offset[:-1],
            self._first + prepared.message,
            prepared.part,
            prepared.total,
            time_ns(),
            prepared.tag,
        )
        if prepared.parts:
            esme._queue.add(self._track)

    # --- what it is ----------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """running, paused, stopped, or done: every part has its outcome."""
        if self._track.word == STOPPED:
            return STOPPED
        return "done" if self._over() else self._track.word

    @property
    def counts(self) -> dict[str, int]:
        """How many messages and parts there are, parts of each outcome, and rows left out; cheap."""
        self._over()
        return (
            {"messages": self._size, "parts": len(self._track.outcome)}
            | self._track.counts()
            | {"left_out": len(self.left_out)}
        )

    @property
    def messages(self) -> "pd.DataFrame":
        """The messages of this run, as in ``esme.messages``, and the ``row`` of the table that each is made of."""
        found = self._own(self._core.log.messages)
        return found.assign(row=self._rows.take((found["msg_id"] - self._first).to_numpy("int64")))

    @property
    def parts(self) -> "pd.DataFrame":
        """The requests of this run, as in ``esme.parts``."""
        return self._own(self._core.log.parts)

    def report(self) -> "pd.DataFrame":
        """Return figure and value: outcomes of parts, refusals by status, seconds, parts/s, response times in seconds,
        and how many of the accepted messages are in which state by the receipts so far.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     run = esme.send_many({"destination": ["+32471123456"] * 3}, "Hello", receipt=False).wait(30)
        ...     run.report().set_index("figure")["value"]["parts accepted"]
        3
        """
        self._over()
        states = None
        if self._receipts:
            messages = self.messages
            states = messages.loc[messages["outcome"] == "accepted", "state"]  # no other ever gets a receipt
        return figures.report(self._track, self._size, len(self.left_out), states)

    # --- how it goes on ------------------------------------------------------------------------------------------

    def wait(self, timeout: float | None = None, final: bool = False, progress: bool | None = None) -> "Run":
        """Wait until every part has its outcome and return the run; None waits as long as it takes, 0 not at all.

        ``final`` waits further until every accepted message has its final receipt, or ``timeout`` has passed, for some
        never get one. ``progress`` shows a bar after a second: True, False, or None for where somebody looks. Raises
        ResponseTimeout, which says what is missing, and SessionClosed once the account does not come back by itself:
        unbound, refused, or lost without rebind. The run waits for ``bind`` then, or for ``stop``. An interrupt pauses
        the run: nothing is lost, ``resume`` goes on.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
        ...     run = esme.send_many({"destination": ["+32471123456"]}, "Hello").wait(30, final=True)
        ...     run.messages["state"].tolist()
        ['DELIVERED']
        """
        self._core.here()
        if final:
            self._check_final()
        until = monotonic() + seconds_of(timeout)
        try:
            with Progress(len(self._track.outcome), progress) as bar:
                self._wait(until, timeout, bar)
            if final:
                self._wait_final(until)
        except KeyboardInterrupt:
            if not self._over() and self._track.become(PAUSED):
                raise KeyboardInterrupt(self._interrupted()) from None
            raise
        return self

    def pause(self) -> None:
        """Let nothing leave until ``resume``; what has left is still answered.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     run = esme.send_many({"destination": ["+32471123456"] * 100}, "Hello", rate=10)
        ...     run.pause(), run.state, run.resume(), run.stop()
        (None, 'paused', None, None)
        """
        self._core.here()
        if self._track.become(PAUSED):
            self._settle(lambda: None)

    def resume(self) -> None:
        """Go on after ``pause`` or an interrupt; nothing happens to a run that was stopped.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.send_many({"destination": ["+32471123456"]}, "Hello").resume()
        """
        self._core.here()
        if self._track.become(RUNNING):
            self._core.wake()

    def stop(self) -> None:
        """Let nothing leave any more: what has not left is not sent; what has is still answered.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     run = esme.send_many({"destination": ["+32471123456"] * 100}, "Hello", rate=1)
        ...     run.stop(), run.counts["not_sent"] >= 98
        (None, True)
        """
        self._core.here()
        if not self._over() and self._track.become(STOPPED):
            self._settle(self._end_rest)

    def __enter__(self) -> "Run":
        """Return the run."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Wait for it, or stop it when an exception leaves."""
        if kind is None:
            self.wait()
        elif not self._core.forked:  # the run goes on where it was begun
            self.stop()

    # --- how it looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """Say in one line how far it is."""
        left = f"; {amount(len(self.left_out), 'row')} left out" if len(self.left_out) else ""
        return f"<Run {self.state}: {self._far()}{left}>"

    def _repr_html_(self) -> str:
        counts = self.counts
        took = figures.seconds(self._track)
        answered = counts["accepted"] + counts["refused"]
        rows: list[tuple[object, object]] = [
            ("state", self.state),
            ("messages", f"{counts['messages']:,}"),
            ("parts", f"{counts['parts']:,}"),
            *((name.replace("_", " "), f"{counts[name]:,}") for name in _SHOWN if counts[name] or name == "accepted"),
            *((("rows left out", f"{counts['left_out']:,}"),) if counts["left_out"] else ()),
            ("time", f"{took:,.1f} s" + (f", {answered / took:,.0f} parts/s" if took else "")),
        ]
        return card("Run", rows, "tables and calls: messages parts left_out report() pause() resume() stop()")

    def _far(self) -> str:
        counts = self.counts
        ends = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in _ENDS if counts[name]]
        answered = counts["accepted"] + counts["refused"]
        far = f"{answered:,} of {amount(counts['parts'], 'part')} answered"
        return f"{far}: {', '.join(ends)}" if ends else far

    # --- inside --------------------------------------------------------------------------------------------------

    def _over(self) -> bool:
        """Whether every part has its outcome; a closed account has none to come."""
        track = self._track
        if not track.over.is_set() and self._core.ended.is_set():
            self._tell_not_sent(track.give_up())
        return track.over.is_set()

    def _wait(self, until: float, timeout: float | None, bar: Progress) -> None:
        track = self._track
        while not self._over():
            left = until - monotonic()
            if left <= 0:
                raise ResponseTimeout(f"the run is not done within {timeout:g} s: {self._far()}{self._held_up()}")
            if not track.counts()["sent"]:
                self._check_goes_on(f"{amount(track.left, 'part')} still to leave")
            track.over.wait(min(left, _SLICE))
            bar.show(len(track.outcome) - track.left)
        bar.show(len(track.outcome))

    def _check_goes_on(self, missing: str) -> None:
        """Refuse to wait for an account that does not come back by itself; one that is closed ends the run."""
        core = self._core
        if core.refusal is not None and not core.closed:
            raise SessionClosed(f"the run waits: bind() goes on, stop() ends it; {missing}, {core.refusal}")

    def _held_up(self) -> str:
        """Why nothing leaves now, for the end of a sentence."""
        error = self._core.no_session()
        paused = "; it is paused: resume() goes on" if self._track.word == PAUSED else ""
        return paused if error is None else f"{paused}; {error}"

    def _check_final(self) -> None:
        """Refuse to wait for what can never come."""
        if self._receipts not in (1, 3):
            asked = "were asked for failures only" if self._receipts else "were not asked for"
            raise ValueError(f"final: receipts {asked}, so not every message has one; wait() waits for the outcomes")
        if self._core.options.bind == "transmitter":
            raise ValueError("final: a transmitter receives nothing, so no receipt comes; connect as transceiver")

    def _wait_final(self, until: float) -> None:
        core = self._core
        while not core.ended.is_set():
            seen, began = core.growth.number, monotonic()
            messages = self.messages
            lack = ~messages["final"].fillna(False)[messages["outcome"] == "accepted"]
            if not lack.any():
                return
            now = monotonic()
            if now >= until:
                return
            self._check_goes_on(f"{amount(int(lack.sum()), 'message')} lack a final receipt")
            core.growth.wait(seen, min(until - now, _SLICE * 100))
            core.ended.wait(min(max(until - monotonic(), 0.0), max(_FINAL_SLICE, now - began)))

    def _interrupted(self) -> str:
        counts = self.counts
        out = counts["parts"] - counts["queued"]
        return f"paused: {out:,} of {amount(counts['parts'], 'part')} are out; run.resume() goes on, run.stop() ends it"

    def _settle(self, call: Any) -> None:
        """Have the thread of the sockets do something, and with it see what changed."""
        try:
            self._core.loop.call(call, _UNTIL)
        except RuntimeError:  # the loop has ended: nothing leaves any more
            call()

    def _end_rest(self) -> None:
        self._tell_not_sent(self._track.end_rest())

    def _tell_not_sent(self, rows: Any) -> None:
        if len(rows):
            self._core.memory.add_told(self._track.intent + rows, "not_sent", time_ns())
            self._core.growth.grown()

    def _own(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The rows of this run."""
        return table[table["msg_id"].between(self._first, self._first + self._size - 1)]


def start(
    esme: "Esme",
    table: Any,
    text: str | None = None,
    *,
    sender: AnyAddress | None = None,
    rate: float | None = None,
    window: int | None = None,
    receipt: bool | int | str = True,
    **keywords: Any,
) -> Run:
    """Begin to send a table over an account and return the run; ``keywords`` are those of ``prepare``.

    ``rate`` is in parts a second and ``window`` the most requests of this run that may be unanswered, both within what
    the account allows. Raises SessionClosed and LocalProtocolError where nothing can ever leave, ``ValueError`` and
    ``TableError`` for what cannot be sent.

    >>> import smppkit as sk
    >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
    ...     run = start(esme, {"to": ["+32471123456"], "name": ["Ann"]}, "Hi {name}", sender="INFO").wait(30)
    ...     run.messages["text"].tolist(), run.state
    (['Hi Ann'], 'done')
    """
    core = esme._core
    rate, window = checked("send_many", keywords, rate, window)
    core.check("submit_sm")
    asked = settled(core.options, sender=sender, receipt=receipt, **keywords) | {"version": core.version}
    prepared = prepare(table, text, references=esme._references, **asked)
    return Run(esme, prepared, rate, window, registered_delivery(receipt) & _ASKED)


_ASKED = 0x03  # of registered_delivery: whether receipts are asked for (SMPP 3.4, section 5.2.17)
_ENDS = ("accepted", "refused", "unanswered", "not_sent")
_SHOWN = ("queued", "sent", *_ENDS)
