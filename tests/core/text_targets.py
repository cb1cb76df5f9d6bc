"""Targets that read texts: headers, septets, charsets, receipts, times, hex dumps."""

# ruff: noqa: PT017  an error is as good an answer as any, and is looked at

import json
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

import smppkit as sk
from smppkit._core import receipt_columns, receipt_object
from smppkit._core.alphabet import ALPHABETS
from smppkit.codec.hexdump import read_hex
from smppkit.spec.alphabets import ESCAPE, LANGUAGES
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import CODECS, alphabet_of, decode_text
from smppkit.text.headers import build_header, read_header
from smppkit.text.receipts import parse_receipt, parse_receipts
from smppkit.text.times import format_time, parse_time
from tests import oracle
from tests.core.unbreakable import exact
from tests.text import receipt_oracle, reference


def udh(octets: bytes) -> None:
    """A user data header and its text: elements as the reference cuts them; what is built is read again."""
    whole = octets[: octets[0] + 1] if octets and octets[0] < len(octets) else b""
    found, expected = read_header(octets), reference.elements(whole)
    assert (None if found is None else [tuple(element) for element in found.elements]) == expected
    for data_coding in (0, 3, 8, 0xF1):
        said = decode_text(octets, data_coding, 0x40)
        assert (said.header, said.octets) == (found, octets[len(whole) :] if found else octets)
    if expected and len(whole) <= 140:
        assert build_header(expected) == whole


