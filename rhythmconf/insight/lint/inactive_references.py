"""RC721: a document that is in use refers to one that isn't."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.model.code import Rule

INACTIVE_REFERENCE = Rule(
    "RC721",
    "a reference to something that is not in use",
    what=(
        "inactive-reference: a document refers to a notice, a reason, a program, a template or another document with "
        "`is_active: false`. References of documents that are not in use themselves don't count, and neither do those "
        "behind a switch that is off."
    ),
    why="A step with a notice that is switched off may send nothing, and a schedule of such a template runs nothing.",
    example="reminder_notice_id: renewal-60     # the notice has is_active: false",
    fix="Switch the other document on, refer to another one, or switch off what refers to it.",
)


def check_inactive_references(found: Survey) -> Iterator[Finding]:
    """Warn about each reference to a document that is not in use."""
    subject = found.subject
    active = {kind.name: kind.active for kind in found.kinds}
    inactive = {str(key) for key, body in subject.bodies.items() if body.get(active[key.kind]) is False}
    if not inactive:
        return
    for key, path, target in chain(found.uses, found.listed):
        if target in inactive:
            named = subject.shown(target)
            message = f"{subject.label(key, path)} refers to {named}, which is not in use (is_active: false)"
            yield Finding(INACTIVE_REFERENCE, key, path, message, f"switch {named} on, or refer to another one")
