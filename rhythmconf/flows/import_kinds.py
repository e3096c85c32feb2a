"""Import kinds from a contract of the API into the project's folder of schemas."""

from __future__ import annotations

import re
from collections.abc import Collection
from json import dumps
from pathlib import Path
from typing import Literal

from rhythmconf import catalog
from rhythmconf.catalog.contract import Changes, ContractFault, Imported, compare, import_kinds
from rhythmconf.catalog.contract.kinds import Found, seal
from rhythmconf.catalog.contract.questions import is_answered
from rhythmconf.catalog.load import check_form
from rhythmconf.catalog.notes import SUFFIX
from rhythmconf.catalog.verdict import compiled
from rhythmconf.errors import CatalogError, DocumentError, UsageError
from rhythmconf.model import Body, Json, pointer
from rhythmconf.model.importing import Import, ImportedKind
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import Settings
from rhythmconf.source.project import files, inside, schema_folders
from rhythmconf.text import yaml12

_LIMITS = yaml12.Limits(size=64 * 1024 * 1024, nodes=6_000_000, aliased=2_000_000, names=(str, int, float))
"""A module with each reference written out has some 30 MB. Many contracts have the statuses as numbers: `200:`."""
_ASKED = """\
# Notes on {kind}: what its contract does not say. `rhythmconf kinds import` never writes this file again.
# Answer below, for example:
#
#   x-resource: {{natural_key: [name]}}
#   properties:
#     reason_id: {{x-ref: statusReason}}
#
# To decide:"""


def import_from(
    settings: Settings, path: Path, module: str, only: Collection[str], *, shipped: Literal["compare", "write"]
) -> tuple[Import, dict[str, bytes]]:
    """Return what an import finds, and the files that it writes. Nothing is written: `write` does that.

    `shipped` says what becomes of kinds that ship with rhythmconf: a file that is written replaces the shipped one.

    Raises DocumentError for a contract that can't be used, UsageError for a kind that it doesn't have.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", module):
        raise UsageError(f"--module: {module!r} is no name of a module", help="for example --module certifications")
    bundled = {
        kind.segment: kind
        for kind in catalog.load([catalog.default_folder()], module=module).kinds.values()
        if kind.module == module
    }
    folder = _folder(settings)
    own = {
        name: (text, _read_schema(text, name))
        for name, text in schema_folders.read_own(settings.root, f"{folder}/{module}").items()
    }
    elsewhere = _elsewhere(settings, folder, module)
    known = {segment: kind.name.rpartition("/")[2] for segment, kind in bundled.items()}
    known |= {str(_resource(schema).get("segment")): Path(name).stem for name, (_, schema) in own.items()}
    known |= {str(_resource(schema).get("segment")): name for name, (_, schema) in elsewhere.items()}
    found, skipped, names = _read(path, module, known, only)
    for name in only:
        if name not in names:
            raise UsageError(
                f"--only: the contract has no kind {name!r}", help=suggest(name, names) or ", ".join(names)
            )
    schemas = {kind.short: kind.schema for kind in bundled.values()}
    noted = schema_folders.names_of_notes(settings.root, f"{folder}/{module}")
    kinds: list[ImportedKind] = []
    texts: dict[str, bytes] = {}
    for imported in found:
        notes = f"{folder}/{module}/{imported.name}{SUFFIX}"
        kind = _unanswered(imported, _read_notes(settings.root, notes) if notes in noted else {})
        file = f"{folder}/{module}/{kind.name}.json"
        if fault := _fault(kind.schema, file):
            skipped.append(f"{kind.name}: {fault}")
            continue
        data = (dumps(kind.schema, indent=2, ensure_ascii=False) + "\n").encode()
        old_text, old = own.get(file, (b"", {}))
        status = _status(kind.name in schemas and shipped == "compare", old_text, old, data)
        if kind.name in elsewhere:
            (file, old), status = elsewhere[kind.name], "elsewhere"
        if status in ("new", "changed"):
            texts[file] = data
        asked = status in ("new", "changed", "unchanged") and kind.questions and notes not in noted
        if asked:
            texts[notes] = _ask(kind, module)
        described = _describe(kind, file, status, old or schemas.get(kind.name, {}))
        kinds.append(described._replace(notes_file=notes if asked else "", shipped=kind.name in schemas))
    return Import(tuple(kinds), tuple(skipped), folder in {name.rstrip("/") for name in settings.schemas}), texts


def write(settings: Settings, texts: dict[str, bytes]) -> None:
    """Write the schemas of an import."""
    for name in texts:
        inside.check(settings.root, name)
    for name, data in texts.items():
        inside.write(settings.root, name, data)


def _read(path: Path, module: str, known: dict[str, str], only: Collection[str]) -> Found:
    data = files.read_anywhere(path, most=_LIMITS.size)
    values = yaml12.load_all(data, file=str(path), limits=_LIMITS)
    if len(values) != 1:
        raise DocumentError("a contract is one document", where=str(path), help="split the file")
    try:
        return import_kinds(values[0], module, known=known, only=only)
    except ContractFault as fault:
        at = pointer([str(part) for part in fault.path])
        where = yaml12.locate_all(data, file=str(path), limits=_LIMITS)[0].of_value(at)
        raise DocumentError(fault.message, where=where, help=fault.help) from None


def _folder(settings: Settings) -> str:
    """Return the folder of the project's own schemas: the first that is not shared, or `kinds`."""
    return next((name.rstrip("/") for name in settings.schemas if not schema_folders.is_shared(name)), "kinds")


