"""The next runs of the templates that a plan changes: an environment may be frozen some hours before each of them.

This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from datetime import datetime
from typing import Any, NamedTuple

from rhythmconf.model.json import Body, Json
from rhythmconf.model.moments import parse_moment, write_moment
from rhythmconf.model.values import Key


class NextRun(NamedTuple):
    """A run of a template, by a schedule as it was before the plan or as it is after it. `at` is in UTC."""

    at: datetime
    template: Key
    schedule: Key


class NextRuns(NamedTuple):
    """All runs from the time of a plan to `until` (UTC), in their order.

    `unknown` are the schedules whose text isn't understood: nobody can say when they run. A key without a name stands
    for all schedules of a kind that could not be read.
    """

    until: datetime
    runs: tuple[NextRun, ...] = ()
    unknown: tuple[Key, ...] = ()

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold."""
        return {
            "until": write_moment(self.until),
            "runs": [
                {"at": write_moment(run.at), "template": str(run.template), "schedule": str(run.schedule)}
                for run in self.runs
            ],
            "not_understood": [str(key) for key in self.unknown],
        }

    @classmethod
    def from_json(cls, value: Json) -> "NextRuns":
        """Return the runs that `to_json` has written. Raises ValueError or KeyError for anything else."""
        try:
            return cls._read(value)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"next_runs can't be read: {error}") from None

    @classmethod
    def _read(cls, value: Any) -> "NextRuns":
        return cls(
            parse_moment(value["until"]),
            tuple(
                NextRun(parse_moment(run["at"]), Key.parse(run["template"]), Key.parse(run["schedule"]))
                for run in value["runs"]
            ),
            tuple(map(Key.parse, value["not_understood"])),
        )
