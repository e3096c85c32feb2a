"""What `doctor` reports: the settings in force and the outcome of each check."""

from __future__ import annotations

from typing import NamedTuple


class Setting(NamedTuple):
    """One setting in force, and where it came from."""

    name: str
    value: str
    origin: str


class Check(NamedTuple):
    """The outcome of one check; `exit_code` is what `doctor` exits with because of it."""

    name: str
    ok: bool
    message: str
    help: str = ""
    exit_code: int = 0
