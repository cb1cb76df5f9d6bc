"""What else speaks behind an SMPP port: other protocols, told by their first octets.

Read as a PDU, each of these has an absurd command_length, and the length would be all a user is told.
"""

# First octets, and whose they are.
_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"HTTP/", "HTTP"),
    (b"GET ", "HTTP"),
    (b"POST ", "HTTP"),
    (b"PUT ", "HTTP"),
    (b"HEAD ", "HTTP"),
    (b"PATCH ", "HTTP"),
    (b"DELETE ", "HTTP"),
    (b"TRACE ", "HTTP"),
    (b"CONNECT ", "HTTP"),
    (b"PRI * HTTP", "HTTP/2"),
    (b"<!DOCTYPE", "a web page (HTML)"),
    (b"<!doctype", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<HTML", "a web page (HTML)"),
    (b"<?xml", "XML"),
    (b"AMQP", "AMQP"),
    (b"SSH-", "SSH"),
    (b"SIP/2.0", "SIP"),
    (b"INVITE ", "SIP"),
    (b"REGISTER ", "SIP"),
    (b"BYE ", "SIP"),
    (b"220 ", "the greeting of a mail or FTP server"),
    (b"220-", "the greeting of a mail or FTP server"),
    (b"EHLO ", "SMTP"),
    (b"HELO ", "SMTP"),
    (b"+OK ", "POP3 or Redis"),
    (b"* OK ", "IMAP"),
    (b"PROXY ", "the PROXY protocol"),
    (b"*1\r\n$", "Redis"),
    (b"*2\r\n$", "Redis"),
    (b"*3\r\n$", "Redis"),
    (b"\xff" * 16, "BGP"),
    (b"\x10\x0c\x00\x04MQTT", "MQTT"),
    (b"\x03\x00\x00", "TPKT (RDP, H.323)"),
    (b"\x01\x00\x01", "Diameter"),
    (b"\xff\xfd", "Telnet"),
    (b"\xff\xfb", "Telnet"),
)
_BY_FIRST: dict[int, list[tuple[bytes, str]]] = {}  # the same by their first octet
for _prefix, _name in _PREFIXES:
    _BY_FIRST.setdefault(_prefix[0], []).append((_prefix, _name))
# Words that other protocols have as well, or that begin a sentence: the address that follows tells.
_METHODS = ("ACK", "CANCEL", "INFO", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER", "SUBSCRIBE", "UPDATE")
_OF_SIP = (b"sip:", b"sips", b"tel:")
_OF_HTTP = {"NOTIFY": (b"/", b"*", b"http"), "OPTIONS": (b"",), "SUBSCRIBE": (b"/", b"http")}
_PROXY_2 = b"\r\n\r\n\0\r\nQUIT\n"  # its first four octets are what keeps connections of SIP alive
_TLS_RECORDS = {0x14, 0x15, 0x16, 0x17}  # change_cipher_spec, alert, handshake, application_data
_OLD_HELLO = {0x80, 0x81}  # of a first message in the frame of SSL 2: its length, with the highest bit set
_VERSIONS = {b"\0\x02", b"\x03\0", b"\x03\x01", b"\x03\x02", b"\x03\x03"}  # that such a message may ask for
_STX = 0x02  # of UCP and CIMD2
FIRST = frozenset({*_BY_FIRST, *_TLS_RECORDS, *_OLD_HELLO, _STX, _PROXY_2[0], *(ord(name[0]) for name in _METHODS)})
"""The first octets of all that protocol() knows."""


def protocol(octets: bytes) -> str:
    """Return the name of the protocol that ``octets`` begin like, or an empty string for none known.

    >>> protocol(b"GET / HTTP/1.1"), protocol(bytes.fromhex("160301010001")), protocol(b"OPTIONS sip:a@b SIP/2.0")
    ('HTTP', 'TLS', 'SIP')
    >>> protocol(bytes.fromhex("00000010000000150000000000000001"))
    ''
    """
    if not octets or octets[0] not in FIRST:
        return ""
    if _is_tls(octets):
        return "TLS"
    if octets[0] == _PROXY_2[0]:
        return "the PROXY protocol" if len(octets) > 4 and _PROXY_2.startswith(octets[:12]) else ""
    if octets[0] == _STX and octets[1:2].isdigit():  # digits, then a slash in UCP, a colon in CIMD2
        return "UCP/EMI" if b"/" in octets else "CIMD2"
    for prefix, name in _BY_FIRST.get(octets[0], ()):
        if len(octets) >= 4 and octets.startswith(prefix[: len(octets)]):
            return name
    return _by_address(octets)


def _is_tls(octets: bytes) -> bool:
    if octets[0] in _OLD_HELLO:
        return octets[2:3] == b"\x01" and octets[3:5] in _VERSIONS
    return len(octets) >= 3 and octets[0] in _TLS_RECORDS and octets[1] == 3 and octets[2] <= 4


def _by_address(octets: bytes) -> str:
    """Tell by a method and the address behind it, as far as sixteen octets reach."""
    method, space, address = octets[:16].partition(b" ")
    name = method.decode("latin-1")
    if not space or name not in _METHODS:
        return ""
    if address[:4].lower() in _OF_SIP:
        return "SIP"
    return "HTTP" if address.lower().startswith(_OF_HTTP.get(name, ())) else ""
