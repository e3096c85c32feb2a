"""Find what the files declare differently than at the base, for `--changed`.

Both sides are resolved documents, so it doesn't matter in which file a value is: a document, an overlay, a text file or
the bindings. A file beside these shapes every document: where one has changed, everything is planned.
"""

from __future__ import annotations

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff.threeway import BaseState, ForkState
from rhythmconf.flows import codes
from rhythmconf.flows.selection import dependencies
from rhythmconf.flows.values import History
from rhythmconf.model import Bindings, DesiredState, Diagnostic, Key, Resource, same
from rhythmconf.model.plural import joined


def find_changed(state: DesiredState, base_state: BaseState, bindings: Bindings, catalog: Catalog) -> frozenset[Key]:
    """Return the keys of the documents that are new or differ from the base, or from the commit shared with it.

    A key that is bound to another record changes what refers to it, too.
    """
    earlier = ForkState(base_state.state, base_state.bindings)
    if not base_state.base.descends:
        earlier = base_state.fork or ForkState(DesiredState({}), {})
    keys = earlier.bindings.keys() | bindings.keys()
    rebound = {key for key in keys if earlier.bindings.get(key) != bindings.get(key)}
    return frozenset(
        key
        for key, resource in state.resources.items()
        if _differs(earlier.state.resources.get(key), resource)
        or key in rebound
        or (rebound and not rebound.isdisjoint(dependencies(catalog.kind(key.kind), resource.body)))
    )


def compared_commit(base_state: BaseState) -> str:
    """Return the commit whose documents `find_changed` compares with; empty where the histories share none."""
    base = base_state.base
    return base.commit if base.descends else base.fork or ""


def why_everything(history: History) -> str:
    """Return why nothing shows which documents have changed; empty where the base does."""
    if history.base_state is None:
        return "there is no base to compare the documents with"
    if history.reshaped:
        files = joined([*history.reshaped])
        return f"{files} changed since {compared_commit(history.base_state)[:7]}, which may concern every document"
    return ""


def warn_of_everything(history: History) -> Diagnostic:
    """Return the warning that a plan of what has changed became one of everything."""
    return Diagnostic(
        codes.EVERYTHING_PLANNED,
        f"--changed: everything was planned, because {why_everything(history)}",
        "warning",
        help="The plan is right, and reads every kind. A complete apply sets the base; `--base REV` names one."
        if history.base_state is None
        else "The plan is right, and reads every kind. After the next complete apply `--changed` reads less again.",
    )


def _differs(earlier: Resource | None, resource: Resource) -> bool:
    """Tell whether a document has changed in anything but its place in the files."""
    return (
        earlier is None
        or not same(earlier.body, resource.body)
        or (earlier.protect, earlier.moved, earlier.unmanaged) != (resource.protect, resource.moved, resource.unmanaged)
    )
