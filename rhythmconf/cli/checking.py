"""What `doctor` looks at: the settings in force with their origin, the token, and each kind's list."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from rhythmconf import client
from rhythmconf.catalog import Catalog, Kind
from rhythmconf.cli.tenant import CLOCK, connect, tokens
from rhythmconf.client import Client
from rhythmconf.errors import AuthError, NotSent, RhythmconfError, TenantError
from rhythmconf.model import decode
from rhythmconf.report.checkup import Look, Row
from rhythmconf.report.facts import counted
from rhythmconf.settings import Environment, Settings

HIDDEN = ("token", "client_secret", "plan_key")


def settings(known: Settings, environment: Environment) -> list[Row]:
    """Every setting in force; secrets are only said to be set."""
    mine, others = f"environments.{environment.name}.", "environments."
    rows = []
    for dotted, origin in known.origins.items():
        if dotted.startswith(mine):
            rows.append(Row(dotted.removeprefix(mine), _value(environment, dotted.removeprefix(mine)), origin))
        elif not dotted.startswith(others):
            rows.append(Row(dotted, _value(known, dotted), origin))
    return [row for row in rows if row.value]


def _value(owner: object, dotted: str) -> str:
    """The value of a setting in words; empty where it has none."""
    for name in dotted.split("."):
        owner = getattr(owner, {"max_plan_age": "max_plan_age_days"}.get(name, name), None)
    if owner is None or owner == () or owner == "":
        return ""
    if dotted.rpartition(".")[2] in HIDDEN:
        return "set" if str(owner) else ""
    if isinstance(owner, tuple):
        return ", ".join(map(str, owner))
    return str(owner).lower() if isinstance(owner, bool) else "" if dataclasses.is_dataclass(owner) else str(owner)


def looks(known: Settings, catalog: Catalog, environment: Environment) -> Iterator[tuple[Look, int]]:
    """Each check with its exit code; without a token, nothing else can be looked at."""
    look, code = _token(known, environment)
    yield look, code
    if look.ok:
        with connect(known, catalog, environment) as door:
            yield from _lists(door, catalog.kinds.values())


def _token(known: Settings, environment: Environment) -> tuple[Look, int]:
    try:
        token = tokens(known, environment).token()
        minted = client.mints_this_month(known.cache_dir, CLOCK.now())
    except RhythmconfError as error:
        return _wrong("token", error)
    count = "" if environment.embedded else f"; {counted(minted, 'token')} minted on this computer this month"
    return Look("token", ok=True, words=f"{_how(environment)}{_until(token)}{count}"), 0


def _how(environment: Environment) -> str:
    auth = environment.auth
    if environment.token is not None:
        return "handed in by RHYTHMCONF_TOKEN"
    if environment.embedded is not None or auth is None:
        return "none is needed, the tenant is embedded"
    return "printed by token_command" if auth.token_command else f"by client credentials at {auth.domain}"


def _until(token: str) -> str:
    """When a token ends, as far as it says so itself: Rhythm's are JSON web tokens. It is not verified here."""
    try:
        part = token.split(".")[1]
        claims = decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return ""
    end = claims.get("exp") if isinstance(claims, dict) else None
    return f", valid until {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC" if isinstance(end, int) else ""


def _lists(door: Client, kinds: Iterable[Kind]) -> Iterator[tuple[Look, int]]:
    """Each kind's list, until one finds nobody there: the others would take as long to say the same."""
    for kind in kinds:
        try:
            count = sum(len(page) for page in door.list(kind))
        except TenantError as error:
            yield _wrong(kind.name, error)
            if isinstance(error, NotSent):
                return
        else:
            yield Look(kind.name, ok=True, words=counted(count, "record")), 0


def _wrong(name: str, error: RhythmconfError) -> tuple[Look, int]:
    return Look(name, ok=False, words=error.message, help=error.help or ""), error.exit_code


def worst(codes: Iterable[int]) -> int:
    """The exit code of several checks: no permission before any other failure."""
    found = set(codes)
    return AuthError.exit_code if AuthError.exit_code in found else max(found, default=0)
