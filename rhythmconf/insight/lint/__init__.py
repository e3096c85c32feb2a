"""Warn about documents and bindings that are valid but probably not meant that way: one module for each rule.

A rule is a function from a Subject to Diagnostics; its code and its documentation are in the same module. A new rule
goes into RULES below, and its module into MODULES of `cli/code_reference.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rhythmconf.insight.lint.colliding_names import check_colliding_names
from rhythmconf.insight.lint.lookalike_documents import check_lookalike_documents
from rhythmconf.insight.lint.lookalike_items import check_lookalike_items
from rhythmconf.insight.lint.lookalike_keys import check_lookalike_keys
from rhythmconf.insight.lint.misspelt_bindings import check_misspelt_bindings
from rhythmconf.insight.lint.misspelt_overlays import check_misspelt_overlays
from rhythmconf.insight.lint.no_documents import check_no_documents
from rhythmconf.insight.lint.subject import Subject
from rhythmconf.insight.lint.unportable_names import check_unportable_names
from rhythmconf.insight.lint.unused_bindings import check_unused_bindings
from rhythmconf.model import Diagnostic

__all__ = ["Subject", "lint"]

RULES: tuple[Callable[[Subject], Iterator[Diagnostic]], ...] = (
    check_lookalike_documents,
    check_lookalike_items,
    check_lookalike_keys,
    check_misspelt_bindings,
    check_misspelt_overlays,
    check_no_documents,
    check_unportable_names,
    check_colliding_names,
    check_unused_bindings,
)


def lint(subject: Subject) -> list[Diagnostic]:
    """Return the warnings of all rules."""
    return [diagnostic for rule in RULES for diagnostic in rule(subject)]
