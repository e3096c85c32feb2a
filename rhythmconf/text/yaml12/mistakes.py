"""Explain what the parser notices too late or elsewhere: a dash, a quote or a line that isn't what was meant."""

from __future__ import annotations

import re

from rhythmconf.text.yaml12.faults import OwnMark, Problem, YamlFault, fault
from rhythmconf.text.yaml12.indentation import MEMBER, content_lines

_DASH = re.compile(r" *-(?=[A-Za-z\"'{\[])")
_OPENING = re.compile(r"(?::[ ]+|-[ ]+|[\[{,][ ]*)([\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb])")
"""A typographic quote where a value begins."""
_MIXED = re.compile(
    r"""(?::[ ]+|-[ ]+|[\[{,][ ]*)(?P<open>["'])(?P<text>[^"'\u201c\u201d\u201e\u201f\u2018\u2019]*)"""
    r"""(?P<close>[\u201c\u201d\u201e\u201f\u2018\u2019])[ ]*(?:[,\]}][^"']*)?(?:[ ]\#.*)?\r?$"""
)
"""A value that begins with a straight quote and ends with a typographic one."""
_BESIDE_SPEC = frozenset(("kind", "key", "spec", "match", "files", "moved", "protect", "skip", "unmanaged"))
"""The members of a document, which stand beside the fields of the record."""


def explain_dash(problem: Problem) -> YamlFault | None:
    """Explain a dash without a blank behind it, which begins no item: the error shows in its line or below it."""
    lines = [line.number for line in content_lines(problem)[-2:]]
    start = [problem.start.line] if problem.start else []
    for number in (*reversed(lines), *start):
        text = problem.lines[number] if number < len(problem.lines) else ""
        if (match := _DASH.match(text)) and (MEMBER.match(text) or number in (*lines[-1:], *start)):
            what = text.strip()[1:].split(":")[0]
            message = f"'-{what}' is one word: a dash begins an item of a list only with a blank behind it"
            return fault(message, f"write `- {what}`", OwnMark(number, match.end() - 1))
    return None


def explain_typographic_quote(problem: Problem) -> YamlFault | None:
    """Explain a value that begins with a typographic quote, which quotes nothing."""
    match = _OPENING.search(problem.line)
    if match is None or match.start(1) > problem.end.column:
        return None
    quote = match[1]
    message = f"the typographic quote {quote} doesn't quote a text"
    help = 'write " at both ends of the text (or \' if the text has " in it)'
    return fault(message, help, OwnMark(problem.end.line, match.start(1)))


def explain_mixed_quotes(problem: Problem) -> YamlFault | None:
    """Explain a value that begins with a straight quote and ends with a typographic one: it goes on below its line."""
    first = problem.start.line if problem.start else problem.end.line
    for number in range(first, min(problem.end.line + 1, len(problem.lines))):
        if match := _MIXED.search(problem.lines[number]):
            message = f"the text that begins with {match['open']} ends with the typographic quote {match['close']}"
            return fault(message, f"end it with {match['open']} too", OwnMark(number, match.start("close")))
    return None


def _name(content: str) -> str:
    return content.split(":", maxsplit=1)[0].rstrip()


def explain_missing_spec(problem: Problem) -> YamlFault | None:
    """Explain the indented fields of a document that lacks the line `spec:` above them."""
    lines = content_lines(problem)
    if len(lines) < 2 or lines[-1].number != problem.end.line or not lines[-1].columns[0]:
        return None
    *above, line = lines
    if any(one.columns != (0,) for one in above) or above[-1].is_open or not MEMBER.match(line.content):
        return None
    names = {_name(one.content) for one in above}
    if "kind" not in names or "spec" in names or _name(line.content) in _BESIDE_SPEC:
        return None
    message = f"the line `spec:` is missing above line {line.number + 1}"
    return fault(message, f"write a line `spec:`, without spaces in front, above line {line.number + 1}", line.mark)
