"""`rhythmconf unlock`: release the lock of a process that has died."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit_result
from rhythmconf.engine import journal
from rhythmconf.flows import run_records
from rhythmconf.model import dump
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf unlock --env production
  rhythmconf unlock --env sandbox -C configuration"""


@click.command(epilog=EPILOG)
@shared_options()
def command(options: Options) -> int:
    """Release the lock that a dead process left on a tenant.

    This is safe at any time: the lock of a running process is never released (exit code 3, with the name of the
    process). It is rarely needed, because a lock is free as soon as its process ends.
    """
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    owner = journal.unlock(run_records.lock_path(settings, environment))
    message = f"The lock of {environment.name} is free; {owner} is gone." if owner else "Nobody holds the lock."
    emit_result(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: [[("plain", message)]],
            "json": lambda: dump({"environment": environment.name, "gone": str(owner) if owner else None}),
        },
    )
    return 0