def packing(octets: bytes) -> None:
    """Septets in octets: as lists of bits have them, whatever the fill bits and the count."""
    import pytest

    fill_bits, body = (octets[0] % 7, octets[1:]) if octets else (0, b"")
    held = max(0, (8 * len(body) - fill_bits) // 7)
    every = reference.unpack(body, held, fill_bits)
    assert gsm7.unpack(body, held, fill_bits) == every
    assert gsm7.unpack(body, fill_bits=fill_bits) in (every, every[:-1])
    assert gsm7.pack(every, fill_bits) == reference.pack(every, fill_bits)
    try:
        packed = gsm7.pack(body, fill_bits)
    except sk.TextError:
        assert any(octet > 0x7F for octet in body)
        return
    assert gsm7.unpack(packed, len(body), fill_bits) == body
    for count in (held + 1, -1, 2**31):
        with pytest.raises(sk.TextError):
            gsm7.unpack(body, count, fill_bits)


def packing_lean(octets: bytes) -> None:
    fill_bits, body = (octets[0] % 7, octets[1:]) if octets else (0, b"")
    held = max(0, (8 * len(body) - fill_bits) // 7)
    every = gsm7.unpack(exact(body), held, fill_bits)
    assert len(every) == held
    assert gsm7.unpack(gsm7.pack(every, fill_bits), held, fill_bits) == every
    septets = bytes(octet & 0x7F for octet in body)
    assert gsm7.unpack(gsm7.pack(exact(septets), fill_bits), len(septets), fill_bits) == septets


def charsets(octets: bytes) -> None:
    """Text of any data_coding: never refused; what Python has a codec for reads as Python reads it."""
    import pandas as pd

    data_coding, esm_class, body = (octets[0], octets[1], octets[2:]) if len(octets) > 2 else (0, 0, octets)
    said = decode_text(body, data_coding, esm_class)
    alphabet = alphabet_of(data_coding)
    if said.text is not None and alphabet in CODECS and alphabet not in ("ucs2", "ascii") and not said.header:
        assert said.text == body.decode(CODECS[alphabet], "replace")
    row = sk.frame([sk.DeliverSm(data_coding=data_coding, esm_class=esm_class, short_message=body[:254])], ["text"])
    alone = decode_text(body[:254], data_coding, esm_class).text
    assert (None if pd.isna(row["text"][0]) else row["text"][0]) == alone or alphabet not in ALPHABETS or alone == ""


def charsets_lean(octets: bytes) -> None:
    data_coding, esm_class, body = (octets[0], octets[1], octets[2:]) if len(octets) > 2 else (0, 0, octets)
    said = decode_text(body, data_coding, esm_class)
    assert body.endswith(said.octets)
    assert said.text is None or len(said.text) <= 8 * len(body)


def alphabet(octets: bytes) -> None:
    """Septets to text by the tables of the standard, any two; what was read is written and read the same."""
    locking, single, body = (octets[0] % 14, octets[1] % 14, octets[2:]) if len(octets) > 2 else (0, 0, octets)
    assert gsm7.decode(body, locking, single) == by_table(body, locking, single)
    words = body.decode("utf-8", "replace")
    for errors in ("replace", "ignore", "look-alike"):
        septets = gsm7.encode(words, single=single, errors=errors)
        assert not any(octet > 0x7F for octet in septets)
        again = gsm7.decode(septets, single=single)
        assert gsm7.decode(gsm7.encode(again, single=single), single=single) == again


def by_table(octets: bytes, locking: int, single: int) -> str:
    """Read septets one by one (3GPP TS 23.038, 6.2.1.1).

    Behind an escape what the single shift table lacks is read by the locking one, and a second escape as a blank.
    """
    tables = {row.identifier: row for row in LANGUAGES}
    main, shifted = tables[locking].locking or tables[0].locking, tables[single].single
    found, escaped = "", False
    for octet in octets:
        if octet == ESCAPE and not escaped:
            escaped = True
            continue
        if octet > 0x7F:
            found += "\ufffd\ufffd" if escaped else "\ufffd"
        elif escaped and octet == ESCAPE:
            found += " "
        else:
            code = (shifted[octet] if escaped else 0) or main[octet]
            found += chr(code) if code else "\ufffd"
        escaped = False
    return found + "\ufffd" * escaped


def receipt(octets: bytes) -> None:
    """The text of a receipt: as the rules in plain Python read it; with TLVs and classes, never refused."""
    text = octets.decode("utf-8", "replace")
    said = parse_receipt(text)
    fields = receipt_oracle.FIELDS
    assert (said and {name: getattr(said, name) for name in fields}) == receipt_oracle.parse(text)
    for esm_class in (0, 4, 8, 0x20, 0x44):
        parse_receipt(
            octets, esm_class, {"network_error_code": octets, "message_state": octets[:5]}, octets[-1] if octets else 0
        )
    assert parse_receipt(text) == said


def receipt_lean(octets: bytes) -> None:
    text = octets.decode("utf-8", "replace")
    for esm_class in (None, 0x04):
        said = receipt_object.parse(text, esm_class)
        assert said == receipt_object.parse(text, esm_class)
        if said is not None:
            assert all(len(value) <= len(text) for value in (said.id or "", said.stat or "", said.text or ""))
            assert isinstance(repr(said), str)
            assert isinstance(said.extra, dict)


def receipts(octets: bytes) -> None:
    """A column of receipts: a row says what its text alone says."""
    import pandas as pd

    rows = octets.decode("utf-8", "replace").split("|")
    table = parse_receipts(rows)
    for row, text in enumerate(rows):
        alone = parse_receipt(text)
        for name in ("id", "stat", "err", "text", "sub", "dlvrd", "state", "final", "submit_date", "done_date"):
            value = table[name].iloc[row]
            expected = alone and getattr(alone, name)
            if isinstance(expected, datetime) and expected.tzinfo is None:
                expected = expected.replace(tzinfo=UTC)
            assert (None if pd.isna(value) else value) == expected, (name, text)
        extra = table["extra"].iloc[row]
        assert ({} if pd.isna(extra) else json.loads(extra)) == (alone.extra if alone else {}), text


def receipts_lean(octets: bytes) -> None:
    """The columns of the core, each row beside the same text alone."""
    rows = octets.decode("utf-8", "replace").split("|")
    ends = np.cumsum([0, *(len(row.encode()) for row in rows)])
    wide, _, _, strings, _ = receipt_columns.columns(exact("".join(rows).encode()), ends)
    numbers = np.frombuffer(wide, np.int64).reshape(-1, len(rows) + 1)
    said = [receipt_object.parse(row) for row in rows]
    assert [count if count >= 0 else None for count in numbers[0, :-1].tolist()] == [one and one.sub for one in said]
    places, ids = numbers[4].tolist(), bytes(strings[0])
    found = [ids[begin:end].decode() for begin, end in pairwise(places)]
    assert found == [(one and one.id) or "" for one in said]


def times(octets: bytes) -> None:
    """Sixteen characters of time: a moment that writes the same, or a DecodeError with its place."""
    text = octets.decode("latin-1")
    for given in (octets, text):
        try:
            moment = parse_time(given, "validity_period")
        except sk.DecodeError as error:
            assert (error.field, error.command_status) == ("validity_period", 0x62)
            assert 0 <= error.offset <= 16
            continue
        written = format_time(moment)
        assert written == (text[:15] + "R" if text[15:] == "r" else text) or text[13:] == "00-"
        assert parse_time(written) == moment


def hex_dump(octets: bytes) -> None:
    """The text of a hex dump: octets, whose digits read the same, or a DecodeError of one sentence."""
    text = octets.decode("utf-8", "replace")
    try:
        found = read_hex(text)
    except sk.DecodeError as error:
        assert error.field == "hex dump"
        assert "\n" not in str(error)
        return
    assert len(found) <= len(octets)
    assert read_hex(found.hex(" ")) == found
    try:
        assert sk.decode(text).encode() == found
    except sk.PduError:
        assert oracle.outcome(found)[1] is None
