"""Logs of live sessions: what intents, sends, answers and things told come to, however often the log is looked at."""

import random
import threading

import pytest

from smppkit.fold import TABLES, Fold, matching
from tests.fold.fold_traffic import (
    DELIVER,
    RECEIPT,
    SUBMIT,
    SUBMIT_RESP,
    UDHI,
    cstring,
    header,
    message,
    pdu,
    receipt_text,
    rows,
)
from tests.fold.live_world import Recut, World


def tables(fold):
    return {name: {column: data.to_list() for column, data in fold.table(name).items()} for name in TABLES}


def said(fold):
    """All that a fold says."""
    ids = fold.table("messages")["msg_id"].to_list()
    dialects = sorted(fold.dialects)
    return tables(fold), fold.counts, dialects, [fold.row(msg_id) for msg_id in ids]


def expected(world, complete=False):
    return [part.verdict(complete, world.closed) for part in world.parts]


def found(fold):
    names = ("msg_id", "part", "destination", "outcome", "attempt", "message_id", "command_status")
    return [row for row in zip(*(fold.table("parts")[name].to_list() for name in names), strict=True) if row[0] > 0]


@pytest.mark.parametrize("seed", range(24))
def test_looking_often_gives_what_looking_once_gives(seed):
    world, glance = World(seed), random.Random(seed + 1000)
    fold, seldom = Fold(world.log), Fold(world.log)
    for _ in range(glance.choice((20, 120, 300))):
        world.step()
        if glance.random() < 0.4:
            fold.refresh()
        if glance.random() < 0.1:
            fold.table(glance.choice(TABLES))
        if glance.random() < 0.1:
            fold.row(glance.randrange(1, 60))
        if glance.random() < 0.02:
            seldom.refresh()
    for complete in (False, True):
        if complete:
            world.log.finish()
        once = said(Fold(world.log))
        for each in (fold, seldom):
            each.refresh()
            assert said(each) == once
        assert said(Fold(Recut(world.log, glance.choice((1, 2, 5))))) == once
        model = expected(world, complete)
        wanted = [tuple(part.values())[:-1] for part in model]
        assert found(fold) == wanted
        twice = {part["msg_id"] for part in model if part["again"]}
        flags = zip(*(fold.table("messages")[name].to_list() for name in ("msg_id", "possible_duplicate")), strict=True)
        assert {msg_id for msg_id, flag in flags if flag and msg_id > 0} == twice


def live(count=1, total=1):
    """A world in which so many messages are queued, one part each or all parts of one."""
    world = World(0, links=1)
    first = world.log.take_messages(count)
    for number in range(1, max(count, total) + 1):
        msg_id = first if total > 1 else first + number - 1
        data = header(7, total, number) + b"ab" if total > 1 else b"hi"
        octets = message(SUBMIT, 0, "INFO", "32471000001", data, esm_class=UDHI if total > 1 else 0)
        world.add([(octets, number, total, ["32471000001"])], msg_id, "tag" if number == 1 else None)
    return world


def answered(world, row, id="", status=0):
    request = next(each for each in world.open if each.parts is world.of_intent[row])
    world.open.remove(request)
    world.append(pdu(SUBMIT_RESP, request.sequence, cstring(id) if id else b"", status), 1, request.link)


def parts(world, *names):
    return rows(Fold(world.log), "parts", *names)


def test_what_is_queued_is_there_before_it_is_sent():
    world = live(2)
    fold = Fold(world.log)
    names = ("msg_id", "outcome", "sender", "destination", "text", "tag", "attempts", "time_sent", "state")
    plain = ("queued", "INFO", "32471000001", "hi")
    assert rows(fold, "messages", *names) == [
        (1, *plain, "tag", 1, None, None),
        (2, *plain, None, 1, None, None),
    ]
    assert rows(fold, "messages", "time_queued") == [world.now] * 2
    assert rows(fold, "parts", "link", "sequence_number", "time_sent") == [(None, 0, None)] * 2
    world.log.finish()
    fold.refresh()
    assert rows(fold, "messages", "outcome") == ["not_sent", "not_sent"]


