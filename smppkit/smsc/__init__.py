"""The simulator: a message centre in a box, which accepts, delivers and answers, by seed and under control.

``server`` listens and keeps time; ``session`` is one connection, ``behaviour`` what it is answered, ``store`` and
``life`` the messages, ``chances`` what is drawn, ``receipts`` and ``outbox`` what goes back. ``desk`` answers questions
from outside SMPP, by ``control`` in another ``process``. ``face`` is ``Smsc``.
"""

from .face import Smsc

__all__ = ["Smsc"]
