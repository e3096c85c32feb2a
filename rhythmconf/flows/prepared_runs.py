"""Read the billing runs that a tenant has prepared from templates which a plan changes: the plan doesn't reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.errors import TenantError
from rhythmconf.flows.members import collect, explain
from rhythmconf.flows.values import Flow
from rhythmconf.insight.forecast import read_date
from rhythmconf.model import Body
from rhythmconf.model.forecast import Prepared, Unknown

if TYPE_CHECKING:
    from rhythmconf.tenant.client import Client

RUN_FIELDS = ("id", "template_id", "status", "scheduled_run_date", "run_date")
ACTION_FIELDS = ("id", "certification_id", "application_id")
SUBJECT = "billing runs"


class PreparedRuns(NamedTuple):
    """The runs that were found, by day, and what could not be read."""

    each: tuple[Prepared, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def read_prepared(client: Client, templates: Mapping[str, str], zone: str, today: date) -> Flow[PreparedRuns]:
    """Return the runs from `today` on that are prepared and not run. `templates` has the name of each template's id."""
    if not templates:
        return PreparedRuns()
    filters: Body = {"template_id": [*sorted(templates)]}
    try:
        runs = yield from collect(client.search("billingRuns", filters, RUN_FIELDS))
    except TenantError as error:
        return PreparedRuns((), (_unknown(error),))
    found: list[Prepared] = []
    unknown: list[Unknown] = []
    for run in _select(runs, templates, zone, today):
        try:
            actions = yield from collect(client.list_actions(run.run, ACTION_FIELDS))
            found.append(run._replace(people=_count(actions)))
        except TenantError as error:
            found.append(run)
            unknown.append(_unknown(error))
    return PreparedRuns(tuple(sorted(found, key=lambda run: (run.day, run.template))), tuple(unknown[:1]))


def _select(runs: Sequence[Body], templates: Mapping[str, str], zone: str, today: date) -> Iterator[Prepared]:
    seen = set[str]()
    for run in runs:
        id, template, day = run.get("id"), run.get("template_id"), read_date(run.get("scheduled_run_date"), zone)
        if run.get("run_date") or day is None or day < today or not isinstance(id, str) or id in seen:
            continue
        if isinstance(template, str) and template in templates:
            seen.add(id)
            status = run.get("status")
            yield Prepared(templates[template], id, day, status if isinstance(status, str) else None)


def _count(actions: Sequence[Body]) -> int:
    """Return how many people the actions of a run are about: somebody with two actions counts once."""
    owners = {str(each.get("certification_id") or each.get("application_id") or each.get("id")) for each in actions}
    return len(owners)


def _unknown(error: TenantError) -> Unknown:
    why, detail = explain(error, "permission")
    return Unknown(SUBJECT, why, detail)
