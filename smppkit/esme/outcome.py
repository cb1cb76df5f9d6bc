"""How the latest attempt went, in a word and a sentence: what happened, what is likely behind it, what to do next.

The words are seven, and a sentence never holds octets of the peer, only names that we know ourselves.
"""

from typing import NamedTuple

from ..codec import Pdu
from ..link import Unreached
from ..spec.observed import observed
from ..spec.statuses import BY_CODE, BY_NAME, VENDOR, name_of
from .settings import Options

OK = "OK"
DISCONNECTED = "Disconnected"
INVALID_RESPONSE = "invalid bind response"
NACKED = "generic_nack received"
NO_RESPONSE = "response timeout"
INVALID_PASSWORD = "invalid password"
INVALID_USERNAME = "invalid username"
WORDS = (OK, DISCONNECTED, INVALID_RESPONSE, NACKED, NO_RESPONSE, INVALID_PASSWORD, INVALID_USERNAME)

_CODE = {name: row.code for name, row in BY_NAME.items()}
_PASSWORD, _USERNAME = _CODE["ESME_RINVPASWD"], _CODE["ESME_RINVSYSID"]
_HOPELESS = frozenset(
    _CODE[name]
    for name in ("ESME_RINVPASWD", "ESME_RINVSYSID", "ESME_RINVSYSTYP", "ESME_RINVCMDID", "ESME_RPROHIBITED")
)
_PASSING = frozenset(row.code for row in BY_CODE.values() if row.category in ("ok", "temporary", "throttle"))
_TIMEOUTS = frozenset({"response_timeout", "timeout", "slow_pdu"})

# What to do about a refused bind; {about} is the kind of bind.
_BIND_ADVICE = {
    "ESME_RINVPASWD": "check the password, its upper and lower case and blanks at its ends, then connect again. It is "
    "not tried again by itself, for providers lock accounts after a few wrong ones",
    "ESME_RINVSYSID": "check system_id, its upper and lower case too, then connect again. It is not tried again by "
    "itself, for providers lock accounts",
    "ESME_RINVSYSTYP": "give the system_type= of the provider's data sheet (some want it empty), then connect again",
    "ESME_RALYBND": "the centre may still hold an earlier session of this account, or another program uses it: close "
    "that, or wait a minute or two",
    "ESME_RBINDFAIL": "the centre gives no reason: often this machine's IP address is not allowed yet, the credentials "
    "are wrong, or as many binds as allowed are there already; ask the provider",
    "ESME_RINVCMDID": "this centre has no {about}: connect with another bind=, or with version='3.3' and a transmitter",
    "ESME_RINVBNDSTS": "this account may not bind as {about}, it seems: connect with another bind= or ask the provider",
    "ESME_RINVCMDLEN": "often system_type or password is not what the centre expects: compare both with its data sheet",
    "ESME_RTHROTTLED": "too many binds in a short time, it seems: wait a minute",
    "ESME_RSYSERR": "the centre has a fault of its own: try again later, and tell the provider if it stays",
}
# What to do about a refused request, where the table of statuses speaks to programmers.
_ADVICE = {
    "ESME_RINVDSTADR": "check the number and its TON/NPI",
    "ESME_RINVSRCADR": "check the sender: providers often allow registered numbers and names only",
    "ESME_RINVSRCTON": "check the TON of the sender, which goes with the kind of address it is",
    "ESME_RINVSRCNPI": "check the NPI of the sender, which goes with the kind of address it is",
    "ESME_RINVDSTTON": "check the TON of the number: 1 is international",
    "ESME_RINVDSTNPI": "check the NPI of the number: 1 is ISDN/telephone",
    "ESME_RINVMSGLEN": "shorten the text, or let it be split: long='auto'",
    "ESME_RINVESMCLASS": "the centre does not take this mode= or this kind of message",
    "ESME_RINVREGDLVFLG": "try without receipt=",
    "ESME_RINVSCHED": "check schedule=: it must lie in the future, and not every centre takes one",
    "ESME_RINVEXPIRY": "check validity=: providers often limit it to a few days",
    "ESME_RINVSERTYP": "check service_type with the provider",
    "ESME_RTHROTTLED": "sent too fast: set a lower rate, and send it again later",
    "ESME_RMSGQFUL": "the queue of the centre is full: send it again in some seconds, and more slowly",
    "ESME_RSYSERR": "the centre has a fault of its own: send it again later, and tell the provider if it stays",
    "ESME_RSUBMITFAIL": "the centre gives no reason: try once more later, then ask the provider",
    "ESME_RINVDCS": "choose another coding=: the centre does not take this one",
}


