"""DataFrames of PDUs and messages, and tables in files: the part of smppkit, beside ``stats``, that knows pandas."""

from .. import stats as _stats  # noqa: F401  gives DataFrames the accessor .smpp
from .buffers import frame
from .log import Log
from .match import Match, match
from .source import read, save

__all__ = ["Log", "Match", "frame", "match", "read", "save"]
