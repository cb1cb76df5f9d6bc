"""Charsets of several octets a character, those of JIS and KS, to UTF-8 as Python's codecs read them."""
