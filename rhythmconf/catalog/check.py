"""Check what the meta-schema can't express: keywords of a kind that contradict each other or name nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from rhythmconf.catalog.field import OPAQUE, Field
from rhythmconf.catalog.kind import Kind

Contradiction = tuple[str, str]
"""Message and help."""

_BOUND = ("position", "number", "unit_of_time", "relative_to")
"""The members of one bound of a window, as the API has them."""


def check(kind: Kind, names: Collection[str]) -> None:
    """Raise CatalogError for the first field whose keywords can't be right. `names` are those of all kinds."""
    for path, field, parent in _fields(kind.root, None, ()):
        for rule in _RULES:
            for message, help in rule(field, parent, names):
                raise kind.fault(path, message, help)
        for message, help in _check_place(kind, field, path):
            raise kind.fault(path, message, help)
    for name in kind.natural_key:
        if name not in (kind.root.fields or {}):
            raise kind.fault(("x-resource",), f"natural key '{name}' is not a field of {kind.name}", None)


def check_owners(kinds: Iterable[Kind]) -> None:
    """Raise CatalogError where kinds of two modules name one external kind, each as if it were of its own module.

    It is one kind, so its records would need a binding for each module.
    """
    first: dict[str, Kind] = {}
    for kind in kinds:
        for path, field, _ in _fields(kind.root, None, ()):
            module, _, name = (field.external or "").rpartition("/")
            if module != kind.module:
                continue
            other = first.setdefault(name, kind)
            if other.module != module:
                raise kind.fault(
                    path,
                    f"x-external '{name}' is also in {other.file}, of another module: which module has the kind?",
                    f"write the module that has it in both files, for example '{other.module}/{name}', so that a "
                    "record needs one binding",
                )


def _fields(
    field: Field, parent: Field | None, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Field, Field | None]]:
    """Yield every field with its parent and its path in the schema."""
    yield path, field, parent
    for name, child in (field.fields or {}).items():
        yield from _fields(child, field, (*path, "properties", name))
    if field.items is not None:
        yield from _fields(field.items, field, (*path, "items"))


def _check_list_type(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    if field.list_type is not None and field.kind_of != "array":
        yield "x-list-type is only for arrays", "remove it, or set 'type' to 'array'"


def _check_map_keys(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    members = (field.items.fields if field.items else None) or {}
    for name in sorted({name for key in field.map_keys for name in key} - members.keys()):
        yield f"x-list-map-keys names '{name}', which is not a field of the items", ""


def _check_when(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    siblings = (parent.fields if parent else None) or {}
    for name in field.when or ():
        if name not in siblings:
            yield f"x-when names '{name}', which is not a field beside it", "a switch must be in the same object"


def _check_required(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    for name in sorted(field.required - (field.fields or {}).keys()):
        yield f"required names '{name}', which is not a field here", ""


def _check_reference(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    if field.targets and field.kind_of != "string":
        yield "only a string can be a reference", "x-ref and x-external belong to strings and arrays of strings"
    for name in field.ref:
        if name not in names:
            yield f"x-ref names '{name}', which is not a kind", "for a kind outside the catalog, write x-external"


def _check_schedule(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    siblings = (parent.fields if parent else None) or {}
    for name in field.schedule or ():
        if name not in siblings:
            yield f"x-schedule names '{name}', which is not a field beside it", ""
    if field.schedule and not siblings.get(field.schedule.runs, OPAQUE).ref:
        yield f"x-schedule says that '{field.schedule.runs}' is run, which is not a reference", "give that field x-ref"


def _check_window(field: Field, parent: Field | None, names: Collection[str]) -> Iterator[Contradiction]:
    siblings = (parent.fields if parent else None) or {}
    if field.window and sorted(child.window for child in siblings.values() if child.window) != ["end", "start"]:
        yield "a window needs one field with x-window 'start' and one with 'end' beside it", ""
    if field.window and (lacking := [name for name in _BOUND if name not in (field.fields or {})]):
        yield f"a bound of a window needs the field '{lacking[0]}'", f"its fields are {', '.join(_BOUND)}"


def _check_place(kind: Kind, field: Field, path: tuple[str, ...]) -> Iterator[Contradiction]:
    """Check that the keywords about runs are where they are read."""
    members = kind.root.fields or {}
    for keyword in ("step", "schedule", "active"):
        marked = [name for name, child in members.items() if getattr(child, keyword)]
        if getattr(field, keyword) and len(path) != 2:
            yield f"x-{keyword} is only for members of the record", "move the field to the top of the record"
        elif getattr(field, keyword) and keyword != "step" and marked[0] != path[1]:
            yield f"x-{keyword} is also at '{marked[0]}'", "a record has one such field: remove the keyword here"
    if field.window and not _is_in_step(kind.root, path):
        yield "x-window is only for members of an option with x-step, or of the items of a keyed list in one", ""


def _is_in_step(root: Field, path: tuple[str, ...]) -> bool:
    """Tell whether a path leads to a member of an option with `x-step`, or of the items of a keyed list in one."""
    option = (root.fields or {}).get(path[1]) if len(path) > 1 else None
    if option is None or option.step is None:
        return False
    if len(path) == 7:
        keyed = (option.fields or {}).get(path[3])
        return path[4] == "items" and keyed is not None and keyed.list_type == "map"
    return len(path) == 4


_RULES: tuple[Callable[[Field, Field | None, Collection[str]], Iterator[Contradiction]], ...] = (
    _check_list_type,
    _check_map_keys,
    _check_when,
    _check_required,
    _check_reference,
    _check_schedule,
    _check_window,
)
