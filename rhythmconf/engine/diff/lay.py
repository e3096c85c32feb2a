"""Desired laid over live -> the target: what a record will be when everything that is declared is so.

Where nothing differs the live value itself comes back, the same object, so that "unchanged" is an identity check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import is_
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.catalog.field import is_required
from rhythmconf.model import MISSING, Body, Json, Missing, canonical
from rhythmconf.settings import Dialect

Items = dict[bytes | str, Body]
"""The items of a keyed list by the value of their key, in the list's order."""

_NONE: Mapping[str, Field] = {}
_SCALARS = frozenset({str, int, bool, float})
_BLANKS: Mapping[str, tuple[Json | Missing, ...]] = {
    "same-as-absent": (MISSING, None, []),
    "distinct": (MISSING, None),
}


class Rules(NamedTuple):
    """What this tenant makes of values: the id of each `module/kind/key`, and what counts as no value at all."""

    ids: Mapping[str, str]
    blanks: tuple[Json | Missing, ...] = _BLANKS["same-as-absent"]

    @classmethod
    def of(cls, ids: Mapping[str, str], dialect: Dialect) -> Rules:
        """The rules of a dialect."""
        return cls(ids, _BLANKS[dialect.empty_lists])


def lay(field: Field, desired: Json, live: Json | Missing, rules: Rules) -> Json | Missing:
    """The target: `live` itself where it already is what `desired` says, MISSING where no value is wanted.

    What `desired` doesn't declare stays; so do the order of sets and unordered keyed lists, and the ids of items.
    """
    if isinstance(desired, dict):
        if field.ref or field.external:
            return _leaf(resolved(desired, rules), live)
        return _lay_object(field, desired, live, rules)
    if desired is None or isinstance(desired, list):
        if desired in rules.blanks and live in rules.blanks:
            return live
        return MISSING if desired is None else _lay_list(field, desired, live, rules)
    return _leaf(desired, live)


def fresh(field: Field, desired: Json, rules: Rules) -> Json | Missing:
    """The same where there is no live value: without nulls and the tenant's own fields, references resolved."""
    if isinstance(desired, dict):
        return resolved(desired, rules) if field.ref or field.external else _fresh_object(field, desired, rules)
    if isinstance(desired, list):
        return [_fresh_item(field.items or OPAQUE, item, rules) for item in desired]
    return MISSING if desired is None else desired


def resolved(reference: Body, rules: Rules) -> Json:
    """The id that a `{"$ref": ...}` stands for; the reference itself while its record doesn't exist."""
    name = reference.get("$ref")
    return rules.ids.get(name, reference) if isinstance(name, str) else reference


def match(field: Field, desired: Sequence[Json], live: Sequence[Json], rules: Rules) -> tuple[Items, Items] | None:
    """The items of both by the first key that is present and unique on both sides; None without such a key."""
    for names in field.map_keys:
        wanted = _indexed(field, desired, names, rules)
        had = _indexed(field, live, names, rules) if wanted is not None else None
        if wanted is not None and had is not None:
            return wanted, had
    return None


def is_ours(field: Field) -> bool:
    """Whether the field is compared at all."""
    return not (field.read_only or field.runtime)


def _leaf(desired: Json, live: Json | Missing) -> Json | Missing:
    return live if desired == live and type(desired) is type(live) else desired


def _lay_object(field: Field, desired: Body, live: Json | Missing, rules: Rules) -> Json | Missing:
    if not isinstance(live, dict):
        made = _fresh_object(field, desired, rules)
        return live if made is MISSING and live in rules.blanks else made
    fields, changed, current = field.fields or _NONE, {}, live.get
    for name, want in desired.items():
        have = current(name, MISSING)
        if want is have or (want.__class__ is str and want == have):
            continue
        child = fields.get(name, OPAQUE)
        if child.read_only or child.runtime:
            continue
        laid = lay(child, want, have, rules)
        if laid is not have:
            changed[name] = laid
    if not changed:
        return live
    target = {name: value for name, value in {**live, **changed}.items() if value is not MISSING}
    return {**target, **_needed_empties(field, desired, target)}


def _needed_empties(field: Field, desired: Body, target: Body) -> Body:
    """What is declared without a value in it (`[]`, or an object of nulls), absent, and required as things are."""
    fields = field.fields or {}
    return {
        name: [] if want == [] else {}
        for name, want in desired.items()
        if (want == [] or isinstance(want, dict))
        and name in fields
        and target.get(name) is None
        and is_required(field, name, target)
    }


def _lay_list(field: Field, desired: list[Json], live: Json | Missing, rules: Rules) -> Json | Missing:
    if isinstance(live, list):
        if field.list_type == "set" and not field.ordered:
            return _lay_set(field, desired, live, rules)
        found = match(field, desired, live, rules)
        if found is not None:
            return _lay_items(field, *found, live, rules)
        if _agrees(field, desired, live, rules):
            return live
    return fresh(field, desired, rules)


