"""An adoption -> what a person reviews before anything is written: each pair, why it is one, and what is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.model import Diagnostic, Fingerprint, Pair, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import short
from rhythmconf.report.neutral import cell, prose
from rhythmconf.report.terminal import Line

_LIMIT = 300
"""Nobody should have to approve a reason of which half is left out."""


def review(place: Fingerprint, pairs: Sequence[Pair], undecided: Sequence[Diagnostic]) -> str:
    """The review as a Markdown page."""
    return "\n".join(
        [
            f"# What `adopt` would do in {place.environment} (tenant {place.tenant})",
            "",
            f"{counted(len(pairs), 'record')}. No field is changed, and nothing has been written yet.",
            "",
            "| document | record | name | because of | written |",
            "|---|---|---|---|---|",
            *(_row(pair) for pair in pairs),
            *(["", "## Not decided", ""] if undecided else []),
            *(f"- {prose(found.message)}\n  {prose(found.help)}" for found in undecided),
            "",
        ]
    )


def counts(pairs: Sequence[Pair], undecided: Sequence[Diagnostic], file: str) -> Iterator[Line]:
    """What the review holds, in a line."""
    more = f", {len(undecided)} not decided" if undecided else ""
    yield [("bold", f"{counted(len(pairs), 'record')} to adopt{more}."), ("dim", f"  see {file}")]


def json(place: Fingerprint, pairs: Sequence[Pair], undecided: Sequence[Diagnostic]) -> str:
    """The same for programs."""
    return dump(
        {
            "environment": place.environment,
            "tenant": place.tenant,
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
            "diagnostics": [found.to_json() for found in undecided],
        }
    )


def _row(pair: Pair) -> str:
    record = pair.record
    name = record.body.get("name", "") if record else ""
    written = f"mark {pair.mark}" if pair.mark else "a line of the bindings file"
    texts = (short(pair.key), record.id if record else "", str(name), pair.reason, written)
    return f"| {' | '.join(cell(text, _LIMIT) for text in texts)} |"
