"""What waits to leave and what becomes of it: driven by hand, a machine here, a centre's machine there, no socket."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

import smppkit as sk
from smppkit.esme.pending import Pending
from smppkit.esme.queue import BACKLOG, Queue
from smppkit.esme.traffic import Traffic
from smppkit.journal.memory import MemoryLog
from smppkit.link import Dispatcher
from smppkit.protocol.machine import Machine
from smppkit.protocol.settings import Settings
from tests.esme.hand import submit_sm

TRX = {"system_id": "demo"}


class Cursor:
    """A run of equal requests, which keeps what it is told."""

    def __init__(self, log, rows, rate=None):
        one = submit_sm(b"run").encode()
        self.octets = bytearray(one * rows)
        self.offset = np.arange(rows + 1) * len(one)
        messages = log.take_messages(rows) + np.arange(rows)
        self.intent = log.add_intents(self.octets, self.offset[:-1], np.diff(self.offset), messages, 1, 1)
        self.at, self.end = 0, rows
        self.allowed = rows
        self.seconds = None
        self.told = []

    def ready(self, now):
        return min(self.allowed, self.end - self.at)

    def pause_for(self, now):
        return self.seconds

    def released(self, first, count, now):
        self.allowed -= count
        self.told.append(("released", first, count))

    def answered(self, row, status, late, now):
        self.told.append(("answered", row.tolist(), status.tolist(), late))

    def unanswered(self, row, reason, now):
        self.told.append(("unanswered", row.tolist(), reason))

    def returned(self, row, now):
        self.told.append(("returned", row.tolist()))


class Pair:
    """An account's side and a centre, bound, joined by hand."""

    def __init__(self, **settings):
        self.log = MemoryLog()
        self.wakes = 0
        self.queue = Queue(self.log, self._wake)
        self.dispatcher = Dispatcher()
        quiet = {"logged_in": print, "fault": print, "asked_for": print}
        self.changes = []
        owner = SimpleNamespace(
            logged_in=lambda pdu: None,
            fault=lambda event: None,
            asked_for=lambda pdus: None,
            stepped=lambda traffic, now: None,
            changed=lambda traffic, event: self.changes.append(event.to_state),
        )
        assert set(quiet) <= set(vars(owner))
        self.owner = owner
        self.settings = Settings(**settings)
        self.bind()

    def _wake(self):
        self.wakes += 1

    def bind(self, sequence=1):
        self.machine = Machine("ESME", self.settings, 0.0, sequence)
        self.centre = Machine("MC", Settings(), 0.0)
        self.traffic = Traffic(self.machine, 0, self.log, self.queue, self.owner)
        self.machine.request(sk.BindTransceiver(**TRX), 0.0)
        self.centre.receive(self.machine.take_output(), 0.0)
        answer = sk.BindTransceiverResp(sequence_number=sequence, system_id="mc", tlvs={"sc_interface_version": 0x34})
        self.centre.respond(answer, 0.0)
        self.machine.receive(self.centre.take_output(), 0.0)
        self.machine.queued()

    def put(self, *texts, tag=None):
        made = []
        for text in texts:
            pdu = submit_sm(text)
            intent = self.log.add_intent(pdu.encode(), self.log.take_messages())
            made.append(Pending(pdu, intent, self.dispatcher))
        self.queue.put(made)
        return made

    def step(self, now=1.0):
        self.traffic.step(now)

    def asked(self):
        """Return what the centre got."""
        pdus = []
        for event in self.centre.receive(self.machine.take_output(), 1.0):
            pdus += getattr(event, "pdus", []) if type(event).__name__ == "RequestsReceived" else []
        return pdus

    def answer(self, *pdus, status=0):
        for pdu in pdus:
            number = pdu.sequence_number
            self.centre.respond(
                sk.SubmitSmResp(sequence_number=number, message_id=f"{number}", command_status=status), 1
            )
        self.take(self.machine.receive(self.centre.take_output(), 1.0))

    def take(self, told):
        self.traffic.on_events(SimpleNamespace(), told)

    def lose(self):
        self.take(self.machine.closed("reset"))

    def outcomes(self):
        return sk.Log(self.log).parts["outcome"].tolist()


