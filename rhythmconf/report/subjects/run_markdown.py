"""Write what an apply did as Markdown: for the summary of a job, and for a comment that a pipeline replaces."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model import Result, Run
from rhythmconf.report.facts import SYMBOLS, count_applied, sort_diagnostics
from rhythmconf.report.markdown_escaping import code, in_comment, link, prose
from rhythmconf.report.origin import Origin

_RECORDS = 50
"""Records that are named; the others are counted."""
_NAME = 60
"""Characters of a name."""


def markdown(run: Run, environment: str, origin: Origin) -> str:
    """Return the outcome, what was not applied, and the diagnostics."""
    return "\n".join(_lines(run, environment, origin)) + "\n"


def _lines(run: Run, environment: str, origin: Origin) -> Iterator[str]:
    yield f"<!-- rhythmconf:apply:{in_comment(environment)} -->"
    subject = f" for {code(environment, _NAME)}" if environment else ""
    yield f"### Apply{subject}: {_headline(run)}"
    yield ""
    facts = [*(link(each.text, each.url) for each in origin.links), *([f"run {code(run.id)}"] if run.id else [])]
    if facts:
        yield " · ".join(facts)
        yield ""
    yield from _results("Failed", [each for each in run.results if each.outcome in ("conflict", "rejected")], run)
    yield from _results("Not known", [each for each in run.results if each.outcome == "unknown"], run)
    if run.count("applied", "unknown"):
        yield from _results("Not applied", [each for each in run.results if each.outcome == "not_attempted"], run)
    for diagnostic in sort_diagnostics(run.diagnostics):
        first, *lines = diagnostic.message.split("\n")
        yield f"- **{diagnostic.severity}** {code(diagnostic.code)} {prose(first)}"
        yield from (f"  - {prose(line.strip())}" for line in [*lines, diagnostic.help] if line.strip())


def _headline(run: Run) -> str:
    if run.complete:
        return f"applied. {count_applied(run)}."
    if not run.count("applied", "unknown"):
        return "not applied. Nothing was written."
    return f"stopped half-way. {run.count('applied'):,} of {len(run.results):,} changes are applied."


def _results(title: str, results: list[Result], run: Run) -> Iterator[str]:
    if not results:
        return
    yield f"**{title}: {len(results):,}**"
    yield ""
    for result in results[:_RECORDS]:
        message = f": {prose(result.message)}" if result.message else ""
        yield f"- `{SYMBOLS[result.action]}` {code(run.names.key(result.key), 2 * _NAME)}{message}"
    if len(results) > _RECORDS:
        yield f"- and {len(results) - _RECORDS:,} more"
    yield ""
