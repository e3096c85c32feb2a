"""Edit the text of a value so that it reads as a new value, with as few and as small splices as possible."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.catalog import Field
from rhythmconf.model import Body, Json, same
from rhythmconf.text.scribe import flow_style
from rhythmconf.text.scribe.align import align
from rhythmconf.text.scribe.render import (
    WIDTH,
    child,
    ends_in_block,
    item_lines,
    items,
    member_lines,
    ordered,
    value_lines,
    write_flow,
    write_flow_member,
)
from rhythmconf.text.scribe.scalars import double_quoted, single_quoted
from rhythmconf.text.scribe.splices import Draft
from rhythmconf.text.scribe.tree import Node, Part


class Slot(NamedTuple):
    """Where a value is: `lead` is the offset behind its colon or dash, `column` that of its name or dash.

    `inline` says that brackets or braces are around it, `item` that a dash is before it.
    """

    lead: int
    column: int
    depth: int
    inline: bool = False
    item: bool = False


def edit(draft: Draft, node: Node, old: Json, new: Json, field: Field, slot: Slot) -> None:
    """Collect the splices that turn the text of `old` into text of `new`.

    An alias stays where its anchor has the new value too.
    """
    if node.form == "alias":
        if node.anchor not in draft.anchored or not same(draft.anchored[node.anchor], new):
            replace(draft, node, new, field, slot)
        return
    if node.anchor:
        draft.anchored[node.anchor] = new
    if not draft.may_have_aliases and same(old, new):
        return
    inner = slot._replace(inline=True) if node.inline and node.parts else slot
    if isinstance(old, dict) and isinstance(new, dict) and node.parts and new:
        _edit_members(draft, node, old, new, field, inner)
    elif isinstance(old, list) and isinstance(new, list) and node.parts and new:
        _edit_items(draft, node, old, new, field, inner)
    elif not same(old, new):
        replace(draft, node, new, field, slot)


def replace(draft: Draft, node: Node, new: Json, field: Field, slot: Slot) -> None:
    """Write the whole value again, in the style that its place allows."""
    for anchor in node.anchors():
        draft.anchored.pop(anchor, None)
    if slot.inline:
        draft.put(node.start, node.end, _same_quotes(node, new) or write_flow(new, field, draft.write))
        return
    indent = slot.column + 2
    first, *below = value_lines(new, field, indent=indent, depth=slot.depth, width=WIDTH - draft.column(slot.lead))
    if not below and node.inline:
        first = _same_quotes(node, new) or first
        draft.put(node.start, node.end, first if node.start > slot.lead else f" {first}")
        return
    compact = not node.inline and node.parts and draft.line_end(node.start) == draft.line_end(slot.lead)
    comment = "" if compact else draft.comment(node.end if node.inline else slot.lead)
    if slot.item and not first and not comment:
        first, *below = [below[0].lstrip(" "), *below[1:]]
    head = f" {first}" if first else ""
    draft.put(slot.lead, draft.line_end(node.end), "\n".join([head + comment, *below]))
    if ends_in_block(new, field):
        draft.outdent_comments(node.end, max(slot.column, 0))


def _same_quotes(node: Node, new: Json) -> str:
    """Return a string in the quotes of the scalar that it replaces; empty where that isn't possible."""
    if not isinstance(new, str) or node.form != "scalar" or node.anchor:
        return ""
    if node.style == '"':
        return double_quoted(new)
    return single_quoted(new) if node.style == "'" and new.isprintable() else ""


def _edit_members(draft: Draft, node: Node, old: Body, new: Body, field: Field, slot: Slot) -> None:
    kept = [part for part in node.parts if part.name in new]
    if not kept:
        replace(draft, node, new, field, slot)
        return
    for part in kept:
        part_slot = Slot(part.lead, draft.column(part.start), slot.depth + 1, slot.inline)
        edit(draft, part.value, old[part.name], new[part.name], child(field, part.name), part_slot)
    _remove(draft, node, kept)
    order = list(ordered(new, field))
    for name in sorted(new.keys() - old.keys(), key=order.index):
        before = [part for part in kept if order.index(part.name) < order.index(name)]
        if node.inline:
            member = write_flow_member(name, new[name], field, draft.write)
            flow_style.insert(draft, node, before[-1] if before else None, kept[0], member)
        else:
            column = draft.column(node.parts[0].start)
            lines = member_lines(name, new[name], child(field, name), indent=column, depth=slot.depth + 1)
            _insert(draft, before[-1] if before else None, kept[0], lines, column)
            if before and ends_in_block(new[name], child(field, name)):
                draft.outdent_comments(draft.end_with_comments(before[-1].value.end, column), column)


def _edit_items(draft: Draft, node: Node, old: list[Json], new: list[Json], field: Field, slot: Slot) -> None:
    matched = align(old, new, field)
    kept = [node.parts[was] for was, now in matched if was is not None and now is not None]
    if not kept:
        replace(draft, node, new, field, slot)
        return
    before: Part | None = None
    for was, now in matched:
        if was is not None and now is not None:
            before = node.parts[was]
            item_slot = Slot(before.lead, draft.column(before.start), slot.depth + 1, slot.inline, item=True)
            edit(draft, before.value, old[was], new[now], items(field), item_slot)
        elif now is not None and node.inline:
            flow_style.insert(draft, node, before, kept[0], write_flow(new[now], items(field), draft.write))
        elif now is not None:
            column = draft.column(node.parts[0].start)
            lines = item_lines(new[now], items(field), indent=column, depth=slot.depth + 1)
            _insert(draft, before, kept[0], lines, column)
            if before and ends_in_block(new[now], items(field)):
                draft.outdent_comments(draft.end_with_comments(before.value.end, column), column)
    _remove(draft, node, kept)


def _insert(draft: Draft, before: Part | None, first: Part, lines: list[str], column: int) -> None:
    """Insert lines behind `before`, or else in front of `first`."""
    if before is not None:
        end = draft.end_with_comments(before.value.end, column)
        draft.put(end, end, "".join(f"\n{line}" for line in lines))
    else:
        draft.put(first.start, first.start, "\n".join([*lines, " " * column]).lstrip(" "))


def _remove(draft: Draft, node: Node, kept: list[Part]) -> None:
    """Remove every part that is not in `kept`, each with its lines; comments above a part stay."""
    removed = [part for part in node.parts if part not in kept]
    for anchor in (anchor for part in removed for anchor in part.value.anchors()):
        draft.anchored.pop(anchor, None)
    if node.inline:
        flow_style.remove(draft, node, kept)
        return
    # The first member of a list item follows the dash: its line must stay for the member that comes next.
    while removed and not draft.is_first_in_line(removed[0].start):
        draft.put(removed[0].start, removed[0].value.end, "")
        removed.pop(0)
    for part in removed:
        begin, end = draft.line_start(part.start), draft.line_end(part.value.end)
        above = draft.line_end(draft.line_start(begin - 1)) if begin else 0
        draft.put(*((above, end) if begin else (0, draft.next_line(end))), "")
