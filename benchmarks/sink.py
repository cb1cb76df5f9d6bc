"""A server that does as little as one can: every request is answered at once, nothing is kept, no receipt comes.

    python -m benchmarks.sink

It prints its port and ends when its standard input does. Plain sockets, nothing of smppkit: what is measured against it
is the client. One thread a connection; a chunk is read, walked by its headers, and answered in one write.
"""

import os
import socket
import struct
import sys
import threading

HEADER = struct.Struct(">4I")
SUBMIT, RESPONSE = 0x4, 0x80000000
BINDS = (0x1, 0x2, 0x9)
CHUNK = 1 << 18


def answers(chunk: bytes, number: int) -> tuple[list[bytes], int, int]:
    """Return the responses to the whole PDUs of a chunk, how many octets these are, and the next message number."""
    found: list[bytes] = []
    at, end = 0, len(chunk)
    unpack, pack, add = HEADER.unpack_from, HEADER.pack, found.append
    while end - at >= 16:
        length, command, _, sequence = unpack(chunk, at)
        if length < 16:
            raise ValueError(f"command_length {length}")
        if end - at < length:
            break
        at += length
        if command == SUBMIT:
            number += 1
            add(pack(27, RESPONSE | SUBMIT, 0, sequence) + b"%010X\0" % number)
        elif command in BINDS:
            add(pack(21, RESPONSE | command, 0, sequence) + b"SINK\0")
        elif not command & RESPONSE:
            add(pack(16, RESPONSE | command, 0, sequence))
    return found, at, number


def serve(connection: socket.socket) -> None:
    rest, number = b"", 0
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        while chunk := connection.recv(CHUNK):
            rest += chunk
            found, used, number = answers(rest, number)
            rest = rest[used:]
            if found:
                connection.sendall(b"".join(found))


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
