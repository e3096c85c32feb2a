"""The checks of `doctor`: list the settings with their origin, get a token, list every kind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from rhythmconf.catalog import Kind
from rhythmconf.catalog.undeclared import Survey
from rhythmconf.catalog.unknown import find_unknown_fields
from rhythmconf.errors import AuthError, NotSent, RhythmconfError, SettingsError, TenantError
from rhythmconf.model import Body, decode
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment, Settings
from rhythmconf.settings.values import DEFAULT_MODULE
from rhythmconf.tenant.client import Client
from rhythmconf.tenant.client.redact import SHORTEST, is_short
from rhythmconf.tenant.doctor.values import Check, Setting

SECRETS = ("token", "client_secret", "plan_key")
MEMBERS = {"max_plan_age": "max_plan_age_days"}
"""The settings whose member in the values has another name than in the project file."""
UNITS = {"max_plan_age": "days", "dialect.list_lag_s": "seconds"}
"""The settings that are a number of something."""
ENVIRONMENT = "environment"
"""The row of the environment in force: what a flag, a variable or `default_environment` names."""


def list_settings(settings: Settings, environment: Environment) -> list[Setting]:
    """Return every setting that has a value, for one environment. Secrets are shown only as `set`."""
    prefix = f"environments.{environment.name}."
    rows = []
    for path, origin in settings.origins.items():
        if path.startswith(prefix):
            name = path.removeprefix(prefix)
            rows.append(Setting(name, _format_value(environment, name), origin))
        elif not path.startswith("environments."):
            name = ENVIRONMENT if path == "default_environment" else path
            rows.append(Setting(name, _format_value(settings, path), origin))
    return [row for row in [*rows, *list_network(environment)] if row.value]


def list_network(environment: Environment) -> Iterator[Setting]:
    """Yield how the tenant and the issuer are reached, and who vouches for them, where a variable decides that."""
    if environment.embedded is not None:
        return
    network, auth = environment.network, environment.auth
    urls = {"proxy": environment.base_url.replace("{module}", DEFAULT_MODULE)}
    if auth is not None and auth.domain and environment.token is None:
        urls["auth.proxy"] = auth.domain if auth.domain.startswith("http://") else f"https://{auth.domain}"
    for name, url in urls.items():
        try:
            route = network.explain_route(url)
        except SettingsError as error:
            route = error.message, str(error.where)
        if route is not None:
            yield Setting(name, route[0], f"variable {route[1]}")
    if network.certificates is not None:
        files, variables = network.certificates
        yield Setting("certificates", files, f"variable {variables}")


def _format_value(owner: Settings | Environment, path: str) -> str:
    """Return the value of a setting as text, or "" if it has none."""
    value: object = owner
    for name in path.split("."):
        member = MEMBERS.get(name, name)
        value = value.get(member) if isinstance(value, Mapping) else getattr(value, member, None)
    # A named tuple is a section such as `auth`: its members have rows of their own.
    if value is None or value in ((), "") or hasattr(value, "_fields"):
        return ""
    if path.rpartition(".")[2] in SECRETS:
        return "set" if str(value) else ""
    if isinstance(value, tuple | Mapping):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g} {UNITS[path]}" if path in UNITS and isinstance(value, int | float) else str(value)


def check_token(environment: Environment, get_token: Callable[[], str], count_minted: Callable[[], int]) -> Check:
    """Get a token and describe it. Any error of the two functions is the message of a failed check.

    `count_minted` returns how many tokens this computer has requested this month. It is called second, so that it
    counts a token that `get_token` has just requested.
    """
    try:
        token = get_token()
        minted = count_minted()
    except RhythmconfError as error:
        return _failed_check("token", error)
    count = "" if environment.embedded else f"; {counted(minted, 'token')} requested on this computer this month"
    short = environment.embedded is None and is_short(token)
    length = f" (fewer than {SHORTEST} characters: messages can't hide it wherever it occurs)" if short else ""
    return Check("token", ok=True, message=f"{_describe_source(environment)}{length}{_describe_expiry(token)}{count}")


def _describe_source(environment: Environment) -> str:
    auth = environment.auth
    if environment.token is not None:
        return "given in RHYTHMCONF_TOKEN"
    if environment.embedded is not None or auth is None:
        return "not needed, the tenant is embedded"
    return "printed by token_command" if auth.token_command else f"by client credentials from {auth.domain}"


def _describe_expiry(token: str) -> str:
    """Return when a JSON web token (RFC 7519) expires, or "" for another token. The signature is not verified."""
    try:
        payload = token.split(".")[1]
        claims = decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return ""
    expiry = claims.get("exp") if isinstance(claims, dict) else None
    return f", valid until {datetime.fromtimestamp(expiry, UTC):%Y-%m-%d %H:%M} UTC" if isinstance(expiry, int) else ""


def check_lists(client: Client, kinds: Iterable[Kind]) -> Iterator[Check]:
    """List each kind that has a list. After one that can't be reached, stop: the others would take as long to fail."""
    for kind in kinds:
        if not kind.can("get" if kind.is_singleton else "list"):
            continue
        try:
            found = _look_through(client, kind)
        except TenantError as error:
            yield _failed_check(kind.name, error)
            if isinstance(error, NotSent):
                return
        else:
            yield found


def _look_through(client: Client, kind: Kind) -> Check:
    """Count the records of a kind, and find what its schema doesn't know. One page is in memory at a time."""
    count = 0
    survey = Survey(kind)

    def records() -> Iterator[tuple[str, Body]]:
        nonlocal count
        for page in client.list(kind):
            count += len(page)
            for record in page:
                survey.add(record)
                yield str(record.get("id")), record

    unknown = tuple(find_unknown_fields(kind, records()))
    return Check(
        kind.name,
        ok=True,
        message=counted(count, "record"),
        unknown=unknown,
        undeclared=survey.values,
        notes=survey.notes,
        notes_file=kind.notes_file,
    )


def _failed_check(name: str, error: RhythmconfError) -> Check:
    return Check(name, ok=False, message=error.message, help=error.help or "", exit_code=error.exit_code)


def exit_code(checks: Iterable[Check]) -> int:
    """Return the exit code of several checks: missing permission takes precedence over any other failure."""
    codes = {check.exit_code for check in checks}
    return AuthError.exit_code if AuthError.exit_code in codes else max(codes, default=0)
