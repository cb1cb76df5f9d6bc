"""Text in files that spreadsheets open: no cell may become a formula (CWE-1236), and all reads back unchanged.

A text that a spreadsheet might run gets a quote in front, and so does one that already looks like the result; phone
numbers in international form are left alone. Taking one quote away again where it stands before such a text is the
exact inverse.
"""

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# What begins a formula, also behind quotes: the ASCII signs, their full-width forms, and white space that is skipped.
_RISKY = "^'*[=+\\-@\\t\\r\\n\\x00\uff1d\uff0b\uff0d\uff20]"
_E164 = "^\\+?[0-9]{3,20}$"
_E164_WHOLE = re.compile("\\+?[0-9]{3,20}")
_RISKY_START = re.compile(_RISKY)


def guard_name(name: str) -> str:
    """Return the name of a column so that no spreadsheet runs it.

    >>> guard_name("text"), guard_name("=1+1"), guard_name("'=1+1")
    ('text', "'=1+1", "''=1+1")
    """
    return "'" + name if _is_risky(name) else name


def unguard_name(name: str) -> str:
    """Return the name that ``guard_name`` was given.

    >>> unguard_name("'=1+1"), unguard_name("'quoted'")
    ('=1+1', "'quoted'")
    """
    return name[1:] if name.startswith("'") and _is_risky(name[1:]) else name


def _is_risky(text: str) -> bool:
    return _RISKY_START.match(text) is not None and _E164_WHOLE.fullmatch(text) is None


def guarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts (large_string) with a quote before those that a spreadsheet might run.

    >>> guarded(pa.chunked_array([["=1+1", "+32471123456", "-1", None]], pa.large_string())).to_pylist()
    ["'=1+1", '+32471123456', "'-1", None]
    """
    if not _any(_risky(column)):
        return column
    quoted = pc.binary_join_element_wise(_large("'"), column, _large(""))
    return pc.if_else(_risky(column), quoted, column)


def unguarded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the texts that ``guarded`` was given.

    >>> unguarded(pa.chunked_array([["'=1+1", "'+32471123456", "'tis", None]], pa.large_string())).to_pylist()
    ['=1+1', "'+32471123456", "'tis", None]
    """
    quoted = pc.starts_with(column, "'")
    if not _any(quoted):
        return column
    bare = pc.if_else(quoted, pc.binary_replace_slice(column, 0, 1, ""), column)
    return pc.if_else(pc.and_(quoted, _risky(bare)), bare, column)


def _risky(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """E.164 numbers are the one exception. RE2 lets $ match at the very end only."""
    return pc.and_not(pc.match_substring_regex(column, _RISKY), pc.match_substring_regex(column, _E164))


def _any(flags: pa.ChunkedArray) -> bool:
    return bool(pc.any(flags).as_py())


def _large(text: str) -> Any:
    return pa.scalar(text, pa.large_string())
