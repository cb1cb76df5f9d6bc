import json
import threading

import pytest
from ipywidgets import Widget

import smppkit as sk
from smppkit.notebook import publisher
from smppkit.notebook.panel import _PANELS, Panel
from tests.notebook.fake import FakeEsme

LIMIT = 10.0


def texts(widget: Widget) -> str:
    """Return the state of a widget and of all inside it, as a saved notebook would have it."""
    state = {name: value for name, value in widget.get_state().items() if name not in ("_esm", "_css")}
    inside = "".join(texts(child) for child in getattr(widget, "children", ()))
    return json.dumps(state, default=str) + inside


@pytest.fixture
def esme():
    with sk.demo(process=False, delay=0, password="pa55word") as esme:
        yield esme
        for panel in list(_PANELS.values()):
            panel.close()


@pytest.mark.parametrize("thing", [None, "smpp://localhost", sk.Smsc(process=False), {}])
def test_what_is_no_account_is_refused_in_a_sentence(thing):
    with pytest.raises(TypeError, match=r"panel shows an account, what .* return, not"):
        sk.panel(thing)


def test_an_account_has_one_panel_until_that_is_closed(esme):
    panel = sk.panel(esme)
    assert sk.panel(esme) is panel
    panel.close()
    panel.close()
    assert sk.panel(esme) is not panel


def test_it_says_what_it_is_without_a_front_end(esme):
    panel = sk.panel(esme)
    assert repr(panel) == f"<Panel of {esme!r}>"
    assert panel._repr_mimebundle_()["text/plain"] == repr(panel)
    assert "Logged in" in texts(panel)


def test_the_password_and_the_texts_are_in_no_widget(esme):
    esme.send("+32471123456", "a secret of two").wait()
    panel = sk.panel(esme)
    panel._repr_mimebundle_()
    publisher.KERNEL.mark(panel._sent.draw)
    state = texts(panel)
    assert "pa55word" not in state
    assert "a secret of two" not in state
    assert "pa55word" not in repr(panel)


def wait_for(widget, there):
    """Wait until the value of an HTML widget is as wanted."""
    seen = threading.Event()
    widget.observe(lambda _: seen.set() if there(widget.value) else None, "value")
    if not there(widget.value):
        assert seen.wait(LIMIT), widget.value


def test_it_follows_the_account_once_it_is_shown(esme):
    panel = sk.panel(esme)
    facts = panel.children[0].children[0]
    panel._repr_mimebundle_()
    esme.unbind()
    wait_for(facts, lambda value: "Idle" in value)
    panel._bar.bind()
    wait_for(facts, lambda value: "Logged in" in value)


def test_a_panel_that_nobody_shows_costs_nothing():
    esme = FakeEsme()
    panel = Panel(esme)
    marked = []
    panel._draws = (lambda: marked.append(1),)
    esme.changed()
    panel._view_count = 1
    assert not panel.abandoned
    panel._view_count = 0
    assert panel.abandoned
    publisher.KERNEL.drop(panel._draws[0])
    marked.clear()
    esme.changed()
    assert panel._draws[0] not in publisher.KERNEL._due
    panel.close()
    assert esme.watchers == []


def test_panels_left_behind_make_room(esme):
    with sk.demo(process=False) as other:
        left = sk.panel(other)
        left._view_count = 1
        left._view_count = 0
        sk.panel(esme)
        assert sk.panel(other) is not left
