"""The findings of this room: one code and one title each."""

from __future__ import annotations

UNKNOWN_KIND = "RC201"
DUPLICATE_KEY = "RC202"
UNKNOWN_FIELD = "RC203"
TENANT_FIELD = "RC204"
MISSING_FIELD = "RC205"
NOT_ALLOWED = "RC206"
WRONG_TYPE = "RC207"
BROKEN_RULE = "RC208"
NO_TARGET = "RC210"
AMBIGUOUS = "RC211"
SKIPPED_TARGET = "RC212"
NOT_BOUND = "RC213"
LITERAL_ID = "RC214"
WRONG_KIND = "RC215"
NAMED_TWICE = "RC216"
UNUSED_BINDING = "RC217"
NOT_THERE = "RC220"
INSIDE_LIST = "RC221"
MATCH_IN_BASE = "RC222"
NO_BASE = "RC223"
NEARLY_BASED = "RC224"

CODES: dict[str, str] = {
    UNKNOWN_KIND: "the kind is not in the catalogue",
    DUPLICATE_KEY: "two documents have the same key",
    UNKNOWN_FIELD: "the kind has no such field",
    TENANT_FIELD: "the field is the tenant's own and can't be declared",
    MISSING_FIELD: "a required field is missing",
    NOT_ALLOWED: "the value is not one of those allowed",
    WRONG_TYPE: "the value has the wrong type",
    BROKEN_RULE: "the value breaks a rule of the schema",
    NO_TARGET: "a reference names nothing",
    AMBIGUOUS: "a reference could mean two records",
    SKIPPED_TARGET: "a reference names a document that is skipped here",
    NOT_BOUND: "a reference names a record that no binding knows",
    LITERAL_ID: "a literal tenant id in a base document",
    WRONG_KIND: "a reference names a kind that the field can't refer to",
    NAMED_TWICE: "a set names the same record twice",
    UNUSED_BINDING: "a binding of a key that looks misspelt",
    NOT_THERE: "unmanaged names a field that isn't declared",
    INSIDE_LIST: "unmanaged reaches for the item of a list",
    MATCH_IN_BASE: "match stands outside an overlay",
    NEARLY_BASED: "an overlay without a base, whose key looks misspelt",
    NO_BASE: "an overlay for a document that doesn't exist",
}
