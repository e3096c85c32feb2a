"""RC724: a template or a schedule does not say whether it is in use."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.model.code import Rule

ACTIVE_UNDECLARED = Rule(
    "RC724",
    "not declared whether it is in use",
    what=(
        "active-undeclared: a document that makes runs, a template or a schedule, has no `is_active`. The calendar "
        "takes it for one that is in use."
    ),
    why="A field that isn't declared isn't compared: somebody can switch the runs on or off, and no plan shows it.",
    example="kind: recurringBillingRun\nkey: weekly\nspec: {name: Weekly, template_id: reminders}     # no is_active",
    fix="Declare it: `is_active: true`, or `false`. Or name it in `unmanaged` where each tenant decides for itself.",
)
ACTIVE_UNDECLARED.of_files = True


def check_active_undeclared(found: Survey) -> Iterator[Finding]:
    """Warn about each template and each schedule that does not say whether it is in use."""
    subject = found.subject
    makers = {kind.name for kind in found.kinds if kind.active and (kind.steps or kind.schedule)}
    for key, body in subject.bodies.items():
        if key.kind in makers:
            active = subject.kind(key).active
            if body.get(active) is None and subject.manages(key, (active,)):
                message = f"{subject.shown(key)}: {active} is not declared, so no plan shows when somebody changes it"
                yield Finding(ACTIVE_UNDECLARED, key, (), message, f"add `{active}: true` or `{active}: false`")
