"""What every report says of a plan or a verdict, settled once: counts, risks, groups, what is worst, and the words.

Formats only arrange and neutralise these facts, so that all of them tell the same story.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias, get_args

from rhythmconf.model import (
    MISSING,
    Action,
    Agreed,
    Change,
    Diagnostic,
    FieldChange,
    Guard,
    Json,
    Key,
    Location,
    Missing,
    Plan,
    Result,
    Risk,
    Side,
    Summary,
)
from rhythmconf.model.plural import counted

WIDTH = 160
"""Characters that a report shows of a line."""
SYMBOLS: dict[Action, str] = {"create": "+", "update": "~", "delete": "-", "adopt": "="}
VERBS: dict[Action, str] = {"create": "add", "update": "change", "delete": "destroy", "adopt": "adopt"}
DONE: dict[Action, str] = {"create": "added", "update": "changed", "delete": "destroyed", "adopt": "adopted"}
WORST_FIRST: tuple[Action, ...] = ("delete", "update", "create", "adopt")
RISKS: dict[Risk, str] = {
    "money": "what members are billed",
    "inbox": "what members are sent",
    "access": "what members may do",
}
"""Every risk with what it can change, worst first."""
_VALUE_LIMIT = 100
DISPUTED = "Changed to different values in the files and in the tenant"
Names: TypeAlias = "Sequence[tuple[str, Key]]"
"""The keys of the ids that stand in a value."""


class Door(NamedTuple):
    """Where the walk stopped: what a report of the plan calls itself, and what it says when nothing differs."""

    name: str
    title: str
    nothing: str


PLAN = Door("plan", "Plan", "No changes. The tenant is what the files say.")
DRIFT = Door("drift", "Drift", "No drift. The tenant is what the files say.")


class Tally(NamedTuple):
    """The changes of one kind, counted by action."""

    kind: str
    counts: Counter[Action]

    @property
    def words(self) -> str:
        """`3 to add, 1 to destroy`."""
        return ", ".join(f"{self.counts[action]} to {VERBS[action]}" for action in WORST_FIRST if self.counts[action])


def sides(plan: Plan) -> Counter[Side]:
    """How many fields are of each side; a change without fields counts as one."""
    counts = Counter(side for change in plan.changes for side in _sides(change))
    counts["both"] = len(plan.both)
    return counts


def _sides(change: Change) -> list[Side]:
    fields = [field.side for field in change.fields if field.side is not None]
    return fields or ([change.side] if change.side else [])


def base_line(plan: Plan) -> str:
    """What the plan was compared with, and who made the differences."""
    if plan.base is None:
        return "two-way, no base is known: nothing is removed that is merely absent, unless --prune names it"
    found = sides(plan)
    words = ", ".join(f"{found[side]} {side}" for side in get_args(Side))
    stale = (
        "" if plan.base.descends else "; the work tree is older, or the clone shallow: nothing is pruned or withdrawn"
    )
    return f"base {plan.base.commit[:12]} ({plan.base.origin}): {words}{stale}"


def tells_base(plan: Plan) -> bool:
    """Whether what the plan was compared with is worth a line: without a base also where nothing differs."""
    return bool(plan.changes) or plan.base is None


def edits(plan: Plan) -> str:
    """What to say behind the commit of a plan that isn't made of it alone."""
    return "" if plan.clean or not plan.commit else " and changes that aren't committed"


def standing(side: Side | None) -> str:
    """What is worth telling of who made a difference; nothing of the files' own."""
    return {"drift": "drift, will be put back", "conflict": "conflict"}.get(side or "", "")


def agreed(both: Agreed) -> str:
    """What files and tenant have changed alike."""
    return f"{label(both.field)}: {brief(both.field.new, both.field.names)}"


def last_line(counts: Summary) -> str:
    """The fixed last line of a text plan."""
    return f"Plan: {counted_changes(counts)}" if has_changes(counts) else "No changes."


def has_changes(counts: Summary) -> bool:
    """Whether anything is to be done."""
    return bool(counts.create or counts.update or counts.delete or counts.adopt)


def counted_changes(counts: Summary) -> str:
    """`3 to add, 1 to change, 0 to destroy.`, and what is to adopt."""
    adopted = f", {counts.adopt} to adopt" if counts.adopt else ""
    return f"{counts.create} to add, {counts.update} to change, {counts.delete} to destroy{adopted}."


def tallies(changes: Iterable[Change]) -> tuple[Tally, ...]:
    """The counts of each kind; kinds that lose the most records first."""
    found: dict[str, Counter[Action]] = {}
    for change in changes:
        found.setdefault(change.key.kind, Counter())[change.action] += 1
    return tuple(sorted((Tally(*item) for item in found.items()), key=lambda tally: _loss(tally.counts, tally.kind)))


def _loss(counts: Counter[Action], kind: str) -> tuple[int, str]:
    return -counts["delete"], kind


def risks(changes: Iterable[Change]) -> dict[Risk, int]:
    """How many fields of each risk change, the worst risk first."""
    counts = Counter(field.risk for change in changes for field in change.fields if field.risk)
    return {risk: counts[risk] for risk in RISKS if counts[risk]}


