"""Every field of every shipped capture, in the frame of PDUs, against the dissection beside it."""

import pandas as pd
import pytest

import smppkit as sk
from smppkit._core.decoding import FIELD_NAMES
from smppkit.spec import tlvs
from tests.journal.test_shipped_captures import BLIND, CAPTURES, DISSECTED, PDUS, dissection

OTHER_NAMES = {
    "message": "short_message",
    "SC_interface_version": "sc_interface_version",
    "schedule_delivery_time_r": "schedule_delivery_time",
    "validity_period_r": "validity_period",
    "final_date_r": "final_date",
}
BITS = {  # column, lowest bit, how many values
    "esm.submit.msg_mode": ("esm_class", 0, 4),
    "esm.submit.msg_type": ("esm_class", 2, 16),
    "esm.submit.features": ("esm_class", 6, 4),
    "regdel.receipt": ("registered_delivery", 0, 4),
    "regdel.acks": ("registered_delivery", 2, 4),
    "regdel.notif": ("registered_delivery", 4, 2),
    "callback_num.pres": ("callback_num_pres_ind", 2, 4),
    "callback_num.scrn": ("callback_num_pres_ind", 0, 4),
    "dcs.sms_coding_group": ("data_coding", 4, 16),
    "dcs.reserved": ("data_coding", 3, 2),
    "dcs.charset": ("data_coding", 2, 2),
    "dcs.class": ("data_coding", 0, 4),
}
SHAPE = {"opt_params", "opt_param", "opt_param_tag", "opt_param_len", "dlist", "dlist_resp", "vendor_op"}
LISTED = {"dest_addr_ton", "dest_addr_npi", "destination_addr", "error_status_code", "dl_name", "dest_flag"}
BLIND_FOR = {"number_of_dests", "no_unsuccess", "callback_num"}  # and alert_on_message_delivery without a value
CODECS = {3: "latin-1", 8: "utf-16-be", 0xF0: "ascii"}
TLV_NAMES = [row.name for row in tlvs.ROWS if row.name not in FIELD_NAMES]
COLUMNS = ["time", "command", *sk.frame(b"").columns[4:], "command_length", "raw", *TLV_NAMES]


def is_there(value):
    return isinstance(value, list) or not pd.isna(value)


def wire(value, size):
    """The octets that a value of the frame stands for."""
    if isinstance(value, bytes):
        return value
    if value is None or pd.isna(value):
        return b""
    if isinstance(value, str):
        return value.encode("latin-1") + b"\0"
    return int(value).to_bytes(size, "big")


def listed(row):
    """The entries of the lists in a submit_multi or its response, by field."""
    found = {}
    for name in ("dest_address", "unsuccess_sme"):
        entries = row[name]
        for entry in [] if entries is None or entries is pd.NA else list(entries):
            for field, value in entry.items():
                if value is not None:
                    found.setdefault(field, []).append(value)
    return found


def check(row, fields):
    lists = listed(row)
    shown = set()
    for full, text, digits in fields:
        name = full.removeprefix("smpp.")
        name = OTHER_NAMES.get(name, name)
        if name in SHAPE or digits is None:
            continue
        if name in FIELD_NAMES and row["unreadable"]:
            continue  # the dissector shows what stands before the fault
        shown.add(name)
        octets = digits.zfill(len(digits) + len(digits) % 2)
        if name in BITS:
            column, lowest, values = BITS[name]
            assert row[column] >> lowest & values - 1 == int(text, 16), name
            shown.add(column)
        elif name.startswith("network_error."):
            expected = row["network_error_code"][:1] if name.endswith("type") else row["network_error_code"][1:]
            assert expected == bytes.fromhex(octets)
            shown.add("network_error_code")
        elif name in LISTED and lists:
            value = lists[name].pop(0)
            assert wire(value, len(octets) // 2) == bytes.fromhex(octets), name
        elif name == "message_text":
            assert row["text"] == bytes.fromhex(octets).decode(CODECS[row["data_coding"]])
        elif name in TLV_NAMES and f"{name}: " in str(row["problem"]):
            assert row[name] == 2  # in two octets; the dissector reads one
        elif name == "password":
            assert row[name] == "***"
        else:
            assert wire(row[name], len(octets) // 2) == bytes.fromhex(octets), name
    return shown


def hidden(row, shown):
    """What the frame has and the dissection does not show."""
    empty = ("", b"")
    named = [name for name in (*FIELD_NAMES, *TLV_NAMES) if name not in ("dest_address", "unsuccess_sme")]
    values = {name: row[name] for name in named if name not in shown}
    return {name: value for name, value in values.items() if is_there(value) and value not in empty}


@pytest.mark.parametrize("name", DISSECTED)
def test_every_field_agrees(name):
    rows = iter(sk.frame(sk.read(CAPTURES / f"{name}.pcap"), COLUMNS).to_dict("records"))
    checked = 0
    for pdu in dissection(name):
        raw = bytes.fromhex(pdu["raw"])
        row = next(row for row in rows if row["raw"] == raw or row["password"] == "***")
        row["unreadable"] = len(raw) > 16 and not any(is_there(row[name]) for name in FIELD_NAMES)
        shown = check(row, pdu["fields"])
        checked += len(shown)
        if row["command_status"] == 0 and pd.isna(row["problem"]):
            assert set(hidden(row, shown)) <= BLIND_FOR, (row["command"], hidden(row, shown))
        if name not in BLIND:
            seconds, rest = pdu["time"].split(".")
            assert row["time"].value == int(seconds) * 10**9 + int(rest)
    assert checked > 60


@pytest.mark.parametrize("name", PDUS)
def test_tables_of_every_capture(name):
    with sk.read(CAPTURES / f"{name}.pcap") as log:
        assert len(log.pdus) == PDUS[name] == len(log)
        commands = log.pdus["command"].value_counts()
        assert len(log.parts) >= commands.get("submit_sm", 0)
        assert log.parts["msg_id"].isin(log.messages["msg_id"]).all()
        assert log.receipts["msg_id"].dropna().isin(log.messages["msg_id"]).all()
        assert not log.messages["outcome"].isna().any()
        assert len(log.receipts) + len(log.inbox) <= commands.get("deliver_sm", 0) + commands.get("data_sm", 0)


def test_hexadecimal_ids_in_decimal_receipts_are_all_matched():
    receipts = sk.read(CAPTURES / "netsmpp_to_jsmpp_simulator.pcap").receipts
    assert len(receipts) == 8
    assert receipts["msg_id"].notna().all()
    assert set(receipts["matched_by"]) == {"hex_to_decimal"}


def test_problems_are_those_of_the_codec():
    pdus = sk.read(CAPTURES / "errors_from_node.pcap").pdus
    told = pdus.loc[pdus["problem"].notna(), ["command", "problem"]]
    assert told["command"].tolist()[0] == "command 0x00000099"
    assert told["problem"].str.startswith("command_id: 0x00000099 is no command").iloc[0]
    assert len(told) == 3
