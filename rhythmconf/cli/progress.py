"""Draw a bar on stderr while a flow runs. Only this module imports rich."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from rhythmconf.flows import events
from rhythmconf.model import Event, Notice

if TYPE_CHECKING:
    from rhythmconf.flows.values import Flow

T = TypeVar("T")


def draw(flow: Flow[T], notify: Callable[[Notice], None]) -> T:
    """Run a flow to its value: draw each Progress as it comes, and hand each Notice on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def handle(event: Event) -> None:
            if isinstance(event, Notice):
                notify(event)
                return
            if event.stage not in tasks:
                tasks[event.stage] = bar.add_task(Text(event.stage).plain, total=None)
            bar.update(tasks[event.stage], completed=event.done, total=event.total or None)

        return events.run(flow, handle)