def risks_of(change: Change) -> tuple[Risk, ...]:
    """The risks of one change, the worst first."""
    return tuple(risks([change]))


def risky_fields(change: Change) -> list[FieldChange]:
    """The fields of a change that can do something to members."""
    return [field for field in change.fields if field.risk]


def sides_of(change: Change) -> tuple[Side, ...]:
    """Who made the differences of one change."""
    return tuple(dict.fromkeys(_sides(change)))


def is_disputed(change: Change) -> bool:
    """Whether the files and the tenant have changed a field to different values."""
    return any(field.side == "conflict" for field in change.fields)


def worst_first(changes: Iterable[Change]) -> list[Change]:
    """Deletions, then what has the worst risk, then the rest by action; the plan's order within each."""
    return sorted(changes, key=badness)


def badness(change: Change) -> tuple[bool, int, int]:
    """What changes are ranked by: the smallest is the worst."""
    order = list(RISKS)
    worst = min((order.index(risk) for risk in risks_of(change)), default=len(order))
    return change.action != "delete", worst, WORST_FIRST.index(change.action)


def by_kind(changes: Sequence[Change]) -> list[tuple[Tally, list[Change]]]:
    """The changes of each kind, in the order of `tallies`, each kind's worst first."""
    groups = {kind: list(group) for kind, group in groupby(sorted(changes, key=_kind), key=_kind)}
    return [(tally, worst_first(groups[tally.kind])) for tally in tallies(changes)]


def _kind(change: Change) -> str:
    return change.key.kind


def refusing(guards: Iterable[Guard]) -> list[Guard]:
    """The guards that refuse a plan."""
    return [guard for guard in guards if not guard.ok]


def errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that are errors; a plan that has one could not be made."""
    return [each for each in found if each.severity == "error"]


def findings(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors first, then by place."""
    return sorted(found, key=lambda each: (each.severity != "error", each.location or ("", 0, 0), each.code))


def cut(line: str, column: int) -> tuple[str, int]:
    """Of a long line the part around a column, which counts from 1; and the column there."""
    start = max(0, min(column - 1 - WIDTH // 2, len(line) - WIDTH))
    before, after = "..." * (start > 0), "..." * (start + WIDTH < len(line))
    return f"{before}{line[start : start + WIDTH]}{after}", column - start + len(before)


def counted_findings(found: Sequence[Diagnostic]) -> str:
    """`2 errors and 1 warning`, `no problems`."""
    bad = len(errors(found))
    words = [counted(count, word) for count, word in ((bad, "error"), (len(found) - bad, "warning")) if count]
    return " and ".join(words) or "no problems"


def headline(door: Door, plan: Plan) -> str:
    """The one sentence that a reader takes away."""
    if errors(plan.diagnostics):
        return f"No {door.name} could be made: {counted_findings(plan.diagnostics)}."
    if not has_changes(plan.summary):
        return door.nothing
    refused = refusing(plan.guards)
    verdict = f" Refused by {counted(len(refused), 'guard')}." if refused else ""
    return f"{counted_changes(plan.summary)}{verdict}"


def short(value: Change | Result | Key) -> str:
    """`kind/key` without the module: `program/cmsi`."""
    key = value if isinstance(value, Key) else value.key
    return f"{short_kind(key.kind)}/{key.name}"


def short_kind(kind: str) -> str:
    """A kind without its module."""
    return kind.rpartition("/")[2]


def label(field: FieldChange) -> str:
    """The path as people write it: with the name of a list's item instead of its index where that is known."""
    return field.label or field.path.lstrip("/").replace("/", ".")


def place(location: Location) -> str:
    """`file:line`."""
    return f"{location.file}:{location.line}"


def is_text(field: FieldChange) -> bool:
    """Whether a field changes from one long text to another, which is read as a text."""
    return isinstance(field.old, str) and isinstance(field.new, str) and "\n" in field.old + field.new


def brief(value: Json | Missing, names: Names = ()) -> str:
    """A value on one line, cut in its middle where it is long; a created record's id is `(known after apply)`, an id
    of `names` the key of its record."""
    if value is MISSING:
        return "(none)"
    text = whole(value, names=names)
    if len(text) <= _VALUE_LIMIT:
        return text
    return f"{text[: _VALUE_LIMIT // 2]} … {text[-_VALUE_LIMIT // 4 :]} ({len(text)} characters)"


def exact(value: Json) -> str:
    """A value as it stands in the plan."""
    return json.dumps(value, ensure_ascii=False)


def whole(value: Json | Missing, *, indent: int | None = None, names: Names = ()) -> str:
    """A value as JSON, ids that aren't known yet in words, those of `names` as keys."""
    text = json.dumps(_known(value), ensure_ascii=False, indent=indent)
    for id, key in names:
        text = text.replace(json.dumps(id, ensure_ascii=False), short(key))
    return text.replace('"(known after apply)"', "(known after apply)")


def _known(value: Json | Missing) -> object:
    if isinstance(value, dict):
        if value.keys() == {"$ref"}:
            return "(known after apply)"
        return {key: _known(item) for key, item in value.items()}
    return [_known(item) for item in value] if isinstance(value, list) else value
