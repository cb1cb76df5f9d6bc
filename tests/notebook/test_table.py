import json

import pandas as pd
import pytest

from smppkit.notebook.received import Received
from smppkit.notebook.sent import Sent
from smppkit.notebook.table import Table
from tests.notebook.fake import NOW, FakeEsme, row

HOSTILE = "<img src=x onerror='window.ran=1'>\x00\u202e"


class Browser:
    """A table and what its browser was told, applied as table.js does."""

    def __init__(self, source):
        self.marks = 0
        self.messages = []
        self.rows, self.order, self.version, self.total = {}, [], 0, None
        self.table = Table(source, self.marked)
        self.table.send = self.told
        self.say(kind="window", first=0, count=200)

    def marked(self):
        self.marks += 1
        self.table.draw()

    def say(self, **message):
        self.table._handle_custom_msg(message, [])

    def told(self, message, buffers=None):
        message = json.loads(json.dumps(message, allow_nan=False).encode("utf-8"))
        self.messages.append(message)
        if message["kind"] != "rows":
            return
        assert message["base"] in (0, self.version), "a browser would have to ask again"
        self.version, self.order, self.total = message["version"], message["order"], message["total"]
        self.rows |= {int(label): cells for label, cells in message["rows"].items()}

    @property
    def shown(self):
        return [self.rows[label] for label in self.order]


def sent(number, **values):
    known = {"msg_id": number, "time_queued": NOW, "time_sent": NOW, "destination": f"3247{number}", "text": "hi"}
    return row("messages", **known | {"outcome": "accepted", "message_id": f"A{number}", **values})


def received(number, **values):
    known = {"time": NOW, "source": f"3248{number}", "destination": "4400", "text": "yes"}
    return row("inbox", **known | values)


@pytest.fixture
def esme():
    return FakeEsme()


def test_newest_first_and_what_they_came_to(esme):
    esme.tables["messages"] = [sent(1, state="DELIVERED"), sent(2, outcome="refused", message_id=None)]
    browser = Browser(Sent(esme))
    assert browser.order == [1, 0]
    assert browser.shown[0][1:] == ["32472", "hi", {"text": "refused", "tone": "bad"}, "", ""]
    assert browser.shown[1][3:] == [
        {"text": "accepted", "tone": "good"},
        {"text": "DELIVERED", "tone": "good"},
        "A1",
    ]
    assert browser.shown[0][0] == {"time": NOW.value / 1e6}


def test_only_what_changed_travels_and_nothing_when_nothing_did(esme, monkeypatch):
    monkeypatch.setattr("smppkit.notebook.table.WHOLE_AGAIN", 1e9)
    esme.tables["messages"] = [sent(number) for number in range(50)]
    browser = Browser(Sent(esme))
    assert len(browser.messages) == 1
    browser.table.draw()
    assert len(browser.messages) == 1
    esme.tables["messages"][7]["state"] = "DELIVERED"
    esme.tables["messages"].append(sent(50))
    browser.table.draw()
    assert sorted(browser.messages[-1]["rows"]) == ["50", "7"]
    assert browser.order == list(range(50, -1, -1))


def test_a_view_that_cannot_ask_gets_everything_with_a_change(esme, monkeypatch):
    monkeypatch.setattr("smppkit.notebook.table.WHOLE_AGAIN", -1.0)
    esme.tables["messages"] = [sent(number) for number in range(5)]
    browser = Browser(Sent(esme))
    esme.tables["messages"].append(sent(5))
    browser.table.draw()
    assert (browser.messages[-1]["base"], len(browser.messages[-1]["rows"])) == (0, 6)
    browser.table.draw()
    assert len(browser.messages) == 2


def test_a_window_that_asks_again_gets_everything(esme):
    esme.tables["messages"] = [sent(number) for number in range(5)]
    browser = Browser(Sent(esme))
    browser.say(kind="window", first=0, count=200)
    assert browser.messages[-1]["base"] == 0
    assert len(browser.messages[-1]["rows"]) == 5


def test_the_latest_200_of_many_and_a_window_further_back(esme):
    esme.tables["messages"] = [sent(number) for number in range(1000)]
    browser = Browser(Sent(esme))
    assert (len(browser.order), browser.order[0], browser.total) == (200, 999, 1000)
    browser.say(kind="window", first=300, count=10)
    assert (browser.order, browser.total) == (list(range(699, 689, -1)), 1000)
    browser.say(kind="window", first=-5, count=100_000)
    assert (len(browser.order), browser.order[0]) == (200, 999)


