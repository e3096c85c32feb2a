"""Say what is known of the tenant's records: how they were read, and who changed one last."""

from __future__ import annotations

from collections.abc import Callable

from rhythmconf.model import LastChange, Plan
from rhythmconf.model.moments import describe_moment
from rhythmconf.model.quoting import shown_name


def describe_state(plan: Plan) -> str:
    """Return what a plan was made from instead of the tenant; empty if the tenant was asked."""
    if plan.state is None:
        return ""
    if plan.state.origin == "empty":
        return "made as if the tenant were empty"
    if not plan.state.taken_at:
        return "made from a snapshot of the tenant of unknown age"
    return f"made from a snapshot of the tenant as of {describe_moment(plan.state.taken_at, plan.zone)}"


def describe_last_change(last_change: LastChange | None, zone: str, show: Callable[[str], str] = shown_name) -> str:
    """Return `last changed in the tenant: Wed 25 Nov 2026, 14:02 UTC, by user 5f1c`; empty where nothing is known.

    It doesn't say that this change made the difference: a record has one such time for all of its fields. `show` writes
    the ids, which may be any text.
    """
    if last_change is None or not (last_change.at or last_change.by):
        return ""
    texts = [
        describe_moment(last_change.at, zone, weekday=True) if last_change.at else "",
        f"by user {show(last_change.by)}" if last_change.by else "",
        f"while run {show(last_change.run)} of rhythmconf was writing" if last_change.run else "",
    ]
    return f"last changed in the tenant: {', '.join(filter(None, texts))}"
