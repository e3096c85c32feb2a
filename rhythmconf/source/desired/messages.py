"""Errors of JSON Schema in the words of the people who write documents: one small function for each keyword."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from referencing import Registry

from rhythmconf.catalog import REFERENCE, Kind, Tokens
from rhythmconf.model import Body, at, pointer, same
from rhythmconf.model.suggest import suggest
from rhythmconf.source.desired import codes


class Finding(NamedTuple):
    """One error of a spec. `subject` is the path of the field it is about, `at` that of the place to look at.

    `named` is True where that place is the name of the member, not its value.
    """

    code: str
    message: str
    help: str
    subject: Tokens
    at: Tokens
    named: bool = False


class Failure(NamedTuple):
    """One error as JSON Schema sees it: `value` at `path` of `spec` fails `keyword`, set to `limit`."""

    kind: Kind
    spec: Body
    path: Tokens
    value: Any
    keyword: str
    limit: Any
    schema: Mapping[str, Any]
    message: str

    @property
    def label(self) -> str:
        """The field as people call it: `reminders[0]`."""
        return label(self.path) or self.kind.short

    def found(self, code: str, problem: str, help: str = "") -> Finding:
        """A finding at the value itself."""
        return Finding(code, f"{self.label}: {problem}", help, self.path, self.path)


Word: TypeAlias = Callable[[Failure], Iterator[Finding]]


def findings(kind: Kind, spec: Body) -> list[Finding]:
    """All errors of a spec, each once and in its most telling form."""
    validator = Draft202012Validator(
        kind.document_schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    failures = [_failure(kind, spec, error) for error in validator.iter_errors(spec)]
    ranked = sorted(failures, key=_rank)
    return _once(found for failure in ranked for found in WORDS.get(failure.keyword, _other)(failure))


def _rank(failure: Failure) -> int:
    return list(WORDS).index(failure.keyword) if failure.keyword in WORDS else len(WORDS)


def label(path: Tokens) -> str:
    """The last name on a path, with the indices after it."""
    names = [position for position, token in enumerate(path) if isinstance(token, str)]
    if not names:
        return ""
    return str(path[names[-1]]) + "".join(f"[{token}]" for token in path[names[-1] + 1 :])


def shown(value: Any) -> str:
    """A value in a message: texts in single quotes, long ones cut."""
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"


def _failure(kind: Kind, spec: Body, error: ValidationError) -> Failure:
    """The error that matters: of alternatives the one that came nearest."""
    nearest = best_match([error]) or error
    return Failure(
        kind,
        spec,
        tuple(nearest.absolute_path),
        nearest.instance,
        str(nearest.validator),
        nearest.validator_value,
        nearest.schema if isinstance(nearest.schema, Mapping) else {},
        nearest.message,
    )


def _once(every: Iterator[Finding]) -> list[Finding]:
    """The first finding of each field; a field that is only misspelt is not missing too."""
    first: dict[Tokens, Finding] = {}
    for found in every:
        first.setdefault(found.subject, found)
    unknown = [found for found in first.values() if found.code == codes.UNKNOWN_FIELD]
    return [found for found in first.values() if not any(_meant(found, other) for other in unknown)]


def _meant(found: Finding, unknown: Finding) -> bool:
    """Whether the field that is missing is the one that an unknown name was probably meant to be."""
    if found.code != codes.MISSING_FIELD or found.subject[:-1] != unknown.subject[:-1]:
        return False
    return unknown.help == suggest(str(unknown.subject[-1]), [str(found.subject[-1])])


def _unknown(failure: Failure) -> Iterator[Finding]:
    known = list(failure.schema.get("properties", ()))
    for name in failure.value:
        if name in known:
            continue
        path = (*failure.path, name)
        field = failure.kind.field(pointer(path))
        if field is not None and field.read_only:
            message = f"{name}: this field is the tenant's own and can't be declared"
            yield Finding(codes.TENANT_FIELD, message, "remove it", path, path, named=True)
        else:
            help = suggest(name, known) or f"fields: {', '.join(known)}"
            yield Finding(codes.UNKNOWN_FIELD, f"{failure.label} has no field '{name}'", help, path, path, named=True)


def _missing(failure: Failure) -> Iterator[Finding]:
    for name in failure.limit:
        if name not in failure.value:
            path = (*failure.path, name)
            field = failure.kind.field(pointer(path))
            owner = f"{label(failure.path)}: " if failure.path else ""
            message = f"{owner}{name} is missing{_while(failure, path)}"
            what = field.description.rstrip(".") if field else ""
            help = f"add `{name}:` ({what})" if what else f"add `{name}:`"
            switch = next(iter(field.when)) if field and field.when else None
            place = failure.path if switch is None else (*failure.path, switch)
            yield Finding(codes.MISSING_FIELD, message, help, path, place)


def _while(failure: Failure, path: Tokens) -> str:
    """The switches that make the field at `path` required, as the end of a sentence."""
    field = failure.kind.field(pointer(path))
    parent = at(failure.spec, pointer(path[:-1]))
    if field is None or not field.when or not isinstance(parent, dict):
        return ""
    return ": it is required while " + " and ".join(f"{name} is {shown(parent.get(name))}" for name in field.when)


def _enum(failure: Failure) -> Iterator[Finding]:
    allowed = [value for value in failure.limit if value is not None]
    texts = [str(value) if isinstance(value, str) else json.dumps(value) for value in allowed]
    if failure.value is None:
        yield from _null(failure)
    else:
        help = suggest(str(failure.value), texts)
        yield failure.found(codes.NOT_ALLOWED, f"{shown(failure.value)} is not one of {', '.join(texts)}", help)


def _const(failure: Failure) -> Iterator[Finding]:
    yield failure.found(codes.NOT_ALLOWED, f"{shown(failure.value)} is not {shown(failure.limit)}")


def _type(failure: Failure) -> Iterator[Finding]:
    wanted = [name for name in _listed(failure.limit) if name != "null"]
    if failure.value is None:
        yield from _null(failure)
    else:
        words = " or ".join(_TYPES.get(name, name) for name in wanted)
        help = _retype(failure, wanted[0]) if wanted else ""
        yield failure.found(codes.WRONG_TYPE, f"{shown(failure.value)} is not {words}", help)


def _null(failure: Failure) -> Iterator[Finding]:
    reason = _while(failure, failure.path) or ": it is required"
    message = f"{failure.label} may not be null{reason}"
    yield Finding(codes.MISSING_FIELD, message, "give it a value", failure.path, failure.path)


def _retype(failure: Failure, wanted: str) -> str:
    """How to write the value so that it has the type."""
    value = failure.value
    if wanted == "string" and isinstance(value, bool | int | float):
        return "put it in quotes, just as it stands"
    if wanted == "string":
        return "write one text"
    if wanted == "object":
        return f"its fields stand below it, indented: {', '.join(failure.schema.get('properties', ()))}"
    if wanted == "boolean" and isinstance(value, str):
        return "write true or false without quotes; yes, no, on and off are texts"
    if wanted in ("number", "integer") and isinstance(value, str) and value.strip().isdecimal():
        return f"write it without quotes: {value.strip()}"
    if wanted in ("number", "integer") and isinstance(value, str):
        return "write it in digits, without quotes"
    if wanted == "array" and isinstance(value, str | int | float):
        plain = _PLAIN.fullmatch(str(value)) and not isinstance(value, bool)
        return f"write a list: [{value}]" if plain else "write a list: put it in [ ]"
    return f"write {_TYPES[wanted]}" if wanted in _TYPES else ""


def _pattern(failure: Failure) -> Iterator[Finding]:
    if failure.limit == REFERENCE:
        help = "a key has lower case letters, digits and . _ -; kind/key and id:... are possible too"
        yield failure.found(codes.BROKEN_RULE, f"{shown(failure.value)} is not a key", help)
    else:
        yield failure.found(codes.BROKEN_RULE, f"{shown(failure.value)} doesn't have the form {failure.limit}")


def _format(failure: Failure) -> Iterator[Finding]:
    yield failure.found(codes.BROKEN_RULE, f"{shown(failure.value)} is no {failure.limit}")


def _few(failure: Failure) -> Iterator[Finding]:
    message = f"needs at least {failure.limit} item{'s' * (failure.limit != 1)}"
    reason = _while(failure, failure.path) if failure.value == [] else ""
    yield failure.found(codes.BROKEN_RULE, message + reason, "add an item")


def _twice(failure: Failure) -> Iterator[Finding]:
    for position, item in enumerate(failure.value):
        if any(same(item, before) for before in failure.value[:position]):
            path = (*failure.path, position)
            message = f"{failure.label}: {shown(item)} is listed twice"
            yield Finding(codes.BROKEN_RULE, message, "remove one of them", path, path)


def _bound(words: str) -> Word:
    def word(failure: Failure) -> Iterator[Finding]:
        yield failure.found(codes.BROKEN_RULE, f"{shown(failure.value)} is {words} {shown(failure.limit)}")

    return word


def _length(words: str) -> Word:
    def word(failure: Failure) -> Iterator[Finding]:
        yield failure.found(codes.BROKEN_RULE, f"{shown(failure.value)} has {words} {failure.limit} characters")

    return word


def _other(failure: Failure) -> Iterator[Finding]:
    yield failure.found(codes.BROKEN_RULE, failure.message)


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


_PLAIN = re.compile(r"[A-Za-z][\w./-]*|[0-9]+")
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}

WORDS: Mapping[str, Word] = {
    "additionalProperties": _unknown,
    "enum": _enum,
    "const": _const,
    "type": _type,
    "required": _missing,
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound("less than"),
    "exclusiveMinimum": _bound("not more than"),
    "maximum": _bound("more than"),
    "exclusiveMaximum": _bound("not less than"),
    "multipleOf": _bound("not a multiple of"),
    "minLength": _length("fewer than"),
    "maxLength": _length("more than"),
    "minItems": _few,
    "uniqueItems": _twice,
}
"""The most telling keyword first: where several fail at one field, it has the word."""
