"""RC226: a binding that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject, similar_names, unbound_keys, unused_bindings
from rhythmconf.model import Diagnostic
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.bindings import locate_binding

UNUSED_BINDING = Rule(
    "RC226",
    "a binding that nothing uses",
    what="A bindings file has a key that no document declares and no reference names.",
    why=(
        "The line has no effect. Its document may have been deleted or renamed, or the reference to it was removed. A "
        "reader of the file takes it for something that matters."
    ),
    example="""
# bindings/sandbox.yaml, while no document names the invoice template `standard`
invoiceTemplate:
  standard: 8c1d2f7ab0
""",
    fix=(
        "Remove the line. If you have just deleted the document, keep it until an apply has deleted the record: the "
        "binding says which record that is."
    ),
)


def check_unused_bindings(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each binding that nothing uses; those that look misspelt have a warning of their own."""
    unused = unused_bindings(subject)
    desired, names = subject.desired, subject.desired.names
    # With errors, what uses the binding may be in a document that could not be read.
    if not unused or any(diagnostic.severity == "error" for diagnostic in desired.diagnostics):
        return
    unbound = unbound_keys(subject)
    for key in unused:
        if not similar_names(key, unbound):
            entry, location = locate_binding((key.kind, key.name), names.catalog, names.environment, desired.locator)
            yield Diagnostic(
                UNUSED_BINDING,
                f"no document declares {names.catalog.shown(key.kind)} '{key.name}', and no reference names it",
                "warning",
                location,
                entry,
                key,
                "remove the line; if you have just deleted its document, wait until an apply has deleted the record",
            )
