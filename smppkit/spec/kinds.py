"""What a row of the protocol looks like, and the kinds of field there are.

A command's body is a sequence of fields (SMPP 3.4, sections 3.1 and 3.2):

    u8             one octet, unsigned
    cstring        octets up to and including a NUL; ``limit`` counts the NUL
    time           a cstring that is empty or holds exactly 16 characters (section 7.1.1)
    octets         as many octets as the count field just before it says; ``limit`` is the most
    destinations   number_of_dests entries of submit_multi (section 4.5.1.1)
    failures       no_unsuccess entries of submit_multi_resp (section 4.5.2.1)
"""

from typing import NamedTuple

U8 = "u8"
CSTRING = "cstring"
TIME = "time"
OCTETS = "octets"
DESTINATIONS = "destinations"
FAILURES = "failures"

REQUEST = "request"
RESPONSE = "response"
ONE_WAY = "one-way"


class Field(NamedTuple):
    """One mandatory field of a command, in wire order.

    ``limit`` is the most octets on the wire (NUL included), ``limit_v50`` the same for SMPP 5.0; ``status`` the
    command_status to answer when the field is bad; ``values`` names its enumeration in ``spec.values`` or is empty;
    ``counts`` names the field that this one counts, or is empty.

    >>> Field("esm_class", U8, 1, 0x43, values="esm_class").limit
    1
    """

    name: str
    kind: str
    limit: int
    status: int
    values: str = ""
    counts: str = ""
    limit_v50: int = 0


class Command(NamedTuple):
    """One command of the protocol.

    ``section`` is that of SMPP 3.4 issue 1.2, or of SMPP 5.0 for what only 5.0 has; ``sender`` is ESME, MC or both;
    ``states`` are those of 3.4 in which it may be sent, ``states_v50`` those of 5.0; ``bare_on_error`` says that the
    standard leaves the whole body out when command_status is not 0.

    >>> Command("unbind", 6, "3.3", "4.2.1", REQUEST, "both", "unbind_resp", (), ("BOUND_TX",), ("BOUND_TX",)).name
    'unbind'
    """

    name: str
    command_id: int
    introduced: str
    section: str
    kind: str
    sender: str
    partner: str
    fields: tuple[Field, ...]
    states: tuple[str, ...]
    states_v50: tuple[str, ...]
    bare_on_error: bool = False


class Tlv(NamedTuple):
    """One optional parameter (SMPP 3.4, section 5.3; SMPP 5.0, section 4.8).

    ``kind`` is int, cstring or octets; ``least`` and ``most`` bound the octets of the value; ``commands`` and
    ``commands_v50`` are those it may travel in; ``repeats`` says that it may stand more than once.

    >>> Tlv(0x0424, "message_payload", "octets", 0, 65535).name
    'message_payload'
    """

    tag: int
    name: str
    kind: str
    least: int
    most: int
    introduced: str = "3.4"
    section: str = ""
    values: str = ""
    commands: tuple[str, ...] = ()
    commands_v50: tuple[str, ...] = ()
    repeats: bool = False
    other_name: str = ""
    meaning: str = ""


class Status(NamedTuple):
    """One command_status (SMPP 3.4, section 5.1.3; SMPP 5.0, section 4.7.6).

    ``category`` is what it means for a retry: ok, permanent, config, auth, throttle or temporary; ``hint`` says what a
    client should do.

    >>> Status(0x58, "ESME_RTHROTTLED", "3.4", "throttle", "rate exceeded", "slow down").code
    88
    """

    code: int
    name: str
    introduced: str
    category: str
    meaning: str
    hint: str
    other_name: str = ""


class Value(NamedTuple):
    """One value, range of values or bit pattern of an enumeration.

    ``first`` to ``last`` are inclusive; ``mask`` says which bits of the octet the value lives in (0xFF: all).

    >>> Value("ton", 1, 1, "INTERNATIONAL").name
    'INTERNATIONAL'
    """

    values: str
    first: int
    last: int
    name: str
    meaning: str = ""
    introduced: str = "3.4"
    mask: int = 0xFFFFFFFF