def test_the_window_is_never_exceeded_and_order_is_kept():
    pair = Pair(window=3)
    pair.put(*[b"%d" % number for number in range(10)])
    got = []
    while len(got) < 10:
        pair.step()
        assert pair.machine.outstanding <= 3
        new = pair.asked()
        assert len(new) <= 3
        got += new
        pair.answer(*new)
    assert [pdu.short_message for pdu in got] == [b"%d" % number for number in range(10)]
    assert [pdu.sequence_number for pdu in got] == list(range(2, 12))
    assert pair.outcomes() == ["accepted"] * 10


def test_singles_go_before_runs_and_runs_share_the_room():
    pair = Pair(window=8)
    one, other = Cursor(pair.log, 20), Cursor(pair.log, 20)
    pair.queue.add(one)
    pair.queue.add(other)
    pair.put(b"single", b"single")
    pair.step()
    texts = [pdu.short_message for pdu in pair.asked()]
    assert texts[:2] == [b"single"] * 2
    assert len(texts) == 8
    assert (one.at, other.at) == (3, 3)


def test_what_one_run_leaves_the_other_takes():
    pair = Pair(window=10)
    slow, fast = Cursor(pair.log, 20), Cursor(pair.log, 20)
    slow.allowed, slow.seconds = 1, 0.25
    pair.queue.add(slow)
    pair.queue.add(fast)
    pair.step()
    assert (slow.at, fast.at) == (1, 9)
    assert pair.queue.pause(pair.machine, 1.0) == 0.25


def test_rows_are_in_the_log_with_their_intents_before_they_can_leave():
    pair = Pair(window=4)
    cursor = Cursor(pair.log, 6)
    pair.queue.add(cursor)
    pair.step()
    [segment] = pair.log.segments()
    assert segment.intent.tolist() == [0, 1, 2, 3]
    assert [int.from_bytes(segment.octets(row)[12:16], "big") for row in range(4)] == [2, 3, 4, 5]
    assert len(pair.machine.output) == segment.length.sum()


def test_rows_of_a_run_are_answered_late_and_refused():
    pair = Pair(window=3, response_timeout=5.0)
    cursor = Cursor(pair.log, 3)
    pair.queue.add(cursor)
    pair.step()
    first, second, third = pair.asked()
    pair.answer(first)
    pair.take(pair.machine.tick(20.0))
    assert ("unanswered", [1, 2], "response_timeout") in cursor.told
    pair.answer(second, status=0x58)
    pair.centre.respond(sk.GenericNack(sequence_number=third.sequence_number, command_status=0), 1.0)
    pair.take(pair.machine.receive(pair.centre.take_output(), 21.0))
    assert cursor.told[-2:] == [("answered", [1], [0x58], True), ("answered", [2], [0x08], True)]
    assert pair.outcomes() == ["accepted", "refused", "refused"]


def test_a_lost_session_returns_rows_that_never_left():
    pair = Pair(window=6)
    cursor = Cursor(pair.log, 8)
    pair.queue.add(cursor)
    pair.step()
    size = len(pair.machine.output) // 6
    pair.machine.sent(2 * size + 1)  # two rows and an octet
    pair.lose()
    assert cursor.at == 2
    assert ("unanswered", [0, 1], "reset") in cursor.told
    assert ("returned", [2, 3, 4, 5]) in cursor.told
    assert pair.outcomes() == ["unanswered"] * 2 + ["not_sent"] * 4 + ["queued"] * 2
    pair.queue.forget_blocks()
    cursor.allowed = 8
    pair.bind(pair.machine.next_sequence)
    pair.step()
    again = pair.asked()
    assert len(again) == 6
    pair.answer(*again)
    assert pair.outcomes() == ["unanswered"] * 2 + ["accepted"] * 6


def test_a_run_that_is_answered_is_forgotten_and_one_that_is_not_is_kept_for_late_answers():
    pair = Pair(window=4, response_timeout=5.0)
    cursor = Cursor(pair.log, 2)
    pair.queue.add(cursor)
    pair.step()
    assert list(pair.queue._cursors.values()) == [cursor]
    pair.answer(*pair.asked())
    assert (pair.queue._cursors, pair.queue._out) == ({}, {})
    other = Cursor(pair.log, 2)
    pair.queue.add(other)
    pair.step()
    one, _ = pair.asked()
    pair.answer(one)
    pair.take(pair.machine.tick(20.0))
    assert list(pair.queue._cursors.values()) == [other]
    pair.lose()
    pair.queue.forget_blocks()
    assert (pair.queue._cursors, pair.queue._out) == ({}, {})


