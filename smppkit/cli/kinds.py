"""What arguments of the command may be: texts turned into values, with a sentence for each that makes no sense."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from math import isfinite


def count(of: str, least: int = 0, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number; ``of`` says of what it is one.

    >>> count("rows")("20")
    20
    >>> count("TCP port", 1, 65_535)("http")
    Traceback (most recent call last):
        ...
    argparse.ArgumentTypeError: 'http' is not a TCP port: give 1 to 65,535
    """

    def read(text: str) -> int:
        limits = f"{least:,} or more" if most is None else f"{least:,} to {most:,}"
        number = int(text) if text.isascii() and text.isdecimal() else -1
        if number < least or (most is not None and number > most):
            raise ArgumentTypeError(f"{text!r} is not a {of}: give {limits}")
        return number

    return read


row_count = count("number of rows")
port = count("TCP port", 1, 65_535)
listening_port = count("TCP port", 0, 65_535)


def seconds(text: str) -> float:
    """Read a number of seconds, or of anything else that is not below 0.

    >>> seconds("0.25")
    0.25
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return number


def delay(text: str) -> float | None:
    """Read a delay in seconds, or "never".

    >>> delay("never") is None, delay("2")
    (True, 2.0)
    """
    return None if text == "never" else seconds(text)


def shares(text: str) -> dict[str, float]:
    """Read the shares of final states.

    >>> shares("DELIVERED=9,UNDELIVERABLE=1")
    {'DELIVERED': 9.0, 'UNDELIVERABLE': 1.0}
    """
    found = {}
    for pair in text.split(","):
        name, equals, share = pair.partition("=")
        if not equals:
            raise ArgumentTypeError(f"{pair!r} gives no share: write DELIVERED=0.9,UNDELIVERABLE=0.1")
        found[name.strip().upper()] = seconds(share.strip())
    return found
