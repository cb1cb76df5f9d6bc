"""Every command_status of SMPP 3.3, 3.4 and 5.0, one row each (SMPP 3.4, section 5.1.3; SMPP 5.0, section 4.7.6).

A status nobody here knows is legal data: it keeps its number. What single providers and old libraries mean by numbers
of their own is in ``spec.observed``.
"""

from .kinds import Status

# Two lines a row: code, name, version, category; then the meaning and what a client should do.
# fmt: off
ROWS: tuple[Status, ...] = (
    Status(0x0000, "ESME_ROK", "3.3", "ok",
           "success", "none"),
    Status(0x0001, "ESME_RINVMSGLEN", "3.3", "permanent",
           "message text too long or length field wrong", "fix the message"),
    Status(0x0002, "ESME_RINVCMDLEN", "3.3", "config",
           "command_length does not fit the command", "encoder fault or peer mismatch; do not resend the same octets"),
    Status(0x0003, "ESME_RINVCMDID", "3.3", "config",
           "command not known or not supported by the peer", "stop using the command on this account"),
    Status(0x0004, "ESME_RINVBNDSTS", "3.3", "config",
           "command not allowed in the present bind state", "bind again with the right type, then resend"),
    Status(0x0005, "ESME_RALYBND", "3.3", "auth",
           "already bound, or the bind limit is reached", "bind again with back-off; the MC may hold a stale session",
           other_name="ESME_RALYNBD"),
    Status(0x0006, "ESME_RINVPRTFLG", "3.3", "permanent",
           "priority_flag not acceptable", "fix the field"),
    Status(0x0007, "ESME_RINVREGDLVFLG", "3.3", "permanent",
           "registered_delivery not acceptable", "fix the field"),
    Status(0x0008, "ESME_RSYSERR", "3.3", "temporary",
           "MC internal error", "retry with back-off, limited count"),
    Status(0x000A, "ESME_RINVSRCADR", "3.3", "permanent",
           "source address not acceptable", "fix or change sender"),
    Status(0x000B, "ESME_RINVDSTADR", "3.3", "permanent",
           "destination address not acceptable", "do not retry"),
    Status(0x000C, "ESME_RINVMSGID", "3.3", "permanent",
           "message_id unknown or wrong", "do not retry; the message is gone or was never known"),
    Status(0x000D, "ESME_RBINDFAIL", "3.3", "auth",
           "bind refused, no further reason", "back off; may mean a wrong IP address, credentials or bind limit"),
    Status(0x000E, "ESME_RINVPASWD", "3.3", "auth",
           "wrong password", "stop; retrying locks accounts"),
    Status(0x000F, "ESME_RINVSYSID", "3.3", "auth",
           "unknown system_id", "stop; retrying locks accounts"),
    Status(0x0011, "ESME_RCANCELFAIL", "3.3", "permanent",
           "cancel_sm failed", "the message may already be final"),
    Status(0x0013, "ESME_RREPLACEFAIL", "3.3", "permanent",
           "replace_sm failed", "the message may already be final"),
    Status(0x0014, "ESME_RMSGQFUL", "3.3", "throttle",
           "MC queue (account or destination) full", "not accepted: hold sending, retry after seconds"),
    Status(0x0015, "ESME_RINVSERTYP", "3.3", "config",
           "service_type not acceptable", "fix the field"),
    Status(0x0033, "ESME_RINVNUMDESTS", "3.3", "permanent",
           "number_of_dests not acceptable", "fix the list"),
    Status(0x0034, "ESME_RINVDLNAME", "3.3", "permanent",
           "distribution list unknown", "fix the list"),
    Status(0x0040, "ESME_RINVDESTFLAG", "3.3", "permanent",
           "dest_flag not 1 or 2", "encoder fault"),
    Status(0x0042, "ESME_RINVSUBREP", "3.3", "permanent",
           "submit with replace_if_present not possible", "send without the flag"),
    Status(0x0043, "ESME_RINVESMCLASS", "3.3", "permanent",
           "esm_class not acceptable", "fix the field"),
    Status(0x0044, "ESME_RCNTSUBDL", "3.3", "config",
           "may not submit to a distribution list", "use plain addresses"),
    Status(0x0045, "ESME_RSUBMITFAIL", "3.3", "permanent",
           "submit failed, no further reason", "ambiguous: temporary at some gateways; one delayed retry at most"),
    Status(0x0048, "ESME_RINVSRCTON", "3.3", "config",
           "source TON not acceptable", "fix the field"),
    Status(0x0049, "ESME_RINVSRCNPI", "3.3", "config",
           "source NPI not acceptable", "fix the field"),
    Status(0x0050, "ESME_RINVDSTTON", "3.3", "config",
           "destination TON not acceptable", "fix the field"),
    Status(0x0051, "ESME_RINVDSTNPI", "3.3", "config",
           "destination NPI not acceptable", "fix the field"),
    Status(0x0053, "ESME_RINVSYSTYP", "3.3", "auth",
           "system_type not acceptable", "stop; fix the bind settings"),
    Status(0x0054, "ESME_RINVREPFLAG", "3.3", "permanent",
           "replace_if_present_flag not acceptable", "fix the field"),
    Status(0x0055, "ESME_RINVNUMMSGS", "3.3", "permanent",
           "number of messages not acceptable", "fix the field"),
    Status(0x0058, "ESME_RTHROTTLED", "3.4", "throttle",
           "account exceeded its rate", "pause the whole sender, lower the rate, retry the same message"),
    Status(0x0061, "ESME_RINVSCHED", "3.4", "permanent",
           "schedule_delivery_time not acceptable", "fix the field"),
    Status(0x0062, "ESME_RINVEXPIRY", "3.4", "permanent",
           "validity_period not acceptable", "fix the field"),
    Status(0x0063, "ESME_RINVDFTMSGID", "3.4", "permanent",
           "sm_default_msg_id unknown", "fix the field"),
    Status(0x0064, "ESME_RX_T_APPN", "3.4", "temporary",
           "receiving ESME: temporary failure", "the MC will send it again later"),
    Status(0x0065, "ESME_RX_P_APPN", "3.4", "permanent",
           "receiving ESME: permanent failure", "the MC will not send it again"),
    Status(0x0066, "ESME_RX_R_APPN", "3.4", "permanent",
           "receiving ESME: message refused", "the MC will not send it again"),
    Status(0x0067, "ESME_RQUERYFAIL", "3.4", "permanent",
           "query_sm failed", "the message may be unknown or aged out"),
    Status(0x00C0, "ESME_RINVTLVSTREAM", "3.4", "config",
           "TLV section cannot be parsed", "encoder fault or peer mismatch", other_name="ESME_RINVOPTPARSTREAM"),
    Status(0x00C1, "ESME_RTLVNOTALLWD", "3.4", "config",
           "TLV not allowed in this command", "drop the TLV", other_name="ESME_ROPTPARNOTALLWD"),
    Status(0x00C2, "ESME_RINVTLVLEN", "3.4", "config",
           "TLV length wrong", "fix the TLV", other_name="ESME_RINVPARLEN"),
    Status(0x00C3, "ESME_RMISSINGTLV", "3.4", "config",
           "required TLV absent", "add the TLV", other_name="ESME_RMISSINGOPTPARAM"),
    Status(0x00C4, "ESME_RINVTLVVAL", "3.4", "permanent",
           "TLV value not acceptable", "fix the TLV", other_name="ESME_RINVOPTPARAMVAL"),
    Status(0x00FE, "ESME_RDELIVERYFAILURE", "3.4", "permanent",
           "delivery failed (transaction mode, data_sm)",
           "see delivery_failure_reason: 0 and 3 are temporary, 1 and 2 permanent"),
    Status(0x00FF, "ESME_RUNKNOWNERR", "3.4", "temporary",
           "unknown error", "limited retry; one large gateway means exhausted credit by it"),
    Status(0x0100, "ESME_RSERTYPUNAUTH", "5.0", "auth",
           "account not authorised for this service_type", "stop; ask for the service_type to be enabled"),
    Status(0x0101, "ESME_RPROHIBITED", "5.0", "auth",
           "operation prohibited for this account", "stop; ask for the operation to be enabled"),
    Status(0x0102, "ESME_RSERTYPUNAVAIL", "5.0", "temporary",
           "service_type not available at present", "retry with back-off, limited count"),
    Status(0x0103, "ESME_RSERTYPDENIED", "5.0", "permanent",
           "service_type denied for this message or subscriber", "do not retry"),
    Status(0x0104, "ESME_RINVDCS", "5.0", "permanent",
           "data_coding not supported", "choose a data_coding that the MC takes"),
    Status(0x0105, "ESME_RINVSRCADDRSUBUNIT", "5.0", "permanent",
           "source_addr_subunit not acceptable", "fix the TLV"),
    Status(0x0106, "ESME_RINVDSTADDRSUBUNIT", "5.0", "permanent",
           "dest_addr_subunit not acceptable", "fix the TLV"),
    Status(0x0107, "ESME_RINVBCASTFREQINT", "5.0", "permanent",
           "broadcast_frequency_interval not acceptable", "fix the TLV"),
    Status(0x0108, "ESME_RINVBCASTALIAS_NAME", "5.0", "permanent",
           "broadcast area alias unknown", "fix the TLV"),
    Status(0x0109, "ESME_RINVBCASTAREAFMT", "5.0", "permanent",
           "broadcast area format not acceptable", "fix the TLV"),
    Status(0x010A, "ESME_RINVNUMBCAST_AREAS", "5.0", "permanent",
           "number of broadcast areas not acceptable", "fix the areas"),
    Status(0x010B, "ESME_RINVBCASTCNTTYPE", "5.0", "permanent",
           "broadcast_content_type not acceptable", "fix the TLV"),
    Status(0x010C, "ESME_RINVBCASTMSGCLASS", "5.0", "permanent",
           "broadcast_message_class not acceptable", "fix the TLV"),
    Status(0x010D, "ESME_RBCASTFAIL", "5.0", "temporary",
           "broadcast_sm failed", "retry with back-off, limited count"),
    Status(0x010E, "ESME_RBCASTQUERYFAIL", "5.0", "permanent",
           "query_broadcast_sm failed", "the broadcast may be unknown or aged out"),
    Status(0x010F, "ESME_RBCASTCANCELFAIL", "5.0", "permanent",
           "cancel_broadcast_sm failed", "the broadcast may be unknown or over"),
    Status(0x0110, "ESME_RINVBCAST_REP", "5.0", "permanent",
           "broadcast_rep_num not acceptable", "fix the TLV"),
    Status(0x0111, "ESME_RINVBCASTSRVGRP", "5.0", "permanent",
           "broadcast_service_group not acceptable", "fix the TLV"),
    Status(0x0112, "ESME_RINVBCASTCHANIND", "5.0", "permanent",
           "broadcast_channel_indicator not acceptable", "fix the TLV"),
)
# fmt: on

