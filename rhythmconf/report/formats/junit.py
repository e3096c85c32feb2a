"""Write a plan or the result of `validate` as JUnit XML: each record is a test case.

Readers of JUnit tell cases apart by class and name alone. The class is the kind, the name is the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from rhythmconf.model import Diagnostic, Key, Plan
from rhythmconf.report.annotations import Annotation, annotate_diagnostics, annotate_plan
from rhythmconf.report.facts import DRIFT, PLAN, ReportKind, describe_scope
from rhythmconf.report.terminal import safe

Case = tuple[str, str]
"""Class and name."""


def validation(keys: Iterable[Key], diagnostics: Sequence[Diagnostic]) -> str:
    """Return a case for each declared key; errors make it fail, warnings are its output."""
    return _write("rhythmconf validate", keys, annotate_diagnostics(diagnostics))


def plan(value: Plan, report_kind: ReportKind = PLAN) -> str:
    """Return a case for each change.

    A plan fails by its errors, its conflicts and the guards that refuse it; drift fails by every difference.
    """
    name = f"rhythmconf {report_kind.name} {value.fingerprint.environment}"
    annotations = annotate_plan(value, report_kind)
    if report_kind is DRIFT:
        annotations = [
            annotation._replace(level="error") if annotation.rule.startswith("drift-") else annotation
            for annotation in annotations
        ]
    # A suite without any case would look like a test run that did not start.
    keys = [change.key for change in value.changes] or [Key("rhythmconf", report_kind.name)]
    return _write(name, keys, annotations, describe_scope(value))


def _case(annotation: Annotation) -> Case:
    if annotation.key:
        return annotation.key.kind, annotation.key.name
    if annotation.rule.startswith("guard-"):
        return annotation.rule, annotation.pointer or "plan"
    return "files", annotation.location.file if annotation.location else annotation.rule


def _write(name: str, keys: Iterable[Key], annotations: Iterable[Annotation], scope: str = "") -> str:
    cases: dict[Case, list[Annotation]] = {(key.kind, key.name): [] for key in keys}
    for annotation in annotations:
        cases.setdefault(_case(annotation), []).append(annotation)
    # In JUnit an error is a test that could not run; whatever rhythmconf reports is a failure.
    suite = ElementTree.Element("testsuite", name=safe(name), tests=str(len(cases)), errors="0", skipped="0")
    if scope:
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", name="scope", value=safe(scope))
    failures = sum(_add_case(suite, case, group) for case, group in sorted(cases.items()))
    suite.set("failures", str(failures))
    root = ElementTree.Element("testsuites", tests=str(len(cases)), failures=str(failures), errors="0")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ElementTree.Element, case: Case, annotations: Sequence[Annotation]) -> bool:
    """Add a case to the suite; return whether it fails."""
    # `safe` shows what XML cannot contain and what would be invisible; ElementTree escapes the rest.
    element = ElementTree.SubElement(suite, "testcase", classname=safe(case[0]), name=safe(case[1]), time="0")
    errors = [annotation for annotation in annotations if annotation.level == "error" and not annotation.suppressed]
    if errors:
        attributes = {"message": safe(errors[0].message), "type": safe(errors[0].rule)}
        ElementTree.SubElement(element, "failure", attributes).text = _lines(errors)
    others = [annotation for annotation in annotations if annotation not in errors]
    if others:
        ElementTree.SubElement(element, "system-out").text = _lines(others)
    return bool(errors)


def _lines(annotations: Iterable[Annotation]) -> str:
    return "\n".join(safe(_line(annotation)) for annotation in annotations)


def _line(annotation: Annotation) -> str:
    location = f"{annotation.location}: " if annotation.location else ""
    help = f" ({annotation.help})" if annotation.help else ""
    reason = f" (suppressed because {annotation.suppressed})" if annotation.suppressed else ""
    return f"{annotation.level}[{annotation.rule}] {location}{annotation.message}{help}{reason}"
