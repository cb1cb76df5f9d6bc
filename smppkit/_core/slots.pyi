"""Columns on their way into PDUs: every value checked and measured, column by column over blocks of rows."""

KINDS: dict[str, int]
