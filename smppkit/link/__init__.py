"""Sockets of an account or of the simulator: one thread waits for all of them, another one calls what users wrote.

``loop`` is the thread, ``connection`` moves the octets of one machine, ``connecting`` and ``listener`` make
connections, ``dispatcher`` runs callbacks, ``transport`` is plain TCP, ``pump`` says what the layers above rely on.
"""

from .connecting import Unreached, connect
from .connection import Connection
from .dispatcher import Dispatcher
from .listener import Listener
from .loop import Loop, Timer
from .pump import Machine, Pump
from .transport import Transport

__all__ = [
    "Connection",
    "Dispatcher",
    "Listener",
    "Loop",
    "Machine",
    "Pump",
    "Timer",
    "Transport",
    "Unreached",
    "connect",
]
