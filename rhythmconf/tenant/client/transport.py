"""Send the requests of httpx over connections that have a limit in time, directly or through a proxy."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from threading import Lock

import httpcore
import httpx

from rhythmconf.settings import Network, Proxy
from rhythmconf.tenant.client.deadline import LimitedBackend, Watchdog
from rhythmconf.tenant.client.exchange import AT_ONCE

IDLE_S = 5.0
"""An idle connection is closed after this time."""

FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


class LimitedTransport(httpx.BaseTransport):
    """Connection pools, one for each proxy. httpx has no way to hand in a network backend, so it is not its own."""

    def __init__(self, network: Network, context: ssl.SSLContext, watchdog: Watchdog) -> None:
        self._network = network
        self._context = context
        self._backend = LimitedBackend(watchdog)
        self._pools: dict[Proxy | None, httpcore.ConnectionPool] = {}
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of httpx. Raises the errors of httpcore."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool(str(request.url)).handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, url: str) -> httpcore.ConnectionPool:
        proxy = self._network.proxy_for(url)
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._make_pool(proxy)
            return self._pools[proxy]

    def _make_pool(self, proxy: Proxy | None) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._context,
            proxy=None if proxy is None else self._describe(proxy),
            max_connections=AT_ONCE,
            max_keepalive_connections=AT_ONCE,
            keepalive_expiry=IDLE_S,
            network_backend=self._backend,
        )

    def _describe(self, proxy: Proxy) -> httpcore.Proxy:
        auth = None
        if proxy.user is not None and proxy.password is not None:
            auth = (proxy.user.reveal().encode(), proxy.password.reveal().encode())
        return httpcore.Proxy(proxy.url, auth, ssl_context=self._context if proxy.scheme == "https" else None)


class _Body(httpx.SyncByteStream):
    """The body of an answer while it arrives."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
