"""The door itself: one bounded HTTP exchange over httpx. Takes a Request, gives an Answer or a Fault.

Imported when a client is made, not before: httpx and ssl cost more time than the rest of a command.
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
from rhythmconf.tenant.client.exchange import Answer, Fault, Request, phrase
from rhythmconf.tenant.client.redact import redact

BODY_CAP = 20 * 1024 * 1024
"""Bytes of an unpacked body; a longer one is refused while it arrives."""
CONNECTIONS = 10
TIMEOUT_S = 30.0
"""For the connection, and for each piece of an answer."""
ANSWER_S = 120.0
"""For one whole answer, however steadily it drips."""
CHUNK = 64 * 1024

_LOG = logging.getLogger("rhythmconf.tenant.client")

Origin = tuple[str, str, int | None]


class Http:
    """One connection pool that reaches `origins` and nothing else, with verified TLS and no redirects."""

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
            transport=transport or _transport(self._origins, ca_file),
            timeout=timeout_s,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": f"rhythmconf/{__version__}", "Accept": "application/json"},
        )

    def send(self, request: Request) -> Answer | Fault:
        """Send once, to a permitted origin only, and read the whole answer. No text of it holds the credentials."""
        if origin(request.url) not in self._origins:
            raise TenantError("This address is not the tenant's: nothing was sent.", where=str(request))
        began = monotonic()
        outcome = self._sent(request)
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("%s", _told(request, outcome, (monotonic() - began) * 1000))
        return outcome

    def _sent(self, request: Request) -> Answer | Fault:
        try:
            with self._client.stream(
                request.method, request.url, content=request.content, headers=_headers(request)
            ) as response:
                return _answer(response, request.secrets)
        except httpx.HTTPError as error:
            return _fault(error, request.secrets)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _told(request: Request, outcome: Answer | Fault, milliseconds: float) -> str:
    """Method, path, status and time; headers and bodies, which hold the secrets, are never told."""
    parts = urlsplit(request.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    came = phrase(outcome.status) if isinstance(outcome, Answer) else outcome.message
    return redact(f"{request.method} {path}: {came}, {milliseconds:.0f} ms", *request.secrets)


def _headers(request: Request) -> dict[str, str]:
    headers = {"Accept-Encoding": "gzip"}
    if request.content is not None:
        headers["Content-Type"] = request.content_type
    if request.token is not None:
        headers["Authorization"] = f"Bearer {request.token}"
    return headers


def origin(url: str) -> Origin:
    """What decides where a request goes: scheme, host and port."""
    parts: SplitResult = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port


def _transport(origins: frozenset[Origin], ca_file: str | None) -> httpx.HTTPTransport:
    secure = any(scheme == "https" for scheme, _, _ in origins)
    # The certificates cost some 20 ms to load: a context without any, for plain http, verifies (and trusts) nothing.
    context = _trusted(ca_file) if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.HTTPTransport(verify=context, trust_env=False, limits=limits)


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"The ca_file {ca_file} can't be read as PEM certificates: {error}.",
                help="Give the path of your organisation's certificate authority in PEM form.",
            ) from None
    return context


def _answer(response: httpx.Response, secrets: tuple[str, ...]) -> Answer | Fault:
    body = _body(response)
    if isinstance(body, Fault):
        return body
    return Answer(
        response.status_code,
        redact(body, *secrets) if response.is_client_error else body,
        redact(response.headers.get("Content-Type", ""), *secrets),
        response.headers.get("Retry-After"),
        redact(_place(response.headers.get("Location", "")), *secrets),
    )


def _body(response: httpx.Response) -> bytes | Fault:
    # A transport in this process may have made the answer in memory; httpx has read and unpacked it already.
    if response.is_stream_consumed:
        chunks: Iterator[bytes] = iter([response.content])
    elif (coding := response.headers.get("Content-Encoding", "identity").strip().lower()) in _UNPACK:
        chunks = _UNPACK[coding](response.iter_raw(CHUNK))
    else:
        return Fault("unusable", "the tenant answers in a content coding that was not asked for")
    try:
        return _capped(chunks)
    except zlib.error:
        return Fault("garbage", "the tenant's answer is damaged: it can't be unpacked")


def _capped(chunks: Iterator[bytes]) -> bytes | Fault:
    body = bytearray()
    deadline = monotonic() + ANSWER_S
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_CAP:
            return Fault("unusable", f"the tenant's answer is longer than {BODY_CAP // 2**20} MiB")
        if monotonic() > deadline:
            return Fault("lost", f"the tenant's answer took longer than {ANSWER_S:.0f} s")
    return bytes(body)


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack piece by piece, so that a bomb is stopped before it has grown."""
    packer = zlib.decompressobj(wbits=31)
    packed = b""
    for packed in chunks:
        while packed:
            yield packer.decompress(packed, CHUNK)
            packed = packer.unconsumed_tail
    yield packer.flush()
    if not packer.eof:
        raise zlib.error("incomplete")


def _as_is(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return chunks


_UNPACK: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "": _as_is,
    "identity": _as_is,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
}


def _place(url: str) -> str:
    """Where a redirect points, without what its path or query may carry."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a malformed address"
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ("another path" if url else "")


def _fault(error: httpx.HTTPError, secrets: tuple[str, ...]) -> Fault:
    words = redact(str(error), *secrets) or type(error).__name__
    if isinstance(error, httpx.ConnectError) and _certificate(error):
        return Fault("untrusted", f"the server's certificate can't be trusted: {words}")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Fault("unsent", f"the server can't be reached: {words}")
    if isinstance(error, httpx.TimeoutException):
        return Fault("lost", "the tenant did not answer in time")
    return Fault("lost", f"the connection broke before the answer was complete: {words}")


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
