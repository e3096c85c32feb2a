"""Sum up what came of an order for one member: its counts, or why it failed, and the command that shows more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from shlex import quote

from rhythmconf.engine.pull import LAYOUT
from rhythmconf.errors import AuthError, Incomplete, Interrupted, Refused, RhythmconfError
from rhythmconf.flows.fleet.values import FleetAction, Order
from rhythmconf.flows.validate import Invalid
from rhythmconf.model import Change, Diagnostic, Json, Missing, Plan, canonical, checksum
from rhythmconf.model.fleet import OUTLINED, MemberForecast, MemberState, MemberSummary
from rhythmconf.model.values import Risk
from rhythmconf.settings import Environment

STATES: Mapping[int, MemberState] = {
    Refused.exit_code: "refused",
    AuthError.exit_code: "denied",
    Incomplete.exit_code: "unfinished",
    Interrupted.exit_code: "unfinished",
}


def summarise_plan(order: Order, planned: Plan, code: int) -> MemberSummary:
    """Return the summary of a plan."""
    counts, changes, forecast = planned.summary, planned.changes, planned.forecast
    refusing = [guard for guard in planned.guards if not guard.ok]
    return MemberSummary(
        order.name,
        order.project,
        planned.fingerprint.environment,
        "changes" if changes else "unchanged",
        code=code,
        tenant=planned.fingerprint.tenant,
        create=counts.create,
        update=counts.update,
        delete=counts.delete,
        adopt=counts.adopt,
        risks=_risks(changes),
        guards=len(refusing),
        conflicts=sum(field.side == "conflict" for change in changes for field in change.fields),
        findings=sum(diagnostic.severity == "warning" for diagnostic in planned.diagnostics),
        command=describe_command(order) if changes else "",
        equal=_digest_plan(changes),
        outline=tuple(f"{change.action} {planned.names.key(change.key)}" for change in changes[:OUTLINED]),
        forecast=MemberForecast(forecast.totals, tuple(one.reason for one in forecast.unknown), forecast.small)
        if forecast
        else None,
    )


def _risks(changes: tuple[Change, ...]) -> tuple[Risk, ...]:
    return tuple(sorted({field.risk for change in changes for field in change.fields if field.risk}))


def _digest_plan(changes: tuple[Change, ...]) -> str:
    """Return a digest of the changes of a plan, without ids and old versions."""
    return digest_changes(
        [
            str(change.key),
            change.action,
            sorted([field.name, _value(field.old), _value(field.new)] for field in change.fields),  # type: ignore[list-item]
        ]
        for change in changes
    )


def digest_changes(changes: Iterable[list[Json]]) -> str:
    """Return a digest that is the same for the same changes in several tenants; nothing for no changes."""
    listed: list[Json] = [*changes]
    return checksum(canonical(listed)).hex()[:16] if listed else ""


def _value(value: object) -> str:
    return "" if isinstance(value, Missing) else canonical(value).decode("utf-8", "surrogatepass")  # type: ignore[arg-type]


def summarise_error(order: Order, error: RhythmconfError) -> MemberSummary:
    """Return the summary of a member that an error has stopped."""
    return add_error(MemberSummary(order.name, order.project, order.environment, "failed"), error)._replace(
        command=describe_command(order)
    )


def add_error(summary: MemberSummary, error: RhythmconfError) -> MemberSummary:
    """Add the reason, with its place: of the first diagnostic where the error sums up several."""
    first: Diagnostic | None = next(iter(error.diagnostics), None)
    where = error.where or (first.location if first else None)
    place = f"{where}: " if where else ""
    message = first.message if first and isinstance(error, Invalid) else error.message
    more = f", and {len(error.diagnostics) - 1} more" if isinstance(error, Invalid) and error.diagnostics[1:] else ""
    return summary._replace(
        state=STATES.get(error.exit_code, "failed"),
        code=error.exit_code,
        reason=f"{place}{message}{more}".replace("\n", " "),
        diagnostic=str(first.code if first and isinstance(error, Invalid) else error.code),
    )


def begin(order: Order, environment: Environment, state: MemberState) -> MemberSummary:
    """Return a summary of a member without any counts."""
    return MemberSummary(order.name, order.project, environment.name, state, tenant=environment.tenant)


COMMANDS: Mapping[FleetAction, str] = {
    "validate": "validate",
    "plan": "plan",
    "drift": "drift",
    "status": "history",
    "apply": "plan",
    "pull": "pull",
}
"""The command that shows more of one tenant."""


def describe_command(order: Order) -> str:
    """Return the command that shows more of a member."""
    environment = f" --env {order.environment}" if order.environment else ""
    choices = "".join(f" {argument}" for argument in _list_arguments(order))
    return f"rhythmconf {COMMANDS[order.action]}{choices} -C {quote(order.shown)}{environment}"


def _list_arguments(order: Order) -> Iterator[str]:
    """Yield the arguments of the command for one member that the user gave for the fleet."""
    if order.forecast:
        yield "--forecast"
    if order.pull is not None:
        yield from map(quote, order.pull.what)
        for name in ("as_overlay", "only_drift", "no_base", "dry_run"):
            if getattr(order.pull, name):
                yield f"--{name.replace('_', '-')}"
        if order.pull.layout != LAYOUT:
            yield f"--layout {quote(order.pull.layout)}"
