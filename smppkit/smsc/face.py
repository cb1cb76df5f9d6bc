"""``Smsc``: the simulator as users hold it, in a process of its own or in threads here."""

import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import html
from ..errors import SmppError
from ..profiles import find
from ..protocol.discreet import discreet
from .desk import Desk
from .process import Child, check_here
from .server import Server
from .settings import Settings
from .snapshot import table
from .url import Url

if TYPE_CHECKING:
    import pandas as pd

_PATIENCE = 10.0  # seconds an answer may take where the caller says nothing
_AT_A_GLANCE = 1.0  # seconds for a card


class Smsc:
    """A message centre to try things with: accounts bind, messages live and end, receipts come back.

    ``system_id`` and ``password`` are those of its one account, ``profile`` says what data_coding means there. ``seed``
    has ids, states and delays repeat: the same requests in the same order on a session fare the same. ``port`` 0 is any
    that is free. With ``process=False`` it works in a thread here instead of a process of its own. More keywords:

        states={"DELIVERED": 0.92, …}      shares of the final states
        delay=0.3  least_delay=0.05        seconds until then, on the average and at least; delay=None: never by itself
        message_ids="hex"                  or "decimal" or "uuid"
        version="3.4"                      the highest version spoken: 3.3, 3.4 or 5.0
        window=100 sockets=1000            deliver_sm without response on a session; connections
        binds=100 rows=100000              sessions of the account; messages kept, and deliveries that wait
        enquire_link=30 response_timeout=30 session_init=10 inactivity=0       timers of sessions in seconds, 0 is off

    It listens at 127.0.0.1 only, unless told otherwise; elsewhere it wants a password of your own. Raises ValueError or
    TypeError for keywords that make no sense.

    >>> with Smsc(seed=7, process=False, delay=0) as smsc:
    ...     smsc.host, smsc.url.startswith("smpp://demo:secret@127.0.0.1:"), len(smsc.messages)
    ('127.0.0.1', True, 0)
    """

    _settings = Settings()  # what a repr shows when __init__ failed
    _running: "Child | _Here | None" = None

    @discreet
    def __init__(
        self,
        profile: str | Path = "generic",
        system_id: str = "demo",
        password: str = "secret",
        seed: int = 7,
        port: int = 0,
        host: str = "127.0.0.1",
        process: bool = True,
        **behaviour: Any,
    ) -> None:
        """Check the keywords; ``start`` starts it."""
        find(profile)
        named = str(Path(profile).resolve()) if isinstance(profile, Path) or profile.endswith(".toml") else profile
        given = {"system_id": system_id, "password": password, "seed": seed, "port": port, "host": host}
        self._settings = Settings.of(profile=named, **given, **behaviour)
        self._in_process = process
        self._running = None
        self._finaliser: weakref.finalize[Any, Any] | None = None

    # --- its life ------------------------------------------------------------------------------------------------

    def start(self) -> "Smsc":
        """Start it and return it; nothing happens when it runs already.

        It ends with ``stop``, with a with statement, when nobody holds it any more, and with this process, whatever
        way that ends. Raises SmppError, with the reason, when it does not come up, and in a process that was forked
        from the one where it runs.

        >>> smsc = Smsc(process=False).start()
        >>> smsc.port > 0, smsc.stop()
        (True, None)
        """
        if self._running is not None:
            check_here(self._running.owner)
        if self._running is None or not self._running.alive:
            self.stop()
            self._running = Child(self._settings) if self._in_process else _Here(self._settings)
            self._finaliser = weakref.finalize(self, self._running.kill)
        return self

    def stop(self, timeout: float = 5.0) -> None:
        """Unbind its sessions and end it, within ``timeout`` seconds; nothing happens when it does not run.

        >>> Smsc().stop()
        """
        running, self._running = self._running, None
        if self._finaliser is not None:
            self._finaliser.detach()
        if running is not None:
            running.stop(timeout)

    def __enter__(self) -> "Smsc":
        """Start it."""
        return self.start()

    def __exit__(self, *exception: object) -> None:
        """Stop it."""
        self.stop()

    # --- where it is ---------------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        """The address it listens at."""
        return self._now().host

    @property
    def port(self) -> int:
        """The port it listens at."""
        return self._now().port

    @property
    def url(self) -> Url:
        """The URL for ``connect``, with the credentials; its repr hides the password.

        >>> with Smsc(process=False, port=0) as smsc:
        ...     repr(smsc.url).replace(str(smsc.port), "2775")
        "'smpp://demo:***@127.0.0.1:2775'"
        """
        running = self._now()
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(running.host, running.host)
        return Url.of(self._settings.system_id, self._settings.password, host, running.port)

    # --- what it knows and does ----------------------------------------------------------------------------------

    @property
    def messages(self) -> "pd.DataFrame":
        """The messages it accepted, oldest first, as they are now; one row for each destination.

        message_id (str), time (when it was accepted; datetime64[ns, UTC]), link (the session; str), command (category),
        source, destination, text (str), encoding (category), registered_delivery (Int64), state (category of the
        standard's names), final (bool), time_final (NaT before the end), err (str, absent before the end). The latest
        ``rows`` are kept.

        >>> with Smsc(process=False) as smsc:
        ...     list(smsc.messages)[:4]
        ['message_id', 'time', 'link', 'command']
        """
        chunks = [self._ask("messages")]
        last = chunks[0]["last"]
        while chunks[-1]["next"] <= last:
            chunks.append(self._ask("messages", first=chunks[-1]["next"], last=last))
        return table(chunks, self._settings.profile)

    @property
    def counters(self) -> dict[str, Any]:
        """What happened so far, as numbers: sockets, binds, messages, deliveries. Cheap.

        >>> with Smsc(process=False) as smsc:
        ...     smsc.counters["accepted"], smsc.counters["bound"]
        (0, 0)
        """
        counters: dict[str, Any] = self._ask("counters")
        return counters

    def deliver(self, source: str, destination: str, text: str) -> None:
        """Have a handset send a message to the account; returns when it is queued.

        It goes to a session able to receive, in as many parts as it takes, or waits until one binds. Raises ValueError
        when too much waits already, EncodeError for an address that does not fit.

        >>> with Smsc(process=False) as smsc:
        ...     smsc.deliver("32471123456", "1234", "STOP")
        ...     smsc.counters["deliveries_waiting"]
        1
        """
        self._ask("deliver", source=source, destination=destination, text=text)

    def finish(self, message_id: str, state: str) -> None:
        """End a message now, in a final state such as "DELIVERED"; the receipt follows if it was asked for.

        Raises ValueError for an id that the centre does not know, a message that is final, and a state that is none.

        >>> with Smsc(process=False) as smsc:
        ...     smsc.finish("1234", "DELIVERED")
        Traceback (most recent call last):
            ...
        ValueError: message_id: the centre has no message '1234'
        """
        self._ask("finish", message_id=message_id, state=state)

    # --- how it looks --------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """Show in one line whether it runs, and where."""
        return f"<Smsc {self._settings.system_id!r} {self._where()}>"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [("state", self._where()), ("profile", self._settings.profile)]
        try:
            if self._running is not None:
                rows += _shown(self._running.ask("counters", _AT_A_GLANCE))
        except (SmppError, TimeoutError) as error:
            rows.append(("problem", error))
        return html.card(f"simulator {self._settings.system_id}", rows)

    def _where(self) -> str:
        running = self._running
        if running is None:
            return "not started"
        place = f"at {Url.of(self._settings.system_id, '', running.host, running.port).masked}"
        if running.owner != os.getpid():
            return f"{place}, held by another process"
        return f"{place} {running.place}" if running.alive else f"ended, was {place}"

    def _now(self) -> "Child | _Here":
        running = self._running
        if running is None:
            raise SmppError("the simulator does not run: call start()")
        return running

    def _ask(self, what: str, **values: Any) -> Any:
        return self._now().ask(what, _PATIENCE, **values)


