"""Requests and responses as plain values, independent of any web framework.

The module `server` converts them from and to those of starlette.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from rhythmconf.model import Json, decode

JSON = "application/json"


class Request(NamedTuple):
    """One request. `target` is path and query as sent, percent-encoded. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""

    @property
    def segments(self) -> tuple[str, ...]:
        """The decoded parts of the path. A part that was sent with `%2F` contains a slash."""
        # Split before decoding: an encoded slash belongs to its part.
        return tuple(unquote(part) for part in self.target.partition("?")[0].split("/") if part)

    def query(self, name: str) -> str | None:
        """Return the first value of a query parameter, or None if it is absent or empty."""
        values = parse_qs(self.target.partition("?")[2]).get(name)
        return values[0] if values else None


class Written(NamedTuple):
    """The outcome of one write that a request asked for. `id` is empty if there is none."""

    operation: str
    kind: str
    id: str
    status: int


class Response(NamedTuple):
    """One response. Not sent are `writes`, for the request log, and `failure`: why the storage failed, if it did."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {"content-type": JSON}
    writes: tuple[Written, ...] = ()
    failure: str = ""


class Refusal(Exception):
    """A request is refused with a status of 4xx or 5xx. `message` goes into the body."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def response(self, writes: tuple[Written, ...] = ()) -> Response:
        """Return the response. The API documents no body for errors; the emulator sends `{"message": ...}`."""
        headers = {"content-type": JSON, **self.headers}
        return Response(self.status, encode({"message": self.message}), headers, writes)


def encode(value: Json) -> bytes:
    """Return the JSON text of a value in ASCII, in which half of a surrogate pair can be stored and sent."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def read_json(body: bytes) -> Json:
    """Return the JSON value of a request's body. Raises Refusal (400) for anything else."""
    try:
        return decode(body)
    except ValueError as error:
        raise Refusal(400, f"the body is not JSON: {error}") from None
