"""The face of the core: PDUs one at a time and many at once.

``decode`` and the classes of the commands for one PDU, ``scan`` and ``encode_many`` for buffers of many.
"""

from .._core.pdu import decode
from . import classes
from .bulk import encode_many
from .classes import *  # noqa: F403  their names are those of the rows
from .index import scan
from .pdu import Pdu

__all__ = ["Pdu", "decode", "encode_many", "scan"]
__all__ += classes.__all__
