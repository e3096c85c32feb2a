"""Find the run records of this computer, or of a folder that a pipeline keeps."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rhythmconf.engine import journal
from rhythmconf.engine.journal import Log, Runner, RunSummary
from rhythmconf.engine.journal import codes as journal_codes
from rhythmconf.errors import RhythmconfError, SettingsError, UsageError
from rhythmconf.flows import codes
from rhythmconf.flows.clock import CLOCK
from rhythmconf.model import Diagnostic, Plan
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import Environment, Settings


def folder(settings: Settings) -> Path:
    """Return the folder of the run records, below the state folder. It may not exist yet.

    Raises SettingsError where it can't be read: a project whose runs can't be read looks like one without any.
    """
    path = journal.run_path(settings.state_dir, "").parent
    try:
        with os.scandir(path):
            return path
    except FileNotFoundError:
        return path
    except OSError as error:
        raise SettingsError(
            f"the run records can't be read: {error.strerror}",
            where=str(path),
            help=f"the state folder {settings.state_dir} must be a folder that you may read and write: correct "
            "RHYTHMCONF_STATE_DIR or XDG_STATE_HOME, or move away the file that has this name",
        ) from error


def lock_path(settings: Settings, environment: Environment) -> Path:
    """Return the lock file of an environment's tenant.

    An embedded tenant is a file of this project, so its path tells it from others with the same name.
    """
    embedded = environment.embedded
    address = str((settings.root / embedded).resolve()) if embedded else environment.base_url
    return journal.lock_path(settings.state_dir, address, environment.tenant)


def tenant_id(settings: Settings, environment: Environment) -> str:
    """Return the name by which run records of this computer tell one tenant from another."""
    return lock_path(settings, environment).stem


def newest(settings: Settings, environment: Environment) -> Path:
    """Return the link to the record that was written last for an environment's tenant, wherever that record is."""
    return lock_path(settings, environment).with_suffix(".run")


def mark_newest(settings: Settings, environment: Environment, path: Path) -> None:
    """Make a record the newest one. Call it before the first write, while holding the lock.

    Raises RhythmconfError (RUN_RECORD) where the link can't be made.
    """
    link = newest(settings, environment)
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())
    except OSError as error:
        message = f"the link to the newest run record can't be written: {error.strerror}"
        raise RhythmconfError(message, where=str(link), code=journal_codes.RUN_RECORD) from error


def runs_of_tenant(settings: Settings, environment: Environment) -> Iterator[RunSummary]:
    """Return this project's runs of an environment's tenant that are on record here, the newest first.

    Several projects may manage one tenant: each has its own runs. Older records don't name their project.
    """
    tenant, names = tenant_id(settings, environment), ("", settings.project)
    runs = journal.read_summaries(folder(settings), tenant)
    return (run for run in runs if run.header.project in names)


def with_totals(run: RunSummary) -> RunSummary:
    """Return a run with its totals. Its record is read whole only where its end doesn't have them."""
    return run if run.totals else journal.summarise(journal.read(run.path))


def has_applied(run: RunSummary) -> bool:
    """Tell whether a run has applied a change."""
    totals = with_totals(run).totals
    return totals is not None and totals.applied > 0


def next_id(settings: Settings, environment: Environment, others: Iterable[str] = ()) -> str:
    """Return the id of a new run. Ids sort by time, also where the clock was put back; `others` are runs to follow."""
    tenant = tenant_id(settings, environment)
    runs = journal.read_summaries(folder(settings), tenant)
    ids = sorted((*others, *(run.header.run for run in runs)), reverse=True)
    last = next(filter(journal.is_run_id, ids), "")
    return journal.run_id(CLOCK.now(), CLOCK.random(), after=last)


def find_newest(settings: Settings, name: str | None) -> str | None:
    """Return the id of the newest run of an environment that has written something; None where there is none."""
    with suppress(SettingsError):
        for run in runs_of_tenant(settings, settings.unexpanded(name)):
            if has_applied(run):
                return run.header.run
    return None


def find(settings: Settings, directory: Path, name: str) -> Log:
    """Find a run by its id, by the beginning of its id, or by the file of its record. Raises UsageError."""
    path = directory / name
    if path.is_file():
        return journal.read(path)
    paths = {file.stem: file for file in sorted(folder(settings).glob("*.jsonl"))}
    matches = [id for id in paths if id.startswith(name)]
    if len(matches) != 1:
        problem = "several runs begin with" if matches else "there is no run record"
        raise UsageError(f"{problem} {name!r}", help=suggest(name, paths) or "rhythmconf history lists the runs")
    return journal.read(paths[matches[0]])


def unfinished(settings: Settings, environment: Environment) -> Log | None:
    """Return the last run if it is unfinished. What older runs left undone was taken over by newer ones."""
    last = last_unfinished(settings, environment)
    return journal.read(last.path) if last else None


def last_that_counts(settings: Settings, environment: Environment) -> RunSummary | None:
    """Return the last run of an environment that wrote something, or that another run has not taken over."""
    runs = runs_of_tenant(settings, environment)
    return next((run for run in runs if run.ending not in ("refused", "superseded")), None)


