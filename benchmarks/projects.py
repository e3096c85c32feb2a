"""Generate projects: billing templates of about 4 KB of YAML in one file each, and the records they refer to.

A project can also have a schedule for each template.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

SETTINGS = """\
version: 1
project: bench
sources: [config]
environments:
  filling: {tenant: bench, embedded: tenant.db, dialect: {batch: patch+delete+create}}
  served: {tenant: bench, dialect: {list_lag_s: 0}}
default_environment: served
"""
PROGRAMS = ("marine-inspector", "dive-supervisor", "crane-operator", "harbour-pilot", "port-security", "rigging")
NOTICES = ("renewal-90", "renewal-60", "renewal-30", "renewal-7", "renewal-final", "dropped")
MAILS = ("received", "missing-documents", "closing", "activated", "expired")
DAYS = (90, 60, 30, 14, 7)

OTHERS = """\
kind: {kind}
key: {key}
spec:
  name: {name}
{rest}"""
MAIL = "  email: {subject: About your certification, body: <p>Please have a look.</p>}\n"

TEMPLATE = """\
# Billing of chapter {n}. The window holds expiration dates; each is one week wide and the run is weekly.
kind: billingTemplate
key: chapter-{n:05}
spec:
  name: "Chapter {n:05}: renewals and applications"
  description: Reminders, drops, forecasts and applications of the members of chapter {n}, reviewed by desk {desk}.
  is_active: {active}
  notification_email: chapter-{n:05}@example.org
  send_renewal_reminders: true
  renewal_reminder_options:
    program_restriction: include
    program_ids: [{programs}]
    restrict_application_types: false
    restrict_status_reasons: false
    reminders:
{renewals}  perform_drops: true
  drop_options:
    expiration_date_range_start: {late}
    expiration_date_range_end: {grace}
    drop_notice_id: dropped
    program_restriction: include
    program_ids: [{programs}]
    restrict_status_reasons: true
    status_reason_ids: [lapsed, extension]
  forecast_renewals: true
  renewal_forecasting_options:
    expiration_date_range_start:
      position: on
      relative_to: the beginning of the quarter
    expiration_date_range_end:
      position: on
      relative_to: the end of the quarter
    program_restriction: exclude
    program_ids: [{first}]
  bill_training_providers: false
  send_application_reminders: true
  application_reminder_options:
    restrict_application_types: true
    application_types:
      - certification
      - renewal
    program_restriction: none
    reminders:
{applications}  activate_applications: true
  application_activation_options:
    application_notice_id: activated
    restrict_application_types: true
    application_types: [certification, renewal]
  expire_applications: true
  application_expiration_options:
    expiration_date_range_start: {late}
    expiration_date_range_end: {grace}
    application_notice_id: expired
"""
RENEWAL = """\
      - name: {days} days, desk {desk}
        reminder_notice_id: {notice}
        expiration_date_range_start: {start}
        expiration_date_range_end: {end}
"""
APPLICATION = """\
      - name: Still open after {days} days
        reminder_notice_id: {notice}
        expiration_date_range_start:
          position: before
          number: {until}
          unit_of_time: days
          relative_to: the reference date
        expiration_date_range_end:
          position: before
          number: {days}
          unit_of_time: days
          relative_to: the reference date
"""
SCHEDULE = """\
kind: recurringBillingRun
key: chapter-{n:05}
spec:
  name: "Chapter {n:05}: runs"
  template_id: chapter-{n:05}
  schedule: {schedule}
  pre_processing_lead_time: {lead}
  is_active: {active}
