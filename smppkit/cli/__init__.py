"""The command ``smppkit``: its parser, and errors as one sentence.

Each subcommand lives in a module of its own, loaded when it is asked for, so that ``smppkit decode`` starts at once.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from .._version import __version__
from ..errors import SmppError

_DESCRIPTION = """\
SMPP for people who work in notebooks: read captures, decode PDUs, plan messages.

  smppkit read capture.pcap                      what a capture holds, and how its messages fared
  smppkit read capture.pcap --table receipts     one of its tables
  smppkit decode 00000010000000150000000000000001
  smppkit plan "Hello €"                         encoding, parts, and why
  smppkit demo                                   the shipped captures, as tables and a report
"""


def _add_read(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "read",
        help="show what a capture or table holds",
        description="Read a capture (pcap, pcapng, also gzip) or a table (csv, xlsx, parquet) and show what it holds.",
        epilog="Without --table: a summary with the delivery funnel, response and delivery times and errors.",
    )
    parser.add_argument("file", help="a capture, or a table saved by smppkit")
    parser.add_argument(
        "--table",
        choices=("messages", "parts", "receipts", "inbox", "events", "pdus"),
        help="show this table instead of the summary",
    )
    parser.add_argument("--columns", metavar="A,B,…", help="only these columns, in this order")
    parser.add_argument("--rows", type=_row_count, default=20, metavar="N", help="rows shown, 0 for all (default: 20)")
    parser.add_argument("--port", type=_port, metavar="N", help="take this TCP port for SMPP, whatever it looks like")
    parser.add_argument("--save", metavar="OUT", help="write the table to OUT (.csv, .xlsx or .parquet) as well")


def _add_decode(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "decode",
        help="explain PDUs from a hex dump",
        description="Explain every PDU of a hex dump, octet by octet; passwords are masked.",
        epilog="Takes plain hex, log lines, C arrays, and what Wireshark's clipboard gives. "
        "Without HEX the dump is read from --file or standard input.",
    )
    parser.add_argument("hex", nargs="*", metavar="HEX", help="hex digits; blanks and line breaks do not matter")
    parser.add_argument("--file", metavar="DUMP", help="read the dump from this text file")
    parser.add_argument("--brief", action="store_true", help="one line for each PDU")


def _add_plan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "plan",
        help="tell how a text would be sent",
        description="Tell the encoding, the number of parts and why: which characters cost most, and what would help.",
    )
    parser.add_argument("text", nargs="?", help="the message; without it, standard input is read")
    parser.add_argument(
        "--reference-bits", type=int, choices=(8, 16), default=8, help="width of the part reference (default: 8)"
    )
    parser.add_argument(
        "--alphabets",
        default="default",
        metavar="A,B,…",
        help="GSM alphabets that may be used: default, a language such as turkish, or all (default: default)",
    )


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "demo",
        help="read the shipped captures and write a report",
        description="Read the captures of the source tree, print what an analyst wants to see, write a report.",
    )
    parser.add_argument("folder", nargs="?", help="captures to read (default: those of the source tree)")
    parser.add_argument("--report", default="report", metavar="DIR", help="where the report goes (default: report)")


def _row_count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows: give 0 or more")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a TCP port: give 1 to 65535")
    return int(text)


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
    for add in (_add_read, _add_decode, _add_plan, _add_demo):
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
