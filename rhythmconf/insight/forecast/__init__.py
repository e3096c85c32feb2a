"""Compute what runs do to people and money, before and after a change.

Pure functions over values: `read_side` reads a configuration, `read_people` the records of people, and `make_forecast`
counts. Nothing is read from a disk, a network or a clock.
"""

from __future__ import annotations

from rhythmconf.insight.forecast.asking import Question, join_questions, make_question
from rhythmconf.insight.forecast.comparing import Change, Sampled, make_forecast, sample
from rhythmconf.insight.forecast.filters import read_side
from rhythmconf.insight.forecast.other_readings import list_deviations, read_otherwise
from rhythmconf.insight.forecast.people import APPLICATION, CERTIFICATION, read_date, read_people
from rhythmconf.insight.forecast.values import Filter, Member, People, Property, Side

__all__ = [
    "APPLICATION",
    "CERTIFICATION",
    "Change",
    "Filter",
    "Member",
    "People",
    "Property",
    "Question",
    "Sampled",
    "Side",
    "join_questions",
    "list_deviations",
    "make_forecast",
    "make_question",
    "read_date",
    "read_otherwise",
    "read_people",
    "read_side",
    "sample",
]
