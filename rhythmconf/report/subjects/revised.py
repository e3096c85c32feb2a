"""Show how texts of the project's files would change, as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from rhythmconf.report.terminal import Line

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def diff(before: Mapping[str, bytes], revised: Mapping[str, bytes]) -> Iterator[Line]:
    """Yield the unified diff of each file of `revised`, in the order of names."""
    for name in sorted(revised):
        old, new = (text.decode("utf-8", "replace").splitlines() for text in (before.get(name, b""), revised[name]))
        for number, line in enumerate(difflib.unified_diff(old, new, name, name, lineterm="")):
            yield [("bold" if number < 2 else _STYLES.get(line[:1], "plain"), line)]
