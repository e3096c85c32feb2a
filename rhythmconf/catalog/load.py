"""Reading the schema files: takes folders, gives the Catalog, names file and pointer of what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rhythmconf.catalog.check import check
from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Catalog, Kind, compiled
from rhythmconf.errors import CatalogError
from rhythmconf.model import pointer


def load(folders: Sequence[Path], *, module: str) -> Catalog:
    """Read `<folder>/<module>/<kind>.json` of every folder; `module` is the project's default.

    Raises CatalogError for a file that can't be read, that the meta-schema refuses, that contradicts itself or the
    others, and for one kind, or one segment, in two files. What comes with rhythmconf was checked before it was packed.
    """
    texts = {path: _read(path) for folder in folders for path in _files(folder)}
    schemas = {path: _parse(path, text) for path, text in texts.items()}
    added = [path for path in texts if path.parent.parent != default_folder()]
    _check_forms({path: schemas[path] for path in added})
    kinds = _by_name([_kind(path, schema) for path, schema in schemas.items()])
    for path in added:
        check(kinds[f"{path.parent.name}/{path.stem}"], kinds)
    return Catalog(kinds, module, {f"{path.parent.name}/{path.name}": text for path, text in texts.items()})


def default_folder() -> Path:
    """The schemas that come with rhythmconf: in the installed package, or beside it in a clone."""
    package = Path(__file__).parent.parent
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CatalogError(f"the schema folder {folder} doesn't exist", help="see `schemas` in rhythmconf.yaml")
    found = sorted(folder.glob("*/*.json"))
    if not found:
        raise CatalogError(f"the schema folder {folder} holds no kind", help="a kind is <folder>/<module>/<kind>.json")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"can't be read: {error.strerror}", where=str(path)) from error


def _check_forms(schemas: Mapping[Path, Schema]) -> None:
    """Hold every schema against the meta-schema, and its name against its place."""
    if not schemas:
        return
    path = default_folder() / "meta.json"
    meta = compiled(_parse(path, _read(path)))
    for path, schema in schemas.items():
        for error in meta.iter_errors(schema):
            raise CatalogError(error.message, where=f"{path}#{pointer(error.instance_path)}")
        _check_place(path, schema["x-resource"])


def _check_place(path: Path, resource: Mapping[str, str]) -> None:
    name = f"{resource['module']}/{resource['kind']}"
    if name != f"{path.parent.name}/{path.stem}":
        raise CatalogError(
            f"this file says that it is {name}",
            where=f"{path}#/x-resource",
            help="a kind is <module>/<kind>.json: rename the file or mend x-resource",
        )


def _kind(path: Path, schema: Schema) -> Kind:
    resource = schema["x-resource"]
    return Kind(
        name=f"{resource['module']}/{resource['kind']}",
        module=resource["module"],
        segment=resource["segment"],
        operations=resource["operations"],
        natural_key=tuple(resource["natural_key"]),
        resource_class=resource["class"],
        source=schema,
        file=str(path),
    )


def _by_name(kinds: Sequence[Kind]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for kind in sorted(kinds, key=lambda kind: kind.name):
        if kind.name in found:
            raise CatalogError(f"the kind {kind.name} is also in {found[kind.name].file}", where=kind.file)
        found[kind.name] = kind
    _check_segments(found.values())
    return found


def _check_segments(kinds: Iterable[Kind]) -> None:
    """Two kinds at one address would fetch, and delete, each other's records."""
    first: dict[tuple[str, str], Kind] = {}
    for kind in kinds:
        other = first.setdefault((kind.module, kind.segment), kind)
        if other is not kind:
            message = f"the segment '{kind.segment}' is also that of {other.name}"
            raise CatalogError(message, where=f"{kind.file}#/x-resource/segment", help=f"see {other.file}")


def _parse(path: Path, text: bytes) -> Schema:
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise CatalogError(f"this is no JSON: {error}", where=str(path)) from error
    if not isinstance(schema, dict):
        raise CatalogError("a schema file holds one object", where=str(path))
    return schema
