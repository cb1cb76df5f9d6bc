"""The entries of the lists in submit_multi and submit_multi_resp, as small frozen tuples with names."""

from collections.abc import Mapping
from typing import NamedTuple

SME_ADDRESS = 1  # dest_flag (SMPP 3.4, section 5.2.25)
DISTRIBUTION_LIST = 2


class SmeAddress(NamedTuple):
    """One number in the dest_address of a submit_multi (SMPP 3.4, section 4.5.1.1).

    >>> SmeAddress(dest_addr_ton=1, dest_addr_npi=1, destination_addr="32471123456").destination_addr
    '32471123456'
    """

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    dest_flag: int = SME_ADDRESS


class DistributionList(NamedTuple):
    """One distribution list in the dest_address of a submit_multi (SMPP 3.4, section 4.5.1.2).

    >>> DistributionList("friends")
    DistributionList(dl_name='friends', dest_flag=2)
    """

    dl_name: str = ""
    dest_flag: int = DISTRIBUTION_LIST


class UnsuccessSme(NamedTuple):
    """One destination that a submit_multi_resp refuses (SMPP 3.4, section 4.5.2.1).

    >>> UnsuccessSme(1, 1, "32471123456", 0x0B).error_status_code
    11
    """

    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    error_status_code: int = 0


def destination(entry: object) -> SmeAddress | DistributionList | None:
    """Return an entry of dest_address given as such, or as a mapping of its fields; None when it is neither.

    >>> destination({"dl_name": "friends"})
    DistributionList(dl_name='friends', dest_flag=2)
    >>> destination({"dest_flag": 1, "destination_addr": "12"})
    SmeAddress(dest_addr_ton=0, dest_addr_npi=0, destination_addr='12', dest_flag=1)
    """
    if isinstance(entry, SmeAddress | DistributionList):
        right = SME_ADDRESS if isinstance(entry, SmeAddress) else DISTRIBUTION_LIST
        return entry if entry.dest_flag == right else None
    if not isinstance(entry, Mapping):
        return None
    kind = DistributionList if "dl_name" in entry else SmeAddress
    return destination(kind(**entry)) if set(entry) <= set(kind._fields) else None


def failure(entry: object) -> UnsuccessSme | None:
    """Return an entry of unsuccess_sme given as such, or as a mapping of its fields; None when it is neither.

    >>> failure({"destination_addr": "12", "error_status_code": 11})
    UnsuccessSme(dest_addr_ton=0, dest_addr_npi=0, destination_addr='12', error_status_code=11)
    """
    if isinstance(entry, UnsuccessSme):
        return entry
    if isinstance(entry, Mapping) and set(entry) <= set(UnsuccessSme._fields):
        return UnsuccessSme(**entry)
    return None
