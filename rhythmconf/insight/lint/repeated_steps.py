"""RC726: two steps of a template with one name, or with one notice."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Bodies, Finding, Survey
from rhythmconf.model import Body, Key
from rhythmconf.model.code import Rule

REPEATED_STEP = Rule(
    "RC726",
    "two steps have one name, or send one notice",
    what=(
        "duplicate-step: two steps of one list have the same name. same-notice-twice: two steps of a template that "
        "are switched on send the same notice."
    ),
    why=(
        "Steps are matched by their names: if two have one name, a change may reach the wrong one, and no report tells "
        "them apart. One notice in two steps is mostly the trace of a copy: people get the same mail twice."
    ),
    example="reminders:\n  - {name: 60 days, reminder_notice_id: last}\n  - {name: 60 days, reminder_notice_id: last}",
    fix="Give each step a name and a notice of its own.",
)


def check_repeated_steps(found: Survey) -> Iterator[Finding]:
    """Warn about each step that has the name or the notice of an earlier step of its template."""
    yield from _same_notices(found)
    subject = found.subject
    kinds = {name for name, kind in subject.catalog.kinds.items() if any(place.name for place in kind.steps)}
    for key, body in subject.bodies.items():
        if key.kind in kinds and subject.kind(key).is_active(body):
            yield from _same_names(subject, key, body)


def _same_names(subject: Bodies, key: Key, body: Body) -> Iterator[Finding]:
    for place in subject.kind(key).steps:
        option = body.get(place.option)
        steps = option.get(place.list) if place.name and isinstance(option, dict) else None
        if not isinstance(steps, list) or len(steps) < 2 or subject.is_off(key, place.field):
            continue
        first: dict[object, int] = {}
        for position, step in enumerate(steps):
            name = step.get(place.name) if isinstance(step, dict) else None
            if isinstance(name, str) and first.setdefault(name, position) != position:
                path = (place.option, place.list, position, place.name)
                message = f"{subject.shown(key)} {place.option}: an earlier step is called '{name}' too"
                yield Finding(REPEATED_STEP, key, path, message, "give each step a name of its own")


def _same_notices(found: Survey) -> Iterator[Finding]:
    subject = found.subject
    options = {
        name: {place.option for place in kind.steps} for name, kind in subject.catalog.kinds.items() if kind.steps
    }
    first: dict[tuple[Key, str], int] = {}
    for number, use in enumerate(found.uses):
        steps = options.get(use.key.kind)
        if steps and use.path[0] in steps:
            earlier = first.setdefault((use.key, use.target), number)
            if earlier != number:
                label, other = (subject.label(use.key, found.uses[one].path) for one in (number, earlier))
                message = f"{label} sends {subject.shown(use.target)}, which {_without_key(other)} sends already"
                yield Finding(REPEATED_STEP, use.key, use.path, message, "give each step a notice of its own")


def _without_key(label: str) -> str:
    return label.partition(" ")[2]
