"""Write a plan or the result of `validate` as SARIF 2.1.0, for code scanning.

The fingerprint of a result consists of its rule, key and pointer, so the result stays the same when lines move.
Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, Errata 01.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import quote

from rhythmconf import __version__
from rhythmconf.model import Body, Diagnostic, Json, Location, Plan, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.annotations import Annotation, Level, annotate_diagnostics, annotate_plan, prefix_files
from rhythmconf.report.facts import PLAN, ReportKind
from rhythmconf.report.terminal import safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LIMIT = 5_000
"""Results that code scanning keeps of one run."""
PROJECT_FILE = "rhythmconf.yaml"
"""The location of results that have none, such as deletions: code scanning hides a result without a location."""
_LEVELS: dict[Level, str] = {"error": "error", "warning": "warning", "notice": "note"}
_RULES = {
    "create": "A record would be created.",
    "update": "A field of a record would be changed.",
    "delete": "A record would be deleted.",
    "adopt": "An existing record would be adopted.",
}


def validation(diagnostics: Sequence[Diagnostic], *, folder: str = "") -> str:
    """Return the diagnostics of `validate`.

    `folder` is the project's folder in the repository; it is empty if the project is at the root.
    """
    return _write("validate", prefix_files(annotate_diagnostics(diagnostics), folder), folder)


def plan(value: Plan, report_kind: ReportKind = PLAN, *, folder: str = "") -> str:
    """Return a plan or the drift, one result for each field; `folder` is the project's folder in the repository."""
    category = f"{report_kind.name}/{value.fingerprint.environment}"
    return _write(category, prefix_files(annotate_plan(value, report_kind), folder), folder)


def _write(category: str, annotations: Sequence[Annotation], folder: str) -> str:
    kept = annotations[:LIMIT]
    suppresses = any(annotation.suppressed for annotation in kept)
    rules = sorted({annotation.rule for annotation in kept})
    project_file = f"{folder}/{PROJECT_FILE}" if folder else PROJECT_FILE
    run: Body = {
        "tool": {
            "driver": {
                "name": "rhythmconf",
                "semanticVersion": __version__,
                "version": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": f"rhythmconf/{_uri(category)}/"},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        # Columns count characters, as Python does, not UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(len(annotations) - len(kept))],
        "results": [
            # SARIF 3.27.23: if one result says whether it is suppressed, all of them do.
            _result(annotation, rules.index(annotation.rule), project_file)
            | ({"suppressions": _suppressions(annotation)} if suppresses else {})
            for annotation in kept
        ],
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str) -> Body:
    text = _RULES.get(rule.rpartition("-")[2], "See the message of each result, or run `rhythmconf explain`.")
    if rule.startswith("guard-"):
        text = "A guard refuses the plan."
    elif rule.startswith("effect-"):
        text = "What the plan does to members, in dates."
    return {"id": _escape(rule), "shortDescription": {"text": text}, "help": {"text": text}}


def _invocation(dropped: int) -> Body:
    notifications: list[Json] = []
    if dropped:
        text = f"{counted(dropped, 'more result')} left out; none is more severe than the results shown."
        notifications.append({"message": {"text": text}, "level": "warning"})
    # True even with errors: it says that the tool ran to its end, and the results say what it found.
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _result(annotation: Annotation, rule_index: int, project_file: str) -> Body:
    message = annotation.message
    text = f"{message.removesuffix('.')}. {annotation.help}" if annotation.help else message
    return {
        "ruleId": _escape(annotation.rule),
        "ruleIndex": rule_index,
        "level": _LEVELS[annotation.level],
        "message": {"text": _escape(text if text.endswith((".", "?")) else f"{text}.")},
        "locations": [_location(annotation, project_file)],
        "partialFingerprints": {"rhythmconf/v1": fingerprint(annotation)},
    }


def _suppressions(annotation: Annotation) -> list[Json]:
    if not annotation.suppressed:
        return []
    return [{"kind": "inSource", "justification": safe(annotation.suppressed)}]


def _location(annotation: Annotation, project_file: str) -> Body:
    location = annotation.location or Location(project_file)
    written: Body = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(location.file), "uriBaseId": "SRCROOT"},
            "region": {"startLine": location.line, "startColumn": location.column},
        }
    }
    if annotation.key:
        name = safe(f"{annotation.key}{annotation.pointer}")
        written["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "object"}]
    return written


def fingerprint(annotation: Annotation) -> str:
    """Return the SHA-256 of rule, key and pointer; an annotation without a key has its file instead."""
    subject = str(annotation.key) if annotation.key else annotation.location.file if annotation.location else ""
    text = "\0".join([annotation.rule, subject, annotation.pointer])
    # A name may contain half of a surrogate pair, which strict UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _uri(text: str) -> str:
    """Escape a path or an id for a URI."""
    return quote(text.encode("utf-8", "backslashreplace"))


def _escape(text: str) -> str:
    """Escape a message, in which brackets would make links and braces would be placeholders."""
    text = safe(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")
