"""Diagnostics and Plan -> JUnit XML: one case a record, so that a test page shows which records are well.

Consumers tell cases apart by class and name alone: the class is the kind, the name is the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from rhythmconf.model import Diagnostic, Key, Plan
from rhythmconf.report.facts import DRIFT, PLAN, Door
from rhythmconf.report.formats.notes import Note, of_plan, of_verdict
from rhythmconf.report.terminal import safe

Case = tuple[str, str]
"""Class and name."""


def verdict(keys: Iterable[Key], found: Sequence[Diagnostic]) -> str:
    """A case for each key that the documents declare; it fails with its errors. Warnings are its output."""
    notes = of_verdict(found)
    return _write("rhythmconf validate", map(_case, keys), notes)


def plan(value: Plan, door: Door = PLAN) -> str:
    """A case for each change. A plan fails by errors and refusing guards alone, drift by every difference."""
    names = [_case(change.key) for change in value.changes] or [("rhythmconf", door.name)]
    notes = of_plan(value, door)
    if door is DRIFT:
        notes = [note._replace(level="error") if note.rule.startswith("drift-") else note for note in notes]
    return _write(f"rhythmconf {door.name} {value.fingerprint.environment}", names, notes)


def _case(key: Key) -> Case:
    return key.kind, key.name


def _where(note: Note) -> Case:
    if note.key:
        return _case(note.key)
    if note.rule.startswith("guard-"):
        return note.rule, note.pointer or "plan"
    return "files", note.location.file if note.location else note.rule


def _write(name: str, names: Iterable[Case], notes: Iterable[Note]) -> str:
    cases: dict[Case, list[Note]] = {case: [] for case in names}
    for note in notes:
        cases.setdefault(_where(note), []).append(note)
    suite = ElementTree.Element("testsuite", name=_data(name), tests=str(len(cases)), errors="0", skipped="0")
    failed = [_add(suite, case, notes) for case, notes in sorted(cases.items())]
    suite.set("failures", str(sum(failed)))
    whole = ElementTree.Element("testsuites", tests=str(len(cases)), failures=str(sum(failed)), errors="0")
    whole.append(suite)
    ElementTree.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(whole, encoding="unicode") + "\n"


def _add(suite: ElementTree.Element, case: Case, notes: Sequence[Note]) -> bool:
    """Add a case; whether it failed."""
    element = ElementTree.SubElement(suite, "testcase", classname=_data(case[0]), name=_data(case[1]), time="0")
    bad = [note for note in notes if note.level == "error"]
    if bad:
        attributes = {"message": _data(bad[0].message), "type": _data(bad[0].rule)}
        ElementTree.SubElement(element, "failure", attributes).text = _lines(bad)
    rest = [note for note in notes if note.level != "error"]
    if rest:
        ElementTree.SubElement(element, "system-out").text = _lines(rest)
    return bool(bad)


def _lines(notes: Iterable[Note]) -> str:
    return "\n".join(_data(_line(note)) for note in notes)


def _line(note: Note) -> str:
    place = f"{note.location}: " if note.location else ""
    help = f" ({note.help})" if note.help else ""
    return f"{note.level}[{note.rule}] {place}{note.message}{help}"


def _data(text: str) -> str:
    """The neutraliser: what XML can't hold and what hides becomes visible; ElementTree escapes the rest."""
    return safe(text)
