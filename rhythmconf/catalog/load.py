"""Read schema files and return the Catalog."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rhythmconf.catalog.check import check, check_owners
from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Catalog, Kind
from rhythmconf.catalog.notes import SUFFIX, Notes, find_notes, merge, near_kind
from rhythmconf.catalog.verdict import compiled
from rhythmconf.errors import CatalogError
from rhythmconf.model import pointer

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator


def load(
    folders: Sequence[Path],
    *,
    module: str,
    read: Callable[[Path], bytes] | None = None,
    read_notes: Callable[[Path, str], Notes] | None = None,
) -> Catalog:
    """Read `<folder>/<module>/<kind>.json` of every folder; `module` is the project's default module.

    Of the bundled kinds, those of the default module are in use, and those of modules of which the project has a schema
    or notes; `widen` adds those of others. A file of the project replaces a bundled one of the same kind. `read` reads
    the files that are not bundled: those of a project may only be regular files inside of it. `read_notes` takes a file
    of notes and the kind that it names; without it, none are read. Raises CatalogError for a file that can't be read,
    that breaks the meta-schema, or that contradicts itself or the others, and for two files with the same kind or the
    same segment.
    """
    bundled = default_folder()
    noted = list(find_notes(dict.fromkeys(folder for folder in folders if folder != bundled))) if read_notes else []
    texts = {
        path: read(path) if read and folder != bundled else _read(path)
        for folder in folders
        for path in _files(folder, [path for path, _ in noted])
    }
    # The bundled schemas are checked by the tests, not on every start.
    own = {path for path in texts if path.parent.parent != bundled}
    names = {_name(path) for path in own}
    used = {module, *(name.partition("/")[0] for name in (*names, *(name for _, name in noted)))}
    shipped = {_name(path): path for path in texts if path.parent.parent == bundled}
    replaced = {path for name, path in shipped.items() if name in names}
    unused = {name: path for name, path in sorted(shipped.items()) if path.parent.name not in used}
    left_out = {*replaced, *unused.values()}
    used_texts = {path: text for path, text in texts.items() if path not in left_out}
    kinds = _by_name([_read_kind(path, text, check=path in own) for path, text in used_texts.items()])
    # `x-ref` may name a kind of any folder, so the check comes after all files were read.
    known = {*kinds, *unused}
    for name in sorted(names):
        check(kinds[name], known)
    notes = [read_notes(path, name) for path, name in noted] if read_notes else []
    kinds = _with_notes(kinds, notes, known)
    check_owners(kinds[name] for name in sorted(names | {each.kind for each in notes}))
    files = {f"{path.parent.name}/{path.name}": text for path, text in texts.items() if path not in replaced}
    files |= {f"{each.kind}{SUFFIX}": each.text for each in notes}
    shown = {name: str(path) for name, path in unused.items()}
    return Catalog(kinds, module, files, tuple(sorted(_name(path) for path in replaced)), shown)


def widen(catalog: Catalog, modules: Iterable[str]) -> Catalog:
    """Return the catalog with the bundled kinds of further modules in use."""
    chosen = {*modules}
    more = {name: Path(file) for name, file in catalog.unused.items() if name.partition("/")[0] in chosen}
    if not more:
        return catalog
    read = [_read_kind(path, catalog.texts[f"{path.parent.name}/{path.name}"], check=False) for path in more.values()]
    unused = {name: file for name, file in catalog.unused.items() if name not in more}
    return replace(catalog, kinds=_by_name([*catalog.kinds.values(), *read]), unused=unused)


def widen_all(catalog: Catalog) -> Catalog:
    """Return the catalog with all modules in use."""
    return widen(catalog, {name.partition("/")[0] for name in catalog.unused})


def _with_notes(kinds: dict[str, Kind], notes: Iterable[Notes], known: Collection[str]) -> dict[str, Kind]:
    """Return the kinds with the notes on some of them; `known` are the names of all kinds.

    Raises CatalogError for notes that nothing can be made of.
    """
    noted = dict(kinds)
    for each in notes:
        kind = noted.get(each.kind)
        if kind is None:
            raise each.fault((), f"there is no kind {each.kind}", near_kind(each.kind, known))
        if kind.notes is not None:
            raise each.fault(
                (), f"{kind.notes.file} has notes on {each.kind} too", "write them in one of the two files"
            )
        schema = merge(kind.source, each)
        for path, message in _form_errors(schema):
            raise each.fault(path, message)
        noted[each.kind] = replace(_kind(Path(kind.file), schema), notes=each)
    for kind in noted.values():
        if kind.notes is not None:
            check(kind, known)
    return noted


def load_shipped() -> Catalog:
    """Return the shipped kinds of all modules, for what belongs to no project."""
    return widen_all(load([default_folder()], module="certifications"))


def default_folder() -> Path:
    """Return the folder of the bundled schemas: inside the installed package, or beside it in a clone."""
    package = Path(__file__).parent.parent
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


def _name(path: Path) -> str:
    """Return the qualified name of the kind that a schema file must have."""
    return f"{path.parent.name}/{path.stem}"


def _files(folder: Path, noted: Iterable[Path]) -> list[Path]:
    if not folder.is_dir():
        raise CatalogError(f"the schema folder {folder} doesn't exist", help="correct `schemas` in rhythmconf.yaml")
    files = sorted(folder.glob("*/*.json"))
    if not files and not any(path.is_relative_to(folder) for path in noted):
        raise CatalogError(f"the schema folder {folder} has no kind", help="a kind is <folder>/<module>/<kind>.json")
    return files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"can't be read: {error.strerror}", where=str(path)) from error


def check_form(path: Path, schema: Schema) -> None:
    """Check a schema against the meta-schema, and its name against its path."""
    for place, message in _form_errors(schema):
        raise CatalogError(message, where=f"{path}#{pointer(place)}")
    resource = schema["x-resource"]
    name = f"{resource['module']}/{resource['kind']}"
    if name != _name(path):
        raise CatalogError(
            f"x-resource in this file names {name}",
            where=f"{path}#/x-resource",
            help="a kind is <module>/<kind>.json: rename the file, or correct x-resource",
        )


def _form_errors(schema: Schema) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the place and the message of each rule of the meta-schema that a schema breaks."""
    for error in _meta().iter_errors(schema):
        yield tuple(str(token) for token in error.instance_path), error.message


@cache
def _meta() -> Draft202012Validator:
    path = default_folder() / "meta.json"
    return compiled(_parse(path, _read(path)))


# A process that opens many projects derives the fields and validators of each kind once: that is half of a small plan.
@lru_cache(maxsize=256)
def _read_kind(path: Path, text: bytes, *, check: bool) -> Kind:
    """Return the Kind of a schema file; with `check`, raise CatalogError for one that breaks the meta-schema."""
    schema = _parse(path, text)
    if check:
        check_form(path, schema)
    return _kind(path, schema)


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
