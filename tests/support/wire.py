"""A server on the loopback interface that handles each request by the next action of a script: bytes or a fault."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

from rhythmconf.model import Json

DRIP_S = 10.0
"""Seconds after which a drip ends by itself, so that a test that fails doesn't hang."""
Action = bytes | Callable[[socket.socket], None]


@dataclass(frozen=True)
class SeenRequest:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire:
    """A running server. Each request takes the next action of `script`; the last one is repeated."""

    url: str
    script: list[Action]
    seen: list[SeenRequest] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def next(self) -> Action:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def make_answer(status: int = 200, value: Json = None, *, body: bytes | None = None, **headers: str) -> bytes:
    """Return a complete answer; `Retry_After='3'` adds a header."""
    content = json.dumps(value).encode() if body is None else body
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def reset_connection(connection: socket.socket) -> None:
    """Reset the connection, as a crashed peer does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close_quietly(connection: socket.socket) -> None:
    """Close the connection normally without an answer."""


def stall_until_end(wire: Wire) -> Action:
    """Send nothing until the test ends."""

    def wait(_: socket.socket) -> None:
        wire.over.wait(30)

    return wait


def drip(wire: Wire, begin: bytes, piece: bytes, pause_s: float = 0.03) -> Action:
    """Send `begin` at once, then `piece` again and again: until the client or the test ends, or for `DRIP_S`."""

    def send(connection: socket.socket) -> None:
        end = monotonic() + DRIP_S
        connection.sendall(begin)
        while monotonic() < end and not wire.over.wait(pause_s):
            connection.sendall(piece)

    return send


@contextmanager
def serve_script(*script: Action, context: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Serve the script on a free port for the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if context else "http"
    wire = Wire(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", list(script))
    thread = Thread(target=_serve, args=(listener, wire, context))
    thread.start()
    try:
        yield wire
    finally:
        wire.over.set()
        # close() alone doesn't wake the thread that accepts
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _serve(listener: socket.socket, wire: Wire, context: ssl.SSLContext | None) -> None:
    threads: list[Thread] = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        threads.append(Thread(target=_answer_connection, args=(connection, wire, context)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _answer_connection(plain: socket.socket, wire: Wire, context: ssl.SSLContext | None) -> None:
    with plain, suppress(OSError):
        connection = context.wrap_socket(plain, server_side=True) if context else plain
        with connection:
            wire.seen.append(_read(connection))
            act = wire.next()
            if isinstance(act, bytes):
                connection.sendall(act)
            else:
                act(connection)


def _read(connection: socket.socket) -> SeenRequest:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive_some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _receive_some(connection)
    method, target, _ = first.split(" ")
    return SeenRequest(method, target, headers, body)


def _receive_some(connection: socket.socket) -> bytes:
    if not (data := connection.recv(65536)):
        raise ConnectionError
    return data
