"""One request and what came of it, as values: an HTTP answer becomes a Reply that can be used, or a Fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Literal

from rhythmconf.errors import Ambiguous, NotSent, TenantError
from rhythmconf.model import Json, decode

Cause = Literal["unsent", "untrusted", "throttled", "lost", "broken", "garbage", "unusable"]
"""Why a call failed: no connection, no valid certificate, 429, cut off after it was sent, 5xx, an answer that is
not JSON, an answer that no repetition mends (a redirect, an oversized body)."""

UNDONE: frozenset[Cause] = frozenset({"unsent", "untrusted", "throttled"})
"""The causes after which a write has surely changed nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `secrets` (the token is one) are hidden from every text that comes back."""

    method: str
    url: str
    content: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    token: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def bearing(self, token: str) -> Request:
        """The same request with this bearer token."""
        return replace(self, token=token, secrets=(token,))

    @property
    def writes(self) -> bool:
        """Whether the tenant may be another one afterwards."""
        return self.method != "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire: the whole body, unpacked."""

    status: int
    body: bytes
    content_type: str = ""
    retry_after: str | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that means something: a success with its JSON value, or a refusal (4xx) with the tenant's words."""

    status: int
    value: Json = None
    words: str = ""

    @property
    def ok(self) -> bool:
        """Whether the call was done."""
        return self.status < 300


@dataclass(frozen=True, slots=True)
class Fault:
    """No usable answer; `retry_after` is what the tenant asked for, in seconds."""

    cause: Cause
    message: str
    retry_after: float | None = None


def interpret(answer: Answer, *, now: float) -> Reply | Fault:
    """What an answer means; `now` (epoch seconds) turns a `Retry-After` date into seconds."""
    if answer.status == 429 or answer.status >= 500:
        cause: Cause = "throttled" if answer.status == 429 else "broken"
        return Fault(cause, f"the tenant answers {phrase(answer.status)}", _seconds(answer.retry_after, now))
    if 200 <= answer.status < 300:
        return _success(answer)
    if 400 <= answer.status < 500:
        return Reply(answer.status, words=_words(answer))
    target = f" to {answer.location}" if answer.location else ""
    return Fault("unusable", f"the tenant answers {phrase(answer.status)}{target}, which is never followed")


def failure(fault: Fault, request: Request, *, help: str = "") -> TenantError:
    """The error that a fault ends in, when it was not or could not be mended."""
    message = f"{fault.message[:1].upper()}{fault.message[1:]}."
    if fault.cause in UNDONE:
        return NotSent(message, where=str(request), help=help or _HELP[fault.cause])
    if request.writes:
        return Ambiguous(message, where=str(request), help="Whether the write took effect is not known yet.")
    return TenantError(message, where=str(request), help=help or _HELP[fault.cause])


def phrase(status: int) -> str:
    """A status as people know it: `503 Service Unavailable`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


_HELP: dict[Cause, str] = {
    "unsent": "Check the base URL, and that the tenant can be reached from here.",
    "untrusted": "Set ca_file of the environment to your organisation's certificate authority, if it has one.",
    "throttled": "Wait a while; other integrations of the tenant count for the same limit.",
    "lost": "Try again; if it stays, check the network between here and the tenant.",
    "broken": "Try again later: the fault is on the tenant's side.",
    "garbage": "Check the base URL: something that is not the API may be answering.",
    "unusable": "Check the base URL: something that is not the API may be answering.",
}


def _success(answer: Answer) -> Reply | Fault:
    if not answer.body.strip():
        return Reply(answer.status)
    try:
        return Reply(answer.status, decode(answer.body))
    except ValueError:
        kind = answer.content_type.partition(";")[0] or "an unnamed type"
        size = f"{len(answer.body):,} bytes of {kind}"
        return Fault("garbage", f"the tenant answers {answer.status} with something that is not JSON ({size})")


def _words(answer: Answer) -> str:
    """The tenant's own explanation, short enough for a message; its form is not documented."""
    try:
        value = decode(answer.body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        told = (value.get(name) for name in ("message", "error_description", "error", "detail"))
        value = next((text for text in told if isinstance(text, str)), None)
    return " ".join(value.split())[:300] if isinstance(value, str) else ""


def _seconds(text: str | None, now: float) -> float | None:
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
