"""Say what is known of the tenant's records: how they were read."""

from __future__ import annotations

from rhythmconf.model import Plan
from rhythmconf.model.moments import describe_moment


def describe_state(plan: Plan) -> str:
    """Return what a plan was made from instead of the tenant; empty if the tenant was asked."""
    if plan.state is None:
        return ""
    if plan.state.origin == "empty":
        return "made as if the tenant were empty"
    if not plan.state.taken_at:
        return "made from a snapshot of the tenant of unknown age"
    return f"made from a snapshot of the tenant as of {describe_moment(plan.state.taken_at, plan.zone)}"
