"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

DANGLING_REFERENCE = Code(
    "RC321",
    "a reference has no record in this tenant",
    what="A field refers to a key that has no record here and is not created by this plan.",
)

REQUIRED_WITHOUT_VALUE = Code(
    "RC322",
    "a required field would have no value",
    what="The tenant requires the field, and after this change it would have no value.",
)

UNMATCHED_ITEMS = Code(
    "RC323",
    "the items of a list can't be told apart",
    what=(
        "The items of a list have nothing unique on both sides, so the list is replaced as a whole. A unique "
        "name for each item mends it."
    ),
)

NOT_PRUNED = Code(
    "RC324",
    "a key to prune has a document, or no record",
    what="`--prune` names a key that still has a document, or that has no record of this project.",
)
