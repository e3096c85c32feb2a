"""Schedules computed in a second way: croniter for cron lines, one day after the other for everything else."""

from __future__ import annotations

import calendar
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from croniter import croniter
from croniter.croniter import CroniterBadDateError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rhythmconf.insight.windows.schedules import occurrences, understand
from rhythmconf.insight.windows.schedules.clock import SAFE_HOURS
from rhythmconf.settings import CalendarSettings
from rhythmconf.settings.calendar import zones

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Nuuk", "UTC")
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAYS = tuple(calendar.day_name)
MONTHS = tuple(calendar.month_name)
POSITIONS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
LENGTH = 70
"""The days that are computed. With the dates below they hold a leap day, short months and changes of the clocks."""
BEGINNINGS = st.sampled_from([
    date(2027, 2, 20), date(2028, 1, 25), date(2027, 10, 1), date(2027, 12, 20), date(2032, 2, 1), date(2029, 4, 1),
])  # fmt: skip
TIMES = st.one_of(st.just(time(6)), st.just(time(2, 30)), st.just(time(2, 15)), st.times().map(
    lambda one: one.replace(second=0, microsecond=0)
))  # fmt: skip


class Plan(NamedTuple):
    """A schedule that was made up: its text, whether it runs on a day, and when on that day.

    `clipped` is the same for the setting `short: clip`.
    """

    text: str
    runs: Callable[[date], bool]
    at: time
    clipped: Callable[[date], bool] | None = None


