"""Choose the kind of the test record of a probe, and make its body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind
from rhythmconf.catalog.field import is_switched_off
from rhythmconf.errors import UsageError
from rhythmconf.model import Body, Json, Risk
from rhythmconf.tenant.doctor import codes

_RISKS: Sequence[Risk | None] = (None, "access", "inbox", "money")
"""The risks of a field, the least harmful first."""


def choose_kind(catalog: Catalog) -> Kind:
    """Return the kind whose test record finds out most, and of those the one with the fewest effects.

    Only a kind with switches settles `off_options`: its record has all of them off and is inactive. Fewer effects are:
    no risk for members, few required fields, inactive. Raises UsageError if no kind is suitable.
    """
    kinds = [kind for kind in catalog.kinds.values() if not find_misfit(kind)]
    if not kinds:
        raise UsageError(
            "no kind is suitable for a test record: it must allow create, patch, delete, get and list",
            help=f"`rhythmconf explain {codes.NO_SCRATCH_KIND}` says what a suitable kind needs",
            code=codes.NO_SCRATCH_KIND,
        )
    return min(kinds, key=lambda kind: (not _settles_off_options(kind), *_harm(kind), kind.name))


def find_misfit(kind: Kind) -> str:
    """Return why a kind can't have a test record; empty where it can."""
    if kind.resource_class != "config":
        return f"its class is {kind.resource_class}"
    lacking = [verb for verb in ("create", "patch", "delete", "get", "list") if not kind.can(verb)]
    if lacking:
        return f"its schema has no operation {lacking[0]}"
    if not text_fields(kind):
        return "it has no text field in its natural key"
    # A required reference would need a second record, and with it another chance to leave something behind.
    required = [name for name in sorted(kind.root.required) if (kind.root.child(name) or OPAQUE).targets]
    return f"it requires a reference ({required[0]})" if required else ""


def minimal_record(kind: Kind, name: str) -> Body:
    """Return the smallest body of a kind: its required fields, its name; switched off and inactive where it can be."""
    root = kind.root
    body = {field: _minimal_value(root.child(field) or OPAQUE, name) for field in sorted(root.required)}
    key: Body = {field: name for field in kind.natural_key if not (root.child(field) or OPAQUE).targets}
    switches = {name for field in (root.fields or {}).values() for name in field.when or ()}
    off: Body = {name: False for name in sorted(switches) if (root.child(name) or OPAQUE).kind_of == "boolean"}
    return {**body, **off, **key, **({"is_active": False} if root.child("is_active") else {})}


def text_fields(kind: Kind) -> list[str]:
    """Return the fields of the natural key that hold plain text."""
    return [name for name in kind.natural_key if _is_text(kind.root.child(name) or OPAQUE)]


def optional_list(kind: Kind) -> str | None:
    """Return a list that a record can have or lack, or None if the kind has no such field."""
    for name, field in (kind.root.fields or {}).items():
        is_free = field.kind_of == "array" and not field.read_only and field.when is None
        if is_free and name not in kind.root.required and not name.startswith("sys_"):
            return name
    return None


def switched_off_fields(root: Field, body: Body) -> dict[str, Field]:
    """Return the fields that have a switch which is off in `body`."""
    fields = (root.fields or {}).items()
    return {name: field for name, field in fields if is_switched_off(field, body)}


def _is_text(field: Field) -> bool:
    return field.kind_of == "string" and not field.targets and not field.read_only


def _minimal_value(field: Field, name: str) -> Json:
    if field.kind_of == "object":
        return {child: _minimal_value(field.child(child) or OPAQUE, name) for child in sorted(field.required)}
    values: Mapping[str, Json] = {"array": [], "number": 1, "boolean": False}
    return values.get(field.kind_of, name)


def _settles_off_options(kind: Kind) -> bool:
    """Tell whether a record of the kind can be inactive, and has a field whose switch is off."""
    return kind.root.child("is_active") is not None and bool(
        switched_off_fields(kind.root, minimal_record(kind, "probe"))
    )


def _harm(kind: Kind) -> tuple[int, int, bool, bool]:
    """Return a rank to sort by. Among equals, a kind with an optional list lets the probe find out more."""
    worst = max(_RISKS.index(risk) for risk in _risks(kind.root))
    return worst, len(kind.root.required), "is_active" not in (kind.root.fields or {}), optional_list(kind) is None


def _risks(field: Field) -> Iterator[Risk | None]:
    yield field.risk
    for child in [*(field.fields or {}).values(), *([field.items] if field.items else [])]:
        yield from _risks(child)
