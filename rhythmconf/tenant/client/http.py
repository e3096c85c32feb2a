"""One HTTP exchange over httpx, limited in time, size and destination.

Imported when a client is made and not before: httpx and ssl are slow to import, and many commands send no request.
"""

from __future__ import annotations

import logging
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from urllib.parse import SplitResult, urlsplit

import httpcore
import httpx

from rhythmconf import __version__
from rhythmconf.errors import TenantError
from rhythmconf.settings import Network, Proxy
from rhythmconf.tenant.client.certificates import make_tls_context
from rhythmconf.tenant.client.deadline import Running, Watchdog
from rhythmconf.tenant.client.excerpt import first_words
from rhythmconf.tenant.client.exchange import TIMEOUT_S, Cause, Fault, RawAnswer, Request
from rhythmconf.tenant.client.redact import SHORTEST, is_short, redact
from rhythmconf.tenant.client.request_log import LOG, log_request
from rhythmconf.tenant.client.transport import FAILURES, LimitedTransport

BODY_CAP = 20 * 1024 * 1024
"""Bytes of a decompressed body; a longer one is refused while it arrives."""
ANSWER_S = 120.0
"""Limit for a whole request, from the connection to the end of the answer, even if its pieces keep arriving."""
CHUNK = 64 * 1024

CONNECT_ERRORS = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
)
HttpOrigin = tuple[str, str, int | None]


class Http:
    """A connection pool that reaches only the origins of `urls`, with verified TLS and without redirects."""

    def __init__(
        self,
        urls: Iterable[str],
        *,
        network: Network,
        ca_file: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._origins = frozenset(map(origin, urls))
        self._watchdog = Watchdog(ANSWER_S)
        # A transport that is handed in is in this process: it has no socket, no proxy and nothing to wait for.
        self._in_process = transport is not None
        self._network = network
        self._warned = False
        self._client = httpx.Client(
            transport=transport or self._make_transport(ca_file),
            timeout=timeout_s,
            # `network` has the proxies that were asked for. A .netrc could send other credentials.
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": f"rhythmconf/{__version__}", "Accept": "application/json"},
        )

    def _make_transport(self, ca_file: str | None) -> LimitedTransport:
        # A malformed proxy variable is reported before anything is sent.
        proxies = [self._network.proxy_for(_url(origin)) for origin in self._origins]
        secure = any(scheme == "https" for scheme, _, _ in self._origins) or any(proxies)
        # Loading the certificates takes some 30 ms. Plain http needs none: an empty context trusts no server at all.
        context = make_tls_context(self._network, ca_file) if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return LimitedTransport(self._network, context, self._watchdog)

    def send(self, request: Request) -> RawAnswer | Fault:
        """Send a request once and read the whole answer. Credentials are hidden in every text of the outcome.

        Raises TenantError for an address outside the permitted origins.
        """
        if origin(request.url) not in self._origins:
            raise TenantError("This address does not belong to the tenant: nothing was sent.", where=str(request))
        began = monotonic()
        outcome = self._exchange(request)
        if LOG.isEnabledFor(logging.DEBUG):
            self._warn_of_short(request.secrets)
        log_request(request, outcome, monotonic() - began)
        return outcome

    def _warn_of_short(self, secrets: tuple[str, ...]) -> None:
        if not self._warned and any(map(is_short, secrets)):
            self._warned = True
            LOG.warning("a secret has fewer than %d characters: this log can't hide it wherever it occurs", SHORTEST)

    def _exchange(self, request: Request) -> RawAnswer | Fault:
        with self._watchdog.limit() as running:
            running.sent = self._in_process
            try:
                with self._client.stream(
                    request.method,
                    request.url,
                    content=request.content,
                    headers={"Accept-Encoding": "gzip", **request.headers()},
                    extensions={"trace": running.trace},
                ) as response:
                    return _read_answer(response, request.secrets)
            except (httpx.HTTPError, *FAILURES) as error:
                return self._make_fault(error, request, running)

    def _make_fault(self, error: Exception, request: Request, running: Running) -> Fault:
        if running.late:
            return _late_fault(self._watchdog.seconds, running)
        proxy = None if self._in_process else self._network.proxy_for(request.url)
        secrets = request.secrets if proxy is None else (*request.secrets, *proxy.secrets)
        return _make_fault(error, redact(str(error), *secrets) or type(error).__name__, proxy, sent=running.sent)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._watchdog.stop()


def origin(url: str) -> HttpOrigin:
    """Return what decides where a request goes: scheme, host and port."""
    parts: SplitResult = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def _url(origin: HttpOrigin) -> str:
    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port is None else f"{scheme}://{name}:{port}"


def _read_answer(response: httpx.Response, secrets: tuple[str, ...]) -> RawAnswer | Fault:
    body = _read_body(response)
    if isinstance(body, Fault):
        return body
    return RawAnswer(
        response.status_code,
        # Only an error is quoted in messages. A record must stay as it is.
        redact(body, *secrets) if response.is_error else body,
        redact(response.headers.get("Content-Type", ""), *secrets),
        response.headers.get("Retry-After"),
        redact(_describe_target(response.headers.get("Location", "")), *secrets),
        response.headers.get("Date"),
        "" if _may_be_json(body) else first_words(redact(body, *secrets)),
    )


def _may_be_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"", b"{", b"[", b'"')


