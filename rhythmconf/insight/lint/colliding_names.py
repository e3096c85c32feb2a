"""RC134: files whose names are the same on another computer."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.code import Rule
from rhythmconf.source.project import portable

COLLIDING_NAMES = Rule(
    "RC134",
    "two file names that are the same on other computers",
    what="The paths of two files differ only by upper and lower case, or by the Unicode form of a letter such as é.",
    why="On macOS and Windows git can check out only one of them. There the documents of the other would be missing.",
    example="config/Lapsed.yaml and config/lapsed.yaml",
    fix="Rename one of them. A file name has no meaning, so no document changes.",
)


def check_colliding_names(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each file that another computer doesn't tell apart from one before it."""
    texts = subject.desired.locator.texts
    if len(set(map(portable.fold, texts))) == len(texts):
        return
    first: dict[str, str] = {}
    for path in sorted(texts):
        other = first.setdefault(portable.fold(path), path)
        if other != path:
            how = "upper and lower case" if other.lower() == path.lower() else "the Unicode form of a letter"
            yield Diagnostic(
                COLLIDING_NAMES,
                f"on macOS and Windows this is the same file as {other}: they differ only by {how}",
                "warning",
                Location(path),
                help="rename one of them; a name of a file has no meaning in rhythmconf",
            )
