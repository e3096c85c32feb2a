"""A bar on stderr while a long step runs; rich is imported only here."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from rhythmconf.cli.steps import interrupting
from rhythmconf.model import Progress

T = TypeVar("T")


def draw(steps: Generator[Progress, None, T]) -> T:
    """Draw each Progress as it comes and give the step's value."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar, interrupting(steps):
        tasks: dict[str, int] = {}
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                value: T = end.value
                return value
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(Text(step.stage).plain, total=None)
            bar.update(bar.task_ids[list(tasks).index(step.stage)], completed=step.done, total=step.total or None)
