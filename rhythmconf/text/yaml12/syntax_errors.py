"""Say what is wrong with a text in the words of people who write configuration, on the line to correct."""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from yaml import YAMLError
from yaml.error import MarkedYAMLError
from yaml.reader import ReaderError

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import Mark, YamlFault, make_mark
from rhythmconf.text.yaml12.source import not_utf8

_QUOTE_IT = "put the text in quotes"
_CONFLICT = "if the line is left of a merge, remove it"
_MEMBER = re.compile(r"""[ ]*(?:-[ ]+)*(?:"[^"]*"|'[^']*'|[^\s#'"{\[&*!|>%@`][^#]*?)[ ]*:(?=[ ]|$)""")


class _Problem(NamedTuple):
    """An error of the parser: its words, and the lines of the text around it. Lines and columns count from 0."""

    context: str
    words: str
    start: Mark | None
    end: Mark
    lines: list[str]

    @property
    def line(self) -> str:
        """The line in which the parser noticed the error."""
        return self.lines[self.end.line] if self.end.line < len(self.lines) else ""

    @property
    def char(self) -> str:
        """The character at which the parser noticed the error; empty at the end of a line."""
        return self.line[self.end.column : self.end.column + 1]


def parser_fault(error: YAMLError, text: bytes) -> YamlFault:
    """Return the fault for an error that the parser raised."""
    if isinstance(error, ReaderError):
        return not_utf8(text, error.position, error.reason)
    marked = cast("MarkedYAMLError", error)  # a parser without a composer raises no third kind of error
    lines = text.decode("utf-8-sig", "replace").split("\n")
    end = marked.problem_mark or make_mark(0, 0)
    problem = _Problem(marked.context or "", marked.problem or "", marked.context_mark, end, lines)
    for explain in (_explain_tab, _explain_unclosed, _explain_indentation, _explain_colon, _explain_character):
        if fault := explain(problem):
            return fault
    return _explain_words(problem)


def _fault(message: str, help: str, mark: Mark) -> YamlFault:
    return YamlFault(codes.SYNTAX, message, help=help, mark=mark)


def _explain_tab(problem: _Problem) -> YamlFault | None:
    """Explain a tab in front of a value or a name, where only spaces may be."""
    indentation = re.match(r"[ \t]*", problem.line)
    column = problem.line.find("\t")
    if indentation and 0 <= column < indentation.end() and problem.end.column <= indentation.end():
        message = "a tab is in the indentation of this line"
    elif problem.char == "\t" and "cannot start" in problem.words:
        message, column = "a tab is here in front of a value", problem.end.column
    else:
        return None
    return _fault(message, "indent with spaces, not with tabs", make_mark(problem.end.line, column))


def _explain_unclosed(problem: _Problem) -> YamlFault | None:
    """Explain a quote or a bracket that is never closed.

    The parser reports it lines later, but the place to correct is where it begins.
    """
    start, end = problem.start, problem.end
    if start is None or start.line == end.line:
        return None
    if "quoted scalar" in problem.context and "end of stream" in problem.words:
        return _fault("the quote that begins here is never closed", "close it", start)
    if "flow" in problem.context:
        message = f"this bracket is not closed: a ',' or the closing bracket is missing in line {end.line + 1}"
        return _fault(message, "close it, or put it in quotes if it is a text", start)
    return None


class _Line(NamedTuple):
    """A line with content: its number from 0, the columns of its dashes and of its content, and the content."""

    number: int
    columns: tuple[int, ...]
    content: str

    @property
    def is_open(self) -> bool:
        """Whether the line ends with a name whose value is in the lines below."""
        return re.search(r":[ ]*(#.*)?$", self.content) is not None


def _content_lines(problem: _Problem) -> list[_Line]:
    """Return the lines with content down to the one of the problem, from the last line `---` on."""
    lines: list[_Line] = []
    for number, text in enumerate(problem.lines[: problem.end.line + 1]):
        content = text.strip()
        if content.startswith("---"):
            lines.clear()
        elif content and not content.startswith("#"):
            match = re.match(r" *(?:-[ ]+)*", text)
            width = match.end() if match else 0
            dashes = [column for column, char in enumerate(text[:width]) if char == "-"]
            lines.append(_Line(number, (*dashes, width), content))
    return lines


