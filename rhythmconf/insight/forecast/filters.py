"""Read whom the steps of templates are restricted to, in the ids of the tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rhythmconf.catalog import Catalog, Field, switched_on
from rhythmconf.insight.forecast.values import Filter, Property, Side
from rhythmconf.insight.windows import Setup, read_setup
from rhythmconf.model import Body, Json, Key
from rhythmconf.settings.calendar import CalendarSettings

LISTS: Mapping[str, Property] = {
    "program_ids": "program",
    "training_provider_ids": "provider",
    "status_reason_ids": "reason",
    "application_types": "type",
}
"""The lists that an option can restrict a step by, and the property of a person that each is about."""


def read_side(bodies: Mapping[Key, Body], ids: Mapping[Key, str], catalog: Catalog, settings: CalendarSettings) -> Side:
    """Read one configuration. References in `bodies` are `{"$ref": "module/kind/key"}`, and `ids` has their ids."""
    setup = read_setup(bodies, catalog, settings)
    filters = {
        (template, place.option): tuple(_read_filters(bodies[template].get(place.option), place.field, ids))
        for template in setup.steps
        for place in catalog.kind(template.kind).steps
    }
    return Side(setup, filters, tuple(_find_unseen(bodies, setup, catalog)))


def _read_filters(options: Json, field: Field, ids: Mapping[Key, str]) -> Iterator[Filter]:
    if not isinstance(options, dict):
        return
    for name, property in LISTS.items():
        child = (field.fields or {}).get(name)
        if child is None or child.items is None or not child.when or len(child.when) != 1:
            continue
        [(switch, values)] = child.when.items()
        if options.get(switch) in values:
            listed = options.get(name)
            wanted = [_read_id(each, ids) for each in (listed if isinstance(listed, list) else [])]
            yield Filter(property, frozenset(filter(None, wanted)), options.get(switch) == "exclude")


def _read_id(value: Json, ids: Mapping[Key, str]) -> str | None:
    """Return the id that a reference stands for; None for a record that doesn't exist yet: nobody has it."""
    if isinstance(value, dict):
        return ids.get(Key.parse(str(value.get("$ref"))))
    return value if isinstance(value, str) else None


def _find_unseen(bodies: Mapping[Key, Body], setup: Setup, catalog: Catalog) -> Iterator[Key]:
    """Yield the templates with options that are switched on and that say nothing about their windows."""
    for template in setup.steps:
        fields = catalog.kind(template.kind).root.fields or {}
        steps = {place.option for place in catalog.kind(template.kind).steps}
        body = bodies[template]
        for name, field in fields.items():
            opaque = field.kind_of == "object" and field.when and name not in steps
            if opaque and name in body and switched_on(field.when or {}, body):
                yield template
                break
