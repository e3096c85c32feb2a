"""What is wrong with a merged spec: takes the verdict of the catalogue, gives Diagnostics in words.

jsonschema words what jsonschema-rs refused; it is imported, and positions are looked up, only for such documents.
"""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model import Diagnostic, tokens
from rhythmconf.model.suggest import suggest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.overlays import Merged
from rhythmconf.source.desired.places import Places
from rhythmconf.source.desired.references import Names


def validate(merged: Merged, names: Names, places: Places) -> Iterator[Diagnostic]:
    """Every error of one merged spec; nothing where the catalogue's verdict is good."""
    if merged.kind.check(merged.spec):
        return
    from rhythmconf.source.desired.messages import findings

    some = False
    for found in findings(merged.kind, merged.spec):
        some = True
        place = places.of_member if found.named else places.of_value
        where, location = place(merged.documents, found.at)
        help = found.help
        if found.code == codes.MISSING_FIELD and not merged.based:
            help = _no_base(merged, names) or help
        yield Diagnostic(found.code, found.message, "error", location, where, merged.key, help)
    if not some:
        yield from _unworded(merged, places)


def _no_base(merged: Merged, names: Names) -> str:
    """An overlay that misses what a base document would have may just have misspelt its key."""
    others = [name for name in names.of_kinds((merged.key.kind,)) if name != merged.key.name]
    hint = suggest(merged.key.name, others)
    return f"no base document has the key '{merged.key.name}'; {hint}" if hint else ""


def _unworded(merged: Merged, places: Places) -> Iterator[Diagnostic]:
    """The validator's own words, where jsonschema finds nothing."""
    for where, message in merged.kind.complaints(merged.spec):
        place, location = places.of_value(merged.documents, tokens(where))
        name = where.rpartition("/")[2]
        yield Diagnostic(codes.BROKEN_RULE, f"{name}: {message}", "error", location, place, merged.key)
