"""Compute the target of a record: what it will be once everything that the document declares is so.

Where nothing differs, the live value itself is returned, the same object. So "unchanged" is an identity check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import is_
from typing import NamedTuple, cast

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.catalog.field import is_required, is_switched_off
from rhythmconf.catalog.pairing import ItemKey, compare_items, pair_items
from rhythmconf.model import MISSING, Body, Json, Missing, Pair, canonical
from rhythmconf.settings import Dialect

Items = dict[int, Body]
"""The items of a keyed list in its order, numbered: see `match_items`."""

_NO_FIELDS: Mapping[str, Field] = {}
_BLANKS: Mapping[str, tuple[Json | Missing, ...]] = {
    "same-as-absent": (MISSING, None, []),
    "distinct": (MISSING, None),
}


class Rules(NamedTuple):
    """How values compare in one tenant: the id of each `module/kind/key`, and which values count as no value."""

    ids: Mapping[str, str]
    blanks: tuple[Json | Missing, ...] = _BLANKS["same-as-absent"]

    @classmethod
    def of(cls, ids: Mapping[str, str], dialect: Dialect) -> Rules:
        """Return the rules of a dialect."""
        return cls(ids, _BLANKS[dialect.empty_lists])


RESOLVED = Rules({}, (MISSING, None))
"""Rules for values in which every reference is an id already."""


def make_target(field: Field, desired: Json, live: Json | Missing, rules: Rules) -> Json | Missing:
    """Return what `live` becomes: `live` itself where it already agrees with `desired`, MISSING for no value.

    Members that `desired` doesn't declare stay. So do the order of sets and of unordered keyed lists, and the ids that
    the tenant gave to items.
    """
    if isinstance(desired, dict):
        if field.ref or field.external:
            return _scalar(resolve_reference(desired, rules), live)
        return _object(field, desired, live, rules)
    if desired is None or isinstance(desired, list):
        if desired in rules.blanks and live in rules.blanks:
            return live
        return MISSING if desired is None else _list(field, desired, live, rules)
    return _scalar(desired, live)


def target_body(kind: Kind, pair: Pair, rules: Rules) -> Body:
    """Return what the record of a key is after an apply, its fields without a place in documents included."""
    declared = pair.resource.body if pair.resource else {}
    target = make_target(kind.root, declared, pair.record.body if pair.record else {}, rules)
    return target if isinstance(target, dict) else {}


def make_new(field: Field, desired: Json, rules: Rules) -> Json | Missing:
    """Return the value to create: without nulls and read-only fields, with the ids of references."""
    if isinstance(desired, dict):
        return resolve_reference(desired, rules) if field.ref or field.external else _new_object(field, desired, rules)
    if isinstance(desired, list):
        return [_new_item(field.items or OPAQUE, item, rules) for item in desired]
    return MISSING if desired is None else desired


def resolve_reference(reference: Body, rules: Rules) -> Json:
    """Return the id that `{"$ref": ...}` stands for, or the reference itself while its record doesn't exist."""
    name = reference.get("$ref")
    return rules.ids.get(name, reference) if isinstance(name, str) else reference


def match_items(
    field: Field, desired: Sequence[Json], live: Sequence[Json], rules: Rules
) -> tuple[Items, Items] | None:
    """Number the items of both lists: an item that both have gets one number, whatever its name is on each side.

    Return None where an item is no object or has no key, so that nothing tells it from the others.
    """
    places = _places(field, desired, live, rules)
    if places is not None:
        return cast("tuple[Items, Items]", (dict(zip(places, desired, strict=True)), dict(enumerate(live))))
    wanted, had = item_keys(field, desired, rules), item_keys(field, live, rules)
    if wanted is None or had is None:
        return None

    def equal(child: Field, want: Json, have: Json) -> bool:
        return make_target(child, want, have, rules) is have or (want is None and have is None)

    pairs = pair_items(field, wanted, had, lambda i, j: compare_items(field, desired[i], live[j], equal))
    numbered = {pairs.get(i, -1 - i): item for i, item in enumerate(desired)}
    return cast("tuple[Items, Items]", (numbered, dict(enumerate(live))))


