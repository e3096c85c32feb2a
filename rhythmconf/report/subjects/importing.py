"""Write what an import of kinds found."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model import Json, dump
from rhythmconf.model.importing import Import, ImportedKind
from rhythmconf.report.markdown_escaping import code
from rhythmconf.report.terminal import Line

_STATUSES = {
    "new": "written",
    "changed": "written again",
    "unchanged": "unchanged",
    "own": "not written: the file is not generated, or was edited",
    "elsewhere": "not written: this folder of `schemas` has the kind",
    "bundled": "not written: ships with rhythmconf (--all writes it)",
}
_WORDS = {"+": "added", "-": "removed", "~": "changed"}


def text(found: Import) -> Iterator[Line]:
    """Yield each kind with its changes, its questions, and what was left out."""
    for kind in found.kinds:
        yield [("bold", kind.name), ("plain", f"  {kind.file}  {_standing(kind)}")]
        for sign, part in _changes(kind):
            yield [("plain", f"  {sign} {part}")]
        if kind.questions and kind.status in ("new", "changed"):
            where = f" (as comments in {kind.notes_file})" if kind.notes_file else ""
            yield [("plain", f"  to decide{where}:")]
            for question in kind.questions:
                yield [("plain", f"    {question}")]
        for note in kind.notes:
            yield [("plain", f"  note: {note}")]
    for line in found.skipped:
        yield [("plain", f"left out: {line}")]


def json(found: Import) -> str:
    """Return the import as JSON."""
    kinds: list[Json] = [
        {
            "kind": kind.name,
            "file": kind.file,
            "standing": kind.status,
            "added": [*kind.added],
            "removed": [*kind.removed],
            "changed": [*kind.changed],
            "questions": [*kind.questions],
            "notes": [*kind.notes],
            "notes_file": kind.notes_file,
            "ships": kind.shipped,
        }
        for kind in found.kinds
    ]
    return dump({"kinds": [*kinds], "skipped": [*found.skipped]})


def markdown(found: Import) -> str:
    """Return the import as Markdown, for a pull request. All that the contract has written is code."""
    lines = ["## Import of kinds", ""]
    for kind in found.kinds:
        lines += [f"### {code(kind.name)}", "", f"{code(kind.file)}: {_standing(kind)}.", ""]
        lines += [f"- {_WORDS[sign]} {code(part)}" for sign, part in _changes(kind)]
        lines += [f"- decide {code(question)}" for question in kind.questions if kind.status in ("new", "changed")]
        lines += [f"- note {code(note)}" for note in kind.notes]
        lines.append("")
    lines += [f"- left out {code(line)}" for line in found.skipped]
    return "\n".join(lines).rstrip() + "\n"


def _standing(kind: ImportedKind) -> str:
    replaces = kind.shipped and kind.status in ("new", "changed", "unchanged")
    lost = "; it replaces the shipped kind, with its references and risks" if replaces else ""
    return _STATUSES[kind.status] + lost


def _changes(kind: ImportedKind) -> Iterator[tuple[str, str]]:
    for sign, parts in (("+", kind.added), ("-", kind.removed), ("~", kind.changed)):
        for part in parts:
            yield sign, part
