"""A proxy between a process and a tenant that injects faults of networks and servers.

Requests are numbered from 1 as they arrive; each gets its own connection to the tenant.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import sleep
from urllib.parse import urlsplit

FAULTS = (
    "reset_before",
    "reset_after",
    "silent_close_after",
    "status_500_before",
    "status_500_after",
    "status_503_before",
    "status_502_after",
    "throttled",
    "html_after",
    "truncated_after",
)


@dataclass
class Proxy:
    """`seen` has the requests that arrived; `faults` has the fault of each request number."""

    url: str
    far: tuple[str, int]
    faults: Mapping[int, str]
    seen: list[str] = field(default_factory=list)
    hit: list[str] = field(default_factory=list)
    turn: Lock = field(default_factory=Lock)

    def number(self, line: str) -> int:
        """Record a request by its first line and return its number."""
        with self.turn:
            self.seen.append(line)
            return len(self.seen)


@contextmanager
def start_proxy(url: str, faults: Mapping[int, str]) -> Iterator[Proxy]:
    """Run a proxy in front of `url` on a free port for the block."""
    parts = urlsplit(url)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    proxy = Proxy(f"http://127.0.0.1:{port}", (str(parts.hostname), int(parts.port or 80)), faults)
    thread = Thread(target=_serve, args=(listener, proxy))
    thread.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _serve(listener: socket.socket, proxy: Proxy) -> None:
    threads: list[Thread] = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        threads.append(Thread(target=_handle_connection, args=(connection, proxy)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _handle_connection(near: socket.socket, proxy: Proxy) -> None:
    """Handle one request; `Connection: close` keeps both sides to one request per connection."""
    with near, suppress(OSError):
        near.settimeout(30)
        head, body = _read_request(near)
        if not head:
            return
        line = head.split(b"\r\n", 1)[0].decode("latin-1")
        fault = proxy.faults.get(proxy.number(line), "")
        if fault:
            proxy.hit.append(fault)
        answer = _forward(head, body, proxy.far) if not fault or fault.endswith("_after") else b""
        _send_answer(near, fault, answer)


def _send_answer(near: socket.socket, fault: str, answer: bytes) -> None:
    if fault.startswith("reset"):
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif fault.startswith("silent_close"):
        return
    elif fault.startswith("status"):
        near.sendall(_make_answer(fault.split("_")[1], b'{"message": "no"}'))
    elif fault == "throttled":
        near.sendall(_make_answer("429", b"{}", b"Retry-After: 0\r\n"))
    elif fault.startswith("html"):
        near.sendall(_make_answer("200", b"<html>Please sign in</html>"))
    elif fault.startswith("dripping"):
        # Long enough for the limit of a test, and short enough for a test that fails.
        for number in range(min(len(answer), 200)):
            near.sendall(answer[number : number + 1])
            sleep(0.05)
    elif fault.startswith("truncated"):
        near.sendall(answer[: -(len(answer) // 3)])
    else:
        near.sendall(answer)


def _make_answer(status: str, body: bytes, more: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\nConnection: close\r\n".encode()
    return head + more + b"\r\n" + body


def _read_request(near: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := near.recv(65536)):
            return b"", b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += near.recv(65536)
    return head, body


def _forward(head: bytes, body: bytes, far: tuple[str, int]) -> bytes:
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    with socket.create_connection(far, timeout=30) as out:
        out.sendall(b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body)
        answer = b""
        while more := out.recv(65536):
            answer += more
    first, _, rest = answer.partition(b"\r\n")
    return first + b"\r\nConnection: close\r\n" + rest
