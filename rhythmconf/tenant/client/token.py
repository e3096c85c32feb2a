"""Where the bearer token comes from: given by the user, printed by a command, or minted and cached."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from rhythmconf.errors import AuthError, RhythmconfError
from rhythmconf.model.clock import Clock
from rhythmconf.settings import Auth, Environment
from rhythmconf.settings.urls import canonical_url
from rhythmconf.tenant.client import cache, issuer

if TYPE_CHECKING:
    import httpx

DAY_S = 86_400.0
FORBIDDEN = re.compile(r"[^\x21-\x7e]")
"""What can't be sent in the header of a token."""
LENGTH = 16_384


class TokenSource(Protocol):
    """Gives the bearer token."""

    @property
    def help(self) -> str:
        """What the user can do when the tenant refuses the token."""

    def token(self) -> str:
        """Return the token to send now. Raises AuthError or NotSent if there is none."""

    def renew(self, stale: str) -> str | None:
        """Return a token to use instead of `stale`, which the tenant refused, or None if there is no other."""


def token_source(
    environment: Environment,
    cache_dir: Path,
    clock: Clock,
    environ: Mapping[str, str],
    transport: httpx.BaseTransport | None = None,
) -> TokenSource:
    """Return the token source that the settings choose. A token command runs with the variables `environ`."""
    auth = environment.auth
    # RHYTHMCONF_TOKEN comes first, so that one run can replace what the project file says.
    if environment.token is not None:
        return GivenToken(environment.token.reveal(), "Set RHYTHMCONF_TOKEN to a token that is valid now.")
    if environment.embedded is not None:
        return GivenToken("embedded", "An embedded tenant accepts every token: please report this as a bug.")
    if auth is None:
        empty = "RHYTHMCONF_TOKEN is set but empty, so there" if "RHYTHMCONF_TOKEN" in environ else "There"
        raise AuthError(
            f"{empty} is no token for the environment {environment.name}.",
            help="Set the variable RHYTHMCONF_TOKEN to a token (export RHYTHMCONF_TOKEN=...), or write into "
            f"{environment.name} in rhythmconf.yaml: "
            'auth: {domain: ..., client_id: ..., client_secret: "${NAME}"}',
        )
    if auth.token_command is not None:
        return CommandToken(auth.token_command, environ)
    return MintedToken(environment, auth, cache_dir, clock, transport)


class GivenToken:
    """A fixed token that is maintained elsewhere."""

    def __init__(self, token: str, help: str) -> None:
        self._token = _check_token(token, "RHYTHMCONF_TOKEN", "Set RHYTHMCONF_TOKEN to the token alone, in one line.")
        self._help = help

    @property
    def help(self) -> str:
        """What the user can do when the tenant refuses the token, and when the token says that it expires."""
        expiry = _expiry(self._token)
        return f"This one says that it expires at {expiry:%Y-%m-%d %H:%M} UTC. {self._help}" if expiry else self._help

    def token(self) -> str:
        """Return the token."""
        return self._token

    def renew(self, stale: str) -> str | None:
        """Return None: there is no other token."""
        return None


