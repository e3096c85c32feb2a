"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

DUPLICATE_MARK = Code(
    "RC301",
    "several records carry the same mark",
    what=(
        "Two records carry one mark, perhaps because a create was delivered twice or a record was copied in "
        "the tenant. Look at both, and delete one or remove its external id."
    ),
)

MARK_AND_BINDING_DISAGREE = Code(
    "RC302",
    "the mark and the binding of a record disagree",
    what="The record's mark says one key, the bindings file another. Correct the bindings file.",
)

OTHER_PROJECT = Code(
    "RC303",
    "the record is managed by another project",
    what="Another project's mark is on the record. Taking it over is a decision: it is never done silently.",
)

AMBIGUOUS_NATURAL_KEY = Code(
    "RC304",
    "several records have the natural key of a document",
    what=(
        "Several records fit the document's natural key, and none is marked. Bind the right one in the bindings file."
    ),
)

FOREIGN_EXTERNAL_ID = Code(
    "RC305",
    "the record carries an external id of another system",
    what=(
        "The record has an external id of another system, perhaps an import's. It is never overwritten; bind "
        "the key to the record's id to manage it all the same."
    ),
)

SAME_RECORD = Code(
    "RC306",
    "two keys would be the same record",
    what="Two documents would be the same record. Remove one, or bind them to different records.",
)

BINDING_WITHOUT_RECORD = Code(
    "RC307",
    "a bound record is gone",
    what=(
        "The bindings file names a record that the tenant doesn't have any more. Remove the line to create it again."
    ),
)

MOVED_KEY_DECLARED = Code(
    "RC308",
    "`moved` names a key that has a document",
    what="`moved` names a former key, but a document has that key still. Remove one of them.",
)

ORPHAN_NATURAL_KEY = Code(
    "RC309",
    "a new key has the natural key of a record that lost its document",
    what=(
        "A new document fits a record whose own document is gone: this looks like a rename. Say so with "
        "`moved: [old-key]`, so that nothing is created twice."
    ),
)
