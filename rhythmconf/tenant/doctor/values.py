"""What `doctor` reports: the settings in force and the outcome of each check."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.catalog import UnknownField


class Setting(NamedTuple):
    """One setting in force. `origin` says where its value was set."""

    name: str
    value: str
    origin: str


class Check(NamedTuple):
    """The outcome of one check. `exit_code` is the exit code of `doctor` if this check alone fails.

    `unknown` has the fields that the listed records have and their schema doesn't.
    """

    name: str
    ok: bool
    message: str
    help: str = ""
    exit_code: int = 0
    unknown: tuple[UnknownField, ...] = ()
