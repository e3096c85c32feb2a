"""Validate merged specs against the schema of their kind.

jsonschema-rs decides whether a spec is valid. jsonschema then explains why not: it is slower, so it is imported, and
positions are looked up, only for specs that are invalid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rhythmconf.catalog import REFERENCE, references
from rhythmconf.model import Diagnostic, tokens
from rhythmconf.model.suggest import did_you_mean
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.locate import locate_value
from rhythmconf.source.desired.overlays import MergedSpec
from rhythmconf.source.desired.references import ReferenceNames, explain_name
from rhythmconf.source.documents import Locator


def validate(merged: MergedSpec, names: ReferenceNames, locator: Locator) -> Iterator[Diagnostic]:
    """Yield every error of one merged spec; nothing where it is valid."""
    if merged.kind.check(merged.spec):
        return
    from rhythmconf.source.desired.schema_errors import explain

    diagnostics = explain(merged, locator)
    for diagnostic in diagnostics:
        called = _find_called(merged, names, diagnostic) if diagnostic.code == codes.BROKEN_RULE else None
        if called is not None:
            yield called
        elif diagnostic.code == codes.MISSING_FIELD and not merged.has_base:
            yield diagnostic._replace(help=_suggest_base(merged, names) or diagnostic.help)
        else:
            yield diagnostic
    if not diagnostics and not merged.documents[-1].beside:
        yield from _unexplained(merged, locator)


def _find_called(merged: MergedSpec, names: ReferenceNames, diagnostic: Diagnostic) -> Diagnostic | None:
    """Return what to write where a reference has the name of a document in place of its key; else None."""
    for pointer, field, value in references(merged.kind, merged.spec):
        if diagnostic.pointer.endswith(pointer) and isinstance(value, str) and not re.search(REFERENCE, value):
            key = names.named(field.targets, value)
            if key is not None:
                found = explain_name(names, key, value)
                return found._replace(location=diagnostic.location, pointer=diagnostic.pointer, key=merged.key)
    return None


def _suggest_base(merged: MergedSpec, names: ReferenceNames) -> str:
    """Suggest another key for an overlay that lacks what a base document would have; empty where none is near."""
    question = did_you_mean(names.nearest((merged.key.kind,), merged.key.name))
    return f"no base document has the key '{merged.key.name}'; {question}" if question else ""


def _unexplained(merged: MergedSpec, locator: Locator) -> Iterator[Diagnostic]:
    """Yield the messages of jsonschema-rs for a spec in which jsonschema finds nothing wrong."""
    for field_pointer, message in merged.kind.complaints(merged.spec):
        spec_pointer, location = locate_value(locator, merged.documents, tokens(field_pointer))
        name = field_pointer.rpartition("/")[2]
        yield Diagnostic(codes.BROKEN_RULE, f"{name}: {message}", "error", location, spec_pointer, merged.key)
