"""Say what a plan takes for the tenant's records where it asks no tenant: a snapshot and its age, or no records."""

from __future__ import annotations

from rhythmconf.flows import codes
from rhythmconf.model import Diagnostic, TenantState
from rhythmconf.model.moments import describe_moment, parse_moment
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment
from rhythmconf.tenant.live import EmptyTenant, Snapshot, Source

DAY_S = 86_400
"""From this age on, a snapshot is old."""
AHEAD_S = 3600
"""How far the clocks of two computers may be apart."""


def find_state(source: Source) -> TenantState | None:
    """Return what a source takes for the tenant's records; None for the tenant itself."""
    if isinstance(source, EmptyTenant):
        return TenantState("empty")
    return TenantState("snapshot", source.taken_at) if isinstance(source, Snapshot) else None


def warn_of_state(state: TenantState | None, environment: Environment, now: str) -> tuple[Diagnostic, ...]:
    """Warn of an old snapshot, or of an assumed empty tenant. `now` is the time of the plan."""
    if state is None:
        return ()
    if state.origin == "empty":
        return (
            Diagnostic(
                codes.TAKEN_AS_EMPTY,
                "the plan was made as if the tenant were empty: it adds every document, whatever the tenant holds",
                "warning",
                help=f"this plan can't be applied; plan against the tenant: rhythmconf plan --env {environment.name}",
            ),
        )
    age = _describe_age(state.taken_at, environment.calendar.zone, now)
    if not age:
        return ()
    return (
        Diagnostic(
            codes.OLD_SNAPSHOT,
            f"the plan was made from a snapshot of the tenant {age}",
            "warning",
            help="what was changed in the tenant since then is not in the plan; take a new snapshot: "
            f"rhythmconf pull --env {environment.name} --snapshot FILE",
        ),
    )


def _describe_age(taken_at: str, zone: str, now: str) -> str:
    """Return when a snapshot was taken and why that is a reason to doubt it; empty if it is not."""
    if not taken_at:
        return "of unknown age"
    age_s = (parse_moment(now) - parse_moment(taken_at)).total_seconds()
    moment = f"as of {describe_moment(taken_at, zone)}"
    if age_s < -AHEAD_S:
        return f"{moment}, which is later than the time on this computer"
    return f"{moment}, {counted(int(age_s // DAY_S), 'day')} old" if age_s > DAY_S else ""
