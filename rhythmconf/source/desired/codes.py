"""The diagnostic codes of this room, each with its documentation."""

from __future__ import annotations

from rhythmconf.model.code import Code

UNKNOWN_KIND = Code(
    "RC201",
    "the kind is not in the catalogue",
    what=(
        "No schema describes this kind. `rhythmconf schema` prints those that there are; a further one is a "
        "file in a folder of `schemas`."
    ),
)

DUPLICATE_KEY = Code(
    "RC202",
    "two documents have the same key",
    what="Two documents claim one key. Both places are named: rename one, or remove it.",
)

UNKNOWN_FIELD = Code(
    "RC203",
    "the kind has no such field",
    what=(
        "The kind has no field of this name, so the tenant would ignore or refuse it. Most often it is a "
        "typo: the help names the nearest field."
    ),
)

TENANT_FIELD = Code(
    "RC204",
    "the field is the tenant's own and can't be declared",
    what="`id`, `sys_version` and their like are kept by the tenant and never sent. Remove the field.",
)

MISSING_FIELD = Code(
    "RC205",
    "a required field is missing",
    what="A field that the tenant requires is missing. Some are required only while a switch beside them is on.",
)

NOT_ALLOWED = Code(
    "RC206",
    "the value is not one of those allowed",
    what="The field takes one of a few words, and this is none of them. The help names the nearest.",
)

WRONG_TYPE = Code(
    "RC207",
    "the value has the wrong type",
    what='The field takes a value of another type: `"1"` is a string, `1` a number.',
)

BROKEN_RULE = Code(
    "RC208",
    "the value breaks a rule of the schema",
    what="The value breaks a rule of the schema, such as a least value or a list that may not be empty.",
)

NO_TARGET = Code(
    "RC210",
    "a reference names nothing",
    what=(
        "A reference names the key of another document, and there is none. Correct it, add the document, or "
        "bind the key to a record that is managed elsewhere."
    ),
)

AMBIGUOUS_REFERENCE = Code(
    "RC211",
    "a reference could mean two records",
    what="The key exists in two kinds that the field can refer to. Write `kind/key`.",
)

SKIPPED_TARGET = Code(
    "RC212",
    "a reference names a document that is skipped here",
    what=(
        "The document that is referred to has `skip: true` in this environment, so it has no record to point "
        "at. Bind its key, or leave the field unmanaged here."
    ),
)

NOT_BOUND = Code(
    "RC213",
    "a reference names a record that no binding knows",
    what=(
        "The record is not managed by these files, and the environment's bindings file has no id for it. Add "
        "the line that the help shows."
    ),
)

LITERAL_ID = Code(
    "RC214",
    "a literal tenant id in a base document",
    what=(
        "A literal `id:` stands in a base document. It would travel to every environment, where the same id "
        "is another record or none. Put it into an overlay, or bind a key to it."
    ),
)

WRONG_KIND = Code(
    "RC215",
    "a reference names a kind that the field can't refer to",
    what="The field refers to records of another kind.",
)

NAMED_TWICE = Code(
    "RC216",
    "a set names the same record twice",
    what="A set has the same record twice. Keep one.",
)

UNMANAGED_UNDECLARED = Code(
    "RC220",
    "unmanaged names a field that isn't declared",
    what="`unmanaged` names a field that the document doesn't declare. Correct the pointer, or remove it.",
)

UNMANAGED_ITEM = Code(
    "RC221",
    "unmanaged reaches for the item of a list",
    what="`unmanaged` can drop whole lists and fields, not an item of a list.",
)

MATCH_IN_BASE = Code(
    "RC222",
    "match stands outside an overlay",
    what="`match: '*'` addresses every document of a kind, and stands in overlays only.",
)

OVERLAY_WITHOUT_BASE = Code(
    "RC223",
    "an overlay for a document that doesn't exist",
    what="The overlay skips, protects or leaves fields unmanaged of a document that doesn't exist.",
)
