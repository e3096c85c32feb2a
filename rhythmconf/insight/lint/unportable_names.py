"""RC612: a file whose name doesn't work on every computer."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.code import Rule
from rhythmconf.source.project import portable

UNPORTABLE_NAME = Rule(
    "RC612",
    "a file name that doesn't work on Windows",
    what=(
        "The path of a document, a text file or a bindings file has a part that Windows doesn't allow: a reserved name "
        "such as `con`, `aux`, `nul`, `com1` or `lpt9` (with any suffix), a dot or a blank at its end, one of "
        '`<>:"|?*`, or it is too long.'
    ),
    why="On Windows git can't check the file out. There its documents would be missing.",
    example="config/programGroup/con.yaml",
    fix="Rename the file or folder. A file name has no meaning, so no document changes. `pull` avoids such names.",
)


def check_unportable_names(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each file of the project that can't be checked out everywhere."""
    texts = subject.desired.locator.texts
    if portable.may_have_problems(texts):
        for path in texts:
            if problem := portable.find_problem(path):
                help = "rename it; a name of a file has no meaning in rhythmconf"
                yield Diagnostic(
                    UNPORTABLE_NAME,
                    f"{problem}: git can't check this file out there",
                    "warning",
                    Location(path),
                    help=help,
                )
