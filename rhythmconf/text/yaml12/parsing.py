"""Parse a text event by event: YAML with PyYAML's C parser, or JSON.

What needs this imports it in a function. To load PyYAML takes as long as a third of Python's own start, and most texts
are read line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from yaml import YAMLError
from yaml.events import Event

from rhythmconf.model import Json
from rhythmconf.text import leftovers
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import OwnMark, YamlFault
from rhythmconf.text.yaml12.json_events import json_events
from rhythmconf.text.yaml12.marks import locate
from rhythmconf.text.yaml12.positions import Marks
from rhythmconf.text.yaml12.source import Limits
from rhythmconf.text.yaml12.values import build
from rhythmconf.text.yaml12.yaml_events import yaml_events

Built = TypeVar("Built")


def parse(text: bytes, file: str, limits: Limits) -> list[Json]:
    """Return the value of each document of a text. Raises YamlFault."""
    try:
        return _build(text, file, limits, lambda events: build(events, limits))
    except YamlFault as fault:
        if fault.code == codes.DUPLICATE_NAME:
            _build(text, file, limits, locate)  # raises the same fault with the line of the first name as well
        raise


def find_marks(text: bytes, file: str, limits: Limits) -> list[tuple[Marks, Marks]]:
    """Return the marks of values and of names for each document of a text. Raises YamlFault."""
    return _build(text, file, limits, locate)


def parse_value(text: str, limits: Limits) -> Json:
    """Return the value of a text without a second document. Raises YamlFault."""
    try:
        [value] = build(yaml_events(text.encode(), limits), limits)
    except YAMLError as error:
        raise YamlFault(codes.SYNTAX, str(error)) from None
    return value


def _build(text: bytes, file: str, limits: Limits, build: Callable[[Iterable[Event | None]], Built]) -> Built:
    _check_leftovers(text)
    try:
        return build(json_events(text, limits) if file.endswith(".json") else yaml_events(text, limits))
    except YAMLError as error:
        # Imported here: few texts have errors.
        from rhythmconf.text.yaml12.syntax_errors import parser_fault

        raise parser_fault(error, text) from None


def _check_leftovers(text: bytes) -> None:
    """Raise YamlFault for the markers of a merge, and for a text that stands in place of the real one."""
    if leftover := leftovers.find_leftover(text):
        mark = OwnMark(leftover.line - 1, 0)
        raise YamlFault(leftover.code, leftover.message, help=leftover.help, mark=mark)