"""
SCHEDULES = (
    *(f"every week on {day} at {hour:02}:00" for day in ("Monday", "Tuesday", "Thursday") for hour in (5, 6, 18)),
    "0 6 * * 1",
    "FREQ=WEEKLY;BYDAY=WE;BYHOUR=6;BYMINUTE=0",
)
"""How often templates run: once a week, as their windows are a week wide. So no rule has anything to say."""
EXAMPLE: tuple[tuple[str, str], ...] = (
    (r"^( *)description: (.+?, )(.+)$", r"\1description: >-\n\1  \2\n\1  \3 "),
    (r"^( *)(\w+): (\{.+?, )(unit_of_time: .+\})$", r"\1\2:\n\1  \3\n\1   \4"),
    (r"^( *)(program_restriction|is_active): (\w+)$", r'\1"\2": \3 # agreed with the desk'),
)
WORST: tuple[tuple[str, str], ...] = (
    (r"^( *)program_ids: (\[.+?, )(.+\])\n((?:.|\n)+?program_ids: )\2\3$", r"\1program_ids: &ids \2\n\1  \3\n\4*ids"),
    (r"^( *)(\w+): (the \w+)( of .+)$", r"\1'\2': \3\n\1   \4"),
    (r"^( *)name: \"(.+)\"$", r"\1name: |-\n\1  \2"),
    (r"^( *)- name: (\w+) (.+)$", r'\1- name: "\2\n\1    \3"'),
    (r"^( *)(reminder_notice_id|application_notice_id): (.+)$", r"\1\2: >-\n\1  \3"),
)
STYLES = {"plain": (), "example": EXAMPLE, "worst": (*EXAMPLE, *WORST)}
"""Ways to write the same values: patterns in the plain text, and what replaces them.

`example` is how the example project is written: folded texts, mappings over two lines, quoted names, comments.
`worst` has each style that is legal, at once.
"""


def styled(text: str, style: str) -> str:
    """Return a template in a style."""
    for pattern, replacement in STYLES[style]:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def template(n: int) -> str:
    """Return the text of a billing template."""
    shift, first = n % 5, n % len(PROGRAMS)
    return TEMPLATE.format(
        n=n,
        desk=n % 37,
        active=str(n % 11 != 0).lower(),
        programs=", ".join((*PROGRAMS, *PROGRAMS)[first : first + 3]),
        first=PROGRAMS[first],
        late=_days("before", 52 + n % 40),
        grace=_days("before", 46),
        renewals="".join(
            RENEWAL.format(
                days=days + shift,
                start=_days("after", days + shift),
                end=_days("after", days + shift + 6),
                desk=n % 37,
                notice=notice,
            )
            for days, notice in zip(DAYS, NOTICES, strict=False)
        ),
        applications="".join(
            APPLICATION.format(days=days + shift, until=days + shift + 6, notice=notice)
            for days, notice in zip((14, 30, 45), MAILS, strict=False)
        ),
    )


def _days(position: str, number: int) -> str:
    return f"{{position: {position}, number: {number}, unit_of_time: days, relative_to: the reference date}}"


def write(folder: Path, count: int) -> Path:
    """Write a project of `count` billing templates and the few records that they refer to."""
    (folder / "config" / "billing").mkdir(parents=True)
    (folder / "rhythmconf.yaml").write_text(SETTINGS)
    (folder / "config" / "others.yaml").write_text("---\n".join(_others()))
    for n in range(count):
        path(folder, n).write_text(template(n))
    return folder


def schedule(folder: Path, count: int) -> Path:
    """Add a schedule for each template to a project."""
    texts = (
        SCHEDULE.format(n=n, schedule=SCHEDULES[n % len(SCHEDULES)], lead=n % 5, active=str(n % 11 != 0).lower())
        for n in range(count)
    )
    (folder / "config" / "schedules.yaml").write_text("---\n".join(texts))
    return folder


def path(folder: Path, n: int) -> Path:
    """Return the path of template `n`."""
    return folder / "config" / "billing" / f"chapter-{n:05}.yaml"


def edit(folder: Path, numbers: range, words: str, style: str = "plain") -> None:
    """Change two fields of these templates: a number of days and the description."""
    for n in numbers:
        text = template(n).replace("reviewed by desk", f"reviewed {words} by desk", 1)
        path(folder, n).write_text(styled(text.replace("number: 46,", "number: 45,"), style))


def copy(folder: Path, to: Path, count: int, style: str) -> Path:
    """Copy a project of `count` billing templates, with its tenant, and write them in another style."""
    shutil.copytree(folder, to)
    for n in range(count):
        path(to, n).write_text(styled(template(n), style))
    return to


def _others() -> Iterator[str]:
    for kind, keys, rest in (
        ("program", PROGRAMS, ""),
        ("statusReason", ("lapsed", "extension"), ""),
        ("notice", NOTICES, MAIL),
        ("applicationNotice", MAILS, MAIL),
    ):
        for key in keys:
            yield OTHERS.format(kind=kind, key=key, name=key.replace("-", " ").capitalize(), rest=rest)
