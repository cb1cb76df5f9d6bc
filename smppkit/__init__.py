"""SMPP for people who work in notebooks. The public names and nothing else; each arrives when it is first used.

>>> import smppkit as sk
>>> sk.decode("00000010 00000015 00000000 00000001")
<EnquireLink sequence_number=1>
"""

from importlib import import_module as _import_module
from sys import modules as _loaded
from typing import TYPE_CHECKING as _TYPE_CHECKING

from ._version import __version__

if _TYPE_CHECKING:
    from .codec import *
    from .errors import *
    from .esme import DeliveryReceipt, Esme, Inbound, Message, Preview, Run, connect
    from .frames import Log, frame, match, read, save
    from .notebook import panel
    from .profiles import Profile
    from .smsc import Smsc
    from .text.alphabets import gsm7
    from .text.plan import Plan, plan
    from .text.receipts import Receipt, parse_receipt, parse_receipts
    from .trial import demo

_HOME = {
    "codec": (
        "Pdu",
        "decode",
        "encode_many",
        "scan",
    ),
    "errors": (
        "BindRejected",
        "CaptureError",
        "ConnectFailed",
        "ConnectionLost",
        "DecodeError",
        "EncodeError",
        "FramingError",
        "LocalProtocolError",
        "PduError",
        "ProfileError",
        "ProtocolError",
        "RemoteProtocolError",
        "ResponseTimeout",
        "SessionClosed",
        "SessionError",
        "SmppError",
        "StatusError",
        "TableError",
        "TextError",
        "Throttled",
        "WindowFull",
    ),
    "esme": ("DeliveryReceipt", "Esme", "Inbound", "Message", "Preview", "Run", "connect"),
    "frames": ("Log", "frame", "match", "read", "save"),
    "notebook": ("panel",),
    "smsc": ("Smsc",),
    "profiles": ("Profile",),
    "text.alphabets": ("gsm7",),
    "text.plan": ("Plan", "plan"),
    "text.receipts": ("Receipt", "parse_receipt", "parse_receipts"),
    "trial": ("demo",),
}


def _names() -> dict[str, str]:
    from .spec.commands import ROWS, class_name

    homes = {name: module for module, names in _HOME.items() for name in names}
    return homes | {class_name(row.name): "codec" for row in ROWS}


_MODULES = _names()
__all__ = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> object:
    home = _MODULES.get(name)
    if home is None:
        raise AttributeError(f"smppkit has no {name!r}; dir(smppkit) lists what there is")
    value = getattr(_import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


if _loaded.get("pandas"):  # whoever uses DataFrames already finds df.smpp at once; it costs others no import
    _import_module(f"{__name__}.stats")
