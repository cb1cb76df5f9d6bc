"""TCP as captures show it: cut anywhere, out of order, twice, with holes; the PDUs known beforehand must come out."""

import random
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.journal.log import CUT, FRAMING, INCOMPLETE, LOST, Log
from smppkit.journal.pcap import read_capture
from smppkit.spec import kinds
from smppkit.spec.commands import ROWS
from tests.journal.builder import (
    ACK,
    PSH,
    RST,
    Segment,
    Wire,
    bind,
    bind_resp,
    by_direction,
    conversation,
    framed,
    message,
    pcap,
    pdu,
    restamped,
    sides,
    spoken,
)

SEEDS = st.integers(0, 2**32 - 1)


def read(segments: list[Segment], **options: object) -> Log:
    return read_capture(pcap(framed(segments)), **options)


def is_subsequence(few: list[bytes], many: list[bytes]) -> bool:
    rest = iter(many)
    return all(octets in rest for octets in few)


def displaced(segments: list[Segment], chance: random.Random, reach: int) -> list[Segment]:
    """The segments, each up to ``reach`` places away from its own."""
    order = sorted(range(len(segments)), key=lambda place: place + chance.uniform(0, reach))
    return restamped([segments[place] for place in order])


def recut(segment: Segment, segments: list[Segment], chance: random.Random) -> Segment:
    """A retransmission that does not end where the first one did: more or fewer octets of the same stream."""
    following = next(
        (
            other
            for other in segments
            if other.sport == segment.sport
            and other.sequence == segment.sequence + len(segment.payload)
            and other.payload
        ),
        None,
    )
    if following is not None and chance.random() < 0.5:
        return replace(
            segment, payload=segment.payload + following.payload[: chance.randint(1, len(following.payload))]
        )
    start = chance.randrange(len(segment.payload))
    end = chance.randint(start + 1, len(segment.payload))
    return replace(segment, sequence=segment.sequence + start, payload=segment.payload[start:end])


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from((1, 7, 60, 400, 3000)), st.integers(0, 25))
def test_what_loses_nothing_changes_nothing(seed, largest, reach):
    chance = random.Random(seed)
    said = conversation(25, seed)
    wire = Wire(isn=(chance.randrange(2**32), chance.randrange(2**32)))
    segments = [*wire.handshake(), *wire.cut_up(said, chance, largest), *wire.goodbye()]
    carrying = [segment for segment in segments if segment.payload]
    doubled = [segment for original in segments for segment in [original] * chance.choice((1, 1, 1, 2))]
    for original in chance.sample(carrying, min(20, len(carrying))):
        doubled.insert(doubled.index(original) + chance.randint(0, 3), recut(original, segments, chance))
    log = read(displaced(doubled, chance, reach))
    assert by_direction(log) == sides(said)
    assert [problem for problem in log.problems if problem.kind != LOST] == []
    assert [problem for problem in log.problems if problem.kind == LOST] == []


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from((7, 60, 400, 3000)), st.floats(0.005, 0.3), st.integers(0, 6))
def test_what_is_lost_is_told_and_the_rest_is_read(seed, largest, share, reach):
    chance = random.Random(seed)
    said = conversation(30, seed)
    wire = Wire(isn=(chance.randrange(2**32), chance.randrange(2**32)))
    segments = [*wire.handshake(), *wire.cut_up(said, chance, largest), *wire.goodbye()]
    kept = [segment for segment in segments if chance.random() > share or not segment.payload]
    log = read(displaced(kept, chance, reach), port=2775)
    found, known = by_direction(log), sides(said)
    for side in (0, 1):
        assert is_subsequence(found[side], known[side])
    if len(kept) < len(segments):
        assert any(problem.kind == LOST for problem in log.problems)
        lost = sum(len(segment.payload) for segment in segments) - sum(len(segment.payload) for segment in kept)
        assert sum(counted(log)) <= lost
    else:
        assert found == known


def counted(log: Log) -> list[int]:
    """The octets that the sentences about loss name."""
    return [
        int(problem.detail.split(" ")[0].replace(",", ""))
        for problem in log.problems
        if problem.kind == LOST and problem.detail[0].isdigit() and "missing" in problem.detail
    ]


@pytest.mark.parametrize("missing", range(3, 20))
def test_one_lost_segment_costs_its_pdus_only(missing):
    said = conversation(20)
    segments = spoken(said)
    lost = segments.pop(missing)
    log = read(segments)
    known = sides(said)
    side = 0 if lost.sport == 40000 else 1
    known[side].remove(lost.payload)
    assert by_direction(log) == known
    detail = next(problem.detail for problem in log.problems if problem.kind == LOST)
    assert detail.startswith(f"{len(lost.payload)} octets are missing from the capture")
    assert log.links[0].esme == "10.0.0.1:40000"


