"""Accounts at message centres: ``connect`` makes one, ``Esme`` is one, ``Message`` is what it sent."""

from .account import Esme
from .listening import DeliveryReceipt, Inbound
from .message import Message
from .preview import Preview
from .registry import connect
from .run import Run

__all__ = ["DeliveryReceipt", "Esme", "Inbound", "Message", "Preview", "Run", "connect"]
