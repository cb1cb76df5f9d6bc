"""The address of a centre as a URL: taken apart, with a sentence for whatever is wrong with it.

No sentence repeats what stood in the URL but a scheme and the names of keys: anything else may be the password.
"""

import re

DEFAULT_PORT = 2775  # registered for SMPP

_SHAPE = "smpp://system_id:password@host:port?window=10"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,19}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,29}")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_TLS = (
    "smpps:// is TLS, which smppkit does not speak yet: connect with smpp:// where the provider has a port "
    "without TLS, or through a TLS tunnel on this machine"
)


def parts(url: str) -> dict[str, str]:
    """Return what a URL says: host, and, where they are given, port, system_id, password and what follows "?".

    Everything is text still, percent-escapes are resolved (UTF-8, or else one octet a character), and the brackets of
    an IPv6 address are gone. Raises ValueError with a sentence that never holds the password.

    >>> parts("smpp://demo:a%40b@[::1]:2776?window=10")
    {'host': '::1', 'port': '2776', 'system_id': 'demo', 'password': 'a@b', 'window': '10'}
    >>> parts("http://localhost")
    Traceback (most recent call last):
        ...
    ValueError: the URL: http:// is no SMPP; write smpp://system_id:password@host:port?window=10
    """
    if not isinstance(url, str):
        raise ValueError(f"the URL is a {type(url).__name__}; give text such as {_SHAPE}, or host= and port=")
    rest = _without_scheme(url.strip())
    authority, path, query = _cut(rest)
    credentials, at, place = authority.rpartition("@")
    found = _place(place)
    if at:
        system_id, colon, password = credentials.partition(":")
        found["system_id"] = _plain(system_id, "system_id")
        if colon:
            found["password"] = _plain(password, "password")
    if path not in ("", "/"):
        raise ValueError(f"the URL has a path after the port, which means nothing here; write {_SHAPE}")
    return _with_query(found, query)


def _without_scheme(url: str) -> str:
    scheme, slashes, rest = url.partition("://")
    if not slashes or not _SCHEME.fullmatch(scheme):
        raise ValueError(f"the URL does not begin with smpp://; write {_SHAPE}, or give host= and port= instead")
    if scheme.lower() in ("smpps", "ssmpp", "smpp+tls", "smpp+ssl"):
        raise ValueError(_NO_TLS)
    if scheme.lower() != "smpp":
        raise ValueError(f"the URL: {scheme}:// is no SMPP; write {_SHAPE}")
    return rest


def _cut(rest: str) -> tuple[str, str, str]:
    """Return authority, path and query; a character that should have been escaped would shift them."""
    end = min((place for place in map(rest.find, "/?#") if place >= 0), default=len(rest))
    if "@" in rest[end:] or "#" in rest[end:]:
        raise ValueError(
            "the URL: one of / ? # @ stands in the system_id, the password or a value as it is: write %2F, %3F, %23 "
            "or %40 for it, or give system_id= and password= beside the URL"
        )
    path, _, query = rest[end:].partition("?")
    return rest[:end], path, query


def _place(place: str) -> dict[str, str]:
    if place.startswith("["):
        host, bracket, port = place[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError("the URL: an IPv6 address stands in brackets, such as smpp://[::1]:2775")
        port = port[1:]
    else:
        host, _, port = place.partition(":")
        if ":" in port:
            raise ValueError(
                f"the URL: more than one colon after the host; write {_SHAPE}, and an IPv6 address in brackets"
            )
    if not host:
        raise ValueError(f"the URL names no host; write {_SHAPE}")
    found = {"host": _plain(host, "host")}
    if port:
        if not port.isascii() or not port.isdigit():
            raise ValueError(f"the URL: what follows the host is no port, a number of 1 to 65,535; write {_SHAPE}")
        found["port"] = port
    return found


def _with_query(found: dict[str, str], query: str) -> dict[str, str]:
    for pair in filter(None, query.split("&")):
        key, equals, value = pair.partition("=")
        if not equals or not _KEY.fullmatch(key):
            raise ValueError("the URL: what follows ? is not made of name=value, with & between them")
        if key in found:
            raise ValueError(f"the URL gives {key} twice; leave one of them out")
        found[key] = _plain(value, key)
    return found


def _plain(text: str, name: str) -> str:
    """Return a part of the URL with its percent-escapes resolved."""
    if _BAD_ESCAPE.search(text):
        raise ValueError(f"the URL: {name}: a % without two hexadecimal digits behind it; write %25 for a % itself")
    octets = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode())
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
