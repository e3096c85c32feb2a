"""Read schema files and return the Catalog."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rhythmconf.catalog.check import check, check_owners
from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Catalog, Kind
from rhythmconf.catalog.verdict import compiled
from rhythmconf.errors import CatalogError
from rhythmconf.model import pointer


def load(folders: Sequence[Path], *, module: str, read: Callable[[Path], bytes] | None = None) -> Catalog:
    """Read `<folder>/<module>/<kind>.json` of every folder; `module` is the project's default module.

    `read` reads the files that are not bundled: those of a project may only be regular files inside of it. Raises
    CatalogError for a file that can't be read, that breaks the meta-schema, or that contradicts itself or the others,
    and for two files with the same kind or the same segment.
    """
    bundled = default_folder()
    texts = {
        path: read(path) if read and folder != bundled else _read(path) for folder in folders for path in _files(folder)
    }
    schemas = {path: _parse(path, text) for path, text in texts.items()}
    # The bundled schemas are checked by the tests, not on every start.
    own = [path for path in texts if path.parent.parent != default_folder()]
    check_form({path: schemas[path] for path in own})
    kinds = _by_name([_kind(path, schema) for path, schema in schemas.items()])
    # `x-ref` may name a kind of any folder, so the check comes after all files were read.
    for path in own:
        check(kinds[f"{path.parent.name}/{path.stem}"], kinds)
    check_owners(kinds[f"{path.parent.name}/{path.stem}"] for path in own)
    return Catalog(kinds, module, {f"{path.parent.name}/{path.name}": text for path, text in texts.items()})


def default_folder() -> Path:
    """Return the folder of the bundled schemas: inside the installed package, or beside it in a clone."""
    package = Path(__file__).parent.parent
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CatalogError(f"the schema folder {folder} doesn't exist", help="correct `schemas` in rhythmconf.yaml")
    files = sorted(folder.glob("*/*.json"))
    if not files:
        raise CatalogError(f"the schema folder {folder} has no kind", help="a kind is <folder>/<module>/<kind>.json")
    return files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"can't be read: {error.strerror}", where=str(path)) from error


def check_form(schemas: Mapping[Path, Schema]) -> None:
    """Check each schema against the meta-schema, and its name against its path."""
    if not schemas:
        return
    path = default_folder() / "meta.json"
    meta = compiled(_parse(path, _read(path)))
    for path, schema in schemas.items():
        for error in meta.iter_errors(schema):
            raise CatalogError(error.message, where=f"{path}#{pointer(error.instance_path)}")
        resource = schema["x-resource"]
        name = f"{resource['module']}/{resource['kind']}"
        if name != f"{path.parent.name}/{path.stem}":
            raise CatalogError(
                f"x-resource in this file names {name}",
                where=f"{path}#/x-resource",
                help="a kind is <module>/<kind>.json: rename the file, or correct x-resource",
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
    by_name: dict[str, Kind] = {}
    for kind in sorted(kinds, key=lambda kind: kind.name):
        if kind.name in by_name:
            raise CatalogError(f"the kind {kind.name} is also in {by_name[kind.name].file}", where=kind.file)
        by_name[kind.name] = kind
    _check_segments(by_name.values())
    return by_name


def _check_segments(kinds: Iterable[Kind]) -> None:
    """Refuse two kinds with one address: each would fetch, and delete, the records of the other."""
    first: dict[tuple[str, str], Kind] = {}
    for kind in kinds:
        other = first.setdefault((kind.module, kind.segment), kind)
        if other is not kind:
            message = f"the segment '{kind.segment}' is also the segment of {other.name}"
            raise CatalogError(message, where=f"{kind.file}#/x-resource/segment", help=f"see {other.file}")


def _parse(path: Path, text: bytes) -> Schema:
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise CatalogError(f"this is not JSON: {error}", where=str(path)) from error
    if not isinstance(schema, dict):
        raise CatalogError("a schema file must hold one object", where=str(path))
    return schema
