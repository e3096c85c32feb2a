"""Creates in doubt -> found, certainly absent, or not to be told: the list of their kind is searched for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute.candidates import candidates, own_mark, unmarked
from rhythmconf.engine.execute.outcomes import bare, compared, doubt_marks, settled, unreadable
from rhythmconf.engine.execute.readback import holds
from rhythmconf.engine.execute.sending import Context, Sending
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.errors import TenantError
from rhythmconf.model import Body


def find_creates(context: Context, kind: Kind, sendings: Sequence[Sending]) -> list[StepOutcome]:
    """Look for records whose creation is in doubt, until the list must show them; one answer each, in order.

    Found: applied. `repeated`: certainly absent. Otherwise unknown, and never sent again in this run.
    """
    found = {sending.key: settled(sending, "repeated") for sending in sendings}
    for wait in (0.0, context.dialect.list_lag_s):
        missing = [sending for sending in sendings if found[sending.key].outcome == "repeated"]
        if missing:
            context.clock.sleep(wait)
            others = {one.id for one in found.values()}
            found |= {one.key: one for one in _searched(context, kind, missing, others)}
    return [found[sending.key] for sending in sendings]


def _searched(
    context: Context, kind: Kind, sendings: Sequence[Sending], others: Collection[str | None]
) -> Iterator[StepOutcome]:
    try:
        records = [body for page in context.client.list(kind) for body in page if body.get("id") not in others]
    except TenantError as error:
        yield from (unreadable(context, sending, error) for sending in sendings)
        return
    marked = [sending for sending in sendings if own_mark(context, sending)]
    for sending in marked:
        yield _one(context, sending, records)
    if len(marked) < len(sendings):
        yield from _equal(context, kind, [sending for sending in sendings if sending not in marked], records)


def _one(context: Context, sending: Sending, records: Sequence[Body]) -> StepOutcome:
    """With marks, it is the record that carries the mark. Two of them are a duplicate that only people can solve."""
    owners = candidates(context, sending, records)
    if len(owners) > 1:
        return settled(sending, "unknown", f"it was created {len(owners)} times: {_ids(owners)} carry its mark")
    return compared(context, sending, owners[0]) if owners else _unmarked(context, sending, records)


def _unmarked(context: Context, sending: Sending, records: Sequence[Body]) -> StepOutcome:
    """Absent, unless something new carries no mark: that may be it, in a tenant that doesn't keep marks."""
    alike = bare(context, sending, records)
    if alike:
        doubt_marks(context, alike[0])
    new = alike or unmarked(context, sending, records)
    words = f"whether it was created can't be told: {_ids(new)} came in the meantime, and carries no mark"
    return settled(sending, "unknown", words) if new else settled(sending, "repeated")


def _equal(context: Context, kind: Kind, sendings: Sequence[Sending], records: Sequence[Body]) -> Iterator[StepOutcome]:
    """Without marks, only a record that is new and just what was sent, and nothing else that was sent, is the one."""
    new = candidates(context, sendings[0], records)
    alike = [
        [number for number, body in enumerate(new) if holds(kind, sending.expected.after, body, context.dialect)]
        for sending in sendings
    ]
    claims = Counter(number for numbers in alike for number in numbers)
    strangers = [body for number, body in enumerate(new) if claims[number] != 1]
    for sending, numbers in zip(sendings, alike, strict=True):
        if len(numbers) == 1 and claims[numbers[0]] == 1:
            yield compared(context, sending, new[numbers[0]])
        elif strangers or numbers:
            words = f"whether it was created can't be told: {_ids(strangers or new)} came in the meantime"
            yield settled(sending, "unknown", words)
        else:
            yield settled(sending, "repeated")


def _ids(records: Iterable[Body]) -> str:
    return ", ".join(repr(body.get("id")) for body in records)
