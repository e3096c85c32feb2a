"""What a forecast is made from: the people that were read, and the steps of a configuration with their filters.

This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from rhythmconf.insight.windows import Setup
from rhythmconf.model import Key
from rhythmconf.model.forecast import Why

Property = Literal[
    "id", "program", "status", "expires", "reason", "provider", "do_not_drop", "amount", "type", "billing"
]
"""What a filter or a sum can ask about a person."""


class Member(NamedTuple):
    """A certification or an application, without anything that names a person.

    `expires` is an ordinal (`date.toordinal`); None without a date. `undated` marks a date that can't be read. `amount`
    is what a renewal is expected to cost; None where nobody knows. `type` and `billing` are those of applications.
    """

    id: str
    program: str | None = None
    status: str | None = None
    expires: int | None = None
    undated: bool = False
    reason: str | None = None
    provider: str | None = None
    do_not_drop: bool = False
    amount: float | None = None
    type: str | None = None
    billing: str | None = None


class People(NamedTuple):
    """All records of one sort that the windows can hold. `hidden` are the properties that no record shows.

    `why` says why nothing is known of them, with more in `detail`; then there are no members.
    """

    members: tuple[Member, ...] = ()
    hidden: frozenset[Property] = frozenset()
    why: Why | None = None
    detail: str = ""


class Filter(NamedTuple):
    """A restriction of a step to the people whose property is one of `values`; with `excludes`, to all others."""

    property: Property
    values: frozenset[str]
    excludes: bool = False


Filters = tuple[Filter, ...]


class Side(NamedTuple):
    """One configuration: its steps and schedules, and the filters of each step by template and option.

    A template in `unseen` has switched-on options whose shape is not known.
    """

    setup: Setup
    filters: Mapping[tuple[Key, str], Filters]
    unseen: tuple[Key, ...] = ()
