"""What an account is told about itself: keywords of ``connect`` and the URL, checked, and what its session needs."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from difflib import get_close_matches
from math import isfinite
from numbers import Real
from operator import index
from typing import Any

from .. import codec
from ..codec import Pdu
from ..profiles import Profile, find
from ..protocol.settings import Settings
from ..protocol.versions import SPOKEN
from . import url as urls

BINDS = ("transceiver", "transmitter", "receiver")
LONGEST = {"system_id": 15, "password": 8, "system_type": 12, "address_range": 40}  # SMPP 3.4, section 4.1
LONG_PASSWORD = 64

_WHOLE = ("port", "window", "addr_ton", "addr_npi")
_NUMBERS = ("rate", "enquire_link", "response_timeout", "inactivity", "timeout")
_SWITCHES = ("rebind", "long_password")
_WORDS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
_TLS = frozenset({"tls", "ssl", "usetls", "usessl", "secure"})
_ELSEWHERE = {  # what other programs call the same thing, without case, blanks and underscores
    **dict.fromkeys(("user", "usr", "username", "login", "account", "systemid"), "system_id"),
    **dict.fromkeys(("pass", "passwd", "pwd", "secret"), "password"),
    **dict.fromkeys(("ip", "hostname", "address", "server", "smschost", "url", "uri"), "host"),
    **dict.fromkeys(("bindtype", "mode", "bindmode", "type"), "bind"),
    **dict.fromkeys(("source", "sourceaddr", "from", "senderid", "oa"), "sender"),
    **dict.fromkeys(("enquirelinkinterval", "enquirelinktimer", "enquirelinktime", "keepalive"), "enquire_link"),
    **dict.fromkeys(("tps", "throughput", "throttle", "mps"), "rate"),
    **dict.fromkeys(("windowsize", "maxpending"), "window"),
    **dict.fromkeys(("interfaceversion", "smppversion"), "version"),
    **dict.fromkeys(("reconnect", "autoreconnect", "autorebind"), "rebind"),
    **dict.fromkeys(("ton", "addrton"), "addr_ton"),
    **dict.fromkeys(("npi", "addrnpi"), "addr_npi"),
    **dict.fromkeys(("connecttimeout", "bindtimeout"), "timeout"),
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Options:
    """Everything an account is told; ``of`` makes one of a URL and keywords.

    ``host`` is a name or an address, ``port`` 1 to 65,535; ``system_id``, ``password``, ``system_type``, ``addr_ton``,
    ``addr_npi`` and ``address_range`` go into the bind as they are (SMPP 3.4, section 4.1), and may be blank. ``bind``
    is "transceiver", "transmitter" or "receiver", ``version`` "3.3", "3.4" or "5.0". ``sender`` is the source address
    of messages that name none. ``window`` is how many requests may be unanswered, ``rate`` how many parts may leave in
    a second, None or 0 for no limit. ``enquire_link``, ``response_timeout``, ``inactivity`` and ``timeout`` (of the
    connection and the bind together) are seconds, 0 is off. ``rebind`` has a lost link come back by itself.
    ``profile`` is what the provider does. ``long_password`` lets a password have 64 characters instead of the 8 of the
    standard.

    >>> options = Options(host="localhost", system_id="demo", password="secret", rate=0)
    >>> options
    Options(host='localhost', system_id='demo', password=***)
    >>> options.place, options.rate
    ('localhost:2775', None)
    >>> Options(host="localhost", password="a secret of mine")
    Traceback (most recent call last):
        ...
    ValueError: password: 16 characters, but the standard has room for 8; if this provider takes longer ones, add \
