"""Turn Findings about bodies into Diagnostics at the lines of the documents."""

from __future__ import annotations

from collections.abc import Iterable

from rhythmconf.insight.lint.bodies import Finding, step_into
from rhythmconf.model import Diagnostic, Json
from rhythmconf.source.desired import Desired
from rhythmconf.source.desired.locate import locate_name, locate_value
from rhythmconf.source.desired.overlays import MergedSpec


def locate(findings: Iterable[Finding], desired: Desired) -> list[Diagnostic]:
    """Return findings as Diagnostics. A finding about a mapping or a list is at its name, one about a text at it.

    A finding about a key without a document is left out: no line can be named.
    """
    findings = [*findings]
    merged = {each.key: each for each in desired.key_set.merged} if findings else {}
    return [_locate(finding, merged[finding.key], desired) for finding in findings if finding.key in merged]


def _locate(finding: Finding, merged: MergedSpec, desired: Desired) -> Diagnostic:
    value: Json = merged.spec
    for name in finding.path:
        value = step_into(value, name)
    find = locate_name if isinstance(value, dict | list) else locate_value
    pointer, location = find(desired.locator, merged.documents, finding.path)
    return Diagnostic(
        finding.rule,
        finding.message,
        finding.severity or finding.rule.severity,
        location,
        pointer,
        finding.key,
        finding.help,
        found_by="rule",
    )
