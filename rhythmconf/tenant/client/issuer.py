"""The two places that tokens come from: the issuer's token endpoint, and a command of the user's."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rhythmconf.errors import AuthError, NotSent
from rhythmconf.settings import Auth
from rhythmconf.tenant.client.exchange import Fault, Reply, Request, interpret, phrase
from rhythmconf.tenant.client.retry import Clock, persist

if TYPE_CHECKING:
    import httpx

COMMAND_S = 60.0
"""A token command that takes longer is stopped."""
LIFETIME_S = 3600.0
"""Assumed of a token whose issuer doesn't say, or says what can't be meant."""
SHORTEST_S = 60.0
"""A shorter lifetime can't be meant: it would cost a token for every other request."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A new token and how long it lives, in seconds."""

    token: str = field(repr=False)
    lifetime_s: float


def mint(
    auth: Auth,
    *,
    clock: Clock,
    counted: Callable[[], None],
    uncounted: Callable[[], None],
    ca_file: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Grant:
    """Ask the issuer for a token by client credentials. `counted` is called before each request, `uncounted` after one
    that surely made none.

    Raises AuthError where the issuer refuses, NotSent where it can't be reached or makes no sense.
    """
    from rhythmconf.tenant.client.http import Http

    request = _request(auth)
    http = Http([request.url], ca_file=ca_file, transport=transport)

    def once() -> Reply | Fault:
        counted()
        answer = http.send(request)
        outcome = answer if isinstance(answer, Fault) else interpret(answer, now=clock.now())
        if not (outcome.ok if isinstance(outcome, Reply) else outcome.cause == "lost"):
            uncounted()
        return outcome

    try:
        return _grant(persist(once, writes=False, clock=clock), request)
    finally:
        http.close()


def _request(auth: Auth) -> Request:
    """The form that public integrations send; its answer is OAuth 2's (RFC 6749, 4.4)."""
    domain = auth.domain if auth.domain.startswith("http://") else f"https://{auth.domain}"
    secret = auth.client_secret.reveal()
    form = {
        "grant_type": "client_credentials",
        "client_id": auth.client_id,
        "client_secret": secret,
        "audience": auth.audience,
    }
    return Request(
        "POST",
        f"{domain.rstrip('/')}/oauth/token",
        urlencode(form).encode(),
        "application/x-www-form-urlencoded",
        secrets=(secret,),
    )


def _grant(outcome: Reply | Fault, request: Request) -> Grant:
    if isinstance(outcome, Fault):
        told = outcome.message.replace("the tenant", "the issuer")
        raise NotSent(f"No token could be had: {told}.", where=str(request), help="Check auth.domain, or try later.")
    if not outcome.ok:
        told = f"{phrase(outcome.status)}{f': {outcome.words}' if outcome.words else ''}"
        raise AuthError(
            f"The issuer gives no token ({told}).",
            where=str(request),
            help="Check auth.domain, client_id, client_secret and audience; the month's tokens may be used up.",
        )
    value = outcome.value if isinstance(outcome.value, dict) else {}
    token, lifetime = value.get("access_token"), value.get("expires_in")
    if not isinstance(token, str):
        raise AuthError("The issuer's answer holds no access_token.", where=str(request), help="Check auth.domain.")
    return Grant(token, lifetime if isinstance(lifetime, int | float) and lifetime >= SHORTEST_S else LIFETIME_S)


def run(command: str, environ: Mapping[str, str]) -> str:
    """What the shell command prints on stdout, without the white space around it."""
    # A session of its own, so that a time-out ends all that the shell has started.
    with Popen(  # noqa: S602 - the command line is the author's own, as in a Makefile
        command,
        shell=True,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        env=dict(environ),
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=COMMAND_S)
        except TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise _failed(f"took longer than {COMMAND_S:.0f} s") from None
    if process.returncode != 0:
        raise _failed(f"ended with status {process.returncode}")
    return printed.decode("ascii", "replace").strip()


def _failed(how: str) -> AuthError:
    return AuthError(
        f"The environment's token_command {how}.",
        help="Run it yourself to see why; it must print a token on stdout, without asking anything.",
    )
