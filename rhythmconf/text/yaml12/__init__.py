"""The bounded YAML 1.2 core and JSON reader: takes bytes, gives JSON values, and positions on demand.

It knows nothing of rhythmconf. PyYAML's C parser gives the events, the builders here make values of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from yaml import YAMLError
from yaml.events import Event

from rhythmconf.model import Json
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.flaws import Flaw, YamlError
from rhythmconf.text.yaml12.json_events import json_events
from rhythmconf.text.yaml12.lines import plain_lines
from rhythmconf.text.yaml12.places import Positions, locate
from rhythmconf.text.yaml12.source import Limits, checked, complaint, yaml_events
from rhythmconf.text.yaml12.values import build

__all__ = ["LIMITS", "Limits", "Positions", "YamlError", "load_all", "locate_all"]

Made = TypeVar("Made")
LIMITS = Limits()


def load_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Json]:
    """The value of each document of a text, None for an empty one; a name that ends in `.json` is read as JSON.

    Integral numbers are integers. What an alias repeats is shared, not copied. Raises YamlError and nothing else.
    """
    try:
        return _values(checked(data, limits), file, limits)
    except Flaw as flaw:
        raise flaw.at(file) from None


def locate_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Positions]:
    """Where everything stands in each document that `load_all` gives. Raises YamlError where `load_all` does."""
    load_all(data, file=file, limits=limits)
    return [Positions(file, *marks) for marks in _read(checked(data, limits), file, limits, locate)]


def _values(text: bytes, file: str, limits: Limits) -> list[Json]:
    plain = None if _is_json(file) else plain_lines(text, limits)
    if plain is not None:
        return plain
    try:
        return _read(text, file, limits, lambda events: build(events, limits))
    except Flaw as flaw:
        if flaw.code == codes.DUPLICATE_NAME:
            _read(text, file, limits, locate)  # a second look knows both places, and says so
        raise


def _read(text: bytes, file: str, limits: Limits, make: Callable[[Iterable[Event | None]], Made]) -> Made:
    try:
        return make(json_events(text, limits) if _is_json(file) else yaml_events(text, limits))
    except YAMLError as error:
        raise complaint(error, text) from None


def _is_json(file: str) -> bool:
    return file.endswith(".json")