def test_a_part_goes_from_queued_to_delivered():
    world = live()
    fold, seen = Fold(world.log), []

    def look():
        fold.refresh()
        row = fold.row(1)
        seen.append((row["outcome"], row["message_ids"], row["state"], row["final"]))

    look()
    world.send_row(0)
    look()
    answered(world, 0, "4d")
    look()
    world.append(message(DELIVER, 9, "+32471000001", "INFO", receipt_text("4d"), esm_class=RECEIPT), 1, 0)
    look()
    assert seen == [
        ("queued", [], None, False),
        ("sent", [], None, False),
        ("accepted", ["4d"], None, False),
        ("accepted", ["4d"], "DELIVERED", True),
    ]
    row = fold.row(1)
    assert (row["err"], row["network_error"], row["command_status"], row["attempts"]) == ("000", None, 0, 1)
    assert row["time_final"] == world.now
    assert [part["message_id"] for part in row["parts"]] == ["4d"]
    assert fold.row(1, states=False) == {name: row[name] for name in fold.row(1, states=False)}
    assert fold.row(2) is None
    assert fold.row(0) is None


def test_what_is_told_holds_until_an_answer_comes_late():
    world = live(2)
    world.send_row(0)
    world.log.add_told([0], "unanswered", world.now)
    world.log.add_told([1], "not_sent", world.now)
    assert parts(world, "outcome", "late") == [("unanswered", False), ("not_sent", False)]
    answered(world, 0, "4d")
    assert parts(world, "outcome", "late", "message_id") == [("accepted", True, "4d"), ("not_sent", False, None)]
    assert Fold(world.log).counts["late_responses"] == 1


def test_an_answer_is_not_late_that_came_before_it_was_given_up():
    world = live()
    world.send_row(0)
    answered(world, 0, "4d")
    world.log.add_told([0], "unanswered", world.now)
    assert parts(world, "outcome", "late") == [("accepted", False)]


def test_sent_again_after_a_refusal_the_old_answer_is_forgotten():
    world = live()
    world.send_row(0)
    answered(world, 0, status=0x58)
    world.send_row(0)
    assert parts(world, "outcome", "attempt", "command_status") == [("sent", 2, None)]
    answered(world, 0, "4d")
    assert parts(world, "outcome", "message_id") == [("accepted", "4d")]
    found = rows(Fold(world.log), "messages", "attempts", "possible_duplicate", "text")
    assert found == [(2, False, "hi")]


@pytest.mark.parametrize(("told", "twice"), [("unanswered", True), ("not_sent", False), (None, True)])
def test_sent_again_without_an_answer_may_arrive_twice(told, twice):
    world = live()
    world.send_row(0)
    if told:
        world.log.add_told([0], told, world.now)
    world.send_row(0)
    assert rows(Fold(world.log), "messages", "outcome", "attempts", "possible_duplicate") == [("sent", 2, twice)]


def test_ids_of_both_attempts_find_their_message():
    world = live()
    world.send_row(0)
    world.log.add_told([0], "unanswered", world.now)
    world.send_row(0)
    for id in ("4d", "4e"):
        answered(world, 0, id)
    for number, (id, stat) in enumerate((("4d", "UNDELIV"), ("4e", "DELIVRD"))):
        data = receipt_text(id, stat, done="2701151030" if number else "2701151029")
        world.append(message(DELIVER, 9, "32471000001", "INFO", data, esm_class=RECEIPT), 1, 0)
    fold = Fold(world.log)
    assert rows(fold, "receipts", "msg_id", "matched_by") == [(1, "exact"), (1, "exact")]
    assert rows(fold, "messages", "message_id", "state") == [("4e", "DELIVERED")]


def test_the_same_id_in_two_answers_is_one_id():
    world = live()
    world.send_row(0)
    world.send_row(0)
    for _ in range(2):
        answered(world, 0, "4d")
    world.append(message(DELIVER, 9, "32471000001", "INFO", receipt_text("4d"), esm_class=RECEIPT), 1, 0)
    assert rows(Fold(world.log), "receipts", "msg_id", "matched_by") == [(1, "exact")]


def test_parts_of_one_message_are_joined():
    world = live(total=3)
    for row in (2, 0):
        world.send_row(row)
        answered(world, row, f"id{row}")
    fold = Fold(world.log)
    assert rows(fold, "messages", "text", "parts", "outcome", "message_id") == [("ababab", 3, "queued", "id0")]
    assert [part["outcome"] for part in fold.row(1)["parts"]] == ["accepted", "queued", "accepted"]
    assert fold.row(1)["message_ids"] == ["id0", "id2"]


