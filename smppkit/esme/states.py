"""The six words for what an account is doing, what leads from one to another, and what seconds mean to calls that wait.

A ``timeout`` means the same wherever a call waits. None is no limit. A negative one is a deadline that has passed: the
call looks once and ends as it does when the time is over. What is no number, or NaN, is a ValueError. 0 is no limit
where the docstring says so (``limit``), and else returns at once (``seconds``).
"""

from math import isnan
from numbers import Real

IDLE, ERROR, CONNECTING = "Idle", "Error", "Connecting"
LOGGING_IN, LOGGED_IN, LOGIN_FAILED = "Logging in", "Logged in", "Login failed"
STATES = (IDLE, ERROR, CONNECTING, LOGGING_IN, LOGGED_IN, LOGIN_FAILED)

NEXT = {
    (IDLE, "begin"): CONNECTING,
    (ERROR, "begin"): CONNECTING,
    (LOGIN_FAILED, "begin"): CONNECTING,
    (CONNECTING, "connected"): LOGGING_IN,
    (CONNECTING, "unreached"): ERROR,
    (CONNECTING, "stopped"): IDLE,
    (LOGGING_IN, "accepted"): LOGGED_IN,
    (LOGGING_IN, "refused"): LOGIN_FAILED,
    (LOGGING_IN, "lost"): ERROR,
    (LOGGING_IN, "stopped"): IDLE,
    (LOGGED_IN, "lost"): ERROR,
    (LOGGED_IN, "unbound"): IDLE,
    (LOGGED_IN, "stopped"): IDLE,
    (ERROR, "stopped"): IDLE,
    (LOGIN_FAILED, "stopped"): IDLE,
}
"""From a state by what happened; what is not here changes nothing."""

FOREVER = 10 * 365 * 86400.0  # seconds: what 0, for off, comes to


def after(state: str, what: str) -> str:
    """Return the state that follows when something happens; what means nothing in a state changes nothing.

    >>> after(IDLE, "begin"), after(LOGGED_IN, "begin")
    ('Connecting', 'Logged in')
    """
    return NEXT.get((state, what), state)


def seconds(timeout: float | None) -> float:
    """Return how long a call may wait, from 0 on; None is no limit, a deadline that has passed is 0.

    >>> seconds(5.0), seconds(-0.1), seconds(0), seconds(None) > 1e8
    (5.0, 0.0, 0.0, True)
    >>> seconds("5")
    Traceback (most recent call last):
        ...
    ValueError: timeout: give a number of seconds, or None for no limit
    """
    if timeout is None:
        return FOREVER
    if not isinstance(timeout, Real) or isinstance(timeout, bool) or isnan(timeout):
        raise ValueError("timeout: give a number of seconds, or None for no limit")
    return min(max(0.0, float(timeout)), FOREVER)


def limit(timeout: float | None) -> float:
    """Return how long a call may wait, as ``seconds`` does, but with 0 for no limit.

    >>> limit(5.0), limit(-0.1), limit(0) > 1e8, limit(None) > 1e8
    (5.0, 0.0, True, True)
    """
    found = seconds(timeout)
    return FOREVER if timeout == 0 else found


def grace(timeout: float) -> float:
    """Return how long an end may take, from 0 on: an end without a limit is refused, for it may never come.

    >>> grace(5.0), grace(-1)
    (5.0, 0.0)
    >>> grace(None)
    Traceback (most recent call last):
        ...
    ValueError: timeout: give a number of seconds; an end is not waited for without a limit
    """
    if timeout is None or timeout == float("inf"):
        raise ValueError("timeout: give a number of seconds; an end is not waited for without a limit")
    return seconds(timeout)
