"""`rhythmconf logout`: delete the access tokens stored on this computer."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit_result
from rhythmconf.model import dump
from rhythmconf.model.plural import counted
from rhythmconf.source.project.opening import open_settings
from rhythmconf.tenant import client

EPILOG = """\b
Examples:
  rhythmconf logout
  rhythmconf logout --env sandbox"""


@click.command(epilog=EPILOG)
@shared_options()
def command(options: Options) -> int:
    """Delete the access tokens that are stored on this computer: all of them, or those of one environment (--env).

    The next command that needs a token requests a new one.
    """
    settings = open_settings(options.directory, options.env)
    environment = settings.unexpanded(options.env) if options.env else None
    count = client.logout(settings.cache_dir, environment)
    whose = f" of {environment.name}" if environment else ""
    emit_result(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: [[("plain", f"Forgot {counted(count, 'token')}{whose}.")]],
            "json": lambda: dump({"forgotten": count}),
        },
    )
    return 0
