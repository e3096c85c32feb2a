"""The validator that decides whether a value satisfies a schema, in a bounded time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rhythmconf.catalog.inline import Schema
from rhythmconf.model import Json

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

_BACKTRACKING = 100_000
"""Steps that a pattern may take for one text, a few milliseconds. A text that needs more doesn't match."""


def compiled(schema: Schema) -> Draft202012Validator:
    """Return a fast validator. It never fetches anything."""
    # Loading it takes long, and many commands validate nothing.
    from jsonschema_rs import Draft202012Validator, FancyRegexOptions

    options = FancyRegexOptions(backtrack_limit=_BACKTRACKING)
    return Draft202012Validator(schema, validate_formats=True, offline=True, pattern_options=options)


@lru_cache(maxsize=256)
def _keyword(name: str, value: str | bool) -> Draft202012Validator:
    return compiled({name: value})


def matches(pattern: str, text: str) -> bool:
    """Tell whether a text matches a pattern of a schema, as the verdict on a document does: in a bounded time."""
    return is_valid(_keyword("pattern", pattern), text)


def has_duplicates(items: list[Json]) -> bool:
    """Tell whether a list has an item twice, as the verdict on a document does."""
    return not is_valid(_keyword("uniqueItems", True), items)


def is_valid(validator: Draft202012Validator, value: Json) -> bool:
    """Tell whether a value is valid."""
    try:
        return validator.is_valid(value)
    except ValueError:  # a lone surrogate can't be encoded as UTF-8
        return False