def _lay_set(field: Field, desired: list[Json], live: list[Json], rules: Rules) -> list[Json]:
    items = field.items or OPAQUE
    meant = [_fresh_item(items, item, rules) for item in desired]
    if items.kind_of == "string" and meant == live:
        return live
    wanted, had = _tokens(meant), _tokens(live)
    if wanted.keys() == had.keys():
        return live
    kept = [value for token, value in had.items() if token in wanted]
    return kept + [value for token, value in wanted.items() if token not in had]


def _lay_items(field: Field, wanted: Items, had: Items, live: list[Json], rules: Rules) -> list[Json]:
    kept, added = [key for key in had if key in wanted], [key for key in wanted if key not in had]
    order = list(wanted) if field.ordered else kept + added
    target = [_lay_item(field, wanted[key], had.get(key, MISSING), rules) for key in order]
    return live if len(target) == len(live) and all(map(is_, target, live)) else target


def _lay_item(field: Field, desired: Body, live: Json | Missing, rules: Rules) -> Json:
    items = field.items or OPAQUE
    if isinstance(live, Missing):
        return _fresh_item(items, desired, rules)
    laid = lay(items, _keeping(desired, field.map_keys), live, rules)
    return None if isinstance(laid, Missing) else laid


def _keeping(item: Body, keys: Iterable[Sequence[str]]) -> Body:
    """The item without nulls for its keys: it keeps those that it has in the tenant."""
    for names in keys:
        for name in names:
            if item.get(name, MISSING) is None:
                item = {other: value for other, value in item.items() if other != name}
    return item


def _agrees(field: Field, desired: list[Json], live: list[Json], rules: Rules) -> bool:
    """Whether a list that is replaced whole is already as desired; what the tenant adds by itself is no difference."""
    items, keys = field.items or OPAQUE, {name for names in field.map_keys for name in names}
    return len(desired) == len(live) and all(
        lay(items, want, have, rules) is have and not _surplus(items, want, have, rules, keys)
        for want, have in zip(desired, live, strict=True)
    )


def _surplus(field: Field, desired: Json, live: Json, rules: Rules, keys: set[str] | frozenset[str]) -> bool:
    """Whether the live value has something that isn't declared, and that isn't the tenant's own either."""
    if isinstance(desired, dict) and isinstance(live, dict):
        fields = field.fields or {}
        return any(
            _surplus(fields.get(name, OPAQUE), desired[name], have, rules, frozenset())
            if name in desired
            else is_ours(fields.get(name, OPAQUE)) and name not in keys and have not in rules.blanks
            for name, have in live.items()
        )
    return False


def _fresh_object(field: Field, desired: Body, rules: Rules) -> Json | Missing:
    fields = field.fields or {}
    made: Body = {}
    for name, want in desired.items():
        child = fields.get(name, OPAQUE)
        value = MISSING if child.read_only else fresh(child, want, rules)
        if not isinstance(value, Missing):
            made[name] = value
    made = {**made, **_needed_empties(field, desired, made)}
    return made if made or not desired else MISSING


def _fresh_item(field: Field, desired: Json, rules: Rules) -> Json:
    if desired.__class__ is str:
        return desired
    made = fresh(field, desired, rules)
    if isinstance(made, Missing):
        return None if desired is None else {}
    return made


def _tokens(values: Iterable[Json]) -> dict[bytes | str, Json]:
    """Unique values by something that can be looked up, and in which 1 is not true."""
    return {value if isinstance(value, str) else canonical(value): value for value in values}


def _indexed(field: Field, items: Sequence[Json], names: Sequence[str], rules: Rules) -> Items | None:
    """The items by their key; None where one has none or two share one."""
    keys: list[bytes | str] = []
    for item in items:
        key = _key(field, item, names, rules) if isinstance(item, dict) else None
        if key is None:
            return None
        keys.append(key)
    found: Items = dict(zip(keys, items, strict=True))  # type: ignore[arg-type]
    return found if len(found) == len(keys) else None


def _key(field: Field, item: Body, names: Sequence[str], rules: Rules) -> bytes | str | None:
    value = item.get(names[0])
    if value is None or (value.__class__ is str and len(names) == 1):
        return value
    fields = [(name, _child(field, name)) for name in names]
    parts = [_fresh_item(field, item.get(name), rules) for name, field in fields]
    if None in parts:
        return None
    # A reference and the id that it stands for must be one key.
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else canonical(parts)


def _child(field: Field, name: str) -> Field:
    return ((field.items or OPAQUE).fields or {}).get(name, OPAQUE)
