"""What `doctor` looks at: the settings in force with their origin, the token, and each kind's list."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from rhythmconf.catalog import Kind
from rhythmconf.errors import AuthError, NotSent, RhythmconfError, TenantError
from rhythmconf.model import decode
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment, Settings
from rhythmconf.tenant.client import Client, TokenSource
from rhythmconf.tenant.doctor.values import Check, Setting

HIDDEN = ("token", "client_secret", "plan_key")


def list_settings(settings: Settings, environment: Environment) -> list[Setting]:
    """Every setting in force; secrets are only said to be set."""
    mine, others = f"environments.{environment.name}.", "environments."
    rows = []
    for dotted, origin in settings.origins.items():
        if dotted.startswith(mine):
            rows.append(Setting(dotted.removeprefix(mine), _value(environment, dotted.removeprefix(mine)), origin))
        elif not dotted.startswith(others):
            rows.append(Setting(dotted, _value(settings, dotted), origin))
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


def token(environment: Environment, source: TokenSource, minted: int) -> Check:
    """Get a token and describe it. `minted` is the number of tokens this computer minted this month."""
    try:
        text = source.token()
    except RhythmconfError as error:
        return _failed("token", error)
    count = "" if environment.embedded else f"; {counted(minted, 'token')} minted on this computer this month"
    return Check("token", ok=True, message=f"{_how(environment)}{_until(text)}{count}")


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


def lists(client: Client, kinds: Iterable[Kind]) -> Iterator[Check]:
    """List each kind. Stop at the first list that can't be reached: the others would take as long to fail."""
    for kind in kinds:
        try:
            count = sum(len(page) for page in client.list(kind))
        except TenantError as error:
            yield _failed(kind.name, error)
            if isinstance(error, NotSent):
                return
        else:
            yield Check(kind.name, ok=True, message=counted(count, "record"))


def _failed(name: str, error: RhythmconfError) -> Check:
    return Check(name, ok=False, message=error.message, help=error.help or "", exit_code=error.exit_code)


def exit_code(checks: Iterable[Check]) -> int:
    """Return the exit code of several checks: missing permission takes precedence over any other failure."""
    codes = {check.exit_code for check in checks}
    return AuthError.exit_code if AuthError.exit_code in codes else max(codes, default=0)
