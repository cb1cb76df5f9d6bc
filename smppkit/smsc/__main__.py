"""A centre as a process: settings come in by standard input, where it listens goes out by standard output.

It ignores interrupts, which are meant for whoever started it, and ends when standard input does or its parent is gone.
"""

import json
import os
import secrets
import selectors
import signal
import sys
from typing import IO

_LONGEST = 1 << 20  # octets of the settings
_LOOK = 1.0  # seconds between two looks at the parent: somebody else may hold the pipe open


def main() -> int:
    """Run a centre until nobody needs it any more."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from .control import Control
    from .desk import Desk
    from .server import Server
    from .settings import Settings

    line = sys.stdin.buffer.readline(_LONGEST)
    if not line.strip():
        return 0
    try:
        server = Server(Settings.of_json(line))
    except (OSError, ValueError, TypeError) as error:
        _announce({"error": getattr(error, "strerror", None) or str(error)})
        return 1
    token = secrets.token_urlsafe(32)
    control = Control(server.loop, Desk(server), token)
    _announce({"host": server.host, "port": server.port, "control": control.port, "token": token})
    _wait_for_end(sys.stdin.buffer, parent)
    server.stop()
    return 0


def _announce(told: dict[str, object]) -> None:
    """Write the only line of standard output, and close it: nobody reads on."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def _wait_for_end(pipe: IO[bytes], parent: int) -> None:
    if os.name != "posix":  # pipes cannot be waited for elsewhere
        while pipe.read(1):
            pass
        return
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while os.getppid() == parent:
            if selector.select(_LOOK) and not os.read(pipe.fileno(), 4096):
                return


if __name__ == "__main__":
    sys.exit(main())
