"""The members of a document: takes one value, gives what is wrong with it. `spec` is checked by its schema, later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from rhythmconf.model import Body, Json, pointer
from rhythmconf.model.suggest import suggest
from rhythmconf.source.documents import codes
from rhythmconf.source.documents.problems import Problem
from rhythmconf.source.documents.texts import misplaced

KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")
KEY_RULE = "a key begins with a-z or 0-9 and goes on with those, '.', '_' or '-'"
WITHOUT_SPEC = frozenset(("skip", "unmanaged", "protect", "files"))
"""A document with one of these says something even without a spec."""


def examine(document: Json, file: str) -> Iterator[Problem]:
    """All that is wrong with one document of `file`, in the order of its members."""
    if not isinstance(document, dict):
        yield Problem(
            codes.NOT_A_MAPPING, "", "a document must be a mapping", "it has the members 'kind', 'key' and 'spec'"
        )
        return
    for name, value in document.items():
        check = CHECKS.get(name)
        if check is None:
            yield _unknown(name)
        else:
            yield from check(f"/{name}", value)
    yield from _incomplete(document)
    yield from misplaced(document, file)


def _unknown(name: str) -> Problem:
    help = suggest(name, CHECKS) or f"fields of the record stand inside 'spec'; members are {', '.join(CHECKS)}"
    return Problem(codes.UNKNOWN_MEMBER, pointer((name,)), f"a document has no member '{name}'", help, of_name=True)


def _meant(name: str) -> str:
    """The member that a misspelt name is meant to be: it isn't missing too."""
    suggested = suggest(name, CHECKS) if name not in CHECKS else ""
    return suggested.removeprefix("did you mean '").removesuffix("'?")


def _incomplete(document: Body) -> Iterator[Problem]:
    given = {*document, *(_meant(name) for name in document)}
    if "kind" not in given:
        yield Problem(codes.MISSING_MEMBER, "", "the document has no 'kind'", "for example 'kind: billingTemplate'")
    if given.isdisjoint(("key", "match")):
        yield Problem(codes.MISSING_MEMBER, "", "the document has no 'key'", KEY_RULE)
    if "key" in document and "match" in document:
        yield Problem(codes.BAD_MEMBER, "/match", "a document has a 'key' or a 'match', not both", of_name=True)
    if "spec" not in given and WITHOUT_SPEC.isdisjoint(document):
        yield Problem(codes.MISSING_MEMBER, "", "the document has no 'spec'", "its fields stand inside 'spec'")


def _kind(at: str, value: Json) -> Iterator[Problem]:
    if not isinstance(value, str) or not value:
        yield Problem(codes.BAD_MEMBER, at, "'kind' must be the name of a kind", "for example 'kind: billingTemplate'")


def _key(at: str, value: Json) -> Iterator[Problem]:
    if not isinstance(value, str):
        help = "put it in quotes, just as it stands" if _is_number(value) else KEY_RULE
        yield Problem(codes.BAD_MEMBER, at, "a key must be a string", help)
    elif not KEY.fullmatch(value):
        plain = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")
        yield Problem(
            codes.BAD_MEMBER, at, f"'{value}' is not a key: {KEY_RULE}", f"for example '{plain}'" if plain else ""
        )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spec(at: str, value: Json) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(codes.BAD_MEMBER, at, "'spec' must be a mapping of fields", "write '{}' for none")


def _match(at: str, value: Json) -> Iterator[Problem]:
    if value != "*":
        yield Problem(codes.BAD_MEMBER, at, "'match' can only be '*'", "for one document, write its 'key'")


def _flag(at: str, value: Json) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(codes.BAD_MEMBER, at, f"'{at[1:]}' must be true or false")


def _moved(at: str, value: Json) -> Iterator[Problem]:
    if isinstance(value, list) and value:
        for index, key in enumerate(value):
            yield from _key(f"{at}/{index}", key)
    elif isinstance(value, str):
        yield from _key(at, value)
    else:
        yield Problem(codes.BAD_MEMBER, at, "'moved' must be the former key, or a list of former keys")


def _unmanaged(at: str, value: Json) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(
            codes.BAD_MEMBER, at, "'unmanaged' must be a list of pointers", "for example 'unmanaged: [/display_order]'"
        )
        return
    for index, text in enumerate(value):
        yield from _pointer(f"{at}/{index}", text)


def _files(at: str, value: Json) -> Iterator[Problem]:
    if not isinstance(value, dict):
        help = "for example 'files: {/email/body: mail.html}'"
        yield Problem(codes.BAD_MEMBER, at, "'files' must map pointers to paths", help)
        return
    for name, path in value.items():
        here = at + pointer((name,))
        yield from (problem._replace(of_name=True) for problem in _pointer(here, name))
        if not isinstance(path, str) or not path:
            yield Problem(codes.BAD_MEMBER, here, "the path of a text must be a string")


def _pointer(at: str, text: Json) -> Iterator[Problem]:
    """A pointer to a field of the spec: never the whole spec, and no `~` but in `~0` and `~1`."""
    if not isinstance(text, str) or not text.startswith("/") or re.search("~(?![01])", text):
        help = f"write '/{text}'" if isinstance(text, str) and re.fullmatch(r"[\w-]+", text) else ""
        yield Problem(codes.BAD_POINTER, at, f"{text!r} is not a JSON Pointer to a field, such as '/email/body'", help)


CHECKS: Mapping[str, Callable[[str, Json], Iterator[Problem]]] = {
    "kind": _kind,
    "key": _key,
    "spec": _spec,
    "files": _files,
    "moved": _moved,
    "protect": _flag,
    "skip": _flag,
    "unmanaged": _unmanaged,
    "match": _match,
}
