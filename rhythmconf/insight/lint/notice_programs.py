"""RC720: a step sends a notice that isn't for all of its programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog import Field, Kind
from rhythmconf.insight.lint.bodies import Bodies, Finding, Path, Survey, step_into, target_of
from rhythmconf.model import Body, Json, Key
from rhythmconf.model.code import Rule
from rhythmconf.model.plural import some

NOTICE_PROGRAMS = Rule(
    "RC720",
    "a step sends a notice that is not for its programs",
    what=(
        "notice-programs: a step refers to a notice that is restricted to some programs, and takes members of other "
        "programs too. Programs that are not in use don't count."
    ),
    why="Nobody has documented what those members get: no mail, or one that is meant for others.",
    example="""
# billingTemplate, for all programs
program_restriction: none
reminders:
  - name: 60 days
    reminder_notice_id: cmsi-renewal   # restrict_to_certain_programs: true, [cmsi]
""",
    fix="Restrict the step to the programs of the notice, add the programs to the notice, or send another notice.",
)


class Restriction(NamedTuple):
    """Which records of some kinds are taken: only `targets`, or all but those where `excludes`."""

    kinds: tuple[str, ...]
    targets: frozenset[str]
    excludes: bool

    def of(self, universe: frozenset[str]) -> frozenset[str]:
        """Return those that are taken."""
        return universe - self.targets if self.excludes else self.targets


def check_notice_programs(found: Survey) -> Iterator[Finding]:
    """Warn about each reference from a step to a record that is restricted to less than the step takes."""
    subject = found.subject
    kinds = {kind.name: kind for kind in found.kinds if any(restrictions(kind.root, {}))}
    restricted = {
        str(key): limits
        for key, body in subject.bodies.items()
        if key.kind in kinds and (limits := _own(kinds[key.kind], body))
    }
    if not restricted:
        return
    for key, path, target in found.uses:
        limits = restricted.get(target)
        if limits is not None and any(place.option == path[0] for place in subject.kind(key).steps):
            lacking = _lacking(subject, key, path, limits)
            if lacking:
                named = subject.shown(target)
                message = (
                    f"{subject.label(key, path)} uses {named}, which is restricted and leaves out "
                    f"{some([subject.shown(one) for one in sorted(lacking)])} of this step"
                )
                help = f"restrict the step to what {named} is for, add the rest there, or use another one"
                yield Finding(NOTICE_PROGRAMS, key, path, message, help)


def _lacking(subject: Bodies, key: Key, path: Path, limits: Restriction) -> frozenset[str]:
    """Return what the step of a reference takes and the record that it names doesn't."""
    step = next(_around(subject.kind(key).root, subject.bodies[key], path, limits.kinds), None)
    if step is None:
        return frozenset()
    declared = {str(one): one for one in subject.bodies if one.kind in limits.kinds}
    universe = frozenset(declared) | limits.targets | step.targets
    idle = {name for name, one in declared.items() if not subject.kind(one).is_active(subject.bodies[one])}
    return step.of(universe) - limits.of(universe) - idle


def _own(kind: Kind, body: Body) -> Restriction | None:
    """Return the restriction of a whole record that takes only some records; None where it takes all."""
    limits = next(restrictions(kind.root, body), None)
    return limits if limits is not None and limits != _ALL._replace(kinds=limits.kinds) else None


def _around(root: Field, body: Body, path: Path, kinds: tuple[str, ...]) -> Iterator[Restriction]:
    """Yield the restrictions to some kinds that hold at a path, from the record down."""
    field: Field | None = root
    value: Json = body
    for name in path:
        if isinstance(value, dict) and field is not None:
            yield from (limits for limits in restrictions(field, value) if {*limits.kinds} & {*kinds})
        field = field.child(str(name)) if field else None
        value = step_into(value, name)


_ALL = Restriction((), frozenset(), excludes=True)


def restrictions(field: Field, body: Body) -> Iterator[Restriction]:
    """Yield the restrictions of an object: lists of references with a switch beside them.

    A switch that says `exclude` takes all but those of the list, any other that is on takes only those.
    """
    for name, child in (field.fields or {}).items():
        if child.when is None or child.items is None or not child.items.ref:
            continue
        on = all(body.get(switch) in values for switch, values in child.when.items())
        listed = body.get(name) if on else None
        excludes = not on or "exclude" in (body.get(switch) for switch in child.when)
        targets = frozenset(map(target_of, listed)) if isinstance(listed, list) else frozenset[str]()
        yield Restriction(child.items.ref, targets, excludes)
