import threading

import pytest

from smppkit.errors import ConnectFailed, SessionClosed
from smppkit.esme.outcome import Outcome
from smppkit.notebook.bar import Bar
from tests.notebook.fake import FakeEsme

LIMIT = 10.0


class Screen:
    """A bar that draws itself when it wants to."""

    def __init__(self, **values):
        self.esme = FakeEsme(**values)
        self.news = threading.Condition()
        self.bar = Bar(self.esme, self.marked)
        self.bar.draw()

    def marked(self):
        with self.news:
            self.bar.draw()
            self.news.notify_all()

    def until(self, there):
        with self.news:
            assert self.news.wait_for(there, LIMIT)

    @property
    def facts(self):
        return self.bar.box.children[0].value

    @property
    def outcome(self):
        return self.bar.box.children[2].value

    @property
    def buttons(self):
        return {widget.description: widget for widget in self.bar.box.children[1].children}

    @property
    def enabled(self):
        return {name for name, widget in self.buttons.items() if not widget.disabled}


def test_everything_is_on_it():
    screen = Screen()
    for said in ("Logged in", "127.0.0.1:2775", "transceiver", "SMPP 3.4", "0 requests/s"):
        assert said in screen.facts
    assert "OK: bound as transceiver" in screen.outcome
    assert "secret" not in screen.facts + screen.outcome


@pytest.mark.parametrize(
    ("state", "enabled"),
    [
        ("Idle", {"Bind"}),
        ("Error", {"Bind", "Unbind"}),
        ("Login failed", {"Bind", "Unbind"}),
        ("Connecting", {"Unbind"}),
        ("Logging in", {"Unbind"}),
        ("Logged in", {"Unbind"}),
    ],
)
def test_buttons_are_greyed_while_they_make_no_sense(state, enabled):
    assert Screen(state=state).enabled == enabled | {"Re-bind"}


def test_a_click_returns_at_once_and_is_carried_out_once():
    screen = Screen(state="Idle")
    screen.esme.hold.clear()
    screen.buttons["Bind"].click()
    screen.buttons["Bind"].click()
    assert screen.enabled == {"Re-bind"}
    screen.esme.state = "Logged in"
    screen.esme.hold.set()
    screen.until(lambda: screen.enabled == {"Unbind", "Re-bind"})
    assert screen.esme.called == ["bind"]
    screen.buttons["Unbind"].click()
    screen.until(lambda: not screen.bar._unbinding)
    assert screen.esme.called == ["bind", "unbind"]


def raises(error):
    def bind(timeout=30):
        raise error

    return bind


def test_a_refused_bind_is_explained_by_the_last_outcome():
    screen = Screen(state="Login failed", last_outcome=Outcome("invalid password", "check <it>"))
    screen.esme.bind = raises(ConnectFailed("no connection"))
    screen.bar.bind()
    screen.until(lambda: not screen.bar._binding)
    assert "invalid password: check &lt;it&gt;" in screen.outcome
    assert "smppkit-bad" in screen.outcome


def test_what_the_last_outcome_does_not_say_is_said():
    screen = Screen(state="Idle")
    screen.esme.bind = raises(SessionClosed("the account is closed; sk.connect opens it again"))
    screen.bar.bind()
    screen.until(lambda: not screen.bar._binding)
    assert "the account is closed" in screen.outcome


def test_the_switch_goes_both_ways():
    screen = Screen()
    screen.buttons["Re-bind"].value = False
    assert screen.esme.rebind is False
    screen.esme.rebind = True
    screen.bar.draw()
    assert screen.buttons["Re-bind"].value is True


def test_hostile_values_are_text():
    hostile = "<img src=x onerror=alert(1)>"
    screen = Screen(state="Error", last_outcome=Outcome("Disconnected", hostile))
    screen.esme.options.place = hostile
    screen.bar.draw()
    assert "<img" not in screen.facts + screen.outcome
    assert "&lt;img" in screen.facts
    assert "&lt;img" in screen.outcome


def test_the_rate_falls_to_nothing_by_itself():
    screen = Screen()
    assert screen.bar.draw() is None
    screen.bar._rate._seen.clear()
    screen.bar._rate.of(0, 0.0)
    assert screen.bar._rate.of(50, 2.0) == 25.0
    assert screen.bar._rate.of(50, 20.0) == 0.0
