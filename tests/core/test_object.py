"""What a PDU is as a Python object: it does not change, compares by its octets, travels, and any thread may read it."""

import copy
import gc
import pickle
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import smppkit as sk
from smppkit._core.pdu import CorePdu, adopt
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import Tlv
from tests import oracle
from tests.generator import Generator

SUBMIT = sk.SubmitSm(source_addr="INFO", short_message=b"hi", tlvs={"source_port": 80}, sequence_number=7)
CLASSES = [getattr(sk, class_name(row.name)) for row in ROWS]


def test_a_pdu_does_not_change():
    with pytest.raises(AttributeError, match=r"a PDU does not change: pdu.replace\(source_addr=...\)"):
        SUBMIT.source_addr = "x"
    with pytest.raises(AttributeError, match="a PDU does not change"):
        del SUBMIT.source_addr
    for name in ("sequence_number", "tlvs", "command_length", "profile", "nothing"):
        with pytest.raises(AttributeError):
            setattr(SUBMIT, name, 1)
    with pytest.raises(TypeError):
        SUBMIT.__class__ = sk.DeliverSm
    assert not hasattr(SUBMIT, "__dict__")


@pytest.mark.parametrize("made", [*CLASSES, sk.Pdu])
def test_classes_do_not_change_and_have_no_heirs(made):
    with pytest.raises(TypeError, match="immutable"):
        made.command = "other"
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Heir", (made,), {})


def test_nobody_makes_a_pdu_without_octets():
    for attempt in (
        sk.Pdu,
        lambda: sk.Pdu.__new__(sk.Pdu),
        CorePdu,
        lambda: CorePdu.__new__(sk.SubmitSm),
        lambda: object.__new__(sk.SubmitSm),
        lambda: sk.SubmitSm.__new__(sk.SubmitSm),
        lambda: adopt(tuple(CLASSES), None, None, None, None),
    ):
        with pytest.raises((TypeError, RuntimeError)):
            attempt()
    assert type.__call__(sk.SubmitSm, short_message=b"hi").short_message == b"hi"


def test_equality_and_hash_are_those_of_the_octets():
    same = sk.decode(SUBMIT.encode())
    assert same == SUBMIT
    assert hash(same) == hash(SUBMIT)
    assert len({same, SUBMIT, SUBMIT.replace(sequence_number=8)}) == 2
    assert SUBMIT.encode() != SUBMIT
    assert sk.DeliverSm(source_addr="INFO", short_message=b"hi", tlvs={"source_port": 80}, sequence_number=7) != SUBMIT
    assert SUBMIT != 7
    with pytest.raises(TypeError):
        _ = same > SUBMIT


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol):
    profile = sk.Profile("p", [Tlv(0x1400, "billing", "cstring", 1, 10)])
    pdu = SUBMIT.replace(tlvs={"billing": "A7"}, profile=profile)
    again = pickle.loads(pickle.dumps(pdu, protocol))
    assert again == pdu
    assert again.profile == profile
    assert again.tlvs["billing"] == "A7"
    assert pickle.loads(pickle.dumps(pdu.tlvs, protocol)) == pdu.tlvs


def test_a_pickle_of_broken_octets_is_refused():
    broken = pickle.dumps(SUBMIT).replace(b"INFO\0", b"INFOx")
    with pytest.raises(sk.DecodeError):
        pickle.loads(broken)


def test_copies_are_the_same_object():
    assert copy.copy(SUBMIT) is copy.deepcopy(SUBMIT) is SUBMIT


def test_length_and_bytes():
    assert len(SUBMIT) == SUBMIT.command_length == len(SUBMIT.encode())
    assert bytes(SUBMIT) == SUBMIT.encode()


def test_pdus_need_no_collector():
    assert not gc.is_tracked(SUBMIT)
    assert all(not made.__flags__ & (1 << 14) for made in CLASSES)


def test_tlvs_are_an_immutable_mapping():
    pdu = sk.SubmitSm(tlvs=[("source_port", 80), ("callback_num", b"aaaa"), ("callback_num", b"bbbb"), (0x1400, b"x")])
    tlvs = pdu.tlvs
    assert list(tlvs) == ["source_port", "callback_num", 0x1400] == list(tlvs.keys())
    assert list(tlvs.items()) == [("source_port", 80), ("callback_num", b"aaaa"), (0x1400, b"x")]
    assert list(tlvs.values()) == [80, b"aaaa", b"x"]
    assert len(tlvs) == 3
    assert tlvs.getall("callback_num") == [b"aaaa", b"bbbb"] == tlvs.getall(0x0381)
    assert tlvs.getall("message_payload") == tlvs.getall("no such") == []
    assert tlvs["source_port"] == tlvs[0x020A] == 80
    assert 0x1400 in tlvs
    assert "message_payload" not in tlvs
    assert "no such" not in tlvs
    assert None not in tlvs
    assert -1 not in tlvs
    assert 1 << 70 not in tlvs
    assert tlvs[np.uint16(0x020A)] == 80
    assert tlvs.get(np.array([0x020A, 0])) is None
    assert tlvs.get("message_payload") is None
    assert tlvs == {"source_port": 80, "callback_num": b"aaaa", 0x1400: b"x"}
    assert tlvs == sk.decode(pdu.encode()).tlvs
    assert tlvs != sk.SubmitSm().tlvs
    with pytest.raises(KeyError):
        tlvs["message_payload"]
    with pytest.raises(TypeError):
        tlvs["source_port"] = 1
    match tlvs:
        case {"source_port": port}:
            assert port == 80
    assert repr(tlvs) == "<Tlvs source_port, callback_num, 0x1400>"
    assert not sk.SubmitSm().tlvs


