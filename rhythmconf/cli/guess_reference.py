"""Explain the guesses G1 to G8 about runs, which `plan`, `calendar` and `forecast` name, from what defines them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.insight.forecast.choosing import SAYS
from rhythmconf.insight.windows.readings import Answers, list_questions
from rhythmconf.model import Json

_WHO = Answers("G6", "", "Whom does a step take, apart from dates?", {}, SAYS)
"""The guess that has no setting."""


def guesses() -> dict[str, tuple[Answers, ...]]:
    """Return the questions of each guess by its number."""
    every = (*list_questions(), _WHO)
    return {
        number: tuple(one for one in every if one.guess == number) for number in sorted({one.guess for one in every})
    }


def headline(questions: Sequence[Answers]) -> str:
    """Return the questions of a guess in one line."""
    return " ".join(one.asks for one in questions)


def text(number: str, questions: Sequence[Answers]) -> str:
    """Return the explanation of a guess."""
    return "\n".join(_lines(number, questions)) + "\n"


def value(number: str, questions: Sequence[Answers]) -> Json:
    """Return the explanation of a guess for JSON."""
    return {
        "guess": number,
        "questions": [
            {
                "setting": f"calendar.{one.setting}" if one.setting else None,
                "question": one.asks,
                "values": {**one.says},
                "default": one.default,
            }
            for one in questions
        ],
    }


def _lines(number: str, questions: Sequence[Answers]) -> Iterator[str]:
    if questions[0].setting:
        yield from _setting_lines(number, questions)
        return
    yield f"{number}: a guess about people"
    yield ""
    yield "The documentation of Rhythm leaves this open. `forecast` has one answer, which no setting changes."
    yield ""
    yield questions[0].asks
    yield f"    {questions[0].default}"
    yield ""
    yield "Fix: Look at a run that has happened, and compare whom it took with a forecast of that day."


def _setting_lines(number: str, questions: Sequence[Answers]) -> Iterator[str]:
    yield f"{number}: a guess about dates"
    yield ""
    yield "The documentation of Rhythm leaves this open. `plan` and `calendar` take the value of a setting."
    for one in questions:
        yield ""
        yield one.asks
        for name, meaning in one.says.items():
            yield f"    {one.setting}: {name}{' (the default)' if name == one.default else ''}: {meaning}"
        if one.default not in one.says:
            yield f"    The default is {one.default}."
    names = " or ".join(f"`{one.setting}`" for one in questions)
    yield ""
    yield (
        "Fix: `rhythmconf forecast --check` compares the last runs with each value, or look at one yourself. Then "
        f"write {names} under `calendar:` in rhythmconf.yaml, for the project or for one environment. `rhythmconf "
        "calendar --readings all` shows what another value would move."
    )
