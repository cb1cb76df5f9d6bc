"""The half of ``Esme`` that listens: callbacks, and waiting for a message."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .listening import Filter, Inbound, Listeners, Told

if TYPE_CHECKING:
    from .core import Core

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Hearing:
    """What listens; ``Esme`` is made of this.

    >>> import smppkit as sk
    >>> "Hearing" in [kind.__name__ for kind in sk.Esme.__mro__]
    True
    """

    _core: "Core"
    _listeners: Listeners

    def on_message(
        self,
        function: Any = None,
        source: str | None = None,
        destination: str | None = None,
        text: str | None = None,
        kind: str | None = None,
    ) -> Any:
        """Have ``function(message)`` called for every ``Inbound`` that comes from now on; a decorator, too.

        ``source``, ``destination`` and ``text`` are patterns, * for any characters and ? for one, without case;
        ``kind`` is text, data, delivery_ack, user_ack or conversation_abort. Long messages are handed over when all
        their parts are there. Functions run one at a time on a thread of their own; one that fails is logged and called
        again for the next message. Returns the function.

        >>> import smppkit as sk, threading
        >>> came = threading.Event()
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     @esme.on_message(text="stop*")
        ...     def stop(message):
        ...         came.set()
        ...     smsc.deliver("32471123456", "1234", "Stop it")
        ...     came.wait(10)
        True
        """
        wanted = Filter.of(source, destination, text, kind)

        def add(given: _Function) -> _Function:
            self._core.here()
            self._listeners.add_message(wanted, _callable(given))
            return given

        return add if function is None else add(function)

    def on_receipt(self, function: Any = None) -> Any:
        """Have ``function(receipt)`` called for every ``DeliveryReceipt`` that comes from now on; a decorator, too.

        >>> import smppkit as sk
        >>> came = []
        >>> with sk.Smsc(process=False, delay=0) as smsc, sk.connect(smsc.url) as esme:
        ...     _ = esme.on_receipt(came.append)
        ...     message = esme.send("32471123456", "Hello").wait()
        >>> [receipt.message.msg_id for receipt in came]
        [1]
        """

        def add(given: _Function) -> _Function:
            self._core.here()
            self._listeners.add_receipt(_callable(given))
            return given

        return add if function is None else add(function)

    def on_event(self, function: Any = None) -> Any:
        """Have ``function(change)`` called for every transition of the session from now on; a decorator, too.

        ``change`` has time, state (as ``Esme.state``), from_state, to_state, reason and detail.

        >>> import smppkit as sk
        >>> states = []
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     _ = esme.on_event(lambda change: states.append(change.state))
        >>> states[-1]
        'Idle'
        """

        def add(given: _Function) -> _Function:
            self._core.here()
            self._listeners.add_change(_callable(given))
            return given

        return add if function is None else add(function)

    def wait_for(
        self,
        source: str | None = None,
        destination: str | None = None,
        text: str | None = None,
        kind: str | None = None,
        timeout: float | None = 30.0,
    ) -> Inbound:
        """Return the first message that came in like that and that no earlier call returned; wait for it if need be.

        The patterns are those of ``on_message``. Raises ResponseTimeout after ``timeout`` seconds (0 or
        None: no limit).

        >>> import smppkit as sk
        >>> with sk.Smsc(process=False) as smsc, sk.connect(smsc.url) as esme:
        ...     smsc.deliver("32471123456", "1234", "STOP")
        ...     esme.wait_for(source="+32471*").text
        'STOP'
        """
        self._core.here()
        return self._listeners.wait_for(Filter.of(source, destination, text, kind), 0.0 if timeout is None else timeout)


def _callable(function: Any) -> Told:
    if not callable(function):
        raise TypeError(f"give a function of one argument, not a {type(function).__name__}")
    return function  # type: ignore[no-any-return]
