"""The server of smpp34 in a process of its own: prints its port, accepts every message, ends when its input does."""

import asyncio
import os
import socket
import sys
import threading

import smpp34


async def serve(port: int) -> None:
    server = smpp34.Server("127.0.0.1", port, system_id="SMSC")
    await server.start()
    print(port, flush=True)
    number = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.SubmitSmEvent):
            number += 1
            event.accept(f"{number:010X}")


def main() -> None:
    with socket.socket() as free:  # it cannot say which port it took
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    asyncio.run(serve(port))


if __name__ == "__main__":
    main()
