"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

PULL_UNDECIDED = Code(
    "RC600",
    "which record a document is about can't be decided",
    what=(
        "Before anything is written, pull finds out which record each document is about, and here it can't. "
        "The message names the records. Bind the key in the bindings file, or give `--key-map`; a record of "
        "another project is taken over by `adopt`."
    ),
)

PULL_NO_TARGET = Code(
    "RC601",
    "a reference leads to no record",
    what=(
        "The record refers to one that the tenant doesn't have any more. The id stands literally in an "
        "overlay of this environment. Correct the record in Rhythm and pull again, or correct the overlay."
    ),
)

ID_IN_TEXT = Code(
    "RC602",
    "a text holds the id of a record",
    what=(
        "A text, not a reference, is the id of a record. It is written as it is, and means nothing in "
        "another environment. If the field is a reference, its schema needs an `x-ref`."
    ),
)

AGAINST_SCHEMA = Code(
    "RC603",
    "a record is not as the schema says",
    what=(
        "What the tenant has breaks the schema, perhaps an enum that has grown. The document is written all "
        "the same, and `validate` will name the place."
    ),
)

PULL_OTHER_PROJECT = Code(
    "RC604",
    "a record of another project",
    what=(
        "The record was named, so it is pulled, but it carries another project's mark. A plan refuses it "
        "until it is taken over."
    ),
)

HALF_CHARACTER = Code(
    "RC605",
    "a text that no file can hold",
    what=("A text holds half a character (a lone surrogate), which JSON can carry and a file can't. It is left out."),
)
