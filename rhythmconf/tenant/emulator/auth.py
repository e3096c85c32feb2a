"""Check bearer tokens, and issue them in the way Auth0 does."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs

from rhythmconf.model import Json
from rhythmconf.tenant.emulator.http import Refusal, Request, Response, encode, read_json

ANY_TOKEN = "any-token-will-do"  # noqa: S105 - the emulator accepts every token
LIFETIME_S = 86_400


def require_token(request: Request, accepted: str | None) -> None:
    """Raise Refusal (401) for a request without the accepted bearer token. None accepts every token."""
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented.strip():
        raise Refusal(401, "a bearer token is required")
    # A served emulator may be given a real token: the comparison must not show by its duration how much fits.
    if accepted is not None and not hmac.compare_digest(presented.strip().encode(), accepted.encode()):
        raise Refusal(401, "the bearer token is not accepted")


def mint(request: Request, accepted: str | None) -> Response:
    """Answer `POST /oauth/token` with the client credentials grant, form-encoded or JSON. Every client gets a token."""
    if request.method != "POST":
        raise Refusal(405, "only POST is allowed here", {"allow": "POST"})
    fields = _fields(request)
    if fields.get("grant_type") != "client_credentials":
        return _denied(403, "unauthorized_client", "the grant_type must be client_credentials")
    if not (fields.get("client_id") and fields.get("client_secret") and fields.get("audience")):
        return _denied(401, "access_denied", "client_id, client_secret and audience are required")
    answer: Json = {"access_token": accepted or ANY_TOKEN, "token_type": "Bearer", "expires_in": LIFETIME_S}
    return Response(200, encode(answer))


def _fields(request: Request) -> dict[str, Json]:
    if request.headers.get("content-type", "").startswith("application/json"):
        body = read_json(request.body)
        return body if isinstance(body, dict) else {}
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _denied(status: int, error: str, description: str) -> Response:
    return Response(status, encode({"error": error, "error_description": description}))
