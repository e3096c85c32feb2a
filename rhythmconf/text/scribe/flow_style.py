"""Insert and remove members and items between brackets or braces, with their commas."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rhythmconf.text.scribe.splices import Draft
from rhythmconf.text.scribe.tree import Node, Part

_LINE_BREAK = re.compile(r"[,\[{]\s*(\n[ \t]*)\Z")


def insert(draft: Draft, node: Node, before: Part | None, first: Part, text: str) -> None:
    """Insert a member or an item behind `before`, or else in front of `first`.

    It gets a line of its own where the last one has one.
    """
    own_line = _LINE_BREAK.search(draft.text[node.start : node.parts[-1].start])
    gap = own_line[1] if own_line else " "
    if before is not None:
        draft.put(before.value.end, before.value.end, f",{gap}{text}")
    else:
        draft.put(first.start, first.start, f"{text},{gap}")


def remove(draft: Draft, node: Node, kept: Sequence[Part]) -> None:
    """Remove every part that is not in `kept`, each with the comma before or behind it."""
    for position, part in enumerate(node.parts):
        if part in kept:
            continue
        previous = node.parts[position - 1] if position else None
        # The comma before a part goes with it, unless a comment is in between: that one stays.
        if (
            previous is not None
            and kept[0].start < part.start
            and "#" not in draft.text[previous.value.end : part.start]
        ):
            draft.put(previous.value.end, part.value.end, "")
        elif position + 1 < len(node.parts):
            draft.put(part.start, node.parts[position + 1].start, "")
        else:
            # A comment stands before the last part: both it and the comma, which may end a list in YAML, stay.
            draft.put(part.start, part.value.end, "")
