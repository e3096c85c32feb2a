"""Apply what the project file says about rules: `lint: {RC702: error}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from rhythmconf.model import Diagnostic, Severity


def apply_levels(findings: Iterable[Diagnostic], levels: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield the findings with the severity that their rule is set to, without those of rules that are off."""
    for finding in findings:
        level = levels.get(finding.code)
        if level is None:
            yield finding
        elif level != "off":
            yield finding._replace(severity=cast("Severity", level))
