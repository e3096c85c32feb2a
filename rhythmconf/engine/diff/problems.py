"""Report what is wrong with a target: dangling references, missing values, list items that can't be matched."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rhythmconf.catalog import OPAQUE, Field, Kind, Tokens, missing, references
from rhythmconf.catalog.pairing import ItemKey
from rhythmconf.engine.diff import codes
from rhythmconf.engine.diff.target import Rules, item_keys, make_target, match_items, repeated_keys
from rhythmconf.model import Body, Diagnostic, Json, Key, Resource, pointer
from rhythmconf.model.quoting import quoted
from rhythmconf.source.project.values import Site


def dangling_references(
    kind: Kind, key: Key, target: Body, created: Collection[str], site: Site
) -> Iterator[Diagnostic]:
    """Report each reference to a key that has no record, and that this plan (`created`) doesn't create."""
    names = site.catalog.names
    for where, _, value in references(kind, target):
        if isinstance(value, dict) and str(value.get("$ref")) not in created:
            missing = Key.parse(str(value.get("$ref")))
            if missing in site.bindings:
                yield _bound_record_gone(key, where, missing, site)
                continue
            yield Diagnostic(
                codes.DANGLING_REFERENCE,
                f"{names.key(key)}: {where} refers to {names.key(missing)}, which has no record in this tenant",
                pointer=f"/spec{where}",
                key=key,
                help="Bind the key to a record's id in the bindings file, or correct the other problem of that key.",
            )


def _bound_record_gone(key: Key, where: str, missing: Key, site: Site) -> Diagnostic:
    """Return the error for a reference to a bound record that the tenant lacks, at its line in the bindings."""
    names, environment = site.catalog.names, site.environment.name
    name, id = names.key(missing), site.bindings[missing].id
    return Diagnostic(
        codes.DANGLING_REFERENCE,
        f"{name} is bound to record {id!r}, which the tenant of {environment} doesn't have: it was deleted there, or "
        f"the id is wrong. {names.key(key)} refers to it ({where})",
        pointer=pointer(("bindings", *missing)),
        key=missing,
        help=f"If another record is meant, write its id into this line. If rhythmconf is to create the record, write a "
        f"document for {name}. If it is gone on purpose, remove this line and the reference in {names.key(key)}. Then: "
        f"rhythmconf plan --env {environment}",
    )


def missing_values(kind: Kind, resource: Resource, live: Body | None, target: Body, site: Site) -> Iterator[Diagnostic]:
    """Report each required field without a value, unless the record lacked it before and the tenant accepted that.

    A create is judged by what the document declares, because the dialect may send empty values for what is off.
    """
    accepted = {path for path, _ in missing(kind.root, live)} if live is not None else set()
    for path, field in missing(kind.root, resource.body if live is None else target):
        if path not in accepted:
            yield _missing_value(resource.key, pointer(path), field, site)


def unmatched_items(kind: Kind, resource: Resource, live: Body, rules: Rules, site: Site) -> Iterator[Diagnostic]:
    """Report each keyed list that differs and has items that no key tells apart.

    A name that the document has twice is reported at the second item, one that only the tenant has twice at the list.
    """
    for path, repeated in _unmatched(kind.root, resource.body, live, rules, ()):
        tenants = [token for token, position in repeated if position is None]
        if not repeated:
            yield _unmatched_item(resource, path, path, "some have no key, so the whole list is replaced", site)
        if tenants:
            yield _unmatched_item(resource, path, path, _describe_repeated(tenants), site)
        for token, position in repeated:
            if position is not None:
                yield _unmatched_item(resource, path, (*path, position), _describe_repeated([token]), site)


def _describe_repeated(repeated: Sequence[ItemKey]) -> str:
    texts = [token if isinstance(token, str) else token.decode() for token in repeated[:3] if token is not None]
    shown = " and ".join(map(quoted, texts))
    return f"several are {shown}, so these are matched by their other values, then by their order"


def _unmatched_item(resource: Resource, path: Tokens, where: Tokens, how: str, site: Site) -> Diagnostic:
    return Diagnostic(
        codes.UNMATCHED_ITEMS,
        f"{site.catalog.names.key(resource.key)}: the items of {pointer(path)} can't be distinguished: {how}",
        "warning",
        pointer=f"/spec{pointer(where)}",
        key=resource.key,
        help="Give every item of the list a unique name.",
    )


def _missing_value(key: Key, where: str, field: Field, site: Site) -> Diagnostic:
    switches = " and ".join(
        f"{name} is {' or '.join(_shown(value) for value in values)}" for name, values in (field.when or {}).items()
    )
    return Diagnostic(
        codes.REQUIRED_WITHOUT_VALUE,
        f"{site.catalog.names.key(key)}: {where} would have no value, but the tenant requires one"
        f"{f' while {switches}' if switches else ''}",
        pointer=f"/spec{where}",
        key=key,
        help="Give it a value, or " + ("turn the switch off." if switches else "leave it out of the document."),
    )


def _shown(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _unmatched(
    field: Field, desired: Json, live: Json, rules: Rules, path: Tokens
) -> Iterator[tuple[Tokens, list[tuple[ItemKey, int | None]]]]:
    """Yield path and repeated keys of each list; without any, its items have no key.

    Each key has the position of the second item of the document with it, None where the document has one or none.
    """
    if isinstance(desired, dict) and isinstance(live, dict):
        for name, want in desired.items():
            child = (field.fields or {}).get(name, OPAQUE)
            yield from _unmatched(child, want, live.get(name), rules, (*path, name))
    if field.list_type != "map" or not isinstance(desired, list) or not isinstance(live, list):
        return
    repeated = repeated_keys(field, desired, live, rules)
    is_unmatched = repeated or match_items(field, desired, live, rules) is None
    if is_unmatched and make_target(field, desired, live, rules) is not live:
        last = [keys[-1] for keys in item_keys(field, desired, rules) or []]
        yield path, [(token, _second(last, token)) for token in repeated]


def _second(tokens: Sequence[ItemKey], token: ItemKey) -> int | None:
    """Return the position of the second occurrence of a token; None where there is none."""
    positions = [position for position, each in enumerate(tokens) if each == token]
    return positions[1] if len(positions) > 1 else None
