"""One request and its outcome as values: an HTTP answer becomes a Reply that can be used, or a Fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from json import JSONDecodeError
from typing import Literal, NamedTuple, Protocol

from rhythmconf.errors import Ambiguous, NotSent, TenantError, codes
from rhythmconf.model import RECORD_DEPTH, Json, decode

Cause = Literal[
    "unsent",  # no connection
    "unconnected",  # no connection in the time of a whole request
    "plain",  # no TLS, where https was asked for
    "untrusted",  # no valid certificate
    "barred",  # refused by the proxy
    "throttled",  # 429
    "lost",  # cut off after it was sent
    "late",  # sent, but not answered in the time of a whole request
    "broken",  # 5xx
    "garbage",  # damaged JSON
    "foreign",  # an answer of somebody else, such as a login page
    "unreadable",  # JSON with a value that can't be represented
    "unusable",  # another answer that would be the same again: a redirect, an oversized body
]
"""Why a call failed."""

UNDONE: frozenset[Cause] = frozenset({"unsent", "unconnected", "plain", "untrusted", "barred", "throttled"})
"""The causes after which a write has certainly changed nothing."""

AT_ONCE = 10
"""How many requests may be under way at the same time."""
TIMEOUT_S = 30.0
"""Limit for the connection, and for each piece of an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `secrets` are hidden in every text that comes back; the token is one of them.

    `asks` marks a POST that changes nothing: a search.
    """

    method: str
    url: str
    content: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    token: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    asks: bool = False

    def with_token(self, token: str) -> Request:
        """Return the same request with this bearer token."""
        return replace(self, token=token, secrets=(token,))

    @property
    def writes(self) -> bool:
        """Whether the request may change the tenant."""
        return self.method != "GET" and not self.asks

    def headers(self) -> dict[str, str]:
        """Return the headers that say what is sent and by whom."""
        headers = {} if self.content is None else {"Content-Type": self.content_type}
        return headers if self.token is None else {**headers, "Authorization": f"Bearer {self.token}"}

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class RawAnswer(NamedTuple):
    """An HTTP answer as it came over the network, with its whole body decompressed.

    `date` is the server's clock; `excerpt` are the first words of a body that can't be JSON.
    """

    status: int
    body: bytes
    content_type: str = ""
    retry_after: str | None = None
    location: str = ""
    date: str | None = None
    excerpt: str = ""


_WORDS = ("message", "error_description", "error", "errors", "detail", "details", "reason", "title", "description")
"""The members of an error body that may explain it, the likeliest first."""
_DEPTH = 3
"""How deep an explanation is looked for."""


class Reply(NamedTuple):
    """A usable answer: a success with its JSON `value`, or a refusal (4xx) with the tenant's `explanation`.

    `size` is the length of the body in bytes.
    """

    status: int
    value: Json = None
    explanation: str = ""
    size: int = 0

    @property
    def ok(self) -> bool:
        """Whether the tenant did what was asked."""
        return self.status < 300


class Fault(NamedTuple):
    """An attempt without a usable answer. `retry_after` is the wait that the tenant asks for, in seconds."""

    cause: Cause
    message: str
    retry_after: float | None = None


class Sender(Protocol):
    """What takes a client's requests to the tenant."""

    def send(self, request: Request) -> RawAnswer | Fault:
        """Send a request once and read the whole answer."""

    def close(self) -> None:
        """Close the connections."""


def interpret(answer: RawAnswer, *, now: float) -> Reply | Fault:
    """Decide what an answer means. `now` (epoch seconds) turns a date in `Retry-After` into seconds."""
    if answer.status == 429 or answer.status >= 500:
        cause: Cause = "throttled" if answer.status == 429 else "broken"
        explanation = _explanation(answer)
        reason = f" ({explanation.rstrip('.')})" if explanation else ""
        return Fault(cause, f"the tenant answers {status_text(answer.status)}{reason}", _seconds(answer, now))
    if 200 <= answer.status < 300:
        return _success(answer)
    if 400 <= answer.status < 500:
        return Reply(answer.status, explanation=_explanation(answer))
    # A redirect could carry the token to another host.
    target = f" to {answer.location}" if answer.location else ""
    return Fault("unusable", f"the tenant answers {status_text(answer.status)}{target}, which is never followed")


def make_error(fault: Fault, request: Request, base_url: str) -> TenantError:
    """Return the error for a fault that no retry could overcome. `base_url` says where the address comes from."""
    message = sentence(fault.message)
    code, help = CODES.get(fault.cause), _HELP[fault.cause].format(base_url=base_url)
    if fault.cause in UNDONE:
        return NotSent(message, where=str(request), help=help, code=code)
    if request.writes:
        return Ambiguous(message, where=str(request), help=f"It is not known yet whether the write took effect. {help}")
    return TenantError(message, where=str(request), help=help, code=code)


