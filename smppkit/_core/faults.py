"""The sentences of the core: what is wrong with octets that cannot be read and with values that cannot be written.

Each function returns the exception and leaves raising it to the core, so that no traceback has a frame that holds
octets: a bind holds a password. For the same reason no sentence tells what a string of a peer holds.
"""

from difflib import get_close_matches

from ..errors import DecodeError, EncodeError, FramingError, PduError
from ..spec.commands import ROWS, class_name
from ..spec.kinds import CSTRING, DESTINATIONS, FAILURES, OCTETS, TIME, U8, Field
from ..spec.tlvs import BY_NAME, BY_TAG
from . import templates
from .entries import wrong_entry
from .foreign import protocol
from .templates import filled

_INVALID_LENGTH = 0x02
_INVALID_COMMAND = 0x03
_SYSTEM_ERROR = 0x08
_TLV_NOT_ALLOWED = 0xC1
_INVALID_TLV_LENGTH = 0xC2
_INVALID_TLV_VALUE = 0xC4

HEADER = ("command_length", "command_id", "command_status", "sequence_number")


def plural(count: int, word: str) -> str:
    """Return a count with its word.

    >>> plural(1, "octet"), plural(70000, "octet")
    ('1 octet', '70,000 octets')
    """
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def tlv_name(tag: int) -> str:
    """Return the name of a TLV of the standard, or its tag.

    >>> tlv_name(0x0424), tlv_name(0x1400)
    ('message_payload', '0x1400')
    """
    row = BY_TAG.get(tag)
    return row.name if row else filled(templates.NAMELESS, tag)