@pytest.mark.parametrize(
    ("tag", "octets", "value"),
    [
        (0x0204, b"\x00\x07", 7),
        (0x0204, b"\x07", b"\x07"),
        (0x0010, b"\x07", 7),
        (0x0010, b"\x01\x07", 263),
        (0x0010, b"\x01\x07\x00", b"\x01\x07\x00"),
        (0x130C, b"", None),
        (0x130C, b"\x02", 2),
        (0x130C, b"\x02\x02", b"\x02\x02"),
        (0x001E, b"abc\0", "abc"),
        (0x001E, b"abc", "abc"),
        (0x001E, b"\0", ""),
        (0x001E, b"", b""),
        (0x001E, b"a" * 64, "a" * 64),
        (0x001E, b"a" * 65, b"a" * 65),
        (0x0609, b"261122140000000+\0", "261122140000000+"),
        (0x0609, b"261122140000000+", "261122140000000+"),
        (0x0424, b"", b""),
        (0x0423, b"\3\0\x1b", b"\3\0\x1b"),
        (0x8081, b"\xff", b"\xff"),
    ],
)
def test_values_of_tlvs(tag, octets, value):
    pdu = sk.DeliverSm(tlvs=[(tag, octets)])
    assert pdu.tlvs[tag] == value
    assert type(pdu.tlvs[tag]) is type(value)
    assert pdu.raw_tlvs == [(tag, octets)]
    odd = type(value) is bytes and tag in (0x0204, 0x0010, 0x130C, 0x001E)
    assert any("octet" in problem for problem in pdu.problems) == odd


def read_all(pdu):
    return [getattr(pdu, name) for name in pdu.field_names], list(pdu.tlvs.items()), hash(pdu), repr(pdu), pdu.problems


@pytest.mark.usefixtures("every_microsecond")
def test_any_thread_may_read(seed):
    generator = Generator(seed)
    pdus = [sk.decode(oracle.encode(*generator.made())) for _ in range(60)]
    expected = [read_all(pdu) for pdu in pdus]
    start = threading.Barrier(8)

    def work(_):
        start.wait(30)
        for _ in range(3):
            assert [read_all(pdu) for pdu in pdus] == expected
            assert [sk.decode(pdu.encode()) for pdu in pdus] == pdus
            assert all(pdu.replace(sequence_number=9).sequence_number == 9 for pdu in pdus)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def failing():
    for attempt in (
        lambda: sk.decode(b"\0"),
        lambda: sk.decode(SUBMIT.encode()[:-1]),
        lambda: sk.decode(bytes.fromhex("00000012000000040000000000000001") + b"aa"),
        lambda: sk.decode("zz"),
        lambda: sk.SubmitSm(source_addr="x" * 30),
        lambda: sk.SubmitSm(no_field=1),
        lambda: sk.SubmitSm(tlvs={"no such": 1}),
        lambda: sk.SubmitSm(tlvs={"source_port": "x"}),
        lambda: sk.SubmitMulti(dest_address=[{"destination_addr": "x" * 40}]),
        lambda: SUBMIT.replace(esm_class=-1),
    ):
        with pytest.raises((sk.SmppError, TypeError)):
            attempt()


def work_of_every_kind():
    octets = SUBMIT.encode()
    for _ in range(20):
        pdu = sk.decode(octets)
        read_all(pdu)
        pdu.replace(short_message=b"x" * 200, tlvs={"message_payload": b"y" * 2000})
        pickle.loads(pickle.dumps(pdu))
        assert sk.SubmitMulti(dest_address=[{"dl_name": "a"}, {"destination_addr": "1"}]).dest_address
        list(sk.scan(octets * 3))
    failing()


def test_nothing_leaks():
    for _ in range(3):
        work_of_every_kind()
    counted = [SUBMIT, sk.SubmitSm, None, sk.Profile.load("generic"), *("INFO", "source_addr")]
    gc.collect()
    tracemalloc.start()
    before, references = tracemalloc.take_snapshot(), [sys.getrefcount(one) for one in counted]
    for _ in range(20):
        work_of_every_kind()
    gc.collect()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    assert all(
        abs(sys.getrefcount(one) - was) < 100 for one, was in zip(counted, references, strict=True) if one is not None
    )
    grown = sum(one.size_diff for one in after.compare_to(before, "filename"))
    assert grown < 100_000
