"""The option `--fail-on` of `forecast`: what about a plan lets the command exit with 3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from rhythmconf.errors import Refused, UsageError

if TYPE_CHECKING:
    from rhythmconf.model import Plan
    from rhythmconf.model.forecast import Forecast

_DROPS = re.compile(r"drops>(\d{1,9})")
_EFFECTS = {"gap": ("gap", "missed"), "repeat": ("repeat", "twice")}


class Threshold(NamedTuple):
    """Something to fail on. `most` is the number of people that may be dropped."""

    name: str
    most: int = 0


def parse_thresholds(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[Threshold, ...]:
    """Read a list such as `gap,repeat,drops>100`. Raises UsageError for anything else."""
    return tuple(_parse(word.strip()) for word in value.split(",")) if value is not None else ()


def _parse(word: str) -> Threshold:
    if word in _EFFECTS:
        return Threshold(word)
    if match := _DROPS.fullmatch(word):
        return Threshold("drops", int(match[1]))
    raise UsageError(
        f"--fail-on: {word!r} is nothing to fail on", help="write gap, repeat or 'drops>N', such as drops>100"
    )


def check_thresholds(thresholds: tuple[Threshold, ...], plan: Plan, forecast: Forecast) -> None:
    """Raise Refused if one is met. A number of drops that isn't known is not below a threshold."""
    met = [reason for threshold in thresholds for reason in _find_met(threshold, plan, forecast)]
    if met:
        raise Refused(
            f"--fail-on: {'; '.join(met)}", help="look at the report; if this is meant, leave it out of --fail-on"
        )


def _find_met(threshold: Threshold, plan: Plan, forecast: Forecast) -> Iterator[str]:
    if threshold.name != "drops":
        names = {effect.name for effect in plan.effects.each} if plan.effects else set()
        if not names.isdisjoint(_EFFECTS[threshold.name]):
            yield f"the plan makes a {threshold.name}"
        return
    for total in forecast.totals:
        if total.does == "drop":
            number = total.people.after
            if number is None:
                yield "how many people are dropped is unknown"
            elif number > threshold.most or total.limit == "at_least":
                limit = total.limit.replace("_", " ") + " " if total.limit != "exact" else ""
                yield f"{limit}{number:,} people are dropped, more than {threshold.most:,}"
