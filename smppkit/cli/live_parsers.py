"""The parsers of the commands that speak SMPP: ``smsc``, ``send``, ``bench`` and ``demo``."""

import argparse
from typing import TYPE_CHECKING

from . import kinds

if TYPE_CHECKING:
    from .parsers import Commands

_URL = "smpp://system_id:password@host:port?bind=transceiver&window=10"
_SECRET = "The password may be left out of the URL: SMPPKIT_PASSWORD in the environment is taken, or it is asked for."


def add_smsc(commands: "Commands") -> None:
    """Add ``smsc``."""
    parser = commands.add_parser(
        "smsc",
        help="run a simulated message centre",
        description="Run a message centre to test against, until interrupted: binds, message ids, receipts after a "
        "delay, and an answer to every request.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=kinds.listening_port, default=2775, metavar="N", help="0: any free one (2775)")
    parser.add_argument("--system-id", default="demo", metavar="ID", help="its one account (default: demo)")
    parser.add_argument(
        "--password", help="of that account (default: SMPPKIT_PASSWORD of the environment, or else: secret)"
    )
    parser.add_argument("--seed", type=kinds.count("seed"), default=7, metavar="N", help="what repeats chance")
    parser.add_argument(
        "--delay",
        type=kinds.delay,
        default=0.3,
        metavar="SECONDS",
        help="until a message is final, on the average; or never (default: 0.3)",
    )
    parser.add_argument(
        "--states", type=kinds.shares, metavar="A=1,B=2", help="shares of the final states (default: 92 %% DELIVERED)"
    )
    parser.add_argument(
        "--version", choices=("3.3", "3.4", "5.0"), default="3.4", help="highest version (default: 3.4)"
    )
    parser.add_argument("--message-ids", choices=("hex", "decimal", "uuid"), default="hex", help="default: hex")
    parser.add_argument("--profile", default="generic", help="what data_coding means there (default: generic)")


def add_send(commands: "Commands") -> None:
    """Add ``send``."""
    parser = commands.add_parser(
        "send",
        help="send one message",
        description=f"Bind, send one message, wait for its receipt. URL is {_URL}",
        epilog=f"{_SECRET} Exit code 0: accepted, and delivered if that was waited for; 1: anything else.",
    )
    parser.add_argument("url", metavar="URL", help="the message centre")
    parser.add_argument("number", metavar="NUMBER", help="the destination, such as +32471123456")
    parser.add_argument("text", metavar="TEXT", help="the message")
    parser.add_argument("--sender", metavar="NAME", help="number or name that it is from")
    parser.add_argument(
        "--receipt", action=argparse.BooleanOptionalAction, default=True, help="ask for a delivery receipt"
    )
    parser.add_argument(
        "--wait", type=kinds.seconds, default=30.0, metavar="SECONDS", help="for the receipt; 0 waits not (default: 30)"
    )
    parser.add_argument(
        "--timeout",
        type=kinds.seconds,
        default=30.0,
        metavar="SECONDS",
        help="for the bind, and for the response (default: 30)",
    )


def add_bench(commands: "Commands") -> None:
    """Add ``bench``."""
    parser = commands.add_parser(
        "bench",
        help="measure how fast a message centre answers",
        description="Send messages over one session, as many unanswered as the window allows, and tell how fast they "
        "were answered. Without URL: to a simulator of its own.",
        epilog=f"{_SECRET} Every message counts and may cost money: a host other than this one needs --yes.",
    )
    parser.add_argument("url", nargs="?", metavar="URL", help=_URL)
    parser.add_argument(
        "--messages", type=kinds.count("number of messages", 1, 1_000_000), default=10_000, metavar="N", help="10,000"
    )
    parser.add_argument(
        "--window", type=kinds.count("window", 1, 100_000), default=64, metavar="N", help="unanswered at once (64)"
    )
    parser.add_argument("--rate", type=kinds.seconds, metavar="N", help="at most so many parts a second (no limit)")
    parser.add_argument("--text", default="Hello from smppkit bench", help="the text of all of them")
    parser.add_argument("--to", default="+447700900000", metavar="NUMBER", help="their destination (a drama number)")
    parser.add_argument("--sender", metavar="NAME", help="number or name that they are from")
    parser.add_argument("--yes", action="store_true", help="send to a host other than this one")


def add_demo(commands: "Commands") -> None:
    """Add ``demo``."""
    parser = commands.add_parser(
        "demo",
        help="send 10,000 messages to a simulator and write a report",
        description="Start a simulator, bind to it, send the 10,000 messages that ship with smppkit, wait for their "
        "receipts, print what became of them, and write a report with pictures.",
        epilog="With --captures: read the shipped captures of other people's programs instead.",
    )
    parser.add_argument(
        "--captures",
        nargs="?",
        const="",
        metavar="FOLDER",
        help="read the captures of FOLDER instead (default: those of the source tree)",
    )
    parser.add_argument("--report", default="report", metavar="DIR", help="where the report goes (default: report)")
