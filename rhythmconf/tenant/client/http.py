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

import httpx

from rhythmconf import __version__
from rhythmconf.errors import SettingsError, TenantError
from rhythmconf.tenant.client.exchange import AT_ONCE, TIMEOUT_S, Fault, RawAnswer, Request, status_text
from rhythmconf.tenant.client.redact import redact

BODY_CAP = 20 * 1024 * 1024
"""Bytes of a decompressed body; a longer one is refused while it arrives."""
ANSWER_S = 120.0
"""Limit for a whole answer, even if its pieces keep arriving."""
CHUNK = 64 * 1024

_LOG = logging.getLogger("rhythmconf.tenant.client")

HttpOrigin = tuple[str, str, int | None]


class Http:
    """A connection pool that reaches only the origins of `urls`, with verified TLS and without redirects."""

    def __init__(
        self,
        urls: Iterable[str],
        *,
        ca_file: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._origins = frozenset(map(origin, urls))
        self._client = httpx.Client(
            transport=transport or _make_transport(self._origins, ca_file),
            timeout=timeout_s,
            # Proxies and .netrc of the surroundings could send the token somewhere else.
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": f"rhythmconf/{__version__}", "Accept": "application/json"},
        )

    def send(self, request: Request) -> RawAnswer | Fault:
        """Send a request once and read the whole answer. Credentials are hidden in every text of the outcome.

        Raises TenantError for an address outside the permitted origins.
        """
        if origin(request.url) not in self._origins:
            raise TenantError("This address does not belong to the tenant: nothing was sent.", where=str(request))
        began = monotonic()
        outcome = self._exchange(request)
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("%s", _log_line(request, outcome, (monotonic() - began) * 1000))
        return outcome

    def _exchange(self, request: Request) -> RawAnswer | Fault:
        try:
            with self._client.stream(
                request.method, request.url, content=request.content, headers=_headers(request)
            ) as response:
                return _read_answer(response, request.secrets)
        except httpx.HTTPError as error:
            return _make_fault(error, request.secrets)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _log_line(request: Request, outcome: RawAnswer | Fault, milliseconds: float) -> str:
    """Return method, path, outcome and time. Headers and bodies contain secrets and are never logged."""
    parts = urlsplit(request.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    result = status_text(outcome.status) if isinstance(outcome, RawAnswer) else outcome.message
    return redact(f"{request.method} {path}: {result}, {milliseconds:.0f} ms", *request.secrets)


def _headers(request: Request) -> dict[str, str]:
    headers = {"Accept-Encoding": "gzip"}
    if request.content is not None:
        headers["Content-Type"] = request.content_type
    if request.token is not None:
        headers["Authorization"] = f"Bearer {request.token}"
    return headers


def origin(url: str) -> HttpOrigin:
    """Return what decides where a request goes: scheme, host and port."""
    parts: SplitResult = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def _make_transport(origins: frozenset[HttpOrigin], ca_file: str | None) -> httpx.HTTPTransport:
    secure = any(scheme == "https" for scheme, _, _ in origins)
    # Loading the certificates takes some 20 ms. Plain http needs none: an empty context trusts no server at all.
    context = _make_tls_context(ca_file) if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.HTTPTransport(verify=context, trust_env=False, limits=limits)


def _make_tls_context(ca_file: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"The ca_file {ca_file} can't be read as PEM certificates: {error}.",
                help="Set it to the path of your organisation's certificate authority in PEM format.",
            ) from None
    return context


def _read_answer(response: httpx.Response, secrets: tuple[str, ...]) -> RawAnswer | Fault:
    body = _read_body(response)
    if isinstance(body, Fault):
        return body
    return RawAnswer(
        response.status_code,
        # Only a refusal is quoted in messages. A record must stay as it is.
        redact(body, *secrets) if response.is_client_error else body,
        redact(response.headers.get("Content-Type", ""), *secrets),
        response.headers.get("Retry-After"),
        redact(_describe_target(response.headers.get("Location", "")), *secrets),
    )


def _read_body(response: httpx.Response) -> bytes | Fault:
    # The answer of a transport in this process is in memory: httpx has read and decompressed it already.
    if response.is_stream_consumed:
        chunks: Iterator[bytes] = iter([response.content])
    elif (coding := response.headers.get("Content-Encoding", "identity").strip().lower()) in _DECODERS:
        chunks = _DECODERS[coding](response.iter_raw(CHUNK))
    else:
        return Fault("unusable", "the tenant answers in a content coding that was not requested")
    try:
        return _join_capped(chunks)
    except zlib.error:
        return Fault("garbage", "the tenant's answer is damaged: it can't be decompressed")


def _join_capped(chunks: Iterator[bytes]) -> bytes | Fault:
    body = bytearray()
    # The time-out of httpx is for each piece: a server that sends a byte a second would never exceed it.
    deadline = monotonic() + ANSWER_S
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_CAP:
            return Fault("unusable", f"the tenant's answer is longer than {BODY_CAP // 2**20} MiB")
        if monotonic() > deadline:
            return Fault("lost", f"the tenant's answer took longer than {ANSWER_S:.0f} s")
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


def _make_fault(error: httpx.HTTPError, secrets: tuple[str, ...]) -> Fault:
    reason = redact(str(error), *secrets) or type(error).__name__
    if isinstance(error, httpx.ConnectError) and _is_certificate_error(error):
        return Fault("untrusted", f"the server's certificate can't be trusted: {reason}")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Fault("unsent", f"the server can't be reached: {reason}")
    if isinstance(error, httpx.TimeoutException):
        return Fault("lost", "the tenant did not answer in time")
    return Fault("lost", f"the connection broke before the answer was complete: {reason}")


def _is_certificate_error(error: BaseException | None) -> bool:
    # httpx and httpcore wrap the error of the ssl module several times.
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
