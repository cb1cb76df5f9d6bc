"""What differs between two PDUs: nothing is told exactly when they are equal."""

import random
from itertools import pairwise

import pytest

import smppkit as sk
from smppkit.spec.commands import ROWS
from tests import oracle
from tests.generator import Generator

RESPONSE = "80000004 00000000 00000001"


def test_field_and_tlv_of_one_name():
    pdu = sk.QuerySmResp(message_id="1", message_state=2, tlvs={"message_state": 5})
    assert pdu.diff(pdu.replace(message_state=3)) == ["message_state: 2 here, 3 there"]
    assert pdu.diff(pdu.replace(tlvs={"message_state": 6})) == ["TLV message_state: 5 here, 6 there"]


def test_order_of_tlvs():
    ours = sk.SubmitSm(tlvs={"user_message_reference": 1, "source_port": 2, "destination_port": 3})
    theirs = ours.replace(tlvs=[ours.raw_tlvs[0], *ours.raw_tlvs[:0:-1]])
    assert ours.diff(theirs) == [
        "tlvs: in another order, number 2 is source_port here, destination_port there",
    ]
    repeated = [("source_port", 1), ("source_port", 2)]
    assert sk.SubmitSm(tlvs=repeated).diff(sk.SubmitSm(tlvs=repeated[::-1])) == [
        "source_port: [1, 2] here, [2, 1] there"
    ]


def test_octets_after_the_last_tlv():
    ours, theirs = sk.decode("00000011 00000015 00000000 00000001 00"), sk.EnquireLink(sequence_number=1)
    assert ours.diff(theirs) == ["octets after the last TLV: 1 octet here, 0 octets there"]
    other = sk.decode("00000011 00000015 00000000 00000001 07")
    assert ours.diff(other) == ["octets after the last TLV: 00 here, 07 there"]


def test_same_value_in_other_octets():
    ours, theirs = sk.decode(f"00000012 {RESPONSE} 3700"), sk.decode(f"00000011 {RESPONSE} 37")
    assert ours.diff(theirs) == ["message_id: the same value in other octets: 37 00 here, 37 there"]
    ended, bare = (sk.SubmitSmResp(tlvs=[(0x001D, octets)]) for octets in (b"ok\0", b"ok"))
    assert ended.diff(bare) == [
        "additional_status_info_text: the same value in other octets: 6f 6b 00 here, 6f 6b there"
    ]


def test_body_left_out():
    assert sk.SubmitSmResp().diff(sk.SubmitSmResp(message_id=None)) == ["message_id: '' here, None there"]


def test_password_in_other_octets():
    ours = sk.BindReceiver(password="secret")
    assert ours.diff(ours.replace(password="hidden")) == ["password: another one"]


def test_profile_is_no_difference():
    profile = sk.Profile("x", tlvs=[sk.spec.kinds.Tlv(0x1400, "billing", "cstring", 1, 9)])
    ours, theirs = (sk.SubmitSm(tlvs={0x1400: b"A7\0"}, profile=known) for known in (profile, None))
    assert ours == theirs
    assert ours.diff(theirs) == []


@pytest.mark.parametrize("seed", range(8))
def test_nothing_differs_exactly_when_both_are_equal(seed):
    generator, chance = Generator(seed), random.Random(seed)
    for row in ROWS:
        fields = {field.name: generator.value(field) for field in row.fields if not field.counts}
        octets = bytearray(oracle.encode(row.name, fields, [generator.tlv() for _ in range(3)]))
        read = []
        for _ in range(40):
            changed = octets[: chance.choice([16, len(octets), len(octets) - chance.randrange(4)])]
            changed += bytes(chance.choice([0, 0, 1, 2]))
            changed[chance.randrange(16, len(changed)) if len(changed) > 16 else 15] = chance.randrange(256)
            changed[:4] = len(changed).to_bytes(4, "big")
            try:
                read.append(sk.decode(bytes(changed)))
            except sk.DecodeError:
                continue
        for one, other in pairwise(read):
            assert (one.diff(other) == []) == (one == other)
            assert one.diff(one.replace()) == []
