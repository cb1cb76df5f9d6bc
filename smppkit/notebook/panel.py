"""``sk.panel``: one account on the screen, kept up to date while it is shown."""

from typing import TYPE_CHECKING

import ipywidgets

from . import publisher
from .bar import Bar
from .received import Received
from .send import Form
from .sent import Sent
from .table import Table

if TYPE_CHECKING:
    from ..esme import Esme

_PANELS: dict[int, "Panel"] = {}  # by id of the account, which its panel keeps alive


def panel(thing: "Esme") -> "Panel":
    """Return the panel of an account: its state, buttons to bind and unbind, a form to send, tables of messages.

    The last expression of a cell is shown. An account has one panel: asked again, the same comes back, and all places
    where it is shown stay alive. Whatever it does, Python does too: ``esme.bind()``, ``esme.send(…)``,
    ``esme.hide("messages", [3])``. TypeError for anything that is no account.

    >>> import smppkit as sk
    >>> with sk.demo(process=False) as esme:
    ...     sk.panel(esme) is sk.panel(esme)
    True
    >>> sk.panel("smpp://demo@localhost")
    Traceback (most recent call last):
        ...
    TypeError: panel shows an account, what sk.connect or sk.demo return, not str
    """
    from ..esme import Esme

    if not isinstance(thing, Esme):
        raise TypeError(f"panel shows an account, what sk.connect or sk.demo return, not {type(thing).__name__}")
    for other in [one for one in _PANELS.values() if one.abandoned and one.esme is not thing]:
        other.close()
    known = _PANELS.get(id(thing))
    if known is None:
        known = _PANELS[id(thing)] = Panel(thing)
    return known


class Panel(ipywidgets.VBox):
    """The panel of one account. Made by ``panel``; ``close`` takes it off the screen, the account stays as it is."""

    _ended = True  # until it is made

    def __init__(self, esme: "Esme") -> None:
        """Draw the account as it stands, and follow it from when the panel is shown."""
        self.esme = esme
        self._shown = self._was_seen = False
        self._bar = Bar(esme, lambda: publisher.KERNEL.mark(self._bar.draw))
        self._form = Form(esme, lambda: publisher.KERNEL.mark(self._form.draw))
        self._sent = Table(Sent(esme), lambda: publisher.KERNEL.mark(self._sent.draw))
        self._received = Table(Received(esme), lambda: publisher.KERNEL.mark(self._received.draw))
        self._draws: tuple[publisher.Draw, ...] = tuple(
            part.draw for part in (self._bar, self._form, self._sent, self._received)
        )
        tabs = ipywidgets.Tab([self._form, self._sent, self._received], titles=("Send", "Sent", "Received"))
        super().__init__([self._bar.box, tabs.add_class("smppkit-tabs")], _view_count=0)
        self.add_class("smppkit-panel")
        self._bar.draw()
        self.observe(self._counted, "_view_count")
        self._stop = esme.watch(self._changed)
        self._ended = False

    @property
    def abandoned(self) -> bool:
        """Whether it was on a screen once, and is on none now."""
        return self._was_seen and not self._shown

    def close(self) -> None:
        """Take it off the screen; nothing happens when that was done."""
        if self._ended:
            return
        self._ended = True
        self._stop()
        for draw in self._draws:
            publisher.KERNEL.drop(draw)
        _PANELS.pop(id(self.esme), None)
        for widget in _inside(self):
            widget.close()
        super().close()

    def __repr__(self) -> str:
        """One line: whose panel it is, and how that account stands."""
        return f"<Panel of {self.esme!r}>"

    def _repr_mimebundle_(self, **keywords: object) -> object:
        """Show the panel; from here on it is kept up to date."""
        self._shown = True
        self._changed()
        return super()._repr_mimebundle_(**keywords)

    def _counted(self, change: dict[str, int]) -> None:
        """The browser says how many places show the panel."""
        self._shown = change["new"] > 0
        self._was_seen = self._was_seen or self._shown
        self._changed()

    def _changed(self) -> None:
        """Something happened to the account; called by any thread, at any rate."""
        if self._shown and not self._ended:
            for draw in self._draws:
                publisher.KERNEL.mark(draw)


def _inside(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    children = list(getattr(widget, "children", ()))
    return children + [inner for child in children for inner in _inside(child)]
