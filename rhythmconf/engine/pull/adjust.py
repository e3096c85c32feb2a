"""A spec and the live record -> the spec as it must be to agree with the record. What agrees stays, object by object.

The comparison is the plan's own: a value that `lay` finds satisfied is not touched, so that a plan made of the
result has nothing to change.
"""

from __future__ import annotations

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.engine.diff.target import Items, Rules, is_compared, make_target, match_items
from rhythmconf.engine.pull.form import unnumbered
from rhythmconf.model import MISSING, Body, Json, Missing


def adjust(field: Field, spec: Json, live: Json | Missing, rules: Rules) -> Json:
    """`spec` itself where it agrees. `live` has its references in the words of documents already.

    A declared field without a value in the tenant becomes null; one that isn't declared is not added.
    """
    if make_target(field, spec, live, rules) is live:
        return spec
    if isinstance(live, Missing):
        return None
    if isinstance(spec, dict) and isinstance(live, dict) and not field.targets:
        return _object(field, spec, live, rules)
    if isinstance(spec, list) and isinstance(live, list):
        return _list(field, spec, live, rules)
    return live


def _object(field: Field, spec: Body, live: Body, rules: Rules) -> Body:
    fields = field.fields or {}
    made: Body = {}
    for name, value in spec.items():
        child = fields.get(name, OPAQUE)
        made[name] = adjust(child, value, live.get(name, MISSING), rules) if is_compared(child) else value
    return made


def _list(field: Field, spec: list[Json], live: list[Json], rules: Rules) -> list[Json]:
    """What is gone goes; what is new comes last, where the order says nothing."""
    if field.list_type == "set" and not field.ordered:
        return [item for item in spec if item in live] + [item for item in live if item not in spec]
    found = match_items(field, spec, live, rules)
    return [unnumbered(field, item) for item in live] if found is None else _keyed(field, *found, rules)


def _keyed(field: Field, spec: Items, live: Items, rules: Rules) -> list[Json]:
    items = field.items or OPAQUE
    kept, added = [key for key in spec if key in live], [key for key in live if key not in spec]
    return [
        adjust(items, spec[key], live[key], rules) if key in spec else unnumbered(field, live[key])
        for key in (list(live) if field.ordered else kept + added)
    ]
