"""Write the parts of a text again at other columns and in another order; quotes, comments and values stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rhythmconf.catalog import Field
from rhythmconf.model import Json
from rhythmconf.text.scribe.render import WIDTH, child, items, ordered
from rhythmconf.text.scribe.splices import Draft
from rhythmconf.text.scribe.tree import Node, Part

STEP = 2
_PLAIN = re.compile(r"[\w./+ -]*[\w./+-]")


def end_of_part(draft: Draft, part: Part) -> int:
    """Return the end of the last line of a member or an item, with the comments below that belong to it."""
    nested = not part.value.inline and part.value.parts
    end = end_of_part(draft, part.value.parts[-1]) if nested else part.value.end
    return draft.end_with_comments(end, draft.column(part.start))


@dataclass(frozen=True, slots=True)
class Layout:
    """Writes the parts of one text as lines without line breaks."""

    draft: Draft

    def mapping(self, node: Node, field: Field, indent: int, begin: int) -> list[str]:
        """Return the members of a block mapping at column `indent` in schema order, each with the comments above it.

        `begin` is where the line of the mapping's head, or the mapping itself, begins.
        """
        chunks: dict[str, list[str]] = {}
        for part in node.parts:
            head = " " * indent + self._source(part.start, part.lead)
            chunks[part.name] = [
                *self._above(part, begin, indent),
                *self._entry(head, part, child(field, part.name), indent),
            ]
            begin = end_of_part(self.draft, part)
        return _without_first_blanks(line for name in _order(chunks, field) for line in chunks[name])

    def _sequence(self, node: Node, field: Field, indent: int, begin: int) -> list[str]:
        lines: list[str] = []
        for part in node.parts:
            lines += self._above(part, begin, indent)
            lines += self._entry(" " * indent + "-", part, items(field), indent)
            begin = end_of_part(self.draft, part)
        return _without_first_blanks(lines)

    def _source(self, start: int, end: int) -> str:
        return self.draft.text[start:end]

    def _rest_of_line(self, offset: int) -> str:
        return self._source(offset, self.draft.line_end(offset)).rstrip()

    def _above(self, part: Part, begin: int, indent: int) -> list[str]:
        """Return the comments and blank lines between the line of `begin` and a part; blank lines are merged."""
        end = self.draft.line_start(part.start)
        source = self._source(self.draft.next_line(begin), end).splitlines() if end > begin else []
        lines = [" " * indent + line.strip() if line.strip() else "" for line in source]
        return [line for position, line in enumerate(lines) if line or not (position and not lines[position - 1])]

    def _entry(self, head: str, part: Part, field: Field, indent: int) -> list[str]:
        """Return a member or an item: its head, its value, the comment behind it, and those below that belong to it."""
        node = part.value
        if node.inline:
            lines = self._inline(head, part, field, indent)
        elif node.form == "scalar":
            lines = self._block_scalar(head, part, indent)
        else:
            lines = self._collection(head, part, field, indent)
        nested = not node.inline and node.parts
        end = end_of_part(self.draft, node.parts[-1]) if nested else self.draft.line_end(node.end)
        below = self._source(end, end_of_part(self.draft, part)).splitlines()[1:]
        # Below a block scalar, a comment at the column of its lines would become one of them.
        column = indent if node.form == "scalar" and not node.inline else indent + STEP
        return [*lines, *(" " * column + line.strip() for line in below)]

    def _collection(self, head: str, part: Part, field: Field, indent: int) -> list[str]:
        node = part.value
        if line := self._short_list(head, node, part.lead):
            return [line]
        write = self.mapping if node.form == "map" else self._sequence
        below = write(node, field, indent + STEP, part.lead)
        # The first member of an item stays behind its dash.
        if head.endswith("-") and not node.anchor and self.draft.line_end(node.start) == self.draft.line_end(part.lead):
            return [f"{head} {below[0].lstrip(' ')}", *below[1:]]
        return [f"{head} {self._rest_of_line(part.lead).strip()}".rstrip(), *below]

    def _block_scalar(self, head: str, part: Part, indent: int) -> list[str]:
        """Return a literal or folded text, two columns deeper than its head."""
        header, begin = self._rest_of_line(part.lead).strip(), self.draft.next_line(part.lead)
        lines = self._source(begin, part.value.end).split("\n") if part.value.end > begin else []
        depth = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
        # A header such as `|2` fixes the indentation relative to the head, so that must not change.
        fixed = re.search(r"[|>][+-]?[1-9]", header)
        by = indent - self.draft.column(part.start) if fixed else indent + STEP - depth
        return [f"{head} {header}", *(_shifted(line.rstrip("\r"), by) for line in lines)]

    def _inline(self, head: str, part: Part, field: Field, indent: int) -> list[str]:
        """Return a value that is not in block style, on the line of its head or below it, as it was."""
        node = part.value
        behind = self._rest_of_line(node.end)
        if node.start == node.end:
            return [head + behind]
        first, *more = f"{self._flow(node, field)}{behind}".splitlines()
        more = [_shifted(line, indent - self.draft.column(part.start)) for line in more]
        between = self._source(part.lead, node.start).split("\n")
        if len(between) > 1:
            comments = [" " * (indent + STEP) + line.strip() for line in between[1:] if line.strip()]
            return [f"{head} {between[0].strip()}".rstrip(), *comments, " " * (indent + STEP) + first, *more]
        return (self._long_list(head, node, indent) if not behind else []) or [f"{head} {first}", *more]

    def _flow(self, node: Node, field: Field) -> str:
        """Return the text of an inline value; objects on one line get the order of the schema."""
        text = self._source(node.start, node.end)
        if not node.parts or node.anchor or "\n" in text or "#" in text:
            return text
        if node.form == "list":
            return "[" + ", ".join(self._flow(part.value, items(field)) for part in node.parts) + "]"
        members = {part.name: self._flow_member(part, child(field, part.name)) for part in node.parts}
        return "{" + ", ".join(members[name] for name in _order(members, field)) + "}"

    def _flow_member(self, part: Part, field: Field) -> str:
        return f"{self._source(part.start, part.lead)} {self._flow(part.value, field)}".rstrip()

    def _simple_items(self, node: Node) -> list[str] | None:
        """Return the texts of a list of plain or quoted scalars, None for any other value."""
        texts = [self._source(part.value.start, part.value.end) for part in node.parts]
        scalars = all(
            part.value.form == "scalar" and part.value.inline and (part.value.style or _PLAIN.fullmatch(text))
            for part, text in zip(node.parts, texts, strict=True)
        )
        simple = scalars and not node.anchor and not any("\n" in text or text.startswith("&") for text in texts)
        return texts if node.form == "list" and texts and simple else None

    def _short_list(self, head: str, node: Node, lead: int) -> str:
        """Return a block list of scalars on one line; empty where it doesn't fit or has a comment."""
        texts = self._simple_items(node)
        if texts is None or head.endswith("-") or "#" in self._source(lead, self.draft.line_end(node.end)):
            return ""
        line = f"{head} [{', '.join(texts)}]"
        return line if len(line) <= WIDTH else ""

    def _long_list(self, head: str, node: Node, indent: int) -> list[str]:
        """Return a list that is too long for one line as a block list; empty for any other value."""
        texts = self._simple_items(node)
        if texts is None or head.endswith("-") or len(f"{head} [{', '.join(texts)}]") <= WIDTH:
            return []
        return [head, *(f"{' ' * (indent + STEP)}- {text}" for text in texts)]


def _order(names: Iterable[str], field: Field) -> Iterable[str]:
    in_order: Mapping[str, Json] = ordered(dict.fromkeys(names), field)
    return in_order


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line else ""
    return line[min(-by, len(line) - len(line.lstrip(" "))) :]


def _without_first_blanks(lines: Iterable[str]) -> list[str]:
    result = list(lines)
    while result and not result[0]:
        result.pop(0)
    return result
