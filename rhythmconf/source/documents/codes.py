"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

NOT_A_MAPPING = Code(
    "RC120",
    "a document is not a mapping",
    what=("A document is a mapping with `kind`, `key` and `spec`. Several documents in a file are divided by `---`."),
)

UNKNOWN_MEMBER = Code(
    "RC121",
    "a document has an unknown member",
    what=(
        "A document has only the members kind, key, spec, files, moved, protect, skip and unmanaged (and "
        "match in an overlay). Fields of the record belong below `spec`."
    ),
)

MISSING_MEMBER = Code(
    "RC122",
    "a document lacks a member",
    what=(
        "Every document needs a `kind` and a `key`, and a `spec` unless it only skips, protects or leaves "
        "fields unmanaged."
    ),
)

BAD_MEMBER = Code(
    "RC123",
    "a member has a value of the wrong form",
    what=(
        "The value of a member has another form than it must have. A key is made of small letters, digits, "
        "`.`, `_` and `-`."
    ),
)

BAD_POINTER = Code(
    "RC124",
    "a pointer leads nowhere",
    what="A pointer such as `/email/body` leads to nothing that can hold a text.",
)

BAD_TEXT_PATH = Code(
    "RC125",
    "a text file may not stand there",
    what="A text file must be named by a relative path that stays inside the project.",
)

MISSING_TEXT = Code(
    "RC126",
    "a text file is missing",
    what="The file that `files` names isn't there. Correct the name, or write the file.",
)

TEXT_NOT_UTF8 = Code(
    "RC127",
    "a text file is not UTF-8",
    what="The text file is not UTF-8. Save it as UTF-8 in your editor.",
)
