"""What each asked-for column means."""

HEADER_NAMES: tuple[str, ...]
FIELD_NAMES: tuple[str, ...]
DERIVED_NAMES: tuple[str, ...]
EXTRA_NAMES: tuple[str, ...]

class Decoding: ...
