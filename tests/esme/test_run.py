"""A table on its way: through pauses, stops, losses and interrupts, every part ends in exactly one outcome."""

import threading

import numpy as np
import pandas as pd
import pytest

import smppkit as sk
from smppkit.errors import LocalProtocolError, ResponseTimeout, SessionClosed
from smppkit.esme import progress, track
from smppkit.esme.run import start
from tests.esme.peer import LIMIT, Peer, account, answer, receipt
from tests.link.helpers import until

ENDS = ("accepted", "refused", "unanswered", "not_sent")


def table_of(rows):
    return pd.DataFrame({"to": [f"+3247{row:07}" for row in range(rows)]})


def check_whole(run):
    """Every part has one outcome, and the frames say the same as the counts."""
    counts = run.counts
    assert sum(counts[name] for name in ENDS) == counts["parts"]
    parts = run.parts
    assert len(parts) == counts["parts"]
    assert parts["outcome"].astype("str").value_counts().to_dict() == {
        name: counts[name] for name in ENDS if counts[name]
    }


class Silent:
    """A centre that answers nothing until it is told to; ``came`` are the requests it holds."""

    def __init__(self, status=0):
        self.came = []
        self.let = threading.Event()
        self.status = status

    def __call__(self, line):
        line.bind()
        line.serve(self.take)

    def take(self, line, pdu):
        if pdu.command != "submit_sm":
            return False
        self.came.append((line, pdu))
        if self.let.is_set():
            self.answer_all()
        return True

    def answer_all(self):
        self.let.set()
        while self.came:
            line, pdu = self.came.pop(0)
            line.send(answer(pdu, self.status, **({} if self.status else {"message_id": f"{pdu.sequence_number}"})))


def test_a_table_is_sent_in_its_order_and_shows_in_the_frames():
    table = pd.DataFrame(
        {"msisdn": ["+32471", "bad", "+32472"], "name": ["Ann", "Bob", "Cid"], "tag": ["a", "b", None]}, index=[7, 8, 9]
    )
    with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
        other = esme.send("+32499", "by itself")
        run = start(esme, table, "Hi {name} " + "x" * 160, sender="INFO").wait(LIMIT)
        assert run.state == "done"
        messages = run.messages
        assert messages["destination"].tolist() == ["32471", "32472"]
        assert messages["row"].tolist() == [7, 9]
        assert messages["tag"].tolist()[0] == "a"
        assert messages["parts"].tolist() == [2, 2]
        assert messages["text"].tolist() == [f"Hi {name} " + "x" * 160 for name in ("Ann", "Cid")]
        assert run.parts["part"].tolist() == [1, 2, 1, 2]
        assert run.left_out["row"].tolist() == [8]
        assert len(esme.messages) == 3
        assert other.outcome == "accepted"
        assert sorted(smsc.messages["destination"].astype("str").unique()) == ["32471", "32472", "32499"]
        check_whole(run)


def test_refusals_are_told_by_name():
    def react(line, pdu):
        if pdu.command == "submit_sm" and int(pdu.destination_addr) % 4:
            line.send(answer(pdu, 0x58 if int(pdu.destination_addr) % 4 == 1 else 0x0B))
            return True
        return False

    with Peer(lambda line: (line.bind(), line.serve(react))) as peer, account(peer) as esme:
        run = start(esme, table_of(40), "Hi", receipt=False).wait(LIMIT)
        assert run.counts["accepted"], run.counts["refused"] == (10, 30)
        figures = run.report().set_index("figure")["value"]
        assert figures["parts refused: ESME_RTHROTTLED"] == 10
        assert figures["parts refused: ESME_RINVDSTADR"] == 20
        assert (figures["parts accepted"], figures["parts refused"], figures["parts unanswered"]) == (10, 30, 0)
        assert figures["parts/s"] > 0
        assert figures["response p50, s"] <= figures["response p99, s"]
        assert not [name for name in figures.index if name.startswith("messages") and name != "messages"]
        assert "10 accepted, 30 refused" in repr(run)
        check_whole(run)


def test_only_an_accepted_message_is_without_a_receipt_yet():
    def react(line, pdu):
        if pdu.command == "submit_sm" and int(pdu.destination_addr) % 2:
            line.send(answer(pdu, 0x0B))
            return True
        return False

    with Peer(lambda line: (line.bind(), line.serve(react))) as peer, account(peer) as esme:
        run = start(esme, table_of(10), "Hi").wait(LIMIT)
        figures = run.report().set_index("figure")["value"]
        assert (figures["parts refused"], figures["messages without receipt yet"]) == (5, 5)


