"""Write what an apply did as Markdown: for the summary of a job, and for a comment that a pipeline replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rhythmconf.model import Diagnostic, Outcome, Run
from rhythmconf.report.comment import Lines, first_links, first_that_fits, marker
from rhythmconf.report.facts import SYMBOLS, count_applied, sort_diagnostics
from rhythmconf.report.markdown_diagnostics import code_counts
from rhythmconf.report.markdown_escaping import NAME_LIMIT, code, prose
from rhythmconf.report.origin import Origin

_RECORDS, _FEW = 50, 10
"""Records of one outcome that are named, and in the shortest version; the others are counted."""


def markdown(run: Run, environment: str, origin: Origin) -> str:
    """Return the outcome, what was not applied, and the diagnostics, short enough for a comment."""
    versions = [
        partial(_details, run, _RECORDS, _diagnostics),
        partial(_details, run, _RECORDS, code_counts),
        partial(_details, run, _FEW, code_counts),
    ]
    return first_that_fits([*_head(run, environment, origin)], versions)


def _head(run: Run, environment: str, origin: Origin) -> Lines:
    yield marker("apply", environment)
    subject = f" for {code(environment, NAME_LIMIT)}" if environment else ""
    yield f"### Apply{subject}: {_headline(run)}"
    yield ""
    facts = [*first_links(origin), *([f"run {code(run.id)}"] if run.id else [])]
    if facts:
        yield " · ".join(facts)
        yield ""


def _details(run: Run, most: int, write: Callable[[Sequence[Diagnostic]], Lines]) -> Lines:
    yield from _results("Failed", run, most, "conflict", "rejected")
    yield from _results("Not known", run, most, "unknown")
    if run.count("applied", "unknown"):
        yield from _results("Not applied", run, most, "not_attempted")
    yield from write(sort_diagnostics(run.diagnostics))


def _diagnostics(diagnostics: Sequence[Diagnostic]) -> Lines:
    """Yield each diagnostic, and below it the further lines of its message and its help."""
    for diagnostic in diagnostics:
        first, *lines = diagnostic.message.split("\n")
        yield f"- **{diagnostic.severity}** {code(diagnostic.code)} {prose(first)}"
        yield from (f"  - {prose(line.strip())}" for line in [*lines, diagnostic.help] if line.strip())


def _headline(run: Run) -> str:
    if run.complete:
        return f"applied. {count_applied(run)}."
    if not run.count("applied", "unknown"):
        return "not applied. Nothing was written."
    return f"stopped half-way. {run.count('applied'):,} of {len(run.results):,} changes are applied."


def _results(title: str, run: Run, most: int, *outcomes: Outcome) -> Lines:
    results = [result for result in run.results if result.outcome in outcomes]
    if not results:
        return
    yield f"**{title}: {len(results):,}**"
    yield ""
    for result in results[:most]:
        message = f": {prose(result.message)}" if result.message else ""
        yield f"- `{SYMBOLS[result.action]}` {code(run.names.key(result.key), 2 * NAME_LIMIT)}{message}"
    if len(results) > most:
        yield f"- and {len(results) - most:,} more"
    yield ""