def sentence(text: str) -> str:
    """Return a text with a capital and a full stop, or the question mark that it ends with."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('?') else '.'}"


def status_text(status: int) -> str:
    """Return a status with its usual phrase, such as `503 Service Unavailable`."""
    from http import HTTPStatus  # only for messages

    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


_OTHER_SERVER = "Check {base_url}: the server that answers may not be the Rhythm API."
_HELP: dict[Cause, str] = {
    "unsent": "Check {base_url}, and whether this computer can reach the tenant.",
    "unconnected": "Check {base_url}, and the network between this computer and the tenant.",
    "plain": "Check {base_url} and its port: https needs a server with TLS. An emulator on this computer is "
    "http://127.0.0.1:PORT.",
    "untrusted": "If your organisation has its own certificate authority, set SSL_CERT_FILE or ca_file of the "
    "environment to it.",
    "barred": "Check user name and password in the proxy variable, or add the host to NO_PROXY to reach it directly.",
    "throttled": "Wait a minute and try again; other integrations of the tenant share the same limit.",
    "lost": "Try again; if it happens again, check the network between this computer and the tenant.",
    "late": "Try again; if it happens again, check the network between this computer and the tenant.",
    "broken": "Try again later: the error is on the tenant's side.",
    "garbage": "Try again; if it happens again, check the network between this computer and the tenant.",
    "foreign": "Check {base_url}, HTTPS_PROXY and NO_PROXY. Open the address in a browser: the "
    "network may ask you to sign in.",
    "unreadable": "Find the record in Rhythm and correct the value there.",
    "unusable": _OTHER_SERVER,
}
CODES: dict[Cause, str] = {
    "barred": codes.PROXY,
    "foreign": codes.FOREIGN_ANSWER,
    "unreadable": codes.FOREIGN_ANSWER,
}
"""The codes of causes that have one of their own."""


def _success(answer: RawAnswer) -> Reply | Fault:
    if not answer.body.strip():
        return Reply(answer.status)
    try:
        return Reply(answer.status, decode(answer.body, depth=RECORD_DEPTH), size=len(answer.body))
    except ValueError as error:
        return _describe_unreadable(answer, error)


def _describe_unreadable(answer: RawAnswer, error: ValueError) -> Fault:
    """Return the fault of an answer that `decode` refuses. Only one that was cut off is worth another attempt."""
    status = status_text(answer.status)
    kind = answer.content_type.partition(";")[0].strip()[:50] or "a text without a type"
    if answer.excerpt:
        message = f"the tenant answers {status} with {kind} instead of JSON ({answer.excerpt!r})"
        return Fault("foreign", f"{message}: is that the page of a proxy or a login?")
    if isinstance(error, JSONDecodeError) and not answer.body.rstrip().endswith((b"}", b"]")):
        size = f"{len(answer.body):,} bytes of {kind}"
        return Fault("garbage", f"the tenant answers {status} with JSON that ends too early ({size})")
    if isinstance(error, JSONDecodeError | UnicodeDecodeError):
        return Fault("foreign", f"the tenant answers {status} with something that is not JSON ({kind})")
    return Fault("unreadable", f"the tenant answers {status} with JSON that can't be used: {error}")


def _explanation(answer: RawAnswer) -> str:
    """Return the tenant's explanation, short enough for a message. The form of an error body is not documented."""
    try:
        value = decode(answer.body)
    except ValueError:
        value = None
    if text := _find_words(value):
        return " ".join(text.split())[:300]
    # What is not JSON is the page of a gateway or a proxy: it says which.
    return f"a page that says {answer.excerpt!r}" if answer.excerpt else ""


def _find_words(value: Json, depth: int = 0) -> str:
    """Return the text of an error body: the first member with a usual name, in any case, also in an inner object."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _find_words(value[0], depth + 1) if value and depth < _DEPTH else ""
    if not isinstance(value, dict) or depth == _DEPTH:
        return ""
    members = {name.lower(): member for name, member in value.items()}
    return next((words for name in _WORDS if (words := _find_words(members.get(name), depth + 1)).strip()), "")


def _seconds(answer: RawAnswer, now: float) -> float | None:
    """Read `Retry-After`, which is a number of seconds or a date (RFC 9110, 10.2.3).

    The date is by the server's clock, so it is compared with the answer's own `Date`, where there is one.
    """
    text = (answer.retry_after or "").strip()
    if text.isdecimal():
        return float(text[:9])
    until = _parse_date(text)
    began = _parse_date(answer.date or "")
    return None if until is None else max(0.0, until - (now if began is None else began))


def _parse_date(text: str) -> float | None:
    """Return an HTTP date in epoch seconds. All three forms are UTC, whether they say so or not (RFC 9110, 5.6.7)."""
    # Imported here because few runs need it and it makes every start slower.
    from email.utils import mktime_tz, parsedate_tz

    try:
        fields = parsedate_tz(text)
        return None if fields is None else float(mktime_tz(fields))
    except (ValueError, OverflowError):
        return None