def test_nothing_leaves_while_it_is_paused_and_nothing_is_lost():
    centre = Silent()
    with Peer(centre) as peer, account(peer, window=5) as esme:
        run = start(esme, table_of(30), "Hi")
        until(lambda: len(centre.came) == 5)
        run.pause()
        centre.answer_all()
        until(lambda: run.counts["accepted"] == 5)
        assert (run.state, run.counts["queued"], run.counts["sent"]) == ("paused", 25, 0)
        with pytest.raises(ResponseTimeout, match=r"the run is not done within 0.05 s: 5 of 30 parts answered"):
            run.wait(0.05)
        run.resume()
        assert run.state == "running"
        assert run.wait(LIMIT).counts["accepted"] == 30
        check_whole(run)


def test_after_stop_nothing_leaves():
    centre = Silent()
    with Peer(centre) as peer, account(peer, window=5) as esme:
        run = start(esme, table_of(30), "Hi")
        until(lambda: len(centre.came) == 5)
        run.stop()
        assert (run.state, run.counts["not_sent"], run.counts["sent"]) == ("stopped", 25, 5)
        centre.answer_all()
        run.wait(LIMIT)
        run.resume()
        run.stop()
        assert esme.send("+32499", "later").outcome == "accepted"
        assert (run.state, run.counts["accepted"], run.counts["not_sent"]) == ("stopped", 5, 25)
        assert sum(1 for pdu in peer.lines[0].got if pdu.command == "submit_sm") == 6
        check_whole(run)


def test_a_run_ends_in_the_middle_of_another():
    centre = Silent()
    with Peer(centre) as peer, account(peer, window=4) as esme:
        first, second = start(esme, table_of(20), "Hi"), start(esme, table_of(20), "Ho")
        until(lambda: len(centre.came) == 4)
        first.stop()
        centre.answer_all()
        assert second.wait(LIMIT).counts["accepted"] == 20
        for run in (first, second):
            check_whole(run.wait(LIMIT))
        assert first.messages["text"].unique().tolist() == ["Hi"]


def test_a_window_of_its_own():
    centre = Silent()
    with Peer(centre) as peer, account(peer, window=50) as esme:
        run = start(esme, table_of(20), "Hi", window=3)
        until(lambda: len(centre.came) == 3)
        assert esme.send("+32499", "beside it", timeout=0).outcome in ("queued", "sent")
        until(lambda: len(centre.came) == 4)
        assert run.counts["sent"] == 3
        centre.answer_all()
        assert run.wait(LIMIT).counts["accepted"] == 20


def test_a_lost_connection_leaves_some_unanswered_and_sends_the_rest_later():
    def script(line):
        line.bind()
        if line.number:
            line.serve()
            return
        for _ in range(3):
            line.send(answer(line.read("submit_sm"), message_id="x"))
        line.read("submit_sm")

    with Peer(script) as peer, account(peer, window=8) as esme:
        run = start(esme, table_of(100), "Hi").wait(LIMIT)
        counts = run.counts
        assert counts["unanswered"] > 0
        assert counts["accepted"] + counts["unanswered"] == 100
        check_whole(run)


def test_a_late_answer_counts_after_all():
    centre = Silent()
    with Peer(centre) as peer, account(peer, response_timeout=0.2) as esme:
        run = start(esme, table_of(3), "Hi").wait(LIMIT)
        assert run.counts["unanswered"] == 3
        centre.answer_all()
        until(lambda: run.counts["accepted"] == 3)
        assert run.counts["unanswered"] == 0
        assert run.parts["late"].all()
        check_whole(run)


def test_an_interrupt_pauses_and_says_how_to_go_on(monkeypatch):
    centre = Silent()
    with Peer(centre) as peer, account(peer, window=5) as esme:
        run = start(esme, table_of(20), "Hi")
        until(lambda: len(centre.came) == 5)

        def interrupted(seconds):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(run._track.over, "wait", interrupted)
            with pytest.raises(
                KeyboardInterrupt, match=r"paused: 5 of 20 parts are out; run.resume\(\) goes on, run.stop"
            ):
                run.wait()
        assert run.state == "paused"
        centre.answer_all()
        run.resume()
        assert run.wait(LIMIT).counts["accepted"] == 20


