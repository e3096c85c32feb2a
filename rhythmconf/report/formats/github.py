"""Write a plan or the result of `validate` as annotations of GitHub Actions (workflow commands).

A step shows ten annotations of each level and drops the rest. So the worst come first, and the last one of a level
counts those that are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rhythmconf.model import Diagnostic, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report.annotations import Annotation, Level, annotate_diagnostics, annotate_plan, prefix_files
from rhythmconf.report.facts import PLAN, ReportKind, count_diagnostics, describe_scope, describe_suppressed, headline
from rhythmconf.report.terminal import safe

LIMIT = 10
"""Annotations of one level that a step shows."""
_TITLE_LIMIT = 200
_MESSAGE_LIMIT = 4_000


def validation(documents: int, diagnostics: Sequence[Diagnostic], *, folder: str = "") -> str:
    """Return the diagnostics of `validate` in `documents` documents.

    `folder` is the project's folder in the repository; it is empty if the project is at the root.
    """
    last = f"{count_diagnostics(diagnostics)} in {counted(documents, 'document')}"
    return _write(annotate_diagnostics(diagnostics), [*describe_suppressed(diagnostics), last], folder)


def plan(value: Plan, report_kind: ReportKind = PLAN, *, folder: str = "") -> str:
    """Return a plan or the drift; `folder` is the project's folder in the repository."""
    last = f"{report_kind.title} {value.fingerprint.environment}: {headline(report_kind, value)}"
    lines = [*describe_suppressed(value.diagnostics), describe_scope(value), last]
    return _write(annotate_plan(value, report_kind), filter(None, lines), folder)


def _write(annotations: Iterable[Annotation], last: Iterable[str], folder: str) -> str:
    """Write a command for each annotation that counts, then the last lines, which only the log shows."""
    counting = (annotation for annotation in annotations if not annotation.suppressed)
    lines = [
        line
        for level, group in groupby(prefix_files(counting, folder), key=lambda annotation: annotation.level)
        for line in _limit(level, list(group))
    ]
    return "\n".join([*lines, *map(safe, last)]) + "\n"


def _limit(level: Level, annotations: Sequence[Annotation]) -> Iterator[str]:
    if len(annotations) <= LIMIT:
        yield from map(_command, annotations)
        return
    yield from map(_command, annotations[: LIMIT - 1])
    more = f"and {counted(len(annotations) - LIMIT + 1, 'more ' + level)}"
    yield f"::{level} title=rhythmconf::{_escape(more)}"


def _command(annotation: Annotation) -> str:
    properties = {"title": f"{annotation.rule} {annotation.key or ''}".strip()[:_TITLE_LIMIT]}
    if annotation.location:
        file, line, column = annotation.location
        properties |= {"file": file, "line": str(line), "col": str(column)}
    written = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    message = f"{annotation.message} ({annotation.help})" if annotation.help else annotation.message
    # Shorten before escaping, so that no escape is cut in two.
    return f"::{annotation.level} {written}::{_escape(message[:_MESSAGE_LIMIT])}"


def _escape(text: str) -> str:
    """Escape a text so that it cannot end the command, start another one or hide characters."""
    # The runner decodes %25, %0A and the like; `safe` has replaced line breaks already.
    return safe(text).replace("%", "%25")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
