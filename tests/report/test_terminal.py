"""Text reports in a terminal emulator: no text of a tenant changes the screen, the title or the clipboard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

import pyte
import pytest
from hypothesis import given

from rhythmconf.model import Diagnostic, Plan
from rhythmconf.report import text_diagnostics
from rhythmconf.report.formats import text
from rhythmconf.report.graph import text as graph_text
from rhythmconf.report.terminal import Line, render, safe
from tests.support import reports
from tests.support.payloads import NUMBERS, PAYLOADS


class Recorder:
    """Replace a screen and record the operations."""

    def __init__(self) -> None:
        self.operations: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **more: self.operations.add(name)


def operations(report: str) -> set[str]:
    """Return the operations that a report makes a terminal perform."""
    recorder = Recorder()
    stream = pyte.Stream(recorder)  # type: ignore[arg-type]
    stream.feed(report.replace("\n", "\r\n"))
    return recorder.operations


def write_all(plan: Plan, diagnostics: list[Diagnostic]) -> Iterable[Line]:
    """Yield every text report of a plan and of `validate`."""
    yield from text.plan(plan)
    yield from text.plan_in_full(plan)
    yield from text.summary(plan)
    yield from text_diagnostics.validation(3, diagnostics, {diagnostics[0]: plan.tool})
    yield from graph_text(reports.hostile_graph(plan.tool))


HARMLESS = {"draw", "linefeed", "carriage_return", "select_graphic_rendition"}


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_a_terminal_only_draws_and_colours(payload: str) -> None:
    assert operations(render(write_all(*reports.plan_with_text(payload)), color=True)) <= HARMLESS


@reports.FEW
@given(reports.hostile_plans())
def test_a_terminal_only_draws_and_colours_generated_texts(case: tuple[Plan, list[Diagnostic]]) -> None:
    coloured = render(write_all(*case), color=True)
    assert operations(coloured) <= HARMLESS
    plain = render(write_all(*case), color=False)
    assert [line.rstrip(" ") for line in re.sub(r"\x1b\[[\d;]*m", "", coloured).split("\n")] == plain.split("\n")
    assert not {unicodedata.category(char) for char in plain.replace("\n", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@reports.FEW
@given(reports.hostile_plans())
def test_no_text_is_a_command_in_the_log_of_a_build_server(case: tuple[Plan, list[Diagnostic]]) -> None:
    assert not re.search(r"(?m)^\s*::|##\[", render(write_all(*case), color=False))


def test_a_screen_shows_the_report_and_keeps_its_title() -> None:
    report = render(text.plan(reports.association_plan()), color=True)
    terminal = pyte.Screen(300, 100)
    terminal.set_title("mine")
    pyte.Stream(terminal).feed(report.replace("\n", "\r\n"))
    plain = re.sub(r"\x1b\[[\d;]*m", "", report).splitlines()
    assert [line.rstrip() for line in terminal.display[: len(plain)]] == plain
    assert terminal.title == "mine"


def test_control_and_invisible_characters_become_visible() -> None:
    assert safe("a\x1b[2J\u202eb\u200b\ud800\U000e0041") == "a\\u001b[2J\\u202eb\\u200b\\ud800\\U000e0041"
    assert safe("a\nb\tc\rd") == "a\\nb\\tc\\rd"
    assert safe("a\nb\tc\rd", keep="\n\t") == "a\nb\tc\\rd"
    assert safe("::error::x") == "\\u003a:error::x"
    assert safe("std::vector ###") == "std::vector ###"