def misframed(first: bytes, length: int, most: int) -> PduError:
    """Return what is wrong when ``length`` octets beginning with ``first`` are not exactly one PDU of at most ``most``.

    >>> misframed(b"HTTP/1.1 400 Bad", 300, 70000)
    FramingError('command_length: these octets are HTTP, not SMPP')
    >>> misframed(bytes.fromhex("00000020000000150000000000000001"), 16, 70000)
    DecodeError('command_length: 32 octets by its length, but only 16 are here: 16 octets are missing')
    """
    said = int.from_bytes(first[:4], "big")
    wrong = ""
    if length >= 4 and said < 16:
        wrong = filled(templates.BELOW_HEADER, said)
    elif length >= 4 and said > most:
        name = protocol(first)
        wrong = filled(templates.FOREIGN, name) if name else filled(templates.ABOVE_MOST, said, most)
    if wrong:
        return FramingError(f"command_length: {wrong}", field="command_length", command_status=_INVALID_LENGTH)
    if length < 16:
        field = HEADER[length // 4]
        wrong = filled(templates.NO_HEADER, length, 16 - length)
        return DecodeError(f"{field}: {wrong}", field=field, offset=length, command_status=_INVALID_LENGTH)
    if length < said:
        wrong = filled(templates.TOO_FEW, said, length, said - length)
    else:
        wrong = filled(templates.TOO_MANY, length - said, said)
    return DecodeError(
        f"command_length: {wrong}",
        field="command_length",
        offset=min(length, said),
        command_status=_INVALID_LENGTH,
    )


def unknown_command(command_id: int) -> DecodeError:
    """Return what is wrong with a command_id that no version of the standard has.

    >>> unknown_command(0xFF)
    DecodeError('command_id: 0x000000FF is no command of SMPP 3.3, 3.4 or 5.0')
    """
    vendor = 0x00010200 <= command_id & 0x7FFFFFFF <= 0x000102FF
    wrong = filled(templates.VENDOR_COMMAND if vendor else templates.NO_COMMAND, command_id)
    return DecodeError(f"command_id: {wrong}", field="command_id", offset=4, command_status=_INVALID_COMMAND)


def unreadable(pdu: bytes, row: int, fault: int, index: int, offset: int, status: int) -> DecodeError:
    """Return why a body cannot be read; ``fault`` and its place are those of the plan's Walk.

    >>> pdu = bytes.fromhex("00000013 00000004 00000000 00000006 434d54")
    >>> unreadable(pdu, [row.name for row in ROWS].index("submit_sm"), 1, 0, 16, 2)
    DecodeError('service_type: the PDU ends in the string, before its NUL')
    """
    fields = ROWS[row].fields
    if index < len(fields):
        name, wrong = fields[index].name, _bad_field(pdu, fields, fault, index, offset)
    elif fault == 5:
        name, wrong = "tlvs", templates.TLVS_TOO_MANY
    else:
        tag, size = int.from_bytes(pdu[offset : offset + 2], "big"), int.from_bytes(pdu[offset + 2 : offset + 4], "big")
        name, wrong = tlv_name(tag), filled(templates.TLV_CUT, size, len(pdu) - offset - 4)
    return DecodeError(f"{name}: {wrong}", field=name, offset=offset, command_status=status)


def unwritten(pdu: bytes, row: int, fault: int, index: int, offset: int, status: int) -> EncodeError:
    """Return why octets that were just written are no PDU all the same: more TLVs than one may have.

    >>> pdu = bytes.fromhex("00000010 00000015 00000000 00000006")
    >>> unwritten(pdu, [row.name for row in ROWS].index("enquire_link"), 5, 0, 16, 0xC0)
    EncodeError('tlvs: more than 1,024 TLVs in one PDU')
    """
    error = unreadable(pdu, row, fault, index, offset, status)
    return EncodeError(str(error), field=error.field, offset=offset, command_status=status)


def _bad_field(pdu: bytes, fields: tuple[Field, ...], fault: int, index: int, offset: int) -> str:
    field = fields[index]
    if fault == 2:
        return filled(templates.BAD_DEST_FLAG, pdu[offset])
    if fault == 4:
        string = field.kind in (CSTRING, TIME)
        return filled(templates.NO_NUL, field.limit) if string else templates.ADDRESS_WITHOUT_NUL
    if field.kind in (DESTINATIONS, FAILURES):
        return templates.LIST_CUT
    if offset >= len(pdu):
        return templates.NO_FIELD
    if field.kind == OCTETS:
        return filled(templates.OCTETS_CUT, pdu[offset - 1], fields[index - 1].name, len(pdu) - offset)
    return templates.STRING_CUT


_WANTED = {
    U8: "a whole number of 0 to 255",
    CSTRING: "a str",
    TIME: "a str of 16 characters such as '000001000000000R' (one day), or an empty one",
    OCTETS: "octets (bytes)",
    "destinations": "a sequence of SmeAddress, DistributionList or mappings of their fields",
    "failures": "a sequence of UnsuccessSme or mappings of its fields",
}


def _unwritable(name: str, wrong: str, status: int, offset: int) -> EncodeError:
    return EncodeError(f"{name}: {wrong}", field=name.partition("[")[0], offset=offset, command_status=status)


def wrong_type(name: str, kind: str, value: object, status: int, offset: int) -> EncodeError:
    """Return what is wrong with a value of the wrong type for a field of ``kind``.

    >>> wrong_type("short_message", "octets", "hi", 1, 45)
    EncodeError('short_message: octets (bytes) wanted, not str: encode the text first, for example gsm7.encode(text)')
    """
    if name.endswith("]"):
        return _unwritable(name, wrong_entry(kind, value), status, offset)
    wrong = f"{_WANTED.get(kind, kind)} wanted, not {type(value).__name__}"
    if isinstance(value, str) and kind == OCTETS:
        wrong += ": encode the text first, for example gsm7.encode(text)"
    return _unwritable(name, wrong, status, offset)


def out_of_range(name: str, value: object, most: int, status: int, offset: int) -> EncodeError:
    """Return what is wrong with a number that its field cannot hold.

    >>> out_of_range("esm_class", 300, 255, 0x43, 40)
    EncodeError('esm_class: 300 is outside 0 to 255')
    """
    number = format(value, "") if isinstance(value, int) and abs(value) < 1 << 80 else "this number"
    return _unwritable(name, f"{number} is outside 0 to {most}", status, offset)


def bad_string(name: str, value: str, limit: int, status: int, offset: int) -> EncodeError:
    """Return what is wrong with a string that a field of ``limit`` octets cannot hold.

    >>> bad_string("source_addr", "x" * 30, 21, 0x0A, 19)
    EncodeError('source_addr: 30 octets, at most 20 fit beside the NUL')
    >>> bad_string("source_addr", "a€", 21, 0x0A, 19)
    EncodeError("source_addr: '€' (position 1) is no octet: these strings hold the characters of Latin-1")
    """
    wide = next((place for place, character in enumerate(value) if ord(character) > 0xFF), None)
    if wide is not None:
        character = "a character" if name == "password" else f"{value[wide]!r}"
        wrong = f"{character} (position {wide}) is no octet: these strings hold the characters of Latin-1"
    elif "\0" in value:
        wrong = f"a NUL (position {value.index(chr(0))}) would end the string before its end"
    else:
        wrong = f"{len(value):,} octets, at most {limit - 1} fit beside the NUL"
    return _unwritable(name, wrong, status, offset)


def bad_time(name: str, value: str, status: int, offset: int) -> EncodeError:
    """Return what is wrong with a time that has not the form of the standard (SMPP 3.4, section 7.1.1).

    >>> bad_time("validity_period", "tomorrow", 0x62, 40)
    EncodeError("validity_period: 'tomorrow' is no time of the form YYMMDDhhmmsstnnp (15 digits, then +, - or R)")
    """
    shown = repr(value if len(value) <= 20 else value[:20] + "…")
    wrong = f"{shown} is no time of the form YYMMDDhhmmsstnnp (15 digits, then +, - or R)"
    return _unwritable(name, wrong, status, offset)


def too_many(name: str, count: int, limit: int, status: int, offset: int) -> EncodeError:
    """Return what is wrong with a counted field that holds too much.

    >>> too_many("short_message", 300, 254, 1, 45)
    EncodeError('short_message: 300 octets, at most 254 fit: put longer texts into the TLV message_payload')
    """
    if name == "short_message":
        wrong = f"{plural(count, 'octet')}, at most {limit} fit: put longer texts into the TLV message_payload"
    elif count == 0:
        wrong = f"empty, but 1 to {limit} entries are wanted"
    else:
        wrong = f"{count:,} entries, at most {limit} fit"
    return _unwritable(name, wrong, status, offset)


def partly_absent(name: str, response: bool, status: int) -> EncodeError:
    """Return what is wrong with None for a field: it stands for a body left out, which only responses have.

    >>> partly_absent("final_date", True, 8)
    EncodeError('final_date: None leaves out the body, so every field must be None or none')
    """
    if response:
        wrong = "None leaves out the body, so every field must be None or none"
    else:
        wrong = "None, but a request has all its fields"
    return _unwritable(name, wrong, status, 16)


def counted(name: str, what: str) -> EncodeError:
    """Return what is wrong with giving a field that is counted from another.

    >>> counted("sm_length", "short_message")
    EncodeError('sm_length: counted from short_message, leave it out')
    """
    return _unwritable(name, f"counted from {what}, leave it out", _INVALID_LENGTH, 16)


def too_large(size: int, most: int) -> EncodeError:
    """Return what is wrong with a PDU longer than any peer takes.

    >>> too_large(80000, 70000)
    EncodeError('command_length: 80,000 octets, at most 70,000 are allowed in one PDU')
    """
    wrong = f"{size:,} octets, at most {most:,} are allowed in one PDU"
    return _unwritable("command_length", wrong, _INVALID_LENGTH, 0)


def unknown_tlv(name: object, known: list[str], offset: int) -> EncodeError:
    """Return what is wrong with a TLV that neither the standard nor the profile names.

    >>> unknown_tlv("mesage_payload", [], 60)
    EncodeError("tlvs: no TLV is called 'mesage_payload'; did you mean message_payload?")
    """
    if not isinstance(name, str):
        wrong = f"a TLV is named by its name or by its tag of 0 to 0xFFFF, not by {type(name).__name__} {name!r:.20}"
    else:
        wrong = f"no TLV is called {name!r:.60}{_did_you_mean(name, [*BY_NAME, *known])}"
        wrong += "" if wrong.endswith("?") else "; give the tag as a number, or declare it in a profile"
    return _unwritable("tlvs", wrong, _TLV_NOT_ALLOWED, offset)


def tlv_type(name: str, kind: str, value: object, offset: int) -> EncodeError:
    """Return what is wrong with a value of the wrong type for a TLV of ``kind``.

    >>> tlv_type("0x1400", "", 7, 60)
    EncodeError('0x1400: octets (bytes) wanted, not int: declare this TLV in a profile to give other values')
    """
    wanted = {"int": "an int (or bytes)", "cstring": "a str (or bytes)"}.get(kind, "octets (bytes)")
    more = "" if kind else ": declare this TLV in a profile to give other values"
    return _unwritable(name, f"{wanted} wanted, not {type(value).__name__}{more}", _INVALID_TLV_VALUE, offset)


def tlv_length(name: str, size: int, least: int, most: int, offset: int) -> EncodeError:
    """Return what is wrong with the length of a TLV.

    >>> tlv_length("sar_msg_ref_num", 1, 2, 2, 60)
    EncodeError('sar_msg_ref_num: 1 octet, but 2 are wanted')
    """
    wanted = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    wrong = f"{plural(size, 'octet')}, but {wanted} {'is' if most == 1 else 'are'} wanted"
    return _unwritable(name, wrong, _INVALID_TLV_LENGTH, offset)


def no_pairs(tlvs: object) -> EncodeError:
    """Return what is wrong with ``tlvs`` that are neither a mapping nor pairs.

    >>> no_pairs(7)
    EncodeError('tlvs: a mapping or a sequence of (name or tag, value) pairs wanted, not int')
    """
    wrong = f"a mapping or a sequence of (name or tag, value) pairs wanted, not {type(tlvs).__name__}"
    return _unwritable("tlvs", wrong, _SYSTEM_ERROR, 16)


def no_such_field(row: int, name: str) -> TypeError:
    """Return what is wrong with a keyword that a command has no field for.

    >>> no_such_field([row.name for row in ROWS].index("submit_sm"), "source")
    TypeError("SubmitSm has no field 'source'; did you mean source_addr, source_addr_ton or source_addr_npi?")
    """
    command = ROWS[row]
    names = [field.name for field in command.fields if not field.counts]
    names += ["tlvs", "command_status", "sequence_number", "profile"]
    text = f"{class_name(command.name)} has no field {name!r}{_did_you_mean(name, names)}"
    if not text.endswith("?"):
        text += f"; its fields are {', '.join(names)}"
    return TypeError(text)


def _did_you_mean(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, 3, 0.6)
    close += [other for other in names if name and name in other and other not in close][: 3 - len(close)]
    if not close:
        return ""
    return f"; did you mean {' or '.join([', '.join(close[:-1]), close[-1]] if close[1:] else close)}?"
