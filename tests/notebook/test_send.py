import json
import threading

import pytest

from smppkit.errors import SessionClosed, TextError
from smppkit.notebook.planning import planned
from smppkit.notebook.send import EMPTY, Form
from tests.notebook.fake import FakeEsme, FakeMessage

LIMIT = 10.0
FIELDS = EMPTY | {"number": "+32 471 123456", "text": "Hello"}


class Browser:
    """A form and what its browser was told; ``until`` waits for a state."""

    def __init__(self, esme):
        self.states, self.plans, self.fields = [], [], []
        self.news = threading.Condition()
        self.form = Form(esme, self.drawn)
        self.form.send = self.told
        self.say(kind="hello")

    def drawn(self):
        self.form.draw()

    def say(self, **message):
        self.form._handle_custom_msg(message, [])

    def told(self, message, buffers=None):
        json.dumps(message, allow_nan=False).encode("utf-8")
        kept = {"state": self.states, "plan": self.plans, "fields": self.fields}[message["kind"]]
        with self.news:
            kept.append(message)
            self.news.notify_all()

    def click(self, ticket="1", again=False, **fields):
        self.say(kind="send", ticket=ticket, fields=FIELDS | fields, again=again)

    def until(self, **wanted):
        def there():
            return wanted.items() <= self.states[-1].items()

        with self.news:
            assert self.news.wait_for(there, LIMIT), self.states[-1]
        return self.states[-1]


@pytest.fixture
def esme():
    return FakeEsme()


def test_what_stands_in_the_form_goes_out(esme):
    browser = Browser(esme)
    browser.click(sender="INFO", validity="60", flash=True, receipt=False)
    browser.until(busy=True, text="waiting: it has left, and the response is to come")
    values, keywords = esme.sent[0]
    assert values == ("+32 471 123456", "Hello")
    assert keywords == {"sender": "INFO", "receipt": False, "flash": True, "validity": 60, "timeout": 0}


def test_a_blank_sender_and_validity_are_left_to_the_account(esme):
    browser = Browser(esme)
    browser.click()
    browser.until(ticket="1", busy=True, spent=FIELDS)
    assert esme.sent[0][1] == {"sender": None, "receipt": True, "flash": False, "validity": None, "timeout": 0}


@pytest.mark.parametrize(
    ("came", "text", "tone"),
    [
        ({"outcome": "accepted", "message_ids": ["5F"]}, "accepted, message id 5F", "good"),
        ({"outcome": "accepted", "message_ids": ["1", "2"]}, "accepted, message ids 1, 2", "good"),
        ({"outcome": "accepted", "state": "DELIVERED"}, "accepted; DELIVERED", "good"),
        ({"outcome": "refused", "command_status": 11}, "refused: ESME_RINVDSTADR (0x0000000B), destination", "bad"),
        ({"outcome": "unanswered"}, "unknown: no response came", "wait"),
        ({"outcome": "not_sent"}, "not sent: it never left", "bad"),
    ],
)
def test_the_line_says_what_became_of_it(esme, came, text, tone):
    esme.answer = lambda: FakeMessage(**came)
    browser = Browser(esme)
    browser.click()
    state = browser.until(ticket="1", busy=False, tone=tone)
    assert state["text"].startswith(text)


def test_a_double_click_sends_once(esme):
    esme.hold.clear()
    browser = Browser(esme)
    browser.click("1")
    browser.click("1")
    browser.click("2")
    esme.hold.set()
    browser.until(ticket="2", busy=True, text="waiting: it has left, and the response is to come")
    assert len(esme.sent) == 1


def test_the_same_again_needs_to_be_asked_for(esme):
    esme.answer = lambda: FakeMessage(outcome="accepted")
    browser = Browser(esme)
    browser.click("1")
    browser.until(busy=False, text="accepted")
    browser.click("2")
    browser.until(ticket="2")
    assert len(esme.sent) == 1
    browser.click("3", again=True)
    browser.until(ticket="3", busy=False, text="accepted")
    assert len(esme.sent) == 2
    browser.click("4", text="Hello again")
    browser.until(ticket="4", busy=False, text="accepted")
    assert len(esme.sent) == 3


