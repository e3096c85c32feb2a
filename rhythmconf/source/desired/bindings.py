"""Check the kinds of a bindings file against the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.catalog import Catalog, targets
from rhythmconf.model import Bindings, Diagnostic, Fix, Location, Origin, pointer
from rhythmconf.model.suggest import did_you_mean, nearest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import KeySet
from rhythmconf.source.documents import Locator


def check_bindings(
    bindings: Bindings, key_set: KeySet, catalog: Catalog, environment: str, locator: Locator
) -> Iterator[Diagnostic]:
    """Yield an error for each kind that is neither in the catalog nor the target of a reference."""
    for kind in sorted({key.kind for key in bindings}):
        if _is_known(kind, key_set, catalog):
            continue
        names = [*catalog.kinds, *(target for other in catalog.kinds.values() for target in targets(other))]
        shown = list(dict.fromkeys(map(catalog.shown, names)))
        near = nearest(catalog.shown(kind), shown)
        entry, location = locate_binding((kind,), catalog, environment, locator)
        yield Diagnostic(
            codes.UNKNOWN_KIND,
            f"there is no kind '{catalog.shown(kind)}'",
            location=location,
            pointer=entry,
            help=did_you_mean(near) or f"kinds: {', '.join(shown)}",
            fix=Fix.only(near),
        )


def _is_known(kind: str, key_set: KeySet, catalog: Catalog) -> bool:
    if kind in catalog.kinds:
        return True
    # The kinds in use come first: reading the references of a kind takes time, and they were read already.
    used = dict.fromkeys(merged.kind for merged in key_set.merged)
    return any(kind in targets(other) for other in (*used, *catalog.kinds.values()))


def locate_binding(path: tuple[str, ...], catalog: Catalog, environment: str, locator: Locator) -> tuple[str, Location]:
    """Return pointer and location of a kind, or of a kind and a key name, in the bindings file of an environment."""
    origin = Origin(f"bindings/{environment}.yaml")
    kind, *names = path
    # The file may write the kind with or without its module; a pointer that doesn't exist is located at the top.
    pointers = [pointer((written, *names)) for written in (catalog.shown(kind), kind)]
    # The top is the least location, so the greatest one belongs to the entry that exists.
    return max(((entry, locator.name(origin, entry)) for entry in pointers), key=lambda located: located[1])
