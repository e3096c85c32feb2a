"""Read YAML 1.2 (core schema) and JSON within limits: bytes to JSON values, and positions on demand.

The reader knows nothing of rhythmconf's documents. PyYAML's C parser makes the events; the builders here make values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from yaml import YAMLError
from yaml.events import Event

from rhythmconf.model import Json
from rhythmconf.text import leftovers
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import YamlError, YamlFault, make_mark
from rhythmconf.text.yaml12.json_events import json_events
from rhythmconf.text.yaml12.lines import read_lines
from rhythmconf.text.yaml12.positions import Positions, locate
from rhythmconf.text.yaml12.source import Limits, encode, yaml_events
from rhythmconf.text.yaml12.values import build

__all__ = ["LIMITS", "Limits", "Positions", "YamlError", "load_all", "locate_all"]

Built = TypeVar("Built")
LIMITS = Limits()


def load_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Json]:
    """Return the value of each document of a text, None for an empty one.

    A file name that ends in `.json` is read as JSON. Integral numbers become integers. A value that an alias repeats
    is shared, not copied. Raises YamlError and nothing else.
    """
    try:
        return _values(encode(data, limits), file, limits)
    except YamlFault as fault:
        raise fault.in_file(file) from None


def locate_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Positions]:
    """Return the positions in each document that `load_all` returns. Raises YamlError where `load_all` does."""
    load_all(data, file=file, limits=limits)
    return [Positions(file, *marks) for marks in _build(encode(data, limits), file, limits, locate)]


def _values(text: bytes, file: str, limits: Limits) -> list[Json]:
    values = None if _is_json(file) else read_lines(text, limits)
    if values is not None:
        return values
    try:
        return _build(text, file, limits, lambda events: build(events, limits))
    except YamlFault as fault:
        if fault.code == codes.DUPLICATE_NAME:
            _build(text, file, limits, locate)  # raises the same fault with the line of the first name as well
        raise


def _build(text: bytes, file: str, limits: Limits, build: Callable[[Iterable[Event | None]], Built]) -> Built:
    _check_leftovers(text)
    try:
        return build(json_events(text, limits) if _is_json(file) else yaml_events(text, limits))
    except YAMLError as error:
        # Imported here: few texts have errors.
        from rhythmconf.text.yaml12.syntax_errors import parser_fault

        raise parser_fault(error, text) from None


def _check_leftovers(text: bytes) -> None:
    """Raise YamlFault for the markers of a merge, and for a text that stands in place of the real one."""
    if leftover := leftovers.find_leftover(text):
        mark = make_mark(leftover.line - 1, 0)
        raise YamlFault(leftover.code, leftover.message, help=leftover.help, mark=mark)


def _is_json(file: str) -> bool:
    return file.endswith(".json")
