"""Store, life, outbox and the lines of control without sockets: a clock of the test's own, every order of things."""

import random

from hypothesis import given
from hypothesis import strategies as st

from smppkit.protocol.events import MustClose
from smppkit.smsc.control import Line, Lines
from smppkit.smsc.life import Life
from smppkit.smsc.outbox import Delivery, Outbox
from smppkit.smsc.settings import Settings
from smppkit.smsc.store import DELETED, DELIVERED, ENROUTE, EXPIRED, SCHEDULED, STATES, Caller, Message, Store
from tests.smsc.client import submit

CALLER = Caller.of("demo", Settings())


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def date(self, now: float) -> int:
        return int(now * 1e9)


class Centre:
    """A store and its life; ``told`` is what receipts would say."""

    def __init__(self, rows: int = 1000) -> None:
        self.clock = Clock()
        self.store = Store(rows)
        self.told: list[tuple[str, int, float]] = []
        self.life = Life(self.store, self.clock, self._notice, lambda message: None)

    def _notice(self, message: Message, state: int, date: int) -> None:
        self.told.append((message.id, state, date / 1e9))

    def take(self, delay: float | None, fate: int = DELIVERED, registered: int = 1, **more: float) -> Message:
        message = Message(submit(registered_delivery=registered), str(self.store.accepted), "1", CALLER, 0)
        message.fate, message.expires = fate, more.get("expires")
        self.life.begin(message, delay, self.clock.time, more.get("schedule"))
        return message

    def until(self, time: float) -> None:
        """Let time pass, waking up when something is due and at no other time."""
        while (due := self.life.deadline()) is not None and due <= time:
            self.clock.time = max(self.clock.time, due)
            self.life.run(self.clock.time)
        self.clock.time = time


def test_a_message_ends_when_its_delay_is_over():
    centre = Centre()
    message = centre.take(2.0)
    centre.until(1.9)
    assert (message.state, centre.told) == (ENROUTE, [])
    centre.until(2.0)
    assert (message.state, message.time_final, centre.told) == (DELIVERED, 2 * 10**9, [("0", DELIVERED, 2.0)])


def test_what_never_ends_is_never_due():
    centre = Centre()
    message = centre.take(None, registered=0x11)
    assert centre.life.deadline() is None
    centre.until(1e9)
    assert message.state == ENROUTE


def test_scheduled_noticed_midway_and_ended():
    centre = Centre()
    message = centre.take(4.0, registered=0x11, schedule=10.0)
    assert message.state == SCHEDULED
    centre.until(9.9)
    assert message.state == SCHEDULED
    centre.until(10.0)
    assert message.state == ENROUTE
    centre.until(20.0)
    assert centre.told == [("0", ENROUTE, 12.0), ("0", DELIVERED, 14.0)]


def test_expiry_comes_first_where_it_is_first():
    centre = Centre()
    for delay, expires, state in ((5.0, 3.0, EXPIRED), (3.0, 5.0, DELIVERED), (None, 4.0, EXPIRED)):
        message = centre.take(delay, expires=expires)
        centre.until(centre.clock.time + 10.0)
        assert message.state == state
        centre.clock.time = 0.0
    message = centre.take(9.0, registered=0x11, schedule=5.0, expires=6.0)
    centre.until(20.0)
    assert (message.state, message.time_final) == (EXPIRED, 6 * 10**9)


def test_an_end_by_hand_is_the_only_one():
    centre = Centre()
    message = centre.take(2.0)
    centre.life.end(message, DELETED, 1)
    centre.until(10.0)
    assert (message.state, len(centre.told), centre.store.pending) == (DELETED, 1, 0)


@given(st.lists(st.tuples(st.floats(0, 10), st.sampled_from([0, 1, 2, 0x11]), st.booleans()), max_size=60))
def test_every_message_ends_once_in_the_order_of_time(rows):
    centre = Centre()
    for delay, registered, late in rows:
        centre.take(delay, registered=registered, **({"schedule": 5.0} if late else {}))
    centre.until(100.0)
    assert centre.store.pending == 0
    assert centre.store.ended[DELIVERED] == len(rows)
    times = [time for _, _, time in centre.told]
    assert times == sorted(times)
    finals = [message_id for message_id, state, _ in centre.told if state == DELIVERED]
    assert sorted(finals, key=int) == [str(n) for n, row in enumerate(rows) if row[1] & 3 == 1]


