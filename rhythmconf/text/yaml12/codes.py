"""The diagnostic codes of the YAML reader, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

SYNTAX = Code(
    "RC101",
    "the text is not YAML or JSON",
    what="The file has a syntax error. The location is where the parser noticed it, or where an open quote begins.",
    why="Nothing in the file can be read until the error is corrected.",
    example="""
spec:
  name: Renewal: 60 days     # a colon and a space inside a text without quotes
""",
    fix="Quote the text, close the quote or the bracket, or indent with spaces instead of tabs.",
)

DUPLICATE_NAME = Code(
    "RC102",
    "a name appears twice in one mapping",
    what="One mapping has the same name twice.",
    why=(
        "Most parsers silently take the last value. Here it is an error, because you may have meant the first. Often "
        "the line `---` between two documents is missing."
    ),
    example="""
spec:
  is_active: true
  name: Lapsed
  is_active: false
""",
    fix="Remove one of the two, or put a line `---` between two documents.",
)

NAME_NOT_STRING = Code(
    "RC103",
    "a name is not a string",
    what="The name of a member is a number, `true`, `null`, a list or a mapping.",
    why="JSON allows only strings as names. YAML reads `{{ name }}` as a mapping; rhythmconf has no template language.",
    example="""
statusReason:
  2024: 8c1d2f7ab0
""",
    fix='Quote the name: `"2024": 8c1d2f7ab0`.',
)

BAD_TAG = Code(
    "RC104",
    "a tag is unknown, or doesn't fit its value",
    what="A `!tag` is not one of YAML's core schema, or its value has another type.",
    why=(
        "Tags could make a parser create objects of any type. Only !!str, !!int, !!float, !!bool, !!null, !!seq and "
        "!!map are known."
    ),
    example="""
spec:
  display_order: !!int first
""",
    fix="Remove the tag.",
)

BAD_NUMBER = Code(
    "RC105",
    "a number that JSON doesn't allow",
    what="A value is infinity, NaN, or a number with more than 400 digits.",
    why="JSON has no such numbers, so the value can't be sent.",
    example="""
spec:
  display_order: .inf
""",
    fix="Write another number, or quote the value if it is a code.",
)

BAD_ALIAS = Code(
    "RC106",
    "an alias without its anchor, or inside its own anchor",
    what="An alias `*name` has no anchor `&name` above it in the same document, or it is inside its own anchor.",
    why="The alias has no value, or one that would never end.",
    example="""
spec:
  email: *standard
""",
    fix="Put `&standard` before the value that the alias repeats, or write the value out.",
)

ALIAS_BOMB = Code(
    "RC107",
    "aliases repeat too many values",
    what="The aliases of one file repeat more than 100,000 values.",
    why="Aliases of aliases grow exponentially: a few lines can fill the memory.",
    example="""
a: &a [x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b]     # and so on
""",
    fix="Write the values out, or use fewer aliases.",
)

TOO_DEEP = Code(
    "RC108",
    "the text is nested too deeply",
    what="The file has more than 100 levels of nesting.",
    why="No record of the API is nested that deep, and such a text can crash a parser.",
    example="""
spec: [[[[[[[[[[ ... ]]]]]]]]]]
""",
    fix="Remove levels. Look for brackets that were repeated by mistake.",
)

TOO_LARGE = Code(
    "RC109",
    "the text is too large",
    what="The file has more than 10 MiB or more than a million values.",
    why="The limit keeps a wrong file from filling the memory.",
    example="""
sources: [config, exports]     # exports/ has a dump of 40 MiB
""",
    fix="Split the file. Documents may be in any number of files and folders.",
)

NOT_UTF8 = Code(
    "RC110",
    "the text is not UTF-8",
    what="The file has another encoding than UTF-8, or a control character.",
    why="With a wrong encoding, letters such as é would arrive changed.",
    example="""
iconv -f WINDOWS-1252 -t UTF-8 old.yaml > new.yaml
""",
    fix="Save the file as UTF-8 in your editor, or convert it with `iconv`.",
)

MERGE_KEY = Code(
    "RC111",
    "a merge key",
    what="A mapping has the merge key `<<`.",
    why="Merge keys are not part of YAML 1.2, and parsers disagree about them.",
    example="""
spec:
  <<: *defaults
  name: Lapsed
""",
    fix="Write the members out, or use an overlay for what differs in one environment.",
)

HIDDEN_BREAK = Code(
    "RC112",
    "an invisible character that parsers treat differently",
    what=(
        "The file has the character U+2028, U+2029 or U+0085, a carriage return alone, or a byte order mark that is "
        "not at its beginning. Comments count too."
    ),
    why=(
        "For some parsers a line ends there, for YAML 1.2 and most editors it doesn't. So a comment could hide a field "
        "from a reviewer, and a text could lose a character."
    ),
    example="""
spec:
  # reviewed: stays as it is<U+2028>  is_active: false
""",
    fix='Remove the character. If a text needs it, write an escape in double quotes: `"first\\u2028second"`.',
)
