"""Every command of SMPP 3.3, 3.4 and 5.0, one row each, with its body in wire order.

Sections are those of SMPP 3.4 issue 1.2; "of 5.0" marks those of SMPP 5.0. Groups of fields that many commands share
stand once, at the top.
"""

from .kinds import CSTRING, DESTINATIONS, FAILURES, OCTETS, ONE_WAY, REQUEST, RESPONSE, TIME, U8, Command, Field

SYSERR = 0x08  # what is answered when no status of its own exists for a field

_SYSTEM_ID = Field("system_id", CSTRING, 16, 0x0F)
_PASSWORD = Field("password", CSTRING, 9, 0x0E)
_MESSAGE_ID = Field("message_id", CSTRING, 65, 0x0C)
_SERVICE_TYPE = Field("service_type", CSTRING, 6, 0x15, values="service_type")
_ESM_CLASS = Field("esm_class", U8, 1, 0x43, values="esm_class")
_PROTOCOL_ID = Field("protocol_id", U8, 1, SYSERR, values="tp_pid")
_PRIORITY = Field("priority_flag", U8, 1, 0x06, values="priority_flag")
_REGISTERED = Field("registered_delivery", U8, 1, 0x07, values="registered_delivery")
_REPLACE = Field("replace_if_present_flag", U8, 1, 0x54, values="replace_if_present_flag")
_DATA_CODING = Field("data_coding", U8, 1, 0x0104, values="data_coding")
_DEFAULT_MESSAGE = Field("sm_default_msg_id", U8, 1, 0x63)
_TIMES = (
    Field("schedule_delivery_time", TIME, 17, 0x61),
    Field("validity_period", TIME, 17, 0x62),
)


def _source(limit: int = 21) -> tuple[Field, ...]:
    return (
        Field("source_addr_ton", U8, 1, 0x48, values="ton"),
        Field("source_addr_npi", U8, 1, 0x49, values="npi"),
        Field("source_addr", CSTRING, limit, 0x0A),
    )


def _destination(limit: int = 21) -> tuple[Field, ...]:
    return (
        Field("dest_addr_ton", U8, 1, 0x50, values="ton"),
        Field("dest_addr_npi", U8, 1, 0x51, values="npi"),
        Field("destination_addr", CSTRING, limit, 0x0B),
    )


_SHORT_MESSAGE = (
    Field("sm_length", U8, 1, 0x01, counts="short_message"),
    Field("short_message", OCTETS, 254, 0x01, limit_v50=255),
)
_FLAGS_AND_TIMES = (_ESM_CLASS, _PROTOCOL_ID, _PRIORITY, *_TIMES, _REGISTERED, _REPLACE, _DATA_CODING, _DEFAULT_MESSAGE)
_BIND = (
    _SYSTEM_ID,
    _PASSWORD,
    Field("system_type", CSTRING, 13, 0x53),
    Field("interface_version", U8, 1, SYSERR, values="interface_version"),
    Field("addr_ton", U8, 1, SYSERR, values="ton"),
    Field("addr_npi", U8, 1, SYSERR, values="npi"),
    Field("address_range", CSTRING, 41, SYSERR),
)
_MESSAGE = (_SERVICE_TYPE, *_source(), *_destination(), *_FLAGS_AND_TIMES, *_SHORT_MESSAGE)

_TX = ("BOUND_TX", "BOUND_TRX")
_RX = ("BOUND_RX", "BOUND_TRX")
_BOUND = ("BOUND_TX", "BOUND_RX", "BOUND_TRX")
_OPEN = ("OPEN",)
_OPEN_V50 = ("OPEN", "OUTBOUND")
_ANY_V50 = ("OPEN", "OUTBOUND", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "UNBOUND")


