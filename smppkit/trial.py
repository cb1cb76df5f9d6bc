"""``demo``: a simulator and an account bound to it in one call, and the messages that ship with smppkit to send."""

from dataclasses import fields
from difflib import get_close_matches
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from .esme import Esme, connect
from .esme.settings import Options
from .protocol.discreet import discreet
from .smsc import Smsc

if TYPE_CHECKING:
    import pandas as pd

_OF_BOTH = frozenset({"system_id", "password", "profile", "version"})  # the account has to say what the centre expects
_OF_THE_CENTRE = frozenset(
    {"seed", "process", "states", "delay", "least_delay", "message_ids", "sockets", "binds", "rows", "session_init"}
)
_OF_THE_ACCOUNT = frozenset(row.name for row in fields(Options)) - _OF_BOTH - {"host", "port"}


@discreet
def demo(**keywords: Any) -> Esme:
    """Start a simulator, bind an account to it and return the account; ``esme.smsc`` is the simulator.

    Closing the account stops the simulator, and so does a bind that fails. Keywords of ``Smsc`` go to the simulator:
    seed, process, states, delay, least_delay, message_ids, sockets, binds, rows; those of ``connect`` to the account:
    sender, bind, window, rate, rebind, timeout and so on; system_id, password, profile and version to both. Raises
    TypeError for any other, and what ``Smsc`` and ``connect`` raise.

    >>> import smppkit as sk
    >>> with sk.demo(process=False, delay=0) as esme:
    ...     message = esme.send("+447700900123", "Hello from a notebook")
    ...     esme.state, message.outcome, message.wait().state
    ('Logged in', 'accepted', 'DELIVERED')
    """
    _check(keywords)
    smsc = Smsc(**{name: value for name, value in keywords.items() if name in _OF_BOTH | _OF_THE_CENTRE}).start()
    try:
        given = {name: value for name, value in keywords.items() if name not in _OF_BOTH | _OF_THE_CENTRE}
        alike = {name: keywords[name] for name in ("profile", "version") if name in keywords}
        esme = connect(smsc.url, new=True, **alike, **given)
        esme.smsc = smsc
    except BaseException:  # an interrupt as well: nobody else knows of the simulator
        smsc.stop()
        raise
    return esme


def campaign() -> "pd.DataFrame":
    """Return the 10,000 messages that ship with smppkit, for ``esme.send_many``.

    Columns, all text: destination, name, text, tag, language. The numbers are nobody's; about one in a hundred cannot
    be a number, so that there is something to leave out.

    >>> len(campaign()), list(campaign().columns)
    (10000, ['destination', 'name', 'text', 'tag', 'language'])
    """
    from .frames.delimited import read

    with as_file(files("smppkit") / "data" / "campaign.csv") as path:
        return read(path)


def _check(keywords: dict[str, Any]) -> None:
    known = _OF_BOTH | _OF_THE_CENTRE | _OF_THE_ACCOUNT
    for name in keywords:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
            raise TypeError(f"demo has no keyword {name!r}; {hint}")
