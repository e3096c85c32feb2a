"""What a worker is told to do for one member. It is pickled, so it holds no secret."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from rhythmconf.flows.pull import PullChoices
from rhythmconf.flows.values import Planned
from rhythmconf.model.fleet import MemberSummary
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project

FleetAction: TypeAlias = Literal["validate", "plan", "drift", "status", "apply", "pull"]


class Task(NamedTuple):
    """What to do for each member of a fleet.

    With `first_use`, access settings of a project that was never used here need no answer. With `plans`, the plan of
    each member is saved in that folder, and with `forecast` it has one. `pull` says what to pull and where it goes.
    """

    action: FleetAction
    first_use: bool = False
    plans: Path | None = None
    forecast: bool = False
    pull: PullChoices | None = None

    @property
    def writes(self) -> bool:
        """Whether files of the members are written."""
        return self.pull is not None and not self.pull.dry_run


class Order(NamedTuple):
    """One member and what to do for it.

    `folder` is the absolute path of the project, `shown` the same as the user would type it after -C. A plan is saved
    in `plan_file`, or applied from there if the file has the SHA-256 `digest`. With `resume`, an earlier order may have
    applied it or a part of it; one that is still at work is waited for up to `lock_timeout` seconds. The rest is as in
    the task.
    """

    action: FleetAction
    name: str
    project: str
    folder: str
    shown: str
    environment: str
    first_use: bool = False
    plan_file: str = ""
    digest: str = ""
    resume: bool = False
    lock_timeout: float = 0.0
    forecast: bool = False
    pull: PullChoices | None = None


Work: TypeAlias = Callable[[Order], MemberSummary]
Show: TypeAlias = Callable[[Order, Planned, Project, Environment], str]


class Engine(NamedTuple):
    """Where orders are carried out. `open` makes an executor; `slots` says how many orders it takes at a time now."""

    open: Callable[[], Executor]
    slots: Callable[[], int]