BY_CODE: dict[int, Status] = {row.code: row for row in ROWS}
BY_NAME: dict[str, Status] = {row.name: row for row in ROWS} | {row.other_name: row for row in ROWS if row.other_name}

VENDOR = (0x0400, 0x04FF)  # their meaning differs from provider to provider

# Numbers that neither 3.4 nor 5.0 assigns, first to last.
# fmt: off
RESERVED: tuple[tuple[int, int], ...] = (
    (0x0009, 0x0009), (0x0010, 0x0010), (0x0012, 0x0012), (0x0016, 0x0032), (0x0035, 0x003F),
    (0x0041, 0x0041), (0x0046, 0x0047), (0x004A, 0x004F), (0x0052, 0x0052), (0x0056, 0x0057),
    (0x0059, 0x0060), (0x0068, 0x00BF), (0x00C5, 0x00FD), (0x0113, 0x03FF), (0x0500, 0xFFFFFFFF),
)
# fmt: on


def name_of(code: int) -> str:
    """Return the name of a status, or its number where the standard has none.

    >>> name_of(0x58), name_of(0x41B), name_of(0x09)
    ('ESME_RTHROTTLED', 'vendor status 0x0000041B', 'reserved status 0x00000009')
    """
    row = BY_CODE.get(code)
    if row is not None:
        return row.name
    kind = "vendor" if VENDOR[0] <= code <= VENDOR[1] else "reserved"
    return f"{kind} status 0x{code:08X}"
