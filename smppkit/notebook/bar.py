"""The bar that a panel always shows: how the account stands, what came last, and the buttons to bind and unbind."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING

import ipywidgets

from ..errors import SessionError, SmppError, StatusError
from ..html import escape, visible
from .publisher import carry_out

if TYPE_CHECKING:
    from ..esme import Esme

TONES: Mapping[str, str] = MappingProxyType(
    {
        **{"Idle": "faint", "Error": "bad", "Login failed": "bad"},
        **{"Connecting": "wait", "Logging in": "wait", "Logged in": "good"},
    }
)
RESTING = frozenset({"Idle", "Error", "Login failed"})
"""The states in which binding makes sense."""

_LOG = logging.getLogger(__name__)
_SPAN = 3.0  # seconds over which the rate is measured
_AGAIN = 0.5  # seconds until the rate is looked at again while it is not 0


class Bar:
    """The bar of one account; ``box`` is what is shown, ``mark`` is called when it wants to be drawn."""

    def __init__(self, esme: "Esme", mark: Callable[[], object]) -> None:
        """Show the account as it stands."""
        self._esme = esme
        self._mark = mark
        self._fault = ""
        self._binding = self._unbinding = False
        self._rate = Rate()
        self._facts = ipywidgets.HTML().add_class("smppkit-facts")
        self._outcome = ipywidgets.HTML().add_class("smppkit-outcome")
        self._bind = ipywidgets.Button(description="Bind", tooltip="Bind: connect and log in")
        self._unbind = ipywidgets.Button(description="Unbind", tooltip="Unbind: log out and stay idle")
        self._rebind = ipywidgets.Checkbox(
            value=bool(esme.rebind),
            description="Re-bind",
            indent=False,
            tooltip="Come back by itself when the link is lost",
        )
        self._bind.on_click(lambda _: self.bind())
        self._unbind.on_click(lambda _: self.unbind())
        self._rebind.observe(self._switched, "value")
        controls = ipywidgets.HBox([self._bind, self._unbind, self._rebind]).add_class("smppkit-controls")
        self.box = ipywidgets.HBox([self._facts, controls, self._outcome]).add_class("smppkit-bar")

    def draw(self) -> float | None:
        """Show how the account stands now; again soon while messages leave."""
        esme = self._esme
        state, outcome = esme.state, esme.last_outcome
        facts, rate = [esme.bind_type, f"SMPP {esme.version}"], 0.0
        if state == "Logged in":
            rate = self._rate.of(esme.counters["requests"], monotonic())
            facts.append(f"{rate:,.{1 if 0 < rate < 10 else 0}f} requests/s")
        else:
            self._rate = Rate()  # binding and unbinding are requests too, but no traffic
        tone = TONES.get(state, "faint")
        said = f'<span class="smppkit-state smppkit-{tone}" role="status"><span class="smppkit-dot"></span>'
        said += f'{escape(state)}</span><span class="smppkit-fact smppkit-place">{escape(esme.options.place)}</span>'
        self._facts.value = said + "".join(f'<span class="smppkit-fact">{escape(fact)}</span>' for fact in facts)
        self._outcome.value = _sentence(outcome.word, outcome.sentence, self._fault, tone)
        self._bind.disabled = self._binding or state not in RESTING
        self._unbind.disabled = self._unbinding or state == "Idle"
        if self._rebind.value != bool(esme.rebind):
            self._rebind.value = bool(esme.rebind)
        return _AGAIN if rate else None

    # --- clicks: answered at once, carried out in a thread of their own --------------------------------------------

    def bind(self) -> None:
        """Bind, unless that is on its way."""
        if not self._binding:
            self._binding = True
            self._begin(self._do_bind, "bind")

    def unbind(self) -> None:
        """Unbind, unless that is on its way."""
        if not self._unbinding:
            self._unbinding = True
            self._begin(self._do_unbind, "unbind")

    def _begin(self, work: Callable[[], None], name: str) -> None:
        self._fault = ""
        self._mark()
        carry_out(work, name)

    def _do_bind(self) -> None:
        try:
            self._try(self._esme.bind)
        finally:
            self._binding = False
            self._mark()

    def _do_unbind(self) -> None:
        try:
            self._try(self._esme.unbind)
        finally:
            self._unbinding = False
            self._mark()

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except (SessionError, StatusError) as error:
            if self._esme.last_outcome.word == "OK":  # else the last outcome says it already, and better
                self._fault = visible(str(error), 500)
        except (ValueError, SmppError) as error:
            self._fault = visible(str(error), 500)

    def _switched(self, change: Mapping[str, object]) -> None:
        if bool(self._esme.rebind) != change["new"]:
            self._esme.rebind = bool(change["new"])
            self._mark()


class Rate:
    """Requests a second, measured from a counter over the last seconds.

    >>> rate = Rate()
    >>> rate.of(100, 0.0), rate.of(130, 1.5), rate.of(130, 60.0)
    (0.0, 20.0, 0.0)
    """

    def __init__(self) -> None:
        """Begin without a measurement."""
        self._seen: deque[tuple[float, int]] = deque()

    def of(self, count: int, now: float) -> float:
        """Return the rate, given what the counter says at this moment (seconds).

        >>> Rate().of(7, 0.0)
        0.0
        """
        self._seen.append((now, count))
        while len(self._seen) > 1 and self._seen[0][0] < now - _SPAN:
            self._seen.popleft()
        began, first = self._seen[0]
        return max(count - first, 0) / max(now - began, 1.0) if now > began else 0.0


def _sentence(word: str, sentence: str, fault: str, tone: str) -> str:
    told = escape(fault) if fault else f"{escape(word)}: {escape(sentence)}"
    return f'<span class="smppkit-{"bad" if fault or tone == "bad" else "faint"}">{told}</span>'
