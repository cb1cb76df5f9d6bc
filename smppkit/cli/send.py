"""``smppkit send``: one message, what became of it, and its receipt."""

import argparse
import time

from ..errors import ResponseTimeout, SmppError
from ..esme import Message
from ..esme.compose import compose
from ..esme.outcome import message_sentence
from ..text.plan import plan
from .account import connected


def run(options: argparse.Namespace) -> int:
    """Send it; return 0 when it was accepted, and delivered where that was waited for.

    >>> import smppkit as sk
    >>> from smppkit.cli import parser
    >>> with sk.Smsc(process=False, delay=0, states={"DELIVERED": 1}) as smsc:
    ...     run(parser().parse_args(["send", str(smsc.url), "+447700900123", "Hello €"]))
    plan        gsm7, 1 part, 8 of 160 septets
    outcome     accepted: ESME_ROK (0x00000000)
    message id  ...
    receipt     DELIVERED after ... s
    0
    """
    _check(options)
    print(f"{'plan':<12}{repr(plan(options.text)).removeprefix('<Plan ').removesuffix('>')}", flush=True)
    with connected(options.url, rebind=False, timeout=options.timeout) as esme:
        began = time.monotonic()
        message = esme.send(
            options.number, options.text, sender=options.sender, receipt=options.receipt, timeout=options.timeout or 1e9
        )
        print(f"{'outcome':<12}{message_sentence(message.outcome, message.command_status)}", flush=True)
        if message.outcome != "accepted":
            return 1
        print(f"{'message id':<12}{', '.join(message.message_ids)}", flush=True)
        return _receipt(message, options.wait, began) if options.receipt and options.wait else 0


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot be sent before anything is on the wire."""
    try:
        compose(options.number, options.text, sender=options.sender)
    except ValueError as error:
        problem = SmppError(str(error))
    else:
        return
    raise problem


def _receipt(message: Message, patience: float, began: float) -> int:
    try:
        message.wait(patience)
    except ResponseTimeout:
        said = f"the latest says {message.state}" if message.state else "none came"
        print(f"{'receipt':<12}{said}, not final within {patience:g} s")
        return 1
    print(f"{'receipt':<12}{message.state} after {time.monotonic() - began:.2f} s")
    return 0 if message.state == "DELIVERED" else 1
