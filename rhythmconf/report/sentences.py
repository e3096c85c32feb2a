"""Say what each risk of a plan means for members, one sentence a risk, for the people who approve it.

The sentences are made of the titles and keywords of the schemas; none is about a single kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.model import MISSING, Change, FieldChange, FieldTitles, Json, Key, KindNames, Missing, Plan, Risk
from rhythmconf.model.kind_names import FieldRole
from rhythmconf.model.plural import joined
from rhythmconf.report.display import is_multiline, old_and_new
from rhythmconf.report.facts import RISKS, risky_fields
from rhythmconf.report.titles import field_roles, field_title, kind_noun


class RiskSentence(NamedTuple):
    """What a change does to members in one respect. `fields` are the fields that do it; none for the whole record."""

    text: str
    risk: Risk | None = None
    fields: tuple[FieldChange, ...] = ()


_BY_ROLE: Mapping[tuple[FieldRole, Risk | None], str] = {
    ("schedule", None): "This run happens at other times",
    ("window", None): "The runs take other expiration dates",
    ("step", "inbox"): "The runs send mail by other rules",
    ("step", "access"): "The runs drop, expire or activate by other rules",
    ("text", "inbox"): "This mail changes",
    ("reference", "inbox"): "Members get another mail",
}
"""The beginning of the sentence about a field by its role, with any risk or with one."""
_BY_RISK: Mapping[Risk, str] = {
    **{risk: f"This changes {affected}" for risk, affected in RISKS.items()},
    # Who is dropped has another standing, whatever members may do.
    "access": "The standing or the access of members changes",
}
_NEW: Mapping[Risk, str] = {
    "money": "members can be billed by it",
    "inbox": "members can get mail by it",
    "access": "it can change the standing or the access of members",
}


def risk_sentences(plan: Plan, change: Change) -> list[RiskSentence]:
    """Return a sentence for each way in which a change can harm members, the worst risk first.

    Every field with a risk is in one of them. A deletion has one in any case.
    """
    if change.action == "delete":
        return [RiskSentence(_describe_deletion(plan, change))]
    if change.action == "create":
        return list(_describe_creation(plan, change))
    return sorted(_describe_fields(plan, change), key=lambda sentence: _rank(sentence.risk))


def _rank(risk: Risk | None) -> int:
    return list(RISKS).index(risk) if risk else len(RISKS)


# Whole records


def _describe_deletion(plan: Plan, change: Change) -> str:
    titles, before = plan.names.titles_of(change.key.kind), change.before or {}
    active = _member(titles, "active")
    if _member(titles, "schedule") and before.get(active) is not False:
        return f"This run is deleted and no longer happens.{_due(plan, change)}"
    state = ""
    if active in before:
        state = "; it was switched off already" if before[active] is False else "; it is active now"
    return f"This {kind_noun(plan.names, change.key.kind)} is deleted{state}."


def _describe_creation(plan: Plan, change: Change) -> Iterator[RiskSentence]:
    fields = risky_fields(change)
    risks = [risk for risk in RISKS if any(field.risk == risk for field in fields)]
    if risks:
        can = joined([_NEW[risk] for risk in risks])
        yield RiskSentence(f"This {kind_noun(plan.names, change.key.kind)} is new: {can}.", risks[0], tuple(fields))


def _describe_switch(plan: Plan, change: Change, *, on: bool) -> str:
    """Return what it means that a record is switched on or off."""
    titles = plan.names.titles_of(change.key.kind)
    if _member(titles, "schedule"):
        return "This run happens from now on." if on else f"This run no longer happens.{_due(plan, change)}"
    if _member(titles, "step"):
        return "Runs of this template work from now on." if on else "Runs of this template do nothing any more."
    return f"This {kind_noun(plan.names, change.key.kind)} is {'active from now on' if on else 'no longer active'}."


def _due(plan: Plan, change: Change) -> str:
    """Return when a run was due, as a sentence that follows another one."""
    text = (change.before or {}).get(_member(plan.names.titles_of(change.key.kind), "schedule"))
    parts = [text if text.startswith("every ") else f"by its schedule, {text!r}"] if isinstance(text, str) else []
    if plan.effects is not None:
        from rhythmconf.report.dates import week_date  # few plans have effects, and `datetime` takes 3 ms to load

        days = [day for key, day in plan.effects.due.items() if _is_key(plan.names, key, change.key)]
        parts += [f"next on {week_date(day)}" for day in days]
    return f" It was due {', '.join(parts)}." if parts else ""


def _is_key(names: KindNames, key: Key, shown: Key) -> bool:
    return shown in (key, (names.kind(key.kind), key.name))


def _member(titles: FieldTitles, role: FieldRole) -> str:
    """Return the member of a record that has a role; empty where there is none."""
    return next((name for name, field in titles.fields.items() if field.role == role), "")


# Fields


def _describe_fields(plan: Plan, change: Change) -> Iterator[RiskSentence]:
    """Yield a sentence for each group of fields with one beginning."""
    left: dict[tuple[str, Risk], list[FieldChange]] = {}
    for field in risky_fields(change):
        roles = field_roles(plan.names, change.key.kind, field)
        if "active" in roles and isinstance(field.new, bool):
            yield RiskSentence(_describe_switch(plan, change, on=field.new), field.risk, (field,))
        elif field.risk is not None:
            left.setdefault((_beginning(roles, field), field.risk), []).append(field)
    for (beginning, risk), fields in left.items():
        values = "; ".join(_describe_field(plan, change, field) for field in fields)
        yield RiskSentence(f"{beginning}: {values}.", risk, tuple(fields))


def _beginning(roles: Sequence[FieldRole], field: FieldChange) -> str:
    if "switch" in roles and isinstance(field.new, bool):
        return "The runs do this from now on" if field.new else "The runs no longer do this"
    cases = ((role, risk) for role in roles for risk in (field.risk, None))
    return next((_BY_ROLE[case] for case in cases if case in _BY_ROLE), _BY_RISK[field.risk or "access"])


def _describe_field(plan: Plan, change: Change, field: FieldChange) -> str:
    title = field_title(plan.names, change.key.kind, field)
    roles = field_roles(plan.names, change.key.kind, field)
    if is_multiline(field) or not {"text", "switch"}.isdisjoint(roles):
        return title
    old, new = field.old, field.new
    if isinstance(old, dict | Missing) and isinstance(new, dict):
        return f"{title} is added" if old is MISSING else title
    if isinstance(old, dict):
        return f"{title} is removed"
    if isinstance(old, list) or isinstance(new, list):
        return _describe_list(title, field)
    return f"{title} {' → '.join(_value(field))}"


def _value(field: FieldChange) -> tuple[str, str]:
    if isinstance(field.old, bool | Missing) and isinstance(field.new, bool | Missing):
        return _yes_or_no(field.old), _yes_or_no(field.new)
    old, new = old_and_new(field.old, field.new, field.names)
    return ("(none)" if field.old is None else old), ("(none)" if field.new is None else new)


def _yes_or_no(value: bool | Missing) -> str:
    return "(none)" if isinstance(value, Missing) else "yes" if value else "no"


def _describe_list(title: str, field: FieldChange) -> str:
    """Return what is added to a list and what is taken away, where both are short."""
    old, new = (value if isinstance(value, list) else [] for value in (field.old, field.new))
    names = {id: name.name if isinstance(name, Key) else name for id, name in field.names}
    added, removed = _names_of(new, old, names), _names_of(old, new, names)
    if not added and not removed:
        return title
    parts = [f"also {', '.join(added)}"] * bool(added) + [f"no longer {', '.join(removed)}"] * bool(removed)
    return f"{title}: {', '.join(parts)}"


def _names_of(items: Sequence[Json], others: Sequence[Json], names: Mapping[str, str]) -> list[str]:
    """Return the texts among items that are not among others; ids and references by what people call them."""
    texts = [str(item["$ref"]) if isinstance(item, dict) and item.keys() == {"$ref"} else item for item in items]
    only = [text for text, item in zip(texts, items, strict=True) if item not in others and isinstance(text, str)]
    return [names.get(text, text) for text in only]
