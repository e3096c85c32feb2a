"""A terminal shows how far a long step is; without one, it is said to be under way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO

import pyte
import pytest

from rhythmconf.cli import streams
from rhythmconf.cli.console import tell
from rhythmconf.cli.progress import draw
from rhythmconf.errors import RhythmconfError
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


class Terminal(StringIO):
    """A terminal of 60 columns: what a person sees after each write, without the empty rows."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = pyte.Screen(60, 10)
        self.seen: list[list[str]] = []
        self.stream = pyte.Stream(self.screen)

    def write(self, text: str) -> int:
        self.stream.feed(text.replace("\n", "\r\n"))
        self.seen.append([row.rstrip() for row in self.screen.display if row.strip()])
        return len(text)


def draw_steps(flow: Flow[str], each: float, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return what a terminal shows after each write, while a flow runs that has an event every `each` seconds."""
    terminal, clock = Terminal(), seconds(each)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    with suppress(RhythmconfError):
        assert draw(flow, lambda notice: streams.write_err(f"{notice.message}\n"), lambda: next(clock)) == "done"
    return terminal.seen


def test_a_terminal_shows_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = draw_steps(steps(30), 4.0, monkeypatch)
    assert ["applying [" + 15 * "=" + 15 * " " + "] 15/30, 0:56 left"] in seen
    assert ["applying [" + 30 * "=" + "] 30/30"] in seen
    assert max(map(len, seen)) == 1
    assert seen[-1] == ["a hint"]


def test_a_terminal_shows_a_count_where_no_total_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ["applying: 7"] in draw_steps(steps(0), 1.0, monkeypatch)


def test_a_terminal_is_drawn_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [rows for rows in draw_steps(steps(30), 0.01, monkeypatch) if rows and rows != ["a hint"]]
    assert len(lines) == 3


def test_a_line_is_cut_to_the_terminal_and_removed_before_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing() -> Flow[str]:
        yield Progress("a long name of a stage " * 4, 1, 2)
        raise RhythmconfError("no")

    assert draw_steps(failing(), 1.0, monkeypatch) == [[("a long name of a stage " * 4)[:59]], []]