def test_requests_that_nothing_announced_have_numbers_of_their_own():
    world = live()
    world.unannounced()
    fold = Fold(world.log)
    assert rows(fold, "messages", "msg_id", "outcome") == [(1, "queued"), (-1, "sent")]
    assert fold.row(-1)["parts"][0]["destination"].startswith("324710")
    assert fold.row(-2) is None


def test_a_closed_link_ends_what_is_open_on_it():
    world = live(2)
    world.send_row(0)
    world.reconnect()
    assert parts(world, "outcome") == ["unanswered", "queued"]
    world.send_row(0)
    assert parts(world, "outcome", "attempt", "link") == [("sent", 2, 1), ("queued", 1, None)]


@pytest.mark.parametrize("seed", range(50, 56))
def test_the_end_of_a_table_is_the_end_of_the_table(seed):
    world = World(seed)
    for _ in range(200):
        world.step()
    fold = Fold(world.log)
    for name in TABLES:
        whole = {column: data.to_list() for column, data in fold.table(name).items()}
        count = fold.count(name)
        assert {len(column) for column in whole.values()} == {count}
        for first in (0, 1, count // 2, count - 1, count, count + 5, -1, -7, -10_000):
            begin = fold.first_row(name, first)
            tail = {column: data.to_list() for column, data in fold.rows(name, first).items()}
            assert tail == {column: data[begin:] for column, data in whole.items()}, (name, first)


def delivered(world, row):
    """Send, answer and deliver one message."""
    world.send_row(row)
    answered(world, row, f"a{row:03x}f")
    data = receipt_text(f"a{row:03x}f")
    world.append(message(DELIVER, 9, "32471000001", "INFO", data, esm_class=RECEIPT), 1, 0)


def test_what_is_matched_is_not_matched_again(monkeypatch):
    world = live(60)
    fold = Fold(world.log)
    for row in range(10):
        delivered(world, row)
    fold.refresh()
    fold.table("messages")
    monkeypatch.setattr(matching.Matcher, "_match_all", None)  # would raise
    for row in range(10, 60):
        delivered(world, row)
        fold.refresh()
        assert fold.row(row + 1)["state"] == "DELIVERED"
    monkeypatch.undo()
    assert said(fold) == said(Fold(world.log))


def test_a_rival_takes_a_certain_match_away():
    """An id that comes later may make a receipt ambiguous that was matched."""
    world = live(2)
    fold = Fold(world.log)
    world.send_row(0)
    world.send_row(1)
    answered(world, 0, "12")
    world.append(message(DELIVER, 9, "32471000001", "INFO", receipt_text("12"), esm_class=RECEIPT), 1, 0)
    fold.refresh()
    assert fold.row(1)["state"] == "DELIVERED"
    answered(world, 1, "c")
    fold.refresh()
    assert rows(fold, "receipts", "matched_by") == ["ambiguous"]
    assert fold.row(1)["state"] is None


def test_single_steps_agree_with_matching_all(monkeypatch):
    """The same random logs as above, but what is matched once is matched as a whole."""
    for seed in range(6):
        world = World(seed)
        fold = Fold(world.log)
        for step in range(250):
            world.step()
            fold.refresh()
            if step % 3 == 0:
                fold.row(1)
        with monkeypatch.context() as patch:
            patch.setattr(matching, "_FEW", -1)
            once = said(Fold(world.log))
        assert said(fold) == once


def test_a_log_read_while_it_is_written_holds_every_message():
    """Readers never meet a record whose intent they do not know, and lose nothing."""
    world, done, wrong = World(5), threading.Event(), []
    fold = Fold(world.log)

    def read():
        while not done.is_set():
            fold.refresh()
            table = fold.table("messages")
            if len(set(table["msg_id"].to_list())) != len(table["msg_id"].to_list()):
                wrong.append(table)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(300):
        world.step()
    done.set()
    for reader in readers:
        reader.join(60)
    fold.refresh()
    assert not wrong
    assert said(fold) == said(Fold(world.log))
