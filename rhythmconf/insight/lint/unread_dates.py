"""RC731: a text that is no date, where a date belongs."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Finding, Survey
from rhythmconf.model.code import Rule
from rhythmconf.model.quoting import quoted
from rhythmconf.model.written_dates import advise_date, is_date

UNREAD_DATE = Rule(
    "RC731",
    "a date that is written in another way or doesn't exist",
    what=(
        "date-unread: the value of a field for dates is not a date with the year first, such as `2027-12-31`, or it is "
        "a day that doesn't exist. A time may follow: `2027-12-31T00:00:00Z`."
    ),
    why=(
        "The documentation of the API doesn't say which other forms a tenant reads, and `01/02/2027` is another day in "
        "the USA than in Europe. rhythmconf can't tell whether such a date has passed."
    ),
    example="fixed_expiration_dates:\n  - {range_start: 01/02/2027, expiration_date: 31.12.2027}",
    fix="Write the date with the year first. If your tenant needs another form, allow the finding.",
)


def check_unread_dates(found: Survey) -> Iterator[Finding]:
    """Warn about each value of a field for dates that is none."""
    for key, path, text in (*found.dates, *found.other_dates):
        if not is_date(text):
            message = f"{found.subject.shown(key)}: the {path[-1]} {quoted(text)} can't be read as a date"
            yield Finding(UNREAD_DATE, key, path, message, advise_date(text))