def _places(field: Field, desired: Sequence[Json], live: Sequence[Json], rules: Rules) -> list[int] | None:
    """Return the live position of each item, where both lists have the same keys, each once; None for other lists.

    Most lists are like that, and this is three times as fast as `pair_items`.
    """
    if len(desired) != len(live):
        return None
    for names in field.map_keys:
        wanted = [_key(field, item, names, rules) if item.__class__ is dict else None for item in desired]
        if any(wanted):
            had = [_key(field, item, names, rules) if item.__class__ is dict else None for item in live]
            places = {token: place for place, token in enumerate(had)}
            if None in places or len(places) < len(had) or places.keys() != set(wanted):
                return None
            return [places[token] for token in wanted]
    return None


def item_keys(field: Field, items: Sequence[Json], rules: Rules) -> list[list[ItemKey]] | None:
    """Return the keys of each item; None where an item is no object or has none."""
    keys = [[_key(field, item, names, rules) for names in field.map_keys] for item in items if isinstance(item, dict)]
    if len(keys) < len(items) or any(all(token is None for token in tokens) for tokens in keys):
        return None
    return keys


def repeated_keys(field: Field, desired: Sequence[Json], live: Sequence[Json], rules: Rules) -> list[ItemKey]:
    """Return the keys that several items of one list have, and that no other key tells apart."""
    wanted, had = item_keys(field, desired, rules) or [], item_keys(field, live, rules) or []
    free = [keys[-1] for keys in wanted if all(token is None for token in keys[:-1])]
    counts = Counter(free) | Counter(keys[-1] for keys in had)
    return [token for token, count in counts.items() if free and count > 1 and token is not None]


def is_compared(field: Field) -> bool:
    """Whether documents can declare the field: the tenant neither owns it nor counts in it."""
    return not (field.read_only or field.runtime)


def _scalar(desired: Json, live: Json | Missing) -> Json | Missing:
    # Python calls 1 and True equal; JSON doesn't.
    return live if desired == live and type(desired) is type(live) else desired


def _object(field: Field, desired: Body, live: Json | Missing, rules: Rules) -> Json | Missing:
    if not isinstance(live, dict):
        new = _new_object(field, desired, rules)
        return live if new is MISSING and live in rules.blanks else new
    fields, changed, current = field.fields or _NO_FIELDS, {}, live.get
    for name, want in desired.items():
        have = current(name, MISSING)
        # Most members are equal strings: this check spares them the calls below.
        if want is have or (want.__class__ is str and want == have):
            continue
        child = fields.get(name, OPAQUE)
        # A tenant may answer `{}` or `[]` for whatever a switch turns off, and would answer it again.
        if want is None and have in ({}, []) and is_switched_off(child, {**live, **desired}):
            continue
        if child.read_only or child.runtime:
            continue
        target = make_target(child, want, have, rules)
        if target is not have:
            changed[name] = target
    if not changed:
        return live
    members = {name: value for name, value in {**live, **changed}.items() if value is not MISSING}
    return {**members, **_required_empties(field, desired, members)}


def _required_empties(field: Field, desired: Body, target: Body) -> Body:
    """Return the members that are declared empty (`[]`, or an object of nulls), missing in the target, and required."""
    fields = field.fields or {}
    return {
        name: [] if want == [] else {}
        for name, want in desired.items()
        if (want == [] or isinstance(want, dict))
        and name in fields
        and target.get(name) is None
        and is_required(field, name, target)
    }


def _list(field: Field, desired: list[Json], live: Json | Missing, rules: Rules) -> Json | Missing:
    if isinstance(live, list):
        if field.list_type == "set" and not field.ordered:
            return _set(field, desired, live, rules)
        matched = match_items(field, desired, live, rules)
        if matched is not None:
            return _keyed_list(field, *matched, live, rules)
        if _agrees(field, desired, live, rules):
            return live
    return make_new(field, desired, rules)


