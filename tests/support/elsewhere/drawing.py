"""Draw configurations, changes and populations from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import timedelta
from random import Random

from tests.support.elsewhere.counts import OPTIONS
from tests.support.elsewhere.tenant import Record
from tests.support.elsewhere.worlds import BOUND, FIRST, World, applied, ident, make_records, make_side

PROGRAMS = ("cmsi", "rds", "atc")
BASE: tuple[Record, ...] = (
    *(
        {"kind": "program", "key": key, "spec": {"certificate_mode": "disabled", "customer_type": "contact",
         "is_active": True, "name": f"Program {key}"}}
        for key in PROGRAMS
    ),
    *({"kind": kind, "key": key, "spec": {"applicable_statuses": ["active" if kind == "statusReason" else "draft"],
       "is_active": True, "name": f"Reason {key}"}}
      for kind, keys in (("statusReason", ("good", "extended", "overdue")), ("appStatusReason", ("waiting", "odd")))
      for key in keys),
    *({"kind": "notice", "key": f"n{n}", "spec": {"email": {"body": "Dear member", "subject": f"Notice n{n}"},
       "is_active": True, "name": f"Notice n{n}"}} for n in range(3)),
    *({"kind": "applicationNotice", "key": f"a{n}", "spec": {"email": {"body": "Dear", "subject": f"Notice a{n}"},
       "is_active": True, "name": f"Notice a{n}"}} for n in range(2)),
)  # fmt: skip
ABSENT: Record = {
    "kind": "program",
    "key": "fresh",
    "spec": {"certificate_mode": "disabled", "customer_type": "contact", "is_active": True, "name": "Program fresh"},
}
SCHEDULES = (
    "every week on Monday at 06:00",
    "every week on Tuesday at 06:00",
    "every week on Monday and Thursday at 06:00",
    "every day at 06:00",
    "every weekday at 07:30",
    "every month on the 1st at 06:00",
    "every month on the 1st and 15th at 06:00",
    "every month on the 31st at 06:00",
    "every month on the last day at 06:00",
    "every month on the second Tuesday at 09:00",
    "every month on the last Friday at 09:00",
    "every quarter on the 5th of its first month at 07:00",
    "every 2 weeks on Monday at 06:00 from 2026-11-09",
    "0 6 * * 1",
    "0 6 15 * *",
    "FREQ=WEEKLY;BYDAY=WE;BYHOUR=6",
)
RARE = ("see the wiki", "when Anna says so")


def make_bound(position: str, number: float, unit: str = "days", relative: str = "the reference date") -> Record:
    """Return one end of a window."""
    return {"position": position, "number": number, "unit_of_time": unit, "relative_to": relative}


def make_window(random: Random, *, ahead: bool) -> Record:
    """Return both ends of a window, ahead of a run or behind it."""
    kind = random.random()
    if kind < 0.62:
        begin, width = random.randrange(0, 75), random.choice((0, 3, 6, 6, 6, 13, 29))
        ends = (begin, begin + width) if ahead else (begin + width, begin)
        start, end = (make_bound("after" if ahead else "before", one) for one in ends)
    elif kind < 0.72:
        count = random.randrange(1, 4)
        start = make_bound("after" if ahead else "before", count, random.choice(("weeks", "months")))
        end = make_bound("after", count + 1, "months") if ahead else make_bound("before", 3, "days")
    elif kind < 0.95:
        unit = random.choice(("week", "month", "quarter", "year"))
        start = make_bound("on", 0, "days", f"the beginning of the {unit}")
        end = make_bound("on", 0, "days", f"the end of the {unit}")
        if random.random() < 0.5:
            start = make_bound("after" if ahead else "before", 1, "months", f"the beginning of the {unit}")
            end = make_bound("after" if ahead else "before", 1, "days", f"the end of the {unit}")
    elif kind < 0.97:
        start, end = make_bound("after", 9), make_bound("after", 4)
    else:
        start, end = make_bound("after", 1.5, "months"), make_bound("after", 2, "months")
    return {"expiration_date_range_start": start, "expiration_date_range_end": end}


def make_rules(random: Random, name: str, programs: Sequence[str]) -> Record:
    """Return the restrictions of an option."""
    rules: Record = {"program_restriction": random.choice(("none", "none", "include", "exclude"))}
    if rules["program_restriction"] != "none":
        rules["program_ids"] = random.sample(list(programs), random.randrange(1, len(programs)))
    if random.random() < 0.35:
        rules["training_provider_restriction"] = random.choice(("include", "exclude"))
        rules["training_provider_ids"] = random.sample(list(BOUND["trainingProvider"]), random.randrange(1, 3))
    if name != "training_provider_billing_options" and random.random() < 0.35:
        reasons = ("waiting", "odd") if name.startswith("application") else ("good", "extended", "overdue")
        rules["restrict_status_reasons"] = True
        rules["status_reason_ids"] = random.sample(reasons, random.randrange(1, len(reasons)))
    if (name.startswith("application") or name == "renewal_reminder_options") and random.random() < 0.3:
        rules["restrict_application_types"] = True
        rules["application_types"] = random.sample(("certification", "renewal", "transfer"), 2)
    return rules


def make_option(random: Random, name: str, programs: Sequence[str]) -> Record:
    """Return an option with its windows."""
    rules = make_rules(random, name, programs)
    application = name.startswith("application")
    if "reminder" in name:
        names = random.choice((("60",), ("60", "30"), ("60", "30", "7")))
        rules["reminders"] = [
            {"name": one, "reminder_notice_id": random.choice(("a0", "a1") if application else ("n0", "n1", "n2")),
             **make_window(random, ahead=random.random() < 0.8)}
            for one in names
        ]  # fmt: skip
        return rules
    if name != "application_activation_options":
        behind = name in ("drop_options", "application_expiration_options")
        rules |= make_window(random, ahead=random.random() < (0.1 if behind else 0.7))
    if name == "drop_options":
        rules["drop_notice_id"] = "n2"
    if name in ("application_activation_options", "application_expiration_options"):
        rules["application_notice_id"] = "a0"
    if name == "training_provider_billing_options":
        rules |= {"invoice_template_id": "inv", "payment_terms_id": "net"}
    return rules


def make_template(random: Random, key: str, programs: Sequence[str], only: str | None = None) -> Record:
    """Return a template with one to three options."""
    spec: Record = {"is_active": True, "name": f"Template {key}"}
    chosen = [one for one in OPTIONS if one.name == only] or random.sample(OPTIONS, random.choice((1, 1, 2, 3)))
    for one in chosen:
        spec |= {one.switch: random.random() < 0.95, one.name: make_option(random, one.name, programs)}
    return {"kind": "billingTemplate", "key": key, "spec": spec}


def make_schedule(random: Random, key: str, template: str) -> Record:
    """Return a schedule of a template."""
    text = random.choice(RARE if random.random() < 0.05 else SCHEDULES)
    spec: Record = {"name": f"Run {key}", "schedule": text, "template_id": template, "is_active": True}
    spec["pre_processing_lead_time"] = random.choice((0, 3))
    return {"kind": "recurringBillingRun", "key": key, "spec": spec}


def make_configuration(random: Random, names: Sequence[str], programs: Sequence[str]) -> Iterator[Record]:
    """Return templates with their schedules; the first drops."""
    for name in names:
        yield make_template(random, name, programs, "drop_options" if name == names[0] else None)
        yield make_schedule(random, name, name)
        if random.random() < 0.25:
            yield make_schedule(random, f"{name}-too", name)


def change(random: Random, documents: Sequence[Record]) -> list[Record]:
    """Return documents as somebody changed them: windows, restrictions, switches, schedules, a template, a program."""
    changed = deepcopy(list(documents))
    programs = list(PROGRAMS)
    if random.random() < 0.4:
        changed.append(deepcopy(ABSENT))
        programs.append("fresh")
    for one in changed:
        spec = one["spec"]
        if one["kind"] == "recurringBillingRun" and random.random() < 0.3:
            spec["schedule"] = random.choice(SCHEDULES)
        if one["kind"] in ("recurringBillingRun", "billingTemplate") and random.random() < 0.08:
            spec["is_active"] = not spec["is_active"]
        for option in OPTIONS:
            if option.name not in spec or random.random() < 0.4:
                continue
            if random.random() < 0.5:
                spec[option.name] = make_option(random, option.name, programs)
            else:
                stretch(random, spec[option.name])
    if random.random() < 0.5:
        changed += [make_template(random, "new", programs), make_schedule(random, "new", "new")]
    return changed


def stretch(random: Random, rules: Record) -> None:
    """Change the numbers of the windows of an option."""
    for window in rules.get("reminders", [rules]):
        for name in ("expiration_date_range_start", "expiration_date_range_end"):
            if name in window and window[name]["position"] != "on":
                window[name]["number"] += random.choice((0, 1, 3, 15))


def make_people(
    random: Random, certifications: int, applications: int, flags: str = "always"
) -> dict[str, list[Record]]:
    """Return a population; `flags` says who has do_not_drop: `always`, only where it is `true`, or `never`."""
    programs = [ident("program", one) for one in (*PROGRAMS, "old")]
    providers = [ident("trainingProvider", one) for one in BOUND["trainingProvider"]]
    return {
        "certifications": [
            make_certification(random, n, programs, providers, flags) for n in range(certifications)
        ],
        "applications": [make_application(random, n, programs, providers) for n in range(applications)],
        "billingRuns": [],
        "billingRunActions": [],
    }  # fmt: skip


def make_date(random: Random, n: int) -> str:
    """Return the nth expiration date as tenants may write it: a date, or an instant near midnight of some zone."""
    day = (FIRST + timedelta(n % 410 - 150)).isoformat()
    return day if random.random() < 0.9 else f"{day}T{random.choice(('00', '03', '12', '23'))}:30:00Z"


def make_certification(random: Random, n: int, programs: list[str], providers: list[str], flags: str) -> Record:
    """Return a certification, with what names its holder."""
    one: Record = {
        "id": f"cert-{n:05d}",
        "name": f"Holder {n}",
        "email_address": f"holder{n}@example.org",
        "contact_id": f"p{n}",
        "number": n,
        "program_id": random.choice(programs),
        "status": "active" if random.random() < 0.9 else random.choice(("inactive", "retired", "suspended")),
        "expiration_date": make_date(random, n),
    }
    kept = random.random() < (0.4 if flags == "true" else 0.08)
    if flags == "always" or (flags == "true" and kept):
        one["do_not_drop"] = kept
    if random.random() < 0.85:
        one["forecasted_renewal_amount"] = random.choice((120.0, 180.0, 240.5, 99.99, 0))
    if random.random() < 0.8:
        one["issuing_training_provider_id"] = random.choice(providers)
    if random.random() < 0.3:
        one["renewal_training_provider_id"] = random.choice(providers)
    if random.random() < 0.8:
        one["status_reason_id"] = ident("statusReason", random.choice(("good", "extended", "overdue")))
    return one


def make_application(random: Random, n: int, programs: list[str], providers: list[str]) -> Record:
    """Return an application, with what names the applicant."""
    statuses = ("draft", "missing requirements", "pending approval", "rejected", "approved", "activated")
    one: Record = {
        "id": f"app-{n:05d}",
        "name": f"Applicant {n}",
        "email_address": f"applicant{n}@example.org",
        "contact_id": f"q{n}",
        "date": "2026-06-01",
        "program_id": random.choice(programs),
        "status": random.choice(statuses),
        "type": random.choice(("certification", "renewal", "reinstatement", "transfer")),
        "expiration_date": make_date(random, n),
        "training_provider_billing_status": random.choice(("not yet billed", "billed", "billing hold")),
    }
    if random.random() < 0.8:
        one["training_provider_id"] = random.choice(providers)
    if random.random() < 0.7:
        one["status_reason_id"] = ident("appStatusReason", random.choice(("waiting", "odd")))
    return one


def make_world(seed: int, certifications: int = 410, applications: int = 205) -> World:
    """Return the world of a seed."""
    random = Random(seed)
    documents = [
        *deepcopy(BASE),
        *make_configuration(random, [f"t{n}" for n in range(random.randrange(2, 5))], PROGRAMS),
    ]
    strangers = [{**deepcopy(ABSENT), "key": "old", "spec": {**ABSENT["spec"], "name": "Program old"}}]
    strangers += list(make_configuration(random, ["console"], PROGRAMS)) if random.random() < 0.6 else []
    for one in strangers:
        if random.random() < 0.5:
            one["spec"].pop("is_active", None)
    changed = change(random, documents)
    means = {"t1": "every week on Friday at 06:00"} if random.random() < 0.2 else None
    people = make_people(random, certifications, applications, random.choice(("always", "always", "true", "never")))
    return World(
        make_records(documents, strangers),
        changed,
        make_side(documents, strangers, means),
        make_side(applied(documents, changed), strangers, means),
        people,
        random.choice(("America/New_York", "UTC", "Europe/Berlin")),
        means=means,
    )
