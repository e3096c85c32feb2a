"""Make the members that a tenant has after its billing runs have run for years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from rhythmconf.insight.simulation.live_setup import LiveSetup, schedules_with_runs
from rhythmconf.insight.simulation.touching import changes_of, is_eligible, is_permitted
from rhythmconf.insight.windows import run_windows
from rhythmconf.insight.windows.running import run_days
from rhythmconf.insight.windows.values import Step
from rhythmconf.model import Body, Json
from rhythmconf.tenant.emulator.members.names import APPLICATION, CERTIFICATION
from rhythmconf.tenant.emulator.members.values import Member

DAYS = 730
"""Days of expiration dates, half of them before today."""
PAST = 3 * 366
"""Days before today whose runs have happened: longer than the reach of the usual windows."""

_AMOUNTS = (90.0, 120.0, 180.0, 240.0)
_CITIES = ("Springfield", "Riverton", "Fairview", "Georgetown")
_INACTIVE = ("inactive", "retired", "suspended")
_TYPES = ("certification", "renewal", "renewal", "reinstatement", "transfer")
_STATUSES = ("draft", "missing requirements", "missing requirements", "pending approval", "approved", "rejected")
_BILLING = ("not yet billed", "not yet billed", "exempt from billing", "billing hold")


class PastRun(NamedTuple):
    """A run before today, and the step that would have taken a member. `dates` are those that it took first."""

    step: Step
    options: Body
    first_run: dict[int, date]
    days: tuple[date, ...]


class Choices(NamedTuple):
    """What the fields of members are chosen from: ids, in an order that doesn't depend on them."""

    programs: Sequence[str]
    providers: Sequence[str]
    reasons: Sequence[str]
    application_reasons: Sequence[str]
    processes: Sequence[str]


