"""What `format` did, as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.model.plural import counted
from rhythmconf.report.terminal import Line


def text(changed: Sequence[str], total: int, *, check: bool) -> Iterator[Line]:
    """A line a file; the last line counts them."""
    words = ("would be reformatted", "in shape") if check else ("reformatted", "unchanged")
    for name in changed:
        yield [("yellow", "  ~ "), ("plain", name)]
    rest = total - len(changed)
    if not changed:
        yield [("bold", f"{counted(total, 'file')} {'in shape' if check else 'unchanged'}.")]
        return
    yield [("bold", f"{counted(len(changed), 'file')} {words[0]}, {rest} {words[1]}.")]
