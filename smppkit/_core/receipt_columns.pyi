from typing import TypedDict

from typing_extensions import Buffer

_Buffers = tuple[bytearray, bytearray, bytearray]

class _Columns(TypedDict):
    id: _Buffers
    sub: bytearray
    dlvrd: bytearray
    submit_date: bytearray
    done_date: bytearray
    stat: _Buffers
    state: bytearray
    err: _Buffers
    text: _Buffers
    extra: _Buffers

def columns(data: Buffer, offsets: Buffer, valid: Buffer | None = None) -> _Columns: ...
