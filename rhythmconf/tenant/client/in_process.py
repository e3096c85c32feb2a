"""Send requests to a tenant in this process, such as an embedded one: without a socket, and without httpx."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

from rhythmconf.tenant.client.exchange import RawAnswer, Request
from rhythmconf.tenant.client.redact import redact
from rhythmconf.tenant.client.request_log import log_request


class Answer(Protocol):
    """What such a tenant answers. The names of headers are in lower case."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""

    @property
    def body(self) -> bytes:
        """The whole body, not compressed."""


class LocalTenant(Protocol):
    """A tenant in this process. It raises a TenantError where its storage fails."""

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request. `target` is path and query as sent, the names of headers are in lower case."""

    def close(self) -> None:
        """Close the storage."""


class InProcess:
    """The sender of an embedded tenant's client. Each request gets an answer at once, so there is no Fault."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant

    def send(self, request: Request) -> RawAnswer:
        """Send a request once. Credentials are hidden in errors, as those of a tenant elsewhere."""
        began = monotonic()
        parts = urlsplit(request.url)
        # The path stays encoded: a decoded `%2F` would split an id into two parts.
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {name.lower(): value for name, value in request.headers().items()}
        answer = self._tenant.answer(request.method, target, headers, request.content or b"")
        raw = RawAnswer(
            answer.status,
            redact(answer.body, *request.secrets) if answer.status >= 400 else answer.body,
            answer.headers.get("content-type", ""),
            answer.headers.get("retry-after"),
            date=answer.headers.get("date"),
        )
        log_request(request, raw, monotonic() - began)
        return raw

    def close(self) -> None:
        """Close the tenant."""
        self._tenant.close()
