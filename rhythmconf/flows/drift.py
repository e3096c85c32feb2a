"""Find drift: what the tenant has differently from the files, other than work that isn't applied yet."""

from __future__ import annotations

from rhythmconf.engine import plan as planning
from rhythmconf.flows import codes
from rhythmconf.flows.base_warnings import warn_of_missing
from rhythmconf.flows.plan import plan
from rhythmconf.flows.values import Choices, Flow, Planned
from rhythmconf.flows.without_key import describe_without_key, find_without_key
from rhythmconf.model import Change, Diagnostic, Notice
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project


def drift(project: Project, environment: Environment, choices: Choices | None = None) -> Flow[Planned]:
    """Plan an environment, and leave out the changes that only the files have made since the base.

    What an applied commit has changed that this checkout lacks is left out too: `diagnostics` name the commit. Notices
    name the records without a document.
    """
    planned = yield from plan(project, environment, choices)
    whole = planned.plan
    behind = () if any(one.code == codes.BEHIND for one in whole.diagnostics) else (*warn_of_missing(whole.base),)
    yield Notice(diagnostics=behind, severity="warning")
    created: list[Diagnostic] = []
    if not (choices and choices.narrowed):
        for message in describe_without_key(find_without_key(planned.identity, planned.live), environment.name):
            yield Notice(message)
            created.append(Diagnostic(codes.NO_DOCUMENT, message, "note"))
    changes = tuple(change for change in whole.changes if _is_drift(change))
    subjects = {str(change.key) for change in changes}
    guards = tuple(guard for guard in whole.guards if guard.ok or guard.subject in subjects)
    summary = planning.summarise(changes, whole.summary.unchanged)
    diagnostics = (*whole.diagnostics, *behind, *created)
    # The effects are those of the whole plan, which nobody asked about.
    drifted = whole._replace(changes=changes, guards=guards, summary=summary, diagnostics=diagnostics, effects=None)
    return planned._replace(plan=drifted)


def _is_drift(change: Change) -> bool:
    if change.side != "behind":
        return change.side != "yours"
    return any(field.side == "drift" for field in change.fields)
