"""Values that flows take and return: the user's choices, what git knows, bounds of a run, and a plan."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from rhythmconf.engine import plan as planning
from rhythmconf.model import Diagnostic, Event, Identity, Key, LiveState, Plan

if TYPE_CHECKING:
    from rhythmconf.engine.diff import Difference
    from rhythmconf.engine.diff.threeway import BaseState

T = TypeVar("T")
Flow: TypeAlias = Generator[Event, None, T]
"""A flow yields Progress and Notice events, and returns a value."""


class KeyPattern(NamedTuple):
    """All keys of a kind whose names match a pattern with `*`, `?` and `[...]`; a whole kind has the pattern `*`."""

    kind: str
    names: str = "*"

    def __str__(self) -> str:
        return self.kind if self.names == "*" else f"{self.kind}/{self.names}"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decided for one plan: keys to delete, or to narrow it to; thresholds to lift.

    `only` and `matching` narrow it: to these keys, to those that match, and to what they depend on. `changed` narrows
    it to what the files changed since the base.
    `base` is the revision that the user names as the base. With `retire`, records that can be switched off are not
    deleted. `duplicates` are ids of records to delete, each one of two that carry the same mark. With
    `prune_duplicates`, all but the oldest of such records are deleted.
    """

    prune: frozenset[Key] = frozenset()
    only: frozenset[Key] = frozenset()
    matching: frozenset[KeyPattern] = frozenset()
    destroy: bool = False
    allow: planning.Allow = field(default_factory=lambda: planning.Allow())  # noqa: PLW0108
    base: str | None = None
    retire: bool = False
    duplicates: frozenset[str] = frozenset()
    prune_duplicates: bool = False
    changed: bool = False

    @property
    def narrowed(self) -> tuple[str, ...]:
        """Return the keys, kinds and patterns that the plan is narrowed to, sorted."""
        return tuple(sorted({*map(str, self.only), *map(str, self.matching)}))


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Bounds of a run: requests, seconds to wait for the lock, and the file of its run record.

    With `push_base` the base is pushed after a complete run, also where the project doesn't ask for it. With
    `ignore_freeze` the hours before a run don't count.
    """

    max_requests: int | None = None
    lock_timeout: float = 0.0
    journal: Path | None = None
    push_base: bool = False
    ignore_freeze: bool = False


class Reading(NamedTuple):
    """What a forecast may cost, and the templates and schedules that it is narrowed to; all if there are none.

    With `names`, it tells the names of so many people, which are kept nowhere. With `otherwise`, it also counts for the
    other readings of dates.
    """

    max_requests: int = 200
    keys: frozenset[Key] = frozenset()
    names: int = 0
    otherwise: bool = False


class History(NamedTuple):
    """What git knows of an environment: its base, the checked-out commit, and whether the work tree is committed.

    `base_time` is when the commit of the base was made, in seconds since 1970. `upstream` is the branch that the
    checked-out one comes from, and `lacks` counts its commits that are not here. Without a base, `remote` is where the
    branch comes from, or empty, and `fetch` is the command that fetches the bases of others; empty without a remote.
    `reshaped` has the files beside documents that have changed since the base and may concern every document.
    `diagnostics` are warnings about the checkout and the base.
    """

    base_state: BaseState | None = None
    clean: bool = False
    commit: str | None = None
    remote: str = ""
    fetch: str = ""
    base_time: float = 0.0
    upstream: str = ""
    lacks: int = 0
    reshaped: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Planned(NamedTuple):
    """A plan and what it was made from; `live` serves an apply that follows at once, `differences` a forecast."""

    plan: Plan
    live: LiveState
    identity: Identity
    differences: tuple[Difference, ...] = ()
