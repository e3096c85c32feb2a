"""What a plan does to members, in dates.

Only plans that change a template or a schedule need this module: `datetime` takes 3 ms to load.
This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple, cast, get_args

from rhythmconf.model.json import Body, Json
from rhythmconf.model.values import Does, Key

Ranges = tuple[tuple[date, date], ...]
"""Ranges of expiration dates, sorted; both ends are included."""
EffectName = Literal[
    "unexpired",
    "gap",
    "missed",
    "repeat",
    "twice",
    "backlog",
    "overlap",
    "starts",
    "stops",
    "window",
    "runs",
    "joins",
    "unknown",
]
"""What an effect is.

`unexpired`: dates that a drop or an expiry takes though they are not past on the day of the run. `gap`: dates that no
run takes any more. `missed`: dates that fall between the old and the new windows. `repeat`: dates that more runs take
than before. `twice`: dates that an old and a new run take. `backlog`: dates that the first run takes in addition.
`overlap`: one run sends two steps to the same people. `starts`, `stops`: a step that has runs from now on, or has none
any more. `window`: another window. `runs`: a schedule with other runs. `joins`: a new program that an option takes in.
`unknown`: something that can't be told.
"""


class Effect(NamedTuple):
    """One effect of a plan on a step of a template, or on a schedule.

    `option` is the API's field, `step` the name of a reminder. `run` is the first run that shows the effect; `before`
    and `after` are the windows on that run. `dates` are the expiration dates that are concerned; they are `number` of
    the `of` that were looked at. `most` is how many runs take one of them. `other` is what else the effect is about:
    what is taken before it expires, the program that joins, the step that overlaps, the reason why something is
    unknown.
    """

    name: EffectName
    template: Key
    option: str = ""
    step: str | None = None
    does: Does | None = None
    run: date | None = None
    before: tuple[date, date] | None = None
    after: tuple[date, date] | None = None
    dates: Ranges = ()
    number: int = 0
    of: int = 0
    most: int = 0
    other: str = ""

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold."""
        return {
            "effect": self.name,
            "kind": self.template.kind,
            "key": self.template.name,
            "option": self.option,
            "step": self.step,
            "does": self.does,
            "run": self.run.isoformat() if self.run else None,
            "before": _range(self.before) if self.before else None,
            "after": _range(self.after) if self.after else None,
            "dates": [_range(dates) for dates in self.dates],
            "count": self.number,
            "of": self.of,
            "most": self.most,
            "other": self.other,
        }

    @classmethod
    def from_json(cls, value: Any) -> "Effect":
        """Return the effect that `to_json` has written. Raises ValueError, TypeError or KeyError for other values."""
        if value["effect"] not in get_args(EffectName) or value["does"] not in (None, *get_args(Does)):
            raise ValueError(f"{value['effect']!r} or {value['does']!r} is unknown")
        return cls(
            value["effect"],
            Key(_text(value["kind"]), _text(value["key"])),
            _text(value["option"]),
            None if value["step"] is None else _text(value["step"]),
            value["does"],
            None if value["run"] is None else date.fromisoformat(value["run"]),
            None if value["before"] is None else _read_range(value["before"]),
            None if value["after"] is None else _read_range(value["after"]),
            tuple(map(_read_range, value["dates"])),
            _number(value["count"]),
            _number(value["of"]),
            _number(value["most"]),
            _text(value["other"]),
        )


class Effects(NamedTuple):
    """All effects of a plan, the worst first, as of a day in the tenant's zone. `guesses` are those they rest on.

    `calendar` is the calendar of what the plan changes, in the form of `calendar --format json`. `due` has the next run
    that each changed schedule would have without the plan.
    """

    as_of: date
    zone: str
    guesses: tuple[str, ...]
    each: tuple[Effect, ...]
    calendar: Body
    due: Mapping[Key, date] = {}

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold. The calendar is a member of the plan."""
        return {
            "as_of": self.as_of.isoformat(),
            "zone": self.zone,
            "guesses": list(self.guesses),
            "each": [effect.to_json() for effect in self.each],
            # Added in 0.2.
            **({"due": {str(key): day.isoformat() for key, day in self.due.items()}} if self.due else {}),
        }

    @classmethod
    def from_json(cls, effects: Json, calendar: Json) -> "Effects":
        """Return the effects that a plan file holds, with its calendar. Raises ValueError for anything else."""
        value = cast("Any", effects)
        try:
            if not isinstance(calendar, dict):
                raise ValueError("calendar is not an object")
            return cls(
                date.fromisoformat(value["as_of"]),
                _text(value["zone"]),
                tuple(map(_text, value["guesses"])),
                tuple(map(Effect.from_json, value["each"])),
                calendar,
                {Key.parse(key): date.fromisoformat(day) for key, day in value.get("due", {}).items()},
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"its effects are not in the form of effects: {error}") from None


def _range(dates: tuple[date, date]) -> Json:
    return [dates[0].isoformat(), dates[1].isoformat()]


def _read_range(value: Any) -> tuple[date, date]:
    first, last = value
    return date.fromisoformat(first), date.fromisoformat(last)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a number")
    return value
