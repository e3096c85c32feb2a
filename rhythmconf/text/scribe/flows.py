"""Members and items between brackets or braces: put in and taken out with the right comma."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rhythmconf.text.scribe.splices import Draft
from rhythmconf.text.scribe.tree import Node, Part

_GAP = re.compile(r"[,\[{]\s*(\n[ \t]*)\Z")


def insert(draft: Draft, node: Node, before: Part | None, first: Part, text: str) -> None:
    """Put a new one behind `before`, or in front of `first`; on a line of its own where the last of them has one."""
    own = _GAP.search(draft.text[node.start : node.parts[-1].start])
    gap = own[1] if own else " "
    if before is not None:
        draft.put(before.value.end, before.value.end, f",{gap}{text}")
    else:
        draft.put(first.start, first.start, f"{text},{gap}")


def remove(draft: Draft, node: Node, kept: Sequence[Part]) -> None:
    """Take out every part but those of `kept`, each with the comma on one of its sides."""
    for position, part in enumerate(node.parts):
        if part in kept:
            continue
        last = node.parts[position - 1] if position else None
        if last is not None and kept[0].start < part.start and "#" not in draft.text[last.value.end : part.start]:
            draft.put(last.value.end, part.value.end, "")
        elif position + 1 < len(node.parts):
            draft.put(part.start, node.parts[position + 1].start, "")
        else:
            draft.put(part.start, part.value.end, "")
