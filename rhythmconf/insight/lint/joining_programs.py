"""RC729: a new record that steps take in, because they are not restricted or take all but some."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from rhythmconf.insight.lint.bodies import Bodies, Finding
from rhythmconf.insight.lint.notice_programs import restrictions
from rhythmconf.model import Body, Key
from rhythmconf.model.code import Rule

PROGRAM_JOINS = Rule(
    "RC729",
    "a new program is taken in by a step that was there before",
    what=(
        "program-joins (in plans): the plan creates a program, and a step of a template that the tenant has already "
        "takes it in, because the restriction of the step is `none`, or `exclude` without that program."
    ),
    why="Members of the new program are reminded, dropped or invoiced from the first day on, as all others.",
    example="program_restriction: exclude\nprogram_ids: [rds]     # a new program clp is taken in",
    fix="Exclude the new program, or allow the finding on the program's document if it is to be treated as all others.",
)
PROGRAM_JOINS.in_plans = True


class Join(NamedTuple):
    """A new record (`key`) that an option of a template takes in."""

    key: Key
    template: Key
    option: str


def check_joining_programs(subject: Bodies, before: Collection[Key]) -> Iterator[Finding]:
    """Warn about each new record and each option of a template among `before` that takes it in."""
    for key, template, option in find_joins(subject, before):
        step = f"{subject.shown(template)} {option}"
        message = f"{subject.shown(key)} is new, and {step} takes it in"
        yield Finding(PROGRAM_JOINS, key, (), message, f"exclude it in {step} if that is not meant")


def find_joins(subject: Bodies, before: Collection[Key]) -> Iterator[Join]:
    """Yield each new record and each option of a template among `before` that takes it in.

    `before` are the keys that have a record. The template is in use, and the option is switched on.
    """
    new = [key for key in subject.bodies if key not in before]
    if not new:
        return
    for template in subject.bodies:
        if template in before and subject.kind(template).is_active(subject.bodies[template]):
            for option, kinds, left_out in _open_steps(subject, template):
                yield from (
                    Join(key, template, option) for key in new if key.kind in kinds and str(key) not in left_out
                )


def _open_steps(subject: Bodies, template: Key) -> Iterator[tuple[str, tuple[str, ...], frozenset[str]]]:
    """Yield option, kinds and what is left out of each step that takes all records of some kinds, or all but some."""
    body: Body = subject.bodies[template]
    for option, field in {place.option: place.field for place in subject.kind(template).steps}.items():
        value = body.get(option)
        if isinstance(value, dict) and not subject.is_off(template, field):
            for limits in restrictions(field, value):
                if limits.excludes:
                    yield option, limits.kinds, limits.targets
