"""The bounded YAML 1.2 core and JSON reader: text -> values, and positions for whoever needs them.

Over the events of PyYAML's C parser. Its loaders read YAML 1.1, where `on` is true and `12:30` a number; the
API has an enum with the value `on`. Here only `true`, `false`, `null`, `~`, numbers as in YAML 1.2's core schema
and nothing else is not a string. `010` stays a string: a leading zero is how codes are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rhythmconf.errors import DocumentError
from rhythmconf.model import Json, Location, number, pointer, tokens

CODES: dict[str, str] = {
    "RC101": "the text is not YAML or JSON",
    "RC102": "a member stands twice in a mapping",
    "RC103": "a tag that is not of the core schema",
    "RC104": "a limit on size, depth or aliases is passed",
    "RC105": "a member's name is not a string",
    "RC106": "a merge key",
    "RC107": "the text is not UTF-8",
    "RC108": "a number that JSON can't hold",
}
_WORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# The characters that a plain scalar other than a string can begin with.
_FIRST = frozenset("0123456789+-.tTfFnN~")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DIGITS = 400
_TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null", "seq", "map")}
_SURROGATE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text may cost: bytes, nesting, nodes, and nodes that aliases stand for."""

    size: int = 10 * 1024 * 1024
    depth: int = 100
    nodes: int = 1_000_000
    aliased: int = 100_000


class YamlError(DocumentError):
    """A text that can't be read, with its `location`."""

    def __init__(self, code: str, message: str, location: Location, help: str | None = None) -> None:
        super().__init__(message, where=str(location), help=help, code=code)
        self.location = location


@dataclass(frozen=True, slots=True)
class Positions:
    """Where the values of one document stand, by pointer, and where the names of its members do."""

    file: str
    values: dict[str, tuple[int, int]]
    names: dict[str, tuple[int, int]]

    def of(self, where: str) -> Location:
        """The place of the value at `where`, or of its nearest ancestor that is there."""
        return self._nearest(self.values, where)

    def key_of(self, where: str) -> Location:
        """The place of the name of the member at `where`, else of the value."""
        return Location(self.file, *self.names[where]) if where in self.names else self.of(where)

    def _nearest(self, known: dict[str, tuple[int, int]], where: str) -> Location:
        path = tokens(where)
        for length in range(len(path), -1, -1):
            found = known.get(pointer(path[:length]))
            if found:
                return Location(self.file, *found)
        return Location(self.file)


def load_all(data: bytes | str, *, file: str, limits: Limits = Limits()) -> list[Json]:
    """The value of each document of a text, None for an empty one. Raises YamlError for anything else."""
    text = _checked(data, file, limits)
    if file.endswith(".json"):
        return [_load_json(text, file, limits)]
    try:
        return _values(_events(text), file, limits)
    except yaml.YAMLError as error:
        raise _syntax(error, file, text) from None


def locate_all(data: bytes | str, *, file: str) -> list[Positions]:
    """The places in each document of a text that `load_all` accepts; of as much as can be read in any other."""
    text = data.encode() if isinstance(data, str) else data
    if file.endswith(".json"):
        text = _SURROGATE.sub(rb"\1\\u0020", text.replace(b"\t", b" "))
    found: list[Positions] = []
    try:
        _locate(_events(text), file, found)
    except (yaml.YAMLError, IndexError):
        found = found or [Positions(file, {}, {})]
    return found


def _checked(data: bytes | str, file: str, limits: Limits) -> bytes:
    text = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(text) > limits.size:
        raise YamlError("RC104", f"the text is larger than {limits.size} bytes", Location(file), "split it")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - (text.rfind(b"\n", 0, error.start) + 1) + 1
        place = Location(file, line, column)
        raise YamlError("RC107", "the text is not UTF-8", place, "save the file as UTF-8") from None
    return text


def _events(text: bytes) -> Iterator[Any]:
    return iter(CParser(text).get_event, None)


def _values(events: Iterator[Any], file: str, limits: Limits) -> list[Json]:
    """The one loop over all events; flat, since a call a node would cost more than the parser itself."""
    documents: list[Json] = []
    stack: list[tuple[Any, Any, str | None, int]] = []
    anchors: dict[str, tuple[Json, int]] = {}
    into: Any = documents
    name: str | None = None
    anchor: str | None = None
    began = aliased = 0
    value: Any
    for count, event in enumerate(events):
        kind = event.__class__
        if kind is ScalarEvent:
            value = event.value
            if event.tag is not None:
                value = _tagged(event, file)
            elif not event.style and (not value or value[0] in _FIRST):
                value = _plain(value, event, file)
            if event.anchor is not None:
                anchors[event.anchor] = (value, 1)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if name is None and into.__class__ is dict:
                raise _error("RC105", "a member's name is not a string", event, file)
            if event.tag is not None:
                _check_tag(event, file)
            if len(stack) >= limits.depth or count > limits.nodes:
                raise _error("RC104", f"more than {limits.depth} levels or {limits.nodes} nodes", event, file)
            stack.append((into, name, anchor, began))
            into = {} if kind is MappingStartEvent else []
            name, anchor, began = None, event.anchor, count + aliased
            continue
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            value = into
            if anchor is not None:
                anchors[anchor] = (value, count + aliased - began)
            into, name, anchor, began = stack.pop()
        elif kind is AliasEvent:
            value, weight = _alias(anchors, event, file)
            aliased += weight
            if aliased > limits.aliased:
                raise _error("RC104", f"aliases stand for more than {limits.aliased} nodes", event, file)
        else:
            if kind is DocumentStartEvent:
                anchors.clear()
            continue
        if into.__class__ is dict:
            if name is None:
                name = _name(value, into, event, file)
            else:
                into[name] = value
                name = None
        else:
            into.append(value)
    return documents


