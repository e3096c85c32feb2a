"""RC728: placeholders whose braces don't close, and, in a plan, placeholders that no text of the tenant has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from rhythmconf.insight.lint.bodies import Bodies, Finding, Path, Survey, collect
from rhythmconf.model import Key, Record
from rhythmconf.model.code import Rule
from rhythmconf.model.plural import joined
from rhythmconf.model.suggest import did_you_mean, nearest

MERGE_FIELD = Rule(
    "RC728",
    "a placeholder that is broken or unknown",
    what=(
        "merge-field-broken: in a text with placeholders such as `{{first_name}}`, braces don't close. In a plan for a "
        "tenant that has such texts: a placeholder that none of them has, over all kinds of notices, or one of theirs "
        "in single braces."
    ),
    why="Members get the mail with the braces in it, or with nothing where their name belongs.",
    example="body: Dear {{first_name}, your certification expires.",
    fix="Close the braces, or correct the name. If the tenant does have the placeholder, allow the finding.",
)
MERGE_FIELD.in_plans = True
# Compiled when first used, and kept by `re`: few texts have braces.
_PLACEHOLDER = r"\{\{\{?\s*([^{}]*?)\s*\}\}\}?"
_SINGLE = r"(?<![{$])\{\s*([^{}]*?)\s*\}(?!\})"
_BRACE = r"[{}]"
_SNIPPET = 24
"""Characters of a text that a message shows."""


def check_merge_fields(found: Survey) -> Iterator[Finding]:
    """Warn about each text whose double braces don't close."""
    for key, path, text in found.texts:
        at = find_open_braces(text)
        if at is not None:
            snippet = text[at : at + _SNIPPET].partition("\n")[0]
            line = text.count("\n", 0, at) + 1
            where = f" in line {line} of the text" if "\n" in text.rstrip("\n") else ""
            message = f"{_label(found, key, path)}: the braces of '{snippet}'{where} don't close"
            yield Finding(MERGE_FIELD, key, path, message, "write a placeholder as {{name}}")


def check_new_merge_fields(subject: Bodies, changed: Collection[Key], records: Iterable[Record]) -> Iterator[Finding]:
    """Warn about each text of a changed document with a placeholder that no text of the tenant's records has.

    Nothing is known about a tenant whose records have no placeholder at all.
    """
    found = collect(subject, ((key, subject.bodies[key]) for key in changed if key in subject.bodies))
    if not any("{" in text for _, _, text in found.texts):
        return
    live = collect(subject, ((Key(record.kind, record.id), record.body) for record in records))
    known = {token for _, _, text in live.texts for token in tokens(text)}
    if not known:
        return
    for key, path, text in found.texts:
        unknown = sorted(tokens(text) - known)
        if unknown and find_open_braces(text) is None:
            names = joined([f"{{{{{token}}}}}" for token in unknown])
            message = f"{_label(found, key, path)}: no notice of this tenant has {names}"
            help = did_you_mean(nearest(unknown[0], known)) or "check it in Rhythm before members get the mail"
            yield Finding(MERGE_FIELD, key, path, message, help)
        if single := sorted(_in_single_braces(text) & known):
            names = joined([f"{{{token}}}" for token in single])
            message = f"{_label(found, key, path)}: {names} has single braces, and notices of this tenant have two"
            yield Finding(MERGE_FIELD, key, path, message, f"write {{{{{single[0]}}}}} if it is a placeholder")


def find_open_braces(text: str) -> int | None:
    """Return where double braces stand that don't close, or that close nothing; None if all are in order.

    Single braces in pairs are left alone: a mail may hold a style sheet.
    """
    if "{" not in text and "}}" not in text:
        return None
    depth = position = 0
    braces, token_at = re.compile(_BRACE), re.compile(_PLACEHOLDER)
    while brace := braces.search(text, position):
        at, position = brace.start(), brace.end()
        if text.startswith("{{", at):
            token = token_at.match(text, at)
            if token is None:
                return at
            position = token.end()
        elif brace[0] == "{":
            depth += 1
        elif depth:
            depth -= 1
        elif "}" in (text[at - 1 : at], text[at + 1 : at + 2]):
            return max(text.rfind("{", 0, at), 0)
    return None


def tokens(text: str) -> set[str]:
    """Return the placeholders of a text, without their braces."""
    return {" ".join(token.split()) for token in re.findall(_PLACEHOLDER, text) if token}


def _in_single_braces(text: str) -> set[str]:
    return {" ".join(token.split()) for token in re.findall(_SINGLE, text)} if "{" in text else set()


def _label(found: Survey, key: Key, path: Path) -> str:
    return f"{found.subject.shown(key)} {'.'.join(map(str, path))}"