def supersede_older(settings: Settings, environment: Environment, run: str) -> None:
    """Close the unfinished runs before `run`, which did what was left of them. Skip records that can't be written."""
    for older in runs_of_tenant(settings, environment):
        if older.unfinished and older.header.run < run:
            with suppress(RhythmconfError):
                journal.supersede(journal.read(older.path), run, now=CLOCK.now)


def warn_of_reapplying(settings: Settings, environment: Environment, plan: Plan) -> tuple[Diagnostic, ...]:
    """Warn that a plan would apply again what the last complete run rolled back, its files being unchanged."""
    complete = (
        (run for run in runs_of_tenant(settings, environment) if run.ending == "complete") if plan.changes else iter(())
    )
    last = next(complete, None)
    if last is None or last.header.undoes != plan.source_digest:
        return ()
    message = (
        f"these files are as they were before run {last.header.run} rolled them back: this plan applies them again"
    )
    help = "Revert their commit, or undo the edit; apply this plan only if you want to undo the rollback."
    return (Diagnostic(codes.REAPPLIED, message, "warning", help=help),)


ENDINGS: Mapping[str | None, str] = {
    None: "was stopped before it could record its end",
    "interrupted": "was interrupted",
    "incomplete": "is not complete",
}


def last_unfinished(settings: Settings, environment: Environment) -> RunSummary | None:
    """Return the last run of an environment, if it is unfinished or still going on."""
    last = last_that_counts(settings, environment)
    return last if last and last.unfinished else None


def warn_of_unfinished(last: RunSummary, runner: Runner | None) -> Diagnostic:
    """Warn that the last run of an environment is unfinished, or is still going on, as `runner` says."""
    header = last.header
    started = f"run {header.run} ({header.command}, started {header.started_at} by {header.actor})"
    if runner is not None:
        message, help = f"{started} is still {runner}", "Wait for it, and plan again."
    else:
        message = f"{started} {ENDINGS[last.ending]}"
        help = f"Finish it as it was planned: rhythmconf resume {header.run}. Or apply this plan, which takes over."
    return Diagnostic(codes.UNFINISHED_RUN, message, "warning", help=help)


def note_unmoved_base(settings: Settings, environment: Environment) -> tuple[Diagnostic, ...]:
    """Say that the last run here left the base where it was, for a plan in which somebody else seems to have edited."""
    last = last_that_counts(settings, environment)
    if last is None or last.ending != "complete" or last.header.advances or last.header.undoes is not None:
        return ()
    header = last.header
    return (
        Diagnostic(
            codes.BASE_NOT_MOVED,
            f"the last run on this computer, {header.run} of {header.started_at} ({header.actor}), did not move the "
            "base: its files were not committed, or it applied a part of them. What it wrote counts as a change made "
            "in the tenant",
            "note",
            help=f"Compare the values with `rhythmconf show run {header.run}`. If nobody else has changed these fields "
            "since, keep yours with --ours KIND/KEY.",
        ),
    )


class Applied(NamedTuple):
    """The newest run here that wrote from a plan file, and the run that rolled it back; None where there is none.

    `spent` says that another apply of the file needs a new decision: a run has applied all of it, or a part that
    another run has completed, or it was rolled back. Any other plan may be applied again as long as it isn't stale.
    """

    run: RunSummary | None
    rollback: RunSummary | None
    spent: bool


def find_applied(settings: Settings, environment: Environment, plan: Plan) -> Applied | None:
    """Find by which runs a plan file was applied and rolled back; None where neither is on record here."""
    written = [run for run in runs_of_tenant(settings, environment) if run.ending != "refused"]
    run = next((run for run in written if run.header.digest == plan.digest), None)
    rollback = _find_rollback(written, run, plan)
    if run is None and rollback is None:
        return None
    return Applied(run, rollback, bool(plan.changes) and (rollback is not None or (run is not None and _is_spent(run))))


def _find_rollback(runs: Sequence[RunSummary], run: RunSummary | None, plan: Plan) -> RunSummary | None:
    """Return the first run that rolled back what a run, or the same files before the plan was made, had applied."""
    if plan.undoes is not None or not plan.source_digest:
        return None
    undone = [one for one in runs if one.header.undoes == plan.source_digest]
    if run is None:
        # A plan knows its time to the second: 2026-01-31T23:59:59.
        later = [one for one in undone if one.header.started_at[:19] > plan.created_at[:19]]
    else:
        later = [one for one in undone if one.header.run > run.header.run]
    return later[-1] if later else None


def _is_spent(run: RunSummary) -> bool:
    if run.ending != "superseded":
        return run.ending == "complete"
    return has_applied(run)


def describe_applied(applied: Applied) -> str:
    """Say by which run a plan was applied, when, and how far, and by which run it was rolled back."""
    run, rollback = applied.run, applied.rollback
    by = f"run {rollback.header.run} of {rollback.header.started_at} ({rollback.header.actor})" if rollback else ""
    if run is None:
        return f"what this plan applies was rolled back after the plan was made: by {by}"
    words = {"complete": "was applied already", "superseded": "was applied in part"}
    unfinished = "was applied in part" if rollback else "was applied in part, and the run is unfinished"
    how = words.get(str(run.ending), unfinished)
    back = f", and rolled back by {by}" if rollback else ""
    return f"this plan {how}: by run {run.header.run} of {run.header.started_at} ({run.header.actor}){back}"
