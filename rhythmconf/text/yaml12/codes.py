"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

SYNTAX = Code(
    "RC101",
    "the text is not YAML or JSON",
    what=(
        "The text is not YAML or JSON. The usual causes are a missing quote, a tab in the indentation, or a "
        "colon inside a value that isn't quoted."
    ),
)

DUPLICATE_NAME = Code(
    "RC102",
    "a name is twice in one mapping",
    what=(
        "The same name stands twice in one mapping. Most readers silently take the last one; here it is an "
        "error, because the first one was meant too. Keep one."
    ),
)

NAME_NOT_STRING = Code(
    "RC103",
    "a name is not a string",
    what="A member's name is a number, `true` or `null`. JSON has only strings as names: quote it.",
)

BAD_TAG = Code(
    "RC104",
    "a tag is unknown, or its value doesn't fit it",
    what="A `!tag` that is not of YAML's core schema, or one that doesn't fit its value. Remove the tag.",
)

BAD_NUMBER = Code(
    "RC105",
    "a number that JSON can't hold",
    what="JSON has no infinity and no NaN, and no number is this long. Quote it if it is a code.",
)

BAD_ALIAS = Code(
    "RC106",
    "an alias without its anchor, or inside its own anchor",
    what="An alias `*name` needs an anchor `&name` before it, outside of itself.",
)

ALIAS_BOMB = Code(
    "RC107",
    "aliases repeat too much",
    what="Aliases that stand for aliases grow without bound. Write the values out.",
)

TOO_DEEP = Code(
    "RC108",
    "the text is nested too deeply",
    what="More than a hundred levels of nesting. No record of the API is that deep.",
)

TOO_LARGE = Code(
    "RC109",
    "the text is too large",
    what="A file may have 10 MiB and a million values. Split it: any layout of files is fine.",
)

NOT_UTF8 = Code(
    "RC110",
    "the text is not UTF-8",
    what="The file is not UTF-8. Save it as UTF-8 in your editor.",
)

MERGE_KEY = Code(
    "RC111",
    "a merge key",
    what=(
        "The merge key `<<` is not YAML 1.2. Write the members out, or use an overlay for what differs in an "
        "environment."
    ),
)
