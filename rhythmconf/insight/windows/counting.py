"""Count in how many windows each day lies. Days are ordinals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate

from rhythmconf.insight.windows.bounds import Spans, day
from rhythmconf.insight.windows.values import Coverage, Ranges

_MARKED = re.compile(b"\x01+")


@lru_cache(maxsize=1024)
def count_days(spans: Spans, first: int, last: int) -> tuple[int, ...]:
    """Return for each day from `first` to `last` in how many windows it lies."""
    size = last - first + 1
    steps = [0] * (size + 1)
    for start, end in zip(*spans, strict=True):
        if start <= end and start <= last and end >= first:
            steps[max(start - first, 0)] += 1
            steps[min(end - first, size - 1) + 1] -= 1
    return tuple(accumulate(steps[:-1]))


@lru_cache(maxsize=4096)
def cover(spans: Spans, first: int, last: int) -> Coverage:
    """Return how many days from `first` to `last` lie in no window, in one and in more."""
    counts = count_days(spans, first, last)
    never, once = counts.count(0), counts.count(1)
    never_on = find_ranges([count == 0 for count in counts], first) if never else ()
    return Coverage(never, once, len(counts) - never - once, max(counts, default=0), never_on)


def find_ranges(marked: Iterable[bool], first: int) -> Ranges:
    """Return the ranges of the days that are marked; the first mark is that of the day `first`."""
    found = _MARKED.finditer(bytes(marked))
    return tuple((day(first + match.start()), day(first + match.end() - 1)) for match in found)


def join(spans: Sequence[Spans]) -> Spans:
    """Return the windows of several schedules as one."""
    if len(spans) == 1:
        return spans[0]  # the usual case: one schedule
    return tuple(start for starts, _ in spans for start in starts), tuple(end for _, ends in spans for end in ends)
