"""Blocks of ready requests: no object for each, and every row ends once, mixed with single requests or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import smppkit as sk
from smppkit.errors import LocalProtocolError
from smppkit.protocol import events
from smppkit.protocol.settings import Settings
from smppkit.protocol.window import LAST_SEQUENCE
from tests.protocol.coupled import Pair, answer_all, block_of


def replies(octets: bytes, **values) -> bytes:
    """Answer every submit_sm of a buffer; the message_id is the destination."""
    return b"".join(
        sk.SubmitSmResp(sequence_number=pdu.sequence_number, message_id=pdu.destination_addr, **values).encode()
        for pdu in sk.scan(octets)
        if pdu.command == "submit_sm"
    )


def test_rows_are_stamped_in_place_and_sent():
    esme = Pair(Settings(window=4)).bind().esme
    octets, offset = block_of(10)
    esme.output()
    assert esme.machine.request_block(7, octets, offset, 2, 0) == [(2, 2, 4)]
    assert esme.machine.queued() is None  # rows are told of by request_block
    assert esme.machine.output == octets[offset[2] : offset[6]]
    assert [pdu.sequence_number for pdu in sk.scan(octets)] == [0, 0, 2, 3, 4, 5, 0, 0, 0, 0]
    assert esme.machine.request_block(7, octets, offset, 6, 0) == []


def test_answers_find_their_rows():
    esme = Pair(Settings(window=10)).bind().esme
    octets, offset = block_of(10)
    esme.output()
    esme.block(5, octets, offset, 0)
    answer = replies(esme.output())
    index = sk.scan(answer)
    shuffled = b"".join(answer[index.offset[n] : index.offset[n] + index.length[n]] for n in (3, 1, 9, 0))
    esme.receive(sk.EnquireLink(sequence_number=9).encode() + shuffled)
    event = esme.told[-1]
    assert (event.block, event.row.tolist(), event.late) == (5, [3, 1, 9, 0], False)
    assert event.command_id.tolist() == [0x80000004] * 4
    ids = [sk.decode(event.octets[at : at + n]).message_id for at, n in zip(event.offset, event.length, strict=True)]
    assert ids == [str(32_470_000_000 + row) for row in (3, 1, 9, 0)]
    assert repr(event) == "<BlockAnswered 4 rows of block 5>"


def test_refusals_and_nacks_keep_their_status_and_command():
    esme = Pair(Settings(window=10)).bind().esme
    octets, offset = block_of(3)
    esme.block(0, octets, offset, 0)
    answers = [
        sk.SubmitSmResp(sequence_number=2, command_status=0x58),
        sk.GenericNack(sequence_number=3, command_status=0),
        sk.SubmitSmResp(sequence_number=4, message_id="x"),
    ]
    esme.receive(b"".join(pdu.encode() for pdu in answers))
    event = esme.told[-1]
    assert event.command_status.tolist() == [0x58, 0, 0]
    assert event.command_id.tolist() == [0x80000004, 0x80000000, 0x80000004]


def test_singles_and_two_blocks_are_told_in_the_order_of_the_wire():
    esme = Pair(Settings(window=20)).bind().esme
    octets, offset = block_of(4)
    more, offset_of_more = block_of(2)
    esme.block(0, octets, offset[:3], 0)
    esme.request(sk.SubmitSm(), handle="alone")
    esme.block(1, more, offset_of_more, 0)
    esme.block(0, octets, offset, 2)
    answers = [sk.SubmitSmResp(sequence_number=number, message_id="x").encode() for number in (2, 3, 4, 99, 5, 6, 8, 7)]
    esme.receive(b"".join(answers), 3)
    assert [
        (event.block, event.row.tolist()) if isinstance(event, events.BlockAnswered) else event[0]
        for event in esme.told[-5:]
    ] == [(0, [0, 1]), "alone", "stray_response", (1, [0, 1]), (0, [3, 2])]


def test_a_full_window_a_rate_and_the_end_of_the_block_bound_what_is_taken():
    esme = Pair(Settings(window=50, rate=1000.0)).bind().esme
    octets, offset = block_of(60)
    assert esme.block(0, octets, offset, 0, now=0) == 20  # a burst of 20 ms
    assert esme.machine.pause(0) == pytest.approx(0.001)
    assert esme.block(0, octets, offset, 20, now=0.005) == 5
    assert esme.machine.room(10) == 20
    assert esme.block(0, octets, offset, 25, now=10) == 20
    assert esme.block(0, octets, offset, 45, now=20) == 5  # the window
    assert esme.block(0, octets, offset, 60, now=30) == 0
    assert esme.block(0, octets, offset, 61, now=30) == 0


def test_a_rate_holds_single_requests_as_well():
    esme = Pair(Settings(rate=1.0)).bind().esme
    esme.request(sk.SubmitSm(), 5)
    with pytest.raises(Exception, match="the rate of 1 a second lets nothing leave now"):
        esme.request(sk.SubmitSm(), 5.9)
    esme.request(sk.QuerySm(message_id="1"), 5.9)  # no message
    esme.request(sk.SubmitMulti(dest_address=[{"destination_addr": str(n)} for n in range(3)]), 6)
    assert [esme.machine.room(now) for now in (7, 8, 9)] == [0, 0, 1]  # three parts were sent


def test_a_block_needs_a_state_that_allows_its_command():
    pair = Pair().bind("receiver")
    octets, offset = block_of(3)
    with pytest.raises(LocalProtocolError, match="submit_sm may not be sent by the ESME in state BOUND_RX"):
        pair.esme.machine.request_block(0, octets, offset, 0, 0)
    assert (pair.esme.machine.outstanding, pair.esme.machine.room(0), pair.centre.machine.room(0)) == (0, 0, 50)
    assert pair.esme.machine.bound


def test_rows_expire_and_their_late_answers_are_told():
    pair = Pair(Settings(window=6, enquire_link=0, response_timeout=20)).bind()
    esme = pair.esme
    octets, offset = block_of(9)
    esme.block(2, octets, offset, 0, now=1)
    pair.to_centre(1)
    assert [(event.block, event.row.tolist(), event.reason) for event in esme.tick(21)] == [
        (2, [0, 1, 2, 3, 4, 5], "response_timeout")
    ]
    assert esme.block(2, octets, offset, 6, now=22) == 3
    pair.to_centre(22)
    answer_all(pair.centre, 23)
    pair.to_esme(23)
    answered = esme.only(events.BlockAnswered)
    assert sorted((event.row.tolist()[0], event.late) for event in answered if event.late) == [
        (n, True) for n in range(6)
    ]
    assert [event.row.tolist() for event in answered if not event.late] == [[6, 7, 8]]


def test_a_wrong_response_ends_a_row():
    esme = Pair().bind().esme
    octets, offset = block_of(2)
    esme.block(0, octets, offset, 0)
    esme.receive(sk.DeliverSmResp(sequence_number=3).encode())
    assert [event.row.tolist() for event in esme.only(events.BlockUnanswered)] == [[1]]


def test_the_end_of_the_connection_ends_all_rows():
    esme = Pair().bind().esme
    octets, offset = block_of(20)
    esme.block(0, octets, offset, 0)
    esme.request(sk.SubmitSm(), handle="alone")
    more, offset_of_more = block_of(5)
    esme.block(1, more, offset_of_more, 0)
    told = esme.closed("reset")
    assert [event[0] for event in told[:3]] == [0, "alone", 1]
    assert (told[0].row.tolist(), told[2].row.tolist()) == (list(range(20)), list(range(5)))


@pytest.mark.parametrize("written", range(0, 400, 7))
def test_what_was_never_written_whole_is_told_as_not_sent(written):
    """The peer can only have got a request whose last octet was written."""
    esme = Pair(Settings(window=10)).bind().esme
    esme.machine.sent(len(esme.machine.output))
    octets, offset = block_of(6)
    esme.block(0, octets, offset, 0)
    esme.request(sk.SubmitSm(), handle="alone")
    whole = len(esme.machine.output)
    more, offset_of_more = block_of(2)
    esme.block(1, more, offset_of_more, 0)
    written = min(written, len(esme.machine.output))
    esme.machine.sent(written)
    sent = {}
    for event in esme.closed("reset"):
        if isinstance(event, events.BlockUnanswered):
            sent |= {(event.block, row): event.sent for row in event.row.tolist()}
        elif isinstance(event, events.Unanswered):
            sent[event.handle] = event.sent
    ends = {(0, row): offset[row + 1] for row in range(6)} | {"alone": whole}
    ends |= {(1, row): whole + offset_of_more[row + 1] for row in range(2)}
    assert sent == {handle: end <= written for handle, end in ends.items()}


@hypothesis_settings(max_examples=40, deadline=None)
@given(st.data())
def test_blocks_mixed_with_single_requests_over_the_wrap(data):
    """Whatever is mixed, with numbers that wrap: each answer carries the message_id made from its own request."""
    rows = 60
    octets, offset = block_of(rows)
    window = data.draw(st.integers(1, 12))
    pair = Pair(Settings(window=window), next_sequence=LAST_SEQUENCE - data.draw(st.integers(0, 40))).bind()
    esme, first, alone, wire = pair.esme, 0, 0, b""
    esme.output()
    while first < rows or esme.machine.outstanding:
        if data.draw(st.booleans()) and esme.machine.room(0):
            esme.request(sk.SubmitSm(destination_addr=f"single {alone}"), handle=f"single {alone}")
            alone += 1
        first += esme.block(0, octets, offset, first)
        wire += replies(esme.output())
        index = sk.scan(wire)
        order = data.draw(st.permutations(range(len(index))))
        some = order[: data.draw(st.integers(1, max(1, len(order))))]
        pieces = [wire[index.offset[n] : index.offset[n] + index.length[n]] for n in range(len(index))]
        esme.receive(b"".join(pieces[n] for n in some))
        wire = b"".join(piece for n, piece in enumerate(pieces) if n not in set(some))
        assert esme.machine.outstanding <= window
    for event in esme.only(events.ResponseReceived)[1:]:
        assert event.pdu.message_id == event.handle
    for event in esme.only(events.BlockAnswered):
        for row, at, length in zip(event.row, event.offset, event.length, strict=True):
            assert sk.decode(event.octets[at : at + length]).message_id == str(32_470_000_000 + row)
    assert all(ends == 1 for ends in esme.asked.values())
    assert esme.only(events.Fault) == []


def test_ten_thousand_rows_through_a_window_of_64():
    pair = Pair(Settings(window=64), next_sequence=LAST_SEQUENCE - 5000).bind()
    octets, offset = block_of(10_000)
    first = 0
    answered = np.zeros(10_000, int)
    while first < 10_000 or pair.esme.machine.outstanding:
        first += sum(taken.rows for taken in pair.esme.machine.request_block(0, octets, offset, first, 0))
        asked = [event for event in pair.to_centre() if isinstance(event, events.RequestsReceived)]
        assert sum(len(event.pdus) for event in asked) <= 64
        for event in asked:
            answers = [sk.SubmitSmResp(sequence_number=pdu.sequence_number, message_id="1") for pdu in event.pdus]
            pair.centre.machine.respond_block(b"".join(pdu.encode() for pdu in answers), 0)
        for event in pair.esme.machine.receive(pair.centre.output(), 0):
            if isinstance(event, events.BlockAnswered):
                answered[event.row] += 1
    assert (answered == 1).all()
