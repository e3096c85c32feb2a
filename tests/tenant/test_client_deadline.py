"""A request ends within its limit, however the other side drips: real sockets and a limit of a fraction of a second."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Barrier, Event, Thread, Timer
from time import monotonic, sleep

import pytest

from rhythmconf.errors import Ambiguous, NotSent, TenantError, codes
from rhythmconf.settings import Auth, Environment, Secret
from rhythmconf.tenant.client import http, token_source
from tests.support.certificates import make_certificate, secure
from tests.support.clients import get_kind, make_client
from tests.support.ticking import Ticking
from tests.support.wire import Wire, drip, make_answer, serve_script

LIMIT_S = 0.4
PATIENCE_S = 8.0
"""Every test ends within this time, on a slow computer too. Without the limit it would take 30 s or for ever."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

DRIPS: dict[str, tuple[bytes, bytes]] = {
    "a body with a length": (HEAD + b"Content-Length: 100000\r\n\r\n[", b" "),
    "a body until the end": (HEAD + b"Connection: close\r\n\r\n[", b" "),
    "a chunked body": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "half a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", b" "),
    "the size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "a compressed body": (HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"[" * 9)[:10], b"\0"),
    "one endless header": (HEAD + b"X-Long: ", b"x"),
    "many headers": (HEAD, b"X: y\r\n"),
    "the status line": (b"HTTP/1.1 200 ", b"K"),
    "endless early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "endless continues": (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "nothing": (b"", b""),
}


@pytest.fixture(autouse=True)
def short_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(http, "ANSWER_S", LIMIT_S)
    began = monotonic()
    yield
    assert monotonic() - began < PATIENCE_S


@contextmanager
def dripping(name: str, context: ssl.SSLContext | None = None) -> Iterator[Wire]:
    with serve_script(b"", context=context) as wire:
        wire.script[:] = [drip(wire, *DRIPS[name])]
        yield wire


def no_pauses() -> Ticking:
    """A clock without pauses between attempts."""
    return Ticking(chance=0)


@pytest.mark.parametrize("name", DRIPS)
def test_a_write_whose_answer_drips_has_an_unknown_outcome(name: str) -> None:
    with dripping(name) as wire, make_client(base_url=wire.url + "/{module}", timeout_s=30) as client:
        with pytest.raises(Ambiguous, match=r"took longer than 0\.4 s") as caught:
            client.patch(get_kind(), "a", [])
        assert caught.value.code == codes.AMBIGUOUS_OUTCOME
        assert "not known yet" in str(caught.value.help)
        assert len(wire.seen) == 1


@pytest.mark.parametrize("name", ["a body with a length", "many headers", "endless early hints"])
def test_a_read_whose_answer_drips_ends(name: str) -> None:
    with (
        dripping(name) as wire,
        make_client(base_url=wire.url + "/{module}", timeout_s=30, time=no_pauses()) as client,
        pytest.raises(TenantError, match=r"took longer than 0\.4 s") as caught,
    ):
        list(client.list(get_kind()))
    # Another attempt would take as long again.
    assert len(wire.seen) == 1
    assert "tried" not in caught.value.message


@pytest.mark.parametrize("name", ["a body until the end", "one endless header", "endless early hints"])
def test_a_drip_over_tls_ends(name: str, tmp_path: Path) -> None:
    file = make_certificate(tmp_path, "IP:127.0.0.1")
    with (
        dripping(name, secure(file)) as wire,
        make_client(base_url=wire.url + "/{module}", timeout_s=30, ca_file=str(file)) as client,
        pytest.raises(Ambiguous, match="took longer"),
    ):
        client.patch(get_kind(), "a", [])


