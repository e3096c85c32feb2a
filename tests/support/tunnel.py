"""An HTTP proxy on the loopback interface that opens tunnels (CONNECT), whatever host is asked for, to one port."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
Answer = bytes | Callable[[socket.socket], None]


@dataclass
class Tunnel:
    """`heads` has what clients said before a tunnel was open, `passed` every byte that they sent through it."""

    port: int
    target: int
    answer: Answer
    heads: list[str] = field(default_factory=list)
    passed: bytearray = field(default_factory=bytearray)
    over: Event = field(default_factory=Event)

    @property
    def hosts(self) -> list[str]:
        """Return the host and port of each CONNECT."""
        return [head.split(" ")[1] for head in self.heads]


@contextmanager
def start_tunnel(target: int, answer: Answer = ESTABLISHED, context: ssl.SSLContext | None = None) -> Iterator[Tunnel]:
    """Run the proxy for the block. `context` makes it one that is reached over TLS."""
    listener = socket.create_server(("127.0.0.1", 0))
    tunnel = Tunnel(listener.getsockname()[1], target, answer)
    threads: list[Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(Thread(target=_serve, args=(connection, tunnel, context)))
            threads[-1].start()

    accepting = Thread(target=accept)
    accepting.start()
    try:
        yield tunnel
    finally:
        tunnel.over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _serve(plain: socket.socket, tunnel: Tunnel, context: ssl.SSLContext | None) -> None:
    with plain, suppress(OSError):
        near = context.wrap_socket(plain, server_side=True) if context else plain
        with near:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := near.recv(65536)):
                    return
                head += more
            tunnel.heads.append(head.decode("latin-1"))
            if callable(tunnel.answer):
                tunnel.answer(near)
                return
            near.sendall(tunnel.answer)
            if b" 200 " in tunnel.answer:
                with socket.create_connection(("127.0.0.1", tunnel.target)) as far:
                    _pass_on(near, far, tunnel)


def _pass_on(near: socket.socket, far: socket.socket, tunnel: Tunnel) -> None:
    while not tunnel.over.is_set():
        pending = isinstance(near, ssl.SSLSocket) and near.pending()
        ready = [near] if pending else select.select([near, far], [], [], 0.05)[0]
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            if side is near:
                tunnel.passed += data
            (far if side is near else near).sendall(data)