def test_a_gap_inside_a_pdu_keeps_step():
    said = [(0, bind()), (1, bind_resp()), (0, message(4, 2, b"x" * 200)), (0, pdu(0x7777, 3)), (0, pdu(0x15, 4))]
    wire = Wire()
    segments = [*wire.handshake(), *wire.say(said[:2])]
    stream = b"".join(octets for _, octets in said[2:])
    pieces = [stream[:50], stream[50:120], stream[120:]]
    segments += [wire.segment(0, PSH | ACK, piece) for piece in pieces]
    del segments[-2]
    log = read(segments)
    assert [octets[4:8].hex() for octets in by_direction(log)[0]] == ["00000009", "00000015"]
    assert "inside a submit_sm of" in next(problem.detail for problem in log.problems if problem.kind == LOST)


def test_unknown_commands_and_broken_bodies_in_step_are_records():
    said = [(0, bind()), (1, bind_resp()), (0, pdu(0x7777, 2, b"?")), (0, pdu(4, 3, b"\xff" * 9)), (0, pdu(0, 4))]
    assert by_direction(read(spoken(said))) == sides(said)


@pytest.mark.parametrize("length", [0, 1, 15, 70_001, 2**31, 2**32 - 1])
def test_an_absurd_length_is_told_and_the_stream_found_again(length):
    nonsense = length.to_bytes(4, "big") + b"\0\0\0\4\0\0\0\0\0\0\0\7" + b"garbage" * 3
    said = [(0, bind()), (1, bind_resp()), (0, nonsense), (0, pdu(0x15, 9)), (0, message(4, 10, b"hi"))]
    log = read(spoken(said))
    assert by_direction(log)[0] == [bind(), pdu(0x15, 9), message(4, 10, b"hi")]
    assert [problem.kind for problem in log.problems] == [FRAMING, FRAMING]
    assert f"command_length {length:,} at octet {len(bind())}" in log.problems[0].detail
    assert f"{len(nonsense)} octets are skipped" in log.problems[1].detail
    assert all(problem.link == 0 and problem.time > 0 for problem in log.problems)


def could_begin(octets: bytes) -> bool:
    """Whether a header stands at the beginning, read field by field."""
    length, command_id, status, sequence_number = struct.unpack_from(">IIII", octets)
    row = next((row for row in ROWS if row.command_id == command_id), None)
    if row is None or not 16 <= length <= 70_000 or (not row.fields and length > 80):
        return False
    if sequence_number == 0 and row.name != "generic_nack":
        return False
    if row.kind == kinds.RESPONSE:
        return status <= 0xFFFF
    may_be_empty = {kinds.OCTETS, kinds.DESTINATIONS, kinds.FAILURES}
    return status == 0 and length >= 16 + sum(field.kind not in may_be_empty for field in row.fields)


NEAR_HEADERS = st.sampled_from(
    [bytes([octet]) for octet in (0, 0, 0, 0, 1, 4, 8, 15, 16, 0x15, 0x80, 0xFF)]
    + [pdu(0x15, 9), pdu(4, 9)[:12], pdu(0x80000004, 1, status=0x10000), pdu(0x80000000, 0), pdu(0x15, 0), bytes(16)]
)
BROKEN = bytes(4) + b"never a header"


@settings(max_examples=300)
@given(st.lists(NEAR_HEADERS, max_size=120).map(b"".join), st.integers(0, 40), SEEDS)
def test_the_first_header_behind_what_is_broken_is_found(junk, pause, seed):
    stream = BROKEN + b"?" * pause + junk + pdu(0x15, 9)
    expected = next(place for place in range(len(BROKEN), len(stream)) if could_begin(stream[place:]))
    wire = Wire()
    whole = [*wire.handshake(), *wire.say([(0, bind()), (1, bind_resp()), (0, stream)])]
    pieces = [*wire.handshake(), *wire.cut_up([(0, bind()), (1, bind_resp()), (0, stream)], random.Random(seed), 30)]
    for segments in (whole, pieces):
        problem = next(problem for problem in read(segments).problems if "skipped" in problem.detail)
        assert problem.detail.startswith(f"{expected} octets are skipped")


@settings(max_examples=300, deadline=None)
@given(st.lists(NEAR_HEADERS, max_size=120).map(b"".join), st.sampled_from((2, 16, 31, 49, 64, 100)), SEEDS)
def test_how_a_stream_out_of_step_is_cut_changes_nothing(junk, largest, seed):
    wire = Wire()
    said = [(0, bind()), (1, bind_resp()), (0, BROKEN + junk + message(4, 9, junk[:200]) + junk + pdu(0x15, 9) * 3)]
    whole = read([*wire.handshake(), *wire.say(said)])
    pieces = read([*wire.handshake(), *wire.cut_up(said, random.Random(seed), largest)])
    assert by_direction(pieces) == by_direction(whole)
    told = [[(problem.kind, problem.detail) for problem in log.problems] for log in (pieces, whole)]
    assert told[0] == told[1]


