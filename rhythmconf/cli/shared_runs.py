"""Fetch the run records of other computers before a command reads those of this one."""

from __future__ import annotations

from rhythmconf.cli.console import Console
from rhythmconf.flows.shared_state import look
from rhythmconf.model import Notice
from rhythmconf.settings import Settings


def fetch_runs(console: Console, settings: Settings, name: str | None) -> None:
    """Fetch the runs of an environment, or of all, from where they are shared. Warn where that can't be reached."""
    for each in [name] if name else settings.environments:
        console.notify(Notice(diagnostics=look(settings, settings.unexpanded(each)), severity="warning"))
