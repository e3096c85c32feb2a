"""Add to a plan who changed the records last that were changed in the tenant, and when, as the tenant says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from rhythmconf.engine import journal
from rhythmconf.engine.journal import RunSummary
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Identity, Key, LastChange, LiveState, Plan, Side
from rhythmconf.model.moments import normalise_moment, parse_moment

AT = "sys_last_modified_at"
BY = "sys_last_modified_by_id"
SIDES: tuple[Side, ...] = ("conflict", "behind", "drift")
"""The sides of changes in which somebody changed the record in the tenant."""
SLACK = timedelta(minutes=5)
"""How far the clocks of the tenant and of this computer may be apart."""


def add_last_changes(plan: Plan, identity: Identity, live: LiveState, runs: Iterable[RunSummary]) -> Plan:
    """Add the last change of the record to each change that somebody may have made in the tenant.

    `runs` are those of rhythmconf that are on record here: what a run wrote last is named as its work.
    """
    concerned = {change.key: change.id for change in plan.changes if change.side in SIDES}
    concerned |= {agreed.key: identity.ids.get(agreed.key) for agreed in plan.both}
    if not concerned:
        return plan
    wanted = {(key.kind, id): key for key, id in concerned.items()}
    bodies = {
        wanted[kind, record.id]: record.body
        for kind in {key.kind for key in concerned}
        for record in live.records.get(kind, ())
        if (kind, record.id) in wanted
    }
    last = {key: last_change for key, body in bodies.items() if (last_change := _read(body))}
    last = dict(_name_runs(last, runs)) if last else last
    return plan._replace(
        changes=tuple(
            change._replace(last_change=last.get(change.key)) if change.key in concerned else change
            for change in plan.changes
        ),
        both=tuple(agreed._replace(last_change=last.get(agreed.key)) for agreed in plan.both),
    )


def _read(body: Body) -> LastChange | None:
    by = body.get(BY)
    last_change = LastChange(normalise_moment(body.get(AT)), by if isinstance(by, str) else "")
    return last_change if any(last_change) else None


def _name_runs(last: dict[Key, LastChange], runs: Iterable[RunSummary]) -> Iterator[tuple[Key, LastChange]]:
    """Yield each last change, with the run that wrote to its record at that time, if there was one.

    Only runs that can have done so are read whole. Runs come with the newest first, and one ends before the next.
    """
    moments = {key: parse_moment(last_change.at) for key, last_change in last.items() if last_change.at}
    names: dict[Key, str] = {}
    next_start: datetime | None = None
    for run in runs if moments else ():
        started = normalise_moment(run.header.started_at)
        if not started:
            continue
        start = parse_moment(started)
        if any(start - SLACK <= at and (next_start is None or at <= next_start + SLACK) for at in moments.values()):
            for key in _find_written(run, moments):
                names.setdefault(key, run.header.run)
        if start < min(moments.values()) - SLACK:
            break
        next_start = start
    for key, last_change in last.items():
        yield key, last_change._replace(run=names.get(key, ""))


def _find_written(run: RunSummary, moments: Mapping[Key, datetime]) -> Iterator[Key]:
    """Yield the keys to which a run wrote at these times, as far as clocks agree."""
    with suppress(RhythmconfError):
        for key, answered in journal.read(run.path).answered_at.items():
            at = normalise_moment(answered)
            if key in moments and at and abs(parse_moment(at) - moments[key]) <= SLACK:
                yield key
