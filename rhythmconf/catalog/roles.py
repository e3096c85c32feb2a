"""Find the parts of a kind that decide what runs do: the steps of a template, and the text of a schedule."""

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog.field import Field, ScheduleRole, StepRole


class StepPlace(NamedTuple):
    """Where a template has a step, or the list of its steps.

    `option` is a member of the record. `list` is the keyed list in it whose items are the steps; empty where the option
    itself is the step. `start` and `end` name the bounds of the window; empty for a step without a window. `field` is
    the Field of the option.
    """

    option: str
    list: str
    start: str
    end: str
    role: StepRole
    field: Field

    @property
    def name(self) -> str:
        """Return the member that people name an item of the list by; empty where the option itself is the step."""
        items = (self.field.fields or {}).get(self.list)
        return items.map_keys[-1][0] if items and items.map_keys else ""


class SchedulePlace(NamedTuple):
    """Where a schedule has its text (`text`), the template that it runs and the lead time."""

    text: str
    role: ScheduleRole


def find_steps(root: Field) -> Iterator[StepPlace]:
    """Yield the steps of a kind, in the order of its schema: members with `x-step`."""
    for option, field in (root.fields or {}).items():
        if field.step is None:
            continue
        start, end = _bounds(field)
        lists = {name: _bounds(child.items) for name, child in (field.fields or {}).items() if child.items is not None}
        keyed = {name: bounds for name, bounds in lists.items() if all(bounds)}
        if start or not keyed:
            yield StepPlace(option, "", start, end, field.step, field)
        for name, bounds in keyed.items():
            yield StepPlace(option, name, *bounds, field.step, field)


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
