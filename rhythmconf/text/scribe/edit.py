"""A tree, its value and the value it shall have -> splices, as few and as small as the text allows."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.catalog import Field
from rhythmconf.model import Body, Json, same
from rhythmconf.text.scribe import flows
from rhythmconf.text.scribe.align import align
from rhythmconf.text.scribe.lines import (
    WIDTH,
    child,
    ends_in_block,
    flow,
    flow_member,
    item_lines,
    items,
    member_lines,
    ordered,
    value_lines,
)
from rhythmconf.text.scribe.scalars import double_quoted, single_quoted
from rhythmconf.text.scribe.splices import Draft
from rhythmconf.text.scribe.tree import Node, Part


class Slot(NamedTuple):
    """Where a value stands: `lead` is behind its colon or dash, `column` that of its name or dash.

    `inline` says that brackets or braces are around it, `item` that a dash is before it.
    """

    lead: int
    column: int
    depth: int
    inline: bool = False
    item: bool = False


def edit(draft: Draft, node: Node, old: Json, new: Json, field: Field, slot: Slot) -> None:
    """Collect what makes `new` of the text of a value that is `old`. Aliases keep what they shall mean."""
    if node.shape == "alias":
        if node.anchor not in draft.now or not same(draft.now[node.anchor], new):
            replace(draft, node, new, field, slot)
        return
    if node.anchor:
        draft.now[node.anchor] = new
    if not draft.aliased and same(old, new):
        return
    inner = slot._replace(inline=True) if node.inline and node.parts else slot
    if isinstance(old, dict) and isinstance(new, dict) and node.parts and new:
        _members(draft, node, old, new, field, inner)
    elif isinstance(old, list) and isinstance(new, list) and node.parts and new:
        _items(draft, node, old, new, field, inner)
    elif not same(old, new):
        replace(draft, node, new, field, slot)


def replace(draft: Draft, node: Node, new: Json, field: Field, slot: Slot) -> None:
    """Write the whole value anew, in the style that its place allows."""
    for gone in node.anchors():
        draft.now.pop(gone, None)
    if slot.inline:
        draft.put(node.start, node.end, _requoted(node, new) or flow(new, field, draft.words))
        return
    indent = slot.column + 2
    first, *below = value_lines(new, field, indent=indent, depth=slot.depth, room=WIDTH - draft.column(slot.lead))
    if not below and node.inline:
        first = _requoted(node, new) or first
        draft.put(node.start, node.end, first if node.start > slot.lead else f" {first}")
        return
    compact = not node.inline and node.parts and draft.line_end(node.start) == draft.line_end(slot.lead)
    comment = "" if compact else draft.comment(node.end if node.inline else slot.lead)
    if slot.item and not first and not comment:
        first, *below = [below[0].lstrip(" "), *below[1:]]
    head = f" {first}" if first else ""
    draft.put(slot.lead, draft.line_end(node.end), "\n".join([head + comment, *below]))
    if ends_in_block(new, field):
        draft.pull_back(node.end, max(slot.column, 0))


def _requoted(node: Node, new: Json) -> str:
    """A scalar in the quotes of the one whose place it takes; empty where that can't be."""
    if not isinstance(new, str) or node.shape != "scalar" or node.anchor:
        return ""
    if node.style == '"':
        return double_quoted(new)
    return single_quoted(new) if node.style == "'" and new.isprintable() else ""


def _members(draft: Draft, node: Node, old: Body, new: Body, field: Field, slot: Slot) -> None:
    kept = [part for part in node.parts if part.name in new]
    if not kept:
        replace(draft, node, new, field, slot)
        return
    for part in kept:
        place = Slot(part.lead, draft.column(part.start), slot.depth + 1, slot.inline)
        edit(draft, part.value, old[part.name], new[part.name], child(field, part.name), place)
    _remove(draft, node, kept)
    order = list(ordered(new, field))
    for name in sorted(new.keys() - old.keys(), key=order.index):
        before = [part for part in kept if order.index(part.name) < order.index(name)]
        if node.inline:
            member = flow_member(name, new[name], field, draft.words)
            flows.insert(draft, node, before[-1] if before else None, kept[0], member)
        else:
            column = draft.column(node.parts[0].start)
            lines = member_lines(name, new[name], child(field, name), indent=column, depth=slot.depth + 1)
            _insert(draft, before[-1] if before else None, kept[0], lines, column)
            if before and ends_in_block(new[name], child(field, name)):
                draft.pull_back(draft.behind_remarks(before[-1].value.end, column), column)


def _items(draft: Draft, node: Node, old: list[Json], new: list[Json], field: Field, slot: Slot) -> None:
    matched = align(old, new, field)
    kept = [node.parts[was] for was, now in matched if was is not None and now is not None]
    if not kept:
        replace(draft, node, new, field, slot)
        return
    before: Part | None = None
    for was, now in matched:
        if was is not None and now is not None:
            before = node.parts[was]
            place = Slot(before.lead, draft.column(before.start), slot.depth + 1, slot.inline, item=True)
            edit(draft, before.value, old[was], new[now], items(field), place)
        elif now is not None and node.inline:
            flows.insert(draft, node, before, kept[0], flow(new[now], items(field), draft.words))
        elif now is not None:
            column = draft.column(node.parts[0].start)
            lines = item_lines(new[now], items(field), indent=column, depth=slot.depth + 1)
            _insert(draft, before, kept[0], lines, column)
            if before and ends_in_block(new[now], items(field)):
                draft.pull_back(draft.behind_remarks(before.value.end, column), column)
    _remove(draft, node, kept)


def _insert(draft: Draft, before: Part | None, first: Part, lines: list[str], column: int) -> None:
    """Put lines behind `before`, or in front of `first`."""
    if before is not None:
        behind = draft.behind_remarks(before.value.end, column)
        draft.put(behind, behind, "".join(f"\n{line}" for line in lines))
    else:
        draft.put(first.start, first.start, "\n".join([*lines, " " * column]).lstrip(" "))


def _remove(draft: Draft, node: Node, kept: list[Part]) -> None:
    """Take out every part but those of `kept`, each with its lines; comments above them stay."""
    gone = [part for part in node.parts if part not in kept]
    for name in (name for part in gone for name in part.value.anchors()):
        draft.now.pop(name, None)
    if node.inline:
        flows.remove(draft, node, kept)
        return
    while gone and not draft.stands_first(gone[0].start):
        draft.put(gone[0].start, gone[0].value.end, "")
        gone.pop(0)
    for part in gone:
        begin, end = draft.line_start(part.start), draft.line_end(part.value.end)
        above = draft.line_end(draft.line_start(begin - 1)) if begin else 0
        draft.put(*((above, end) if begin else (0, draft.next_line(end))), "")
