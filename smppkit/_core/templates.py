"""What is said of PDUs that are broken or odd: each sentence once, with places for its numbers and names.

For one PDU ``faults`` and ``codec.problems`` fill them in, for a column ``sentences`` does so without the interpreter.
"""

import re
from functools import lru_cache

_CHOICE = re.compile(r"\{(\d):(\w+)\|(\w+)\}")  # place of a number, word for one, word for any other

# Octets that are no PDU.
BELOW_HEADER = "{0}, but a PDU has at least 16 octets"
FOREIGN = "these octets are {0:s}, not SMPP"
ABOVE_MOST = "{0:,} octets, more than the {1:,} allowed"
NO_HEADER = "{0} {0:octet|octets} cannot be a PDU: a header has 16, so {1} more {1:is|are} wanted"
TOO_FEW = "{0:,} {0:octet|octets} by its length, but only {1:,} are here: {2:,} {2:octet|octets} {2:is|are} missing"
TOO_MANY = "{0:,} {0:octet|octets} {0:follows|follow} the PDU of {1:,}; use scan for a buffer of several PDUs"
VENDOR_COMMAND = "0x{0:08X} is a vendor's command, of unknown layout"
NO_COMMAND = "0x{0:08X} is no command of SMPP 3.3, 3.4 or 5.0"

# Bodies that cannot be read.
NO_FIELD = "the PDU ends before this field"
STRING_CUT = "the PDU ends in the string, before its NUL"
OCTETS_CUT = "{0} {0:octet|octets} by {1:s}, but only {2:,} are left in the PDU"
LIST_CUT = "the PDU ends in the list, before all of its entries"
NO_NUL = "no NUL within {0} octets"
ADDRESS_WITHOUT_NUL = "an address without its NUL"
BAD_DEST_FLAG = "dest_flag {0} is neither 1 (SME address) nor 2 (distribution list)"
TLV_CUT = "{0:,} {0:octet|octets} by the length of this TLV, but only {1:,} are left in the PDU"
TLVS_TOO_MANY = "more than 1,024 TLVs in one PDU"
NAMELESS = "0x{0:04X}"  # what a TLV is called that the standard lacks

# In a cell of a table, where a PDU of 64 KiB could have two thousand.
MOST_IN_CELL = 8
MORE = "and {0:,} more"

# PDUs that can be read, but have something odd about them.
STATUS_OF_REQUEST = "{0} in a request means nothing"
HIGH_NUMBER = "0x{0:08X} is above 0x7FFFFFFF"
ONLY_TLVS = "left out, but TLVs follow"
PARTLY_ABSENT = "the body ends before this field"
LEFT_OUT = "left out, although command_status is 0"
ENDS_WITH_PDU = "ends with the PDU instead of a NUL"
NO_DESTINATIONS = "0, but 1 to 254 are allowed"
LONG_OCTETS = "{0} octets, SMPP 3.4 allows {1}"
LONG_STRING = "{0:,} octets, at most {1} fit beside the NUL"
NO_TIME = "no time of the form YYMMDDhhmmsstnnp"
LONG_ADDRESS = "an address of {0:,} octets, at most {1} fit beside the NUL"
LONG_LIST = "{0} entries, SMPP 3.4 allows {1}"
TLV_OF_ONE_LENGTH = "{0:,} {0:octet|octets}, the standard has {1}"
TLV_OF_LENGTHS = "{0:,} {0:octet|octets}, the standard has {1} to {2}"
NO_TLV_OF = "no TLV of {0:s}"
REPEATED = "stands {0} times, the first counts"
TRAILING = "{0} {0:octet|octets} after the last TLV {0:belongs|belong} to nothing"
MISSING_BESIDE = "missing beside {0:s}"
TWO_TEXTS = "text here and in short_message, only one of them may hold it"
NO_USER_HEADER = "esm_class announces a user data header, but none can be read"


def filled(template: str, *values: int | str) -> str:
    """Return a template with its numbers and names filled in, and of two words that for one or that for more.

    >>> filled(TRAILING, 1), filled(TRAILING, 3)
    ('1 octet after the last TLV belongs to nothing', '3 octets after the last TLV belong to nothing')
    >>> filled(NO_TLV_OF, "submit_sm")
    'no TLV of submit_sm'
    """
    return _worded(template, tuple([value == 1 for value in values])).format(*values)


@lru_cache(256)
def _worded(template: str, ones: tuple[bool, ...]) -> str:
    """Return a template with its words chosen; ``ones`` says which of its values is one."""
    return _CHOICE.sub(lambda found: found[2] if ones[int(found[1])] else found[3], template)
