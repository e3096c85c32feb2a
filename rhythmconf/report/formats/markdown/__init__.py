"""Write a plan or the result of `validate` as one Markdown comment, which a pipeline finds again by its hidden marker.

Counts and risks come first. Deletions and risky fields are never folded. If a comment would be too long, it is written
again with less detail until it fits; it is never cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rhythmconf.model import Diagnostic, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report.comment import first_that_fits, marker
from rhythmconf.report.display import for_people
from rhythmconf.report.facts import PLAN, ReportKind, count_diagnostics, sort_diagnostics
from rhythmconf.report.formats.markdown.changes import VERSIONS
from rhythmconf.report.formats.markdown.head import write_head
from rhythmconf.report.markdown_diagnostics import code_counts, with_help, without_help
from rhythmconf.report.origin import NO_ORIGIN, Origin, with_head

__all__ = ["plan", "validation"]


def validation(documents: int, diagnostics: Sequence[Diagnostic]) -> str:
    """Return the diagnostics of `validate` in `documents` documents."""
    checked = counted(documents, "document")
    head = [marker("validate", ""), f"### rhythmconf validate: {count_diagnostics(diagnostics)} in {checked}", ""]
    ordered = sort_diagnostics(diagnostics)
    return first_that_fits(head, [partial(write, ordered) for write in (with_help, without_help, code_counts)])


def plan(value: Plan, report_kind: ReportKind = PLAN, origin: Origin = NO_ORIGIN) -> str:
    """Return a plan or the drift."""
    value = with_head(for_people(value), origin)
    head = list(write_head(value, report_kind, origin))
    return first_that_fits(head, [partial(version, value) for version in VERSIONS])
