"""Check the members of a document. The schema of its kind checks `spec` later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from rhythmconf.model import Body, Diagnostic, Fix, Json, pointer
from rhythmconf.model.suggest import did_you_mean, nearest
from rhythmconf.source.documents import codes
from rhythmconf.source.documents.locator import Reporter
from rhythmconf.source.documents.texts import check_files

KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")
KEY_RULE = "a key begins with a-z or 0-9 and goes on with those, '.', '_' or '-'"
USUAL = frozenset(("kind", "key", "spec"))
WITHOUT_SPEC = frozenset(("skip", "unmanaged", "protect", "files"))
"""A document with one of these members has an effect without a spec."""


def is_usual(document: Json) -> TypeGuard[dict[str, Any]]:
    """Tell whether a document has a kind, a key and a spec, all valid, and nothing else, as nearly all documents do.

    `check_document` finds nothing in it.
    """
    return (
        isinstance(document, dict)
        and document.keys() == USUAL
        and isinstance(kind := document["kind"], str)
        and isinstance(key := document["key"], str)
        and isinstance(document["spec"], dict)
        and kind != ""
        and KEY.fullmatch(key) is not None
    )


def check_document(document: Json, reporter: Reporter) -> Iterator[Diagnostic]:
    """Yield everything that is wrong with the members of one document."""
    if not isinstance(document, dict):
        help = "it has the members 'kind', 'key' and 'spec'"
        if isinstance(document, list):
            help += "; several documents in one file have no dashes in front, and a line `---` between them"
        yield reporter.value(codes.NOT_A_MAPPING, "", "a document must be a mapping", help)
        return
    # A misspelt member is reported once: the member that it was meant to be doesn't count as missing.
    given = set(document)
    beside = fields_beside(document)
    if beside and (error := _report_beside(document, beside, reporter)):
        yield error
        given.add("spec")
    else:
        beside = []
    for name, value in document.items():
        if name in beside or (name == "spec" and value is None and beside):
            continue
        if name in CHECKS:
            yield from CHECKS[name](reporter, f"/{name}", value)
            continue
        names = nearest(name, CHECKS)
        given.update(names if len(names) == 1 else [])
        help = did_you_mean(names) or f"fields of the record belong inside 'spec'; members are {', '.join(CHECKS)}"
        message = f"a document has no member '{name}'"
        yield reporter.name(codes.UNKNOWN_MEMBER, pointer((name,)), message, help, Fix.only(names))
    yield from _check_missing(document, given, reporter)
    yield from check_files(document, reporter)


def fields_beside(document: Body) -> list[str]:
    """Return the members that are probably fields of the record: unknown ones below `spec`, or else below `key`."""
    names = list(document)
    last = "spec" if "spec" in names else "key"
    below = names[names.index(last) + 1 :] if last in names else []
    return [name for name in below if name not in CHECKS and not nearest(name, CHECKS)]


def _report_beside(document: Body, beside: Sequence[str], reporter: Reporter) -> Diagnostic | None:
    """Return one error for the fields beside `spec`; None where the text is not written in lines with indentation."""
    places = [reporter.locator.name(reporter.origin, pointer((name,))) for name in beside]
    spec = document.get("spec")
    if any(place.column != places[0].column for place in places) or not (spec is None or isinstance(spec, dict)):
        return None
    indent = places[0].column + 1
    if isinstance(spec, dict):
        inside = [reporter.locator.name(reporter.origin, pointer(("spec", name))) for name in spec]
        top = reporter.locator.name(reporter.origin, "/spec")
        if not inside or inside[0].line == top.line or len({place.line for place in (*inside, *places)}) < len(inside):
            return None
        indent = inside[0].column - 1
    shown = " and ".join(f"`{name}`" for name in beside)
    first, last = places[0].line, places[-1].line
    below = reporter.locator.value(reporter.origin, pointer((beside[-1],))).line > last
    lines = f"lines {first} to {last}" if last > first else f"line {first}"
    more = " and the lines below that belong to it" if below else ""
    put = f"put {indent - places[0].column + 1} spaces in front of {lines}{more}"
    line = "" if "spec" in document else f"write a line `spec:` above line {first}, and "
    return reporter.name(
        codes.UNKNOWN_MEMBER,
        pointer((beside[0],)),
        f"{shown} {'is' if len(beside) == 1 else 'are'} not inside `spec`, where the fields of the record belong",
        f"{line}{put}; beside `spec` a document has only {', '.join(name for name in CHECKS if name != 'spec')}",
    )


def _check_missing(document: Body, given: set[str], reporter: Reporter) -> Iterator[Diagnostic]:
    if "kind" not in given:
        help = "for example 'kind: billingTemplate'"
        yield reporter.value(codes.MISSING_MEMBER, "", "the document has no 'kind'", help)
    if given.isdisjoint(("key", "match")):
        help = f"add a line `key: NAME`: {KEY_RULE}"
        yield reporter.value(codes.MISSING_MEMBER, "", "the document has no 'key'", help)
    if "key" in document and "match" in document:
        yield reporter.name(codes.BAD_MEMBER, "/match", "a document has a 'key' or a 'match', not both")
    if "spec" not in given and WITHOUT_SPEC.isdisjoint(document):
        help = "put the fields of the record below 'spec:'"
        yield reporter.value(codes.MISSING_MEMBER, "", "the document has no 'spec'", help)


def _check_kind(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if not isinstance(value, str) or not value:
        help = "for example 'kind: billingTemplate'"
        yield reporter.value(codes.BAD_MEMBER, at, "'kind' must be the name of a kind", help)


def _check_key(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        help = "put it in quotes as it is" if is_number else KEY_RULE
        yield reporter.value(codes.BAD_MEMBER, at, "a key must be a string", help)
    elif not KEY.fullmatch(value):
        valid = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")
        help = f"for example '{valid}'" if valid else ""
        yield reporter.value(codes.BAD_MEMBER, at, f"'{value}' is not a key: {KEY_RULE}", help)


def _check_spec(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if not isinstance(value, dict):
        yield reporter.value(codes.BAD_MEMBER, at, "'spec' must be a mapping of fields", "write '{}' for none")


def _check_match(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if value != "*":
        help = "for one document, write its 'key' instead"
        yield reporter.value(codes.BAD_MEMBER, at, "'match' can only be '*'", help)


def _check_flag(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if not isinstance(value, bool):
        yield reporter.value(codes.BAD_MEMBER, at, f"'{at[1:]}' must be true or false")


def _check_moved(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if isinstance(value, list) and value:
        for index, key in enumerate(value):
            yield from _check_key(reporter, f"{at}/{index}", key)
    elif isinstance(value, str):
        yield from _check_key(reporter, at, value)
    else:
        yield reporter.value(codes.BAD_MEMBER, at, "'moved' must be the former key, or a list of former keys")


def _check_unmanaged(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if isinstance(value, list):
        for index, text in enumerate(value):
            if problem := _pointer_problem(text):
                yield reporter.value(codes.BAD_POINTER, f"{at}/{index}", *problem)
    else:
        help = "for example 'unmanaged: [/display_order]'"
        yield reporter.value(codes.BAD_MEMBER, at, "'unmanaged' must be a list of pointers", help)


def _check_files(reporter: Reporter, at: str, value: Json) -> Iterator[Diagnostic]:
    if not isinstance(value, dict):
        help = "for example 'files: {/email/body: mail.html}'"
        yield reporter.value(codes.BAD_MEMBER, at, "'files' must map pointers to paths", help)
        return
    for name, path in value.items():
        entry = at + pointer((name,))
        if problem := _pointer_problem(name):
            yield reporter.name(codes.BAD_POINTER, entry, *problem)
        if not isinstance(path, str) or not path:
            yield reporter.value(codes.BAD_MEMBER, entry, "the path of a text file must be a string")


def _pointer_problem(text: Json) -> tuple[str, str] | None:
    """Return message and help for what is not a pointer to a field; None for one that is.

    The pointer to the whole spec is refused too, and `~` is allowed only in `~0` and `~1`.
    """
    if isinstance(text, str) and text.startswith("/") and not re.search("~(?![01])", text):
        return None
    help = f"write '/{text}'" if isinstance(text, str) and re.fullmatch(r"[\w-]+", text) else ""
    return f"{text!r} is not a JSON Pointer to a field, such as '/email/body'", help


CHECKS: Mapping[str, Callable[[Reporter, str, Json], Iterator[Diagnostic]]] = {
    "kind": _check_kind,
    "key": _check_key,
    "spec": _check_spec,
    "files": _check_files,
    "moved": _check_moved,
    "protect": _check_flag,
    "skip": _check_flag,
    "unmanaged": _check_unmanaged,
    "match": _check_match,
}
"""The members of a document, in the order in which help texts list them, each with its check.

docs/architecture.md ("Where to make a change") lists the other places of a new member.
"""
