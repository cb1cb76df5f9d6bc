from .buffers import Block
from .column import Column

def list_buffers(column: Column) -> tuple[Block, int, dict[str, list[Block | None]]]: ...
