"""RC236: a meaning under `calendar:` that no schedule has; and meanings that can't be read themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rhythmconf.model import Diagnostic, pointer
from rhythmconf.model.code import Rule
from rhythmconf.model.quoting import quoted
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import Settings

UNUSED_MEANING = Rule(
    "RC236",
    "a meaning for a schedule that doesn't exist",
    what="`schedules` under `calendar:` has a key that no document of a schedule has.",
    why=(
        "The line has no effect. The schedule that you meant is still read from its own text, or not understood, so "
        "nobody is told when it runs."
    ),
    example="""
# rhythmconf.yaml, while the document has the key `weekly-drops`
calendar:
  schedules:
    weekly-drop: every week on Monday at 06:00
""",
    fix="Correct the key, or remove the line.",
)
FORMS = "write it in words such as `every week on Monday at 06:00`, or as a cron line or an RRULE"
PROJECT = ("calendar", "schedules")
"""The path to the meanings of the project; that of an environment ends with it."""


def check_meanings(settings: Settings, environment: str) -> Iterator[Diagnostic]:
    """Report the meanings of the project and of an environment that aren't understood."""
    for path in (PROJECT, _path(environment)):
        for key, text in settings.written_texts(*path).items():
            # Imported here: few projects have to say what a schedule means.
            from rhythmconf.insight.windows.schedules import understand

            if understand(text) is None:
                message = f"the meaning of the schedule {quoted(key)} isn't understood: {quoted(text)}"
                yield settings.source.diagnostic(pointer([*path, key]), message, _help(text))


def check_meaning_keys(settings: Settings, environment: str | None, known: Collection[str]) -> Iterator[Diagnostic]:
    """Warn about the meanings of an environment, or of the project, whose keys are not among the `known` ones."""
    path = PROJECT if environment is None else _path(environment)
    for key in settings.written_texts(*path):
        if key not in known:
            message = f"no document of a schedule has the key {quoted(key)}"
            help = suggest(key, known) or "correct the key, or remove the line"
            found = settings.source.diagnostic(pointer([*path, key]), message, help, at_name=True)
            yield found._replace(code=UNUSED_MEANING, severity="warning", found_by="rule")


def _help(text: str) -> str:
    from rhythmconf.insight.windows.schedules.advice import advise

    meaning, problem = advise(text)
    return f"did you mean `{meaning}`?" if meaning else problem or FORMS


def _path(environment: str) -> tuple[str, ...]:
    return "environments", environment, *PROJECT
