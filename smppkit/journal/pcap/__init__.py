"""Packet captures: read as logs, and logs written as captures."""

from .capture import CaptureLog, read_capture
from .files import looks_like_capture
from .writer import write_pcapng

__all__ = ["CaptureLog", "looks_like_capture", "read_capture", "write_pcapng"]
