"""A plan that was read from a file, and the catalogue here -> nothing, or a refusal: it writes only what is known."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.catalog import Catalog, Field
from rhythmconf.errors import Refused
from rhythmconf.identity.marks import FIELD
from rhythmconf.model import Change, Plan, tokens


def refuse_misfits(plan: Plan, catalog: Catalog) -> None:
    """Raise Refused (RC317) for a kind that the catalogue doesn't have, or a field of it that can't be written."""
    for change in plan.changes:
        for wrong in _wrong(change, catalog):
            raise Refused(
                f"the plan doesn't fit the kinds known here: {change.key}: {wrong}",
                help="apply it with the schemas that it was made with, or plan again",
                code="RC317",
            )


def _wrong(change: Change, catalog: Catalog) -> Iterator[str]:
    kind = catalog.kinds.get(change.key.kind)
    if kind is None:
        yield f"there is no kind {change.key.kind}"
        return
    paths = [str(operation["path"]) for operation in change.patch]
    for path in [*(f"/{name}" for name in change.body or {}), *paths]:
        if path != f"/{FIELD}" and not _writable(kind.root, path):
            yield f"{path} is no field that can be written"


def _writable(root: Field, path: str) -> bool:
    field = root
    for token in tokens(path):
        if field.fields is None and field.items is None:
            return not field.read_only  # nothing is known of what lies inside
        child = field.child(token)
        if child is None or child.read_only:
            return False
        field = child
    return True
