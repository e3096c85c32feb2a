"""Diagnostics and Plan -> SARIF 2.1.0, for code scanning.

A result's fingerprint is made of its rule, its key and its pointer, so that it stays the same result while lines move.
Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, Errata 01.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import quote

from rhythmconf import __version__
from rhythmconf.model import Body, Diagnostic, Json, Location, Plan, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import PLAN, Door
from rhythmconf.report.formats.notes import Level, Note, based, of_plan, of_verdict
from rhythmconf.report.terminal import safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LIMIT = 5_000
"""How many results code scanning keeps of one run."""
PROJECT_FILE = "rhythmconf.yaml"
"""Where a result points that has no place in any document, such as a deletion: code scanning shows none without."""
_LEVELS: dict[Level, str] = {"error": "error", "warning": "warning", "notice": "note"}
_RULES = {
    "create": "A record is to be created.",
    "update": "A field of a record is to be changed.",
    "delete": "A record is to be deleted.",
    "adopt": "A live record is to be taken under management.",
}


def verdict(found: Sequence[Diagnostic], *, base: str = "") -> str:
    """What `validate` found; `base` is the project's folder in the repository, empty where that is its root."""
    return _write("validate", based(of_verdict(found), base), base)


def plan(value: Plan, door: Door = PLAN, *, base: str = "") -> str:
    """What a plan would do, or what has drifted: a result a field."""
    return _write(f"{door.name}/{value.fingerprint.environment}", based(of_plan(value, door), base), base)


def _write(category: str, notes: Sequence[Note], base: str) -> str:
    kept = notes[:LIMIT]
    rules = sorted({note.rule for note in kept})
    project = f"{base}/{PROJECT_FILE}" if base else PROJECT_FILE
    run: Body = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": f"rhythmconf/{_uri(category)}/"},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(len(notes) - len(kept))],
        "results": [_result(note, rules.index(note.rule), project) for note in kept],
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(rules: Sequence[str]) -> Body:
    return {
        "name": "rhythmconf",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: str) -> Body:
    about = _RULES.get(rule.rpartition("-")[2], "See `rhythmconf explain`, and the message of each result.")
    if rule.startswith("guard-"):
        about = "A guard refuses the plan."
    return {"id": _message(rule), "shortDescription": {"text": about}, "help": {"text": about}}


def _invocation(dropped: int) -> Body:
    found: list[Json] = []
    if dropped:
        words = f"{counted(dropped, 'more result')} left out, none worse than those that are here."
        found.append({"message": {"text": words}, "level": "warning"})
    return {"executionSuccessful": True, "toolExecutionNotifications": found}


def _result(note: Note, rule: int, project: str) -> Body:
    text = f"{note.message.removesuffix('.')}. {note.help}" if note.help else note.message
    result: Body = {
        "ruleId": _message(note.rule),
        "ruleIndex": rule,
        "level": _LEVELS[note.level],
        "message": {"text": _message(text if text.endswith((".", "?")) else f"{text}.")},
        "locations": [_location(note, project)],
        "partialFingerprints": {"rhythmconf/v1": fingerprint(note)},
    }
    return result


def _location(note: Note, project: str) -> Body:
    place = note.location or Location(project)
    found: Body = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(place.file), "uriBaseId": "SRCROOT"},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    if note.key:
        found["logicalLocations"] = [{"fullyQualifiedName": safe(f"{note.key}{note.pointer}"), "kind": "object"}]
    return found


def fingerprint(note: Note) -> str:
    """SHA-256 of rule, key and pointer; a note without a key is told from others by its file."""
    who = str(note.key) if note.key else note.location.file if note.location else ""
    text = "\0".join([note.rule, who, note.pointer])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _uri(text: str) -> str:
    """The neutraliser of paths and ids."""
    return quote(text.encode("utf-8", "backslashreplace"))


def _message(text: str) -> str:
    """The neutraliser: in a message, brackets make links and braces are placeholders unless they are escaped."""
    text = safe(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")