class _Here:
    """A centre in a thread of this process, with the face of ``Child``."""

    place = "in this process"

    def __init__(self, settings: Settings) -> None:
        self.owner = os.getpid()
        try:
            self._server = Server(settings)
        except OSError as error:
            raise SmppError(f"the simulator did not start: {error.strerror or error}") from None
        self._desk = Desk(self._server)
        self.host, self.port = self._server.host, self._server.port
        self.alive = True

    def ask(self, what: str, timeout: float, **values: Any) -> Any:
        check_here(self.owner)
        call: Callable[[], Any] = lambda: self._desk.ask(what, **values)  # noqa: E731
        try:
            return self._server.loop.call(call, timeout)
        except RuntimeError:
            raise SmppError("the simulator has ended") from None

    def stop(self, timeout: float = 5.0) -> bool:
        self.alive = False
        return os.getpid() != self.owner or self._server.stop(timeout)  # a fork has the object, not its thread

    def kill(self) -> bool:
        self.alive = False
        return os.getpid() != self.owner or self._server.loop.close(1.0)


def _shown(counters: dict[str, Any]) -> list[tuple[str, object]]:
    """Return counters as rows of a card."""
    states = ", ".join(f"{number:,} {name}" for name, number in counters["states"].items())
    rows = [
        ("sessions", f"{counters['bound']:,} bound, {counters['sockets']:,} connected"),
        ("messages", f"{counters['accepted']:,} accepted, {counters['pending']:,} pending"),
        ("ended", states or "none"),
        ("delivered", f"{counters['delivered']:,}, {counters['deliveries_waiting']:,} wait"),
    ]
    return [*rows, ("seen", time.strftime("%H:%M:%S"))]
