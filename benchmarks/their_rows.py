"""What a careful user of smpp34 and pandas writes for many PDUs: lists for columns, one call for each PDU."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import smpp34

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
NUMBERS = ("command_length", "command_id", "command_status", "sequence_number", "esm_class", "data_coding")
RECEIPT = re.compile(r"id:(\S+) .*?done date:(\d+) stat:(\w+) err:(\S+)")


def frame(octets: bytes) -> pd.DataFrame:
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    put = [columns[name].append for name in COLUMNS]
    for one in pdus(octets):
        for append, value in zip(put, _row(one), strict=True):
            append(value)
    table = pd.DataFrame(columns)
    table["receipt_done_date"] = pd.to_datetime(table["receipt_done_date"], format="%y%m%d%H%M")  # at once: far faster
    return table


def numbers(octets: bytes) -> pd.DataFrame:
    """Integers alone, and the offset of each PDU."""
    columns: dict[str, list[int | None]] = {name: [] for name in (*NUMBERS, "offset")}
    length, command_id, status, number, esm_class, coding, offset = (column.append for column in columns.values())
    at = 0
    for one in pdus(octets):
        pdu = smpp34.decode(one)
        raw = isinstance(pdu, smpp34.RawPdu)
        length(len(one))
        command_id(pdu.command_id)
        status(pdu.command_status if raw else 0)
        number(pdu.sequence_number)
        esm_class(None if raw else pdu.esm_class)
        coding(None if raw else pdu.data_coding)
        offset(at)
        at += len(one)
    return pd.DataFrame(columns)


def headers(octets: bytes) -> tuple[np.ndarray, ...]:
    """Offset, length, command_id and sequence_number of each PDU."""
    offset, length, command_id, number = (list[int]() for _ in range(4))
    at = 0
    for one in pdus(octets):
        pdu = smpp34.decode(one)
        offset.append(at)
        length.append(len(one))
        command_id.append(pdu.command_id)
        number.append(pdu.sequence_number)
        at += len(one)
    return tuple(np.array(column) for column in (offset, length, command_id, number))


def pdus(octets: bytes) -> Iterator[bytes]:
    at, end = 0, len(octets)
    while at < end:
        size = int.from_bytes(octets[at : at + 4], "big")
        yield octets[at : at + size]
        at += size


def encode(destinations: list[str], texts: list[bytes], first: int) -> bytes:
    """Encode one submit_sm for each row."""
    submit = smpp34.SubmitSm
    return b"".join(
        [
            submit(
                source_addr_ton=5,
                source_addr="INFO",
                dest_addr_ton=1,
                dest_addr_npi=1,
                destination_addr=destination,
                registered_delivery=1,
                short_message=text,
                sequence_number=number,
            ).encode()
            for number, (destination, text) in enumerate(zip(destinations, texts, strict=True), first)
        ]
    )


def _row(octets: bytes) -> tuple[object, ...]:
    pdu = smpp34.decode(octets)
    if isinstance(pdu, smpp34.RawPdu):
        body = pdu.body
        message_id = body[: body.find(0)].decode("latin-1") if body else None
        return (pdu.command_id, pdu.command_status, pdu.sequence_number, None, None, None, message_id, *[None] * 5)
    text = pdu.short_message.decode("utf-16-be" if pdu.data_coding == 8 else "latin-1")
    found = RECEIPT.match(text) if pdu.esm_class & 0x3C == 4 else None
    receipt = (found[1], found[3], found[4], found[2]) if found else (None,) * 4
    head = (pdu.command_id, 0, pdu.sequence_number, pdu.source_addr, pdu.destination_addr, pdu.data_coding, None, text)
    return (*head, *receipt)