def last_day(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def is_nth(day: date, weekday: int, position: int) -> bool:
    """Tell whether a day is the first, second ... or (-1) last of its weekday in its month."""
    if day.weekday() != weekday:
        return False
    alike = [n for n in range(1, last_day(day) + 1) if date(day.year, day.month, n).weekday() == weekday]
    return day.day == (alike[position - 1] if position > 0 else alike[-1])


def ordinal(n: int) -> str:
    return f"{n}{'th' if n in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def on_days(months: set[int], wanted: set[int]) -> tuple[Callable[[date], bool], Callable[[date], bool]]:
    """Return whether a day is one of some days of some months, as it is and clipped."""
    return (
        lambda day: day.month in months and day.day in wanted,
        lambda day: day.month in months and day.day in {min(one, last_day(day)) for one in wanted},
    )


@st.composite
def sentences(draw: st.DrawFn) -> Plan:
    """Make up schedules in words."""
    at = draw(TIMES)
    end = f" at {at:%H:%M}"
    form = draw(st.integers(0, 8))
    weekdays = sorted(draw(st.sets(st.integers(0, 6), min_size=1)))
    names = joined([DAYS[one] for one in weekdays])
    wanted = draw(st.sets(st.integers(1, 31), min_size=1, max_size=3))
    if form == 0:
        return Plan(f"every day{end}", lambda day: True, at)
    if form == 1:
        return Plan(f"every weekday{end}", lambda day: day.weekday() < 5, at)
    if form == 2:
        return Plan(f"every week on {names}{end}", lambda day: day.weekday() in weekdays, at)
    if form == 3:
        runs, clipped = on_days({*range(1, 13)}, wanted)
        return Plan(f"every month on the {', '.join(map(ordinal, wanted))}{end}", runs, at, clipped)
    if form == 4:
        return Plan(f"every month on the last day{end}", lambda day: day.day == last_day(day), at)
    if form == 5:
        name, position = draw(st.sampled_from([*POSITIONS.items()]))
        weekday = weekdays[0]
        return Plan(f"every month on the {name} {DAYS[weekday]}{end}", lambda day: is_nth(day, weekday, position), at)
    if form == 6:
        name, month = draw(st.sampled_from([("first", 1), ("second", 2), ("third", 3), ("last", 3)]))
        runs, clipped = on_days({month, month + 3, month + 6, month + 9}, {min(wanted)})
        return Plan(f"every quarter on the {ordinal(min(wanted))} of its {name} month{end}", runs, at, clipped)
    if form == 7:
        month = draw(st.integers(1, 12))
        number = draw(st.integers(1, last_day(date(2028, month, 1))))
        runs, clipped = on_days({month}, {number})
        return Plan(f"every year on {MONTHS[month]} {number}{end}", runs, at, clipped)
    count, first = draw(st.integers(1, 40)), draw(st.dates(date(2026, 1, 1), date(2032, 12, 31)))
    if draw(st.booleans()):
        return Plan(
            f"every {count} days{end} from {first}", lambda day: day >= first and (day - first).days % count == 0, at
        )
    monday = first - timedelta(days=first.weekday())
    chosen = {*weekdays, first.weekday()}
    on = f" on {joined([DAYS[one] for one in sorted(chosen)])}"
    return Plan(
        f"every {count} weeks{on} from {first}{end}",
        lambda day: day >= first and day.weekday() in chosen and (day - monday).days // 7 % count == 0,
        at,
    )


@st.composite
def rules(draw: st.DrawFn) -> Plan:
    """Make up RRULEs."""
    at = draw(TIMES)
    tail = f";BYHOUR={at.hour};BYMINUTE={at.minute}"
    weekdays = draw(st.sets(st.integers(0, 6), min_size=1))
    months = draw(st.sets(st.integers(1, 12), min_size=1))
    numbers = draw(st.sets(st.integers(-31, 31).filter(bool), min_size=1, max_size=4))
    by_month, by_number = (f"{name}={','.join(map(str, values))}" for name, values in (
        ("BYMONTH", months), ("BYMONTHDAY", numbers),
    ))  # fmt: skip
    by_day = f"BYDAY={','.join(CODES[one] for one in weekdays)}"

    def is_numbered(day: date) -> bool:
        return day.day in numbers or day.day - last_day(day) - 1 in numbers

    form = draw(st.integers(0, 5))
    if form == 0:
        return Plan(f"FREQ=WEEKLY;{by_day}{tail}", lambda day: day.weekday() in weekdays, at)
    if form == 1:
        return Plan(
            f"FREQ=YEARLY;{by_month};{by_number}{tail}", lambda day: day.month in months and is_numbered(day), at
        )
    if form == 2:
        return Plan(
            f"RRULE:FREQ=MONTHLY;{by_number};{by_day}{tail}",
            lambda day: is_numbered(day) and day.weekday() in weekdays,
            at,
        )
    if form == 3:
        weekday, position = min(weekdays), draw(st.sampled_from([1, 2, 3, 4, -1]))
        return Plan(
            f"FREQ=MONTHLY;BYDAY={position}{CODES[weekday]}{tail}", lambda day: is_nth(day, weekday, position), at
        )
    first, count = draw(st.dates(date(2026, 1, 1), date(2028, 12, 31))), draw(st.integers(1, 30))
    start = f"DTSTART:{first:%Y%m%d}T{at:%H%M}00\nRRULE:"
    if form == 4:
        return Plan(
            f"{start}FREQ=DAILY;INTERVAL={count}", lambda day: day >= first and (day - first).days % count == 0, at
        )
    return Plan(
        f"{start}FREQ=MONTHLY;INTERVAL={count}",
        lambda day: (
            day >= first
            and day.day == first.day
            and ((day.year - first.year) * 12 + day.month - first.month) % count == 0
        ),
        at,
    )


@st.composite
def aws_lines(draw: st.DrawFn) -> Plan:
    """Make up crons of AWS."""
    at = draw(TIMES)
    months = draw(st.sets(st.integers(1, 12), min_size=1))
    month = draw(st.sampled_from(["*", ",".join(map(str, months))]))
    years = draw(st.sampled_from(["*", "2028", "2027-2029", "2027/2", "2027,2032"]))
    in_years = {"*": {*range(2000, 2100)}, "2028": {2028}, "2027-2029": {2027, 2028, 2029}, "2027/2": {
        *range(2027, 2200, 2)}, "2027,2032": {2027, 2032}}[years]  # fmt: skip
    number = draw(st.integers(1, 31))
    weekday = draw(st.integers(0, 6))
    code = draw(st.sampled_from([str((weekday + 1) % 7 + 1), calendar.day_abbr[weekday]]))

    def is_nearest(day: date) -> bool:
        if number > last_day(day):
            return False
        working = [n for n in range(1, last_day(day) + 1) if date(day.year, day.month, n).weekday() < 5]
        # Of two days equally near there is none: a Saturday is nearer to Friday, a Sunday to Monday.
        return day.day == min(working, key=lambda n: abs(n - number))

    position = draw(st.integers(1, 5))
    days, runs = draw(st.sampled_from([
        (f"{number} {month} ?", lambda day: day.day == number),
        (f"L {month} ?", lambda day: day.day == last_day(day)),
        (f"{number}W {month} ?", is_nearest),
        (f"* {month} ?", lambda day: True),
        (f"1/{number} {month} ?", lambda day: (day.day - 1) % number == 0),
        (f"? {month} {code}", lambda day: day.weekday() == weekday),
        (f"? {month} {code}L", lambda day: is_nth(day, weekday, -1)),
        (f"? {month} {code}#{position}", lambda day: day.weekday() == weekday and (day.day - 1) // 7 == position - 1),
        (f"? {month} L", lambda day: day.weekday() == 5),
        (f"? {month} *", lambda day: True),
    ]))  # fmt: skip
    return Plan(
        f"cron({at.minute} {at.hour} {days} {years})",
        lambda day: day.year in in_years and (month == "*" or day.month in months) and runs(day),
        at,
    )


def test_the_second_way_knows_a_change_of_clocks() -> None:
    assert shown(datetime(2027, 3, 14, 2, 30), "America/New_York") == datetime(2027, 3, 14, 3, 30)
    assert shown(datetime(2027, 10, 3, 2, 15), "Australia/Lord_Howe") == datetime(2027, 10, 3, 2, 45)
    assert shown(datetime(2027, 11, 7, 1, 30), "America/New_York") == datetime(2027, 11, 7, 1, 30)


def shown(civil: datetime, zone: str, gap: str = "shift") -> datetime | None:
    """Return when a civil time is, found by looking at every minute around it; None if it is skipped."""
    info = zoneinfo.ZoneInfo(zone)
    around = datetime.combine(civil.date(), time.min, UTC) - timedelta(days=1)
    clocks = [(around + timedelta(minutes=n)).astimezone(info).replace(tzinfo=None, fold=0) for n in range(4 * 24 * 60)]
    if civil in clocks:
        return civil
    for before, after in pairwise(clocks):
        if before < civil < after:
            return None if gap == "skip" else civil + (after - before - timedelta(minutes=1))
    raise LookupError(civil)


def has_change(day: date, zone: str) -> bool:
    info = zoneinfo.ZoneInfo(zone)
    noon = datetime.combine(day, time(12), UTC)
    return len({(noon + timedelta(days=n)).astimezone(info).utcoffset() for n in (-2, -1, 0, 1, 2)}) > 1


def expected(plan: Plan, first: date, zone: str, reading: dict[str, str]) -> list[datetime]:
    """Return the runs of a plan, day by day."""
    runs = plan.clipped if reading["short"] == "clip" and plan.clipped else plan.runs
    told_in = "UTC" if reading["clock"] == "utc" else zone
    found = []
    for n in range(-2, LENGTH + 2):
        day = first + timedelta(days=n)
        if runs(day):
            civil = datetime.combine(day, plan.at)
            moment = shown(civil, told_in, reading["gap"]) if has_change(day, told_in) else civil
            if moment is not None and told_in != zone:
                info = zoneinfo.ZoneInfo(zone)
                moment = moment.replace(tzinfo=UTC).astimezone(info).replace(tzinfo=None, fold=0)
            if moment is not None and first <= moment.date() < first + timedelta(days=LENGTH):
                found.append(moment)
    return sorted(found)


def computed(text: str, first: date, zone: str, reading: dict[str, str]) -> list[datetime]:
    recurrence = understand(text)
    assert recurrence is not None, text
    calendar_settings = CalendarSettings(zone=zone, **reading)  # type: ignore[arg-type]
    found = occurrences(recurrence, first, first + timedelta(days=LENGTH - 1), calendar_settings)
    return [datetime.combine(one.date, one.time) for one in found]


READINGS = st.fixed_dictionaries({
    "clock": st.sampled_from(["local", "local", "utc"]),
    "short": st.sampled_from(["skip", "clip"]),
    "gap": st.sampled_from(["shift", "skip"]),
})  # fmt: skip


def test_each_day_alone_agrees(full: bool) -> None:
    @settings(max_examples=10_000 if full else 200)
    @given(st.one_of(sentences(), rules(), aws_lines()), BEGINNINGS, st.sampled_from(ZONES), READINGS)
    def check(plan: Plan, first: date, zone: str, reading: dict[str, str]) -> None:
        assert computed(plan.text, first, zone, reading) == expected(plan, first, zone, reading), plan.text

    check()


def field(low: int, high: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Make up the fields of cron lines: numbers, names, ranges, steps and lists of them."""
    values = st.integers(low, high).map(str)
    values = st.one_of(values, st.sampled_from(names)) if names else values
    ranges = st.tuples(st.integers(low, high), st.integers(low, high)).filter(lambda two: two[0] < two[1])
    spans = ranges.map(lambda two: f"{two[0]}-{two[1]}")
    steps = st.tuples(st.one_of(spans, st.just("*")), st.integers(2, 9)).map(lambda two: f"{two[0]}/{two[1]}")
    return st.one_of(st.just("*"), st.lists(st.one_of(values, spans, steps), min_size=1, max_size=3).map(",".join))


CRON_LINES = st.tuples(
    st.integers(0, 59).map(str),
    st.one_of(st.integers(0, 23).map(str), st.lists(st.integers(0, 23), min_size=2, max_size=3).map(
        lambda hours: ",".join(map(str, hours)))),
    field(1, 31),
    field(1, 12, tuple(name.lower() for name in calendar.month_abbr[1:])),
    field(0, 7, tuple(calendar.day_abbr)),
).map(" ".join)  # fmt: skip


def test_croniter_agrees(full: bool) -> None:
    @settings(max_examples=10_000 if full else 200)
    @given(CRON_LINES, BEGINNINGS)
    def check(line: str, first: date) -> None:
        midnight = datetime.combine(first, time.min)
        found = []
        try:
            times = croniter(line, midnight - timedelta(minutes=1), ret_type=datetime)
            # croniter takes a list of all days, such as `0-6`, as unset; here only `*` is.
            assume(all(times.expanded[n] != ["*"] or line.split()[n] == "*" for n in (2, 4)))
            while (one := next(times)) < midnight + timedelta(days=LENGTH):
                found.append(one)
        except CroniterBadDateError:  # a day that none of the months has
            assert understand(line) is None
            return
        reading = {"clock": "local", "short": "skip", "gap": "shift"}
        assert computed(line, first, "UTC", reading) == found, line

    check()


def test_no_zone_skips_an_hour_of_the_day() -> None:
    """Times from 04:00 to 22:00 are taken without a look at the zone: no zone skips one of them, for 20 years."""
    gaps = {gap for name in zones() for gap in find_gaps(zoneinfo.ZoneInfo(name))}
    assert "02:30" in gaps
    assert {gap for gap in gaps if int(gap[:2]) in SAFE_HOURS} == set()


def find_gaps(info: zoneinfo.ZoneInfo) -> set[str]:
    """Return the half hours that a zone skips from 2020 to 2040."""
    week = timedelta(days=7)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    skipped = set()
    for n in range(20 * 52):
        low, high = start + n * week, start + (n + 1) * week
        before, after = low.astimezone(info).utcoffset(), high.astimezone(info).utcoffset()
        if before == after:
            continue
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if middle.astimezone(info).utcoffset() == before else (low, middle)
        assert before is not None
        assert after is not None
        civil = (high + before).replace(tzinfo=None, second=0, microsecond=0)
        while civil < (high + after).replace(tzinfo=None) - timedelta(minutes=1):
            skipped.add(f"{civil:%H:%M}")
            civil += timedelta(minutes=30)
    return skipped
