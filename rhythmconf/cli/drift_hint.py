"""Say how to keep what was changed in the tenant. A module of its own: a plan loads nothing of what applies one."""

from __future__ import annotations

from rhythmconf.cli.console import Console
from rhythmconf.engine import plan as planning
from rhythmconf.model import Plan


def hint_at_drift(console: Console, plan: Plan) -> None:
    """Say once how to keep what was changed in the tenant, where a plan would put it back."""
    if any(guard.name == planning.ABSENT and not guard.ok for guard in plan.guards):
        return  # nothing of the plan is drift: it may be the wrong tenant
    drifted = [
        change for change in plan.changes if change.side == "drift" or any(f.side == "drift" for f in change.fields)
    ]
    if any(change.action != "create" for change in drifted):
        keep = f"rhythmconf pull --env {plan.fingerprint.environment} --only-drift"
        console.hint([("dim", f"to keep what was changed in the tenant (drift), take it into the files: {keep}")])
    if any(change.action == "create" for change in drifted):
        console.hint([("dim", "if a record was deleted in the tenant on purpose, delete its document too")])