def test_closing_the_account_ends_the_run():
    centre = Silent()
    with Peer(centre) as peer:
        esme = sk.connect(peer.url, window=5)
        run = start(esme, table_of(20), "Hi")
        until(lambda: len(centre.came) == 5)
        esme.close(0.5)
        run.wait(LIMIT)
        assert (run.counts["not_sent"], run.counts["unanswered"]) == (15, 5)
        run.stop()
        check_whole(run)
        with pytest.raises(SessionClosed):
            start(esme, table_of(1), "Hi")


def test_a_run_waits_while_the_account_is_unbound():
    with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        run = start(esme, table_of(50), "Hi", rate=1)
        esme.unbind()
        assert run.state == "running"
        run.stop()
        assert run.wait(LIMIT).counts["not_sent"] >= 48
        esme.bind()
        assert start(esme, table_of(5), "Hi").wait(LIMIT).counts["accepted"] == 5


def test_waiting_ends_once_the_account_does_not_come_back_by_itself():
    with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        run = start(esme, table_of(50), "Hi", rate=500, window=1)
        run.pause()
        with pytest.raises(ResponseTimeout, match=r"; it is paused: resume\(\) goes on$"):
            run.wait(0)
        esme.unbind()
        sentence = (
            r"the run waits: bind\(\) goes on, stop\(\) ends it; \d+ parts still to leave, not bound: unbound from"
        )
        with pytest.raises(SessionClosed, match=sentence):
            run.wait(LIMIT)
        with pytest.raises(SessionClosed, match=sentence), run:
            run.resume()
        with pytest.raises(ResponseTimeout, match=r"answered.*; not bound: unbound from .*; bind\(\) connects again"):
            run.wait(0)
        esme.bind()
        assert run.wait(LIMIT).counts["accepted"] == 50


def test_waiting_ends_when_the_centre_is_gone_and_nobody_binds_again():
    centre = Silent()
    with Peer(centre) as peer, account(peer, window=5, rebind=False) as esme:
        run = start(esme, table_of(20), "Hi")
        until(lambda: len(centre.came) == 5)
        peer.lines[0].reset()
        with pytest.raises(SessionClosed, match=r"15 parts still to leave, not bound: the connection to .* was reset"):
            run.wait(LIMIT)
        assert run.counts["unanswered"] == 5
        run.stop()
        check_whole(run.wait(LIMIT))


def test_waiting_for_receipts_ends_when_none_can_come():
    with sk.Smsc(process=False, delay=None) as smsc, sk.connect(smsc.url) as esme:
        run = start(esme, table_of(3), "Hi").wait(LIMIT)
        esme.unbind()
        with pytest.raises(SessionClosed, match="3 messages lack a final receipt, not bound: unbound from"):
            run.wait(LIMIT, final=True)


def test_what_closing_ended_is_counted_at_once_and_everywhere():
    with sk.Smsc(process=False) as smsc:
        esme = sk.connect(smsc.url)
        run = start(esme, table_of(100), "Hi", rate=10, receipt=False)
        until(lambda: run.counts["accepted"])
        esme.close()
        left = run._track.counts()  # without asking the run, which would look whether the account is closed
        assert (left["queued"], left["sent"]) == (0, 0)
        assert left["not_sent"] == (esme.messages["outcome"] == "not_sent").sum() >= 90
        assert run.counts["not_sent"] == left["not_sent"]
        assert run.report().set_index("figure")["value"]["parts not sent"] == left["not_sent"]
        check_whole(run)


def test_what_can_never_leave_is_told_at_once():
    with sk.Smsc(process=False) as smsc:
        with sk.connect(smsc.url, bind="receiver") as esme:
            with pytest.raises(LocalProtocolError, match="a receiver only receives"):
                start(esme, table_of(1), "Hi")
            assert len(esme.messages) == 0
        with sk.connect(smsc.url, new=True) as esme:
            for keywords, sentence in (
                ({"rate": -1}, "rate: -1"),
                ({"window": 0}, "window: 0"),
                ({"receipt": "x"}, "receipt is 'x'"),
                ({"mood": 1}, "send_many has no keyword 'mood'; did you mean mode"),
                ({"rate": "10"}, "rate: '10'"),
                ({"window": 2.5}, "window: 2.5"),
            ):
                with pytest.raises((ValueError, TypeError), match=sentence):
                    start(esme, table_of(1), "Hi", **keywords)
            assert len(esme.messages) == 0