@given(st.integers(1, 20), st.lists(st.integers(0, 3), max_size=200))
def test_the_store_keeps_its_bound_and_whatever_is_pending(most, actions):
    centre = Centre(most)
    pending: list[Message] = []
    for action in actions:
        if action and not centre.store.full:
            pending.append(centre.take(None))
        elif pending:
            centre.life.end(pending.pop(0), EXPIRED, 0)
        assert len(centre.store) <= most
        assert centre.store.pending == len(pending)
        assert all(centre.store.find(message.id, "demo") is message for message in pending)
        kept = centre.store.among(1, centre.store.accepted, most + 1)
        assert [message.serial for message in kept] == sorted(message.serial for message in kept)
        assert set(pending) <= set(kept)
        assert len(kept) == len(centre.store)
    assert sum(centre.store.ended) + len(pending) == centre.store.accepted
    assert len(centre.store.ended) == len(STATES)


# --- outbox --------------------------------------------------------------------------------------------------------


class Receiver:
    """Takes so many deliveries at a time."""

    def __init__(self, room: int) -> None:
        self.left = room
        self.got: list[Delivery] = []

    def room(self) -> int:
        return self.left

    def deliver(self, deliveries: list[Delivery]) -> None:
        assert 0 < len(deliveries) <= self.left
        self.left -= len(deliveries)
        self.got += deliveries


def delivery(number: int) -> Delivery:
    return Delivery(None, 0, number, bytes(16))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(0, 100))
def test_deliveries_are_dealt_out_in_order_each_once(rooms, count):
    outbox = Outbox(1000)
    outbox.receivers += [Receiver(room) for room in rooms]
    for number in range(count):
        outbox.put(delivery(number))
    outbox.send(0.0)
    got = [[each.date for each in receiver.got] for receiver in outbox.receivers]
    assert all(lot == sorted(lot) for lot in got)
    dealt = min(count, sum(rooms))
    assert sorted(each for lot in got for each in lot) == list(range(dealt))
    assert len(outbox) == count - dealt


@given(st.integers(2, 6), st.lists(st.integers(0, 30), max_size=20))
def test_receivers_get_equal_shares_over_many_rounds(receivers, rounds):
    outbox = Outbox(1000)
    outbox.receivers += [Receiver(1000) for _ in range(receivers)]
    for count in rounds:
        for number in range(count):
            outbox.put(delivery(number))
        outbox.send(0.0)
    shares = [len(receiver.got) for receiver in outbox.receivers]
    assert max(shares) - min(shares) <= 1


def test_what_is_refused_for_the_moment_comes_again_later():
    outbox = Outbox(10)
    outbox.receivers.append(Receiver(10))
    outbox.answered(delivery(1), 0x58, 5.0)
    assert (len(outbox), outbox.deadline()) == (1, 6.0)
    outbox.send(5.9)
    assert not outbox.receivers[0].got
    outbox.send(6.0)
    assert outbox.receivers[0].got == [delivery(1)._replace(tries=1)]


# --- the lines of control ------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=10), st.integers())
def test_lines_come_whole_however_they_are_cut(lines, seed):
    octets = b'{"token": "t"}\n' + b"".join(line + b"\n" for line in lines)
    draw = random.Random(seed)
    machine, told = Lines(b"t", 0.0), []
    while octets:
        cut = draw.randint(1, len(octets))
        told += machine.receive(octets[:cut], 0.0)
        octets = octets[cut:]
    assert told == [Line(line) for line in lines]


@given(st.binary(max_size=200))
def test_nothing_is_taken_without_the_token(octets):
    told = Lines(b"right", 0.0).receive(octets + b"\n", 0.0)
    assert [type(event) for event in told] == [MustClose]


def test_who_says_nothing_is_dropped():
    machine = Lines(b"right", 10.0)
    due = machine.deadline()
    assert machine.tick(due - 0.1) == []
    assert machine.tick(due)[0].reason == "token"
    assert not machine.closed("reset")