long_password=True
    """

    host: str
    port: int = urls.DEFAULT_PORT
    system_id: str = ""
    password: str = ""
    bind: str = "transceiver"
    system_type: str = ""
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""
    version: str = "3.4"
    sender: str | tuple[str, int, int] = ""
    window: int = 50
    rate: float | None = None
    enquire_link: float = 30.0
    response_timeout: float = 30.0
    inactivity: float = 0.0
    timeout: float = 30.0
    rebind: bool = True
    profile: Profile = field(default="generic")  # type: ignore[assignment]  # the name or path is looked up below
    long_password: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never work; one sentence each, and none shows a password."""
        keep = object.__setattr__
        keep(self, "host", _host(self.host))
        for name in _WHOLE:
            keep(self, name, _whole(name, getattr(self, name)))
        for name in _NUMBERS:
            keep(self, name, _number(name, getattr(self, name)))
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: give True or False")
        keep(self, "rate", self.rate or None)
        keep(self, "profile", find(self.profile))
        self._check_bind()
        _ = self.machine

    @staticmethod
    def of(url: str | None = None, **keywords: Any) -> "Options":
        """Return the options of a URL and of keywords, which go before it; None stands for a keyword not given.

        Raises ValueError with one sentence, which never shows the password.

        >>> Options.of("smpp://demo:secret@localhost:2776?bind=receiver&window=10", window=5)
        Options(host='localhost', port=2776, system_id='demo', password=***, bind='receiver', window=5)
        >>> Options.of(host="localhost", windows=5)
        Traceback (most recent call last):
            ...
        ValueError: there is no 'windows'; did you mean window?
        """
        try:
            return _made(url, keywords)
        except (ValueError, TypeError) as error:
            problem = error
        del url, keywords  # a traceback that shows locals must not show a password
        raise problem.with_traceback(None) from None

    def replace(self, **changed: Any) -> "Options":
        """Return the options with some of them changed; an unknown name is an error that names the close ones.

        >>> Options(host="localhost").replace(window=5)
        Options(host='localhost', window=5)
        """
        try:
            for name in changed:
                _check_name(name)
            return replace(self, **changed)
        except ValueError as error:
            problem = error
        del changed
        raise problem.with_traceback(None) from None

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """What makes two of them the same account: host, port, system_id, bind and system_type."""
        return self.host.lower(), self.port, self.system_id, self.bind, self.system_type

    @property
    def place(self) -> str:
        """Host and port in one, such as "localhost:2775" or "[::1]:2775"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def machine(self) -> Settings:
        """What the machine of the session is told."""
        return Settings(
            window=self.window,
            rate=self.rate,
            enquire_link=self.enquire_link,
            response_timeout=self.response_timeout,
            inactivity=self.inactivity,
            version=self.version,
        )

    def bind_pdu(self) -> Pdu:
        """Return the bind that these options ask for.

        >>> Options(host="localhost", system_id="demo", password="secret", bind="receiver").bind_pdu()
        <BindReceiver sequence_number=0 system_id='demo' password=*** interface_version=SMPP_3_4>
        """
        kind: type[Any] = getattr(codec, f"Bind{self.bind.capitalize()}")
        long = len(self.password) > LONGEST["password"]
        pdu: Pdu = kind(
            system_id=self.system_id,
            password="" if long else self.password,
            system_type=self.system_type,
            interface_version=SPOKEN[self.version],
            addr_ton=self.addr_ton,
            addr_npi=self.addr_npi,
            address_range=self.address_range,
        )
        return _with_password(pdu, self.password) if long else pdu

    def changed(self, other: "Options") -> dict[str, tuple[Any, Any]]:
        """Return what is different in ``other``: name -> (here, there); of passwords only that they differ.

        >>> Options(host="localhost").changed(Options(host="localhost", window=5, password="secret"))
        {'password': ('***', '***'), 'window': (50, 5)}
        """
        pairs = {row.name: (getattr(self, row.name), getattr(other, row.name)) for row in fields(self)}
        different = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        return different | ({"password": ("***", "***")} if "password" in different else {})

    def __repr__(self) -> str:
        """Show what differs from the defaults, and never the password."""
        shown = []
        for row in fields(self):
            value = getattr(self, row.name)
            if row.name == "password":
                shown += ["password=***"] if value else []
            elif row.name == "profile":
                shown += [f"profile={value.name!r}"] if value.name != row.default else []
            elif row.default is MISSING or value != row.default:
                shown.append(f"{row.name}={value!r}")
        return f"Options({', '.join(shown)})"

    def _check_bind(self) -> None:
        if self.bind not in BINDS:
            raise ValueError(f"bind: give {', '.join(BINDS[:-1])} or {BINDS[-1]}")
        if self.version not in SPOKEN:
            raise ValueError(f"version: give {', '.join(SPOKEN)} as text")
        if self.version == "3.3" and self.bind == "transceiver":
            raise ValueError(
                "bind: SMPP 3.3 has no transceiver; give bind='transmitter' or 'receiver', or version='3.4'"
            )
        for name, most in LONGEST.items():
            _check_text(name, getattr(self, name), LONG_PASSWORD if name == "password" else most)
        length = len(self.password)
        if length > LONGEST["password"] and not self.long_password:
            raise ValueError(
                f"password: {length} characters, but the standard has room for {LONGEST['password']}; if this provider "
                "takes longer ones, add long_password=True"
            )
        if not isinstance(self.sender, str | tuple):
            raise ValueError("sender: give a number or name as text, or (address, ton, npi)")


def _made(url: str | None, keywords: Mapping[str, Any]) -> Options:
    given: dict[str, Any] = {}
    if url is not None:
        for name, text in urls.parts(url).items():
            _check_name(name)
            given[name] = _value(name, text)
    for name, value in keywords.items():
        _check_name(name)
        if value is not None:
            given[name] = value
    if not given.get("host"):
        raise ValueError("no host is given; write smpp://system_id:password@host:port, or host='…' and port=…")
    return Options(**given)


def _check_name(name: str) -> None:
    """Refuse a name that no option has, and name those that could be meant."""
    known = [row.name for row in fields(Options)]
    if name in known:
        return
    plain = name.lower().replace("_", "").replace("-", "")
    if plain in _TLS:
        raise ValueError(f"there is no {name!r}: smppkit does not speak TLS yet; a TLS tunnel on this machine can")
    close = [_ELSEWHERE[plain]] if plain in _ELSEWHERE else get_close_matches(name.lower(), known, 3, 0.65)
    meant = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
    raise ValueError(f"there is no {name!r}; {meant}")


def _value(name: str, text: str) -> Any:
    """Read the text of a URL as the option wants it."""
    if name in _WHOLE:
        if not text.isascii() or not text.isdigit():
            raise ValueError(f"the URL: {name}: give a whole number")
        return int(text[:20])
    if name in _NUMBERS:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"the URL: {name}: give a number, 0 for off") from None
    if name in _SWITCHES:
        if text.lower() not in _WORDS:
            raise ValueError(f"the URL: {name}: give true or false")
        return _WORDS[text.lower()]
    return text


def _host(host: object) -> str:
    if isinstance(host, str) and host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not isinstance(host, str) or not host.strip():
        raise ValueError("host: give the name or the address of the centre, such as 'smsc.example.org' or '192.0.2.1'")
    host = host.strip()
    if any(not character.isprintable() or character in " /@?#" for character in host) or len(host) > 255:
        raise ValueError("host: that is no name and no address; a whole URL goes first, without host=")
    if host.count(":") == 1:
        raise ValueError("host: the port goes apart, as port=; host is the name or the address alone")
    return host


def _whole(name: str, value: object) -> int:
    least, most = {"port": (1, 65_535), "window": (1, 1_000_000)}.get(name, (0, 255))
    try:
        number = index(value)  # type: ignore[arg-type]  # what is none raises TypeError
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise ValueError(f"{name}: give a whole number from {least} to {most:,}")
    return number


def _number(name: str, value: object) -> float | None:
    if value is None and name == "rate":
        return None
    if not isinstance(value, Real) or isinstance(value, bool) or not isfinite(value) or value < 0:
        what = "parts a second, more than 0; 0 or None is no limit" if name == "rate" else "seconds, 0 for off"
        raise ValueError(f"{name}: give a number of {what}")
    return float(value)


def _check_text(name: str, value: object, most: int) -> None:
    """Refuse a text that does not fit its field; what it is stays out of the sentence: it may be secret."""
    if not isinstance(value, str):
        raise ValueError(f"{name}: give text, not a {type(value).__name__}")
    if "\0" in value or any(ord(character) > 255 for character in value):
        raise ValueError(f"{name}: a character in it cannot be sent: each takes one octet, U+0001 to U+00FF")
    if len(value) > most and name == "password":
        raise ValueError(f"password: {len(value)} characters; even with long_password=True {most} is the most")
    if len(value) > most:
        raise ValueError(f"{name}: {len(value)} characters, but the standard has room for {most}; ask the provider")


def _with_password(pdu: Pdu, password: str) -> Pdu:
    """Put a password into a bind that is longer than the standard allows, and than our own builder does."""
    octets = pdu.encode()
    place = octets.index(b"\0", 16) + 1  # behind the system_id
    octets = octets[:place] + password.encode("latin-1") + octets[place:]
    return codec.decode(len(octets).to_bytes(4, "big") + octets[4:])
