"""RC217: a binding whose key is probably misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject, similar_names, unbound_keys, unused_bindings
from rhythmconf.model import Diagnostic, Fix
from rhythmconf.model.code import Rule
from rhythmconf.model.suggest import did_you_mean
from rhythmconf.source.desired.bindings import locate_binding

MISSPELT_BINDING = Rule(
    "RC217",
    "the key of a binding looks misspelt",
    what=(
        "A bindings file has a key that no document declares and no reference names, and a document without a "
        "binding has nearly the same key."
    ),
    why=(
        "A binding under a wrong key has no effect: the document is not connected with its record. If the document "
        "of the key was deleted, the line is right: it may stay until the record is deleted, too."
    ),
    example="""
# bindings/sandbox.yaml, while config/ has the key `lapsed`
statusReason:
  lapsd: 8c1d2f7ab0
""",
    fix="Correct the key in the bindings file.",
)


def check_misspelt_bindings(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about a binding that nothing uses, where a document without a binding has nearly its key.

    While errors may hide keys, its document may be among them.
    """
    unused = unused_bindings(subject)
    desired, names = subject.desired, subject.desired.names
    if not unused or names.may_lack_documents:
        return
    unbound = unbound_keys(subject)
    for key in unused:
        if near := similar_names(key, unbound):
            entry, location = locate_binding((key.kind, key.name), names.catalog, names.environment, desired.locator)
            yield Diagnostic(
                MISSPELT_BINDING,
                f"no document declares {names.catalog.shown(key.kind)} '{key.name}', and no reference names it",
                "warning",
                location,
                entry,
                key,
                did_you_mean(near),
                Fix.only(near, safe=False),
            )