def _set(field: Field, desired: list[Json], live: list[Json], rules: Rules) -> list[Json]:
    items = field.items or OPAQUE
    values = [_new_item(items, item, rules) for item in desired]
    if items.kind_of == "string" and values == live:
        return live
    wanted, had = _by_token(values), _by_token(live)
    if wanted.keys() == had.keys():
        return live
    kept = [value for token, value in had.items() if token in wanted]
    return kept + [value for token, value in wanted.items() if token not in had]


def _keyed_list(field: Field, wanted: Items, had: Items, live: list[Json], rules: Rules) -> list[Json]:
    kept, added = [key for key in had if key in wanted], [key for key in wanted if key not in had]
    order = list(wanted) if field.ordered else kept + added
    target = [_keyed_item(field, wanted[key], had.get(key, MISSING), rules) for key in order]
    return live if len(target) == len(live) and all(map(is_, target, live)) else target


def _keyed_item(field: Field, desired: Body, live: Json | Missing, rules: Rules) -> Json:
    items = field.items or OPAQUE
    if isinstance(live, Missing):
        return _new_item(items, desired, rules)
    # A null for a key declares nothing: the item keeps the key that it has in the tenant.
    for names in field.map_keys:
        for name in names:
            if desired.get(name, MISSING) is None:
                desired = {other: value for other, value in desired.items() if other != name}
    target = make_target(items, desired, live, rules)
    return None if isinstance(target, Missing) else target


def _agrees(field: Field, desired: list[Json], live: list[Json], rules: Rules) -> bool:
    """Whether a list that is replaced whole is already as desired; read-only additions of the tenant don't count."""
    items, keys = field.items or OPAQUE, {name for names in field.map_keys for name in names}
    return len(desired) == len(live) and all(
        make_target(items, want, have, rules) is have and not _has_more(items, want, have, rules, keys)
        for want, have in zip(desired, live, strict=True)
    )


def _has_more(field: Field, desired: Json, live: Json, rules: Rules, keys: set[str] | frozenset[str]) -> bool:
    """Whether the live value has a member that could be declared and isn't; the `keys` of the item don't count."""
    if isinstance(desired, dict) and isinstance(live, dict):
        fields = field.fields or {}
        return any(
            _has_more(fields.get(name, OPAQUE), desired[name], have, rules, frozenset())
            if name in desired
            else _is_declarable(field, name) and name not in keys and have not in rules.blanks
            for name, have in live.items()
        )
    return False


def _is_declarable(field: Field, name: str) -> bool:
    """Tell whether a document may have the member `name`: no document can have one that its schema doesn't know."""
    if field.fields is None or name not in field.fields:
        return field.fields is None or field.allows(name)
    return is_compared(field.fields[name])


def _new_object(field: Field, desired: Body, rules: Rules) -> Json | Missing:
    fields = field.fields or {}
    new: Body = {}
    for name, want in desired.items():
        child = fields.get(name, OPAQUE)
        value = MISSING if child.read_only else make_new(child, want, rules)
        if not isinstance(value, Missing):
            new[name] = value
    new = {**new, **_required_empties(field, desired, new)}
    return new if new or not desired else MISSING


def _new_item(field: Field, desired: Json, rules: Rules) -> Json:
    if desired.__class__ is str:
        return desired
    new = make_new(field, desired, rules)
    if isinstance(new, Missing):
        return None if desired is None else {}
    return new


def _by_token(values: Iterable[Json]) -> dict[bytes | str, Json]:
    """Index values by a token that can be hashed, and in which 1 and true differ."""
    return {value if isinstance(value, str) else canonical(value): value for value in values}


def _key(field: Field, item: Body, names: Sequence[str], rules: Rules) -> ItemKey:
    value = item.get(names[0])
    if value is None or (value.__class__ is str and len(names) == 1):
        return value
    fields = (field.items or OPAQUE).fields or {}
    parts = [_new_item(fields.get(name, OPAQUE), item.get(name), rules) for name in names]
    if None in parts:
        return None
    # A reference and the id that it stands for must give the same key.
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else canonical(parts)
