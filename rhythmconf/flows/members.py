"""Read the people whom runs can take: what decides about runs, and nothing that names anybody.

What can't be read is unknown, with the reason. It is never an error: a forecast must not stop a plan.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rhythmconf.errors import AuthError, BudgetExhausted, Rejected, TenantError
from rhythmconf.insight.forecast import APPLICATION, CERTIFICATION, People, Property, Question, Sampled, read_people
from rhythmconf.model import Body, Event, Json, KindNames, Notice, Progress
from rhythmconf.model.dates import week_date
from rhythmconf.model.forecast import Why

if TYPE_CHECKING:
    from rhythmconf.insight.windows import Window
    from rhythmconf.tenant.client import Client
    from rhythmconf.tenant.client.address import Members

PROPERTIES: Mapping[Members, dict[str, Property]] = {"certifications": CERTIFICATION, "applications": APPLICATION}
FIELDS: Mapping[Members, Sequence[str]] = {
    "certifications": [*CERTIFICATION, "renewal_training_provider_id"],
    "applications": [*APPLICATION],
}
"""The fields to ask for. None of them names a person."""
Pages = Iterable[list[Body]]
Reading = Generator[Progress, None, People]
"""Yields how many records were read, and returns the people."""


def count_searches(certifications: Question | None, applications: Question | None) -> int:
    """Return how many requests are needed at least: one for each search."""
    return (len(_filters(certifications)) if certifications else 0) + (applications is not None)


def search_certifications(client: Client, question: Question | None, zone: str) -> Reading:
    """Read the active certifications whose dates the windows hold."""
    if question is None:
        return People()
    items: list[Body] = []
    try:
        for filters in _filters(question):
            items += yield from collect(client.search("certifications", filters, FIELDS["certifications"]))
    except TenantError as error:
        return _unknown(error, "permission")
    # The search was for active ones, so a record that doesn't tell its status is one of them.
    people = read_people([{"status": "active", **item} for item in items], CERTIFICATION, zone)
    # And it was for dates, so one that tells no date has a date that can't be read.
    dated = tuple(one._replace(undated=True) if one.expires is None else one for one in people.members)
    return people._replace(members=dated)


def search_applications(client: Client, question: Question | None, zone: str) -> Reading:
    """Read the applications that the steps can take."""
    if question is None:
        return People()
    # Nobody has seen the filters of this search; the statuses are one of the same search in another module.
    filters: Body = {} if question.statuses is None else {"status": [*sorted(question.statuses)]}
    try:
        items = yield from collect(client.search("applications", filters, FIELDS["applications"]))
    except TenantError as error:
        return _unknown(error, "applications")
    return read_people(items, APPLICATION, zone)


def complete(client: Client, members: Members, question: Question | None, found: People, zone: str) -> Reading:
    """Read the list of all members if a search has left out properties that the steps need: a list may have them."""
    if question is None or found.why or not question.needed & found.hidden:
        return found
    try:
        everything = yield from collect(client.list_members(members, FIELDS[members]))
    except TenantError:
        return found  # so these numbers stay upper bounds
    listed = read_people(everything, PROPERTIES[members], zone)
    if not {one.id for one in found.members} <= {one.id for one in listed.members}:
        return found  # so the list isn't complete: an array doesn't tell whether it is only the first page

    def lacks(people: People) -> tuple[int, int]:
        return len(question.needed & people.hidden), len(people.hidden)

    return listed if lacks(listed) < lacks(found) else found


def tell_names(client: Client, some: Sequence[Sampled], names: KindNames) -> Generator[Event, None, None]:
    """Yield the name of each person as a Notice. Nothing keeps these names."""
    if not some:
        yield Notice("--sample: no run takes anybody", severity="warning")
        return
    called: dict[str, str] = {}
    try:
        for members in PROPERTIES:
            if ids := sorted({one.id for one in some if one.step.takes == members and one.id}):
                found = yield from collect(client.search(members, {"id": [*ids]}, ("id", "name")))
                called |= {str(each.get("id")): str(each.get("name") or "") for each in found}
    except TenantError as error:
        yield Notice(f"--sample: the names can't be read: {error.message}", severity="warning")
        return
    yield Notice(
        "--sample: some of those whom runs take, first those whom they take only after the plan", severity="warning"
    )
    for one in some:
        step = f"{names.key(one.step.template)}, {one.step.name or one.step.does}"
        yield Notice(
            f"  {week_date(one.day)}  {step}: {called.get(one.id) or 'no name'} ({one.id})", severity="warning"
        )


def _filters(question: Question) -> list[Body]:
    """Return the filters of each search for certifications."""
    if question.programs is not None and not question.programs:
        return []  # only programs that don't exist yet: they have no members
    programs: Body = {} if question.programs is None else {"program_id": [*sorted(question.programs)]}
    return [{**programs, "status": ["active"], "expiration_date": _instants(dates)} for dates in question.ranges]


def _instants(dates: Window) -> Json:
    return [f"{dates.start}T00:00:00Z", f"{dates.end}T23:59:59Z"]


def collect(pages: Pages) -> Generator[Progress, None, list[Body]]:
    """Read all pages. Raises TenantError for a tenant that sends the same page again and again."""
    found: list[Body] = []
    for page in _without_repeats(pages):
        found += page
        yield Progress("members", len(found))
    return found


def _without_repeats(pages: Pages) -> Iterator[list[Body]]:
    earlier: list[Body] = []
    for page in pages:
        if page and page == earlier:
            raise TenantError("The answer never ends: the tenant sent the same page twice.")
        earlier = page or earlier
        yield page


def _unknown(error: TenantError, refused: Why) -> People:
    """Return people of whom nothing is known."""
    why, detail = explain(error, refused)
    return People(why=why, detail=detail)


def explain(error: TenantError, refused: Why) -> tuple[Why, str]:
    """Return why something could not be read, as a word and in words. `refused` is the word for a refused call."""
    if isinstance(error, BudgetExhausted):
        return "budget", "the limit of requests was reached"
    return (refused if isinstance(error, AuthError | Rejected) else "budget"), error.message
