"""RC233: two keys of one kind that differ only in their separators."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic
from rhythmconf.model.appearance import key_appearance
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.overlays import MergedSpec

LOOKALIKE_KEYS = Rule(
    "RC233",
    "two keys look the same",
    what="Two documents of one kind have keys that differ only in their separators: `.`, `-` and `_`.",
    why=(
        "People mix up such keys, in references, in bindings and on the command line. Most often one document is an "
        "older version of the other, or an overlay misses its base document."
    ),
    example="kind: notice\nkey: renewal.60\n---\nkind: notice\nkey: renewal-60",
    fix="Remove one of the documents, or rename one key. After a rename, list the old key under `moved`.",
)


def check_lookalike_keys(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each key that looks like an earlier one of its kind."""
    desired = subject.desired
    # An overlay without a base document is compared with the base documents by another rule.
    first: dict[tuple[str, str, bool], MergedSpec] = {}
    for merged in desired.key_set.merged:
        look = (merged.key.kind, key_appearance(merged.key.name), merged.has_base)
        earlier = first.setdefault(look, merged)
        if earlier is not merged:
            other = desired.locator.value(earlier.documents[0].origin, "/key")
            yield Diagnostic(
                LOOKALIKE_KEYS,
                f"the key {merged.key.name!r} looks like {earlier.key.name!r} ({other.file}:{other.line})",
                "warning",
                desired.locator.value(merged.documents[0].origin, "/key"),
                "/key",
                merged.key,
                "Remove one of the two documents, or rename one key and list the old one under `moved`.",
            )
