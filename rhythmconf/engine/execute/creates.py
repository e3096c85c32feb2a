"""Resolve creates with an unknown outcome by searching the list of their kind: found, absent or undecidable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute.candidates import candidates, own_mark, unmarked
from rhythmconf.engine.execute.outcomes import (
    compare,
    make_outcome,
    matches_sent,
    outcome_unreadable,
    stop_for_lost_mark,
    unmarked_matches,
)
from rhythmconf.engine.execute.prepared import PreparedStep, RunContext
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.errors import TenantError
from rhythmconf.model import Body


def find_creates(context: RunContext, kind: Kind, steps: Sequence[PreparedStep]) -> list[StepOutcome]:
    """Search for records whose creation is in doubt, and return one outcome for each, in order.

    A list may lack a new record for `list_lag_s` seconds, so it is searched a second time after that wait. The outcome
    is applied for a record that was found, `repeated` for one that is certainly absent, and otherwise unknown: such a
    create is never sent again in this run.
    """
    outcomes = {prepared.key: make_outcome(prepared, "repeated") for prepared in steps}
    for wait in (0.0, context.site.dialect.list_lag_s):
        missing = [prepared for prepared in steps if outcomes[prepared.key].outcome == "repeated"]
        if missing:
            context.clock.sleep(wait)
            found_ids = {outcome.id for outcome in outcomes.values()}
            outcomes |= {outcome.key: outcome for outcome in _search(context, kind, missing, found_ids)}
    return [outcomes[prepared.key] for prepared in steps]


def _search(
    context: RunContext, kind: Kind, steps: Sequence[PreparedStep], found_ids: Collection[str | None]
) -> Iterator[StepOutcome]:
    try:
        records = [body for page in context.client.list(kind) for body in page if body.get("id") not in found_ids]
    except TenantError as error:
        yield from (outcome_unreadable(context, prepared, error) for prepared in steps)
        return
    marked = [prepared for prepared in steps if own_mark(context, prepared)]
    for prepared in marked:
        yield _find_marked(context, prepared, records)
    if len(marked) < len(steps):
        yield from _find_equal(context, [prepared for prepared in steps if prepared not in marked], records)


def _find_marked(context: RunContext, prepared: PreparedStep, records: Sequence[Body]) -> StepOutcome:
    """Find a record by its mark. Two records with the mark are a duplicate that only a person can resolve."""
    owners = candidates(context, prepared, records)
    if len(owners) > 1:
        return make_outcome(prepared, "unknown", f"it was created {len(owners)} times: {_ids(owners)} carry its mark")
    return compare(context, prepared, owners[0]) if owners else _decide_without_mark(context, prepared, records)


def _decide_without_mark(context: RunContext, prepared: PreparedStep, records: Sequence[Body]) -> StepOutcome:
    """Decide that a record is absent, unless a new one has no mark: in a tenant that drops marks it may be that one."""
    alike = unmarked_matches(context, prepared, records)
    if alike:
        stop_for_lost_mark(context, alike[0])
    new = alike or unmarked(context, prepared, records)
    words = f"it is not known whether it was created: {_ids(new)} appeared in the meantime, without a mark"
    return make_outcome(prepared, "unknown", words) if new else make_outcome(prepared, "repeated")


def _find_equal(context: RunContext, steps: Sequence[PreparedStep], records: Sequence[Body]) -> Iterator[StepOutcome]:
    """Find records without marks: a new record belongs to a create if it equals what only this create sent."""
    new = candidates(context, steps[0], records)
    alike = [[number for number, body in enumerate(new) if matches_sent(context, prepared, body)] for prepared in steps]
    claims = Counter(number for numbers in alike for number in numbers)
    unclaimed = [body for number, body in enumerate(new) if claims[number] != 1]
    for prepared, numbers in zip(steps, alike, strict=True):
        if len(numbers) == 1 and claims[numbers[0]] == 1:
            yield compare(context, prepared, new[numbers[0]])
        elif unclaimed or numbers:
            words = f"it is not known whether it was created: {_ids(unclaimed or new)} appeared in the meantime"
            yield make_outcome(prepared, "unknown", words)
        else:
            yield make_outcome(prepared, "repeated")


def _ids(records: Iterable[Body]) -> str:
    return ", ".join(repr(body.get("id")) for body in records)
