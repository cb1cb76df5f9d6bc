"""The form that sends one message, and the line that says what became of it.

What was typed arrives with the click. A click is carried out once: its ticket is remembered, and nothing leaves while
another message is on its way, nor the same content again unless asked for. The lock guards these few values; it is held
for moments, and nothing else is locked under it.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from ..errors import SmppError
from ..esme.outcome import message_sentence
from ..html import visible
from .planning import planned
from .publisher import carry_out
from .table import COMMON, HERE

if TYPE_CHECKING:
    from ..esme import Esme, Message

EMPTY: dict[str, Any] = {"number": "", "sender": "", "text": "", "receipt": True, "flash": False, "validity": ""}

_LOG = logging.getLogger(__name__)


class Form(anywidget.AnyWidget):
    """The form of one account; ``mark`` is called when it wants to be drawn."""

    _esm = (HERE / "send.js").read_text(encoding="utf-8")
    _css = COMMON + (HERE / "send.css").read_text(encoding="utf-8")
    sender = traitlets.Unicode().tag(sync=True)

    def __init__(self, esme: "Esme", mark: Callable[[], object]) -> None:
        """Show an empty form."""
        super().__init__(sender=visible(str(getattr(esme.options, "sender", None) or "")))
        self._esme = esme
        self._mark = mark
        self._guard = threading.Lock()
        self._fields = dict(EMPTY)
        self._revision = 0
        self._ticket = ""
        self._sending = False
        self._spent: dict[str, Any] | None = None
        self._message: Message | None = None
        self._fault = ""
        self._shown: dict[str, Any] = {}
        self.on_msg(self._heard)

    def draw(self) -> None:
        """Send what the form has to say, when that changed."""
        state = self._state()
        with self._guard:
            if state == self._shown:
                return
            self._shown = state
        self.send(state)

    def _state(self) -> dict[str, Any]:
        why = refusal(self._esme)
        with self._guard:
            message, fault, sending = self._message, self._fault, self._sending
            ticket, spent = self._ticket, self._spent
        text, tone, waiting = said(message) if message is not None and not fault else (fault, "bad", False)
        if sending:
            text, tone = "sending…", "faint"
        busy = sending or (waiting and not why)
        state = {"kind": "state", "allowed": not why, "why": why, "busy": busy, "spent": spent}
        return {**state, "text": text, "tone": tone, "ticket": ticket}

    # --- what the browser says -----------------------------------------------------------------------------------

    def _heard(self, _: object, message: Any, buffers: object) -> None:
        try:
            self._obey(message)
        except Exception:
            _LOG.exception("the form did not understand the browser")
        self._mark()

    def _obey(self, message: dict[str, Any]) -> None:
        match message:
            case {"kind": "hello"}:
                with self._guard:
                    fields, self._shown = dict(self._fields), {}
                self.send({"kind": "fields", "fields": fields})
                self._send_plan()
            case {"kind": "draft", "revision": int(revision), "fields": dict(fields)}:
                with self._guard:
                    self._fields, self._revision = checked(fields), revision
                self._send_plan()
            case {"kind": "send", "ticket": str(ticket), "fields": dict(fields), "again": bool(again)}:
                self._click(ticket, checked(fields), again)

    def _send_plan(self) -> None:
        with self._guard:
            text, revision = self._fields["text"], self._revision
        self.send({"kind": "plan", "revision": revision, **planned(text)})

    def _click(self, ticket: str, fields: dict[str, Any], again: bool) -> None:
        busy = self._state()["busy"]
        with self._guard:
            known = ticket == self._ticket
            self._ticket = ticket
            if known or busy or self._sending or (fields == self._spent and not again):
                return
            self._fields, self._sending = fields, True
        carry_out(lambda: self._send_message(fields), "send")

    def _send_message(self, fields: dict[str, Any]) -> None:
        """Hand the message over; that takes no time, and what becomes of it is drawn later."""
        message, fault = None, ""
        try:
            message = self._esme.send(fields["number"], fields["text"], timeout=0, **keywords(fields))
        except (ValueError, SmppError) as error:
            fault = f"not sent: {visible(str(error), 500)}"
        except Exception as error:
            _LOG.exception("a message was not sent")
            fault = f"not sent: {type(error).__name__}"
        with self._guard:
            self._message, self._fault, self._sending = message, fault, False
            self._spent = fields if message is not None else None
        self._mark()


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a form, those of another kind than expected left as they are when it is empty.

    >>> checked({"number": "+32471123456", "receipt": "yes"})["number"]
    '+32471123456'
    """
    return {name: fields[name] if type(fields.get(name)) is type(value) else value for name, value in EMPTY.items()}


def keywords(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords of ``send``; ValueError for a validity that is no number of seconds.

    >>> keywords(EMPTY | {"validity": "60", "sender": "INFO"})
    {'sender': 'INFO', 'receipt': True, 'flash': False, 'validity': 60}
    """
    validity = fields["validity"]
    if validity and not (validity.isascii() and validity.isdigit() and int(validity[:12]) > 0):
        raise ValueError(f"validity is {validity!r}, but takes whole seconds, or nothing")
    return {
        "sender": fields["sender"] or None,
        "receipt": fields["receipt"],
        "flash": fields["flash"],
        "validity": int(validity) if validity else None,
    }


def refusal(esme: "Esme") -> str:
    """Return why an account cannot send now, nothing when it can."""
    if esme.bind_type == "receiver":
        return "This account is bound as receiver, which cannot send: connect as transmitter or transceiver."
    if esme.state != "Logged in":
        return f"{esme.state}: messages can be sent when the account is logged in."
    return ""


def said(message: "Message") -> tuple[str, str, bool]:
    """Return what became of a message: a sentence, its tone, and whether its answer is still to come."""
    outcome = message.outcome
    if outcome == "accepted":
        ids = [id for id in message.message_ids if id]
        named = f", message id{'s' * (len(ids) > 1)} {', '.join(ids[:5])}{', …' * (len(ids) > 5)}" if ids else ""
        state = f"; {message.state}" if message.state else ""
        return visible(f"accepted{named}{state}", 300), "good", False
    tone = {"refused": "bad", "not_sent": "bad", "unanswered": "wait"}.get(outcome, "faint")
    return message_sentence(outcome, message.command_status), tone, outcome in ("queued", "sent")
