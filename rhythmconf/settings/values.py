"""The values of an environment, frozen. Their printed form contains no secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.settings.dialect import Dialect
from rhythmconf.settings.network import DIRECT, Network
from rhythmconf.settings.secret import Secret

DEFAULT_BASE_URL = "https://{module}.api.rhythmsoftware.com"
EMBEDDED_BASE_URL = "http://localhost/{module}"
"""The address in requests to an embedded tenant. It is reached without a socket, so the host is never looked up."""
DEFAULT_MODULE = "certifications"
DEFAULT_PLAN_AGE_DAYS = 7.0
AUDIENCE = "https://api.rhythmsoftware.com"


class GitState(NamedTuple):
    """Keep the lock and the run records in a git remote; an empty one is that which bases are exchanged with."""

    remote: str = ""


class BucketState(NamedTuple):
    """Keep the lock and the run records in a bucket of an object store, such as `s3://BUCKET/PREFIX`."""

    url: str


NO_SECRET = Secret("")
DEFAULT_DIALECT = Dialect()
DEFAULT_CALENDAR = CalendarSettings()


class Auth(NamedTuple):
    """How to get an access token: with client credentials from `domain`, or from `token_command`, which prints it."""

    domain: str = ""
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    audience: str = AUDIENCE
    token_command: str | None = None
    max_mints_per_day: int | None = None


class Environment(NamedTuple):
    """A tenant and how to reach it.

    `embedded` is the file of an emulated tenant, relative to the project, or `:memory:`; `people` is how many
    certifications are made up in it, and `seed` decides which. `base_url_setting` is where the base URL comes from, for
    messages. `freeze_hours` are the hours before a run in which nothing that it does may be changed. With `forecast`,
    plans count people; reports show no number of them below `small`. `state` is where the lock and
    the run records are shared; None where they stay on this computer.
    """

    name: str
    tenant: str
    protected: bool = False
    base_url: str = DEFAULT_BASE_URL
    base_url_setting: str = "base_url of the environment"
    embedded: str | None = None
    people: int = 0
    seed: int = 0
    auth: Auth | None = None
    token: Secret | None = None
    dialect: Dialect = DEFAULT_DIALECT
    calendar: CalendarSettings = DEFAULT_CALENDAR
    lint: Mapping[str, str] = {}
    max_plan_age_days: float = DEFAULT_PLAN_AGE_DAYS
    freeze_hours: float | None = None
    ca_file: str | None = None
    network: Network = DIRECT
    forecast: bool = False
    small: int = 0
    state: GitState | BucketState | None = None

    @property
    def address(self) -> str:
        """The address of the tenant for messages and fingerprints: its base URL, or `embedded:` and the file."""
        return self.base_url if self.embedded is None else f"embedded:{self.embedded}"

    @property
    def lag_s(self) -> float:
        """How many seconds a new record may be missing from lists; 0 for an embedded tenant."""
        return self.dialect.list_lag_s if self.embedded is None else 0.0
