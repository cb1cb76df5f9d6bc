"""``connect``: makes accounts, knows the live ones, and closes them when the interpreter ends.

The lock belongs to this module; it guards the table of accounts, is held for a few instructions, may be entered again
by its thread, and no other lock is taken under it. It is held during a fork, taken before that of ``pending``, so that
the new process can take it; that process knows none of the accounts, which stay with the one that made them.
"""

import atexit
import os
import threading
import warnings
import weakref
from itertools import count
from time import monotonic
from typing import Any

from ..errors import BindRejected, ConnectFailed
from ..protocol.discreet import discreet
from .account import Esme
from .settings import Options

_lock = threading.RLock()
_accounts: "weakref.WeakValueDictionary[int, Esme]" = weakref.WeakValueDictionary()  # in the order of their making
_numbers = count()

_LAST_SECONDS = 2.0  # for all accounts together, when the interpreter ends


@discreet
def connect(
    url: str | None = None,
    *,
    window: int | None = None,
    rate: float | None = None,
    wait: bool = True,
    timeout: float | None = None,
    new: bool = False,
    **options: Any,
) -> Esme:
    """Connect to a message centre, bind, and return the account.

    ``url`` is like "smpp://system_id:password@host:2775?bind=transceiver&window=50"; keywords go before it:

        host port system_id password      where, and who
        bind="transceiver"                or "transmitter" or "receiver"
        system_type address_range version addr_ton addr_npi     the rest of the bind
        window=50 rate=None               requests without response at once; parts a second, 0 for no limit
        sender=""                         the source address of messages that name none
        timeout=30                        seconds for connecting and binding, 0 is off
        enquire_link=30 response_timeout=30 inactivity=0        timers in seconds, 0 is off
        rebind=True                       a lost link comes back by itself
        profile="generic"                 what the provider does
        long_password=False               allow more than the 8 characters of the standard

    Raises BindRejected when the centre refuses, ConnectFailed when there is no connection or no answer in time;
    ``error.esme`` is the account with the exchange in its tables. With
    ``wait=False`` it returns at once and goes on trying. An account that lives already in this kernel is returned as it
    is, changed settings are applied, and a warning says so; ``new=True`` opens another one.

    >>> import smppkit as sk
    >>> with sk.Smsc(process=False) as smsc, connect(smsc.url) as esme:
    ...     repr(esme).replace(str(smsc.port), "2775")
    "<Esme 'demo' at 127.0.0.1:2775, transceiver: Logged in>"
    """
    wanted = Options.of(url, window=window, rate=rate, timeout=timeout, **options)
    live = None if new else _live(wanted)
    if live is not None:
        return _taken_up(live, wanted, wait)
    esme = Esme(wanted)
    live = _enter(esme, new)
    if live is not esme:  # another thread was faster
        esme.close()
        return _taken_up(live, wanted, wait)
    try:
        _bind(esme, wanted, wait)
    except BaseException:
        esme.close()
        raise
    return esme


def _live(wanted: Options) -> Esme | None:
    """Return the live account of that key, the eldest of several; the lock may be held."""
    with _lock:
        accounts = list(_accounts.values())
    return next((esme for esme in accounts if not esme.closed and esme.options.key == wanted.key), None)


def _enter(esme: Esme, new: bool) -> Esme:
    """Put an account among the others; return the one that lives under its key already, unless it is to be new."""
    with _lock:
        live = None if new else _live(esme.options)
        if live is None:
            _accounts[next(_numbers)] = esme
        return live or esme


def _taken_up(esme: Esme, wanted: Options, wait: bool) -> Esme:
    """Return the live account, with the settings that are wanted now."""
    changed = esme.options.changed(wanted)
    names = ", ".join(changed)
    what = f"its settings are changed now: {names}" if names else "its settings are the same"
    warnings.warn(
        f"{wanted.place} is connected already: this is the live account, and {what}; new=True opens another one",
        stacklevel=4,
    )
    if changed:
        esme._core.configure(wanted)
    _bind(esme, wanted, wait)
    return esme


def _bind(esme: Esme, wanted: Options, wait: bool) -> None:
    try:
        esme._core.bind(wanted.timeout, wait)
    except (BindRejected, ConnectFailed) as error:
        error.esme = esme
        raise


def _close_all() -> None:
    """Unbind what lives when the interpreter ends."""
    until = monotonic() + _LAST_SECONDS
    with _lock:
        accounts = list(_accounts.values())
    for esme in accounts:
        if not esme.closed:
            esme._core.close(max(0.1, until - monotonic()))


def _forget() -> None:
    """Begin anew in a process that has just been forked."""
    _accounts.clear()
    _lock.release()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_forget)
