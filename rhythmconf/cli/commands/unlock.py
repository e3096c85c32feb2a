"""`rhythmconf unlock`: release the lock of a process that has died, or of a computer that is gone."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit_result
from rhythmconf.flows.unlock import unlock
from rhythmconf.model import dump
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf unlock --env production
  rhythmconf unlock --env production --lock 3fa09c71
  rhythmconf unlock --env sandbox -C configuration"""


@click.command(epilog=EPILOG)
@click.option("--lock", "id", metavar="ID", help="Take the lock over from another computer; its message names the ID.")
@shared_options()
def command(options: Options, id: str | None) -> int:
    """Release the lock that a dead process left on a tenant, or take it over from another computer.

    The lock of a running process of this computer is never released (exit code 3, with the name of the process). It is
    rarely needed there, because a lock is free as soon as its process ends.

    With shared `state`, another computer may hold the lock. Then this command names it and the ID. With --lock ID, the
    lock is taken over: the run of that computer sends nothing more, even if it still goes on.
    """
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    released = unlock(settings, environment, id)
    gone = released.holder
    message = f"The lock of {environment.name} is free; {gone} is gone." if gone else "Nobody holds the lock."
    if released.unfinished:
        message += f" Its run is unfinished: rhythmconf resume {released.unfinished}"
    emit_result(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: [[("plain", message)]],
            "json": lambda: dump(
                {"environment": environment.name, "gone": gone or None, "unfinished": released.unfinished or None}
            ),
        },
    )
    return 0
