"""What `doctor` reports: the settings in force and the outcome of each check."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.catalog.undeclared import UndeclaredValue
from rhythmconf.catalog.unknown import UnknownField
from rhythmconf.model import Body

NO_NOTES: Body = {}


class Setting(NamedTuple):
    """One setting in force. `origin` says where its value was set."""

    name: str
    value: str
    origin: str


class Check(NamedTuple):
    """The outcome of one check. `exit_code` is the exit code of `doctor` if this check alone fails.

    `unknown` has the fields that the listed records have and their schema doesn't, `undeclared` the values that it
    doesn't allow. `notes` declare both, in `notes_file`.
    """

    name: str
    ok: bool
    message: str
    help: str = ""
    exit_code: int = 0
    unknown: tuple[UnknownField, ...] = ()
    undeclared: tuple[UndeclaredValue, ...] = ()
    notes: Body = NO_NOTES
    notes_file: str = ""
