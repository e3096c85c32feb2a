"""Parts of a text written again in the words they have, at other columns and in another order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rhythmconf.catalog import Field
from rhythmconf.model import Json
from rhythmconf.text.scribe.lines import WIDTH, child, items, ordered
from rhythmconf.text.scribe.splices import Draft
from rhythmconf.text.scribe.tree import Node, Part

STEP = 2
_WORD = re.compile(r"[\w./+ -]*[\w./+-]")


def reach(draft: Draft, part: Part) -> int:
    """The end of the last line that belongs to a member or an item, the comments below it included."""
    nested = not part.value.inline and part.value.parts
    end = reach(draft, part.value.parts[-1]) if nested else part.value.end
    return draft.behind_remarks(end, draft.column(part.start))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Writes the parts of one text as lines without line breaks."""

    draft: Draft

    def mapping(self, node: Node, field: Field, indent: int, begin: int) -> list[str]:
        """The members of a block mapping at column `indent`, in the order of the schema, each with what is above it.

        `begin` is where the line of the mapping's own head, or the mapping itself, begins.
        """
        chunks: dict[str, list[str]] = {}
        for part in node.parts:
            head = " " * indent + self.source(part.start, part.lead)
            chunks[part.name] = self._above(part, begin, indent) + self._entry(
                head, part, child(field, part.name), indent
            )
            begin = reach(self.draft, part)
        return _without_first_blank(line for name in _order(chunks, field) for line in chunks[name])

    def sequence(self, node: Node, field: Field, indent: int, begin: int) -> list[str]:
        """The items of a block list, their dashes at column `indent`."""
        lines: list[str] = []
        for part in node.parts:
            lines += self._above(part, begin, indent)
            lines += self._entry(" " * indent + "-", part, items(field), indent)
            begin = reach(self.draft, part)
        return _without_first_blank(lines)

    def source(self, start: int, end: int) -> str:
        """A stretch of the text."""
        return self.draft.text[start:end]

    def rest(self, offset: int) -> str:
        """The text from `offset` to the end of its line."""
        return self.source(offset, self.draft.line_end(offset)).rstrip()

    def _above(self, part: Part, begin: int, indent: int) -> list[str]:
        """The comments and blank lines between the line of `begin` and an entry."""
        end = self.draft.line_start(part.start)
        lines = self.source(self.draft.next_line(begin), end).splitlines() if end > begin else []
        found = [" " * indent + line.strip() if line.strip() else "" for line in lines]
        return [line for place, line in enumerate(found) if line or not (place and not found[place - 1])]

    def _entry(self, head: str, part: Part, field: Field, indent: int) -> list[str]:
        """A member or an item: its head, its value, the comment behind it, and those below that belong to it."""
        node = part.value
        if node.inline:
            lines = self._inline(head, part, field, indent)
        elif node.shape == "scalar":
            lines = self._block_scalar(head, part, indent)
        else:
            lines = self._collection(head, part, field, indent)
        nested = not node.inline and node.parts
        end = reach(self.draft, node.parts[-1]) if nested else self.draft.line_end(node.end)
        below = self.source(end, reach(self.draft, part)).splitlines()[1:]
        # Below a block text, a comment at the column of its lines would become one of them.
        column = indent if node.shape == "scalar" and not node.inline else indent + STEP
        return [*lines, *(" " * column + line.strip() for line in below)]

    def _collection(self, head: str, part: Part, field: Field, indent: int) -> list[str]:
        node = part.value
        if line := self._short_list(head, node, part.lead):
            return [line]
        write = self.mapping if node.shape == "map" else self.sequence
        below = write(node, field, indent + STEP, part.lead)
        if head.endswith("-") and not node.anchor and self.draft.line_end(node.start) == self.draft.line_end(part.lead):
            return [f"{head} {below[0].lstrip(' ')}", *below[1:]]
        return [f"{head} {self.rest(part.lead).strip()}".rstrip(), *below]

    def _block_scalar(self, head: str, part: Part, indent: int) -> list[str]:
        """A literal or folded text, two columns deeper than its head."""
        header, begin = self.rest(part.lead).strip(), self.draft.next_line(part.lead)
        lines = self.source(begin, part.value.end).split("\n") if part.value.end > begin else []
        deep = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
        fixed = re.search(r"[|>][+-]?[1-9]", header)
        by = indent - self.draft.column(part.start) if fixed else indent + STEP - deep
        return [f"{head} {header}", *(_shifted(line.rstrip("\r"), by) for line in lines)]

    def _inline(self, head: str, part: Part, field: Field, indent: int) -> list[str]:
        """A value with its first and last sign, on the line of its head or below it, as it was."""
        node = part.value
        behind = self.rest(node.end)
        if node.start == node.end:
            return [head + behind]
        first, *more = f"{self._flow(node, field)}{behind}".splitlines()
        more = [_shifted(line, indent - self.draft.column(part.start)) for line in more]
        between = self.source(part.lead, node.start).split("\n")
        if len(between) > 1:
            comments = [" " * (indent + STEP) + line.strip() for line in between[1:] if line.strip()]
            return [f"{head} {between[0].strip()}".rstrip(), *comments, " " * (indent + STEP) + first, *more]
        return (self._long_list(head, node, indent) if not behind else []) or [f"{head} {first}", *more]

    def _flow(self, node: Node, field: Field) -> str:
        """The words of an inline value; objects on one line get the order of the schema."""
        words = self.source(node.start, node.end)
        if not node.parts or node.anchor or "\n" in words or "#" in words:
            return words
        if node.shape == "list":
            return "[" + ", ".join(self._flow(part.value, items(field)) for part in node.parts) + "]"
        members = {part.name: self._member(part, child(field, part.name)) for part in node.parts}
        return "{" + ", ".join(members[name] for name in _order(members, field)) + "}"

    def _member(self, part: Part, field: Field) -> str:
        return f"{self.source(part.start, part.lead)} {self._flow(part.value, field)}".rstrip()

    def _words(self, node: Node) -> list[str] | None:
        """The items of a list of plain or quoted words, None for any other."""
        words = [self.source(part.value.start, part.value.end) for part in node.parts]
        plain = all(
            part.value.shape == "scalar" and part.value.inline and (part.value.style or _WORD.fullmatch(word))
            for part, word in zip(node.parts, words, strict=True)
        )
        simple = plain and not node.anchor and not any("\n" in word or word.startswith("&") for word in words)
        return words if node.shape == "list" and words and simple else None

    def _short_list(self, head: str, node: Node, lead: int) -> str:
        """A block list of words on one line, where it fits and no comment is in it."""
        words = self._words(node)
        if words is None or head.endswith("-") or "#" in self.source(lead, self.draft.line_end(node.end)):
            return ""
        line = f"{head} [{', '.join(words)}]"
        return line if len(line) <= WIDTH else ""

    def _long_list(self, head: str, node: Node, indent: int) -> list[str]:
        """A list on one line that is too long for it, as a block list."""
        words = self._words(node)
        if words is None or head.endswith("-") or len(f"{head} [{', '.join(words)}]") <= WIDTH:
            return []
        return [head, *(f"{' ' * (indent + STEP)}- {word}" for word in words)]


def _order(names: Iterable[str], field: Field) -> Iterable[str]:
    found: Mapping[str, Json] = ordered(dict.fromkeys(names), field)
    return found


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line else ""
    return line[min(-by, len(line) - len(line.lstrip(" "))) :]


def _without_first_blank(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    while found and not found[0]:
        found.pop(0)
    return found