class Outcome(NamedTuple):
    """How the latest attempt to be connected and bound went.

    ``word`` is OK, Disconnected, invalid bind response, generic_nack received, response timeout, invalid password or
    invalid username; ``sentence`` says what happened, what is likely behind it, and what to do next.

    >>> Outcome("OK", "bound as transceiver").word
    'OK'
    """

    word: str
    sentence: str


NOTHING_YET = Outcome(DISCONNECTED, "not connected yet: bind() connects")


def answered(pdu: Pdu, options: Options, version: str = "") -> Outcome:
    """Return the outcome of a bind that was answered by ``pdu``; ``version`` is the one both sides speak.

    >>> from smppkit import BindTransceiverResp, GenericNack
    >>> options = Options(host="localhost", system_id="demo")
    >>> answered(BindTransceiverResp(), options, "3.4")
    Outcome(word='OK', sentence='bound as transceiver at localhost:2775, SMPP 3.4')
    >>> answered(BindTransceiverResp(command_status=0x0F), options).word
    'invalid username'
    >>> answered(GenericNack(command_status=0x03), options).word
    'generic_nack received'
    """
    status = pdu.command_status
    nack = pdu.command == "generic_nack"
    if not status and not nack:
        spoken = f", SMPP {version}" if version else ""
        return Outcome(OK, f"bound as {options.bind} at {options.place}{spoken}")
    words = {_PASSWORD: INVALID_PASSWORD, _USERNAME: INVALID_USERNAME}
    word = NACKED if nack else words.get(status, INVALID_RESPONSE)
    how = "answered the bind with generic_nack" if nack else "refused the bind"
    who = f" of {options.system_id!r}" if options.system_id and not nack else ""
    advice = _BIND_ADVICE.get(name_of(status), _hint(status)).format(about=options.bind)
    return Outcome(word, f"the centre at {options.place} {how}{who}: {_named(status)}; {advice}")


def unreached(failure: Unreached, options: Options) -> Outcome:
    """Return the outcome of an attempt that never had a connection.

    >>> unreached(Unreached("refused", "127.0.0.1:2775: refused: nothing listens there"), Options(host="localhost"))[1]
    'no connection to localhost:2775 (127.0.0.1:2775: refused: nothing listens there); check host and port, and that \
the centre is running'
    """
    advice = {
        "name": "check how the host is spelled, and that this machine can look up names",
        "refused": "check host and port, and that the centre is running",
        "timeout": "a firewall on the way is likely: check port, VPN, and that the provider allows this address",
        "unreachable": "check the network of this machine, and the VPN if the provider wants one",
        "cancelled": "bind() tries again",
    }.get(failure.reason, "check host, port and the network of this machine")
    return Outcome(DISCONNECTED, f"no connection to {options.place} ({failure.detail or failure.reason}); {advice}")


def unanswered(reason: str, detail: str, options: Options) -> Outcome:
    """Return the outcome of a bind that got no answer: ``reason`` and ``detail`` are why the connection ended.

    >>> options = Options(host="localhost")
    >>> unanswered("framing", "these octets are HTTP, not SMPP", options)
    Outcome(word='invalid bind response', sentence='what answers at localhost:2775 is no message centre: these octets \
are HTTP, not SMPP; check host and port')
    >>> unanswered("response_timeout", "", options).word, unanswered("peer_closed", "", options).word
    ('response timeout', 'Disconnected')
    """
    place = options.place
    if reason in _TIMEOUTS:
        waited = f" within {options.response_timeout:g} s" if reason == "response_timeout" else " in time"
        return Outcome(
            NO_RESPONSE,
            f"{place} took the connection, but did not answer the bind{waited}; check that the port is one of SMPP "
            "without TLS, and that the provider allows this machine's address",
        )
    if reason == "framing":
        tls = "it is the provider's port with TLS: take the one without, or a TLS tunnel on this machine"
        advice = tls if " TLS," in detail else "check host and port"
        return Outcome(INVALID_RESPONSE, f"what answers at {place} is no message centre: {detail}; {advice}")
    if reason == "wrong_response":
        return Outcome(INVALID_RESPONSE, f"the centre at {place} answered the bind wrongly: {detail}; ask the provider")
    how = {"reset": "reset", "peer_closed": "closed", "unbind": "ended"}.get(reason, "lost")
    return Outcome(
        DISCONNECTED,
        f"the connection to {place} was {how} before the bind was answered{_in_brackets(detail)}; often the port wants "
        "TLS, the provider does not allow this machine's address, or too many binds are there already",
    )