def _bind(name: str, command_id: int, introduced: str, section: int) -> tuple[Command, Command]:
    answer = name + "_resp"
    return (
        Command(name, command_id, introduced, f"4.1.{section}", REQUEST, "ESME", answer, _BIND, _OPEN, _OPEN_V50),
        Command(
            answer,
            0x80000000 | command_id,
            introduced,
            f"4.1.{section + 1}",
            RESPONSE,
            "MC",
            name,
            (_SYSTEM_ID,),
            _OPEN,
            _OPEN_V50,
            bare_on_error=True,
        ),
    )


def _answer(
    name: str,
    command_id: int,
    section: str,
    sender: str,
    fields: tuple[Field, ...],
    states: tuple[str, ...],
    introduced: str = "3.3",
    bare_on_error: bool = False,
    states_v50: tuple[str, ...] | None = None,
) -> Command:
    return Command(
        name + "_resp",
        0x80000000 | command_id,
        introduced,
        section,
        RESPONSE,
        sender,
        name,
        fields,
        states,
        states if states_v50 is None else states_v50,
        bare_on_error,
    )


def _ask(
    name: str,
    command_id: int,
    section: str,
    sender: str,
    fields: tuple[Field, ...],
    states: tuple[str, ...],
    introduced: str = "3.3",
    states_v50: tuple[str, ...] | None = None,
) -> Command:
    v50 = states if states_v50 is None else states_v50
    return Command(name, command_id, introduced, section, REQUEST, sender, name + "_resp", fields, states, v50)


