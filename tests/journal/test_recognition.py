"""Which connections are SMPP, who is who in them, and what is said of the others."""

import random

import pytest

from smppkit.errors import CaptureError
from smppkit.journal.log import FOREIGN, FRAMING, LIMIT, Log
from smppkit.journal.pcap import read_capture
from smppkit.journal.pcap.recognise import protocol_of
from tests.journal.builder import (
    ACK,
    PSH,
    RST,
    SAID,
    SYN,
    Segment,
    Wire,
    bind,
    bind_resp,
    by_direction,
    conversation,
    framed,
    message,
    message_resp,
    pcap,
    pdu,
    records,
    restamped,
    sides,
    spoken,
)


def read(segments: list[Segment], **options: object) -> Log:
    return read_capture(pcap(framed(segments)), **options)


def foreign(port: int, request: bytes, answer: bytes = b"", number: int = 1) -> list[Segment]:
    wire = Wire(mc_port=port, esme_port=50_000 + number, isn=(number * 1000, number * 7000))
    segments = [*wire.handshake(), wire.segment(0, PSH | ACK, request)]
    return [*segments, wire.segment(1, PSH | ACK, answer), *wire.goodbye()] if answer else segments


HTTP = foreign(8000, b"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 900)
TLS = foreign(443, b"\x16\x03\x01\x02\0\x01\0" + bytes(range(256)) * 2, b"\x16\x03\x03" + bytes(400))


@pytest.mark.parametrize("port", [2775, 5016, 443, 80, 40001, 65000])
def test_any_port(port):
    log = read(spoken(mc_port=port))
    assert by_direction(log) == sides(SAID)
    assert log.links[0].mc == f"10.0.0.2:{port}"


def test_foreign_protocols_beside_smpp_are_counted():
    others = [foreign(5672, b"AMQP\0\0\x09\x01" + bytes(100), number=number) for number in range(2, 5)]
    log = read([*HTTP, *TLS, *spoken(), *(segment for one in others for segment in one)])
    assert by_direction(log) == sides(SAID)
    assert [(problem.kind, problem.detail) for problem in log.problems] == [
        (FOREIGN, "3 connections to port 5672 look like AMQP"),
        (FOREIGN, "1 connection to port 8000 looks like HTTP"),
        (FOREIGN, "1 connection to port 443 looks like TLS"),
    ]


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        (HTTP, "1 connection to port 8000 looks like HTTP"),
        (TLS, "1 connection to port 443 looks like TLS"),
        (foreign(22, b"SSH-2.0-OpenSSH_9.2\r\n", b"SSH-2.0-x\r\n"), "1 connection to port 22 looks like SSH"),
        (foreign(5672, b"AMQP\0\0\x09\x01"), "looks like AMQP"),
        (foreign(5060, b"INVITE sip:a@b SIP/2.0\r\n"), "looks like SIP"),
        (foreign(53, b"\0\x1d" + bytes(29)), "looks like DNS"),
        (foreign(9999, b"\x9f" * 50), "1 connection to port 9999 is not SMPP"),
        (foreign(3700, b"\x0201/00045/O/51/"), "looks like UCP/EMI"),
        (Wire().handshake(), "1 connection to port 2775 carried no data"),
        ([], "it holds no packets"),
    ],
)
def test_a_capture_without_smpp_is_one_sentence(segments, said):
    with pytest.raises(CaptureError, match="the capture holds no SMPP: ") as caught:
        read(segments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_capture_without_smpp_names_the_first_few_kinds():
    many = [segment for port in range(9000, 9030) for segment in foreign(port, b"hello there, how are you?")]
    with pytest.raises(CaptureError) as caught:
        read(many)
    assert str(caught.value).count("connection") == 5
    assert len(str(caught.value)) < 400


def test_many_kinds_of_foreign_traffic_are_summed_up():
    many = [segment for port in range(9000, 9100) for segment in foreign(port, b"hello there, how are you?")]
    log = read(many + spoken())
    assert len(log.problems) == 21
    assert log.problems[-1].detail == "80 connections to other ports are not SMPP either"


@pytest.mark.parametrize("mark", [b"GET / HTTP", b"\x16\x03\x01", b"SSH-2.0", b"AMQP\0", b"SIP/2.0 200"])
def test_first_octets_beat_ports(mark):
    assert protocol_of([mark, b""], 53) not in {"DNS", ""}


def test_the_named_port_alone_is_read():
    second = spoken(conversation(4, 9), mc_port=2776, esme_port=40001)
    both = spoken() + second + HTTP
    assert len(read(both).links) == 2
    log = read(both, port=2776)
    assert by_direction(log) == sides(conversation(4, 9))
    assert [problem.detail.split(" ", 1)[1] for problem in log.problems] == [
        "TCP packets on other ports than those named: 2775, 8000"
    ]
    assert len(read(both, port=[2775, 2776]).links) == 2
    with pytest.raises(CaptureError, match="on other ports than those named: 2775, 2776, 8000"):
        read(both, port=5000)


def test_a_named_port_that_speaks_something_else():
    log = read(HTTP, port=8000)
    assert records(log) == []
    assert log.problems[0].kind == FRAMING
    assert "it looks like HTTP" in log.problems[0].detail


def test_a_named_port_that_refuses():
    wire = Wire()
    log = read([wire.segment(0, SYN), wire.segment(1, RST | ACK)], port=2775)
    assert len(log) == 0
    assert [event.to_state for event in log.events] == ["OPEN", "CLOSED"]
    assert log.events[1].reason == "reset"


@pytest.mark.parametrize("opener", [0, 1])
def test_binds_tell_the_roles_whoever_connected(opener):
    log = read(spoken(opener=opener, esme_port=2775, mc_port=50_000))
    assert log.links[0] == ("10.0.0.1:2775-10.0.0.2:50000", "10.0.0.1:2775", "10.0.0.2:50000")
    assert by_direction(log) == sides(SAID)


@pytest.mark.parametrize(
    "said",
    [
        [(0, message(4, 5, b"hi"))],
        [(1, message_resp(4, 5))],
        [(1, message(5, 5, b"hi"))],
        [(0, message_resp(5, 5))],
        [(1, pdu(0x102, 5, b"\1\1a\0\1\1b\0"))],
    ],
)
def test_commands_tell_the_roles_in_mid_stream(said):
    wire = Wire(esme_port=2775, mc_port=50_000)
    log = read(wire.say(said * 2))
    assert log.links[0].esme == "10.0.0.1:2775"
    assert by_direction(log) == sides(said * 2)


def test_without_any_sign_the_connecting_side_then_the_higher_port_is_the_esme():
    silent = [(0, pdu(0x15, 5)), (1, pdu(0x80000015, 5))]
    assert read(spoken(silent, opener=1)).links[0].esme == "10.0.0.2:2775"
    assert read(Wire().say(silent)).links[0].esme == "10.0.0.1:40000"


def test_a_proxy_line_before_the_bind():
    wire = Wire()
    line = b"PROXY TCP4 192.0.2.9 192.0.2.1 4711 2775\r\n"
    log = read([*wire.handshake(), wire.segment(0, PSH | ACK, line), *wire.say(SAID)])
    assert by_direction(log) == sides(SAID)
    assert f"{len(line)} octets are skipped" in log.problems[1].detail


def test_smpp_inside_a_download_is_not_smpp():
    inner = pcap(framed(spoken()))
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"." * 2000 + inner
    with pytest.raises(CaptureError):
        read(foreign(8000, b"GET /a.pcap HTTP/1.1\r\n\r\n", answer))


def test_a_first_pdu_that_alone_would_not_be_recognised_is_kept():
    said = [(0, pdu(0x99, 1)), (1, pdu(0x80000000, 1, status=3)), *SAID]
    assert by_direction(read(spoken(said))) == sides(said)


def test_one_octet_segments_are_recognised():
    wire = Wire()
    said = [(0, bind()), (1, bind_resp())]
    segments = [*wire.handshake(), *wire.cut_up(said, random.Random(1), 1)]
    assert by_direction(read(segments)) == sides(said)


@pytest.mark.parametrize("pieces", [[b"SSH-", b"2.0-x"], [b"SS", b"H", b"-", b"2.0"], [b"S", b"SH-2"]])
def test_a_few_octets_in_mid_stream_are_named_by_what_they_are(pieces):
    wire = Wire(mc_port=4022, esme_port=50_000)
    strange = [wire.segment(0, PSH | ACK, piece) for piece in pieces]
    log = read([*spoken(), *strange])
    assert "1 connection to port 4022 looks like SSH" in [problem.detail for problem in log.problems]


def test_a_pdu_that_came_before_its_syn_is_read():
    wire = Wire()
    opening, first = wire.handshake(), wire.say(SAID)
    log = read(restamped([first[0], *opening, *first[1:]]))
    assert by_direction(log) == sides(SAID)
    assert log.links[0].esme == "10.0.0.1:40000"


def test_records_of_links_that_had_to_wait_stand_where_they_were_captured():
    """Links without their beginning are read when they end, long after the others."""
    waiting = [Wire(esme_port=port).say(SAID) for port in range(40_000, 40_006)]
    by_turns = [segment for turn in zip(*waiting, strict=True) for segment in turn]
    [found] = read(restamped([*spoken(esme_port=39_999), *by_turns])).segments()
    times = found.time.tolist()
    assert len(times) == 7 * len(SAID)
    assert times == sorted(times)
    assert {*found.link[len(SAID) : len(SAID) + 6].tolist()} == {*range(1, 7)}


def test_events_of_a_session():
    said = [
        (0, bind(1, 9, b"wrong")),
        (1, bind_resp(1, 9, status=0x0E)),
        (0, bind(2, 2, b"right")),
        (1, bind_resp(2, 2)),
        (1, pdu(6, 7)),
        (0, pdu(0x80000006, 7)),
    ]
    told = [tuple(event)[2:] for event in read(spoken(said)).events]
    assert told == [
        ("CLOSED", "OPEN", "connect", "10.0.0.1:40000 to 10.0.0.2:2775"),
        ("OPEN", "OPEN", "bind_transceiver refused", "ESME_RINVPASWD system_id wrong"),
        ("OPEN", "BOUND_TX", "bind_transmitter", "system_id right"),
        ("BOUND_TX", "UNBOUND", "unbind", "by the message centre"),
        ("UNBOUND", "CLOSED", "close", "by the ESME"),
    ]


def test_no_event_or_problem_holds_a_password():
    said = [(0, bind(password=b"hunter2")), (1, bind_resp()), (0, b"\0\0\0\1" + bind(password=b"hunter2"))]
    log = read(spoken(said)[:5] + spoken(said)[7:])
    assert "hunter2" not in repr((log.events, log.problems, log.links))


def test_events_of_a_capture_that_begins_in_mid_session():
    log = read(spoken()[5:])
    assert log.events[0][2:] == ("UNKNOWN", "UNKNOWN", "capture", "the connection was open before the capture began")
    assert log.events[1][2:4] == ("UNKNOWN", "UNBOUND")


def test_many_links():
    segments = [
        segment
        for number in range(300)
        for segment in spoken(conversation(2, number), esme_port=10_000 + number, isn=(number, number * 3))
    ]
    log = read(segments)
    assert len({link.name for link in log.links}) == 300
    for number in (0, 17, 299):
        index = [link.esme for link in log.links].index(f"10.0.0.1:{10_000 + number}")
        assert by_direction(log, index) == sides(conversation(2, number))


def flood(count: int) -> list[tuple[int, bytes]]:
    """SYNs from ever new endpoints."""
    (frame,) = framed([Wire().segment(0, SYN)])
    stream = bytearray(frame[1])
    made = []
    for number in range(count):
        stream[26:30] = (0x0B000000 + number).to_bytes(4, "big")
        made.append((frame[0], bytes(stream)))
    return made


def test_a_flood_of_connections_does_not_hide_smpp():
    log = read_capture(pcap(framed(spoken()[:8]) + flood(300_000) + framed(spoken()[8:])))
    assert by_direction(log) == sides(SAID)
    assert "300,000 connections to port 2775 carried no data" in [problem.detail for problem in log.problems]


def test_more_links_than_there_is_room_for_are_told():
    log = read_capture(pcap(flood(140_000)), port=2775)
    assert len(log.links) == 1 << 17
    assert [problem.kind for problem in log.problems] == [LIMIT]
    assert "8,928 packets left out: more connections at once than can be followed" in log.problems[0].detail
