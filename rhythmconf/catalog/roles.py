"""Find the parts of a kind that decide what runs do: the steps of a template, and the text of a schedule."""

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog.field import Field, ScheduleRole, StepRole
from rhythmconf.model import Json


class RestrictionPlace(NamedTuple):
    """Where an object has a restriction: a list of references (`list`) to `kinds`, and its switch.

    The restriction is on while the switch has one of `values`.
    """

    list: str
    switch: str
    values: tuple[Json, ...]
    kinds: tuple[str, ...]


class StepPlace(NamedTuple):
    """Where a template has a step, or the list of its steps.

    `option` is a member of the record. `list` is the keyed list in it whose items are the steps; empty where the option
    itself is the step. `name` is the member that people name an item of the list by, `choices` are the members that
    identify one. `start` and `end` name the bounds of the window; empty for a step without a window. `programs` is what
    says whom the step takes; None for a step without such a restriction. `field` is the Field of the option. `switch`
    is the member that must be true for the option to be a step; empty where its `x-when` says something else.
    """

    option: str
    list: str
    start: str
    end: str
    role: StepRole
    field: Field
    name: str = ""
    choices: tuple[tuple[str, ...], ...] = ()
    programs: RestrictionPlace | None = None
    switch: str = ""


class SchedulePlace(NamedTuple):
    """Where a schedule has its text (`text`), the template that it runs and the lead time."""

    text: str
    role: ScheduleRole


def find_steps(root: Field) -> Iterator[StepPlace]:
    """Yield the steps of a kind, in the order of its schema: members with `x-step`."""
    for option, field in (root.fields or {}).items():
        if field.step is None:
            continue
        # Only a switch with words can say `exclude`; the others restrict by properties of what is taken.
        worded = (place for place in find_restrictions(field) if any(isinstance(value, str) for value in place.values))
        programs = next(worded, None)
        switch = next((name for name, values in (field.when or {}).items() if values == (True,)), "")
        switch = switch if field.when and len(field.when) == 1 else ""
        start, end = _bounds(field)
        keyed = [
            (name, child.map_keys, *_bounds(child.items))
            for name, child in (field.fields or {}).items()
            if child.items is not None and child.map_keys
        ]
        windows = [each for each in keyed if each[2]]
        if start or not windows:
            yield StepPlace(option, "", start, end, field.step, field, programs=programs, switch=switch)
        for name, choices, first, last in windows:
            yield StepPlace(option, name, first, last, field.step, field, choices[-1][0], choices, programs, switch)


def find_restrictions(field: Field) -> Iterator[RestrictionPlace]:
    """Yield the restrictions of an object: lists of references that a field beside them switches on."""
    for name, child in (field.fields or {}).items():
        if child.items is not None and child.items.ref and child.when and len(child.when) == 1:
            [(switch, values)] = child.when.items()
            yield RestrictionPlace(name, switch, values, child.items.ref)


def find_schedule(root: Field) -> SchedulePlace | None:
    """Return where a kind has the text of a schedule; None where it has none."""
    for name, field in (root.fields or {}).items():
        if field.schedule is not None:
            return SchedulePlace(name, field.schedule)
    return None


def find_active(root: Field) -> str:
    """Return the member that says whether a record is in use; empty where there is none."""
    return next((name for name, field in (root.fields or {}).items() if field.active), "")


def _bounds(field: Field) -> tuple[str, str]:
    """Return the names of the members of an object that are the start and the end of a window; empty without."""
    bounds = {child.window: name for name, child in (field.fields or {}).items() if child.window}
    return bounds.get("start", ""), bounds.get("end", "")
