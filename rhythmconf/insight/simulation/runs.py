"""Do and prepare the billing runs of a day.

A run is a copy of its template from the day on which it is prepared: later changes of the template don't reach it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from rhythmconf.insight.simulation.live_setup import LiveSetup, schedules_with_runs
from rhythmconf.insight.simulation.touching import KINDS, changes_of, find_touched
from rhythmconf.insight.windows import Schedule
from rhythmconf.insight.windows.running import lead_days, runs_of
from rhythmconf.insight.windows.schedules import prepared_on
from rhythmconf.insight.windows.values import Step
from rhythmconf.model import Body, Json, at
from rhythmconf.tenant.emulator.members.names import ACTION, RUN
from rhythmconf.tenant.emulator.members.values import Member, Outcome

PREPARED, COMPLETE = "prepared", "complete"
"""The statuses of runs. The API documents no value."""

_NOTICES = {
    "certifications": ("certification_id", "certification_notice_id"),
    "applications": ("application_id", "application_notice_id"),
}
_NOTICE_FIELDS = ("reminder_notice_id", "drop_notice_id", "application_notice_id")

Members = Mapping[str, Sequence[Body]]
"""All members by their kind."""


def run_day(tenant: LiveSetup, day: date, ahead: int | None, now: str) -> Outcome:
    """Do the runs of a day that are not done yet, then prepare later ones.

    All runs of the day take the members as they were before it. A prepared run is prepared as early as its schedule
    says, or `ahead` days before it.
    """
    existing = {str(run["id"]): run for run in tenant.live(RUN)}
    members = {kind: tenant.live(kind) for kind in KINDS.values()}
    done: list[Body] = []
    actions: list[Body] = []
    changed: dict[tuple[str, str], Body] = {}
    for run in _find_due(tenant, day, existing, now):
        made = list(_act(tenant, run, members, now))
        done.append(run | {"status": COMPLETE, "run_date": day.isoformat(), **_refreshed(made, now)})
        for kind, member, action, changes in made:
            actions.append(action)
            known = changed.setdefault((kind, str(member["id"])), member)
            changed[kind, str(member["id"])] = known | changes | _sent(known, action, day)
    later = {kind: [changed.get((kind, str(body["id"])), body) for body in bodies] for kind, bodies in members.items()}
    prepared: list[Body] = []
    for run in _find_later(tenant, day, ahead, existing, now):
        made = list(_act(tenant, run, later, now))
        prepared.append(run | _refreshed(made, now))
        actions += [action for _, _, action, _ in made]
    return Outcome((*done, *prepared), _records([*done, *prepared], actions, changed), _stale(tenant, done, actions))


def prepare_one(tenant: LiveSetup, template: Body, day: date, now: str) -> Outcome:
    """Prepare one run of a template on a day, which belongs to no schedule."""
    taken = {run["id"] for run in tenant.live(RUN)}
    number = next(n for n in range(1, len(taken) + 2) if _id(str(template["id"]), day, n) not in taken)
    run = _make_run(tenant, template, _id(str(template["id"]), day, number), day, day, now)
    made = list(_act(tenant, run, {kind: tenant.live(kind) for kind in KINDS.values()}, now))
    run |= _refreshed(made, now)
    return Outcome((run,), _records([run], [action for _, _, action, _ in made], {}))


def _records(
    runs: Sequence[Body], actions: Sequence[Body], changed: Mapping[tuple[str, str], Body]
) -> tuple[Member, ...]:
    return (
        *(Member(RUN, run) for run in runs),
        *(Member(ACTION, action) for action in actions),
        *(Member(kind, member) for (kind, _), member in changed.items()),
    )


def _find_due(tenant: LiveSetup, day: date, existing: Mapping[str, Body], now: str) -> Iterator[Body]:
    """Yield the runs of a day: those that were prepared for it, and those of schedules that were not."""
    for run in existing.values():
        if not run.get("run_date") and run.get("scheduled_run_date") == day.isoformat():
            yield run
    for schedule, id, template in schedules_with_runs(tenant):
        for number, _ in enumerate(runs_of(schedule, day, day, tenant.settings), 1):
            if (name := _id(id, day, number)) not in existing:
                yield _make_scheduled(tenant, schedule, id, template, name, day, now)


def _find_later(
    tenant: LiveSetup, day: date, ahead: int | None, existing: Mapping[str, Body], now: str
) -> Iterator[Body]:
    """Yield the runs after a day that are to be prepared on it and were not yet."""
    for schedule, id, template in schedules_with_runs(tenant):
        most = lead_days(schedule.lead) if ahead is None else ahead
        numbers = Counter[date]()
        for run, _ in runs_of(schedule, day + timedelta(1), day + timedelta(most), tenant.settings):
            numbers[run] += 1
            early = ahead is not None or prepared_on(run, schedule.lead) <= day
            if early and (name := _id(id, run, numbers[run])) not in existing:
                yield _make_scheduled(tenant, schedule, id, template, name, run, now)


def _id(owner: str, day: date, number: int) -> str:
    return f"run-{owner}-{day.isoformat()}" + (f"-{number}" if number > 1 else "")


def _make_scheduled(
    tenant: LiveSetup, schedule: Schedule, id: str, template: Body, name: str, day: date, now: str
) -> Body:
    run = _make_run(tenant, template, name, day, prepared_on(day, schedule.lead), now)
    return run | {"recurring_billing_run_id": id}


def _make_run(tenant: LiveSetup, template: Body, id: str, day: date, prepared: date, now: str) -> Body:
    """Return a new run: a copy of the template's switches and options."""
    copied: Body = {}
    for place in tenant.catalog.kind("certifications/billingTemplate").steps:
        copied |= {name: template[name] for name in (place.switch, place.option) if name in template}
    return {
        "id": id,
        "template_id": template["id"],
        "status": PREPARED,
        "scheduled_preprocessing_date": prepared.isoformat(),
        "preprocessing_date": now,
        "scheduled_run_date": day.isoformat(),
        **copied,
    }


