"""Write an adoption for review, before anything is written: each record, and why it belongs to its document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.model import Diagnostic, KindNames, Pair, Plan, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.markdown_escaping import cell, prose
from rhythmconf.report.terminal import Line

_CELL_LIMIT = 300
"""Characters; longer than in other tables, because a person approves the whole reason."""


def markdown(
    plan: Plan, pairs: Sequence[Pair], undecided: Sequence[Diagnostic], warnings: Sequence[Diagnostic] = ()
) -> str:
    """Return the review as a Markdown page."""
    return "\n".join(
        [
            f"# What `adopt` would do in {plan.fingerprint.environment} (tenant {plan.fingerprint.tenant})",
            "",
            f"{counted(len(pairs), 'record')}. No field changes, and nothing has been written yet.",
            "",
            "| document | record | name | reason | written |",
            "|---|---|---|---|---|",
            *(_row(pair, plan.names) for pair in pairs),
            *_section("Undecided", undecided),
            *_section("Fields that no document can have", warnings),
            "",
        ]
    )


def _section(title: str, diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    if diagnostics:
        yield from ("", f"## {title}", "")
    for diagnostic in diagnostics:
        yield f"- {prose(diagnostic.message)}\n  {prose(diagnostic.help)}"


def _row(pair: Pair, names: KindNames) -> str:
    record = pair.record
    name = record.body.get("name", "") if record else ""
    written = f"mark {pair.mark}" if pair.mark else "a line of the bindings file"
    texts = (names.key(pair.key), record.id if record else "", str(name), pair.reason, written)
    return f"| {' | '.join(cell(text, _CELL_LIMIT) for text in texts)} |"


def text(pairs: Sequence[Pair], undecided: Sequence[Diagnostic], file: str) -> Iterator[Line]:
    """Yield one line that counts the records and names the file of the review."""
    more = f", {len(undecided)} undecided" if undecided else ""
    yield [("bold", f"{counted(len(pairs), 'record')} to adopt{more}."), ("dim", f"  see {file}")]


def json(
    plan: Plan, pairs: Sequence[Pair], undecided: Sequence[Diagnostic], warnings: Sequence[Diagnostic] = ()
) -> str:
    """Return the review as JSON."""
    return dump(
        {
            "environment": plan.fingerprint.environment,
            "tenant": plan.fingerprint.tenant,
            "pairs": [
                {
                    "kind": pair.key.kind,
                    "key": pair.key.name,
                    "id": pair.record.id if pair.record else None,
                    "reason": pair.reason,
                    "mark": pair.mark,
                }
                for pair in pairs
            ],
            "diagnostics": [diagnostic.to_json() for diagnostic in (*undecided, *warnings)],
        }
    )
