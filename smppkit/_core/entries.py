"""The entries of the lists in submit_multi and submit_multi_resp, as small frozen tuples with names."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

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
    >>> destination({"dest_flag": 1, "destination_addr": "12", "dl_name": None})
    SmeAddress(dest_addr_ton=0, dest_addr_npi=0, destination_addr='12', dest_flag=1)
    """
    if isinstance(entry, SmeAddress | DistributionList):
        right = SME_ADDRESS if isinstance(entry, SmeAddress) else DISTRIBUTION_LIST
        return entry if entry.dest_flag == right else None
    if not isinstance(entry, Mapping):
        return None
    kind, fields = _destination_fields(entry)
    return destination(kind(**fields)) if set(fields) <= set(kind._fields) else None


def _destination_fields(entry: Mapping[str, Any]) -> tuple[type[SmeAddress] | type[DistributionList], dict[str, Any]]:
    """Return which kind of destination a mapping is, and its fields; tables have None for those of the other kind."""
    if "dl_name" not in entry:
        return SmeAddress, dict(entry)
    in_list = entry["dl_name"] is not None or "destination_addr" not in entry
    kind = DistributionList if in_list else SmeAddress
    foreign = {*SmeAddress._fields, *DistributionList._fields} - set(kind._fields)
    return kind, {name: value for name, value in entry.items() if value is not None or name not in foreign}


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


def wrong_entry(kind: str, entry: object) -> str:
    """Return why an entry of a list, "destinations" or "failures", is none.

    >>> wrong_entry("destinations", {"destination_adr": "12"})
    "no field 'destination_adr'; did you mean destination_addr?"
    >>> wrong_entry("failures", 7)
    'UnsuccessSme or a mapping of its fields wanted, not int'
    """
    names = {"failures": UnsuccessSme._fields}.get(kind, (*SmeAddress._fields, "dl_name"))
    flag = entry.dest_flag if isinstance(entry, SmeAddress | DistributionList) else None
    if isinstance(entry, Mapping):
        unknown = [name for name in entry if name not in names]
        if unknown:
            close = get_close_matches(str(unknown[0]), names, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            return f"no field {unknown[0]!r:.40}; {hint}"
        made, fields = _destination_fields(entry)
        strange = [name for name in fields if name not in made._fields]
        if strange:
            return f"dl_name and {strange[0]}: an entry is a distribution list or a number, not both"
        flag = entry.get("dest_flag")
    if flag is not None:
        return f"dest_flag is {flag!r:.20}, but a number has {SME_ADDRESS} and a distribution list {DISTRIBUTION_LIST}"
    wanted = "UnsuccessSme or a mapping of its fields"
    if kind != "failures":
        wanted = "SmeAddress, DistributionList or a mapping of their fields"
    return f"{wanted} wanted, not {type(entry).__name__}"
