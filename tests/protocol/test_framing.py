"""Octets in any pieces; streams that are out of step; other protocols; PDUs that stop in the middle."""

import itertools

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import smppkit as sk
from smppkit.protocol import events
from smppkit.protocol.settings import Settings
from smppkit.protocol.splitter import Splitter
from tests.protocol.coupled import Pair, Side, at, single, whole

STREAM = b"".join(
    pdu.encode()
    for pdu in (
        sk.DeliverSm(sequence_number=1, short_message=b"one"),
        sk.EnquireLink(sequence_number=2),
        sk.DeliverSm(sequence_number=3, short_message=b"two"),
        sk.SubmitSmResp(sequence_number=2, message_id="x"),
        sk.DeliverSm(sequence_number=4, tlvs={"message_payload": b"three" * 50}),
    )
)
FOREIGN = {
    b"HTTP/1.1 400 Bad Request\r\n\r\n": "HTTP",
    b"GET / HTTP/1.1\r\n\r\n": "HTTP",
    bytes.fromhex("15030100020246"): "TLS",
    b"SSH-2.0-OpenSSH_9.2\r\n": "SSH",
    b"AMQP\x00\x00\x09\x01": "AMQP",
    b"SIP/2.0 400 Bad Request\r\n": "SIP",
}


def bound(**settings) -> Side:
    esme = Pair(Settings(**settings)).bind().esme
    esme.request(sk.SubmitSm(), handle="submit")
    esme.output()
    return esme


def heard(side: Side) -> list[object]:
    """Return what a stream meant, without how it was cut."""
    meant: list[object] = []
    for event in side.told:
        if isinstance(event, events.RequestsReceived):
            meant += event.pdus
        elif not isinstance(event, events.Received):
            meant.append(event)
    return meant


@pytest.mark.parametrize("cut", [single, *(at(place) for place in range(len(STREAM)))])
def test_however_a_stream_is_cut_it_means_the_same(cut):
    other, side = bound(), bound()
    other.receive(STREAM, 1, whole)
    side.receive(STREAM, 1, cut)
    assert heard(side) == heard(other)
    assert side.read_log == other.read_log
    assert side.output() == other.output() == sk.EnquireLinkResp(sequence_number=2).encode()


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_many_cuts(places):
    splitter, found = Splitter(70_000), []
    places = sorted({0, *places, len(STREAM)})
    for begin, end in itertools.pairwise(places):
        split = splitter.feed(STREAM[begin:end], 0.0)
        if split:
            found += split.found.sequence_number.tolist()
    assert found == [1, 2, 3, 2, 4]
    assert (len(splitter), splitter.since) == (0, None)


def test_a_long_pdu_in_single_octets_takes_linear_time():
    splitter = Splitter(70_000)
    octets = sk.DataSm(tlvs={"message_payload": bytes(65_535)}).encode()
    for place in range(len(octets) - 1):
        assert splitter.feed(octets[place : place + 1], 1.0) is None
    assert (len(splitter), splitter.since) == (len(octets) - 1, 1.0)
    assert len(splitter.feed(octets[-1:], 2.0).found) == 1


def test_the_time_of_a_pdu_begins_with_its_first_octet():
    splitter = Splitter(70_000)
    octets = sk.EnquireLink(sequence_number=1).encode()
    splitter.feed(octets[:3], 1.0)
    splitter.feed(octets[3:5], 2.0)
    assert splitter.since == 1.0
    splitter.feed(octets[5:] + octets[:1], 3.0)
    assert splitter.since == 3.0


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ("0000000f000000150000000000000001", 1),
        ("00000000000000150000000000000001", 1),
        ("7fffffff000000040000000000000001", 1),
        ("ffffffff000000040000000000000001", 1),
        ("00011171000000040000000000000009", 9),  # one more than the most
        ("7fffffff00abcdef0000000000000001", 0),
        ("00000002", 0),
    ],
)
@pytest.mark.parametrize("cut", [whole, single], ids=["whole", "single"])
def test_an_absurd_length_ends_the_connection(header, number, cut):
    esme = bound()
    esme.receive(sk.EnquireLink(sequence_number=3).encode() + bytes.fromhex(header) + bytes(64), 1, cut)
    answers = list(sk.scan(esme.output()))
    assert answers[0] == sk.EnquireLinkResp(sequence_number=3)
    assert answers[1:] == [sk.GenericNack(sequence_number=number if cut is whole else 0, command_status=0x02)]
    assert [type(event).__name__ for event in esme.told[-2:]] == ["Fault", "MustClose"]
    assert esme.told[-1].reason == "framing"
    assert not esme.machine.readable
    assert esme.closed("reset")[-1].reason == "framing"
    assert esme.asked["submit"] == 1


def test_an_absurd_response_is_not_answered():
    esme = bound()
    esme.receive(bytes.fromhex("7fffffff800000040000000000000001"))
    assert esme.output() == b""
    assert esme.told[-1].reason == "framing"


@pytest.mark.parametrize(("octets", "name"), FOREIGN.items(), ids=FOREIGN.values())
@pytest.mark.parametrize("cut", [whole, single], ids=["whole", "single"])
def test_other_protocols_are_called_by_their_names(octets, name, cut):
    esme = Side("ESME")
    esme.request(sk.BindTransceiver(), handle="bind")
    esme.receive(octets, 0, cut)
    assert esme.told[-1] == events.MustClose("framing", f"these octets are {name}, not SMPP")
    esme.closed("reset")
    assert esme.told[-2] == events.Unanswered("bind", "bind_transceiver", "framing", sent=False)


def test_a_pdu_that_stops_in_the_middle_is_told():
    esme = bound()
    esme.receive(STREAM[:-1])
    assert esme.closed()[0].detail.endswith("octets of a PDU that never became whole")


def test_what_is_read_may_be_any_buffer():
    esme = bound()
    buffer = bytearray(STREAM)
    esme.take(esme.machine.receive(memoryview(buffer)[: len(STREAM)], 1))
    buffer[:] = bytes(len(buffer))  # the reader uses its buffer again
    pdus = [pdu for event in esme.only(events.RequestsReceived) for pdu in event.pdus]
    assert [pdu.sequence_number for pdu in pdus] == [1, 3, 4]
    assert esme.read_log.endswith(STREAM)


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
def test_garbage_never_raises(pieces, framed):
    side = Pair().bind().centre
    for piece in pieces:
        side.receive((4 + len(piece)).to_bytes(4, "big") + piece if framed else piece, 1)
    side.tick(100)
    side.closed()
