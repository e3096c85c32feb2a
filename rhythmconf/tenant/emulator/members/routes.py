"""The operations on members besides those that every kind has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Response
from rhythmconf.tenant.emulator.members import acts
from rhythmconf.tenant.emulator.members.names import ACTION, APPLICATION, CERTIFICATION, MEMBERSHIP_APPLICATION, RUN
from rhythmconf.tenant.emulator.members.searching import look_up, search

Operation = Callable[[Call], Response]
Route = tuple[str, str, Operation]
"""Method, path behind the tenant (`*` stands for any part), and operation."""

_OWNERS: Sequence[Route] = (
    ("GET", "contact/*", look_up("contact_id")),
    ("GET", "organization/*", look_up("organization_id")),
)
_ROUTES: Mapping[str, Sequence[Route]] = {
    CERTIFICATION: (
        *_OWNERS,
        ("POST", "search", search),
        ("GET", "certificate/*", acts.download_certificate),
        ("POST", "previewCertificate", acts.preview_certificate),
        ("POST", "previewEmail", acts.preview_email),
        ("POST", "sendNotice/*/*", acts.send_notice),
    ),
    APPLICATION: (
        *_OWNERS,
        ("POST", "search", search),
        ("POST", "generateApplication/*/*/*", acts.generate_application),
    ),
    MEMBERSHIP_APPLICATION: (
        *_OWNERS,
        ("POST", "search", search),
        ("POST", "generateOrder", acts.generate_order),
        ("POST", "generateApplication/*/*/*", acts.generate_membership_application),
    ),
    RUN: (("POST", "search", search),),
    ACTION: (
        ("GET", "billingRun/*", look_up("billing_run_id")),
        ("GET", "application/*", look_up("application_id")),
    ),
    "certifications/billingTemplate": (("GET", "fromTemplate/*/*", acts.generate_run),),
}


def find_operation(kind: str, method: str, path: Sequence[str]) -> Operation | None:
    """Return the operation of a method on an address of a kind, or None."""
    for verb, pattern, operation in _ROUTES.get(kind, ()):
        parts = pattern.split("/")
        if verb == method and len(parts) == len(path) and all(a in ("*", b) for a, b in zip(parts, path, strict=True)):
            return operation
    return None