def _read_body(response: httpx.Response) -> bytes | Fault:
    # The answer of a transport that was handed in is in memory already, and may be of any length.
    if response.is_stream_consumed:
        return response.content
    if (coding := response.headers.get("Content-Encoding", "identity").strip().lower()) in _DECODERS:
        chunks: Iterator[bytes] = _DECODERS[coding](response.iter_raw(CHUNK))
    else:
        return Fault("unusable", "the tenant answers in a content coding that was not requested")
    try:
        return _join_capped(chunks)
    except zlib.error:
        return Fault("garbage", "the tenant's answer is damaged: it can't be decompressed")


def _join_capped(chunks: Iterator[bytes]) -> bytes | Fault:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_CAP:
            return Fault("unusable", f"the tenant's answer is longer than {BODY_CAP // 2**20} MiB")
    return bytes(body)


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress in small pieces, so that a decompression bomb is stopped before it fills the memory."""
    gunzip = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        rest = chunk
        while rest:
            yield gunzip.decompress(rest, CHUNK)
            rest = gunzip.unconsumed_tail
    yield gunzip.flush()
    if not gunzip.eof:
        raise zlib.error("incomplete")


def _as_is(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return chunks


_DECODERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "": _as_is,
    "identity": _as_is,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
}


def _describe_target(url: str) -> str:
    """Return where a redirect points, without path and query, which may contain secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a malformed address"
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ("another path" if url else "")


def _late_fault(limit_s: float, running: Running) -> Fault:
    if running.sent:
        return Fault("late", f"the tenant's answer took longer than {limit_s:g} s and was cut off")
    return Fault("unconnected", f"the connection took longer than {limit_s:g} s and was cut off")


def _make_fault(error: Exception, reason: str, proxy: Proxy | None, *, sent: bool) -> Fault:
    """Return what an error of the network means. Until the request itself is sent, it certainly had no effect."""
    through = "" if proxy is None else f" through the proxy {proxy} ({proxy.variable})"
    if _is_certificate_error(error):
        return Fault("untrusted", f"the server's certificate can't be trusted{through}: {reason}")
    if _speaks_http(error):
        return Fault("plain", f"the server{through} speaks http, not https ({reason})")
    if isinstance(error, httpcore.ProxyError):
        # 4xx is the proxy's own decision. With 5xx it says that it can't reach the tenant now.
        cause: Cause = "barred" if reason.startswith("4") else "unsent"
        return Fault(cause, f"the server can't be reached{through}, which answers {reason}")
    if not sent or isinstance(error, CONNECT_ERRORS):
        return Fault("unsent", f"the server can't be reached{through}: {reason}")
    if isinstance(error, httpx.TimeoutException | httpcore.TimeoutException):
        return Fault("lost", "the tenant did not answer in time")
    return Fault("lost", f"the connection broke before the answer was complete: {reason}")


def _speaks_http(error: BaseException | None) -> bool:
    """Tell whether the answer to a TLS handshake was no TLS at all."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_certificate_error(error: BaseException | None) -> bool:
    # httpcore wraps the error of the ssl module, several times where a proxy is used.
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
