"""Serve the tenants of a fleet from this process, and stop a worker in the middle of a chosen write."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple

from rhythmconf.tenant.emulator.http import Request
from rhythmconf.tenant.emulator.tenant import Emulator
from tests.support.emulated import TENANT, make_emulator

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Stop(NamedTuple):
    """Stop the sender of a tenant's write of this number, before or after the tenant has done it."""

    write: int
    when: Literal["before", "after"]


@dataclass
class ServedFleet:
    """`tokens` are those that came with requests for each tenant; `done` counts the writes by tenant and record."""

    url: str = ""
    stops: dict[str, Stop] = field(default_factory=dict)
    stop: Callable[[str], object] = str
    emulators: dict[str, Emulator] = field(default_factory=dict)
    tokens: dict[str, set[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    done: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> tuple[int, bytes, dict[str, str]] | None:
        """Answer a request; None where its sender was stopped."""
        name = request.segments[2]
        token = request.headers["authorization"].removeprefix("Bearer ")
        with self.turn:
            self.tokens.setdefault(name, set()).add(token)
            self.asked[name] += request.method in WRITES
            stop = self.stops.get(name)
            if stop is None or request.method not in WRITES or self.asked[name] != stop.write:
                return self.carry_out(name, request)
            if stop.when == "after":
                self.carry_out(name, request)
        self.stop(token)
        return None

    def carry_out(self, name: str, request: Request) -> tuple[int, bytes, dict[str, str]]:
        """Have the tenant answer, and count what it has written."""
        emulator = self.emulators.setdefault(name, make_emulator(list_lag_s=0))
        target = re.sub(rf"/{name}(?=[/?]|$)", f"/{TENANT}", request.target)
        response = emulator.handle(Request(request.method, target, request.headers, request.body))
        for write in response.writes:
            if write.status < 300:
                self.done[(name, write.operation, write.id)] += 1
        return response.status, response.body, dict(response.headers)


class QuietServer(ThreadingHTTPServer):
    """A server to which it is no error that a client has died."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing."""


@contextmanager
def serve_fleet() -> Iterator[ServedFleet]:
    """Serve any tenant for the block. It has no records until somebody writes them."""
    served = ServedFleet()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = served.answer(Request(self.command, self.path, headers, body))
            if answer is None:
                self.close_connection = True
                return
            status, data, more = answer
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing."""

    for method in ("GET", *WRITES):
        setattr(Handler, f"do_{method}", Handler.answer)
    with QuietServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_port}/{{module}}"
        yield served
        server.shutdown()
        thread.join()
