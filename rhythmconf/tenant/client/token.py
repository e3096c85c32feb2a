"""Where the bearer token comes from: handed in, printed by a command, or minted and shared through the cache."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from rhythmconf.errors import AuthError, RhythmconfError
from rhythmconf.settings import Auth, Environment
from rhythmconf.tenant.client import cache, issuer
from rhythmconf.tenant.client.retry import Clock

if TYPE_CHECKING:
    import httpx

DAY_S = 86_400.0
SENDABLE = re.compile(r"[\x21-\x7e]{1,16384}")


class TokenSource(Protocol):
    """Gives the bearer token."""

    @property
    def help(self) -> str:
        """What to do when the tenant refuses the token."""

    def token(self) -> str:
        """The token to send now."""

    def renew(self, stale: str) -> str | None:
        """Another token instead of `stale`, which the tenant refused; None where there is none to be had."""


def token_source(
    environment: Environment,
    cache_dir: Path,
    clock: Clock,
    environ: Mapping[str, str],
    transport: httpx.BaseTransport | None = None,
) -> TokenSource:
    """The source that the environment's settings name. `environ` is what a token command runs with."""
    auth = environment.auth
    if environment.token is not None:
        return Given(environment.token.reveal(), "Set RHYTHMCONF_TOKEN to a token that is valid now.")
    if environment.embedded is not None:
        return Given("embedded", "An embedded tenant takes any token: please report this.")
    if auth is None:
        raise AuthError(
            f"There is no token for the environment {environment.name}.",
            help="Set RHYTHMCONF_TOKEN, or auth of the environment in rhythmconf.yaml.",
        )
    if auth.token_command is not None:
        return Commanded(auth.token_command, environ)
    return Minted(environment, auth, cache_dir, clock, transport)


class Given:
    """A token that somebody else looks after."""

    def __init__(self, token: str, help: str) -> None:
        self._token = _sendable(token, "The token that was handed in")
        self.help = help

    def token(self) -> str:
        """The same token, always."""
        return self._token

    def renew(self, stale: str) -> str | None:
        """There is no other."""
        return None


class Commanded:
    """A token that a command prints: asked for once, kept in memory only."""

    help = "Run the environment's token_command yourself: it prints a token that this tenant refuses."

    def __init__(self, command: str, environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ
        self._lock = Lock()
        self._token: str | None = None

    def token(self) -> str:
        """What the command printed at the first call."""
        with self._lock:
            if self._token is None:
                self._token = _sendable(issuer.run(self._command, self._environ), "What token_command prints")
            return self._token

    def renew(self, stale: str) -> str | None:
        """A command is not asked twice: what it gives is looked after elsewhere."""
        return None


class Minted:
    """A token by client credentials, shared with other runs, minted as seldom as possible."""

    help = "Check client_id, client_secret and the tenant; `rhythmconf logout` forgets the cached token."

    def __init__(
        self,
        environment: Environment,
        auth: Auth,
        cache_dir: Path,
        clock: Clock,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self._auth = auth
        self._ca_file = environment.ca_file
        self._file = cache.entry_file(cache_dir, auth.domain, auth.client_id, auth.audience, environment.tenant)
        self._clock = clock
        self._transport = transport
        self._lock = Lock()
        self._entry = cache.Entry()
        self._renewed = False
        self._failed: RhythmconfError | None = None

    def token(self) -> str:
        """A token that lives long enough for a run."""
        with self._lock:
            return self._fresh(stale="")

    def renew(self, stale: str) -> str | None:
        """Another token: a thread's or a process's that renewed it meanwhile, else a new one, once."""
        with self._lock:
            if not self._found(stale):
                # A tenant that goes on refusing would use up the month's tokens.
                if self._renewed:
                    return None
                self._renewed = True
            return self._fresh(stale)

    def _fresh(self, stale: str) -> str:
        if not self._found(stale):
            with cache.locked(self._file):
                if not self._found(stale):
                    self._mint_once()
        return _sendable(self._entry.token, "What the issuer gives")

    def _found(self, stale: str) -> bool:
        """Whether there is a token in memory or in the file."""
        if not self._usable(stale):
            self._entry = cache.read(self._file)
        return self._usable(stale)

    def _usable(self, stale: str) -> bool:
        return self._entry.usable(self._clock.now(), stale)

    def _mint_once(self) -> None:
        """Mint, or fail as it failed before: every thread of the run would else ask in its turn."""
        if self._failed is not None:
            raise self._failed
        try:
            self._mint()
        except RhythmconfError as error:
            self._failed = error
            raise

    def _mint(self) -> None:
        self._refuse_too_many()
        grant = issuer.mint(
            self._auth,
            clock=self._clock,
            counted=self._count,
            uncounted=self._uncount,
            ca_file=self._ca_file,
            transport=self._transport,
        )
        entry = self._entry.holding(grant.token, self._clock.now(), grant.lifetime_s)
        # It is paid for: where there is no room for it, it serves this run from memory.
        with suppress(AuthError):
            cache.write(self._file, entry)
        self._entry = entry

    def _count(self) -> None:
        """Beforehand: a mint that can't be counted is not asked for."""
        self._keep(self._entry.minted(self._clock.now()))

    def _uncount(self) -> None:
        with suppress(AuthError):
            self._keep(self._entry.unminted())

    def _keep(self, entry: cache.Entry) -> None:
        cache.write(self._file, entry)
        self._entry = entry

    def _refuse_too_many(self) -> None:
        limit = self._auth.max_mints_per_day
        today = sum(at > self._clock.now() - DAY_S for at in self._entry.mints)
        if limit is not None and today >= limit:
            raise AuthError(
                f"{today} tokens were minted in the last 24 hours: auth.max_mints_per_day permits no other.",
                help="Find out why tokens are refused or forgotten, hand one in by RHYTHMCONF_TOKEN, or wait.",
            )


def _sendable(token: str, what: str) -> str:
    """Refuse what would break the header, and be quoted in the error that says so."""
    if not SENDABLE.fullmatch(token):
        raise AuthError(f"{what} is not a token: it is empty, too long, or holds other than printable characters.")
    return token
