"""Get a new token: from the issuer's token endpoint, or from a command of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rhythmconf.errors import AuthError, NotSent
from rhythmconf.model.clock import Clock
from rhythmconf.platform import processes
from rhythmconf.settings import Auth, Network
from rhythmconf.tenant.client.exchange import CODES, Fault, Reply, Request, interpret, sentence, status_text
from rhythmconf.tenant.client.retry import call_with_retries

if TYPE_CHECKING:
    import httpx

COMMAND_S = 60.0
"""A token command that takes longer is stopped."""
LIFETIME_S = 3600.0
"""Assumed if the issuer gives no lifetime, or one below `SHORTEST_S`."""
SHORTEST_S = 60.0
"""A shorter lifetime is taken for a mistake: it would cost a token for every few requests."""

COMMAND_HELP = "Run token_command yourself to see why; it must print a token on stdout and ask no questions."
DOMAIN_HELP = "Check auth.domain in rhythmconf.yaml."


@dataclass(frozen=True, slots=True)
class Grant:
    """A new token and its lifetime in seconds."""

    token: str = field(repr=False)
    lifetime_s: float


def mint(
    auth: Auth,
    *,
    clock: Clock,
    on_request: Callable[[], None],
    on_no_token: Callable[[], None],
    network: Network,
    ca_file: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Grant:
    """Ask the issuer for a token by client credentials.

    `on_request` is called before each request, `on_no_token` after a request that certainly created no token. Raises
    AuthError if the issuer refuses, NotSent if it can't be reached or its answer can't be used.
    """
    from rhythmconf.tenant.client.http import Http

    request = _token_request(auth)
    http = Http([request.url], network=network, ca_file=ca_file, transport=transport)

    def attempt() -> Reply | Fault:
        on_request()
        answer = http.send(request)
        outcome = answer if isinstance(answer, Fault) else interpret(answer, now=clock.now())
        # Only a token that arrived, or an answer that was lost on its way, can have used up one of the month's tokens.
        if not (outcome.ok if isinstance(outcome, Reply) else outcome.cause in ("lost", "late")):
            on_no_token()
        return outcome

    try:
        # A repeated request creates another token and changes nothing else: it may be repeated like a read.
        return _read_grant(call_with_retries(attempt, writes=False, clock=clock), request)
    finally:
        http.close()


def _token_request(auth: Auth) -> Request:
    """Return the form that Rhythm's public integrations send: the client credentials grant (RFC 6749, 4.4)."""
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


def _read_grant(outcome: Reply | Fault, request: Request) -> Grant:
    if isinstance(outcome, Fault):
        raise NotSent(
            sentence(f"the token issuer gave no token: {outcome.message.replace('the tenant', 'the issuer')}"),
            where=str(request),
            help="Check auth.domain in rhythmconf.yaml, or try again later.",
            code=CODES.get(outcome.cause),
        )
    if not outcome.ok:
        explanation = f": {outcome.explanation}" if outcome.explanation else ""
        raise AuthError(
            f"The token issuer refuses to give a token ({status_text(outcome.status)}{explanation}).",
            where=str(request),
            help="Check domain, client_id, client_secret and audience of auth in rhythmconf.yaml; "
            "or the tokens of this month may be used up.",
        )
    value = outcome.value if isinstance(outcome.value, dict) else {}
    token, lifetime = value.get("access_token"), value.get("expires_in")
    if not isinstance(token, str):
        raise AuthError(
            "The token issuer's answer has no access_token.",
            where=str(request),
            help=DOMAIN_HELP,
        )
    return Grant(token, lifetime if isinstance(lifetime, int | float) and lifetime >= SHORTEST_S else LIFETIME_S)


def run_command(command: str, environ: Mapping[str, str]) -> str:
    """Run a shell command and return what it prints on stdout, without surrounding white space."""
    from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired  # few environments have a command

    # A session of its own lets a time-out end everything that the shell has started.
    with Popen(  # noqa: S602 - the user wrote the command line, as in a Makefile
        command,
        shell=True,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        env={**environ, **processes.SHELL_VARIABLES},
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=COMMAND_S)
        except TimeoutExpired:
            processes.end_with_children(process)
            raise _command_error(f"took longer than {COMMAND_S:.0f} s") from None
    if process.returncode != 0:
        raise _command_error(f"ended with status {process.returncode}")
    return printed.decode("ascii", "replace").strip()


def _command_error(problem: str) -> AuthError:
    return AuthError(f"The token_command of the environment {problem}.", help=COMMAND_HELP)