def _explain_indentation(problem: _Problem) -> YamlFault | None:
    """Explain a line whose indentation fits nothing above it."""
    block = "block" in problem.context and ("expected key" in problem.words or "'-' indicator" in problem.words)
    if not block and "mapping values" not in problem.words:
        return None
    lines = _content_lines(problem)
    if not lines or lines[-1].number != problem.end.line or len(lines) == 1:
        return None
    *above, line = lines
    indent = line.columns[0]
    if block and problem.end.column > line.columns[-1]:
        return None  # something is wrong behind the first word of the line
    before = above[-1]
    if indent > before.columns[-1] and not before.is_open and _MEMBER.match(before.content):
        return _too_deep(problem, above, line)
    levels = _open_levels(above)
    if before.is_open and indent > before.columns[-1]:
        return None  # the value of the line above begins here, and may have any indentation
    if indent not in levels:
        fitting = " or ".join(str(level) for level in sorted(levels))
        message = f"this line is indented by {_spaces(indent)}, and no line above it that is still open is"
        return _fault(message, f"indent it by {fitting} spaces, like the lines that it belongs to", problem.end)
    if block and "'-' indicator" in problem.words:
        message = "this line has the indentation of a list, but is no item of it"
        return _fault(message, "begin it with '- ', or give it the indentation of what it belongs to", problem.end)
    if block and line.content.startswith("-"):
        message = "an item of a list is among the members of a mapping"
        return _fault(message, "put a line `name:` above it, or give it the indentation of its list", problem.end)
    return None


def _too_deep(problem: _Problem, above: list[_Line], line: _Line) -> YamlFault:
    """Explain a line that is deeper than the one above it, which has a value already: one of the two is wrong."""
    before, indent = above[-1], line.columns[0]
    former = above[-2] if len(above) > 1 else None
    if former and (indent in former.columns or (former.is_open and former.columns[-1] == before.columns[-1])):
        # The line above is the only one that doesn't fit: what surrounds it is at one level.
        message = f"this line is indented by {_spaces(before.columns[0])}, less than the line below it"
        help = f"indent it by {_spaces(indent)}, or indent line {line.number + 1} less"
        return _fault(message, help, make_mark(before.number, before.columns[0]))
    message = f"this line is indented deeper than line {before.number + 1}, which has a value already"
    help = f"indent it by {_spaces(before.columns[-1])}; a text of several lines with ': ' in it needs quotes"
    return _fault(message, help, problem.end)


def _open_levels(lines: list[_Line]) -> set[int]:
    """Return the columns at which a line may go on after these lines."""
    levels: list[int] = []
    for line in lines:
        levels = [level for level in levels if level < line.columns[0]] + [*line.columns]
    return set(levels)


def _spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"


def _explain_colon(problem: _Problem) -> YamlFault | None:
    """Explain a ': ' where no name can be, and a line without one."""
    if "mapping values" in problem.words:
        before = problem.line[: problem.end.column]
        if _MEMBER.match(before):
            return _fault("a second ': ' is in this line", "put the value in quotes if it is a text", problem.end)
        above = [line for line in _content_lines(problem) if line.number < problem.end.line]
        number = above[-1].number if above else problem.end.line
        return _without_colon(problem, make_mark(number, 0))
    if "could not find expected ':'" in problem.words and problem.start is not None:
        return _without_colon(problem, problem.start)
    return None


def _without_colon(problem: _Problem, mark: Mark) -> YamlFault:
    text = problem.lines[mark.line]
    help = _CONFLICT if re.fullmatch(r"={7,}", text.strip()) else "write `name: value`, with a blank behind the colon"
    return _fault("this line has no ': '", help, make_mark(mark.line, len(text) - len(text.lstrip())))


def _explain_character(problem: _Problem) -> YamlFault | None:
    """Explain a character that begins something else than a text."""
    if "cannot start" in problem.words:
        return _fault(f"a text can't begin with '{problem.char}'", _QUOTE_IT, problem.end)
    if "alphabetic or numeric" in problem.words and problem.start is not None:
        sign = "*" if "alias" in problem.context else "&"
        return _fault(f"a text can't begin with '{sign}'", _QUOTE_IT, problem.start)
    if "scanning a tag" in problem.context and problem.start is not None:
        return _fault("a text can't begin with '!'", _QUOTE_IT, problem.start)
    if "scanning a block scalar" in problem.context and "comment or line break" in problem.words and problem.start:
        sign = problem.lines[problem.start.line][problem.start.column]
        message = f"nothing may follow the '{sign}' in its line"
        return _fault(message, "put the text into the lines below, or the whole text in quotes", problem.end)
    return None


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


def _explain_words(problem: _Problem) -> YamlFault:
    """Explain the errors that are known by their words alone, and pass on those that aren't."""
    for words, (message, help) in _WORDS.items():
        if words in problem.words:
            return _fault(message, help.strip(), problem.end)
    message = " ".join(part for part in (problem.context, problem.words) if part)
    begun = (
        f" (begun in line {problem.start.line + 1})" if problem.start and problem.start.line < problem.end.line else ""
    )
    return _fault(message + begun, _OTHER_HELP, problem.end)
