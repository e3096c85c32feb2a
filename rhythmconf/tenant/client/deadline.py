"""Limit the time of a whole request, from outside the HTTP library.

The time-outs of the library are for each piece: a server that sends a byte now and then never exceeds them, whether in
a body, in headers or in an endless row of interim answers. A watchdog therefore shuts down the socket of a request
that is late. Whatever waits for the socket then ends: a read, a write, a TLS handshake, also inside a proxy's tunnel.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

import httpcore

LONGEST_PERIOD_S = 1.0
"""How often the watchdog looks, at least. Reads and writes that don't block look themselves."""


class Running:
    """One request that is under way, in the thread that sends it.

    `late`: its time is over. `sent`: the tenant may have got a part of it; until then it certainly had no effect.
    """

    def __init__(self, end: float, *, sent: bool) -> None:
        self.sent = sent
        self.late = False
        self._end = end
        self._socket: socket.socket | None = None
        self._lock = Lock()

    def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Note when the request itself is sent. httpcore calls this; a proxy gets a CONNECT first."""
        if name == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sent = True

    @contextmanager
    def using(self, handle: socket.socket) -> Iterator[None]:
        """Allow the watchdog to shut down this socket during the block. Raises ReadTimeout if the request is late.

        Only during the block: afterwards the connection may be back in the pool, and belong to another request.
        """
        self._enter(handle)
        try:
            yield
        finally:
            with self._lock:
                self._socket = None
        # The end of a socket that was shut down must not count as the end of an answer.
        self._refuse_late()

    def left(self) -> float:
        """Return the seconds that are left. Raises ReadTimeout if there are none."""
        self._refuse_late()
        return max(self._end - monotonic(), 0.001)

    def cut_if_late(self) -> None:
        """Shut down the socket in use if the time is over. The watchdog calls this from its own thread."""
        with self._lock:
            if monotonic() < self._end:
                return
            self.late = True
            if self._socket is not None:
                with suppress(OSError):  # the other side may have closed it
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _enter(self, handle: socket.socket) -> None:
        with self._lock:
            self.late = self.late or monotonic() >= self._end
            if not self.late:
                self._socket = handle
        self._refuse_late()

    def _refuse_late(self) -> None:
        if self.late or monotonic() >= self._end:
            self.late = True
            raise httpcore.ReadTimeout("the time of the request is over")


class Watchdog:
    """Cuts off every request that takes longer than `seconds`. Threads may share it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: set[Running] = set()
        self._lock = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None
        self._local = threading.local()

    @contextmanager
    def limit(self) -> Iterator[Running]:
        """Limit the time of the request that this thread sends in the block."""
        running = Running(monotonic() + self.seconds, sent=False)
        with self._lock:
            self._running.add(running)
        self._local.running = running
        try:
            yield running
        finally:
            del self._local.running
            with self._lock:
                self._running.discard(running)

    @property
    def running(self) -> Running:
        """The request of this thread."""
        running: Running = self._local.running
        return running

    def start(self) -> None:
        """Start the thread, once there is a socket to watch. A request in this process needs none."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="deadline", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(min(LONGEST_PERIOD_S, self.seconds / 10)):
            with self._lock:
                running = list(self._running)
            for request in running:
                request.cut_if_late()


class LimitedBackend(httpcore.NetworkBackend):
    """Opens connections whose every read and write belongs to a request with a limit."""

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers.

        The library would give each address the whole time-out, and a name can have any number of addresses.
        """
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        self._watchdog.start()
        failure: Exception = httpcore.ConnectError("the name has no address")
        for *_, address in addresses:
            left = self._watchdog.running.left()
            try:
                stream = self._backend.connect_tcp(
                    str(address[0]), port, min(timeout or left, left), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _LimitedStream(stream, stream.get_extra_info("socket").dup(), self._watchdog)
        raise failure


class _LimitedStream(httpcore.NetworkStream):
    """A connection. `handle` is a second handle of its socket, which stays the same when TLS begins."""

    def __init__(self, stream: httpcore.NetworkStream, handle: socket.socket, watchdog: Watchdog) -> None:
        self._stream = stream
        self._handle = handle
        self._watchdog = watchdog

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._watchdog.running.using(self._handle):
            return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._watchdog.running.using(self._handle):
            self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()
        self._handle.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            with self._watchdog.running.using(self._handle):
                stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            self.close()
            raise
        return _LimitedStream(stream, self._handle, self._watchdog)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
