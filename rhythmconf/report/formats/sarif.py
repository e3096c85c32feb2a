"""Write a plan or the result of `validate` as SARIF 2.1.0, for code scanning.

The fingerprint of a result consists of its rule, key and pointer, so the result stays the same when lines move. Rules
have the texts of their diagnostic codes.
Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, Errata 01.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from rhythmconf import __version__
from rhythmconf.model import Body, Diagnostic, Json, Location, Plan, dump
from rhythmconf.model.code import Code, Rule
from rhythmconf.model.plural import counted
from rhythmconf.report.annotations import LEVELS, Annotation, Level, annotate_diagnostics, annotate_plan, prefix_files
from rhythmconf.report.display import capitalised
from rhythmconf.report.explanation import explain
from rhythmconf.report.facts import PLAN, ReportKind, describe_scope
from rhythmconf.report.terminal import safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LIMIT = 5_000
"""Results that code scanning keeps of one run."""
PROJECT_FILE = "rhythmconf.yaml"
"""The location of results that have none, such as deletions: code scanning hides a result without a location."""
_LEVELS: dict[Level, str] = {"error": "error", "warning": "warning", "notice": "note"}
_ACTIONS = {
    "create": "A record would be created",
    "update": "A field of a record would be changed",
    "delete": "A record would be deleted",
    "adopt": "An existing record would be adopted",
}

Codes = Mapping[str, Code]
"""The diagnostic codes by their id. A rule that is not among them has no texts."""
NO_CODES: Codes = {}


def validation(diagnostics: Sequence[Diagnostic], *, codes: Codes = NO_CODES, folder: str = "") -> str:
    """Return the diagnostics of `validate`.

    `folder` is the project's folder in the repository; it is empty if the project is at the root.
    """
    return _write("validate", prefix_files(annotate_diagnostics(diagnostics), folder), codes, folder)


def plan(value: Plan, report_kind: ReportKind = PLAN, *, codes: Codes = NO_CODES, folder: str = "") -> str:
    """Return a plan or the drift, one result for each field; `folder` is the project's folder in the repository."""
    # A new analysis of a category closes the results that it lacks: one of a part must not close those of the rest.
    part = "/only" if value.only else "/changed" if value.changed_since else ""
    category = f"{report_kind.name}/{value.fingerprint.environment}{part}"
    return _write(
        category, prefix_files(annotate_plan(value, report_kind), folder), codes, folder, describe_scope(value)
    )


def _write(category: str, annotations: Sequence[Annotation], codes: Codes, folder: str, scope: str = "") -> str:
    kept = annotations[:LIMIT]
    suppresses = any(annotation.suppressed for annotation in kept)
    worst = {annotation.rule: annotation.level for annotation in sorted(kept, key=_severity)}
    rules = sorted(worst)
    project_file = f"{folder}/{PROJECT_FILE}" if folder else PROJECT_FILE
    run: Body = {
        "tool": {
            "driver": {
                "name": "rhythmconf",
                "semanticVersion": __version__,
                "version": __version__,
                "rules": [_rule(rule, worst[rule], codes.get(rule)) for rule in rules],
            }
        },
        "automationDetails": {"id": f"rhythmconf/{_uri(category)}/"},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        # Columns count characters, as Python does, not UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(len(annotations) - len(kept), scope)],
        "results": [
            # SARIF 3.27.23: if one result says whether it is suppressed, all of them do.
            _result(annotation, rules.index(annotation.rule), project_file)
            | {"partialFingerprints": {"rhythmconf/v1": fingerprint}}
            | ({"suppressions": _suppressions(annotation)} if suppresses else {})
            for annotation, fingerprint in zip(kept, fingerprints(kept), strict=True)
        ],
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _severity(annotation: Annotation) -> int:
    """Return a number that is greater for what is worse."""
    return -LEVELS.index(annotation.level)


def _rule(rule: str, worst: Level, code: Code | None) -> Body:
    """Return the documentation of a rule; a code without a severity of its own has that of its worst result."""
    level = code.severity if isinstance(code, Rule) else _LEVELS[worst]
    return {
        "id": _escape(rule),
        **(_texts(code.headline, code.what, explain(code)) if code else _texts(*_describe(rule))),
        "defaultConfiguration": {"level": level},
    }


def _texts(short: str, full: str, help: str) -> Body:
    return {
        "shortDescription": {"text": safe(f"{capitalised(short.removesuffix('.'))}.")},
        "fullDescription": {"text": safe(full)},
        "help": {"text": safe(help, keep="\n"), "markdown": safe(help, keep="\n")},
    }


def _describe(rule: str) -> tuple[str, str, str]:
    """Return the texts of a rule of plans."""
    subject, _, name = rule.partition("-")
    if subject == "guard":
        full = "The plan does what a guard refuses. The message of each result says why, and how to allow it."
        return f"The guard '{name}' refuses the plan", full, full
    if subject == "effect":
        full = "The plan changes which dates, or how many people, a billing run takes. Each result names the step."
        return f"What the plan does to members: {name}", full, full
    short = _ACTIONS.get(name, rule)
    full = "The files and the tenant differ. Each result names the record, and the field with both values."
    return short, full, full


def _invocation(dropped: int, scope: str) -> Body:
    notifications: list[Json] = []
    if scope:
        notifications.append({"message": {"text": _escape(f"{capitalised(scope)}.")}, "level": "note"})
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


def fingerprints(annotations: Sequence[Annotation]) -> Iterator[str]:
    """Yield the SHA-256 of rule, key and pointer of each annotation; where these are equal they are numbered.

    An annotation without a key has its file instead, and its message without numbers, which may be lines.
    """
    counts: Counter[str] = Counter()
    for annotation in annotations:
        parts = [annotation.rule, str(annotation.key or ""), annotation.pointer]
        if not annotation.key:
            file = annotation.location.file if annotation.location else ""
            parts = [annotation.rule, file, annotation.pointer, re.sub(r"\d+", "", annotation.message)]
        text = "\0".join(parts)
        number = f"\0{counts[text]}" if counts[text] else ""
        counts[text] += 1
        # A name may contain half of a surrogate pair, which strict UTF-8 refuses.
        yield hashlib.sha256((text + number).encode("utf-8", "surrogatepass")).hexdigest()


def _uri(text: str) -> str:
    """Escape a path or an id for a URI."""
    return quote(text.encode("utf-8", "backslashreplace"))


def _escape(text: str) -> str:
    """Escape a message, in which brackets would make links and braces would be placeholders."""
    text = safe(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")
