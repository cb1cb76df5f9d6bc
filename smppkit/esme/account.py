"""``Esme``: an account of a message centre as users hold it."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import html
from .core import Core
from .hearing import Hearing
from .listening import Listeners
from .outcome import Outcome
from .references import References
from .sending import Sending
from .settings import Options
from .states import LOGGED_IN, grace
from .tables import Tables

if TYPE_CHECKING:
    import pandas as pd

    from .queue import Queue


class Esme(Sending, Hearing, Tables):
    """An account at a message centre: binds, sends, receives, and comes back after a loss. Made by ``sk.connect``.

    It ends with ``close``, with a with statement, when nobody holds it any more, and with the interpreter. Any method
    may be called from any thread and from inside any callback.

    >>> import smppkit as sk
    >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
    ...     esme.state, esme.last_outcome.word, esme.version, esme.send("+32471123456", "Hello").outcome
    ('Logged in', 'OK', '3.4', 'accepted')
    """

    smsc: Any = None
    """The simulator that ``sk.demo`` started for it, None for any other."""

    def __init__(self, options: Options) -> None:
        """Begin Idle."""
        self._core = Core(options)
        self._core.face = weakref.ref(self)
        self._listeners = Listeners(self._core)
        self._references = References()
        self._finaliser = weakref.finalize(self, self._core.leave)
        self._finaliser.atexit = False  # the registry closes what lives then, and waits for it

    # --- what it is ----------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Idle, Error, Connecting, Logging in, Logged in or Login failed."""
        return self._core.session.state

    @property
    def last_outcome(self) -> Outcome:
        """How the latest attempt went: ``word`` and ``sentence``."""
        return self._core.session.outcome

    @property
    def options(self) -> Options:
        """What the account was told; ``configure`` changes it."""
        return self._core.options

    @property
    def version(self) -> str:
        """The version of SMPP that is spoken, or will be asked for: 3.3, 3.4 or 5.0."""
        return self._core.version

    @property
    def bind_type(self) -> str:
        """How it binds: transceiver, transmitter or receiver."""
        return self._core.options.bind

    @property
    def closed(self) -> bool:
        """Whether it was closed; its tables stay."""
        return self._core.closed

    @property
    def counters(self) -> dict[str, int]:
        """What happened so far, as numbers; cheap.

        requests (ours), responses, late, unanswered, stray (responses to nothing), received (requests of the centre),
        answered, refused, outstanding (requests without a response now), queued (waiting now), runs, binds, rebinds,
        faults (of the centre), callbacks_waiting, callbacks_dropped, callbacks_failed.
        """
        return self._core.counters

    @property
    def sessions(self) -> "pd.DataFrame":
        """One row for each session: state, bind_type, link, version, window, outstanding, requests, responses."""
        import pandas as pd

        core = self._core
        traffic, counters = core.session.traffic, core.counters
        link = core.memory.links[traffic.link].name if traffic is not None else None
        row: dict[str, Any] = {"state": self.state, "bind_type": self.bind_type, "link": link}
        row |= {"version": self.version}
        row |= {"window": core.options.window}
        row |= {name: counters[name] for name in ("outstanding", "requests", "responses", "received")}
        texts = {"state": "str", "bind_type": "str", "link": "str", "version": "str"}
        return pd.DataFrame([row]).astype(texts)

    def explain(self) -> str:
        """Return in a few sentences what the state is, what happened last, and what to do.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     print(esme.explain().replace(str(smsc.port), "2775"))
        Logged in: bound as transceiver at 127.0.0.1:2775, SMPP 3.4. 0 of 50 requests wait for a response, 0 to leave.
        """
        core, counters = self._core, self._core.counters
        said = [f"{self.state}: {self.last_outcome.sentence}."]
        if core.forked:
            said = [f"{str(core.refusal).capitalize()}."]
        elif core.closed:
            said.append("The account is closed: its tables stay, sk.connect opens it again.")
        elif self.state == LOGGED_IN:
            window = core.options.window
            said.append(f"{counters['outstanding']:,} of {window:,} requests wait for a response,")
            said.append(f"{counters['queued']:,} to leave.")
        elif core.session.wanted and core.session.rebind:
            said.append(f"It comes back by itself; {counters['queued']:,} requests wait for that.")
        else:
            said.append("Nothing is tried by itself: bind() connects again.")
        if counters["callbacks_dropped"]:
            said.append(f"{counters['callbacks_dropped']:,} callbacks were dropped, for they are too slow.")
        return " ".join(said)

    # --- what it does --------------------------------------------------------------------------------------------

    def bind(self, timeout: float | None = 30.0) -> None:
        """Connect and bind again, after ``unbind`` or a failure; nothing happens when it is bound.

        It may take ``timeout`` seconds (0 or None: no limit). What runs still have to send leaves then. Raises
        BindRejected or ConnectFailed; then no other attempt follows by itself.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.unbind()
        ...     esme.bind()
        ...     esme.state
        'Logged in'
        """
        self._core.bind(timeout)

    def unbind(self, timeout: float = 5.0) -> None:
        """Unbind and stay Idle: no re-bind until ``bind``. Requests that wait are not sent; runs wait until ``bind``.

        It takes about ``timeout`` seconds at the longest. ``run.stop()`` ends a run that is not to go on.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.unbind()
        ...     esme.state
        'Idle'
        """
        self._core.unbind(timeout)

    @property
    def rebind(self) -> bool:
        """Whether a lost link comes back by itself; may be set at any time: True while it is down starts at once."""
        return self._core.session.rebind

    @rebind.setter
    def rebind(self, rebind: bool) -> None:
        self._core.set_rebind(bool(rebind))

    def configure(self, **changed: Any) -> None:
        """Change options of ``connect`` while it lives: window, rate, timers and sender at once.

        What goes into the bind (host, password, version, …) binds again; nothing that waits is lost. Raises ValueError
        for what makes no sense.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     esme.configure(window=5, rate=100)
        ...     esme.options.window
        5
        """
        try:
            options = self._core.options.replace(**changed)
        finally:
            changed.clear()  # a traceback that shows locals must not show a password
        self._core.configure(options)

    def watch(self, function: Callable[[], object]) -> Callable[[], None]:
        """Have ``function()`` called after anything changed, once for many changes; return what ends that.

        It runs on a thread of its own, so a slow one delays only other watchers.

        >>> import smppkit as sk, threading
        >>> changed = threading.Event()
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     stop = esme.watch(changed.set)
        ...     message = esme.send("32471123456", "Hello")
        ...     changed.wait(10), stop()
        (True, None)
        """
        if not callable(function):
            raise TypeError(f"give a function without arguments, not a {type(function).__name__}")
        self._core.here()
        return self._core.growth.watch(function)

    def close(self, timeout: float = 5.0) -> None:
        """Unbind and end all threads, within about ``timeout`` seconds; the tables stay. Any number of times.

        What has not left is not sent. A simulator started by ``sk.demo`` is stopped.

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc:
        ...     esme = sk.connect(smsc.url)
        ...     esme.close(), esme.state
        (None, 'Idle')
        """
        seconds = grace(timeout)
        try:
            self._core.close(seconds)
        finally:  # also after an interrupt
            if self.smsc is not None:
                self.smsc.stop(seconds)

    def __enter__(self) -> "Esme":
        """Return the account."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    @property
    def _queue(self) -> "Queue":
        """What runs are added to."""
        return self._core.queue

    # --- how it looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """Show in one line what it is, where, and its state."""
        options = self._core.options
        who = f"{options.system_id!r} " if options.system_id else ""
        state = "closed" if self._core.closed else "held by another process" if self._core.forked else self.state
        return f"<Esme {who}at {options.place}, {options.bind}: {state}>"

    def _repr_html_(self) -> str:
        options, counters = self._core.options, self._core.counters
        outcome = self.last_outcome
        rows: list[tuple[object, object]] = [("state", f"{self.state}: {outcome.sentence}")]
        rows += [("bind", f"{options.bind}, SMPP {self.version}")]
        rows += [("window", f"{counters['outstanding']:,} of {options.window:,} wait for a response")]
        rows += [("rate", f"{options.rate:g} parts a second" if options.rate else "no limit")]
        rows += [("waiting", f"{counters['queued']:,} to leave")] if counters["queued"] else []
        rows += [("requests", f"{counters['requests']:,} sent, {counters['unanswered']:,} unanswered")]
        rows += [("received", f"{counters['received']:,}"), ("re-binds", f"{counters['rebinds']:,}")]
        title = f"account {options.system_id} at {options.place}".replace("  ", " ")
        return html.card(title, rows, "tables: messages parts receipts inbox events pdus")
