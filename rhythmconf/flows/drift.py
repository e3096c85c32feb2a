"""Find drift: what the tenant has differently from the files, other than work that isn't applied yet."""

from __future__ import annotations

from rhythmconf.engine import plan as planning
from rhythmconf.flows.plan import plan
from rhythmconf.flows.values import Choices, Flow, Planned
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project


def drift(project: Project, environment: Environment, choices: Choices | None = None) -> Flow[Planned]:
    """Plan an environment, and leave out the changes that only the files have made since the base."""
    planned = yield from plan(project, environment, choices)
    whole = planned.plan
    changes = tuple(change for change in whole.changes if change.side != "yours")
    subjects = {str(change.key) for change in changes}
    guards = tuple(guard for guard in whole.guards if guard.ok or guard.subject in subjects)
    summary = planning.summarise(changes, whole.summary.unchanged)
    return planned._replace(plan=whole._replace(changes=changes, guards=guards, summary=summary))
