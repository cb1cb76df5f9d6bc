"""Every PDU cut at every octet, and fed one octet at a time: a typed fault with its place, or more input wanted."""

import json
from pathlib import Path

import pytest

import smppkit as sk
from smppkit.spec.commands import ROWS
from tests import oracle
from tests.generator import LENGTHS, Generator, Made

VECTORS = [
    bytes.fromhex(json.loads(line)["hex"])
    for line in (Path(__file__).parents[1] / "vectors" / "vectors.jsonl").read_text().splitlines()
]


def one_of_each(seed):
    """Return a PDU of every command with all its fields and some TLVs, none very long."""
    generator = Generator(seed)
    found = []
    for row in ROWS:
        octets = b"x" * 1000
        while len(octets) > 600:
            fields = {field.name: generator.value(field) for field in row.fields if not field.counts}
            tlvs = [generator.tlv() for _ in range(3)]
            octets = oracle.encode(*Made(row.name, fields, tlvs, 0, 1))
        found.append(octets)
    return found


def patched(octets):
    return len(octets).to_bytes(4, "big") + octets[4:]


def check(octets):
    """Decode by core and oracle; both read the same or refuse the same."""
    place, read = oracle.outcome(octets)
    if read is None:
        with pytest.raises(sk.PduError) as raised:
            sk.decode(octets)
        error = raised.value
        kind = "framing" if isinstance(error, sk.FramingError) else "decode"
        assert (kind, error.field, error.offset, error.command_status) == place
        assert 0 <= error.offset <= len(octets)
        return
    pdu = sk.decode(octets)
    assert [getattr(pdu, name) is None for name in pdu.field_names] == [value is None for value in read.fields.values()]
    repr(pdu)
    assert pdu.problems is not None


@pytest.mark.parametrize("source", ["vectors", "generated"])
def test_cut_at_every_octet(source, seed):
    for octets in VECTORS if source == "vectors" else one_of_each(seed):
        for end in range(len(octets)):
            check(octets[:end])
            check(patched(octets[:end]))


def test_cut_requests_are_never_read_as_whole_ones(seed):
    for octets in [*VECTORS, *one_of_each(seed)]:
        whole = sk.decode(octets)
        if whole.command_id >> 31 or not whole.field_names:
            continue
        for end in range(16, whole._spans()[-1][1]):
            with pytest.raises(sk.DecodeError):
                sk.decode(patched(octets[:end]))


def test_fed_one_octet_at_a_time(seed):
    for octets in [*VECTORS, *one_of_each(seed)]:
        buffer = bytearray()
        for place, octet in enumerate(octets, 1):
            buffer.append(octet)
            index = sk.scan(buffer)
            assert (len(index), index.consumed) == ((1, len(octets)) if place == len(octets) else (0, 0))
        assert index[0] == sk.decode(octets)


def test_a_stream_cut_anywhere_gives_the_same_pdus(seed):
    pdus = [*VECTORS, *one_of_each(seed)]
    stream = b"".join(pdus)
    for step in (1, 7, 1000):
        buffer, found = bytearray(), []
        for at in range(0, len(stream), step):
            buffer += stream[at : at + step]
            index = sk.scan(buffer)
            found += [
                bytes(buffer[o : o + n]) for o, n in zip(index.offset.tolist(), index.length.tolist(), strict=True)
            ]
            del buffer[: index.consumed]
        assert found == pdus
        assert not buffer


def test_every_length_of_every_field(seed):
    for octets in one_of_each(seed):
        pdu = sk.decode(octets)
        places = [0]
        places += [pdu._spans()[i][0] for i, field in enumerate(ROWS_BY_ID[pdu.command_id].fields) if field.counts]
        widths = [4] + [1] * (len(places) - 1)
        for _, start, _ in pdu._tlv_spans():
            places.append(start - 2)
            widths.append(2)
        for place, width in zip(places, widths, strict=True):
            for length in LENGTHS:
                number = (length % 256**width).to_bytes(width, "big")
                check(octets[:place] + number + octets[place + width :])


ROWS_BY_ID = {row.command_id: row for row in ROWS}
