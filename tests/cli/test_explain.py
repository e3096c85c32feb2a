"""`explain` knows every number that a plan or a calendar prints, from the table that defines it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rhythmconf.cli import guess_reference
from rhythmconf.insight.windows.readings import state_guesses
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.process import EXAMPLES, ROOT, run_in_process, run_ok

STATED = state_guesses(CalendarSettings())
PAGE = (ROOT / "docs/calendar.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("guess", STATED, ids=lambda guess: f"{guess.id}-{guess.setting}")
def test_every_guess_that_is_stated_is_explained(tmp_path: Path, guess: object) -> None:
    number, setting, value, words = guess[:4]  # type: ignore[index]
    for spelled in (number, number.lower()):
        shown = run_ok(tmp_path, "explain", spelled).stdout
        assert shown.startswith(f"{number}: a guess about dates\n")
        assert f"`{setting}`" in shown
        assert value in shown
        assert setting == "zone" or f"{setting}: {value} (the default): {words}" in shown
        assert "`calendar:` in rhythmconf.yaml" in shown
    every = run_ok(tmp_path, "explain", number, "--format", "json").json()
    assert every["guess"] == number
    assert f"calendar.{setting}" in [one["setting"] for one in every["questions"]]


def test_what_a_calendar_prints_is_explained(tmp_path: Path) -> None:
    text = run_ok(EXAMPLES / "association", "calendar", "--env", "production").stdout
    numbers = set(re.findall(r"\bG\d\b", text))
    assert len(numbers) > 4
    for number in numbers:
        assert run_in_process(tmp_path, "explain", number).code == 0


def test_the_list_has_the_guesses_too(tmp_path: Path) -> None:
    assert "\nG3: Does the last date of a window count?\n" in run_ok(tmp_path, "explain").stdout
    assert "G8" in run_ok(tmp_path, "explain", "--format", "json").json()


def test_the_page_asks_the_same_questions() -> None:
    for number, questions in guess_reference.guesses().items():
        for one in questions:
            setting = f" `{one.setting}`" if one.setting else ""
            assert f"| {number} |{setting} | {one.asks} |" in PAGE


def test_the_guess_without_a_setting_says_whom_runs_take(tmp_path: Path) -> None:
    assert "Active certifications are reminded" in run_ok(tmp_path, "explain", "G6").stdout
    [question] = run_ok(tmp_path, "explain", "G6", "--format", "json").json()["questions"]
    assert question["setting"] is None


@pytest.mark.parametrize("text", ["G0", "G9", "G33", "R210", "RC21O"])
def test_a_number_that_is_no_code_and_no_guess_is_refused(tmp_path: Path, text: str) -> None:
    result = run_in_process(tmp_path, "explain", text)
    assert (result.code, f"there is no code '{text}'" in result.stderr) == (1, True)
