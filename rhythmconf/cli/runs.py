"""The run records of this computer, or of a folder that a pipeline keeps: found by id, by file, or by environment."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from rhythmconf import journal
from rhythmconf.cli.tenant import CLOCK
from rhythmconf.documents import suggest
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.journal import Log
from rhythmconf.model import Diagnostic, Plan
from rhythmconf.settings import Environment, Settings

RECENT = 20
"""So many records, the last ones, are looked at by every plan."""


def folder(known: Settings) -> Path:
    """Where the state folder keeps the run records."""
    return journal.run_path(known.state_dir, "").parent


def lock_path(known: Settings, environment: Environment) -> Path:
    """The lock of an environment's tenant. An embedded one is a file of this project: others may be called the same."""
    embedded = environment.embedded
    address = str((known.root / embedded).resolve()) if embedded else environment.base_url
    return journal.lock_path(known.state_dir, address, environment.tenant)


def place(known: Settings, environment: Environment) -> str:
    """The tenant as this computer tells it from others, for the run record."""
    return lock_path(known, environment).stem


def of(known: Settings, environment: Environment) -> list[Log]:
    """The runs of an environment's tenant that were recorded on this computer, oldest first."""
    here = place(known, environment)
    return [log for log in journal.history(folder(known)) if log.header.place == here]


def find(known: Settings, directory: Path, name: str) -> Log:
    """A run by its id, by the beginning of its id, or by the file of its record. Raises UsageError."""
    path = directory / name
    if path.is_file():
        return journal.read(path)
    ids = {file.stem: file for file in sorted(folder(known).glob("*.jsonl"))}
    fitting = [id for id in ids if id.startswith(name)]
    if len(fitting) != 1:
        what = "several runs begin with" if fitting else "there is no run record"
        raise UsageError(f"{what} {name!r}", help=suggest(name, ids) or "rhythmconf history lists the runs")
    return journal.read(ids[fitting[0]])


def unfinished(logs: Iterable[Log]) -> Log | None:
    """The last run, if it is unfinished: what an older one left was taken over by a newer."""
    last = None
    for log in logs:
        if log.ending not in ("refused", "superseded"):
            last = log
    return last if last and last.unfinished else None


def supersede_older(known: Settings, environment: Environment, run: str) -> None:
    """Close the unfinished runs before `run`, which did what was left of them. A record that can't be is left alone."""
    for log in of(known, environment):
        if log.unfinished and log.header.run < run:
            with suppress(RhythmconfError):
                journal.supersede(log, run, now=CLOCK.now)


def reapplied(known: Settings, environment: Environment, plan: Plan) -> tuple[Diagnostic, ...]:
    """The warning that a plan would apply again what the last complete run rolled back, its files being unchanged."""
    last = _last_complete(known, environment) if plan.changes else None
    if last is None:
        return ()
    from rhythmconf.execute import undone

    if undone(last.header.plan) != plan.source_digest:
        return ()
    words = f"these files are as they were before run {last.header.run} rolled them back: this applies them again"
    help = "Revert their commit, or undo the edit; go on only if the rollback is to be undone."
    return (Diagnostic("RC528", words, "warning", help=help),)


def _last_complete(known: Settings, environment: Environment) -> Log | None:
    here = place(known, environment)
    for path in sorted(folder(known).glob("*.jsonl"), reverse=True)[:RECENT]:
        with suppress(RhythmconfError):
            log = journal.read(path)
            if log.ending == "complete" and log.header.place == here:
                return log
    return None
