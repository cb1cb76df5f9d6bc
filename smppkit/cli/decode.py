"""``smppkit decode``: PDUs of a hex dump, explained."""

import argparse
import sys
from pathlib import Path

from ..codec import decode, scan
from ..codec.hexdump import read_hex
from ..errors import DecodeError


def run(options: argparse.Namespace) -> int:
    """Explain each PDU of the dump; return 1 when one of them could not be read.

    >>> run(argparse.Namespace(hex=["00000010000000150000000000000001"], file=None, brief=True))
    <EnquireLink sequence_number=1>
    0
    """
    octets = read_hex(_dump(options))
    if not octets:
        raise DecodeError(
            "0 octets: the dump holds no hex digits; give them as arguments, by --file or on standard input"
        )
    index = scan(octets)
    broken = 0
    for offset, length in zip(index.offset, index.length, strict=True):
        broken += _show(octets[offset : offset + length], options.brief)
    rest = len(octets) - index.consumed
    if rest:
        shown = octets[index.consumed :][:16].hex(" ")
        print(f"smppkit: {rest} octets are left that are no whole PDU: {shown}…", file=sys.stderr)
    return 1 if broken or rest else 0


def _dump(options: argparse.Namespace) -> str:
    if options.hex:
        return " ".join(options.hex)
    if options.file:
        return Path(options.file).read_text(encoding="utf-8", errors="replace")
    return sys.stdin.read()


def _show(octets: bytes, brief: bool) -> int:
    try:
        pdu = decode(octets)
    except DecodeError as error:
        print(f"smppkit: a PDU cannot be read: {error} (octet {error.offset}): {octets[:32].hex(' ')}", file=sys.stderr)
        return 1
    print(repr(pdu) if brief else pdu.explain() + "\n")
    return 0