def _name(value: Json, into: dict[str, Json], event: Any, file: str) -> str:
    if not isinstance(value, str):
        shown = json.dumps(value)[:40]
        raise _error("RC105", f"the member's name {shown} is not a string", event, file, f'quote it: "{shown}"')
    text = value
    if text == "<<" and not getattr(event, "style", "'"):
        raise _error(
            "RC106", "merge keys (<<) are not YAML 1.2", event, file, "write the members out, or use an overlay"
        )
    if text in into:
        raise _error("RC102", f"{text!r} stands twice in this mapping", event, file, "keep one of them")
    return text


def _plain(text: str, event: Any, file: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > _DIGITS:
            raise _error("RC108", "the number has too many digits", event, file, "quote it if it is a code")
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _NOT_FINITE.fullmatch(text):
        raise _error("RC108", f"JSON has no {text}", event, file, "quote it if it is a word")
    if _FLOAT.fullmatch(text) and not _coded(text):
        return _float(text, event, file)
    return text


def _coded(text: str) -> bool:
    """Whether a run of digits has a leading zero, as codes have: `010`, `007`."""
    digits = text.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()


def _float(text: str, event: Any, file: str) -> Json:
    try:
        return number(text)
    except ValueError as error:
        raise _error("RC108", str(error), event, file) from None


def _tagged(event: Any, file: str) -> Json:
    name = _TAGS.get(event.tag)
    if event.tag == "!" or name == "str":
        return cast("str", event.value)
    value = _plain(event.value, event, file)
    types: dict[str | None, type | tuple[type, ...]] = {
        "int": int,
        "float": (int, float),
        "bool": bool,
        "null": type(None),
    }
    wanted = types.get(name)
    if wanted is None or not isinstance(value, wanted) or (isinstance(value, bool) and name != "bool"):
        raise _error("RC103", f"the tag {event.tag} can't be applied to this value", event, file, "remove the tag")
    return value


def _check_tag(event: Any, file: str) -> None:
    wanted = "map" if event.__class__ is MappingStartEvent else "seq"
    if event.tag != "!" and _TAGS.get(event.tag) != wanted:
        raise _error("RC103", f"the tag {event.tag} is not of the core schema", event, file, "remove the tag")


def _alias(anchors: dict[str, tuple[Json, int]], event: Any, file: str) -> tuple[Json, int]:
    if event.anchor not in anchors:
        raise _error("RC101", f"the alias *{event.anchor} stands inside its own anchor, or has none", event, file)
    return anchors[event.anchor]


def _error(code: str, message: str, event: Any, file: str, help: str | None = None) -> YamlError:
    mark = event.start_mark
    return YamlError(code, message, Location(file, mark.line + 1, mark.column + 1), help)


def _syntax(error: yaml.YAMLError, file: str, text: bytes) -> YamlError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "the text is not YAML"
    if mark is None:
        offset = min(int(getattr(error, "position", 0) or 0), len(text))
        return YamlError("RC101", str(problem), Location(file, text.count(b"\n", 0, offset) + 1))
    help = "indent with spaces" if b"\t" in text and "cannot start any token" in problem else None
    return YamlError("RC101", str(problem), Location(file, mark.line + 1, mark.column + 1), help)


def _load_json(text: bytes, file: str, limits: Limits) -> Json:
    def pairs(members: list[tuple[str, Json]]) -> Json:
        found = dict(members)
        if len(found) < len(members):
            seen = [name for name, _ in members]
            twice = next(name for name in seen if seen.count(name) > 1)
            raise YamlError("RC102", f"{twice!r} stands twice in an object", Location(file), "keep one of them")
        return found

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_float=number, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise YamlError("RC101", error.msg, Location(file, error.lineno, error.colno)) from None
    except RecursionError:
        raise YamlError("RC104", f"more than {limits.depth} levels", Location(file)) from None
    except ValueError as error:
        raise YamlError("RC108", str(error), Location(file)) from None
    if _depth(value) > limits.depth:
        raise YamlError("RC104", f"more than {limits.depth} levels", Location(file))
    return cast("Json", value)


def _refuse(text: str) -> Json:
    raise ValueError(f"JSON has no {text}")


def _depth(value: Json) -> int:
    deepest, level = 0, [value]
    while level:
        level = [item for one in level for item in _children(one)]
        deepest += 1
    return deepest


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _locate(events: Iterator[Any], file: str, found: list[Positions]) -> None:
    """Walk the events with the path of where they are; a mapping's frame holds its open name, a list's its index."""
    path: list[str | int | None] = []
    for event in events:
        kind = event.__class__
        if kind is DocumentStartEvent:
            found.append(Positions(file, {}, {}))
            path = []
        elif kind in (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent):
            _place(event, path, found[-1])
            if kind is MappingStartEvent:
                path.append(None)
            elif kind is SequenceStartEvent:
                path.append(0)
            else:
                _step(path, event)
        elif kind in (MappingEndEvent, SequenceEndEvent):
            path.pop()
            _step(path, None)
        elif kind is DocumentEndEvent:
            path = []


def _place(event: Any, path: list[str | int | None], positions: Positions) -> None:
    place = (event.start_mark.line + 1, event.start_mark.column + 1)
    if path and path[-1] is None:
        name = getattr(event, "value", "")
        positions.names.setdefault(pointer([*cast("list[str | int]", path[:-1]), name]), place)
    else:
        positions.values.setdefault(pointer(cast("list[str | int]", path)), place)


def _step(path: list[str | int | None], event: Any) -> None:
    if not path:
        return
    last = path[-1]
    if isinstance(last, int):
        path[-1] = last + 1
    else:
        path[-1] = getattr(event, "value", "") if last is None else None
