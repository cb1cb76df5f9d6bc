"""``smppkit bench``: how fast a message centre answers, over one session with a window."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import trial
from ..errors import SessionClosed, SmppError
from ..esme.compose import compose
from ..smsc.settings import loopback
from .account import connected, host_of
from .progress import follow

if TYPE_CHECKING:
    import pandas as pd

    from ..esme import Esme, Run

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
_MEANING = """\
One session in a closed loop: the next message leaves when the window has room, so a centre that is slow slows the
sender too. Seconds run from the first submit_sm to the last response; response times from the moment a request is
handed to the socket to the moment its response is read."""


def run(options: argparse.Namespace) -> int:
    """Send the messages and print the table; return 1 when one was not answered."""
    _check(options)
    with _account(options) as esme:
        print(f"{'to':<14}{esme.options.place}, {_limits(options)}", flush=True)
        sent = _sent(esme, options)
        parts = esme.parts
    print("\n".join(f"{name:<14}{value}" for name, value in _results(parts)))
    print(f"\n{_MEANING}")
    return 0 if (parts["outcome"].isin(("accepted", "refused"))).all() and sent.state == "done" else 1


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot be sent, or perhaps should not, before anything is on the wire."""
    if options.url is not None and not options.yes and not loopback(host_of(options.url)):
        raise SmppError(
            f"{host_of(options.url)} is not this machine: {options.messages:,} messages may cost money and reach "
            "people; add --yes to send them"
        )
    try:
        compose(options.to, options.text, sender=options.sender)
    except ValueError as error:
        problem = SmppError(str(error))
    else:
        return
    raise problem


@contextmanager
def _account(options: argparse.Namespace) -> "Iterator[Esme]":
    """The account to send with, closed at the end; its simulator keeps no message waiting for a receipt."""
    limits = {"window": options.window, "rate": options.rate}
    if options.url is None:
        esme = trial.demo(delay=None, rows=1_000_000, **limits)
    else:
        esme = connected(options.url, rebind=False, **limits)
    with esme:
        yield esme


def _limits(options: argparse.Namespace) -> str:
    rate = f", at most {options.rate:g} parts a second" if options.rate else ""
    return f"{options.messages:,} messages, window {options.window:,}{rate}"


def _sent(esme: "Esme", options: argparse.Namespace) -> "Run":
    import pandas as pd

    table = pd.DataFrame({"destination": [options.to] * options.messages})
    sending = esme.send_many(table, options.text, sender=options.sender, receipt=False)
    try:
        follow(sending)
    except KeyboardInterrupt:  # what was measured so far is told all the same
        sending.stop()
    except SessionClosed:  # so it is when the centre has gone, which does not come back
        sending.stop()
        print(f"{'ended':<14}{esme.last_outcome.sentence}", flush=True)
    return sending


def _results(parts: "pd.DataFrame") -> Iterator[tuple[str, str]]:
    outcomes = parts["outcome"].value_counts()
    answered = parts[parts["time_resp"].notna()]
    yield "messages", f"{parts['msg_id'].nunique():,} in {len(parts):,} parts"
    if len(answered):
        seconds = (answered["time_resp"].max() - answered["time_sent"].min()).total_seconds()
        yield "seconds", f"{seconds:.2f}"
        yield "messages/s", f"{answered['msg_id'].nunique() / seconds:,.0f}"
        took = (answered["time_resp"] - answered["time_sent"]).dt.total_seconds()
        shown = (f"{name} {took.quantile(share) * 1000:,.1f} ms" for name, share in _QUANTILES.items())
        yield "response", ", ".join(shown)
    yield "accepted", f"{outcomes.get('accepted', 0):,}"
    refused = parts.loc[parts["outcome"] == "refused", "command_status"].value_counts()
    yield "refused", ", ".join(f"{number:,} {_status(status)}" for status, number in refused.items()) or "0"
    yield "unanswered", f"{outcomes.get('unanswered', 0):,}"
    yield "not sent", f"{outcomes.get('not_sent', 0):,}"


def _status(status: object) -> str:
    from ..esme.outcome import status_sentence

    return status_sentence(int(str(status))).removeprefix("refused: ").partition(",")[0]
