"""RC230: a project without any document."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic
from rhythmconf.model.code import Rule

NO_DOCUMENTS = Rule(
    "RC230",
    "the sources have no document",
    what="There is no document below the folders that `sources` in rhythmconf.yaml names.",
    why=(
        "Most often the name of a folder is wrong or a checkout is incomplete. Nothing is deleted because of it, "
        "but nothing is managed either."
    ),
    example="""
# rhythmconf.yaml, while the documents are in config/
sources: [configuration]
""",
    fix="Write a .yaml, .yml or .json file there, `rhythmconf pull`, or correct `sources` in rhythmconf.yaml.",
)


def check_no_documents(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about a project that declares nothing, unless its files have diagnostics that say why."""
    desired = subject.desired
    if not (desired.state.resources or desired.state.skipped or desired.diagnostics):
        yield Diagnostic(
            NO_DOCUMENTS,
            f"there is no document below {', '.join(subject.sources)}",
            "warning",
            help="write a .yaml, .yml or .json file there, `rhythmconf pull`, or correct `sources` in rhythmconf.yaml",
        )
