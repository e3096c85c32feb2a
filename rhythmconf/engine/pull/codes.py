"""Define the diagnostic codes of a pull."""

from __future__ import annotations

from rhythmconf.model.code import Code

PULL_UNDECIDED = Code(
    "RC600",
    "unclear which record a document describes",
    what="A document may describe several records, or a record of another project. The message names them.",
    why="pull compares each document with its record. A guess could write the values of another record into it.",
    example="# keys.yaml\nprogram:\n  p1: cmsi\n\nrhythmconf pull --key-map keys.yaml",
    fix=(
        "Choose the record with `--key-map FILE`, or bind the key in `bindings/<environment>.yaml`. Take over a record "
        "of another project with `rhythmconf adopt KIND/KEY --from-project PROJECT`."
    ),
)

PULL_NO_TARGET = Code(
    "RC601",
    "a reference to a record that doesn't exist",
    what="A record refers to another one that the tenant doesn't have any more.",
    why="There is no key to write. The id is written as `id:...` into an overlay of this environment.",
    example='kind: applicationNotice\nkey: welcome\nspec:\n  restricted_program_ids: ["id:1f3a9c77"]',
    fix="Correct the record in Rhythm and pull again, or correct the overlay.",
)

ID_IN_TEXT = Code(
    "RC602",
    "a text is the id of a record",
    what="A text equals the id of a record, but the schema doesn't say that it is a reference.",
    why="It is written as it is, but in another environment the record has another id.",
    example="spec:\n  description: 1f3a9c77   # the id of program/cmsi",
    fix="If the field is a reference, add `x-ref` to it in the schema of the kind and pull again. Otherwise ignore it.",
)

AGAINST_SCHEMA = Code(
    "RC603",
    "a record breaks its schema",
    what="The tenant has a value that the schema of the kind doesn't allow, for example a new value of an enum.",
    why=(
        "What a pull writes is always valid, because one invalid document would stop every plan. A new document leaves "
        "the value out, so the tenant keeps it. An existing document keeps its own value, which the next plan would "
        "put back."
    ),
    example='certifications/program/cmsi: /customer_type: "robot" is not one of ...; left out of the document',
    fix=(
        "Correct the record in Rhythm and pull again. If the value is right, add the notes that the message shows to "
        "`<module>/<kind>.notes.yaml` in a folder of `schemas`, and pull again: see `rhythmconf docs kinds`. "
        "`rhythmconf doctor` lists all such values. Or list the field under `unmanaged` in an overlay."
    ),
)

PULL_OTHER_PROJECT = Code(
    "RC604",
    "a record of another project",
    what="You named a record that carries the mark of another project. It was pulled.",
    why="A plan refuses to change the record until this project takes it over.",
    example="rhythmconf pull program/cmsi",
    fix=(
        "Remove the document and leave the record to the other project, or run "
        "`rhythmconf adopt KIND/KEY --from-project PROJECT`."
    ),
)

HALF_CHARACTER = Code(
    "RC605",
    "a value that a file can't contain",
    what=(
        "A text or a name contains half a character (a lone surrogate), which JSON allows and UTF-8 doesn't; or a text "
        "is larger than 10 MiB; or a value is nested more than 80 levels deep."
    ),
    why="The value was left out, so the document says nothing about the field.",
    example='{"name": "CMSI \\ud83d"}',
    fix="Correct the value in Rhythm and pull again.",
)

UNKNOWN_FIELD = Code(
    "RC607",
    "a field that the schema doesn't know",
    what=(
        "Records of the tenant have a field that the schema of their kind doesn't describe, so no document can have it."
    ),
    why=(
        "rhythmconf leaves such a field as it is, but can't copy it: a record that is created from the document, for "
        "example in production, lacks it. `promote` therefore refuses unless the record there has the same value."
    ),
    example="certifications/program: 12 records have renewal_colour, which the schema doesn't know",
    fix=(
        "Set the field by hand in the other tenant, then promote; or promote with `--allow-unknown-fields`. To "
        "make the field known, add the notes that `rhythmconf doctor` prints: see `rhythmconf docs kinds`."
    ),
)

KEY_MAP_UNUSED = Code(
    "RC608",
    "a line of the key map that does nothing",
    what="A line of `--key-map` names a record that the tenant doesn't have, or one that has another key already.",
    why="The key that you chose is not used. The record's document, its mark or the bindings file decides its key.",
    example="# keys.yaml, while bindings/sandbox.yaml binds 1f3a9c77 to cmsi\nprogram:\n  1f3a9c77: inspector",
    fix="Correct the id, or remove the line. To rename a key, change the document and list the old key under `moved`.",
)

UNLISTED = Code(
    "RC609",
    "a kind that the tenant does not list",
    what=(
        "The tenant answers the list of a kind with 403, 404 or 405. You did not name the kind, and the project has no "
        "document and no binding of it, so the command goes on without it."
    ),
    why=(
        "An API key may lack the permission for some kinds, and a tenant may lack some lists. Nothing is known of such "
        "records: pull writes a reference to one as a key of the bindings file, and diff compares none of them."
    ),
    example="rhythmconf pull   # the API key may not read fees",
    fix="Give the API key the permission in Rhythm and pull the kind by name. Ignore this if you don't need the kind.",
)

LOOKALIKE_PULLED = Code(
    "RC334",
    "a pulled record looks like another document",
    what=(
        "A pull wrote a new document whose natural key, most often the name, looks like that of another document of "
        "its kind."
    ),
    why=(
        "The record may be the one that the other document describes: names are compared exactly, and this one differs "
        "in case, width, Unicode form, spaces, invisible characters, dashes or quotes. Then one record would have two "
        "documents. Or the tenant has two records that people cannot tell apart."
    ),
    example='spec: {name: "Lapsed "}   # config/statusReason/lapsed.yaml has the name "Lapsed"',
    fix=(
        "If both are one record, bind the first document to its id in `bindings/<environment>.yaml` and remove the new "
        "document. If not, rename one of the records in Rhythm."
    ),
)
