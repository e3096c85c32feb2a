"""Explain lines whose indentation fits nothing above them: which line is wrong, and how far to indent it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rhythmconf.text.yaml12.faults import Mark, OwnMark, Problem, YamlFault, fault

MEMBER = re.compile(r"""[ ]*(?:-[ ]+)*(?:"[^"]*"|'[^']*'|[^\s#'"{\[&*!|>%@`][^#]*?)[ ]*:(?=[ ]|$)""")


class Line(NamedTuple):
    """A line with content: its number from 0, the columns of its dashes and of its content, and the content."""

    number: int
    columns: tuple[int, ...]
    content: str

    @property
    def is_open(self) -> bool:
        """Whether the line ends with a name whose value is in the lines below."""
        return re.search(r":[ ]*(#.*)?$", self.content) is not None

    @property
    def mark(self) -> Mark:
        """Where the line begins behind its indentation."""
        return OwnMark(self.number, self.columns[0])


def content_lines(problem: Problem) -> list[Line]:
    """Return the lines with content down to the one of the problem, from the last line `---` on."""
    lines: list[Line] = []
    for number, text in enumerate(problem.lines[: problem.end.line + 1]):
        if text.strip().startswith("---"):
            lines.clear()
        else:
            lines += _content_line(number, text)
    return lines


def _content_line(number: int, text: str) -> list[Line]:
    content = text.strip()
    if not content or content.startswith("#"):
        return []
    match = re.match(r" *(?:-[ ]+)*", text)
    width = match.end() if match else 0
    dashes = [column for column, char in enumerate(text[:width]) if char == "-"]
    return [Line(number, (*dashes, width), content)]


def _line_below(problem: Problem) -> Line | None:
    """Return the next line with content below the one of the problem."""
    below = enumerate(problem.lines[problem.end.line + 1 :], problem.end.line + 1)
    return next((line for number, text in below for line in _content_line(number, text)), None)


def explain_indentation(problem: Problem) -> YamlFault | None:
    """Explain a line whose indentation fits nothing above it."""
    block = "block" in problem.context and ("expected key" in problem.words or "'-' indicator" in problem.words)
    if not block and "mapping values" not in problem.words:
        return None
    lines = content_lines(problem)
    if not lines or lines[-1].number != problem.end.line or len(lines) == 1:
        return None
    *above, line = lines
    indent = line.columns[0]
    if block and problem.end.column > line.columns[-1]:
        return None  # something is wrong behind the first word of the line
    before = above[-1]
    if indent > before.columns[-1] and not before.is_open and MEMBER.match(before.content):
        return _too_deep(problem, above, line)
    levels = _open_levels(above)
    if before.is_open and indent > before.columns[-1]:
        return None  # the value of the line above begins here, and may have any indentation
    if (early := _ends_too_early(above, indent)) is not None:
        return _too_far_left(early, line)
    if indent not in levels:
        fitting = " or ".join(str(level) for level in sorted(levels))
        message = f"this line is indented by {spaces(indent)}, and no line above it that is still open is"
        return fault(message, f"indent it by {fitting} spaces, like the lines that it belongs to", problem.end)
    if block and "'-' indicator" in problem.words:
        if not any(indent in one.columns[:-1] for one in above):
            item = next(one for one in reversed(above) if indent in one.columns)
            message = f"this line belongs to line {item.number + 1}, which has a value already"
            help = "if it is an item of its own, begin it with '- ', in the column of the dash above"
            return fault(message, help, problem.end)
        message = "this line has the indentation of a list, but is no item of it"
        return fault(message, _help_in_list(problem, above, line), problem.end)
    if block and line.content.startswith("-"):
        message = "an item of a list is among the members of a mapping"
        help = "put a line `name:` above it, or give it the indentation of its list"
        if before.is_open and before.columns[-1] > indent:
            help = f"indent it by {spaces(before.columns[-1] + 2)}, below line {before.number + 1}"
        return fault(message, help, problem.end)
    return None


def explain_start(problem: Problem) -> YamlFault | None:
    """Explain a first line that is indented, while the others are not."""
    lines = content_lines(problem)
    if "expected <document start>" not in problem.words or len(lines) < 2 or lines[-1].number != problem.end.line:
        return None
    first, line = lines[0], lines[-1]
    if line.columns[0] or not first.columns[0] or not MEMBER.match(line.content):
        return None
    message = f"this line is indented by {spaces(first.columns[0])}, but line {line.number + 1} is not"
    return fault(message, "remove the spaces in front of it: the members of a document begin in one column", first.mark)


def _too_deep(problem: Problem, above: Sequence[Line], line: Line) -> YamlFault:
    """Explain a line that is deeper than the one above it, which has a value already: one of the two is wrong."""
    before, indent = above[-1], line.columns[0]
    former = above[-2] if len(above) > 1 else None
    if former and (indent in former.columns or (former.is_open and former.columns[-1] == before.columns[-1])):
        # The line above is the only one that doesn't fit: what surrounds it is at one level.
        message = f"this line is indented by {spaces(before.columns[0])}, less than the line below it"
        help = f"indent it by {spaces(indent)}, or indent line {line.number + 1} less"
        return fault(message, help, before.mark)
    if (early := _ends_too_early(above, indent)) is not None:
        return _too_far_left(early, line)
    message = f"this line is indented deeper than line {before.number + 1}, which has a value already"
    help = _indent(before.columns[-1])
    if len(before.columns) > 1:
        more = spaces(indent - before.columns[-1])
        help += f", or put {more} more in front of the dash in line {before.number + 1}"
    return fault(f"{message}", f"{help}; a text of several lines with ': ' in it needs quotes", problem.end)


def _ends_too_early(above: Sequence[Line], indent: int) -> Line | None:
    """Return the line that ends the mapping or list to which a line with this indentation would belong.

    It is the latest one that is less deep, where something that deep was open or should have begun: below a name
    without a value. None where nothing was that deep.
    """
    lowest = indent
    for position in range(len(above) - 1, 0, -1):
        line, former = above[position], above[position - 1]
        if line.columns[0] >= lowest:
            continue
        lowest = line.columns[0]
        without_value = former.is_open and former.columns[-1] == lowest and not line.content.startswith("-")
        if without_value or indent in _open_levels(above[:position]):
            return line
    return None


def _too_far_left(early: Line, line: Line) -> YamlFault:
    """Explain a line that is less deep than the rest of its mapping. Only a later line shows that."""
    indent, has, first, last = line.columns[0], early.columns[0], early.number + 1, line.number
    message = f"this line is indented by {spaces(has)}, so line {line.number + 1}, with {indent}, belongs to nothing"
    which = f"each line from {first} to {last}" if last > first else "it"
    other = f"indent line {line.number + 1} by {spaces(has)}" if has else f"begin line {line.number + 1} without spaces"
    return fault(
        message,
        f"put {spaces(indent - has)} more in front of {which}. If that is right as it is, {other} instead",
        early.mark,
    )


def _help_in_list(problem: Problem, above: Sequence[Line], line: Line) -> str:
    """Return how to indent a line that is at the level of the dashes of a list."""
    before, below, indent = above[-1], _line_below(problem), line.columns[0]
    if below and before.columns[-1] == below.columns[0] > indent and not line.is_open:
        return f"indent it by {spaces(below.columns[0])}, like the lines around it; or begin it with '- '"
    if below and below.columns[0] == indent and indent in before.columns[:-1]:
        return (
            f"take {spaces(before.columns[-1] - indent)} away in front of the dash in line {before.number + 1}, or "
            f"indent the lines from here on by {spaces(before.columns[-1])}; or begin it with '- '"
        )
    item = next(one.columns for one in reversed(above) if indent in one.columns[:-1])
    deeper = item[item.index(indent) + 1]
    outer = max((level for level in _open_levels(above) if level < indent), default=0)
    what = "it and the lines below that belong to it" if line.is_open else "it"
    return (
        f"move {what} to the right, so that it is indented by {spaces(deeper)}, if it belongs to the item above; "
        f"indent it by {spaces(outer)} if it belongs beside the list; or begin it with '- '"
    )


def _open_levels(lines: Sequence[Line]) -> set[int]:
    """Return the columns at which a line may go on after these lines."""
    levels: list[int] = []
    for line in lines:
        levels = [level for level in levels if level < line.columns[0]] + [*line.columns]
    return set(levels)


def _indent(count: int) -> str:
    return f"indent it by {spaces(count)}" if count else "remove the spaces in front of it"


def spaces(count: int) -> str:
    """Return `1 space` or `4 spaces`."""
    return "1 space" if count == 1 else f"{count} spaces"
