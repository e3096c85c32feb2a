"""Define the options of a pull, which `pull` and `fleet pull` share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from rhythmconf.engine import pull as pulling
from rhythmconf.flows.pull import PullChoices

F = TypeVar("F", bound=Callable[..., Any])


def pull_options(function: F) -> F:
    """Add what to pull and where it goes to a command, which gets that as `choices: PullChoices`."""

    @click.argument("what", metavar="[KIND | KIND/KEY | MODULE/*]...", nargs=-1)
    @click.option("--as-overlay", is_flag=True, help="Write differences into overlays of this environment.")
    @click.option("--only-drift", is_flag=True, help="Update existing documents only, with changes made in the tenant.")
    @click.option("--no-base", is_flag=True, help="With --only-drift: don't ask git; every difference counts as drift.")
    @click.option(
        "--layout", metavar="PATH", default=pulling.LAYOUT, show_default=True, help="Where to write new documents."
    )
    @click.option("--dry-run", is_flag=True, help="Show what would change in the files, write nothing.")
    @functools.wraps(function)
    def command(**values: Any) -> Any:
        chosen = {name: values.pop(name) for name in PullChoices._fields}
        return function(choices=PullChoices(**chosen), **values)

    return command  # type: ignore[return-value]
