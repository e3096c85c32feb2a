"""Say where a report comes from: when it was made, for which commit, and links such as to the run of a pipeline."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.model import Plan
from rhythmconf.model.moments import describe_moment


class Link(NamedTuple):
    """A link of a report. Its text may be anybody's, such as the name of an author."""

    text: str
    url: str


class Origin(NamedTuple):
    """What a pipeline knows of a report: the commit that is reviewed, empty for the checked-out one, and links.

    The checked-out commit of a pull request is a merge that only its pipeline has.
    """

    head: str = ""
    links: tuple[Link, ...] = ()


NO_ORIGIN = Origin()


def with_head(plan: Plan, origin: Origin) -> Plan:
    """Return a plan as a report shows it, with the commit that is reviewed."""
    return plan._replace(commit=origin.head) if origin.head else plan


def describe_time(plan: Plan) -> str:
    """Return when a plan was made: `made on 28 Nov 2026, 00:12 UTC`. The time of a plan file may be any text."""
    try:
        return f"made on {describe_moment(plan.created_at, plan.zone)}"
    except ValueError:
        return "made at an unknown time"
