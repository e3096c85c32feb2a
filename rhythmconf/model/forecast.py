"""What runs do to people and money before and after a plan, as values that a plan file and reports hold.

Only plans with a forecast need this module: `datetime` takes 3 ms to load.
This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from datetime import date
from typing import Any, Literal, NamedTuple, cast, get_args

from rhythmconf.model.json import Body, Json
from rhythmconf.model.values import Does

Why = Literal["schedule", "window", "budget", "permission", "fields", "applications"]
"""Why a number is unknown.

`schedule`: the schedule isn't understood. `window`: the window isn't clear. `budget`: the requests were used up, or the
tenant gave no usable answer. `permission`: the tenant refuses to show certifications. `fields`: a field that is needed
is not visible. `applications`: the tenant doesn't allow searching applications.
"""
Limit = Literal["exact", "at_most", "at_least"]
"""What a number of people is. JSON calls it `bound`."""


class Pair(NamedTuple):
    """A number before the plan and after it; None where it is unknown."""

    before: int | None
    after: int | None


class Money(NamedTuple):
    """What the people of a row are expected to pay, before and after, and how many of them have no known amount."""

    before: float | None
    after: float | None
    unknown: Pair

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold."""
        return {"before": self.before, "after": self.after, "amount_unknown": dict(self.unknown._asdict())}


class Row(NamedTuple):
    """One step on one day of runs of a schedule: how many people it touches before and after the plan.

    A side on which the step doesn't run has 0 people; `off` names those that don't have the step at all. `why` says why
    a side is None. `template` and `schedule` are keys
    as documents write them; for a record without a document they are its name or its id.
    """

    day: date
    schedule: str
    template: str
    option: str
    step: str | None
    does: Does
    people: Pair
    limit: Limit = "exact"
    money: Money | None = None
    why: Why | None = None
    off: tuple[Literal["before", "after"], ...] = ()

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold."""
        return {
            "date": self.day.isoformat(),
            "schedule": self.schedule,
            "template": self.template,
            "option": self.option,
            "step": self.step,
            "does": self.does,
            **_people(self.people, self.limit, self.money),
            "why": self.why,
            **({"off": list(self.off)} if self.off else {}),
        }


class Total(NamedTuple):
    """All rows of one option together: a person in two runs counts twice. A side with an unknown row is None."""

    option: str
    does: Does
    people: Pair
    limit: Limit = "exact"
    money: Money | None = None

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold."""
        return {"option": self.option, "does": self.does, **_people(self.people, self.limit, self.money)}


class Unknown(NamedTuple):
    """Something that can't be told. `detail` says more, such as the answer of the tenant."""

    subject: str
    reason: Why
    detail: str = ""