def test_singles_that_never_left_keep_their_place():
    pair = Pair(window=3)
    made = pair.put(b"a", b"b", b"c", b"d")
    pair.step()
    pair.machine.sent(len(pair.machine.output) // 3)
    pair.lose()
    with pytest.raises(sk.ConnectionLost):
        made[0].result(0)
    assert [pending.done() for pending in made[1:]] == [False] * 3
    pair.bind(9)
    pair.step()
    assert [pdu.short_message for pdu in pair.asked()] == [b"b", b"c", b"d"]


def test_a_cancelled_request_never_leaves():
    pair = Pair(window=1)
    made = pair.put(b"a", b"b", b"c")
    pair.step()
    assert made[1].cancel()
    assert not made[0].cancel()
    pair.answer(*pair.asked())
    assert [pdu.short_message for pdu in pair.asked()] == [b"c"]
    assert pair.outcomes() == ["accepted", "not_sent", "sent"]


def test_the_backlog_is_bounded():
    queue = Queue(MemoryLog(), lambda: None)
    pending = Pending(sk.EnquireLink(), -1, Dispatcher())
    queue.put([pending] * BACKLOG)
    with pytest.raises(sk.WindowFull, match="100,000"):
        queue.check_room(1)


def test_closing_ends_everything_that_waits():
    pair = Pair(window=1)
    left, waits = pair.put(b"a", b"b")
    cursor = Cursor(pair.log, 3)
    pair.queue.add(cursor)
    pair.step()
    pair.queue.close(sk.SessionClosed("over"), 1.0)
    with pytest.raises(sk.SessionClosed, match="over"):
        waits.result(0)
    assert cursor.told == [("returned", [0, 1, 2])]
    assert not left.done()
    assert not pair.queue.waits
    assert pair.outcomes() == ["sent", "not_sent", "not_sent", "not_sent", "not_sent"]


def test_queries_pass_an_empty_rate_but_not_a_full_window():
    pair = Pair(window=2, rate=1.0)
    pair.put(b"a", b"b")
    query = Pending(sk.QuerySm(message_id="1"), -1, pair.dispatcher)
    pair.step()
    assert [pdu.command for pdu in pair.asked()] == ["submit_sm"]
    assert pair.queue.pause(pair.machine, 1.0) == pytest.approx(1.0)
    pair.queue._singles.appendleft(query)
    pair.step()
    assert [pdu.command for pdu in pair.asked()] == ["query_sm"]


def test_a_request_the_session_forbids_fails_alone():
    pair = Pair(window=5)
    bad = Pending(sk.DeliverSm(), -1, pair.dispatcher)
    pair.queue.put([bad])
    [good] = pair.put(b"a")
    pair.step()
    with pytest.raises(sk.LocalProtocolError):
        bad.result(0)
    pair.answer(*pair.asked())
    assert good.result(0).command_status == 0


def test_incoming_requests_are_logged_and_then_answered():
    pair = Pair()
    for number in range(3):
        pair.centre.request(sk.DeliverSm(source_addr="1", short_message=b"%d" % number), 1.0)
    pair.centre.request(sk.DataSm(source_addr="1"), 1.0)
    pair.take(pair.machine.receive(pair.centre.take_output(), 1.0))
    commands = sk.Log(pair.log).pdus["command"].tolist()
    assert commands == ["deliver_sm"] * 3 + ["data_sm"] + ["deliver_sm_resp"] * 3 + ["data_sm_resp"]
    pair.centre.receive(pair.machine.take_output(), 1.0)
    assert pair.centre.outstanding == 0


def test_callbacks_of_futures_run_on_the_thread_for_callbacks():
    pair = Pair()
    heard: list[str] = []
    done = threading.Event()
    [pending] = pair.put(b"a")
    pending.add_done_callback(lambda future: (heard.append(threading.current_thread().name), done.set()))
    pair.step()
    pair.answer(*pair.asked())
    assert done.wait(10)
    assert heard == ["smppkit-callbacks"]
    pair.dispatcher.close()
