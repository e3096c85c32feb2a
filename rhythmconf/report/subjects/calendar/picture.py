"""Draw the runs of a step and their windows over time, as SVG for a page that has the styles.

Widths and horizontal places are percentages, so a picture fits every screen and its letters keep their size. Every
colour has a second sign: a gap has a cross, a repeat is higher and has its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from rhythmconf.report.dates import full_date, month, short_date, span
from rhythmconf.report.terminal import safe

GUTTER = 15.0
"""Percent of the width that the names of the runs take."""
_TOP, _ROW, _BAR, _LEVEL = 22, 22, 12, 12
"""Pixels: the months above, a row, a bar, and the height of a date that one run holds."""
_LEVELS = 5
"""A date that more runs hold is drawn as high as one that so many hold."""
_MONTHS = 9
"""Months that are named on a wide screen; on a narrow one every third of these."""

_LINES = 60
"""Months that all have a line; in a longer picture only those that are named."""


class Bar(NamedTuple):
    """A run and the expiry dates of its window, the first and the last."""

    run: date
    start: date
    end: date


class Picture(NamedTuple):
    """What is drawn: runs with their windows, and for each date from `first` on how many runs hold it.

    `counts` is empty where that is not known. `id` is unique on the page.
    """

    id: str
    title: str
    description: str
    bars: Sequence[Bar]
    first: date
    last: date
    counts: Sequence[int]
    repeats: bool = True
    """Whether a date in several runs is worth a colour: a second reminder is, a second attempt to drop is not."""


def bounds(bars: Sequence[Bar]) -> tuple[date, date]:
    """Return the first and the last date that a picture of these runs shows, with some room at both ends."""
    first = min(min(bar.run, bar.start, bar.end) for bar in bars)
    last = max(max(bar.run, bar.start, bar.end) for bar in bars)
    room = timedelta(days=max(2, (last - first).days // 40))
    return first - room, last + room


def draw(picture: Picture) -> str:
    """Return the SVG element of a picture."""
    rows = _TOP + len(picture.bars) * _ROW
    levels = min(max(picture.counts, default=0), _LEVELS) or 1
    base = rows + 8 + levels * _LEVEL
    height = base + 16 if picture.counts else rows + 6
    scale = _Scale(picture.first, picture.last)
    return "\n".join(
        [
            f'<svg class="calendar" role="img" aria-labelledby="{picture.id}-title" '
            f'aria-describedby="{picture.id}-desc" width="100%" height="{height}">',
            f'<title id="{picture.id}-title">{_escape(picture.title)}</title>',
            f'<desc id="{picture.id}-desc">{_escape(picture.description)}</desc>',
            *_months(scale, height),
            *_gap_stripes(picture, scale, rows),
            *(part for index, bar in enumerate(picture.bars) for part in _row(bar, scale, _TOP + index * _ROW)),
            *(_held(picture, scale, base) if picture.counts else ()),
            "</svg>",
        ]
    )


class _Scale(NamedTuple):
    """Places dates on the width of the picture, in percent."""

    first: date
    last: date

    def left(self, day: date) -> float:
        """Return where a date begins."""
        width = 99.5 - GUTTER
        return GUTTER + width * (day - self.first).days / ((self.last - self.first).days + 1)

    def middle(self, day: date) -> float:
        """Return the middle of a date."""
        return (self.left(day) + self.left(day + timedelta(days=1))) / 2

    def width(self, start: date, end: date) -> float:
        """Return how wide a range is, both ends included."""
        return self.left(end + timedelta(days=1)) - self.left(start)


def _months(scale: _Scale, height: int) -> Iterator[str]:
    """Yield a line at the beginning of each month, and the names of some."""
    firsts = [day for day in _days(scale.first, scale.last) if day.day == 1]
    every = -(-len(firsts) // _MONTHS)
    named = firsts[::every] if every else []
    # The name of a month must not leave the picture at the right.
    named = [day for day in named if scale.left(day) < 95]
    # The month in which the picture begins is named where the next name leaves it room.
    if not named or scale.left(named[0]) > GUTTER + 9:
        named.insert(0, scale.first)
    for index, day in enumerate(named):
        year = f" {day.year}" if not index or day.year != named[index - 1].year else ""
        narrow = "" if index % 3 == 0 and scale.left(day) < 82 else " wide"
        yield f'<text class="month{narrow}" x="{scale.left(day):.2f}%" dx="3" y="12">{month(day)}{year}</text>'
    for day in firsts if len(firsts) <= _LINES else named:
        place = f"{scale.left(day):.2f}%"
        yield f'<line class="month" x1="{place}" x2="{place}" y1="{2 if day in named else _TOP - 6}" y2="{height}"/>'


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _gap_stripes(picture: Picture, scale: _Scale, bottom: int) -> Iterator[str]:
    """Yield a stripe behind the bars for each range of dates that no run holds."""
    for start, end, count in _ranges(picture):
        if not count:
            left, width = scale.left(start), scale.width(start, end)
            yield f'<rect class="gap-stripe" x="{left:.2f}%" width="{width:.2f}%" y="{_TOP}" height="{bottom - _TOP}"/>'


def _row(bar: Bar, scale: _Scale, y: int) -> Iterator[str]:
    """Yield the name of a run, a dot on its date, and the bar of its window with a line between the two."""
    middle = y + _ROW // 2
    year = f'<tspan class="wide"> {bar.run.year}</tspan>'
    yield f'<text class="run" x="0" y="{middle + 4}">{short_date(bar.run)}{year}</text>'
    inverted = bar.end < bar.start
    start, end = sorted((bar.start, bar.end))
    near = scale.left(start) if start > bar.run else scale.left(end + timedelta(days=1))
    dot = scale.middle(bar.run)
    if not start <= bar.run <= end:
        yield f'<line class="link" x1="{dot:.2f}%" x2="{near:.2f}%" y1="{middle}" y2="{middle}"/>'
    style = "bar inverted" if inverted else "bar"
    what = "ends before it begins" if inverted else span(bar.start, bar.end)
    yield (
        f'<rect class="{style}" x="{scale.left(start):.2f}%" width="{scale.width(start, end):.2f}%" '
        f'y="{middle - _BAR // 2}" height="{_BAR}" rx="2"><title>{full_date(bar.run)}: {what}</title></rect>'
    )
    if inverted:
        yield f'<text class="cross" x="{scale.middle(start):.2f}%" y="{middle + 5}">×</text>'
    yield f'<circle class="dot" cx="{dot:.2f}%" cy="{middle}" r="4"/>'


def _held(picture: Picture, scale: _Scale, base: int) -> Iterator[str]:
    """Yield how many runs hold each date: a block as high as there are runs, a cross where there is none."""
    yield f'<text class="run" x="0" y="{base}">held by</text>'
    crossed = 0.0
    for start, end, count in _ranges(picture):
        left, width = scale.left(start), scale.width(start, end)
        level = min(max(count, 1), _LEVELS) * _LEVEL
        style = "never" if not count else "more" if count > 1 and picture.repeats else "once"
        yield f'<rect class="{style}" x="{left:.2f}%" width="{width:.2f}%" y="{base - level}" height="{level}"/>'
        middle = f"{left + width / 2:.2f}%"
        # A number needs some ten pixels, which are few percent of a wide screen and many of a narrow one.
        if count and width > 1.4:
            narrow = "" if width > 5 else " wide"
            yield f'<text class="count{narrow}" x="{middle}" y="{base - level + 10}">{count}</text>'
        # Crosses that would touch say no more than one.
        elif not count and left - crossed > 1.2:
            yield f'<text class="cross" x="{middle}" y="{base + 13}">×</text>'
            crossed = left
    yield f'<line class="base" x1="{GUTTER}%" x2="99.5%" y1="{base}" y2="{base}"/>'


def _ranges(picture: Picture) -> Iterator[tuple[date, date, int]]:
    """Yield the ranges of dates that the same number of runs holds."""
    days = zip(_days(picture.first, picture.last), picture.counts, strict=False)
    for count, group in groupby(days, key=lambda one: one[1]):
        same = [day for day, _ in group]
        yield same[0], same[-1], count


def _escape(text: str) -> str:
    """Return a text for the content of an element, in which nothing is invisible."""
    return quoteattr(safe(text))[1:-1]
