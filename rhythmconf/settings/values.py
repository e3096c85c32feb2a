"""What the project file says of an environment, as frozen values whose printed form holds no secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

DEFAULT_BASE_URL = "https://{module}.api.rhythmsoftware.com"
EMBEDDED_BASE_URL = "http://localhost/{module}"
"""What requests to an embedded tenant name; it is reached without a socket, so nothing ever resolves it."""
DEFAULT_MODULE = "certifications"
DEFAULT_PLAN_AGE_DAYS = 7.0
MEMORY = ":memory:"
"""What `embedded` says for a tenant that ends with the process."""
AUDIENCE = "https://api.rhythmsoftware.com"


class Secret:
    """A text that must not be seen: only `reveal()` gives it, no printed form does."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written to files")


NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the public documents of the API leave open, each with a safe default (docs: dialects)."""

    list: Literal["auto", "array", "envelope"] = "auto"
    external_id: Literal["writable", "read-only"] = "writable"
    batch: Literal["patch+delete", "patch+delete+create", "none"] = "patch+delete"
    batch_results: Literal["verify", "by-id", "by-order"] = "verify"
    guard: Literal["values", "version", "read"] = "values"
    patch_values: Literal["json", "string"] = "json"
    patch_ops: Literal["basic", "all"] = "basic"
    off_options: Literal["omit", "empty", "null"] = "omit"
    empty_lists: Literal["same-as-absent", "distinct"] = "same-as-absent"
    list_lag_s: float = 5

    @classmethod
    def choices(cls) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each setting with its permitted words, the default first; none for `list_lag_s`, a number of seconds."""
        hints = get_type_hints(cls)
        return ((member.name, get_args(hints[member.name])) for member in fields(cls))


@dataclass(frozen=True, slots=True)
class Auth:
    """How a token is had: by client credentials at `domain`, or printed by `token_command`."""

    domain: str = ""
    client_id: str = ""
    client_secret: Secret = NO_SECRET
    audience: str = AUDIENCE
    token_command: str | None = None
    max_mints_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """One tenant and how to reach it. `embedded` is a project-relative file (or `:memory:`) of an emulated tenant."""

    name: str
    tenant: str
    protected: bool = False
    base_url: str = DEFAULT_BASE_URL
    embedded: str | None = None
    auth: Auth | None = None
    token: Secret | None = None
    dialect: Dialect = Dialect()
    max_plan_age_days: float = DEFAULT_PLAN_AGE_DAYS
    ca_file: str | None = None

    @property
    def address(self) -> str:
        """Where the tenant is, for people and fingerprints: its base URL, or `embedded:` and the file."""
        return self.base_url if self.embedded is None else f"embedded:{self.embedded}"

    @property
    def lag_s(self) -> float:
        """How many seconds lists may lack a new record. An embedded tenant lists at once."""
        return self.dialect.list_lag_s if self.embedded is None else 0.0
