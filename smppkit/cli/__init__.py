"""The command ``smppkit``: its parser, and errors as one sentence.

Each subcommand lives in a module of its own, loaded when it is asked for, so that ``smppkit decode`` starts at once.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from .._version import __version__
from ..errors import SmppError
from . import live_parsers, parsers

_DESCRIPTION = """\
SMPP for people who work in notebooks: send messages, simulate a message centre, read captures, decode PDUs.

  smppkit smsc                                   a simulated message centre, until interrupted
  smppkit send smpp://demo:secret@127.0.0.1:2775 +447700900123 "Hello €"
  smppkit bench                                  how fast messages are answered, by a simulator or by yours
  smppkit read capture.pcap                      what a capture holds, and how its messages fared
  smppkit read capture.pcap --table receipts     one of its tables
  smppkit decode 00000010000000150000000000000001
  smppkit plan "Hello €"                         encoding, parts, and why
  smppkit demo                                   10,000 messages to a simulator, and a report
"""
_COMMANDS = (
    live_parsers.add_smsc,
    live_parsers.add_send,
    live_parsers.add_bench,
    parsers.add_read,
    parsers.add_decode,
    parsers.add_plan,
    live_parsers.add_demo,
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command, for help texts and completion.

    >>> parser().prog
    'smppkit'
    """
    whole = argparse.ArgumentParser(
        prog="smppkit", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whole.add_argument("--version", action="version", version=f"smppkit {__version__}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="command")
    for add in _COMMANDS:
        add(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when all is well, 1 after an error told in one sentence, 2 for a usage error.

    >>> main(["decode", "--brief", "00000010 00000015 00000000 00000001"])
    <EnquireLink sequence_number=1>
    0
    """
    options = parser().parse_args(arguments)
    try:
        result: int = import_module(f".{options.command}", __name__).run(options)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("smppkit: interrupted", file=sys.stderr)
        return 130
    except (SmppError, OSError) as error:
        print(f"smppkit: {_sentence(error)}", file=sys.stderr)
        return 1
    return result


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
