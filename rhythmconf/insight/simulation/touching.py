"""Decide whom a step of a run takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from rhythmconf.insight.simulation.live_setup import LiveSetup
from rhythmconf.insight.windows.values import Step
from rhythmconf.model import Body, Json
from rhythmconf.tenant.emulator.members.names import APPLICATION, CERTIFICATION

KINDS: Mapping[str, str] = {"certifications": CERTIFICATION, "applications": APPLICATION}
"""The kind of the members that a step takes."""
ENDED = ("activated", "rejected")
"""The statuses of applications that no longer expire."""

_WORDED = (("program_restriction", "program_ids"), ("training_provider_restriction", "training_provider_ids"))
_SWITCHED = (("restrict_status_reasons", "status_reason_ids"), ("restrict_application_types", "application_types"))
_CERTIFICATION_FIELDS = {
    "program_ids": "program_id",
    "training_provider_ids": "issuing_training_provider_id",
    "status_reason_ids": "status_reason_id",
}
_APPLICATION_FIELDS = {
    "program_ids": "program_id",
    "training_provider_ids": "training_provider_id",
    "status_reason_ids": "status_reason_id",
    "application_types": "type",
}


def find_touched(
    tenant: LiveSetup, step: Step, options: Body, reference: date, members: Sequence[Body]
) -> Iterator[Body]:
    """Yield the members that a step takes on a run with this reference date. `options` are those of the step."""
    window = tenant.window(step, reference)
    if step.unclear:
        return
    for member in members:
        if is_eligible(step, member) and is_permitted(step, options, member):
            expires = tenant.day_of(member.get("expiration_date"))
            if window is None or (expires and window.start <= expires <= window.end):
                yield member


def is_eligible(step: Step, member: Body) -> bool:
    """Tell whether a member's own state lets the step take it."""
    status = member.get("status")
    if step.takes == "certifications":
        return status == "active" and not (step.does == "drop" and member.get("do_not_drop") is True)
    match step.does:
        case "remind":
            return status == "missing requirements"
        case "activate":
            return status == "approved"
        case "expire":
            return status not in ENDED
        case "invoice":
            return member.get("training_provider_billing_status") == "not yet billed"
    return False


def is_permitted(step: Step, options: Body, member: Body) -> bool:
    """Tell whether the restrictions of an option let the step take a member."""
    fields = _CERTIFICATION_FIELDS if step.takes == "certifications" else _APPLICATION_FIELDS
    for switch, name in _WORDED:
        listed = member.get(fields[name]) in _list(options.get(name))
        if options.get(switch) == ("exclude" if listed else "include"):
            return False
    # Which application of a certification its type would be that of isn't known, so types restrict applications only.
    return all(
        options.get(switch) is not True or name not in fields or member.get(fields[name]) in _list(options.get(name))
        for switch, name in _SWITCHED
    )


def changes_of(step: Step, day: date) -> Body:
    """Return the fields of a member that a run on a day sets, besides those about notices.

    A renewal forecast sets none here: what it would make of an amount isn't known.
    """
    if step.takes == "certifications":
        return {"status": "inactive", "termination_date": day.isoformat()} if step.does == "drop" else {}
    match step.does:
        case "activate":
            return {"status": ENDED[0], "activation_date": day.isoformat()}
        case "expire":
            return {"status": ENDED[1]}
        case "invoice":
            return {
                "training_provider_billing_status": "billed",
                "training_provider_billing_date": day.isoformat(),
            }
    return {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
