"""Fetch the run records of other computers before a command reads those of this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rhythmconf.cli.console import Console
from rhythmconf.engine.journal import Log, Runner, RunSummary
from rhythmconf.flows.shared_state import look
from rhythmconf.flows.tenant_lock import find_runner
from rhythmconf.model import Notice
from rhythmconf.settings import Settings
from rhythmconf.source.project.opening import open_settings


def find_runners(directory: Path, runs: Iterable[RunSummary | Log]) -> Mapping[str, Runner]:
    """Find which of these runs are going on now, here or elsewhere, and where. The keys are their ids."""
    names = {run.header.environment for run in runs if run.unfinished}
    # A record may be of an environment that the project no longer has.
    settings = open_settings(directory) if names else None
    known = [settings.unexpanded(name) for name in names if name in settings.environments] if settings else []
    return dict(running for each in known if settings and (running := find_runner(settings, each)))


def fetch_runs(console: Console, settings: Settings, name: str | None) -> None:
    """Fetch the runs of an environment, or of all, from where they are shared. Warn where that can't be reached."""
    for each in [name] if name else settings.environments:
        console.notify(Notice(diagnostics=look(settings, settings.unexpanded(each)), severity="warning"))