def _act(tenant: LiveSetup, run: Body, members: Members, now: str) -> Iterator[tuple[str, Body, Body, Body]]:
    """Yield what a run does: kind and record of a member, the action, and the fields of the member that it sets."""
    day = date.fromisoformat(str(run["scheduled_run_date"]))
    prepared = tenant.day_of(run.get("scheduled_preprocessing_date")) or day
    reference = day if tenant.settings.reference == "run" else prepared
    number = 0
    for step in tenant.steps_of(run):
        kind = KINDS.get(step.takes)
        options = run.get(step.option)
        if kind is None or not isinstance(options, dict):
            continue
        for member in find_touched(tenant, step, options, reference, members[kind]):
            number += 1
            action = _make_action(run, step, member, f"{run['id']}-{number:05}", now)
            yield kind, member, action, changes_of(step, day)


def _make_action(run: Body, step: Step, member: Body, id: str, now: str) -> Body:
    owner, notice = _NOTICES[step.takes]
    action: Body = {
        "id": id,
        "billing_run_id": run["id"],
        "type": f"{step.does} {step.takes}",
        owner: member["id"],
        "date": run["scheduled_run_date"],
        "last_refresh_date": now,
    }
    options = at(run, step.pointer)
    sent = [options[name] for name in _NOTICE_FIELDS if options.get(name)] if isinstance(options, dict) else []
    for name, value in (("expiration_date", member.get("expiration_date")), (notice, sent[0] if sent else None)):
        if value is not None:
            action[name] = value
    if step.does == "invoice":
        action["training_provider_id"] = member.get("training_provider_id")
    return action


def _refreshed(made: Sequence[tuple[str, Body, Body, Body]], now: str) -> Body:
    counts = Counter(str(action["type"]) for _, _, action, _ in made)
    statistics: Body = dict(counts)
    return {"last_refresh_date": now, "statistics": statistics}


def _sent(member: Body, action: Body, day: date) -> Body:
    """Return the fields of a member that say which notice was sent to it; nothing without one."""
    notice = action.get("certification_notice_id") or action.get("application_notice_id")
    if notice is None:
        return {}
    before = member.get("notices")
    notices: list[Json] = before if isinstance(before, list) else []
    sent: Body = {"notices": [*notices, {"date": f"{day.isoformat()}T00:00:00Z", "notice_id": notice}]}
    return sent | ({"last_reminder_date": day.isoformat()} if str(action["type"]).startswith("remind") else {})


def _stale(tenant: LiveSetup, done: Sequence[Body], actions: Sequence[Body]) -> tuple[Member, ...]:
    """Return what runs of today were prepared to do and didn't: somebody has left since."""
    prepared = {run["id"] for run in done if run.get("sys_version")}
    if not prepared:
        return ()
    kept = {action["id"] for action in actions}
    old = (action for action in tenant.live(ACTION) if action["billing_run_id"] in prepared)
    return tuple(Member(ACTION, action) for action in old if action["id"] not in kept)
