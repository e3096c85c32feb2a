"""Serve an object store on loopback with moto, and print its address.

It answers one request after the other: moto checks the condition of a write and writes in two steps, where an object
store does both at once. Files in the folder steer it: `hold` and `lose` contain a regular expression for requests such
as `PUT /state/lock`. The next request that fits `hold` waits: the file is renamed to `held`, and when that file is
removed the request goes on. The answer to the next request that fits `lose` is lost, after it had its effect; the file
is removed. `requests` lists the requests.
"""

from __future__ import annotations

import io
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

FOLDER = Path(sys.argv[1])
STORE = DomainDispatcherApplication(create_backend_app)
TURN = threading.Lock()


class Handler(WSGIRequestHandler):
    """A handler that logs nothing."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Log nothing."""


def fits(name: str, request: str) -> bool:
    """Return whether the file has an expression that a request fits."""
    try:
        return re.search((FOLDER / name).read_text(), request) is not None
    except OSError:
        return False


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request, unless its answer is to be lost."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    if len(body) < length:
        raise ConnectionAbortedError("the client is gone, and an object store takes only whole bodies")
    environ["wsgi.input"] = io.BytesIO(body)
    query = environ.get("QUERY_STRING")
    request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}" + (f"?{query}" if query else "")
    if fits("hold", request):
        (FOLDER / "hold").rename(FOLDER / "held")
        while (FOLDER / "held").exists():
            time.sleep(0.02)
    with TURN:
        made = Response.from_app(STORE, environ, buffered=True)
        with (FOLDER / "requests").open("a") as file:
            file.write(f"{request} {made.status_code}\n")
        if fits("lose", request):
            (FOLDER / "lose").unlink()
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("the answer is lost")
    return made(environ, start_response)


server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
