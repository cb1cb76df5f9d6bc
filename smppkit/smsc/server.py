"""The centre itself: listens, knows accounts and sessions, and moves what is due; on the thread of one loop."""

import threading
import time

from ..codec import Unbind
from ..errors import LocalProtocolError
from ..link import Listener, Loop, Timer, Transport
from ..protocol.machine import Machine
from .behaviour import Behaviour
from .chances import Identities
from .clock import Clock
from .life import Life
from .outbox import Delivery, Outbox
from .session import Session
from .settings import Settings
from .store import Message, Store

_TURN = 0.005  # seconds between two rounds of what is due, so that receipts go out in batches


class Account:
    """Who may bind: a system_id, its sessions and what waits for them."""

    def __init__(self, system_id: str, settings: Settings) -> None:
        """Begin without sessions."""
        self.system_id = system_id
        self.password = settings.password.encode("ascii")
        self.sessions: set[Session] = set()
        self.outbox = Outbox(settings.rows)


class Server:
    """A message centre at a port; it works from the moment it is made until ``stop``.

    Raises OSError when it cannot listen. Everything but ``stop`` belongs to the thread of ``loop``.

    >>> server = Server(Settings())
    >>> server.host, server.port > 0, server.stop()
    ('127.0.0.1', True, True)
    """

    def __init__(self, settings: Settings) -> None:
        """Begin to listen."""
        self.settings = settings
        self.clock = Clock()
        self.loop = Loop("smppkit-smsc")
        self.store = Store(settings.rows)
        self.life = Life(self.store, self.clock, self._notice, self._outcome)
        self.behaviour = Behaviour(settings, self.store, self.life, self.clock)
        self.identities = Identities(settings)
        self.accounts = {settings.system_id: Account(settings.system_id, settings)}
        self.binds_refused = 0
        self.sockets_refused = 0
        self._sessions: dict[Session, None] = {}  # in the order of connecting
        self._empty = threading.Event()
        self._empty.set()
        self._stopping = False
        self._timer: Timer | None = None
        try:
            self._listener = Listener(self.loop, settings.host, settings.port, self._accept)
        except BaseException:
            self.loop.close()
            raise
        self.host, self.port = self._listener.host, self._listener.port

    def stop(self, timeout: float = 2.0) -> bool:
        """Unbind all sessions, close everything and end; return whether that was done within ``timeout`` seconds."""
        end = time.monotonic() + timeout
        if self.loop.post(self._leave) and not self.loop.inside:
            self._empty.wait(timeout / 2)
        return self.loop.close(max(0.1, end - time.monotonic()))

    @property
    def sockets(self) -> int:
        """How many connections there are."""
        return len(self._sessions)

    def password_of(self, account: Account | None) -> bytes:
        """Return a password to compare with, for an account that does not exist as well: it must take as long."""
        return account.password if account is not None else b"\0" * 8

    # --- sessions ------------------------------------------------------------------------------------------------

    def _accept(self, transport: Transport) -> None:
        if self._stopping or not self._has_room():
            self.sockets_refused += 1
            transport.close()
            return
        session = Session(self)
        session.machine = Machine("MC", self.settings.limits(), time.monotonic())
        self._sessions[session] = None
        self._empty.clear()
        session.connection = self.loop.attach(transport, session.machine, session.on_events)

    def _has_room(self) -> bool:
        """Make room for another socket: of those that have not bound, the oldest goes."""
        if len(self._sessions) < self.settings.sockets:
            return True
        for session in self._sessions:
            if session.account is None:
                self.sockets_refused += 1
                session.connection.abort("crowded", "too many connections that have not bound")
                return True
        return False

    def left(self, session: Session) -> None:
        """Forget a session that has ended."""
        self._sessions.pop(session, None)
        if not self._sessions:
            self._empty.set()

    def _leave(self) -> None:
        """Ask every session to unbind, and close those that have not bound."""
        self._stopping = True
        self._listener.close()
        for session in tuple(self._sessions):
            try:
                session.machine.request(Unbind(), time.monotonic())
                session.connection.flush()
            except LocalProtocolError:
                session.connection.close("closed", "the centre stops")
        if not self._sessions:
            self._empty.set()

    # --- what is due ---------------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """See that ``_run`` is called when something is due."""
        due = self.life.deadline()
        for account in self.accounts.values():
            later = account.outbox.deadline()
            if later is not None and (due is None or later < due):
                due = later
        if due is None:
            return
        turn = max(due, time.monotonic() + _TURN)
        if self._timer is not None:
            if self._timer.when <= turn:
                return
            self._timer.cancel()
        self._timer = self.loop.at(turn, self._run)

    def _run(self) -> None:
        self._timer = None
        now = self.clock.now()
        self.life.run(now)
        self.send(now)

    def send(self, now: float) -> None:
        """Hand out what the accounts' sessions take now."""
        for account in self.accounts.values():
            account.outbox.send(now)
        self.arrange()

    def _notice(self, message: Message, state: int, date: int) -> None:
        self.accounts[message.caller.account].outbox.put(Delivery(message, state, date))

    def _outcome(self, message: Message) -> None:
        self.behaviour.outcome(message)
