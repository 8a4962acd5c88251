"""A door from the host into a lab: a port on the host's loopback that leads to one address inside a network namespace.

A socket belongs to the namespace it was made in. So this program listens first and then moves into the lab: what it
accepts comes from the host, what it connects to lies in the lab, and no interface joins the two. Run as
`forward.py NAMESPACE_FILE ADDRESS PORT NOTE`; the port it got is written into NOTE.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import sys
from pathlib import Path

_CLONE_NEWNET = 0x40000000


def enter(namespace: str) -> None:
    """Move this process into the network namespace that the file stands for; raise `OSError` when it may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(namespace, os.O_RDONLY)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    finally:
        os.close(descriptor)


async def serve(listener: socket.socket, address: str, port: int) -> None:
    """Pass every connection on to `address`:`port` for as long as the program lives."""

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(address, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    server = await asyncio.start_server(accepted, sock=listener)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # the other side is gone, which ends this direction as its end of file would
    finally:
        writer.close()


def main(namespace: str, address: str, port: str, note: str) -> None:
    """Listen on the host, note the port, move into the lab and serve."""
    listener = socket.create_server(("127.0.0.1", 0))
    Path(note).write_text(str(listener.getsockname()[1]))
    enter(namespace)
    asyncio.run(serve(listener, address, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
