"""Text under a terminal emulator: whatever the tenant returns, screen, title and clipboard are left alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

import pyte
import pytest
from hypothesis import given

from rhythmconf.model import Diagnostic, Plan
from rhythmconf.report.formats import text
from rhythmconf.report.graph import text as graph_text
from rhythmconf.report.terminal import Line, render, safe
from tests.support import reports
from tests.support.payloads import NUMBERS, PAYLOADS


class Witness:
    """In place of a screen: notes what it is told to do."""

    def __init__(self) -> None:
        self.told: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **more: self.told.add(name)


def told(report: str) -> set[str]:
    """What a terminal is told to do by a report."""
    witness = Witness()
    stream = pyte.Stream(witness)  # type: ignore[arg-type]
    stream.feed(report.replace("\n", "\r\n"))
    return witness.told


def written(plan: Plan, found: list[Diagnostic]) -> Iterable[Line]:
    """Every text report of a plan and a verdict."""
    yield from text.plan(plan)
    yield from text.plan_in_full(plan)
    yield from text.summary(plan)
    yield from text.findings(3, found, {found[0]: plan.tool})
    yield from graph_text(reports.hostile_graph(plan.tool))


HARMLESS = {"draw", "linefeed", "carriage_return", "select_graphic_rendition"}


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_a_terminal_only_draws_and_colours(payload: str) -> None:
    assert told(render(written(*reports.poisoned(payload)), color=True)) <= HARMLESS


@reports.FEW
@given(reports.hostile())
def test_whatever_is_generated(case: tuple[Plan, list[Diagnostic]]) -> None:
    coloured = render(written(*case), color=True)
    assert told(coloured) <= HARMLESS
    plain = render(written(*case), color=False)
    assert [line.rstrip(" ") for line in re.sub(r"\x1b\[[\d;]*m", "", coloured).split("\n")] == plain.split("\n")
    assert not {unicodedata.category(char) for char in plain.replace("\n", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@reports.FEW
@given(reports.hostile())
def test_the_log_of_a_build_server_obeys_none_of_it(case: tuple[Plan, list[Diagnostic]]) -> None:
    assert not re.search(r"(?m)^\s*::|##\[", render(written(*case), color=False))


def test_a_screen_shows_the_report_and_keeps_its_title() -> None:
    report = render(text.plan(reports.association()), color=True)
    screen = pyte.Screen(300, 100)
    screen.set_title("mine")
    pyte.Stream(screen).feed(report.replace("\n", "\r\n"))
    plain = re.sub(r"\x1b\[[\d;]*m", "", report).splitlines()
    assert [line.rstrip() for line in screen.display[: len(plain)]] == plain
    assert screen.title == "mine"


def test_what_steers_or_hides_becomes_visible() -> None:
    assert safe("a\x1b[2J\u202eb\u200b\ud800\U000e0041") == "a\\u001b[2J\\u202eb\\u200b\\ud800\\U000e0041"
    assert safe("a\nb\tc\rd") == "a\\nb\\tc\\rd"
    assert safe("a\nb\tc\rd", keep="\n\t") == "a\nb\tc\\rd"
    assert safe("::error::x") == "\\u003a:error::x"
    assert safe("std::vector ###") == "std::vector ###"
