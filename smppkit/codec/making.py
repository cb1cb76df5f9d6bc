"""The classes of the commands, made from the rows of the protocol."""

from inspect import Parameter, Signature
from typing import Any

from .._core import build, fields
from ..spec.commands import class_name
from ..spec.kinds import CSTRING, DESTINATIONS, FAILURES, OCTETS, RESPONSE, TIME, U8, Command, Field
from ..spec.statuses import name_of
from ..spec.tlvs import ROWS as TLV_ROWS
from .meanings import section
from .pdu import Pdu

TYPES = {U8: "int", CSTRING: "str", TIME: "str", OCTETS: "bytes"}
TYPES |= {DESTINATIONS: "tuple[SmeAddress | DistributionList, ...]", FAILURES: "tuple[UnsuccessSme, ...]"}
GIVEN = TYPES | {OCTETS: "Octets", DESTINATIONS: "Iterable[Destination]", FAILURES: "Iterable[Failure]"}
EXTRAS: tuple[tuple[str, str, object], ...] = (
    ("tlvs", "TlvValues", ()),
    ("command_status", "int", 0),
    ("sequence_number", "int", 0),
    ("profile", "Profile | str | Path | None", None),
)

_DEFAULTS: dict[str, object] = {U8: 0, CSTRING: "", TIME: "", OCTETS: b"", FAILURES: ()}
_SMPP_3_4 = 0x34
_EXAMPLES: dict[str, object] = {
    "system_id": "demo",
    "message_id": "1234",
    "source_addr": "INFO",
    "destination_addr": "32471123456",
    "dest_address": [{"destination_addr": "32471123456"}],
    "esme_addr": "1234",
}


def default(field: Field) -> object:
    """Return what a field is when it is not given; ``Parameter.empty`` for one that must be.

    >>> from smppkit.spec.commands import BY_NAME
    >>> [default(field) for field in BY_NAME["bind_receiver"].fields]
    ['', '', '', 52, 0, 0, '']
    """
    if field.values == "interface_version":
        return _SMPP_3_4
    return _DEFAULTS.get(field.kind, Parameter.empty)


def given(field: Field, row: Command) -> str:
    """Return the annotation of a field as a keyword; a response may leave its fields out by None.

    >>> from smppkit.spec.commands import BY_NAME
    >>> given(BY_NAME["submit_sm_resp"].fields[0], BY_NAME["submit_sm_resp"])
    'str | None'
    """
    return GIVEN[field.kind] + (" | None" if row.kind == RESPONSE else "")


def signature(row: Command) -> Signature:
    """Return the keywords that build a command.

    >>> from smppkit.spec.commands import BY_NAME
    >>> list(signature(BY_NAME["submit_sm_resp"]).parameters)
    ['message_id', 'tlvs', 'command_status', 'sequence_number', 'profile']
    """
    keywords = [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=default(field), annotation=given(field, row))
        for field in row.fields
        if not field.counts
    ]
    keywords += [
        Parameter(name, Parameter.KEYWORD_ONLY, default=value, annotation=kind) for name, kind, value in EXTRAS
    ]
    return Signature(keywords, return_annotation=class_name(row.name))


def limit(field: Field) -> str:
    """Return in words what a field may hold.

    >>> from smppkit.spec.commands import BY_NAME
    >>> limit(BY_NAME["submit_sm"].fields[0])
    'str of at most 5 characters'
    """
    if field.kind == U8:
        return "0 to 255" + (f", counts {field.counts}" if field.counts else "")
    if field.kind == TIME:
        return "str, empty or the 16 characters of a time (section 7.1.1)"
    if field.kind == CSTRING:
        return f"str of at most {field.limit - 1} characters"
    if field.kind == OCTETS:
        return f"at most {field.limit} octets"
    entries = "SmeAddress or DistributionList" if field.kind == DESTINATIONS else "UnsuccessSme"
    return f"at most {field.limit} of {entries}, or mappings of their fields"


def field_docs(row: Command) -> tuple[str, ...]:
    """Return a docstring for each field of a command.

    >>> from smppkit.spec.commands import BY_NAME
    >>> field_docs(BY_NAME["submit_sm_resp"])
    ('Field of submit_sm_resp (SMPP 3.4, section 4.4.2): str of at most 64 characters. If bad: ESME_RINVMSGID.',)
    """
    where = f"Field of {row.name} ({section(row)})"
    return tuple(f"{where}: {limit(field)}. If bad: {name_of(field.status)}." for field in row.fields)


def example(row: Command) -> str:
    """Return an example of building and decoding a command that runs as a doctest.

    >>> from smppkit.spec.commands import BY_NAME
    >>> example(BY_NAME["unbind"]).splitlines()[1]
    '>>> pdu = sk.Unbind(sequence_number=1)'
    """
    some = {field.name: _EXAMPLES[field.name] for field in row.fields if field.name in _EXAMPLES}
    keywords = ", ".join(f"{name}={value!r}" for name, value in [*some.items(), ("sequence_number", 1)])
    lines = [">>> import smppkit as sk", f">>> pdu = sk.{class_name(row.name)}({keywords})"]
    return "\n".join([*lines, ">>> sk.decode(pdu.encode()) == pdu", "True"])


def docstring(row: Command) -> str:
    """Return the docstring of the class of a command.

    >>> from smppkit.spec.commands import BY_NAME
    >>> print(docstring(BY_NAME["enquire_link"]).partition(chr(10))[0])
    enquire_link, 0x00000015 (SMPP 3.4, section 4.11.1): sent by either side, answered by enquire_link_resp.
    """
    sender = "either side" if row.sender == "both" else f"the {row.sender}"
    tie = {"request": f", answered by {row.partner}", RESPONSE: f", answers {row.partner or 'anything'}"}
    lines = [f"{row.name}, 0x{row.command_id:08X} ({section(row)}): sent by {sender}{tie.get(row.kind, '')}."]
    if row.fields:
        lines += ["", "Built from keywords; fields in wire order, counted ones left out:", ""]
        lines += [f"    {field.name}: {limit(field)}" for field in row.fields if not field.counts]
    tlvs = [tlv.name for tlv in TLV_ROWS if row.name in tlv.commands or row.name in tlv.commands_v50]
    if tlvs:
        lines += ["", f"TLVs of the standard: {', '.join(tlvs)}."]
    if row.bare_on_error:
        lines += ["", "With a command_status other than 0, and neither fields nor TLVs given, only the header is sent."]
    lines += ["", "Raises EncodeError for a value that does not fit its field.", "", example(row)]
    return "\n".join(lines)


def make(row: Command, place: int, module: str) -> type[Pdu]:
    """Return the class of a command; ``place`` is that of its row. The core builds, reads and frees its instances."""
    namespace: dict[str, Any] = {
        "__slots__": (),
        "__module__": module,
        "__doc__": docstring(row),
        "__signature__": signature(row),
        "command": row.name,
        "command_id": row.command_id,
        "field_names": tuple(field.name for field in row.fields),
    }
    made = type(class_name(row.name), (Pdu,), namespace)
    fields.describe(made, place, field_docs(row))
    return made


def seal(classes: tuple[type[Pdu], ...]) -> None:
    """Give the classes their constructors, and let nobody change them or Pdu any more."""
    for place, made in enumerate(classes):
        build.equip(made, place)
    build.seal(Pdu)
