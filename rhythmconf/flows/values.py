"""What the walk is given and gives: the project, the user's choices, what git knows; a plan and what it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.engine import plan as planning
from rhythmconf.model import Identity, Key, LiveState, Plan

if TYPE_CHECKING:
    from rhythmconf.engine.diff.threeway import BaseState


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decided for one plan: keys to delete, or to narrow it to; thresholds to lift.

    `base` is the revision that the user names as the base. With `retire`, what can be switched off is not deleted.
    `duplicates` are ids of records to delete of which another has the same mark.
    """

    prune: frozenset[Key] = frozenset()
    only: frozenset[Key] = frozenset()
    destroy: bool = False
    allow: planning.Allow = field(default_factory=lambda: planning.Allow())
    base: str | None = None
    retire: bool = False
    duplicates: frozenset[str] = frozenset()


class History(NamedTuple):
    """What git knows of an environment: its base, if there is one, the checked-out commit, and whether the work tree
    is as committed."""

    earlier: BaseState | None = None
    clean: bool = False
    commit: str | None = None


class Planned(NamedTuple):
    """A plan and what it was made from; `live` serves an apply in the same breath."""

    plan: Plan
    live: LiveState
    identity: Identity
