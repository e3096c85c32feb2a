"""The bounded YAML 1.2 core and JSON reader: takes bytes, gives JSON values, and positions on demand.

It knows nothing of rhythmconf. PyYAML's C parser gives the events, the builders here make values of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from yaml import YAMLError
from yaml.events import Event

from rhythmconf.model import Json
from rhythmconf.yaml12.flaws import CODES, Flaw, YamlError
from rhythmconf.yaml12.places import Positions, locate
from rhythmconf.yaml12.quiet import quiet_collector
from rhythmconf.yaml12.source import Limits, complaint, encoded, events
from rhythmconf.yaml12.values import build

__all__ = ["CODES", "Limits", "Positions", "YamlError", "load_all", "locate_all", "quiet_collector"]

Built = TypeVar("Built")
LIMITS = Limits()


def load_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Json]:
    """The value of each document of a text, None for an empty one; a name that ends in `.json` is read as JSON.

    Integral numbers are integers. What an alias repeats is shared, not copied. Raises YamlError and nothing else.
    """
    try:
        return _read(data, file, limits, lambda found: build(found, limits))
    except Flaw as flaw:
        raise _explained(flaw, data, file, limits).at(file) from None


def locate_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Positions]:
    """Where everything stands in each document that `load_all` gives. Raises YamlError where `load_all` does."""
    load_all(data, file=file, limits=limits)
    return [Positions(file, *marks) for marks in _read(data, file, limits, locate)]


def _read(data: bytes | str, file: str, limits: Limits, make: Callable[[Iterable[Event | None]], Built]) -> Built:
    text = encoded(data)
    try:
        return make(events(text, file, limits))
    except YAMLError as error:
        raise complaint(error, text) from None


def _explained(flaw: Flaw, data: bytes | str, file: str, limits: Limits) -> Flaw:
    """A second look finds the other place of a name that is there twice."""
    if flaw.code != "RC102":
        return flaw
    try:
        _read(data, file, limits, locate)
    except Flaw as better:
        return better
    return flaw
