"""What one provider does, as plain values: vendor TLVs and the meaning of data_coding.

The same profile serves whoever talks to that provider and the simulator that stands in for it.
"""

from .loader import find, load
from .profile import Profile

__all__ = ["Profile", "find", "load"]
