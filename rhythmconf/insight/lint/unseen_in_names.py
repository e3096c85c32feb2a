"""RC237: a name with blanks at its ends, or with characters that can't be seen."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.document_values import warn_of_value
from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic, Json, Resource
from rhythmconf.model.appearance import show_unseen
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.overlays import MergedSpec

UNSEEN_IN_NAME = Rule(
    "RC237",
    "a name has characters that can't be seen",
    what=(
        "A field of the natural key, most often the name, begins or ends with a blank, has two blanks in a row, "
        "another kind of space such as a no-break space, or an invisible character."
    ),
    why=(
        "Such a name was most often pasted. It looks like the name without these characters, but it is another one: "
        "searches don't find it, and a second record with the plain name looks the same."
    ),
    example='kind: statusReason\nkey: lapsed\nspec: {name: "Lapsed "}',
    fix="Type the name again, with single blanks between its words.",
)


def check_unseen_in_names(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each name with characters that can't be seen."""
    resources = subject.desired.state.resources
    for merged in subject.desired.key_set.merged:
        if resource := resources.get(merged.key):
            for name in merged.kind.natural_key:
                if _has_unseen(resource.body.get(name)):
                    yield _warn(merged, resource, name, subject)


def _has_unseen(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    # Thousands of names pass; nearly all of them end here.
    if value.isascii() and value.isprintable() and "  " not in value and value == value.strip():
        return False
    return show_unseen(value) != value


def _warn(merged: MergedSpec, resource: Resource, name: str, subject: Subject) -> Diagnostic:
    message = f'has a {name} with characters that can\'t be seen: "{show_unseen(str(resource.body[name]))}"'
    help = f"type the {name} again, with single blanks between its words"
    return warn_of_value(UNSEEN_IN_NAME, subject, merged, (name,), message, help)
