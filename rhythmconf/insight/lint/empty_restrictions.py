"""RC722: something is restricted to a list, and nothing is in the list."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.model.code import Rule

EMPTY_RESTRICTION = Rule(
    "RC722",
    "a restriction with nothing in its list",
    what=(
        "empty-restriction: a switch such as `restrict_to_certain_programs: true` or `program_restriction: include` "
        "is on, and the list that it needs is empty."
    ),
    why="Nobody has documented whether nothing is taken then, or everything.",
    example="restrict_to_certain_programs: true\nrestricted_program_ids: []",
    fix="List what is meant, or switch the restriction off.",
)


def check_empty_restrictions(found: Survey) -> Iterator[Finding]:
    """Warn about each switch that is on while its list is empty; the finding is at the switch."""
    for each in found.lists:
        if each.on:
            label = found.subject.label(each.key, each.path[:-1])
            message = f"{label}: {each.switch} is on, and {each.path[-1]} is empty"
            path = (*each.path[:-1], each.switch)
            yield Finding(
                EMPTY_RESTRICTION, each.key, path, message, f"list what is meant, or switch {each.switch} off"
            )
