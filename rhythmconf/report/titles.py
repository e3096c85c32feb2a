"""Name records, kinds and fields in the words of the people who approve a plan.

The titles come from the schemas. A kind or field without a title is called by its name in the API, written as words.
"""

from __future__ import annotations

from rhythmconf.model import Change, FieldChange, KindNames, tokens
from rhythmconf.model.kind_names import FieldRole, humanise
from rhythmconf.model.quoting import heading_name

STEP = " › "
"""Stands between the parts of a field's title."""


def record_name(change: Change) -> str:
    """Return what people call the changed record; without a name that is the name in its key."""
    return heading_name(change.name or change.key.name)


def extra_name(change: Change) -> str:
    """Return the name of the changed record where its key doesn't say it already; else an empty text."""
    name = record_name(change)
    return "" if name.lower().replace(" ", "-") == change.key.name else name


def kind_title(names: KindNames, kind: str) -> str:
    """Return what people call a kind, qualified or short: `Status reason`. Where that leaves doubt, name its module."""
    module, _, short = names.kind(kind).rpartition("/")
    title = names.titles_of(kind).title or humanise(short)
    return f"{title} ({module})" if module else title


def kind_noun(names: KindNames, kind: str) -> str:
    """Return the title of a kind for the middle of a sentence: `status reason`, but `ID card template`."""
    title = names.titles_of(kind).title or humanise(kind.rpartition("/")[2])
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def field_title(names: KindNames, kind: str, field: FieldChange) -> str:
    """Return what people call a field: `Reminders › 60 days › Email › Subject`."""
    return STEP.join(field_titles(names, kind, field))


def field_titles(names: KindNames, kind: str, field: FieldChange) -> tuple[str, ...]:
    """Return the parts of a field's title, the outermost first. A list item has its name, without one its number."""
    titles, items, parts = names.titles_of(kind), iter(field.items), []
    for token in _path_tokens(field):
        # Of what no schema describes, only the pointer says that it is a list.
        is_item = token.isdecimal() and (titles.items is not None or not titles.fields)
        titles = titles.child(token)
        parts.append(next(items, f"#{int(token) + 1}") if is_item else titles.title or humanise(token))
    return tuple(parts)


def field_roles(names: KindNames, kind: str, field: FieldChange) -> list[FieldRole]:
    """Return the roles of a field and of those above it, the nearest first."""
    titles, roles = names.titles_of(kind), list[FieldRole]()
    for token in _path_tokens(field):
        titles = titles.child(token)
        roles += [role for role in (titles.role, titles.items.role if titles.items else None) if role]
    return roles[::-1]


def _path_tokens(field: FieldChange) -> tuple[str, ...]:
    """Return the tokens of a field's path; what is no pointer, as in a plan that somebody wrote, is one token."""
    return tokens(field.path) if field.path.startswith("/") else (field.path,)
