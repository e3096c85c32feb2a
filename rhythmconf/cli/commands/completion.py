"""`rhythmconf completion`: print the completion script of a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from rhythmconf.cli.console import console
from rhythmconf.cli.main import app
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.errors import UsageError

EPILOG = """\b
Examples:
  eval "$(rhythmconf completion bash)"
  rhythmconf completion fish | source"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@shared_options(formats=("text",))
def command(options: Options, shell: str) -> int:
    """Print the completion script of a shell."""
    maker = get_completion_class(shell)
    if maker is None:
        raise UsageError(f"no completion for {shell}")
    script = maker(app, {}, "rhythmconf", "_RHYTHMCONF_COMPLETE")
    text = script.source_template % script.source_vars()
    emit(options, console(options.color, quiet=options.quiet), {"text": lambda: text})
    return 0
