"""RC224: an overlay without a base document, whose key is probably misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject, similar_names
from rhythmconf.model import Diagnostic, Fix
from rhythmconf.model.code import Rule
from rhythmconf.model.suggest import did_you_mean

MISSPELT_OVERLAY = Rule(
    "RC224",
    "the key of an overlay looks misspelt",
    what="An overlay has no base document, and a base document has nearly the same key.",
    why=(
        "An overlay without a base document declares a new record in one environment. With a misspelt key the "
        "record that you meant stays unchanged, and a second one is created."
    ),
    example="""
# overlays/sandbox/reasons.yaml, while config/ has the key `lapsed`
kind: statusReason
key: lapsd
spec: {name: Lapsed in the sandbox}
""",
    fix="Correct the key of the overlay. If you do mean another record, give it a key that is less similar.",
)


def check_misspelt_overlays(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about a resource of one environment alone, where a base document has nearly its key."""
    desired = subject.desired
    if desired.names.may_lack_documents:
        return  # the base document may be among those with errors
    specs = desired.key_set.merged
    alone = [merged for merged in specs if not merged.has_base and merged.key in desired.state.resources]
    base_keys = [merged.key for merged in specs if merged.has_base] if alone else []
    for merged in alone:
        if near := similar_names(merged.key, base_keys):
            yield Diagnostic(
                MISSPELT_OVERLAY,
                f"this overlay has no base document: {merged.key} is a record of {desired.names.environment} alone",
                "warning",
                desired.locator.value(merged.documents[-1].origin, "/key"),
                "/key",
                merged.key,
                did_you_mean(near),
                Fix.only(near, safe=False),
            )
