"""RC726: two steps of a template with one name, or with one notice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from rhythmconf.catalog import StepPlace
from rhythmconf.insight.lint.bodies import Bodies, Finding, Path, Survey
from rhythmconf.model import Json, Key
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
    places = {
        kind.name: [place for place in kind.steps if place.name]
        for kind in found.kinds
        if any(place.name for place in kind.steps)
    }
    for key, body in subject.bodies.items():
        for place in places.get(key.kind, ()):
            option = body.get(place.option)
            steps = option.get(place.list) if isinstance(option, dict) else None
            if isinstance(steps, list) and len(steps) > 1:
                yield from _same_names(subject, key, place, steps)


def _same_names(subject: Bodies, key: Key, place: StepPlace, steps: list[Json]) -> Iterator[Finding]:
    names = [step.get(place.name) if isinstance(step, dict) else None for step in steps]
    if len({*map(str, names)}) == len(names):
        return
    if subject.is_off(key, place.field) or not subject.kind(key).is_active(subject.bodies[key]):
        return
    for position, name in enumerate(names):
        if isinstance(name, str) and name in names[:position]:
            path = (place.option, place.list, position, place.name)
            message = f"{subject.shown(key)} {place.option}: step {names.index(name) + 1} is called '{name}' too"
            yield Finding(REPEATED_STEP, key, path, message, "give each step a name of its own")


def _same_notices(found: Survey) -> Iterator[Finding]:
    subject = found.subject
    options = {kind.name: {place.option for place in kind.steps} for kind in found.kinds if kind.steps}
    for key, uses in groupby(found.uses, key=itemgetter(0)):
        steps = options.get(key.kind)
        sent = [(path, target) for _, path, target in uses if path[0] in steps] if steps else []
        if len({target for _, target in sent}) == len(sent):
            continue
        first: dict[str, Path] = {}
        for path, target in sent:
            earlier = first.setdefault(target, path)
            if earlier is not path:
                label, other = (subject.label(key, one) for one in (path, earlier))
                message = f"{label} sends {subject.shown(target)}, which {_without_key(other)} sends already"
                yield Finding(REPEATED_STEP, key, path, message, "give each step a notice of its own")


def _without_key(label: str) -> str:
    return label.partition(" ")[2]
