"""The account that a command works with: its URL, and the password where the URL names none.

No password is in any output or error; one that is not in the URL is in no list of processes either.
"""

import getpass
import os
import sys
from collections.abc import Mapping
from typing import Any

from ..errors import SmppError
from ..esme import Esme, connect
from ..esme.url import parts

VARIABLE = "SMPPKIT_PASSWORD"


def connected(url: str, **keywords: Any) -> Esme:
    """Bind the account of a URL; keywords are those of ``connect``.

    Raises SmppError with one sentence for a URL that makes no sense, and what ``connect`` raises.

    >>> connected("http://localhost")
    Traceback (most recent call last):
        ...
    smppkit.errors.SmppError: the URL: http:// is no SMPP; write smpp://system_id:password@host:port?window=10
    """
    try:
        found = parts(url)
        secret = None if "password" in found else password(found)
        return connect(url, new=True, password=secret, **keywords)
    except ValueError as error:
        problem = SmppError(str(error))
    raise problem


def host_of(url: str) -> str:
    """Return the host that a URL names.

    >>> host_of("smpp://demo:secret@localhost:2775")
    'localhost'
    """
    try:
        return parts(url)["host"]
    except ValueError as error:
        problem = SmppError(str(error))
    raise problem


def password(found: Mapping[str, str]) -> str | None:
    """Return the password of the environment, or what is typed; None where nobody can be asked, or no account is named.

    >>> password({"host": "localhost"}) is None
    True
    """
    if not found.get("system_id"):
        return None
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    return getpass.getpass(f"password of {found['system_id']} at {found['host']}: ") if sys.stdin.isatty() else None
