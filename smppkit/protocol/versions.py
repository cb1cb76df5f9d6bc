"""Versions of the protocol: what the numbers in a bind mean."""

SPOKEN = {"3.3": 0x33, "3.4": 0x34, "5.0": 0x50}
"""interface_version for each version (SMPP 3.4, section 5.2.4; SMPP 5.0, section 4.7.13)."""


def version_of(number: int | None, transceiver: bool = False) -> str:
    """Return the version behind an interface_version or sc_interface_version, None for one that was not told.

    A centre that does not tell is of 3.3 or earlier (SMPP 3.4, section 5.3.2.25), unless it knows bind_transceiver,
    which 3.3 does not have. Numbers that the standard leaves open count as the version below them.

    >>> version_of(0x34), version_of(0x50), version_of(0x00), version_of(0x40)
    ('3.4', '5.0', '3.3', '3.4')
    >>> version_of(None), version_of(None, transceiver=True)
    ('3.3', '3.4')
    """
    known = number or 0
    if known >= SPOKEN["5.0"]:
        return "5.0"
    return "3.4" if known >= SPOKEN["3.4"] or transceiver else "3.3"
