"""A centre in a process of its own: started, watched and ended from here; it ends with us whatever happens to us.

The settings go in by the child's standard input, so no password is in a command line or an environment; the pipe stays
open, and its end tells the child that nobody needs it any more. Where the centre listens comes back by standard output.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

from ..errors import SmppError
from .control import Absent, Remote
from .settings import Settings

_MODULE = "smppkit.smsc"
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_LONGEST = 1 << 16  # octets of the announcement


def check_here(owner: int) -> None:
    """Raise in a process that was forked from ``owner``, which holds the simulator: both would ask on one connection.

    >>> check_here(os.getpid())
    """
    if os.getpid() != owner:
        raise SmppError(
            "this process was forked from the one that holds the simulator: ask it there, or start another one here; "
            "its url is good for sk.connect in any process"
        )


class Child:
    """A running centre.

    Raises SmppError, with what it said last, when it does not come up within ``timeout`` seconds.

    >>> child = Child(Settings())
    >>> child.ask("counters", 5.0)["accepted"], child.alive, child.stop(), child.alive
    (0, True, True, False)
    """

    def __init__(self, settings: Settings, timeout: float = 20.0) -> None:
        """Start it and wait until it listens."""
        self.owner = os.getpid()
        self._remote: Remote | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the child
        try:
            self._process = _started(self._said)
        except OSError as error:
            self._said.close()
            raise SmppError(f"the simulator did not start: {error.strerror or error}") from None
        try:
            told = self._first_words(settings, timeout)
        except BaseException:
            self.kill()
            raise
        self.host: str = told["host"]
        self.port: int = told["port"]
        self._remote = Remote(told["control"], told["token"])

    @property
    def place(self) -> str:
        """Where it works, in words."""
        return f"in process {self._process.pid}"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def ask(self, what: str, timeout: float, **values: Any) -> Any:
        """Return the answer of the centre's desk; raises SmppError when the process has ended."""
        check_here(self.owner)
        try:
            if self._remote is not None:
                return self._remote.ask(what, timeout, **values)
        except Absent:
            if self.alive:  # asked only now: an interrupt within would hold up the end of the process, which asks again
                raise
        raise SmppError(f"the simulator has ended{self._last_words()}")

    def stop(self, timeout: float = 5.0) -> bool:
        """Let it unbind its sessions and end; it is killed when that takes too long. Return whether it has ended."""
        if os.getpid() == self.owner:
            self._hang_up()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        return self.kill()

    def kill(self) -> bool:
        """End it at once, unless it belongs to the process that this one was forked from."""
        if os.getpid() != self.owner:
            return True
        if self.alive:
            self._process.kill()
        self._hang_up()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            return False
        finally:
            self._said.close()
        return True

    def _hang_up(self) -> None:
        if self._remote is not None:
            self._remote.close()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was still to be written has no reader
                if pipe is not None:
                    pipe.close()

    def _first_words(self, settings: Settings, timeout: float) -> dict[str, Any]:
        """Tell the child its settings and return what it announces."""
        end = time.monotonic() + timeout
        announced: list[bytes] = []
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        reader = threading.Thread(
            target=lambda: announced.append(stdout.readline(_LONGEST)), name="smppkit-start", daemon=True
        )
        reader.start()
        try:
            stdin.write(settings.to_json().encode() + b"\n")
            stdin.flush()
        except OSError:
            reader.join(max(0.0, end - time.monotonic()))
            raise SmppError(f"the simulator did not start{self._last_words()}") from None
        reader.join(max(0.0, end - time.monotonic()))
        if reader.is_alive():
            self._process.kill()  # which ends the reader as well
            reader.join(1.0)
            raise SmppError(f"the simulator did not start within {timeout:g} s{self._last_words()}")
        told = json.loads(announced[0]) if announced and announced[0].strip() else {}
        if "error" in told:
            raise SmppError(f"the simulator did not start: {told['error']}")
        if "port" not in told:
            raise SmppError(f"the simulator did not start{self._last_words()}")
        return told

    def _last_words(self) -> str:
        """Return the last line of what the child wrote to standard error, and how it ended."""
        try:
            self._process.wait(0.5)
            self._said.seek(0)
            lines = self._said.read()[-_LONGEST:].decode("utf-8", "replace").strip().splitlines()
        except (subprocess.TimeoutExpired, ValueError, OSError):
            lines = []
        code = self._process.poll()
        words = f" (exit code {code})" if code is not None else ""
        return f"{words}: {lines[-1]}" if lines else words


def _started(said: IO[bytes]) -> "subprocess.Popen[bytes]":
    if not sys.executable:
        raise SmppError("the simulator did not start: this Python does not know its own program; use process=False")
    options: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}  # no signals of our terminal
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        env=_environment(),
        **options,
    )


def _environment() -> dict[str, str]:
    """Return an environment in which the child finds this very package, also in a checkout that is not installed."""
    environment = dict(os.environ)
    home = Path(__file__).parents[2]
    if home.name not in _INSTALLED:
        before = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{home}{os.pathsep}{before}" if before else str(home)
    return environment
