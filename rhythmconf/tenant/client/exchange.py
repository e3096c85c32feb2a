"""One request and its outcome as values: an HTTP answer becomes a Reply that can be used, or a Fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Literal

from rhythmconf.errors import Ambiguous, NotSent, TenantError
from rhythmconf.model import Json, decode

Cause = Literal["unsent", "untrusted", "throttled", "lost", "broken", "garbage", "unusable"]
"""Why a call failed: no connection, no valid certificate, 429, cut off after it was sent, 5xx, an answer that is
not JSON, an answer that would be the same again (a redirect, an oversized body)."""

UNDONE: frozenset[Cause] = frozenset({"unsent", "untrusted", "throttled"})
"""The causes after which a write has certainly changed nothing."""

AT_ONCE = 10
"""How many requests may be under way at the same time."""
TIMEOUT_S = 30.0
"""Limit for the connection, and for each piece of an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `secrets` are hidden in every text that comes back; the token is one of them."""

    method: str
    url: str
    content: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    token: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def with_token(self, token: str) -> Request:
        """Return the same request with this bearer token."""
        return replace(self, token=token, secrets=(token,))

    @property
    def writes(self) -> bool:
        """Whether the request may change the tenant."""
        return self.method != "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer as it came over the network, with its whole body decompressed."""

    status: int
    body: bytes
    content_type: str = ""
    retry_after: str | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A usable answer: a success with its JSON `value`, or a refusal (4xx) with the tenant's `explanation`."""

    status: int
    value: Json = None
    explanation: str = ""

    @property
    def ok(self) -> bool:
        """Whether the tenant did what was asked."""
        return self.status < 300


@dataclass(frozen=True, slots=True)
class Fault:
    """An attempt without a usable answer. `retry_after` is the wait that the tenant asks for, in seconds."""

    cause: Cause
    message: str
    retry_after: float | None = None


def interpret(answer: RawAnswer, *, now: float) -> Reply | Fault:
    """Decide what an answer means. `now` (epoch seconds) turns a date in `Retry-After` into seconds."""
    if answer.status == 429 or answer.status >= 500:
        cause: Cause = "throttled" if answer.status == 429 else "broken"
        return Fault(cause, f"the tenant answers {status_text(answer.status)}", _seconds(answer.retry_after, now))
    if 200 <= answer.status < 300:
        return _success(answer)
    if 400 <= answer.status < 500:
        return Reply(answer.status, explanation=_explanation(answer))
    # A redirect could carry the token to another host.
    target = f" to {answer.location}" if answer.location else ""
    return Fault("unusable", f"the tenant answers {status_text(answer.status)}{target}, which is never followed")


def make_error(fault: Fault, request: Request) -> TenantError:
    """Return the error for a fault that no retry could overcome."""
    message = f"{fault.message[:1].upper()}{fault.message[1:]}."
    if fault.cause in UNDONE:
        return NotSent(message, where=str(request), help=_HELP[fault.cause])
    if request.writes:
        return Ambiguous(message, where=str(request), help="It is not known yet whether the write took effect.")
    return TenantError(message, where=str(request), help=_HELP[fault.cause])


def status_text(status: int) -> str:
    """Return a status with its usual phrase, such as `503 Service Unavailable`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


_OTHER_SERVER = "Check base_url of the environment: the server that answers may not be the Rhythm API."
_HELP: dict[Cause, str] = {
    "unsent": "Check base_url of the environment, and whether this computer can reach the tenant.",
    "untrusted": "If your organisation has its own certificate authority, set ca_file of the environment to it.",
    "throttled": "Wait a minute and try again; other integrations of the tenant share the same limit.",
    "lost": "Try again; if it happens again, check the network between this computer and the tenant.",
    "broken": "Try again later: the error is on the tenant's side.",
    "garbage": _OTHER_SERVER,
    "unusable": _OTHER_SERVER,
}


def _success(answer: RawAnswer) -> Reply | Fault:
    if not answer.body.strip():
        return Reply(answer.status)
    try:
        return Reply(answer.status, decode(answer.body))
    except ValueError:
        kind = answer.content_type.partition(";")[0] or "an unnamed type"
        size = f"{len(answer.body):,} bytes of {kind}"
        return Fault("garbage", f"the tenant answers {answer.status} with something that is not JSON ({size})")


def _explanation(answer: RawAnswer) -> str:
    """Return the tenant's explanation, short enough for a message. The form of an error body is not documented."""
    try:
        value = decode(answer.body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        candidates = (value.get(name) for name in ("message", "error_description", "error", "detail"))
        value = next((text for text in candidates if isinstance(text, str)), None)
    return " ".join(value.split())[:300] if isinstance(value, str) else ""


def _seconds(text: str | None, now: float) -> float | None:
    """Read a `Retry-After` header, which is a number of seconds or a date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    # Imported here because few runs need it and it makes every start slower.
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
