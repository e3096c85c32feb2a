"""RC725: options that are switched off, and templates with nothing that is on."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.model.code import Rule

IDLE_TEMPLATE = Rule(
    "RC725",
    "options that are switched off, or a template that does nothing",
    what=(
        "armed-but-off: options are filled in, and the switch that they need is off or not declared. "
        "nothing-switched-on: a template that is in use has no step that is switched on. Templates that are not in "
        "use don't count."
    ),
    why=(
        "Options that are off look as if they worked. And whoever switches them on later, perhaps in another "
        "environment, starts a step that nobody has looked at for years."
    ),
    example="perform_drops: false\ndrop_options: {expiration_date_range_start: ...}",
    fix="Switch the step on, or remove its options. Switch a template that does nothing off (`is_active: false`).",
)


def check_idle_templates(found: Survey) -> Iterator[Finding]:
    """Warn about options behind a switch that is off, and about templates without a step that is on."""
    subject = found.subject
    for each in found.off:
        if subject.manages(each.key, (*each.path[:-1], each.switch)):
            message = f"{subject.label(each.key, each.path)} has no effect: {each.switch} is off"
            yield Finding(
                IDLE_TEMPLATE, each.key, each.path, message, f"remove the options, or switch {each.switch} on"
            )
    switches = {
        kind.name: [tuple(place.field.when.items()) for place in kind.steps if place.field.when]
        for kind in found.kinds
        if kind.steps and all(place.field.when for place in kind.steps)
    }
    for key, body in subject.bodies.items():
        steps = switches.get(key.kind)
        if (
            steps
            and not any(all(body.get(switch) in values for switch, values in when) for when in steps)
            and subject.kind(key).is_active(body)
            and all(subject.manages(key, (switch,)) for when in steps for switch, _ in when)
        ):
            message = f"{subject.shown(key)} does nothing: none of its steps is switched on"
            yield Finding(IDLE_TEMPLATE, key, (), message, "switch a step on, or switch the template off")