class CommandToken:
    """A token that a command prints. The command runs once, and the token stays in memory."""

    help = "Run the token_command of the environment yourself: the tenant refuses the token that it prints."

    def __init__(self, command: str, environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ
        self._lock = Lock()
        self._token: str | None = None

    def token(self) -> str:
        """Return the token; the first call runs the command."""
        with self._lock:
            if self._token is None:
                output = issuer.run_command(self._command, self._environ)
                self._token = _check_token(output, "The output of token_command", issuer.COMMAND_HELP)
            return self._token

    def renew(self, stale: str) -> str | None:
        """Return None: whoever maintains the command also renews its token."""
        return None


class MintedToken:
    """A token by client credentials. Runs share it through the cache, because an issuer limits tokens per month."""

    help = "Check client_id, client_secret and the tenant, and run `rhythmconf logout` to forget the cached token."

    def __init__(
        self,
        environment: Environment,
        auth: Auth,
        cache_dir: Path,
        clock: Clock,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self._auth = auth
        self._network = environment.network
        self._ca_file = environment.ca_file
        self._file = cache.entry_path(
            cache_dir, auth.domain, auth.client_id, auth.audience, environment.tenant, environment.base_url
        )
        self._tenant = environment.tenant
        self._address = canonical_url(environment.base_url)
        self._clock = clock
        self._transport = transport
        self._lock = Lock()
        self._entry = cache.Entry()
        self._renewed = False
        self._failure: RhythmconfError | None = None

    def token(self) -> str:
        """Return a token that lives long enough for a run."""
        with self._lock:
            return self._get_token(stale="")

    def renew(self, stale: str) -> str | None:
        """Return a token that another thread or process has renewed already, else a new one, but only once a run."""
        with self._lock:
            if not self._load_usable(stale):
                # A tenant that refuses every token would otherwise use up the tokens of the month.
                if self._renewed:
                    return None
                self._renewed = True
            return self._get_token(stale)

    def _get_token(self, stale: str) -> str:
        if not self._load_usable(stale):
            with cache.lock(self._file):
                # Another process may have minted while this one waited for the lock.
                if not self._load_usable(stale):
                    self._mint_once()
        return _check_token(self._entry.token, "The token of the issuer", issuer.DOMAIN_HELP)

    def _load_usable(self, stale: str) -> bool:
        """Return whether a usable token is in memory; read the cache file if it is not."""
        if not self._entry.is_usable(self._clock.now(), stale):
            self._entry = cache.read(self._file)
        return self._entry.is_usable(self._clock.now(), stale)

    def _mint_once(self) -> None:
        """Mint, or raise the error of the last attempt, so that the threads of a run don't all try in turn."""
        if self._failure is not None:
            raise self._failure
        try:
            self._mint()
        except RhythmconfError as error:
            self._failure = error
            raise

    def _mint(self) -> None:
        self._forget_the_future()
        self._check_daily_limit()
        grant = issuer.mint(
            self._auth,
            clock=self._clock,
            on_request=self._count_mint,
            on_no_token=self._uncount_mint,
            network=self._network,
            ca_file=self._ca_file,
            transport=self._transport,
        )
        entry = self._entry.with_token(grant.token, self._clock.now(), grant.lifetime_s)
        # The token counts already. If it can't be cached, for example on a full disk, this run uses it from memory.
        with suppress(AuthError):
            cache.write(self._file, entry)
        self._entry = entry

    def _forget_the_future(self) -> None:
        """Count requests with a later time than now as made now: the clock of this computer was wrong then.

        Otherwise they would count as requests of the last 24 hours until their time comes, years perhaps.
        """
        entry = self._entry.without_future(self._clock.now())
        if entry != self._entry:
            self._save(entry)

    def _count_mint(self) -> None:
        """Count a mint before the request: what can't be counted must not be asked for."""
        self._save(self._entry.with_mint(self._clock.now()))

    def _uncount_mint(self) -> None:
        with suppress(AuthError):
            self._save(self._entry.without_last_mint())

    def _save(self, entry: cache.Entry) -> None:
        entry = replace(entry, tenant=self._tenant, address=self._address)
        cache.write(self._file, entry)
        self._entry = entry

    def _check_daily_limit(self) -> None:
        limit = self._auth.max_mints_per_day
        if limit is None:
            return
        # The limit is the client's own: with another `base_url` it doesn't get as many tokens again.
        today = sum(at > self._clock.now() - DAY_S for at in cache.mints_of_client(self._file))
        if today >= limit:
            raise AuthError(
                f"{today} tokens were requested in the last 24 hours, and auth.max_mints_per_day allows no more.",
                help="Find out why tokens are refused or forgotten, set RHYTHMCONF_TOKEN, or wait.",
            )


def _check_token(token: str, source: str, help: str) -> str:
    """Return the token, or raise AuthError if it would break the HTTP header. The message doesn't repeat it."""
    if problem := _token_problem(token):
        raise AuthError(f"{source} is not a token: it {problem}.", help=help)
    return token


def _expiry(token: str) -> datetime | None:
    """Return when a token says that it expires (`exp` of RFC 7519), in UTC; None where it doesn't."""
    _, _, rest = token.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, TypeError, LookupError, OverflowError, OSError, RecursionError):
        return None


_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


def _token_problem(token: str) -> str:
    """Return why a text can't be a token, or an empty string. Blanks can't be seen, so they are named."""
    if not token.strip():
        return "holds nothing but blanks" if token else "is empty"
    if re.match(r"bearer\s", token, re.IGNORECASE):
        return 'begins with "Bearer ", which rhythmconf adds itself'
    if token[0] in _QUOTES:
        return "begins with a quotation mark, which is not a part of a token"
    if len(token) > LENGTH:
        return f"has {len(token):,} characters, and a token has at most {LENGTH:,}"
    wrong = FORBIDDEN.search(token)
    if wrong is None:
        return ""
    place = "ends with" if not token[wrong.start() :].strip() else "begins with" if wrong.start() == 0 else "contains"
    at = "" if place != "contains" else f" (character {wrong.start() + 1} of {len(token):,})"
    return f"{place} {_name_character(wrong[0])}{at}"


def _name_character(character: str) -> str:
    if character in "\r\n":
        return "a line break"
    if character.isspace():
        return "a blank"
    return "a character other than visible ASCII"
