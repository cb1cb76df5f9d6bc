from typing_extensions import Buffer

def columns(
    data: Buffer, offsets: Buffer, valid: Buffer | None = None
) -> tuple[bytearray, bytearray, bytearray, list[bytearray], list[bytearray]]: ...
