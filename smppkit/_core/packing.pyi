"""Septets to packed octets and back (3GPP TS 23.038, 6.1.2): C functions only."""