@contextmanager
def serve_raw(handle: Callable[[socket.socket, Event], None]) -> Iterator[int]:
    """Hand each connection to `handle`, with an event that is set at the end of the test. Yields the port."""
    over = Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[Thread] = []

    def run(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            handle(connection, over)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(Thread(target=run, args=(connection,)))
            threads[-1].start()

    accepting = Thread(target=accept)
    accepting.start()
    # A test that fails must not hang.
    end = Timer(PATIENCE_S, over.set)
    end.start()
    try:
        yield listener.getsockname()[1]
    finally:
        end.cancel()
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def test_a_dripping_handshake_ends_before_the_write_is_sent() -> None:
    def handshake(connection: socket.socket, over: Event) -> None:
        connection.sendall(b"\x16\x03\x03\x40\x00")
        while not over.wait(0.03):
            connection.sendall(b"\0")

    with (
        serve_raw(handshake) as port,
        make_client(base_url=f"https://127.0.0.1:{port}/{{module}}", timeout_s=30, time=no_pauses()) as client,
        pytest.raises(NotSent, match="connection took longer"),
    ):
        client.patch(get_kind(), "a", [])


def test_an_upload_that_the_server_reads_slowly_ends() -> None:
    read = 0

    def sip(connection: socket.socket, over: Event) -> None:
        nonlocal read
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not over.wait(0.01):
            read += len(connection.recv(1024))

    with (
        serve_raw(sip) as port,
        make_client(base_url=f"http://127.0.0.1:{port}/{{module}}", timeout_s=30) as client,
        pytest.raises(Ambiguous, match="took longer"),
    ):
        client.create(get_kind(), {"name": "x" * 16_000_000})
    assert 0 < read < 16_000_000


def test_the_request_for_a_token_ends(tmp_path: Path) -> None:
    with dripping("endless early hints") as wire:
        environment = Environment("sandbox", "hisp", auth=Auth(wire.url, "client", Secret("hush hush")))
        source = token_source(environment, tmp_path, no_pauses().clock, {})
        with pytest.raises(NotSent, match=r"issuer's answer took longer than 0\.4 s"):
            source.token()


def answer_each(connection: socket.socket, act: Callable[[int, socket.socket], None]) -> None:
    """Answer one request after another on a connection that stays open."""
    count = 0
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            if not (more := connection.recv(65536)):
                return
            data += more
        _, _, data = data.partition(b"\r\n\r\n")
        act(count, connection)
        count += 1


def whole(value: object) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_a_drip_on_a_connection_that_was_used_before_ends() -> None:
    connections: list[int] = []

    def handle(connection: socket.socket, over: Event) -> None:
        connections.append(1)

        def act(count: int, connection: socket.socket) -> None:
            if len(connections) == 1 and count == 1:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
                while not over.wait(0.03):
                    connection.sendall(b" ")
            else:
                connection.sendall(whole({"id": "a"}))

        answer_each(connection, act)

    with (
        serve_raw(handle) as port,
        make_client(base_url=f"http://127.0.0.1:{port}/{{module}}", timeout_s=30, time=no_pauses()) as client,
    ):
        assert client.get(get_kind(), "a") == {"id": "a"}
        with pytest.raises(TenantError, match="took longer"):
            client.get(get_kind(), "a")
        # The next request gets a new connection.
        assert client.get(get_kind(), "a") == {"id": "a"}
    assert len(connections) == 2


def test_a_connection_that_is_back_in_the_pool_is_not_cut() -> None:
    """Each of these requests takes more than half of the limit, all on one connection."""
    connections: list[int] = []

    def handle(connection: socket.socket, over: Event) -> None:
        connections.append(1)

        def act(count: int, connection: socket.socket) -> None:
            over.wait(LIMIT_S * 0.6)
            connection.sendall(whole({"id": str(count)}))

        answer_each(connection, act)

    with (
        serve_raw(handle) as port,
        make_client(base_url=f"http://127.0.0.1:{port}/{{module}}", timeout_s=30) as client,
    ):
        assert [client.get(get_kind(), "a") for _ in range(5)] == [{"id": str(number)} for number in range(5)]
    assert len(connections) == 1


def test_ten_threads_have_a_limit_each() -> None:
    together = Barrier(10, timeout=PATIENCE_S)

    def handle(connection: socket.socket, over: Event) -> None:
        request = connection.recv(65536)
        together.wait()
        if b"/drips" in request:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
            while not over.wait(0.03):
                connection.sendall(b" ")
        sleep(0.05)
        connection.sendall(make_answer(value={"id": "fine"}))

    def patch(id: str) -> str:
        try:
            return str(client.patch(get_kind(), id, [])["id"])
        except Ambiguous as error:
            return error.message

    with (
        serve_raw(handle) as port,
        make_client(base_url=f"http://127.0.0.1:{port}/{{module}}", timeout_s=30) as client,
        ThreadPoolExecutor(10) as pool,
    ):
        outcomes = list(pool.map(patch, ["drips", "fine"] * 5))
    assert outcomes[1::2] == ["fine"] * 5
    assert all("took longer" in outcome for outcome in outcomes[::2])


def test_no_thread_stays_behind() -> None:
    with serve_script(make_answer(value=[])) as wire:
        client = make_client(base_url=wire.url + "/{module}")
        assert list(client.list(get_kind())) == [[]]
        assert "deadline" in thread_names()
        client.close()
        assert "deadline" not in thread_names()


def thread_names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}