def test_a_table_of_which_nothing_can_be_sent_is_done_at_once():
    with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        run = start(esme, {"to": ["x", "y"]}, "Hi")
        assert (run.state, len(run.left_out), len(run.wait(LIMIT).messages), len(run.parts)) == ("done", 2, 0, 0)
        assert run.report().set_index("figure")["value"]["rows left out"] == 2
        assert repr(run) == "<Run done: 0 of 0 parts answered; 2 rows left out>"


def test_waiting_for_the_last_receipt():
    centre = Silent()
    with Peer(centre) as peer, account(peer) as esme:
        run = start(esme, table_of(3), "Hi")
        until(lambda: len(centre.came) == 3)
        sent = [pdu for _, pdu in centre.came]
        line = centre.came[0][0]
        centre.answer_all()
        run.wait(LIMIT)
        assert run.wait(0.01, final=True) is run  # some receipts never come: no error
        for pdu in sent:
            line.send(
                receipt(
                    f"{pdu.sequence_number}",
                    source_addr=pdu.destination_addr,
                    sequence_number=pdu.sequence_number,
                    destination_addr="",
                    dest_addr_ton=0,
                )
            )
        run.wait(LIMIT, final=True)
        assert run.messages["state"].tolist() == ["DELIVERED"] * 3
        assert run.report().set_index("figure")["value"]["messages: DELIVERED"] == 3
        for asked, sentence in ((False, "receipts were not asked for"), ("failure", "asked for failures only")):
            with pytest.raises(ValueError, match=sentence):
                start(esme, table_of(1), "Hi", receipt=asked).wait(LIMIT, final=True)


def test_a_bar_shows_where_it_is_wanted(monkeypatch, capsys):
    monkeypatch.setattr(progress, "AFTER", 0.0)
    with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        start(esme, table_of(40), "Hi", rate=200).wait(LIMIT, progress=True)
        shown = capsys.readouterr().err
        start(esme, table_of(40), "Hi", rate=200).wait(LIMIT)
        start(esme, table_of(40), "Hi", rate=200).wait(LIMIT, progress=False)
        quiet = capsys.readouterr().err
    assert "40/40" in shown
    assert quiet == ""


def test_with_waits_and_an_exception_stops():
    with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        with start(esme, table_of(5), "Hi") as run:
            pass
        assert run.counts["accepted"] == 5
        with pytest.raises(RuntimeError, match="mine"), start(esme, table_of(50), "Hi", rate=1) as run:
            raise RuntimeError("mine")
        assert run.state == "stopped"
        assert run.counts["not_sent"] >= 48


def test_it_may_be_paused_and_stopped_in_a_callback():
    said = []
    done = threading.Event()
    with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
        runs = []

        @esme.on_receipt
        def on_receipt(found):
            if not done.is_set():
                runs[0].pause()
                said.append(runs[0].state)
                runs[0].stop()
                said.append(runs[0].state)
                done.set()

        with esme:
            runs.append(start(esme, table_of(500), "Hi", rate=100))
            assert done.wait(LIMIT)
            assert said == ["paused", "stopped"]
            check_whole(runs[0].wait(LIMIT))


def test_many_runs_from_many_threads():
    with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url, window=20) as esme:
        runs = []
        threads = [threading.Thread(target=lambda: runs.append(start(esme, table_of(100), "Hi"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        for run in runs:
            assert run.wait(LIMIT).counts["accepted"] == 100
            check_whole(run)
        assert sorted(np.concatenate([run.messages["msg_id"] for run in runs])) == list(range(1, 401))


def test_the_account_lives_as_long_as_somebody_holds_its_run():
    with sk.Smsc(process=False) as smsc:
        run = start(sk.connect(smsc.url), table_of(50), "Hi", rate=200)
        assert run.wait(LIMIT).counts["accepted"] == 50
        run._esme.close()


def test_neither_line_nor_card_shows_a_text():
    with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        run = start(esme, {"to": ["+32471", "<script>"]}, "a secret", sender="INFO").wait(LIMIT)
        assert "secret" not in repr(run) + run._repr_html_()
        assert "<script>" not in run._repr_html_()
        assert "1 row left out" in repr(run)
        assert "rows left out" in run._repr_html_()
        assert track.OUTCOMES[2] in run._repr_html_()
