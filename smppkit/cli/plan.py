"""``smppkit plan``: how a text would be sent, and why."""

import argparse
import sys

from ..text.plan import plan


def run(options: argparse.Namespace) -> int:
    """Print encoding, parts and reasons.

    >>> run(argparse.Namespace(text="Hello", reference_bits=8, alphabets="default"))
    encoding    gsm7
    parts       1 (5 of 160 units)
    0
    """
    text = options.text if options.text is not None else sys.stdin.read().removesuffix("\n")
    names = tuple(name.strip() for name in options.alphabets.split(","))
    planned = plan(text, reference_bits=options.reference_bits, alphabets="all" if names == ("all",) else names)
    print(f"{'encoding':<12}{planned.encoding}")
    units = " + ".join(str(count) for count in planned.units)
    room = f"{units} of {planned.capacity} units" if planned.parts == 1 else f"{units} units"
    print(f"{'parts':<12}{planned.parts} ({room})")
    for position, reason in enumerate(planned.reasons):
        print(f"{'' if position else 'because':<12}{reason}")
    return 0
