"""What two PDUs differ in: values first, and octets where the values are the same."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .._core.faults import plural
from ..spec.statuses import name_of
from . import meanings

if TYPE_CHECKING:
    from .pdu import Pdu

_SHOWN = 16  # octets in a line about octets
_TRAILING = "octets after the last TLV"
_ABSENT = "absent"


def differences(ours: "Pdu", theirs: "Pdu") -> list[str]:
    """Return a line for each value in which two PDUs differ, in wire order; none exactly if their octets are the same.

    >>> import smppkit as sk
    >>> differences(sk.SubmitSm(source_addr="INFO"), sk.SubmitSm(source_addr="SALE"))
    ["source_addr: 'INFO' here, 'SALE' there"]
    """
    if ours == theirs:
        return []
    found = [*_header(ours, theirs), *_fields(ours, theirs), *_tlvs(ours, theirs), *_trailing(ours, theirs)]
    return found or [f"octets: {len(ours):,} here, {len(theirs):,} there, read as the same values"]


def _line(name: str, ours: str, theirs: str) -> str:
    return f"{name}: {ours} here, {theirs} there"


def _header(ours: "Pdu", theirs: "Pdu") -> Iterator[str]:
    if ours.command != theirs.command:
        yield _line("command", ours.command, theirs.command)
    if ours.command_status != theirs.command_status:
        yield _line("command_status", name_of(ours.command_status), name_of(theirs.command_status))
    if ours.sequence_number != theirs.sequence_number:
        yield _line("sequence_number", str(ours.sequence_number), str(theirs.sequence_number))


def _fields(ours: "Pdu", theirs: "Pdu") -> Iterator[str]:
    here, there = _field_octets(ours), _field_octets(theirs)
    for name in dict.fromkeys((*ours.field_names, *theirs.field_names)):
        in_both = name in ours.field_names and name in theirs.field_names
        if in_both and here.get(name) == there.get(name):
            continue
        if name in meanings.PASSWORDS:
            yield f"{name}: another one"
            continue
        said, answered = _field(ours, name), _field(theirs, name)
        if said != answered:
            yield _line(name, said, answered)
        else:
            yield _same(name, here.get(name, b""), there.get(name, b""))


def _field(pdu: "Pdu", name: str) -> str:
    return repr(getattr(pdu, name)) if name in pdu.field_names else _ABSENT


def _field_octets(pdu: "Pdu") -> dict[str, bytes]:
    """Return the octets of the fields that are there."""
    octets = pdu.encode()
    return {name: octets[start:end] for name, (start, end) in zip(pdu.field_names, pdu._spans(), strict=False)}


def _same(name: str, ours: bytes, theirs: bytes) -> str:
    """Return a line about values that are the same though their octets are not."""
    return f"{name}: the same value in other octets: {_shown(ours)} here, {_shown(theirs)} there"


def _shown(octets: bytes) -> str:
    more = f" and {len(octets) - _SHOWN:,} more" if len(octets) > _SHOWN else ""
    return (octets[:_SHOWN].hex(" ") or "none") + more


def _tlvs(ours: "Pdu", theirs: "Pdu") -> Iterator[str]:
    here, there = _by_tag(ours), _by_tag(theirs)
    for tag in dict.fromkeys((*here, *there)):
        if here.get(tag) == there.get(tag):
            continue
        name = _name(ours, theirs, tag)
        said, answered = _tlv(ours, tag), _tlv(theirs, tag)
        if said != answered:
            yield _line(name, said, answered)
        else:
            yield _same(name, b"".join(here[tag]), b"".join(there[tag]))
    yield from _order(ours, theirs)


def _by_tag(pdu: "Pdu") -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for tag, octets in pdu.raw_tlvs:
        found.setdefault(tag, []).append(octets)
    return found


def _name(ours: "Pdu", theirs: "Pdu", tag: int) -> str:
    """Return the name of a TLV, told from the field of that name if there is one."""
    row = meanings.tlv_row(ours, tag) or meanings.tlv_row(theirs, tag)
    if row is None:
        return f"0x{tag:04X}"
    return f"TLV {row.name}" if row.name in (*ours.field_names, *theirs.field_names) else row.name


def _tlv(pdu: "Pdu", tag: int) -> str:
    every = pdu.tlvs.getall(tag)
    return _ABSENT if not every else repr(every if len(every) > 1 else every[0])


def _order(ours: "Pdu", theirs: "Pdu") -> Iterator[str]:
    """Yield how the order of the TLVs differs, where both PDUs have as many of each tag."""
    here, there = [tag for tag, _ in ours.raw_tlvs], [tag for tag, _ in theirs.raw_tlvs]
    if here == there or sorted(here) != sorted(there):
        return
    place = next(place for place, tag in enumerate(here) if tag != there[place])
    first, other = (_name(ours, theirs, tags[place]) for tags in (here, there))
    yield f"tlvs: in another order, number {place + 1} is {first} here, {other} there"


def _trailing(ours: "Pdu", theirs: "Pdu") -> Iterator[str]:
    here, there = ours.encode()[ours._tlv_end :], theirs.encode()[theirs._tlv_end :]
    if here == there:
        return
    if len(here) != len(there):
        yield _line(_TRAILING, plural(len(here), "octet"), plural(len(there), "octet"))
    else:
        yield _line(_TRAILING, _shown(here), _shown(there))