def test_deleting_and_clearing_hide_rows(esme):
    esme.tables["messages"] = [sent(number) for number in range(4)]
    browser = Browser(Sent(esme))
    browser.say(kind="delete", id=2)
    assert (browser.order, browser.total) == ([3, 1, 0], 3)
    browser.say(kind="clear")
    assert (browser.order, browser.total) == ([], 0)
    esme.tables["messages"].append(sent(4))
    browser.table.draw()
    assert (browser.order, browser.total) == ([4], 1)


def test_received_shows_what_is_missing_of_a_long_message(esme):
    esme.tables["inbox"] = [received(1), received(2, parts=3, parts_seen=2, complete=False)]
    browser = Browser(Received(esme))
    assert browser.shown[0][-1] == {"text": "2 of 3", "tone": "wait"}
    assert browser.shown[1][1:] == ["32481", "4400", "yes", "1"]
    browser.say(kind="delete", id=1)
    assert browser.order == [0]
    browser.say(kind="clear")
    assert browser.order == []


def test_the_timeline_of_a_message_grows_while_it_is_shown(esme):
    later = [NOW + pd.Timedelta(seconds=seconds) for seconds in (1, 2, 3)]
    esme.tables["messages"] = [sent(1, msg_id=7)]
    part = {"msg_id": 7, "part": 1, "link": "a", "sequence_number": 2, "time_sent": later[0], "late": False}
    esme.tables["parts"] = [row("parts", **part)]
    browser = Browser(Sent(esme))
    browser.say(kind="select", id=0)
    details = browser.messages[-1]
    assert (details["kind"], details["id"], details["title"]) == ("details", 0, "Message 7 to 32471")
    assert [line[1] for line in details["lines"]] == ["hi", "queued", "sent on a, sequence_number 2"]
    esme.tables["parts"][0] |= {"time_resp": later[1], "command_status": 0, "message_id": "5F"}
    known = {"time": later[2], "msg_id": 7, "message_state": "DELIVERED", "receipt_err": "000", "receipt_id": "5F"}
    esme.tables["receipts"] = [row("receipts", **known)]
    browser.table.draw()
    assert [line[1] for line in browser.messages[-1]["lines"]][-2:] == [
        "accepted, message id 5F",
        "receipt: DELIVERED, err 000, id 5F",
    ]
    count = len(browser.messages)
    browser.table.draw()
    assert len(browser.messages) == count
    browser.say(kind="select", id=None)
    browser.table.draw()
    assert len(browser.messages) == count


def test_a_refusal_in_the_timeline_says_what_it_means(esme):
    esme.tables["messages"] = [sent(1, msg_id=7, outcome="refused")]
    known = {"msg_id": 7, "part": 1, "time_sent": NOW, "time_resp": NOW, "command_status": 11, "late": False}
    esme.tables["parts"] = [row("parts", **known)]
    browser = Browser(Sent(esme))
    browser.say(kind="select", id=0)
    assert "ESME_RINVDSTADR" in browser.messages[-1]["lines"][-1][1]


def test_details_of_a_row_that_is_gone_are_nothing(esme):
    browser = Browser(Sent(esme))
    browser.say(kind="select", id=77)
    assert [message["kind"] for message in browser.messages] == ["rows"]


def test_texts_of_strangers_travel_as_visible_text(esme):
    esme.tables["messages"] = [sent(1, text=HOSTILE, destination=HOSTILE, message_id=HOSTILE)]
    esme.tables["inbox"] = [received(1, text=HOSTILE, raw=b"\x00<b>")]
    for source in (Sent(esme), Received(esme)):
        browser = Browser(source)
        assert any("<img src=x onerror='window.ran=1'>\\x00\\u202e" in str(cell) for cell in browser.shown[0])
        browser.say(kind="select", id=0)
        assert "\\u202e" in json.dumps(browser.messages[-1], ensure_ascii=False)


@pytest.mark.parametrize(
    "message",
    [{}, {"kind": "delete"}, {"kind": "delete", "id": "1"}, {"kind": "window", "first": None}, "text", None, 7],
)
def test_a_message_that_makes_no_sense_changes_nothing(esme, message):
    esme.tables["messages"] = [sent(1)]
    browser = Browser(Sent(esme))
    browser.table._handle_custom_msg(message, [])
    assert (browser.order, browser.total) == ([0], 1)


def test_rows_are_in_no_trait(esme):
    esme.tables["messages"] = [sent(1, text="a secret of two")]
    browser = Browser(Sent(esme))
    assert browser.shown
    state = json.dumps(browser.table.get_state())
    assert "a secret of two" not in state
    assert "time of this browser" in state
