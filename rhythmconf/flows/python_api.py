"""What a Python program needs beside the flows: open a project, run a flow, save and load a plan."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rhythmconf.engine import plan as planning
from rhythmconf.flows.plan import signing_key
from rhythmconf.model import Plan
from rhythmconf.source.project import files, opening
from rhythmconf.source.project.values import Project


def open_project(directory: str | Path = ".", environments: Iterable[str] | None = None) -> Project:
    """Open the project of a folder: read its settings, kinds, documents, overlays and bindings.

    `environments` limits the overlays and bindings that are read; by default all are. Raises SettingsError for a wrong
    or missing rhythmconf.yaml and CatalogError for a wrong schema file. Errors in documents are diagnostics of
    `validate`.
    """
    return opening.open_project(opening.open_settings(Path(directory)), environments)


def save_plan(project: Project, plan: Plan, path: str | Path) -> None:
    """Save a plan for `apply`: the bytes of `plan --format json`, mode 0600, signed if RHYTHMCONF_PLAN_KEY is set.

    Raises Refused, and writes nothing, where a guard refuses the plan.
    """
    planning.check_guards(plan)
    files.write(Path(path), planning.dump(plan, signing_key(project.settings)), mode=0o600)


def load_plan(project: Project, path: str | Path) -> Plan:
    """Load a saved plan. Raises Refused for one that is damaged, edited, or signed with another key."""
    return planning.load(files.read_any(Path(path)), signing_key(project.settings))
