"""Tell what the records of a tenant are before and after a plan, in the words of the documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias

from rhythmconf.catalog import Catalog, Field
from rhythmconf.catalog.kind import substitute
from rhythmconf.engine.diff.compare import Comparison
from rhythmconf.model import Body, Identity, Json, Key

Bodies: TypeAlias = Mapping[Key, Body]
"""The record of each key. References are `{"$ref": "module/kind/key"}`, as in a desired state."""


class BeforeAfter(NamedTuple):
    """The records that documents stand for: as the tenant has them, and as an apply of the plan would leave them.

    A record that the plan deletes is in `before` alone, one that it creates in `after` alone.
    """

    before: Bodies
    after: Bodies


def before_and_after(
    identity: Identity, comparison: Comparison, catalog: Catalog, kinds: Collection[str]
) -> BeforeAfter:
    """Return the records of some kinds before and after the changes of a comparison.

    A record without a document counts only if the plan changes it.
    """
    keys = {(key.kind, id): key for key, id in identity.ids.items()}
    keys |= {(pair.key.kind, pair.record.id): pair.key for pair in identity.orphans if pair.record is not None}
    live = {pair.key: pair.record.body for pair in identity.pairs if pair.record is not None and pair.key.kind in kinds}
    before, after = dict(live), dict(live)
    for difference in comparison.differences:
        key = difference.change.key
        if key.kind in kinds:
            after.pop(key, None)
            if difference.live is not None:
                before[key] = difference.live
            if difference.target is not None:
                after[key] = difference.target
    replace = partial(_name, keys)
    named = {
        id(body): substitute(catalog.kinds[key.kind], body, replace)
        for bodies in (before, after)
        for key, body in bodies.items()
    }
    return BeforeAfter(
        {key: named[id(body)] for key, body in before.items()}, {key: named[id(body)] for key, body in after.items()}
    )


def _name(keys: Mapping[tuple[str, str], Key], field: Field, value: Json) -> Json:
    """Return the reference that an id stands for, or the id where no key of the project has it."""
    if not isinstance(value, str):
        return value
    key = next((keys[kind, value] for kind in field.targets if (kind, value) in keys), None)
    return {"$ref": str(key)} if key else value
