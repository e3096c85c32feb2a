"""RC710, RC711: comments in documents that allow a finding, and those that do nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.code import Rule
from rhythmconf.text.yaml12.comments import find_comments

WORD = "rhythmconf:"
YAML = (".yaml", ".yml")
_ALLOW = r"allow\s+(?P<codes>RC\w+(?:(?:\s*,\s*|\s+and\s+|\s+)RC\w+)*)(?:\s+because\b\s*(?P<reason>.*))?"
ALLOWED_WITHOUT_REASON = Rule(
    "RC710",
    "a comment that allows a finding has no reason",
    what=(
        "A comment that begins with `rhythmconf:` allows a finding without a reason, or says something else than "
        "`allow CODE because REASON`. It has no effect."
    ),
    why="Whoever reads the line next year can't tell why the finding is right as it is, or whether it still is.",
    example="drop_options:  # rhythmconf: allow RC702\n  # better: allow RC702 because the board drops by hand",
    fix="Write `# rhythmconf: allow CODE because REASON`, with several codes as `allow RC702, RC703 because REASON`.",
)
ALLOWS_NOTHING = Rule(
    "RC711",
    "a comment allows a finding that there is not",
    what=(
        "A comment allows a code that no rule has, or a finding that is in no environment at its line. A comment is "
        "about its own line, or, where it has a line of its own, about the next line that is no comment."
    ),
    why=(
        "The fault has been mended, or the comment is at the wrong line. Left there, it would hide the same fault "
        "when it comes back."
    ),
    example="# rhythmconf: allow RC702 because it is meant so\nname: Drops   # RC702 is about another line",
    fix=(
        "Remove the comment, or move it to the line that the finding names. Errors that make a plan impossible, such "
        "as RC203, can't be allowed. In JSON there are no comments: set the rule with `lint:` in rhythmconf.yaml."
    ),
)


class Allowance(NamedTuple):
    """A comment that allows findings. `line` is the line that it is about, `location` where it is itself.

    `reason` is empty where it has none, and `codes` where it is not understood.
    """

    location: Location
    line: int
    codes: tuple[str, ...]
    reason: str

    @property
    def place(self) -> tuple[str, int]:
        """The file and the line that the comment is about."""
        return self.location.file, self.line


def read_allowances(texts: Mapping[str, bytes]) -> list[Allowance]:
    """Return the allowances in the YAML files among `texts`, by file and line."""
    return [
        allowance
        for file, text in sorted(texts.items())
        if file.endswith(YAML) and WORD.encode() in text
        for allowance in _read(file, text)
    ]


def _read(file: str, text: bytes) -> Iterator[Allowance]:
    for comment in find_comments(text, WORD):
        match = re.fullmatch(_ALLOW, comment.text)
        codes = re.findall(r"RC\w+", match["codes"]) if match else []
        reason = ((match["reason"] if match else "") or "").strip()
        yield Allowance(Location(file, comment.line, comment.column), comment.subject, tuple(codes), reason)


def suppress(findings: Iterable[Diagnostic], allowances: Iterable[Allowance]) -> Iterator[Diagnostic]:
    """Yield the findings, those with their reason that an allowance with a reason is about."""
    by_place: dict[tuple[str, int], list[Allowance]] = {}
    for allowance in allowances:
        if allowance.reason:
            by_place.setdefault(allowance.place, []).append(allowance)
    for finding in findings:
        location = finding.location
        there = by_place.get((location.file, location.line), ()) if location else ()
        reason = next((allowance.reason for allowance in there if finding.code in allowance.codes), "")
        yield finding._replace(suppressed=reason) if reason else finding


def check_allowances(allowances: Iterable[Allowance], rules: Collection[str]) -> Iterator[Diagnostic]:
    """Warn of allowances without a reason, and of codes that are not among `rules`."""
    for allowance in allowances:
        if not allowance.reason:
            yield _warn(
                ALLOWED_WITHOUT_REASON,
                allowance,
                f"this comment allows {' and '.join(allowance.codes)} without a reason, so it has no effect"
                if allowance.codes
                else "this comment is not understood, so it has no effect",
                f"write `# {WORD} allow {', '.join(allowance.codes) or 'CODE'} because REASON`",
            )
        for code in allowance.codes:
            if code not in rules:
                message = f"this comment allows {code}, which is not the code of a rule"
                help = "only findings of rules can be allowed; `rhythmconf explain CODE` shows what a code means"
                yield _warn(ALLOWS_NOTHING, allowance, message, help)


def check_unused(
    allowances: Iterable[Allowance], findings: Iterable[Diagnostic], rules: Collection[str]
) -> Iterator[Diagnostic]:
    """Warn of each code of an allowance that suppresses none of the findings; `rules` are those to judge."""
    used = {
        (finding.location.file, finding.location.line, finding.code)
        for finding in findings
        if finding.suppressed and finding.location
    }
    for allowance in allowances:
        for code in allowance.codes:
            if allowance.reason and code in rules and (*allowance.place, code) not in used:
                message = f"this comment matches nothing: line {allowance.line} has no finding {code}"
                yield _warn(ALLOWS_NOTHING, allowance, message, "remove it, or move it to the line of the finding")


def _warn(code: Rule, allowance: Allowance, message: str, help: str) -> Diagnostic:
    return Diagnostic(code, message, "warning", allowance.location, help=help, found_by="rule")