def test_the_largest_pdu_passes_and_the_cap_can_be_moved():
    big = pdu(0x103, 2, b"\0" * 9 + b"\x04\x24\xff\xff" + b"p" * 65535)
    said = [(0, bind()), (1, bind_resp()), (0, big), (0, pdu(0x15, 3))]
    wire = Wire()
    segments = [*wire.handshake(), *wire.cut_up(said, random.Random(1), 1460)]
    assert by_direction(read(segments)) == sides(said)
    small = read(segments, largest=1000)
    assert by_direction(small)[0] == [bind(), pdu(0x15, 3)]


@pytest.mark.parametrize("begin", range(1, 12))
def test_a_capture_that_begins_in_mid_stream(begin):
    said = conversation(30)
    segments = spoken(said, per_segment=3)[begin + 3 :]
    log = read(segments)
    known = sides(said)
    expected = sum(segment.payload.count(b"") > 0 for segment in segments)
    assert expected
    for side, pdus in enumerate(by_direction(log)):
        assert pdus == known[side][len(known[side]) - len(pdus) :]
    assert log.links[0].esme == "10.0.0.1:40000"
    assert log.events[0].from_state == "UNKNOWN"
    assert log.problems == ()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from((7, 60, 400)), st.integers(4, 60))
def test_mid_stream_inside_a_pdu(seed, largest, begin):
    chance = random.Random(seed)
    said = conversation(40, seed)
    wire = Wire()
    segments = [*wire.handshake(), *wire.cut_up(said, chance, largest)]
    segments = segments[min(begin, len(segments) - 8) :]
    log = read(segments, port=2775)
    known = sides(said)
    for side, pdus in enumerate(by_direction(log)):
        assert pdus == known[side][len(known[side]) - len(pdus) :]
        there = sum(len(segment.payload) for segment in segments if segment.sport == (40000, 2775)[side])
        assert sum(map(len, pdus)) > there - 250  # all but the PDU that the beginning cuts


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.sampled_from((2, 7, 16, 60, 400)), st.integers(0, 12))
def test_first_segments_without_a_syn_may_come_in_any_order(seed, largest, reach):
    chance = random.Random(seed)
    said = conversation(chance.randint(1, 12), seed)
    wire = Wire(isn=(chance.randrange(2**32), chance.randrange(2**32)))
    handshake = wire.handshake()
    segments = [*chance.choice(([], handshake[:1], handshake[1:2])), *wire.cut_up(said, chance, largest)]
    doubled = [segment for original in segments for segment in [original] * chance.choice((1, 1, 1, 2))]
    log = read(displaced(doubled, chance, reach))
    assert by_direction(log) == sides(said)
    assert log.problems == ()


def test_sequence_numbers_wrap():
    said = conversation(40)
    for back in (1, 2, 17, 1000):
        log = read(spoken(said, isn=(2**32 - back, 2**32 - 2 * back)))
        assert by_direction(log) == sides(said)
        assert log.problems == ()


def test_the_same_endpoints_again_are_another_link():
    first, second = conversation(5, 1), conversation(7, 2)
    one = spoken(first)
    two = spoken(second, isn=(7_000_000, 3_000_000_000), time=one[-1].time + 10**9)
    for segments in (one + two, one[:-3] + two):  # also when the first was never closed
        log = read(segments)
        assert [link.name for link in log.links] == ["10.0.0.1:40000-10.0.0.2:2775", "10.0.0.1:40000-10.0.0.2:2775#2"]
        assert by_direction(log, 0) == sides(first)
        assert by_direction(log, 1) == sides(second)
        assert log.problems == ()


def test_a_syn_again_is_the_same_link():
    segments = spoken(conversation(5))
    log = read([segments[0], segments[0], *segments[1:4], segments[1], *segments[4:]])
    assert len(log.links) == 1
    assert by_direction(log) == sides(conversation(5))


def test_keep_alive_probes_are_no_data():
    said = conversation(10)
    segments: list[Segment] = []
    for segment in spoken(said):
        segments.append(segment)
        if segment.payload:
            segments.append(replace(segment, sequence=segment.sequence + len(segment.payload) - 1, payload=b"\0"))
            segments.append(replace(segment, sequence=segment.sequence + len(segment.payload) - 1, payload=b""))
    log = read(restamped(segments))
    assert by_direction(log) == sides(said)
    assert log.problems == ()


