"""Write what `format` did or, with --check, would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.model import dump
from rhythmconf.model.plural import counted
from rhythmconf.report.terminal import Line


def text(changed: Sequence[str], total: int, *, check: bool) -> Iterator[Line]:
    """Yield a line for each changed file; the last line counts all `total` files."""
    verb, rest = ("would be reformatted", "already formatted") if check else ("reformatted", "unchanged")
    for name in changed:
        yield [("yellow", "  ~ "), ("plain", name)]
    if changed:
        yield [("bold", f"{counted(len(changed), 'file')} {verb}, {total - len(changed)} {rest}.")]
    else:
        yield [("bold", f"{counted(total, 'file')} {rest}.")]


def json(changed: Sequence[str], total: int, failed: Sequence[str]) -> str:
    """Return the result as JSON; `failed` files could not be formatted."""
    return dump({"files": total, "changed": [*changed], "failed": [*failed]})
