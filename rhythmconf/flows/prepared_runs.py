"""Read the billing runs that a tenant has made from templates which a plan changes.

The plan doesn't reach those that are prepared, and its reversal doesn't undo those that ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rhythmconf.catalog import Catalog
from rhythmconf.errors import AuthError, Rejected, TenantError
from rhythmconf.flows.members import collect, explain
from rhythmconf.flows.values import Flow
from rhythmconf.insight.forecast import read_date
from rhythmconf.model import Body, Change
from rhythmconf.model.forecast import Prepared, Unknown

if TYPE_CHECKING:
    from rhythmconf.tenant.client import Client

DATES = ("run_date", "preprocessing_date", "scheduled_run_date")
RUN_FIELDS = ("id", "template_id", "status", *DATES)
ACTION_FIELDS = ("id", "certification_id", "application_id")
SUBJECT = "billing runs"
DayOf: TypeAlias = Callable[[Body], date | None]
"""Returns the day of a run that is looked for, None for any other."""


class PreparedRuns(NamedTuple):
    """The runs that were found, by day, and what could not be read."""

    each: tuple[Prepared, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def read_prepared(client: Client, templates: Mapping[str, str], zone: str, today: date) -> Flow[PreparedRuns]:
    """Return the runs from `today` on that are prepared and not run. `templates` has the name of each template's id."""

    def day_of(run: Body) -> date | None:
        day = None if run.get("run_date") else read_date(run.get("scheduled_run_date"), zone)
        return day if day is not None and day >= today else None

    return (yield from _read(client, templates, day_of))


def read_made(client: Client, templates: Mapping[str, str], zone: str, since: date) -> Flow[PreparedRuns]:
    """Return the runs that were prepared or run on `since` or later. `templates` is as for `read_prepared`."""

    def day_of(run: Body) -> date | None:
        ran, prepared, due = (read_date(run.get(name), zone) for name in DATES)
        made = max((day for day in (ran, prepared) if day is not None), default=None)
        return (ran or due or made) if made is not None and made >= since else None

    return (yield from _read(client, templates, day_of))


def changed_templates(changes: Iterable[Change], catalog: Catalog) -> dict[str, str]:
    """Return the key of each template that changes change or delete, by its id in the tenant."""
    return {
        change.id: change.key.name
        for change in changes
        if change.id is not None
        and catalog.kinds[change.key.kind].steps
        and (change.action == "delete" or change.changes_fields)
    }


def _read(client: Client, templates: Mapping[str, str], day_of: DayOf) -> Flow[PreparedRuns]:
    """Return the runs of some templates that have a day, each with the number of people that it touches."""
    if not templates:
        return PreparedRuns()
    filters: Body = {"template_id": [*sorted(templates)]}
    try:
        runs = yield from collect(client.search("billingRuns", filters, RUN_FIELDS))
    except TenantError as error:
        return PreparedRuns((), (_unknown(error),))
    found = [*_select(runs, templates, day_of)]
    unknown = [*_unclear(runs, templates)]
    for number, run in enumerate(found):
        try:
            actions = yield from collect(client.list_actions(run.run, ACTION_FIELDS))
        except (AuthError, Rejected) as error:
            unknown.append(_unknown(error))
            continue
        except TenantError as error:
            unknown.append(_unknown(error))
            break  # a tenant that doesn't answer takes minutes to say so
        found[number] = run._replace(people=_count(actions))
        if found[number].people is None:
            unknown.append(Unknown(SUBJECT, "fields", "the actions of a run don't tell whom they are about"))
    return PreparedRuns(tuple(sorted(found, key=lambda run: (run.day, run.template))), tuple(unknown[:1]))


def _select(runs: Sequence[Body], templates: Mapping[str, str], day_of: DayOf) -> Iterator[Prepared]:
    seen = set[str]()
    for run in runs:
        id, template, day = run.get("id"), run.get("template_id"), day_of(run)
        if day is None or not isinstance(id, str) or id in seen:
            continue
        if isinstance(template, str) and template in templates:
            seen.add(id)
            status = run.get("status")
            yield Prepared(templates[template], id, day, status if isinstance(status, str) else None)


def _unclear(runs: Sequence[Body], templates: Mapping[str, str]) -> Iterator[Unknown]:
    """Yield what is unknown about runs that have not run and don't tell which they are or when they will run."""
    for run in runs:
        template = run.get("template_id")
        if run.get("run_date") or (isinstance(template, str) and template not in templates):
            continue
        if not isinstance(template, str) or not isinstance(run.get("id"), str):
            yield Unknown(SUBJECT, "fields", "a run doesn't tell its id or its template")
        elif read_date(run.get("scheduled_run_date"), "UTC") is None:
            yield Unknown(SUBJECT, "fields", "the date of a run can't be read")


def _count(actions: Sequence[Body]) -> int | None:
    """Return how many people the actions of a run are about: somebody with two actions counts once.

    None if an action doesn't tell whom it is about.
    """
    owners = [each.get("certification_id") or each.get("application_id") or each.get("id") for each in actions]
    known = {one for one in owners if isinstance(one, str)}
    return len(known) if all(isinstance(one, str) for one in owners) else None


def _unknown(error: TenantError) -> Unknown:
    why, detail = explain(error, "permission")
    return Unknown(SUBJECT, why, detail)