def _elsewhere(settings: Settings, folder: str, module: str) -> dict[str, tuple[str, Body]]:
    """Return file and schema of each kind that another folder of `schemas` has: a second file would be an error."""
    return {
        Path(name).stem: (name, _read_schema(text, name))
        for other in settings.schemas
        if other.rstrip("/") != folder
        for name, text in schema_folders.read_module(settings.root, other, module).items()
    }


def _unanswered(kind: Imported, notes: Body) -> Imported:
    return kind._replace(questions=tuple(each for each in kind.questions if not is_answered(each, notes)))


def _read_notes(root: Path, name: str) -> Body:
    """Return the notes in a file; none of a file with an error, of which `validate` tells."""
    try:
        return _read_schema(files.read(root, name), name)
    except (DocumentError, yaml12.YamlError):
        return {}


def _read_schema(text: bytes, name: str) -> Body:
    value = yaml12.load_all(text, file=name)
    return value[0] if value and isinstance(value[0], dict) else {}


def _resource(schema: Body) -> Body:
    value: Json = schema.get("x-resource")
    return value if isinstance(value, dict) else {}


def _fault(schema: Body, file: str) -> str:
    """Return why a schema can't be used, if so: then its file would stop every command of the project."""
    try:
        check_form(Path(file), schema)
        compiled(schema)
    except (CatalogError, ValueError) as error:
        return str(error)[:200]
    return ""


def _status(bundled: bool, old_text: bytes, old: Body, data: bytes) -> str:
    if bundled:
        return "bundled"
    if not old_text:
        return "new"
    if old_text == data:
        return "unchanged"
    return "changed" if old.get("$comment") == seal(old) else "own"


def _ask(kind: Imported, module: str) -> bytes:
    """Return a file of notes that has the questions about a kind as comments, and decides nothing."""
    # The names in questions are of the contract, and printable: none of their characters can end a comment.
    lines = [_ASKED.format(kind=f"{module}/{kind.name}"), *(f"#   {question.text}" for question in kind.questions)]
    return ("\n".join(lines) + "\n").encode()


def _describe(kind: Imported, file: str, status: str, old: Body) -> ImportedKind:
    changes = compare(old, kind.schema) if old else Changes((), (), ())
    added, removed, changed = changes
    questions = tuple(question.text for question in kind.questions)
    return ImportedKind(kind.name, file, status, added, removed, changed, questions, kind.notes)
