"""The run records of this computer, or of a folder that a pipeline keeps: found by id, by file, or by environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rhythmconf.engine import journal
from rhythmconf.engine.journal import Log, RunSummary
from rhythmconf.engine.journal import codes as journal_codes
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.flows import codes
from rhythmconf.flows.connect import CLOCK
from rhythmconf.model import Diagnostic, Plan
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import Environment, Settings


def folder(settings: Settings) -> Path:
    """Where the state folder keeps the run records."""
    return journal.run_path(settings.state_dir, "").parent


def lock_path(settings: Settings, environment: Environment) -> Path:
    """The lock of an environment's tenant. An embedded one is a file of this project: others may be called the same."""
    embedded = environment.embedded
    address = str((settings.root / embedded).resolve()) if embedded else environment.base_url
    return journal.lock_path(settings.state_dir, address, environment.tenant)


def place(settings: Settings, environment: Environment) -> str:
    """The tenant as this computer tells it from others, for the run record."""
    return lock_path(settings, environment).stem


def newest(settings: Settings, environment: Environment) -> Path:
    """A link to the record that was written to last in an environment's tenant, wherever that is kept."""
    return lock_path(settings, environment).with_suffix(".run")


def point(settings: Settings, environment: Environment, path: Path) -> None:
    """Make a record the newest one. Whoever holds the lock does so before the first write.

    Raises RhythmconfError (RC510) where that can't be noted.
    """
    link = newest(settings, environment)
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
    except OSError as error:
        words = f"which run record is the newest can't be noted: {error.strerror}"
        raise RhythmconfError(words, where=str(link), code=journal_codes.RUN_RECORD) from error


def of(settings: Settings, environment: Environment) -> Iterator[RunSummary]:
    """The runs of an environment's tenant that were recorded on this computer, the last one first."""
    here = place(settings, environment)
    return (run for run in journal.read_summaries(folder(settings)) if run.header.place == here)


def next_id(settings: Settings, environment: Environment) -> str:
    """The id of a new run of an environment's tenant: who reads the records tells by it which run came last."""
    last = max((run.header.run for run in of(settings, environment)), default="")
    return journal.run_id(CLOCK.now(), CLOCK.random(), after=last)


def find(settings: Settings, directory: Path, name: str) -> Log:
    """A run by its id, by the beginning of its id, or by the file of its record. Raises UsageError."""
    path = directory / name
    if path.is_file():
        return journal.read(path)
    ids = {file.stem: file for file in sorted(folder(settings).glob("*.jsonl"))}
    fitting = [id for id in ids if id.startswith(name)]
    if len(fitting) != 1:
        what = "several runs begin with" if fitting else "there is no run record"
        raise UsageError(f"{what} {name!r}", help=suggest(name, ids) or "rhythmconf history lists the runs")
    return journal.read(ids[fitting[0]])


def unfinished(settings: Settings, environment: Environment) -> Log | None:
    """The last run, if it is unfinished: what an older one left was taken over by a newer."""
    every = of(settings, environment)
    last = next((run for run in every if run.ending not in ("refused", "superseded")), None)
    return journal.read(last.path) if last and last.unfinished else None


def supersede_older(settings: Settings, environment: Environment, run: str) -> None:
    """Close the unfinished runs before `run`, which did what was left of them. A record that can't be is left alone."""
    for older in of(settings, environment):
        if older.unfinished and older.header.run < run:
            with suppress(RhythmconfError):
                journal.supersede(journal.read(older.path), run, now=CLOCK.now)


def reapplied(settings: Settings, environment: Environment, plan: Plan) -> tuple[Diagnostic, ...]:
    """The warning that a plan would apply again what the last complete run rolled back, its files being unchanged."""
    complete = (run for run in of(settings, environment) if run.ending == "complete") if plan.changes else iter(())
    last = next(complete, None)
    if last is None or last.header.undoes != plan.source_digest:
        return ()
    words = f"these files are as they were before run {last.header.run} rolled them back: this applies them again"
    help = "Revert their commit, or undo the edit; go on only if the rollback is to be undone."
    return (Diagnostic(codes.REAPPLIED, words, "warning", help=help),)
