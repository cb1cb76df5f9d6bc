"""First figures of the codec beside smpp34: decode, build and encode, and a million PDUs into a DataFrame.

python -m benchmarks.codec [--pdus 1000000] [--rounds 9] [--write benchmarks/results/codec.md]
"""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import smpp34

import smppkit as sk

from .rounds import Row, alternate, report
from .traffic import mixed

CALLS = 20_000
COLUMNS = (
    "command_id",
    "command_status",
    "sequence_number",
    "source_addr",
    "destination_addr",
    "data_coding",
    "message_id",
    "text",
    "receipt_id",
    "receipt_stat",
    "receipt_err",
    "receipt_done_date",
)
RECEIPT = re.compile(r"id:(\S+) .*?done date:(\d+) stat:(\w+) err:(\S+)")

SUBMIT = sk.SubmitSm(
    sequence_number=7,
    service_type="CMT",
    source_addr_ton=5,
    source_addr="INFO",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr="32471123456",
    registered_delivery=1,
    short_message=b"Your parcel arrives today between 14:00 and 16:00. Please have your identity card ready. Thanks",
).encode()
RECEIPT_PDU = sk.DeliverSm(
    sequence_number=8,
    source_addr="32471123456",
    destination_addr="INFO",
    esm_class=4,
    short_message=b"id:0A1B2C sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:",
    tlvs={"receipted_message_id": "0A1B2C", "message_state": 2, "network_error_code": b"\3\0\0"},
).encode()


def repeat(call: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(CALLS):
            call()

    return run


def one_call_rows(rounds: int) -> list[Row]:
    ours, rival = sk.decode, smpp34.decode

    def ours_read() -> None:
        pdu = ours(SUBMIT)
        pdu.source_addr, pdu.destination_addr, pdu.short_message, pdu.data_coding  # noqa: B018

    def rival_read() -> None:
        pdu = rival(SUBMIT)
        pdu.source_addr, pdu.destination_addr, pdu.short_message, pdu.data_coding  # noqa: B018

    def ours_receipt() -> None:
        pdu = ours(RECEIPT_PDU)
        pdu.source_addr, pdu.short_message, pdu.tlvs["receipted_message_id"], pdu.tlvs["message_state"]

    def rival_receipt() -> None:
        pdu = rival(RECEIPT_PDU)
        pdu.source_addr, pdu.short_message, [(tlv.tag, tlv.value) for tlv in pdu.tlvs]

    def ours_build() -> bytes:
        return sk.SubmitSm(
            source_addr="INFO",
            destination_addr="32471123456",
            short_message=b"Hello",
            registered_delivery=1,
            sequence_number=7,
        ).encode()

    def rival_build() -> bytes:
        return smpp34.SubmitSm(
            source_addr="INFO",
            destination_addr="32471123456",
            short_message=b"Hello",
            registered_delivery=1,
            sequence_number=7,
        ).encode()

    if ours_build() != rival_build():
        raise SystemExit(f"the contenders disagree: {ours_build().hex()} {rival_build().hex()}")
    pairs = {
        f"decode, submit_sm of {len(SUBMIT)} octets": (lambda: ours(SUBMIT), lambda: rival(SUBMIT)),
        "decode and read 4 fields": (ours_read, rival_read),
        "decode a receipt and read it with 3 TLVs": (ours_receipt, rival_receipt),
        "build and encode by keywords": (ours_build, rival_build),
    }
    return [
        alternate(name, {"smppkit": repeat(mine), "smpp34": repeat(other)}, CALLS, rounds)
        for name, (mine, other) in pairs.items()
    ]


def frame_ours(octets: bytes) -> pd.DataFrame:
    return sk.frame(octets, columns=COLUMNS)


def frame_rival(octets: bytes) -> pd.DataFrame:
    """What a careful user of smpp34 and pandas would write: lists for columns, one decode for each PDU."""
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    put = [columns[name].append for name in COLUMNS]
    at, end = 0, len(octets)
    while at < end:
        size = int.from_bytes(octets[at : at + 4], "big")
        for append, value in zip(put, _rival_row(octets[at : at + size]), strict=True):
            append(value)
        at += size
    return pd.DataFrame(columns)


def _rival_row(octets: bytes) -> tuple[object, ...]:
    pdu = smpp34.decode(octets)
    if isinstance(pdu, smpp34.RawPdu):
        body = pdu.body
        message_id = body[: body.find(0)].decode("latin-1") if body else None
        return (pdu.command_id, pdu.command_status, pdu.sequence_number, None, None, None, message_id, *[None] * 5)
    text = pdu.short_message.decode("utf-16-be" if pdu.data_coding == 8 else "latin-1")
    found = RECEIPT.match(text) if pdu.esm_class & 0x3C == 4 else None
    receipt = (found[1], found[3], found[4], pd.Timestamp("20" + found[2] + "00")) if found else (None,) * 4
    head = (pdu.command_id, 0, pdu.sequence_number, pdu.source_addr, pdu.destination_addr, pdu.data_coding, None, text)
    return (*head, *receipt)


def frame_row(count: int, rounds: int) -> Row:
    octets = mixed(count)
    contenders = {"smppkit": lambda: frame_ours(octets), "smpp34": lambda: frame_rival(octets)}
    sample = octets[: _whole(octets, 2_000)]
    mine, other = frame_ours(sample), frame_rival(sample)
    for name in ("command_id", "source_addr", "text", "receipt_stat", "message_id"):
        left, right = mine[name].astype(object), other[name].astype(object)
        if not left[left.notna()].equals(right[left.notna()]):
            raise SystemExit(f"the contenders disagree in column {name}")
    return alternate(f"{count:,} mixed PDUs to a DataFrame of {len(COLUMNS)} columns", contenders, 1, rounds)


def _whole(octets: bytes, count: int) -> int:
    at = 0
    for _ in range(count):
        at += int.from_bytes(octets[at : at + 4], "big")
    return at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdus", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--frame-rounds", type=int, default=3)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    rows = one_call_rows(options.rounds)
    table = report("Codec, one call", rows, "smppkit", ("smpp34",))
    table += "\n\n" + report("Many PDUs", [frame_row(options.pdus, options.frame_rounds)], "smppkit", ("smpp34",))
    print(table)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(table + "\n\nCommand: `python -m benchmarks.codec`\n", encoding="utf-8")


if __name__ == "__main__":
    main()
