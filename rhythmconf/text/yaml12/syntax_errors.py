"""Say what is wrong with a text in the words of people who write configuration, on the line to correct."""

from __future__ import annotations

import re
from typing import cast

from yaml import YAMLError
from yaml.error import MarkedYAMLError
from yaml.reader import ReaderError

from rhythmconf.text.yaml12.faults import Mark, OwnMark, Problem, YamlFault, fault
from rhythmconf.text.yaml12.indentation import MEMBER, content_lines, explain_indentation, explain_start
from rhythmconf.text.yaml12.mistakes import (
    explain_dash,
    explain_missing_spec,
    explain_mixed_quotes,
    explain_typographic_quote,
)
from rhythmconf.text.yaml12.source import not_utf8

_QUOTE_IT = "put the text in quotes"
_CONFLICT = "if the line is left of a merge, remove it"


def parser_fault(error: YAMLError, text: bytes) -> YamlFault:
    """Return the fault for an error that the parser raised."""
    if isinstance(error, ReaderError):
        return not_utf8(text, error.position, error.reason)
    marked = cast("MarkedYAMLError", error)  # a parser without a composer raises no third kind of error
    lines = text.decode("utf-8-sig", "replace").split("\n")
    end = marked.problem_mark or OwnMark(0, 0)
    problem = Problem(marked.context or "", marked.problem or "", marked.context_mark, end, lines)
    for explain in (
        _explain_tab,
        explain_mixed_quotes,
        _explain_unclosed,
        explain_typographic_quote,
        explain_dash,
        explain_missing_spec,
        explain_indentation,
        explain_start,
        _explain_colon,
        _explain_character,
        _explain_behind_bracket,
    ):
        if found := explain(problem):
            return found
    return _explain_words(problem)


def _explain_tab(problem: Problem) -> YamlFault | None:
    """Explain a tab in front of a value or a name, where only spaces may be."""
    indentation = re.match(r"[ \t]*", problem.line)
    column = problem.line.find("\t")
    if indentation and 0 <= column < indentation.end() and problem.end.column <= indentation.end():
        message = "a tab is in the indentation of this line"
    elif problem.char == "\t" and "cannot start" in problem.words:
        message, column = "a tab is here in front of a value", problem.end.column
    else:
        return None
    return fault(message, "indent with spaces, not with tabs", OwnMark(problem.end.line, column))


def _explain_unclosed(problem: Problem) -> YamlFault | None:
    """Explain a quote or a bracket that is never closed.

    The parser reports it lines later, but the place to correct is where it begins.
    """
    start, end = problem.start, problem.end
    if start is None or start.line == end.line:
        return None
    if "quoted scalar" in problem.context and ("end of stream" in problem.words or "document" in problem.words):
        return fault("the quote that begins here is never closed", "close it", start)
    if "flow" in problem.context:
        message = f"this bracket is not closed: a ',' or the closing bracket is missing in line {end.line + 1}"
        return fault(message, "close it, or put it in quotes if it is a text", start)
    return None


def _explain_colon(problem: Problem) -> YamlFault | None:
    """Explain a ': ' where no name can be, and a line without one."""
    if "mapping values" in problem.words:
        before = problem.line[: problem.end.column]
        if MEMBER.match(before):
            return fault("a second ': ' is in this line", "put the value in quotes if it is a text", problem.end)
        above = [line for line in content_lines(problem) if line.number < problem.end.line]
        number = above[-1].number if above else problem.end.line
        return _without_colon(problem, OwnMark(number, 0))
    if "could not find expected ':'" in problem.words and problem.start is not None:
        return _without_colon(problem, problem.start)
    return None


def _without_colon(problem: Problem, mark: Mark) -> YamlFault:
    text = problem.lines[mark.line]
    help = "write `name: value`, with a blank behind the colon"
    if re.fullmatch(r"={7,}", text.strip()):
        help = _CONFLICT
    elif re.fullmatch(r"-{2,}|\u2014|\u2013-?", text.strip()):
        help = "write `---`, three dashes, between two documents"
    return fault("this line has no ': '", help, OwnMark(mark.line, len(text) - len(text.lstrip())))


def _explain_character(problem: Problem) -> YamlFault | None:
    """Explain a character that begins something else than a text."""
    if "cannot start" in problem.words:
        return fault(f"a text can't begin with '{problem.char}'", _QUOTE_IT, problem.end)
    if "alphabetic or numeric" in problem.words and problem.start is not None:
        sign = "*" if "alias" in problem.context else "&"
        return fault(f"a text can't begin with '{sign}'", _QUOTE_IT, problem.start)
    if "scanning a tag" in problem.context and problem.start is not None:
        return fault("a text can't begin with '!'", _QUOTE_IT, problem.start)
    if "scanning a block scalar" in problem.context and "comment or line break" in problem.words and problem.start:
        sign = problem.lines[problem.start.line][problem.start.column]
        message = f"nothing may follow the '{sign}' in its line"
        return fault(message, "put the text into the lines below, or the whole text in quotes", problem.end)
    return None


def _explain_behind_bracket(problem: Problem) -> YamlFault | None:
    """Explain a text that begins with a word in brackets, such as `{first_name}, welcome`."""
    before = problem.line[: problem.end.column].rstrip()
    if not re.search("did not find expected (key|'-' indicator)", problem.words) or before[-1:] not in ("}", "]"):
        return None
    message = f"this doesn't belong to the value before it, which ends at the '{before[-1]}'"
    return fault(message, "put the whole text in quotes: it begins with a bracket", problem.end)


_WORDS = {
    "block sequence entries are not allowed": (
        "a list can't begin here, behind a name",
        "put the items into the lines below, or the text in quotes",
    ),
    "mapping keys are not allowed": ("a text can't begin with '?' and a blank", _QUOTE_IT),
    "expected node content": ("a value is missing here", "write it, or put a bracket in quotes if it is a text"),
    "expected <document start>": (
        "this doesn't belong to the value above it, which is complete",
        "check the indentation; put a line '---' above it if another document begins here",
    ),
    "expected ',' or ']'": ("a ',' or the closing ']' is missing here", f"write it, or {_QUOTE_IT}"),
    "expected ',' or '}'": ("a ',' or the closing '}' is missing here", f"write it, or {_QUOTE_IT}"),
    "unknown escape": (
        "this is an unknown escape",
        "in double quotes a backslash begins an escape: write two of them, or use single quotes",
    ),
    "expected key": ("this doesn't belong to the value before it", "check the quotes: inside single quotes write '' "),
}
_OTHER_HELP = "check the indentation and the quotes at and above this place"


def _explain_words(problem: Problem) -> YamlFault:
    """Explain the errors that are known by their words alone, and pass on those that aren't."""
    for words, (message, help) in _WORDS.items():
        if words in problem.words:
            return fault(message, help.strip(), problem.end)
    message = " ".join(part for part in (problem.context, problem.words) if part)
    begun = (
        f" (begun in line {problem.start.line + 1})" if problem.start and problem.start.line < problem.end.line else ""
    )
    return fault(message + begun, _OTHER_HELP, problem.end)
