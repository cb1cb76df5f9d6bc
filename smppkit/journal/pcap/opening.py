"""The octets of a capture file: read, mapped or unpacked, in bounded memory.

A plain file of more than 16 MiB is mapped, not read. What gzip packed is unpacked into memory, above 64 MiB into a
temporary file that is mapped, and only up to a bounded multiple of its size.
"""

import gzip
import io
import mmap
import os
import tempfile
import zlib
from contextlib import ExitStack
from typing import IO

from ...errors import CaptureError
from ..log import Buffer

LOADED = 1 << 24  # octets of a file that is simply read
UNPACKED = 1 << 26  # unpacked octets that stay in memory
STRIDE = 1 << 26  # octets of a mapped file that are let go of at once
EXPANSION = 256  # unpacked octets for each packed one, beyond those; DEFLATE can reach 1,032

_GZIP = b"\x1f\x8b"


class Source:
    """The octets of a file or of a buffer, as long as they are needed.

    ``damaged`` says that packed data were cut off or spoilt, so that ``data`` is only a part. Raises CaptureError when
    packed data expand beyond bounds, OSError when the file cannot be opened.

    >>> source = Source(b"abc")
    >>> source.name, bytes(source.data), source.damaged
    ('the capture', b'abc', False)
    >>> source.close()
    """

    def __init__(self, origin: str | os.PathLike[str] | Buffer) -> None:
        """Open a path, or take octets as they are."""
        self._open = ExitStack()
        self._mapped: mmap.mmap | None = None
        self._let_go = 0
        self.damaged = False
        if isinstance(origin, bytes | bytearray | memoryview):
            self.name = "the capture"
            self.data = self._open.enter_context(memoryview(origin).cast("B"))
        else:
            self.name = os.path.basename(os.fspath(origin))
            self.data = self._loaded(self._open.enter_context(open(origin, "rb")))  # noqa: SIM115 - the stack does
        if bytes(self.data[:2]) == _GZIP:
            try:
                self.data = self._unpacked(self.data)
            except CaptureError:
                self.close()
                raise

    def close(self) -> None:
        """Give files and memory back; may be called twice.

        >>> source = Source(b"")
        >>> source.close(), source.close()
        (None, None)
        """
        self._open.close()

    def passed(self, position: int) -> None:
        """Say how far reading came: what lies far behind leaves memory, and comes back from the file if asked for.

        >>> Source(b"").passed(0)
        """
        if position < self._let_go:
            self._let_go = 0  # another pass began
        if self._mapped is not None and position - self._let_go >= 2 * STRIDE and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED, self._let_go, STRIDE)
            self._let_go += STRIDE

    def _loaded(self, handle: IO[bytes]) -> memoryview:
        """Return the octets of an open file, mapped when they are many."""
        if os.fstat(handle.fileno()).st_size <= LOADED:  # also what is no plain file
            return self._open.enter_context(memoryview(handle.read()))
        self._mapped = self._open.enter_context(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ))
        return self._open.enter_context(memoryview(self._mapped))

    def _unpacked(self, packed: memoryview) -> memoryview:
        """Return what gzip packed, or as much of it as is sound."""
        limit = UNPACKED + EXPANSION * len(packed)
        target: IO[bytes] = io.BytesIO()
        octets = gzip.GzipFile(fileobj=_Reader(packed))
        try:
            while chunk := octets.read1(1 << 20):
                if target.tell() + len(chunk) > limit:
                    raise CaptureError(f"{self.name} unpacks to more than {EXPANSION} times its size: not read")
                if isinstance(target, io.BytesIO) and target.tell() + len(chunk) > UNPACKED:
                    target = self._on_disk(target)
                target.write(chunk)
        except (EOFError, OSError, zlib.error):
            self.damaged = True
        if isinstance(target, io.BytesIO):
            return self._open.enter_context(target.getbuffer())
        target.seek(0)
        return self._loaded(target)

    def _on_disk(self, memory: io.BytesIO) -> IO[bytes]:
        target = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack does
        target.write(memory.getbuffer())
        return target


class _Reader(io.RawIOBase):
    """A memoryview as a file, without a copy."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]  # as the C method takes it
        part = self._data[self._at : self._at + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)
