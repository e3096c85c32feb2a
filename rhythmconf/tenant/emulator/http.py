"""Requests and responses as values, so that the emulator is a function from the one to the other.

A skin (`transport`, `server`) turns what it was handed into a Request and a Response into what it hands back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from rhythmconf.model import Json, decode

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is the path and query as sent (percent-encoded), header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def segments(self) -> tuple[str, ...]:
        """The decoded parts of the path: a `%2F` stays inside its part."""
        return tuple(unquote(part) for part in self.target.partition("?")[0].split("/") if part)

    def query(self, name: str) -> str | None:
        """The first value of a query parameter; None when it is absent or empty."""
        values = parse_qs(self.target.partition("?")[2]).get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one write that a request asked for; `id` is empty where there is none."""

    operation: str
    kind: str
    id: str
    status: int


@dataclass(frozen=True, slots=True)
class Response:
    """One response; `writes` never leaves this computer, it is for the request log."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": JSON})
    writes: tuple[Written, ...] = ()


class Refusal(Exception):
    """The request is refused with a 4xx status; `message` stands in the body."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def response(self, writes: tuple[Written, ...] = ()) -> Response:
        """The answer: the API documents no error body, so this one is the smallest that helps."""
        headers = {"content-type": JSON, **self.headers}
        return Response(self.status, encode({"message": self.message}), headers, writes)


def encode(value: Json) -> bytes:
    """The JSON text of a value, all ASCII, so that a lone surrogate survives storage and transport."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def read_json(body: bytes) -> Json:
    """The JSON value of a request's body. Raises Refusal 400 for anything else."""
    try:
        return decode(body)
    except ValueError as error:
        raise Refusal(400, f"the body is not JSON: {error}") from None
