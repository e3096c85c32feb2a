"""RC723: a list behind a switch that is off."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.model.code import Rule

IDS_WITHOUT_EFFECT = Rule(
    "RC723",
    "a list that has no effect",
    what=(
        "ids-without-effect: a list has items, and its switch is off: `program_restriction: none`, "
        "`restrict_status_reasons: false`, or not there at all."
    ),
    why="Whoever reads the list believes that the step is restricted. It takes everybody.",
    example="program_restriction: none\nprogram_ids: [cmsi]",
    fix="Switch the restriction on (`include`, `exclude` or `true`), or remove the list.",
)


def check_ids_without_effect(found: Survey) -> Iterator[Finding]:
    """Warn about each list with items whose switch is off."""
    subject = found.subject
    for each in found.lists:
        path = (*each.path[:-1], each.switch)
        if not each.on and subject.manages(each.key, path):
            value = subject.value(each.key, path)
            state = f"{each.switch} is not set" if value is None else f"{each.switch} is {_shown(value)}"
            message = f"{subject.label(each.key, each.path[:-1])}: {each.path[-1]} has no effect: {state}"
            yield Finding(IDS_WITHOUT_EFFECT, each.key, each.path, message, f"remove the list, or set {each.switch}")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"'{value}'"
