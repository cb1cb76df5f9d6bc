"""Writing one PDU: each kind of field, checked while it is written into octets that grow."""

# The draft has no Python face: other modules of the core cimport it.