ROWS: tuple[Command, ...] = (
    Command("generic_nack", 0x80000000, "3.3", "4.3.1", RESPONSE, "both", "", (), _BOUND, _ANY_V50),
    *_bind("bind_receiver", 0x00000001, "3.3", 3),
    *_bind("bind_transmitter", 0x00000002, "3.3", 1),
    _ask("query_sm", 0x00000003, "4.8.1", "ESME", (_MESSAGE_ID, *_source()), _TX),
    _answer(
        "query_sm",
        0x00000003,
        "4.8.2",
        "MC",
        (
            _MESSAGE_ID,
            Field("final_date", TIME, 17, SYSERR),
            Field("message_state", U8, 1, SYSERR, values="message_state"),
            Field("error_code", U8, 1, SYSERR),
        ),
        _TX,
    ),
    _ask("submit_sm", 0x00000004, "4.4.1", "ESME", _MESSAGE, _TX),
    _answer("submit_sm", 0x00000004, "4.4.2", "MC", (_MESSAGE_ID,), _TX, bare_on_error=True),
    _ask("deliver_sm", 0x00000005, "4.6.1", "MC", _MESSAGE, _RX),
    _answer("deliver_sm", 0x00000005, "4.6.2", "ESME", (_MESSAGE_ID,), _RX),
    _ask("unbind", 0x00000006, "4.2.1", "both", (), _BOUND),
    _answer("unbind", 0x00000006, "4.2.2", "both", (), _BOUND),
    _ask(
        "replace_sm",
        0x00000007,
        "4.10.1",
        "ESME",
        (_MESSAGE_ID, *_source(), *_TIMES, _REGISTERED, _DEFAULT_MESSAGE, *_SHORT_MESSAGE),
        _TX,
    ),
    _answer("replace_sm", 0x00000007, "4.10.2", "MC", (), _TX),
    _ask(
        "cancel_sm",
        0x00000008,
        "4.9.1",
        "ESME",
        (_SERVICE_TYPE, _MESSAGE_ID, *_source(), *_destination()),
        _TX,
    ),
    _answer("cancel_sm", 0x00000008, "4.9.2", "MC", (), _TX),
    *_bind("bind_transceiver", 0x00000009, "3.4", 5),
    Command("outbind", 0x0000000B, "3.4", "4.1.7", ONE_WAY, "MC", "", (_SYSTEM_ID, _PASSWORD), _OPEN, _OPEN),
    _ask("enquire_link", 0x00000015, "4.11.1", "both", (), _BOUND, states_v50=_ANY_V50),
    _answer("enquire_link", 0x00000015, "4.11.2", "both", (), _BOUND, states_v50=_ANY_V50),
    _ask(
        "submit_multi",
        0x00000021,
        "4.5.1",
        "ESME",
        (
            _SERVICE_TYPE,
            *_source(),
            Field("number_of_dests", U8, 1, 0x33, counts="dest_address"),
            Field("dest_address", DESTINATIONS, 254, 0x40, limit_v50=255),
            *_FLAGS_AND_TIMES,
            *_SHORT_MESSAGE,
        ),
        _TX,
    ),
    _answer(
        "submit_multi",
        0x00000021,
        "4.5.2",
        "MC",
        (
            _MESSAGE_ID,
            Field("no_unsuccess", U8, 1, SYSERR, counts="unsuccess_sme"),
            Field("unsuccess_sme", FAILURES, 255, SYSERR),
        ),
        _TX,
    ),
    Command(
        "alert_notification",
        0x00000102,
        "3.4",
        "4.12.1",
        ONE_WAY,
        "MC",
        "",
        (
            *_source(65),
            Field("esme_addr_ton", U8, 1, SYSERR, values="ton"),
            Field("esme_addr_npi", U8, 1, SYSERR, values="npi"),
            Field("esme_addr", CSTRING, 65, SYSERR),
        ),
        _RX,
        _RX,
    ),
    _ask(
        "data_sm",
        0x00000103,
        "4.7.1",
        "both",
        (_SERVICE_TYPE, *_source(65), *_destination(65), _ESM_CLASS, _REGISTERED, _DATA_CODING),
        _BOUND,
        introduced="3.4",
    ),
    _answer("data_sm", 0x00000103, "4.7.2", "both", (_MESSAGE_ID,), _BOUND, introduced="3.4"),
    _ask(
        "broadcast_sm",
        0x00000111,
        "4.4.1.1 of 5.0",
        "ESME",
        (
            _SERVICE_TYPE,
            *_source(),
            _MESSAGE_ID,
            _PRIORITY,
            *_TIMES,
            _REPLACE,
            _DATA_CODING,
            _DEFAULT_MESSAGE,
        ),
        (),
        introduced="5.0",
        states_v50=_TX,
    ),
    _answer("broadcast_sm", 0x00000111, "4.4.1.2 of 5.0", "MC", (_MESSAGE_ID,), (), introduced="5.0", states_v50=_TX),
    _ask(
        "query_broadcast_sm",
        0x00000112,
        "4.6.1.1 of 5.0",
        "ESME",
        (_MESSAGE_ID, *_source()),
        (),
        introduced="5.0",
        states_v50=_TX,
    ),
    _answer(
        "query_broadcast_sm", 0x00000112, "4.6.1.3 of 5.0", "MC", (_MESSAGE_ID,), (), introduced="5.0", states_v50=_TX
    ),
    _ask(
        "cancel_broadcast_sm",
        0x00000113,
        "4.6.2.1 of 5.0",
        "ESME",
        (_SERVICE_TYPE, _MESSAGE_ID, *_source()),
        (),
        introduced="5.0",
        states_v50=_TX,
    ),
    _answer("cancel_broadcast_sm", 0x00000113, "4.6.2.3 of 5.0", "MC", (), (), introduced="5.0", states_v50=_TX),
)

BY_ID: dict[int, Command] = {row.command_id: row for row in ROWS}
BY_NAME: dict[str, Command] = {row.name: row for row in ROWS}

VENDOR_IDS = ((0x00010200, 0x000102FF), (0x80010200, 0x800102FF))  # SMPP 3.4, section 5.1.2.1


def name_of(command_id: int) -> str:
    """Return the name of a command, or its number where the standard has none.

    >>> name_of(0x80000004), name_of(0x00010203)
    ('submit_sm_resp', 'command 0x00010203')
    """
    row = BY_ID.get(command_id)
    return row.name if row is not None else f"command 0x{command_id:08X}"


def class_name(command: str) -> str:
    """Return the name of the Python class of a command.

    >>> class_name("submit_sm_resp")
    'SubmitSmResp'
    """
    return "".join(word.capitalize() for word in command.split("_"))
