"""The timers of a session (SMPP 3.4, section 7.2): since when each runs, and when the next one is due."""

from .settings import Settings

UNBIND_GRACE = 5.0
"""Seconds: how long the peer's unbind waits for answers that we owe; and ours for its, without a response_timeout."""


class Timers:
    """Named timers that run since some time; one of 0 seconds never runs.

    session_init: connected, not bound. enquire_link: nothing was heard. dead_link: our enquire_link is not answered.
    inactivity: nothing but enquire_link. response: the eldest pending request. unbind: our unbind is not answered.
    owed: the peer's unbind waits for answers of ours. slow_pdu: a PDU is not whole yet.

    >>> timers = Timers(Settings(enquire_link=30, session_init=10))
    >>> timers.start("enquire_link", 5.0)
    >>> timers.start("session_init", 5.0)
    >>> timers.deadline(), timers.due(14.9), timers.due(40.0)
    (15.0, [], ['session_init', 'enquire_link'])
    """

    def __init__(self, settings: Settings) -> None:
        """Begin with no timer running."""
        self._since: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._halted = False
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take other lengths; running timers go on since when they began.

        A dead link is noticed and an unbind ends without response_timeout as well.
        """
        response = settings.response_timeout
        self._seconds = {
            "session_init": settings.session_init,
            "enquire_link": settings.enquire_link,
            "dead_link": response or settings.enquire_link,
            "inactivity": settings.inactivity,
            "response": response,
            "unbind": response or UNBIND_GRACE,
            "owed": UNBIND_GRACE,
            "slow_pdu": response,
        }

    def start(self, name: str, since: float | None) -> None:
        """Let a timer run since that time; None stops it."""
        if since is None or self._halted:
            self._since.pop(name, None)
        else:
            self._since[name] = since

    def touch(self, name: str, now: float) -> None:
        """Begin again, if it runs.

        >>> timers = Timers(Settings(inactivity=10))
        >>> timers.touch("inactivity", 1.0)
        >>> timers.deadline() is None
        True
        """
        if name in self._since:
            self._since[name] = now

    def stop(self, *names: str) -> None:
        """Stop these timers."""
        for name in names:
            self._since.pop(name, None)

    def halt(self) -> None:
        """Stop all timers for good.

        >>> timers = Timers(Settings())
        >>> timers.halt()
        >>> timers.start("enquire_link", 1.0)
        >>> timers.deadline() is None
        True
        """
        self._since.clear()
        self._halted = True

    def since(self, name: str) -> float | None:
        """Return since when a timer runs, None when it does not."""
        return self._since.get(name)

    def due(self, now: float) -> list[str]:
        """Return the timers that are due, those first that were due first."""
        return [name for at, name in sorted(self._ends()) if at <= now]

    def deadline(self) -> float | None:
        """Return when the next timer is due, None for never."""
        return min(self._ends(), default=(None, ""))[0]

    def seconds(self, name: str) -> float:
        """Return the length of a timer."""
        return self._seconds[name]

    def _ends(self) -> list[tuple[float, str]]:
        return [(since + self._seconds[name], name) for name, since in self._since.items() if self._seconds[name]]
