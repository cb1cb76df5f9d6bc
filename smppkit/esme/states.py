"""The six words for what an account is doing, what leads from one to another, and what 0 seconds mean."""

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


def limit(seconds: float) -> float:
    """Return a time limit in seconds, with 0 for off.

    >>> limit(5.0), limit(0) > 1e8
    (5.0, True)
    """
    return seconds if seconds > 0 else FOREVER
