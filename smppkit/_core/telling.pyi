"""What is told of a capture besides its records: links that ended, findings too many to tell, what is not SMPP."""

from typing_extensions import Buffer, disjoint_base

@disjoint_base
class Octets(Buffer):
    """Memory of the core behind the buffer protocol, freed with its last user."""