def fails(error):
    def answer():
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("'+32 abc' is no number: give digits"), "not sent: '+32 abc' is no number: give digits"),
        (TextError("too many parts\u202e"), "not sent: too many parts\\u202e"),
        (SessionClosed("not bound: bind() connects"), "not sent: not bound: bind() connects"),
        (KeyError("secret"), "not sent: KeyError"),
    ],
)
def test_what_cannot_be_sent_is_said(esme, error, text, caplog):
    esme.answer = fails(error)
    browser = Browser(esme)
    browser.click()
    state = browser.until(ticket="1", busy=False, text=text, tone="bad")
    assert state["spent"] is None


@pytest.mark.parametrize("validity", ["soon", "-1", "0", "1.5", "٣"])
def test_a_validity_that_is_none(esme, validity):
    browser = Browser(esme)
    browser.click(validity=validity)
    browser.until(
        busy=False, tone="bad", text=f"not sent: validity is {validity!r}, but takes whole seconds, or nothing"
    )
    assert esme.sent == []


def test_a_receiver_cannot_send_and_says_why():
    browser = Browser(FakeEsme(bind_type="receiver"))
    state = browser.until(allowed=False)
    assert state["why"].startswith("This account is bound as receiver, which cannot send")


@pytest.mark.parametrize("state", ["Idle", "Error", "Connecting", "Logging in", "Login failed"])
def test_sending_needs_a_bound_account(state):
    browser = Browser(FakeEsme(state=state))
    assert browser.until(allowed=False)["why"].startswith(f"{state}: ")


def test_a_lost_link_does_not_lock_the_form(esme):
    browser = Browser(esme)
    browser.click()
    browser.until(busy=True, spent=FIELDS)
    esme.state = "Error"
    browser.form.draw()
    browser.until(busy=False, allowed=False)


def test_a_later_view_gets_what_was_typed(esme):
    browser = Browser(esme)
    browser.say(kind="draft", revision=3, fields=FIELDS)
    assert browser.plans[-1]["revision"] == 3
    assert browser.plans[-1]["sizes"] == "GSM 7-bit · 5 of 160 septets · 1 part"
    browser.say(kind="hello")
    assert browser.fields[-1]["fields"] == FIELDS
    assert browser.plans[-1]["sizes"] == "GSM 7-bit · 5 of 160 septets · 1 part"


@pytest.mark.parametrize(
    "message", [{}, "text", None, {"kind": "draft"}, {"kind": "send", "ticket": 1}, {"kind": "draft", "fields": 7}]
)
def test_a_message_that_makes_no_sense_sends_nothing(esme, message):
    browser = Browser(esme)
    browser.form._handle_custom_msg(message, [])
    assert esme.sent == []


def test_fields_of_another_kind_are_left_out(esme):
    browser = Browser(esme)
    browser.say(kind="draft", revision=1, fields={"number": 7, "text": ["x"], "receipt": "no"})
    browser.say(kind="hello")
    assert browser.fields[-1]["fields"] == EMPTY


def test_what_is_typed_is_in_no_trait(esme):
    browser = Browser(esme)
    browser.say(kind="draft", revision=1, fields=FIELDS)
    assert "471" not in json.dumps(browser.form.get_state()).replace("+32 471 123456", "")


def test_the_plan_marks_what_forces_another_alphabet():
    made = planned("It’s 10€ → ok")
    assert made["sizes"] == "UCS-2 · 13 of 70 16-bit units · 1 part"
    assert [text for text, why in made["pieces"] if why] == ["’", "→"]
    assert "".join(text for text, _ in made["pieces"]) == "It’s 10€ → ok"
    assert made["tone"] == "wait"


def test_the_plan_of_hostile_texts():
    assert planned("")["sizes"] == "no text yet"
    assert planned("\ud800")["tone"] == "bad"
    many = planned("→" * 20_000)
    assert many["tone"] == "bad"
    long = planned("→" + "a" * 5000)
    assert sum(len(text) for text, _ in long["pieces"]) <= 601
    assert planned("a\u202eb")["pieces"][1][0] == "\\u202e"
