"""`rhythmconf logout`: delete the access tokens stored on this computer."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.model import dump
from rhythmconf.model.plural import counted
from rhythmconf.source.project.opening import open_settings
from rhythmconf.tenant import client

EPILOG = """\b
Examples:
  rhythmconf logout
  rhythmconf logout -C configuration"""


@click.command(epilog=EPILOG)
@shared_options()
def command(options: Options) -> int:
    """Delete all access tokens that are stored on this computer.

    The next command that needs a token requests a new one.
    """
    count = client.logout(open_settings(options.directory, options.env).cache_dir)
    emit(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: [[("plain", f"Forgot {counted(count, 'token')}.")]],
            "json": lambda: dump({"forgotten": count}),
        },
    )
    return 0
