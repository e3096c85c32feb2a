"""Carry out the order of a fleet on a worker of a Dask cluster, which may be another computer."""

from __future__ import annotations

import pickle
import socket
from pathlib import Path

from rhythmconf import __version__
from rhythmconf.errors import Refused, SettingsError
from rhythmconf.flows.fleet.summaries import summarise_error
from rhythmconf.flows.fleet.values import Order
from rhythmconf.model.fleet import MemberSummary


def carry_out(version: str, call: bytes) -> MemberSummary:
    """Do a pickled pair of work and order.

    Only the `version` of rhythmconf that has written it reads it. Raises Refused on a worker with another one.
    """
    if version != __version__:
        raise refuse_version(f"a worker on {socket.gethostname()}", __version__, version)
    # Whoever can reach a scheduler can have the workers do anything: reading this adds no danger.
    work, order = pickle.loads(call)  # noqa: S301
    return _explain_missing_folder(order) or work(order)


def refuse_version(name: str, version: str | None, own: str) -> Refused:
    """Return the error for a part of a cluster that has another version than this computer's `own`; None means none."""
    has = f"has rhythmconf {version}" if version else "has no rhythmconf"
    help = f"install rhythmconf {own} with its extra `dask` there: the scheduler and all workers need the same version"
    return Refused(f"{name} {has}, and this computer has {own}", help=help)


def _explain_missing_folder(order: Order) -> MemberSummary | None:
    """Return the summary of a member whose project, or whose bundle, is on no disk of this worker."""
    needed = [Path(order.folder), *([Path(order.plan_file).parent] if order.plan_file else [])]
    missing = next((folder for folder in needed if not folder.is_dir()), None)
    if missing is None:
        return None
    message = f"the worker on {socket.gethostname()} has no folder {missing}"
    return summarise_error(order, SettingsError(message, help="share it with all workers at the same path"))
