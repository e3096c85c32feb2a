"""Explain schema errors in terms that people who write documents know: one function for each JSON Schema keyword."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend
from referencing import Registry

from rhythmconf.catalog import REFERENCE, Tokens, has_duplicates, matches
from rhythmconf.catalog.undeclared import note_on
from rhythmconf.model import Body, Diagnostic, Fix, at, pointer, tokens
from rhythmconf.model.appearance import appearance, beside
from rhythmconf.model.dates import join
from rhythmconf.model.suggest import did_you_mean, ending_with, nearest
from rhythmconf.source.desired import codes
from rhythmconf.source.desired.indentation import find_moves, moved, report_moves
from rhythmconf.source.desired.list_dashes import explain_dash, explain_missing_dash, find_splits
from rhythmconf.source.desired.locate import locate_name, locate_value
from rhythmconf.source.desired.overlays import MergedSpec
from rhythmconf.source.desired.skeleton import write_skeleton
from rhythmconf.source.documents import Locator
from rhythmconf.text.scribe.render import write_flow_members


def _check_pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not matches(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _check_named(validator: Any, schemas: Mapping[str, Any], value: Any, _schema: Any) -> Iterator[ValidationError]:
    for pattern, below in schemas.items() if isinstance(value, dict) else ():
        for name in value:
            if matches(pattern, name):
                yield from validator.descend(value[name], below, path=name, schema_path=pattern)


def _check_others(validator: Any, others: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    patterns = schema.get("patternProperties", ())
    for name in value if isinstance(value, dict) else ():
        if name in schema.get("properties", ()) or any(matches(pattern, name) for pattern in patterns):
            continue
        if others is False:
            yield ValidationError(f"{name!r} is not allowed")
            return  # the explanation names them all
        yield from validator.descend(value[name], others, path=name)


def _check_unique(_validator: Any, unique: bool, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if unique and isinstance(value, list) and has_duplicates(value):
        yield ValidationError("the items are not unique")


# Python's `re` may backtrack without end and doesn't know every pattern that the verdict knows, and jsonschema compares
# each item of a list with all others. So the library that gives the verdict answers for these keywords.
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _check_pattern,
        "patternProperties": _check_named,
        "additionalProperties": _check_others,
        "uniqueItems": _check_unique,
    },
)


class Failure(NamedTuple):
    """One error as JSON Schema reports it: `value` at `path` of a spec fails `keyword`, which is set to `limit`."""

    merged: MergedSpec
    locator: Locator
    path: Tokens
    value: Any
    keyword: str
    limit: Any
    schema: Mapping[str, Any]
    message: str

    @property
    def label(self) -> str:
        """The field as people call it: `reminders[0]`. The whole record has the kind that its document names."""
        return label(self.path) or self.merged.documents[0].kind

    def about_value(
        self, code: str, problem: str, help: str = "", *, fix: Fix | None = None, path: Tokens | None = None
    ) -> tuple[Tokens, Diagnostic]:
        """Return a diagnostic at the value; `path` leads to another one below it, which `problem` then names."""
        message = f"{self.label}: {problem}" if path is None else problem
        path = self.path if path is None else path
        spec_pointer, location = locate_value(self.locator, self.merged.documents, path)
        return path, Diagnostic(code, message, "error", location, spec_pointer, self.merged.key, help, fix)

    def about_name(
        self, code: str, path: Tokens, message: str, help: str, fix: Fix | None = None
    ) -> tuple[Tokens, Diagnostic]:
        """Return a diagnostic at the name of the member that `path` leads to."""
        spec_pointer, location = locate_name(self.locator, self.merged.documents, path)
        return path, Diagnostic(code, message, "error", location, spec_pointer, self.merged.key, help, fix)


Explained: TypeAlias = Iterator[tuple[Tokens, Diagnostic]]
"""Diagnostics, each with the path of the field that it is about. A missing field is located at its parent."""


def explain(merged: MergedSpec, locator: Locator) -> list[Diagnostic]:
    """Return all errors of a spec, one for each field: the one that says most.

    A field that is indented as a member of the wrong mapping is one error. The others are those of the spec with the
    field where it belongs.
    """
    if moves := find_moves(merged, locator):
        rest = explain(merged._replace(spec=moved(merged.spec, moves)), locator)
        return [*report_moves(merged, moves), *rest]
    merged = merged._replace(spec=_with_members_beside(merged))
    validator = _Validator(
        merged.kind.document_schema, registry=Registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    every = [_failure(merged, locator, error) for error in validator.iter_errors(merged.spec)]
    splits = _report_splits(every)
    failures = [one for one in every if one.keyword != "required" or not _is_part(one.path, splits)]
    ranks = {keyword: rank for rank, keyword in enumerate(EXPLAIN)}
    ranked = sorted(failures, key=lambda failure: ranks.get(failure.keyword, len(ranks)))
    explained = (pair for failure in ranked for pair in EXPLAIN.get(failure.keyword, _explain_other)(failure))
    beside = merged.documents[-1].beside
    found = ((path, diagnostic) for path, diagnostic in explained if not path or path[0] not in beside)
    return [*splits.values(), *_one_per_field(found)]


def _report_splits(failures: Sequence[Failure]) -> dict[Tokens, Diagnostic]:
    """Return one error for each item of a list that belongs to the item before it, by its path."""
    lacking: dict[Tokens, list[str]] = {}
    for failure in failures:
        if failure.keyword == "required":
            lacking.setdefault(failure.path, []).extend(failure.limit)
    if not lacking:
        return {}
    splits: dict[Tokens, Diagnostic] = {}
    first = failures[0]
    for path in find_splits(first.merged.spec, lacking):
        before, item = label((*path[:-1], int(path[-1]) - 1)), label(path)
        owner = (*path[:-1], int(path[-1]) - 1)
        value = at(first.merged.spec, pointer(owner))
        names = [name for name in dict.fromkeys(lacking[owner]) if isinstance(value, dict) and name not in value]
        pointer_of, location = locate_value(first.locator, first.merged.documents, path)
        message = f"{before} lacks {join(names)}: {'they are' if len(names) > 1 else 'it is'} in {item}"
        help = f"put two blanks in place of `- ` in line {location.line}: there is one dash for each item"
        splits[path] = Diagnostic(codes.MISSING_FIELD, message, "error", location, pointer_of, first.merged.key, help)
    return splits


def _is_part(path: Tokens, splits: Collection[Tokens]) -> bool:
    """Tell whether a path is that of an item that is split, or of the second part of one."""
    return bool(path) and isinstance(path[-1], int) and (path in splits or (*path[:-1], path[-1] + 1) in splits)


def _with_members_beside(merged: MergedSpec) -> Body:
    """Return the spec with the fields that stand beside it in its document, which has an error about them already."""
    beside = merged.documents[-1].beside
    fields = {name: value for name, value in beside.items() if merged.kind.field(pointer((name,)))}
    return {**merged.spec, **fields} if fields else merged.spec


def label(path: Tokens) -> str:
    """Return the last name on a path, with the indices after it."""
    names = [position for position, token in enumerate(path) if isinstance(token, str)]
    if not names:
        return ""
    return str(path[names[-1]]) + "".join(f"[{token}]" for token in path[names[-1] + 1 :])


def shown(value: Any) -> str:
    """Return a value as messages show it: texts in single quotes, long ones cut."""
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"


def _failure(merged: MergedSpec, locator: Locator, error: ValidationError) -> Failure:
    # Where a schema has alternatives, the one that comes nearest is what the author meant.
    nearest_error = best_match([error]) or error
    return Failure(
        merged,
        locator,
        tuple(nearest_error.absolute_path),
        nearest_error.instance,
        str(nearest_error.validator),
        nearest_error.validator_value,
        nearest_error.schema if isinstance(nearest_error.schema, Mapping) else {},
        nearest_error.message,
    )


def _one_per_field(explained: Iterable[tuple[Tokens, Diagnostic]]) -> list[Diagnostic]:
    """Return the first diagnostic of each field. A field whose name is only misspelt is not reported missing too."""
    first: dict[Tokens, Diagnostic] = {}
    for path, diagnostic in explained:
        first.setdefault(path, diagnostic)
    misspelt = {
        (*path[:-1], diagnostic.fix.text)
        for path, diagnostic in first.items()
        if diagnostic.code == codes.UNKNOWN_FIELD and diagnostic.fix
    }
    return [
        diagnostic._replace(fix=_fix_in_files(diagnostic, path))
        for path, diagnostic in first.items()
        if diagnostic.code != codes.MISSING_FIELD or path not in misspelt
    ]


def _fix_in_files(diagnostic: Diagnostic, path: Tokens) -> Fix | None:
    """Return the fix of a misspelt field; in an entry of `files`, the word to replace is a whole pointer."""
    fix = diagnostic.fix
    if fix is None or diagnostic.code != codes.UNKNOWN_FIELD or not diagnostic.pointer.startswith("/files/"):
        return fix
    entry = [*tokens(tokens(diagnostic.pointer)[-1])]
    entry[len(path) - 1] = fix.text
    return fix._replace(text=pointer(entry))


def _explain_unknown(failure: Failure) -> Explained:
    fields = list(failure.schema.get("properties", ()))
    for name in failure.value:
        if name in fields:
            continue
        path = (*failure.path, name)
        field = failure.merged.kind.field(pointer(path))
        if field is not None and field.read_only:
            message = f"{name}: the tenant sets this field, so it can't be declared"
            yield failure.about_name(codes.TENANT_FIELD, path, message, "remove it")
        else:
            names = nearest(name, fields)
            longer = ending_with(f"{name}_id", fields) or ending_with(f"{name}_ids", fields)
            help = did_you_mean(names or longer) or f"fields: {', '.join(fields)}"
            message = f"{failure.label} has no field '{beside(name, names)}'"
            # A second field of the right name would be an error too.
            fix = Fix.only([near for near in names if near not in failure.value] if len(names) == 1 else [])
            yield failure.about_name(codes.UNKNOWN_FIELD, path, message, help, fix)


def _explain_missing(failure: Failure) -> Explained:
    for name in failure.limit:
        if name not in failure.value:
            path = (*failure.path, name)
            field = failure.merged.kind.field(pointer(path))
            owner = f"{label(failure.path)}: " if failure.path else ""
            message = f"{owner}{name} is missing{_condition(failure, path)}"
            description = field.description.rstrip(".") if field else ""
            help = f"add `{name}:` ({description})" if description else f"add `{name}:`"
            if skeleton := write_skeleton(failure.merged.kind, failure.merged.spec, path):
                help += f", for example `{skeleton}`"
            # A field that a switch makes required is located at the switch, any other at its parent.
            switch = next(iter(field.when)) if field and field.when else None
            at_path = failure.path if switch is None else (*failure.path, switch)
            yield path, failure.about_value(codes.MISSING_FIELD, message, help, path=at_path)[1]


def _condition(failure: Failure, path: Tokens) -> str:
    """Return the switches that make the field at `path` required, as the end of a sentence."""
    field = failure.merged.kind.field(pointer(path))
    parent = at(failure.merged.spec, pointer(path[:-1]))
    if field is None or not field.when or not isinstance(parent, dict):
        return ""
    return ": it is required while " + " and ".join(f"{name} is {shown(parent.get(name))}" for name in field.when)


def _explain_enum(failure: Failure) -> Explained:
    allowed = [value for value in failure.limit if value is not None]
    texts = [value if isinstance(value, str) else json.dumps(value) for value in allowed]
    if failure.value is None:
        yield _explain_null(failure)
    else:
        names = nearest(str(failure.value), texts) or ending_with(str(failure.value), texts)
        fix = Fix.only(names) if isinstance(failure.value, str) and all(name in allowed for name in names) else None
        written = beside(failure.value, names) if isinstance(failure.value, str) else failure.value
        message = f"{shown(written)} is not one of {', '.join(texts)}"
        help = did_you_mean(names) or _declare(failure)
        yield failure.about_value(codes.NOT_ALLOWED, message, help, fix=fix)


def _declare(failure: Failure) -> str:
    """Return how to declare a text that is like none of the allowed ones: a tenant may know more of them."""
    kind = failure.merged.kind
    notes = note_on(kind, failure.path, failure.value) if isinstance(failure.value, str) else {}
    return f"if the tenant has this value, add to {kind.notes_file}: {write_flow_members(notes)}" if notes else ""


def _explain_const(failure: Failure) -> Explained:
    yield failure.about_value(codes.NOT_ALLOWED, f"{shown(failure.value)} is not {shown(failure.limit)}")


def _explain_type(failure: Failure) -> Explained:
    types = [name for name in _listed(failure.limit) if name != "null"]
    if failure.value is None:
        yield _explain_null(failure)
    else:
        expected = " or ".join(_TYPES.get(name, name) for name in types)
        help = _how_to_write(failure, types[0]) if types else ""
        if "array" in types:
            help = explain_dash(failure.value) or _add_dash(failure) or help
        yield failure.about_value(codes.WRONG_TYPE, f"{shown(failure.value)} is not {expected}", help)


def _add_dash(failure: Failure) -> str:
    return explain_missing_dash(failure.merged, failure.locator, failure.path, failure.value)


def _explain_null(failure: Failure) -> tuple[Tokens, Diagnostic]:
    reason = _condition(failure, failure.path) or ": it is required"
    message = f"{failure.label} may not be null{reason}"
    return failure.about_value(codes.MISSING_FIELD, message, "give it a value", path=failure.path)


def _how_to_write(failure: Failure, expected: str) -> str:
    """Return how to write the value so that it has the expected type."""
    value = failure.value
    if expected == "string" and isinstance(value, bool | int | float):
        return "put it in quotes as it is"
    if expected == "string":
        return "write one text"
    if expected == "object":
        help = f"write its fields below it, indented: {', '.join(failure.schema.get('properties', ()))}"
        example = write_skeleton(failure.merged.kind, {}, failure.path, value)
        return f"{help}; for example `{example}`" if example else help
    if expected == "boolean" and isinstance(value, str):
        return "write true or false without quotes; yes, no, on and off are texts"
    if expected in ("number", "integer") and isinstance(value, str) and value.strip().isdecimal():
        zeros = len(value.strip()) > 1 and value.strip().startswith("0")
        return f"write it without quotes{' and leading zeros' * zeros}: {int(value)}"
    if expected in ("number", "integer") and isinstance(value, str):
        return "write it in digits, without quotes"
    if expected == "array" and isinstance(value, str | int | float):
        plain = _PLAIN.fullmatch(str(value)) and not isinstance(value, bool)
        return f"write a list: [{value}]" if plain else "write a list: put it in [ ]"
    return f"write {_TYPES[expected]}" if expected in _TYPES else ""


def _explain_pattern(failure: Failure) -> Explained:
    if failure.limit == REFERENCE:
        # A letter of another script, or a long dash, that looks like what a key may have.
        plain = [text for text in (appearance(failure.value),) if matches(REFERENCE, text)]
        help = "a key has lower case letters, digits and . _ -; kind/key and id:... are possible too"
        help = did_you_mean(plain) or explain_dash(failure.value) or help
        yield failure.about_value(codes.BROKEN_RULE, f"{shown(beside(failure.value, plain))} is not a key", help)
    else:
        message = f"{shown(failure.value)} doesn't match the pattern {failure.limit}"
        yield failure.about_value(codes.BROKEN_RULE, message)


def _explain_format(failure: Failure) -> Explained:
    yield failure.about_value(codes.BROKEN_RULE, f"{shown(failure.value)} is not a valid {failure.limit}")


def _explain_few_items(failure: Failure) -> Explained:
    message = f"needs at least {failure.limit} item{'s' * (failure.limit != 1)}"
    reason = _condition(failure, failure.path) if failure.value == [] else ""
    yield failure.about_value(codes.BROKEN_RULE, message + reason, "add an item")


def _explain_duplicates(failure: Failure) -> Explained:
    seen = set[str]()
    for position, item in enumerate(failure.value):
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            message = f"{failure.label}: {shown(item)} is listed twice"
            path = (*failure.path, position)
            yield failure.about_value(codes.BROKEN_RULE, message, "remove one of them", path=path)
        seen.add(text)


def _explain_bound(relation: str) -> Callable[[Failure], Explained]:
    def explain_bound(failure: Failure) -> Explained:
        message = f"{shown(failure.value)} is {relation} {shown(failure.limit)}"
        yield failure.about_value(codes.BROKEN_RULE, message, _explain_sign(failure))

    return explain_bound


def _explain_sign(failure: Failure) -> str:
    """Return how to write a number below 0 where another field says its direction; empty elsewhere."""
    field = failure.merged.kind.field(pointer(failure.path))
    when = field.when or {} if field else {}
    switch = next((name for name, values in when.items() if "before" in values and "after" in values), None)
    if switch is None or failure.limit != 0:
        return ""
    return f"write {shown(-failure.value)}, which has no sign, with `{switch}: before` or `{switch}: after`"


def _explain_length(relation: str) -> Callable[[Failure], Explained]:
    def explain_length(failure: Failure) -> Explained:
        message = f"{shown(failure.value)} has {relation} {failure.limit} characters"
        yield failure.about_value(codes.BROKEN_RULE, message)

    return explain_length


def _explain_other(failure: Failure) -> Explained:
    yield failure.about_value(codes.BROKEN_RULE, failure.message)


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

EXPLAIN: Mapping[str, Callable[[Failure], Explained]] = {
    "additionalProperties": _explain_unknown,
    "enum": _explain_enum,
    "const": _explain_const,
    "type": _explain_type,
    "required": _explain_missing,
    "pattern": _explain_pattern,
    "format": _explain_format,
    "minimum": _explain_bound("less than"),
    "exclusiveMinimum": _explain_bound("not more than"),
    "maximum": _explain_bound("more than"),
    "exclusiveMaximum": _explain_bound("not less than"),
    "multipleOf": _explain_bound("not a multiple of"),
    "minLength": _explain_length("fewer than"),
    "maxLength": _explain_length("more than"),
    "minItems": _explain_few_items,
    "uniqueItems": _explain_duplicates,
}
"""One function for each keyword, the most helpful first: where several keywords fail at one field, the first counts."""
