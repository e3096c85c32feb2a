"""Without a terminal, a long step is said to be under way."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.cli.console import tell
from rhythmconf.flows.values import Flow
from rhythmconf.model import Notice, Progress


def steps(total: int) -> Flow[str]:
    for done in range(1, 31):
        yield Progress("applying", done, total)
    yield Notice("a hint")
    return "done"


def seconds(each: float) -> Iterator[float]:
    """Yield the times of a clock that is asked again and again."""
    time = 100.0
    while True:
        yield time
        time += each


def run(each: float, total: int) -> tuple[str, list[str], list[Notice]]:
    notices: list[Notice] = []
    lines: list[str] = []
    clock = seconds(each)
    value = tell(
        steps(total), notices.append, lambda line: lines.append("".join(text for _, text in line)), lambda: next(clock)
    )
    return value, lines, notices


def test_a_long_step_is_told_every_ten_seconds() -> None:
    value, lines, notices = run(1.0, 30)
    assert (value, [notice.message for notice in notices]) == ("done", ["a hint"])
    assert lines[0].startswith("applying: ")
    assert all(" of 30 after " in line for line in lines)
    assert len(lines) == 3
    times = [int(line.split()[-2]) for line in lines]
    assert all(later - earlier >= 10 for earlier, later in zip([0, *times], times, strict=False))


def test_a_total_that_is_not_known_is_left_out() -> None:
    assert " of " not in run(6.0, 0)[1][0]


def test_a_short_step_is_not_told() -> None:
    assert run(0.1, 30) == ("done", [], [Notice("a hint")])