class Prepared(NamedTuple):
    """A billing run that the tenant has prepared from a template which the plan changes, and has not run yet.

    `people` is the tenant's own number of those whom it will touch, None where that can't be read.
    """

    template: str
    run: str
    day: date
    status: str | None = None
    people: int | None = None

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold."""
        return {
            "template": self.template,
            "run": self.run,
            "date": self.day.isoformat(),
            "status": self.status,
            "people": self.people,
        }


class OtherReading(NamedTuple):
    """What runs do if a setting of the calendar has another value: the rows that are not the same then."""

    guess: str
    setting: str
    value: str
    rows: tuple[Row, ...]

    def to_json(self) -> Body:
        """Return the members that JSON reports hold."""
        return {
            "guess": self.guess,
            "setting": self.setting,
            "value": self.value,
            "rows": [row.to_json() for row in self.rows],
        }


class Requests(NamedTuple):
    """How many requests the forecast has made, and how many it was allowed."""

    made: int = 0
    budget: int = 0


class Forecast(NamedTuple):
    """People and money per run and step. `guesses` are those of the calendar and of whom runs touch, as JSON.

    `read_at` is when the members were read (ISO 8601 UTC), None where none were. Reports show no number of people below
    `small`. `prepared` are the runs that a plan doesn't reach any more, `readings` the other readings in which a run
    touches other people, None where nobody asked for them.
    """

    as_of: date
    zone: str
    days: int
    guesses: tuple[Body, ...] = ()
    requests: Requests = Requests()
    rows: tuple[Row, ...] = ()
    totals: tuple[Total, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    read_at: str | None = None
    small: int = 0
    prepared: tuple[Prepared, ...] = ()
    readings: tuple[OtherReading, ...] | None = None

    def to_json(self) -> Body:
        """Return the member `forecast` of plan files, which is also `forecast --format json`."""
        return {
            "as_of": self.as_of.isoformat(),
            "read_at": self.read_at,
            "zone": self.zone,
            "days": self.days,
            "guesses": [dict(guess) for guess in self.guesses],
            "requests": dict(self.requests._asdict()),
            "rows": [row.to_json() for row in self.rows],
            "totals": [total.to_json() for total in self.totals],
            "unknown": [dict(each._asdict()) for each in self.unknown],
            "prepared": [each.to_json() for each in self.prepared],
            **({"small": self.small} if self.small else {}),
            **({} if self.readings is None else {"readings": [each.to_json() for each in self.readings]}),
        }

    @classmethod
    def from_json(cls, forecast: Json) -> "Forecast":
        """Return the forecast that `to_json` has written. Raises ValueError for anything else."""
        value = cast("Any", forecast)
        try:
            return cls(
                date.fromisoformat(value["as_of"]),
                _text(value["zone"]),
                _number(value["days"]),
                tuple(_body(each) for each in value["guesses"]),
                Requests(_number(value["requests"]["made"]), _number(value["requests"]["budget"])),
                tuple(map(_read_row, value["rows"])),
                tuple(map(_read_total, value["totals"])),
                tuple(map(_read_unknown, value["unknown"])),
                None if value["read_at"] is None else _text(value["read_at"]),
                _number(value.get("small", 0)),
                tuple(map(_read_prepared, value["prepared"])),
                tuple(map(_read_reading, value["readings"])) if "readings" in value else None,
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"its forecast is not in the form of a forecast: {error}") from None


def _read_reading(value: Any) -> OtherReading:
    rows = tuple(map(_read_row, value["rows"]))
    return OtherReading(_text(value["guess"]), _text(value["setting"]), _text(value["value"]), rows)


def _people(people: Pair, limit: Limit, money: Money | None) -> Body:
    return {
        "before": people.before,
        "after": people.after,
        "bound": limit,
        "money": None if money is None else money.to_json(),
    }


def _read_row(value: Any) -> Row:
    return Row(
        date.fromisoformat(value["date"]),
        _text(value["schedule"]),
        _text(value["template"]),
        _text(value["option"]),
        None if value["step"] is None else _text(value["step"]),
        _word(value["does"], Does),
        _pair(value),
        _word(value["bound"], Limit),
        _money(value["money"]),
        None if value["why"] is None else _word(value["why"], Why),
        tuple(_word(side, Literal["before", "after"]) for side in value.get("off", [])),
    )


def _read_total(value: Any) -> Total:
    does, limit = _word(value["does"], Does), _word(value["bound"], Limit)
    return Total(_text(value["option"]), does, _pair(value), limit, _money(value["money"]))


def _read_unknown(value: Any) -> Unknown:
    return Unknown(_text(value["subject"]), _word(value["reason"], Why), _text(value["detail"]))


def _read_prepared(value: Any) -> Prepared:
    return Prepared(
        _text(value["template"]),
        _text(value["run"]),
        date.fromisoformat(value["date"]),
        None if value["status"] is None else _text(value["status"]),
        None if value["people"] is None else _number(value["people"]),
    )


def _pair(value: Any) -> Pair:
    return Pair(*(None if value[side] is None else _number(value[side]) for side in ("before", "after")))


def _money(value: Any) -> Money | None:
    if value is None:
        return None
    return Money(_amount(value["before"]), _amount(value["after"]), _pair(value["amount_unknown"]))


def _amount(value: Any) -> float | None:
    if value is not None and type(value) not in (int, float):
        raise TypeError(f"{value!r} is not an amount")
    return None if value is None else float(value)


def _word(value: Any, words: Any) -> Any:
    if value not in get_args(words):
        raise ValueError(f"{value!r} is unknown")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is not a number")
    return value


def _body(value: Any) -> Body:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not an object")
    return value