def lost(reason: str, detail: str, options: Options) -> Outcome:
    """Return the outcome of a session that was bound and ended, not because we wanted it.

    >>> lost("reset", "", Options(host="localhost"))
    Outcome(word='Disconnected', sentence='the connection to localhost:2775 was reset; it is bound again by itself')
    >>> lost("unbind", "", Options(host="localhost", rebind=False)).sentence
    'the centre at localhost:2775 ended the session with unbind; bind() connects again'
    """
    after = "it is bound again by itself" if options.rebind else "bind() connects again"
    if reason == "response_timeout":
        why = detail or "a request was not answered"
        return Outcome(NO_RESPONSE, f"the link to {options.place} was given up: {why}; {after}")
    how = {
        "unbind": f"the centre at {options.place} ended the session with unbind",
        "peer_closed": f"the centre at {options.place} closed the connection",
        "reset": f"the connection to {options.place} was reset",
        "stalled": f"the centre at {options.place} stopped reading",
        "framing": f"the centre at {options.place} sent what is no SMPP, and the connection was closed",
    }.get(reason, f"the connection to {options.place} was lost, {reason.replace('_', ' ')}")
    return Outcome(DISCONNECTED, f"{how}{_in_brackets(detail)}; {after}")


def ended(options: Options) -> Outcome:
    """Return the outcome of a session that we ended ourselves.

    >>> ended(Options(host="localhost"))
    Outcome(word='Disconnected', sentence='unbound from localhost:2775 as asked; bind() connects again')
    """
    return Outcome(DISCONNECTED, f"unbound from {options.place} as asked; bind() connects again")


def retry(command_status: int | None) -> str:
    """Return when a bind is worth trying again that was answered with this status, None for no answer at all.

    "never" where only a person can help, and trying again may lock the account; "slowly" (every 30 s) where the centre
    has to forget an old session first, or where the same bind will hardly be better received; "soon" for all else.

    >>> retry(0x0E), retry(0x05), retry(0x58), retry(0x0400), retry(None)
    ('never', 'slowly', 'soon', 'slowly', 'soon')
    """
    if command_status is None or command_status in _PASSING:
        return "soon"
    return "never" if command_status in _HOPELESS else "slowly"


def status_sentence(command_status: int, command: str = "submit_sm") -> str:
    """Return what an answer with this status to ``command`` means, and what to do about it.

    >>> status_sentence(0x0B)
    'refused: ESME_RINVDSTADR (0x0000000B), destination address not acceptable; check the number and its TON/NPI'
    >>> status_sentence(0)
    'accepted: ESME_ROK (0x00000000)'
    >>> status_sentence(0x0C, "query_sm")
    'query_sm refused: ESME_RINVMSGID (0x0000000C), message_id unknown or wrong; do not retry; the message is gone or \
was never known'
    """
    message = command in ("submit_sm", "submit_multi", "data_sm")
    before = "" if message else f"{command} "
    if not command_status:
        return f"{before}accepted: {name_of(0)} (0x00000000)"
    advice = _ADVICE.get(name_of(command_status)) if message else None
    return f"{before}refused: {_named(command_status)}; {advice or _hint(command_status)}"


def message_sentence(outcome: str, command_status: int | None = None) -> str:
    """Return what became of a message or part: ``outcome`` is the word of the tables, ``command_status`` its answer.

    >>> message_sentence("accepted")
    'accepted: ESME_ROK (0x00000000)'
    >>> message_sentence("unanswered")
    'unknown: no response came, so the centre may have it or not; it is not sent again by itself'
    """
    if outcome in ("accepted", "refused") and (command_status or outcome == "accepted"):
        return status_sentence(command_status or 0)
    return {
        "queued": "waiting: it has not left yet",
        "sent": "waiting: it has left, and the response is to come",
        "refused": "refused: the answer was a generic_nack without a status",
        "unanswered": "unknown: no response came, so the centre may have it or not; it is not sent again by itself",
        "not_sent": "not sent: it never left",
    }[outcome]


def _named(command_status: int) -> str:
    """Return name, number and meaning of a status."""
    row = BY_CODE.get(command_status)
    if row is not None:
        return f"{row.name} (0x{row.code:08X}), {row.meaning}"
    seen = "; ".join(f"{each.meaning} at {each.source}" for each in observed(command_status) if each.origin == "vendor")
    return name_of(command_status) + (f", seen as: {seen}" if seen else "")


def _hint(command_status: int) -> str:
    row = BY_CODE.get(command_status)
    if row is not None:
        return row.hint
    own = VENDOR[0] <= command_status <= VENDOR[1]
    return f"{'a number of this provider alone' if own else 'a number of no standard'}: its data sheet has the meaning"


def _in_brackets(detail: str) -> str:
    return f" ({detail})" if detail else ""