def test_of_octets_that_come_twice_the_first_copy_counts():
    said = conversation(10)
    segments = spoken(said)
    liars = [replace(segment, payload=b"\xee" * len(segment.payload)) for segment in segments if segment.payload]
    mixed = [segment for pair in zip(segments[3:-3], liars, strict=True) for segment in pair]
    assert by_direction(read(restamped([*segments[:3], *mixed]))) == sides(said)


def test_of_octets_that_wait_the_first_copy_counts():
    said = [(0, bind()), (0, message(4, 2, b"two")), (0, message(4, 3, b"three")), (0, pdu(0x15, 4))]
    wire = Wire()
    start = wire.handshake()
    one, two, three, four = wire.say(said)
    lie = replace(two, payload=b"\xee" * (len(two.payload) + len(three.payload)))
    log = read(restamped([*start, three, replace(three, payload=b"\xee" * len(three.payload)), two, lie, one, four]))
    assert by_direction(log) == sides(said)


def test_a_reset_closes_and_its_text_is_no_data():
    wire = Wire()
    said = conversation(3)
    segments = [*wire.handshake(), *wire.say(said[:-2]), wire.segment(1, RST | ACK, b"go away")]
    log = read(segments)
    assert by_direction(log) == sides(said[:-2])
    assert log.events[-1][2:] == ("BOUND_TRX", "CLOSED", "reset", "by the message centre")


def test_a_foreign_segment_far_away_does_no_harm():
    said = conversation(20)
    segments = spoken(said)
    far = replace(segments[8], sequence=segments[8].sequence + 2**30, payload=b"stray")
    log = read(restamped([*segments[:9], far, far, *segments[9:]]))
    assert by_direction(log) == sides(said)


def test_a_jump_of_the_sequence_numbers_is_survived():
    wire = Wire()
    before, after = conversation(10)[:-2], conversation(30, 5)[2:]
    segments = [*wire.handshake(), *wire.say(before)]
    wire.next = [number + 2**29 for number in wire.next]
    log = read(segments + wire.say(after))
    found = by_direction(log)
    for side in (0, 1):
        assert is_subsequence(found[side], sides(before + after)[side])
        assert len(found[side]) >= len(sides(before + after)[side]) - 3
    assert sum("jump" in problem.detail for problem in log.problems) == 2


@pytest.mark.parametrize("snap", [60, 70, 96, 128, 200, 260])
def test_snap_length(snap):
    said = conversation(40)
    log = read_capture(pcap(framed(spoken(said)), snap=snap), port=2775)
    whole = [[octets for octets in pdus if len(octets) + 54 <= snap] for pdus in sides(said)]
    assert by_direction(log) == whole
    cut = [problem for problem in log.problems if problem.kind == CUT]
    assert cut or sum(map(len, whole)) == len(said)
    assert all(
        "cut off by the snap length" in problem.detail or "more of this kind" in problem.detail for problem in cut
    )


def test_snap_length_with_many_pdus_in_a_packet():
    said = conversation(60)
    said = [turn for turn in said if turn[0] == 0] + [turn for turn in said if turn[0] == 1]
    log = read_capture(pcap(framed(spoken(said, per_segment=5)), snap=300), port=2775)
    for side, pdus in enumerate(by_direction(log)):
        assert is_subsequence(pdus, sides(said)[side])
        assert len(pdus) > 10


def test_a_stream_that_ends_inside_a_pdu_is_told():
    said = conversation(4)
    segments = spoken(said)[:7]
    segments[-1] = replace(segments[-1], payload=segments[-1].payload[:20])
    log = read(segments)
    problem = log.problems[-1]
    assert problem.kind == INCOMPLETE
    assert problem.detail.startswith("the stream ends 20 octets into a ")


def test_findings_are_counted_not_hoarded():
    said = [(0, bind()), (1, bind_resp())] + [
        (0, b"\0\0\0\1" + bytes(12) + pdu(0x15, number)) for number in range(1, 500)
    ]
    log = read(spoken(said))
    assert len(by_direction(log)[0]) == 500
    assert len(log.problems) == 18
    assert sum("491 more of this kind" in problem.detail for problem in log.problems) == 2


def test_order_and_time_of_what_waited():
    said = [(0, bind()), (1, bind_resp()), (0, pdu(0x15, 2)), (0, pdu(0x15, 3)), (1, pdu(0x80000015, 2))]
    segments = spoken(said)
    segments[5], segments[6] = segments[6], segments[5]
    segments = restamped(segments)
    (segment,) = read(segments).segments()
    assert [segment.octets(row) for row in range(5)] == [octets for _, octets in said]
    assert segment.time[2] == segment.time[3] == segments[6].time  # both are there when the first one is