def make_members(tenant: LiveSetup, people: int, seed: int, today: date) -> Iterator[Member]:
    """Yield `people` certifications and a fifth as many applications, the same for the same seed and day.

    Of the certifications, 8 % are in another status than active and, of the others, those that a run before today would
    have dropped are inactive. 6 % must not be dropped, and 15 % have no amount. None while the tenant has no programs.
    """
    choices = _read_choices(tenant)
    if not choices.programs:
        return
    random = Random(f"{seed} {today.isoformat()}")  # noqa: S311 - made up, not secret
    past = list(_find_past(tenant, today))
    for number in range(1, people + 1):
        yield Member(CERTIFICATION, _settle(_make_certification(number, random, choices, today), past))
    for number in range(1, people // 5 + 1):
        yield Member(APPLICATION, _settle(_make_application(number, random, choices, today), past))


def _make_certification(number: int, random: Random, choices: Choices, today: date) -> Body:
    expires = today + timedelta(random.randrange(DAYS) - DAYS // 2)
    begun = expires - timedelta(DAYS)
    holder = f"{number:06}"
    body: Body = {
        "id": f"certification-{holder}",
        "name": f"Holder {holder}",
        "first_name": "Holder",
        "last_name": holder,
        "email_address": f"holder{holder}@example.org",
        "contact_id": f"contact-{holder}",
        "city": random.choice(_CITIES),
        "owner_type": "contact",
        "number": number,
        "program_id": random.choice(choices.programs),
        "status": random.choice(_INACTIVE) if random.random() < 0.08 else "active",
        "certification_date": begun.isoformat(),
        "term_start_date": begun.isoformat(),
        "expiration_date": expires.isoformat(),
        "do_not_drop": random.random() < 0.06,
    }
    amount, provider, reason = random.choice(_AMOUNTS), random.choice(choices.providers), random.random()
    if random.random() >= 0.15:
        body["forecasted_renewal_amount"] = amount
    if random.random() < 0.7:
        body["issuing_training_provider_id"] = provider
    if choices.reasons and reason < 0.5:
        body["status_reason_id"] = choices.reasons[int(reason * 2 * len(choices.reasons))]
    if random.random() < 0.1:
        body["organization_id"] = f"organization-{random.randrange(10):02}"
    return body


def _make_application(number: int, random: Random, choices: Choices, today: date) -> Body:
    made = today - timedelta(random.randrange(DAYS // 2))
    applicant = f"{number:06}"
    status = random.choice(_STATUSES)
    body: Body = {
        "id": f"application-{applicant}",
        "name": f"Applicant {applicant}",
        "email_address": f"applicant{applicant}@example.org",
        "contact_id": f"contact-9{number:05}",
        "owner_type": "contact",
        "program_id": random.choice(choices.programs),
        "type": random.choice(_TYPES),
        "status": status,
        "date": made.isoformat(),
        "expiration_date": (made + timedelta(DAYS // 4)).isoformat(),
        "number_of_missing_requirements": random.randrange(1, 4) if status == "missing requirements" else 0,
        "training_provider_id": random.choice(choices.providers),
        "training_provider_billing_status": random.choice(_BILLING),
    }
    reason, process = random.random(), random.random()
    if choices.application_reasons and reason < 0.5:
        body["status_reason_id"] = choices.application_reasons[int(reason * 2 * len(choices.application_reasons))]
    if choices.processes:
        body["process_id"] = choices.processes[int(process * len(choices.processes))]
    return body


def _settle(member: Body, past: Sequence[PastRun]) -> Body:
    """Return the member after the runs before today, the earliest first."""
    takes = "certifications" if "number" in member else "applications"
    left = [run for run in past if run.step.takes == takes and is_permitted(run.step, run.options, member)]
    while dated := [
        (day, run.step.does, position)
        for position, run in enumerate(left)
        if is_eligible(run.step, member) and (day := _day_of(run, member))
    ]:
        day, _, position = min(dated)
        member = member | changes_of(left.pop(position).step, day)
    return member


def _day_of(run: PastRun, member: Body) -> date | None:
    """Return the day of the first run that took a member; None for none."""
    if run.step.start is not None:
        return run.first_run.get(date.fromisoformat(str(member["expiration_date"])).toordinal())
    return next((day for day in run.days if day.isoformat() >= str(member["date"])), None)


def _find_past(tenant: LiveSetup, today: date) -> Iterator[PastRun]:
    """Yield each step that changes whom it takes, with the runs of each schedule before today."""
    begin, end = today - timedelta(PAST), today - timedelta(1)
    for schedule, _, template in schedules_with_runs(tenant):
        for step in tenant.setup.steps[schedule.template]:
            if not changes_of(step, today):
                continue
            first_run: dict[int, date] = {}
            for day, window in run_windows(step, schedule, begin, end, tenant.settings):
                first, last = max(window.start, today - timedelta(DAYS)), min(window.end, today + timedelta(DAYS))
                for expires in range(first.toordinal(), last.toordinal() + 1):
                    first_run.setdefault(expires, day)
            numbers = run_days(schedule, begin.toordinal(), end.toordinal(), tenant.settings)
            options = template.get(step.option)
            yield PastRun(
                step,
                options if isinstance(options, dict) else {},
                first_run,
                tuple([date.fromordinal(number) for number in numbers]),
            )


def _read_choices(tenant: LiveSetup) -> Choices:
    listed: set[str] = set()
    for body in tenant.templates.values():
        for options in body.values():
            ids: Json = options.get("training_provider_ids") if isinstance(options, dict) else None
            listed |= {id for id in (ids if isinstance(ids, list) else []) if isinstance(id, str)}
    return Choices(
        _ids(tenant, "program"),
        sorted(listed | {"provider-1", "provider-2"}),
        _ids(tenant, "statusReason"),
        _ids(tenant, "appStatusReason"),
        _ids(tenant, "applicationProcess"),
    )


def _ids(tenant: LiveSetup, kind: str) -> list[str]:
    """Return the ids of the active records of a kind, by name: the tenant chooses ids at random."""
    known = tenant.catalog.kind(f"certifications/{kind}")
    bodies = sorted(tenant.live(known.name), key=lambda body: str(body.get("name")))
    return [str(body["id"]) for body in bodies if known.is_active(body)]
