"""The parsers of the commands that read: ``read``, ``decode`` and ``plan``."""

from typing import TYPE_CHECKING, TypeAlias

from . import kinds

if TYPE_CHECKING:
    from argparse import ArgumentParser, _SubParsersAction

    Commands: TypeAlias = _SubParsersAction[ArgumentParser]


def add_read(commands: "Commands") -> None:
    """Add ``read``."""
    parser = commands.add_parser(
        "read",
        help="show what a capture or table holds",
        description="Read a capture (pcap, pcapng, also gzip) or a table (csv, xlsx, parquet) and show what it holds.",
        epilog="Without --table: a summary with response and delivery times, receipts, the delivery funnel and errors.",
    )
    parser.add_argument("file", help="a capture, or a table saved by smppkit")
    parser.add_argument(
        "--table",
        choices=("messages", "parts", "receipts", "inbox", "events", "pdus"),
        help="show this table instead of the summary",
    )
    parser.add_argument("--columns", metavar="A,B,…", help="only these columns, in this order")
    parser.add_argument(
        "--rows", type=kinds.row_count, default=20, metavar="N", help="rows shown, 0 for all (default: 20)"
    )
    parser.add_argument(
        "--port", type=kinds.port, metavar="N", help="take this TCP port for SMPP, whatever it looks like"
    )
    parser.add_argument("--save", metavar="OUT", help="write the table to OUT (.csv, .xlsx or .parquet) as well")


def add_decode(commands: "Commands") -> None:
    """Add ``decode``."""
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


def add_plan(commands: "Commands") -> None:
    """Add ``plan``."""
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
