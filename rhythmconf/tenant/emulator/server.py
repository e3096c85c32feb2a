"""Serve the emulator on a loopback socket: an ASGI application, and the server that runs it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as WebRequest
from starlette.responses import Response as WebResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rhythmconf.catalog import Catalog
from rhythmconf.errors import UsageError
from rhythmconf.platform.network import reuse_address
from rhythmconf.settings import is_loopback
from rhythmconf.tenant.emulator.call import Options
from rhythmconf.tenant.emulator.http import Refusal, Request, Response
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.tenant import Emulator

ADDRESS = "127.0.0.1"
BODY_LIMIT = 20 * 1024 * 1024
"""Bytes of a request's body; enough for a batch of 100 records with long emails."""
GRACE_S = 1
"""How long the server waits for running requests when it stops."""


def application(emulator: Emulator) -> ASGIApp:
    """Return the emulator as an ASGI application.

    It refuses a Host header that doesn't name this computer: a web page could otherwise reach it by DNS rebinding.
    """

    # Not a Starlette with a route: that answers other methods itself, with the same methods for every address.
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await _answer(emulator, WebRequest(scope, receive))
        await WebResponse(response.body, response.status, dict(response.headers))(scope, receive, send)

    return answer


async def _answer(emulator: Emulator, request: WebRequest) -> Response:
    if not is_loopback(_host_name(request.headers.get("host", ""))):
        return Refusal(403, "the emulator answers only to loopback addresses").response()
    body = await _read_body(request)
    if body is None:
        return Refusal(413, f"a body can have at most {BODY_LIMIT} bytes").response()
    query = request.scope["query_string"].decode("latin-1")
    target = request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
    return await run_in_threadpool(emulator.handle, Request(request.method, target, dict(request.headers), body))


def _host_name(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


async def _read_body(request: WebRequest) -> bytes | None:
    """Return the whole body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def serve(catalog: Catalog, options: Options, *, announce: Callable[[str], None]) -> None:
    """Serve a tenant until SIGTERM or SIGINT. Call it in the main thread.

    `announce` is called with the address. Raises UsageError if the port can't be used, and
    TenantError if the file can't be used.
    """
    with closing(Store(options.db, options.tenant)) as store, closing(listen(options.port)) as listener:
        server = uvicorn.Server(_config(application(Emulator(catalog, store, options))))
        with _stop_quietly():
            announce(f"http://{ADDRESS}:{listener.getsockname()[1]}")
            server.run(sockets=[listener])


def listen(port: int) -> socket.socket:
    """Return a socket that waits for clients on this computer. Raises UsageError if the port can't be used."""
    # asyncio switches Nagle's algorithm off only for a socket that says it is TCP, as that of `create_server` does not.
    # With it, each answer takes 40 ms more: its body waits until the client has acknowledged the headers.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        reuse_address(listener)
        listener.bind((ADDRESS, port))
        listener.listen()
        return listener
    except OSError as error:
        listener.close()
        raise UsageError(f"port {port} can't be used: {error}", help="`--port 0` chooses a free one.") from None


def _config(app: ASGIApp) -> uvicorn.Config:
    # No logs and no server header: the output of `rhythmconf emulator` is one line, which scripts wait for.
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        http="h11",
        ws="none",
        loop="asyncio",
        timeout_graceful_shutdown=GRACE_S,
    )


@contextmanager
def _stop_quietly() -> Iterator[None]:
    # After its shutdown, uvicorn raises the signal that stopped it once more. By then there is nothing left to do.
    handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
