"""Check the project file against its JSON Schema, `project.schema.json`.

`conforms` decides whether a file is valid. It knows the keywords that the schema uses, and the tests compare it with
jsonschema-rs. That library isn't used here because a short command or a shell completion would wait for it to load. For
an invalid file, `complaints` uses jsonschema to say what is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rhythmconf.model import Json, pointer
from rhythmconf.model.suggest import suggest

PATH = Path(__file__).with_name("project.schema.json")
TEXT = r"\S"
"""The pattern of a string that may hold anything but white space alone."""
NAMES = (["project"], ["module"], ["default_environment"])
"""The members that are names of small letters, digits and hyphens."""
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
TYPE_MESSAGES = {
    "object": "must be a mapping",
    "array": "must be a list",
    "string": "must be a text",
    "boolean": "must be true or false",
    "integer": "must be a whole number",
    "number": "must be a number",
}


class Complaint(NamedTuple):
    """A violation of the schema at a pointer. `at_name` is set if it is about the member's name, not its value."""

    pointer: str
    message: str
    help: str = ""
    at_name: bool = False


@cache
def load_schema() -> dict[str, Any]:
    """Return the JSON Schema of the project file."""
    schema: dict[str, Any] = json.loads(PATH.read_bytes())
    return schema


def resolve(schema: Any) -> Any:
    """Return the schema that a `$ref` names, or the schema itself."""
    return load_schema()["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def members(definition: str = "") -> dict[str, Any]:
    """Return the schema of each member of a definition (`environment`, `auth`, `dialect`), or of the project file."""
    owner = load_schema()["definitions"][definition] if definition else load_schema()
    return {name: resolve(member) for name, member in owner["properties"].items()}


def conforms(value: Json, schema: Any = None) -> bool:
    """Return whether a value is valid under a schema, by default that of the project file."""
    schema = resolve(load_schema() if schema is None else schema)
    if "type" in schema and not _has_type(value, schema["type"]):
        return False
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if not all(conforms(value, part) for part in schema.get("allOf", ())):
        return False
    if "anyOf" in schema and not any(conforms(value, part) for part in schema["anyOf"]):
        return False
    if "not" in schema and conforms(value, schema["not"]):
        return False
    if isinstance(value, dict):
        return _object_conforms(value, schema)
    if isinstance(value, list):
        items = schema.get("items", {})
        return len(value) >= schema.get("minItems", 0) and all(conforms(item, items) for item in value)
    if isinstance(value, str):
        return "pattern" not in schema or matches(schema["pattern"], value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        return bool(low <= value <= high and value > schema.get("exclusiveMinimum", value - 1))
    return True


def _object_conforms(value: dict[str, Json], schema: Any) -> bool:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    names = schema.get("propertyNames", {})
    return all(name in value for name in schema.get("required", ())) and all(
        conforms(name, names)
        and (conforms(member, properties[name]) if name in properties else others is not False)
        and (name in properties or not others or conforms(member, others))
        for name, member in value.items()
    )


def _has_type(value: Json, name: str) -> bool:
    if name == "integer" and isinstance(value, float):
        return value.is_integer()  # as JSON Schema has it: 3.0 is an integer
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern of the schema occurs in a text. As in JSON Schema, `$` is the very end of the text."""
    # Python's `$` also matches before a line break at the end.
    return re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), text) is not None


def complaints(value: Json, schema: Any = None, owner: str = "the project file") -> list[Complaint]:
    """Return every violation of a schema, by default that of the project file, in words; `owner` names the file."""
    from jsonschema import Draft7Validator, ValidationError, validators

    def check_pattern(validator: Any, pattern: str, text: Any, schema: Any) -> Iterator[ValidationError]:
        if isinstance(text, str) and not matches(pattern, text):
            yield ValidationError(f"{text!r} does not match {pattern!r}")

    make_validator: Any = validators.extend  # it has no types
    violations = [
        Violation(error.absolute_path, str(error.validator), error.validator_value, error.instance, error.schema)
        for error in make_validator(Draft7Validator, {"pattern": check_pattern})(schema or load_schema()).iter_errors(
            value
        )
    ]
    misspelt = [violation.path for violation in violations if violation.keyword == "additionalProperties"]
    # One value can break several rules; the first says enough. Missing members of one mapping differ in their help.
    first: dict[tuple[str, str, bool], Complaint] = {}
    for violation in violations:
        # A member of `auth` that seems to be missing is probably the misspelt one.
        if violation.keyword != "anyOf" or violation.path not in misspelt:
            for complaint in _describe(violation, owner):
                first.setdefault((complaint.pointer, complaint.help, complaint.at_name), complaint)
    return list(first.values())


class Violation(NamedTuple):
    """What jsonschema reports: `value` at `path` breaks `keyword`, which is `limit` in `schema`."""

    path: Sequence[str | int]
    keyword: str
    limit: Any
    value: Any
    schema: Any


def _describe(violation: Violation, file: str) -> Iterator[Complaint]:
    path, keyword, limit, value, schema = violation
    place = [*path]
    if place and isinstance(place[-1], int) and schema.get("type") != "object":
        place.pop()  # an item of a list is reported at the list, unless it has members of its own
    names = [token for token in place if isinstance(token, str)]
    at = pointer(place)
    owner = _describe_owner(place, file)
    if keyword == "additionalProperties":
        for name in value.keys() - schema["properties"].keys():
            help = suggest(name, schema["properties"]) or f"members: {', '.join(schema['properties'])}"
            yield Complaint(at + pointer([name]), f"{owner} has no member '{name}'", help, at_name=True)
    elif keyword == "required":
        for name in (name for name in limit if name not in value):
            yield Complaint(at, f"{owner} needs the member '{name}'", f"add `{name}: {example(schema, name)}`")
    elif keyword == "pattern" and names == ["environments"]:
        message = f"'{value}' can't name an environment: use {limit.strip('^$')}"
        yield Complaint(at + pointer([value]), message, _in_small_letters(value, limit), at_name=True)
    elif keyword == "enum" and names[-1:] == ["lint"]:
        help = suggest(value, limit) or "`rhythmconf explain` lists the codes"
        yield Complaint(at + pointer([value]), f"lint: '{value}' is not the code of a rule", help, at_name=True)
    elif keyword == "type" and limit == "object":
        yield Complaint(at, f"{owner} must be a mapping")
    elif keyword == "not":
        if isinstance(value, dict):  # else its type is wrong, which is a violation of its own
            yield Complaint(at + pointer(limit["required"][:1]), schema["errorMessage"], at_name=True)
    else:
        message = _describe_value(violation)
        help = _in_small_letters(value, limit) if keyword == "pattern" and names[-1:] in NAMES else ""
        yield Complaint(at, f"{names[-1]} {message}" if message.startswith("must ") else message, help)


def _describe_owner(place: Sequence[str | int], file: str) -> str:
    if not place:
        return file
    if len(place) == 2 and place[0] == "environments":
        return "an environment"
    *_, last = place
    return str(last) if isinstance(last, str) else f"entry {last + 1} of {place[-2]}"


def _in_small_letters(name: str, pattern: str) -> str:
    """Return how a name is written that has capital letters, blanks or other signs; empty where nothing is left."""
    written = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"for example {written}" if matches(pattern, written) else ""


def _describe_value(violation: Violation) -> str:
    _, keyword, limit, value, schema = violation
    if keyword == "pattern" and "patternErrorMessage" in schema:
        return str(schema["patternErrorMessage"])
    if "errorMessage" in schema:
        return str(schema["errorMessage"])
    if keyword == "type":
        return TYPE_MESSAGES[limit]
    if keyword == "enum":
        words = [word for word in limit if word is not None]
        hint = suggest(value, words) if isinstance(value, str) else ""
        return f"must be one of {', '.join(words)}{f'; {hint}' if hint else ''}"
    return "must be a text" if limit == TEXT else f"must look like {limit.strip('^$')}"


def example(schema: Any, name: str) -> str:
    """Return the example of a member as YAML in one line."""
    value = resolve(schema["properties"][name])["examples"][0]
    # Other readers of YAML take a bare yes or no for true or false.
    if isinstance(value, str) and (value in ("yes", "no") or not re.fullmatch(r"[a-z.][a-z0-9./-]*", value)):
        return json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value).replace('"', "")
