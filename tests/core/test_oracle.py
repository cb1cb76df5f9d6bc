"""The core and a plain second codec say the same: of valid PDUs the same fields, of broken ones the same fault."""

import os

import pytest

import smppkit as sk
from smppkit.spec.commands import class_name
from tests import oracle
from tests.generator import Generator

COUNT = int(os.environ.get("SMPPKIT_RANDOM_PDUS", "100000"))
KINDS = {"framing": sk.FramingError, "decode": sk.DecodeError}


def plain(value):
    """Return a field as the oracle gives it."""
    return [entry._asdict() for entry in value] if isinstance(value, tuple) else value


def check_same(octets, pdu, read):
    assert (pdu.command, pdu.command_status, pdu.sequence_number) == (read.command, read.status, read.number)
    assert {name: plain(getattr(pdu, name)) for name in pdu.field_names} == read.fields
    assert pdu.raw_tlvs == read.tlvs
    firsts = {}
    for tag, value in read.tlvs:
        firsts.setdefault(tag, oracle.typed(tag, value))
    assert {tag: pdu.tlvs[tag] for tag in firsts} == firsts
    assert len(pdu.tlvs) == len(firsts)
    assert octets[pdu._tlv_end :] == read.left or pdu._tlv_end == len(octets)
    assert pdu.encode() == octets


def build(made):
    pdu = getattr(sk, class_name(made.command))
    return pdu(tlvs=made.tlvs, command_status=made.status, sequence_number=made.number, **made.fields)


@pytest.mark.slow
def test_valid_pdus(seed):
    generator = Generator(seed)
    for _ in range(COUNT):
        made = generator.made()
        octets = oracle.encode(*made)
        pdu = build(made)
        assert pdu.encode() == octets, (seed, made)
        try:
            check_same(octets, sk.decode(octets), oracle.decode(octets))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {octets.hex()}") from error


def compare(octets):
    """Decode by both; return whether the octets could be read."""
    place, read = oracle.outcome(octets)
    if read is None:
        kind, field, offset, status = place
        with pytest.raises(KINDS[kind]) as raised:
            sk.decode(octets)
        error = raised.value
        assert (type(error), error.field, error.offset, error.command_status) == (KINDS[kind], field, offset, status)
        return False
    check_same(octets, sk.decode(octets), read)
    return True


@pytest.mark.slow
def test_broken_pdus(seed):
    generator = Generator(seed)
    pool = [oracle.encode(*generator.made()) for _ in range(2000)]
    readable = 0
    for _ in range(COUNT):
        octets = generator.broken(generator.random.choice(pool), generator.random.choice(pool))
        try:
            readable += compare(octets)
        except (AssertionError, pytest.fail.Exception) as error:
            raise AssertionError(f"seed {seed}: {octets.hex()}") from error
    assert 0.05 < readable / COUNT < 0.8
