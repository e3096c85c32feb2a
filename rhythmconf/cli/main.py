"""The hall: finds the command, turns what happened into one exit code after all output is flushed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import cast

import click

from rhythmconf import __version__
from rhythmconf.errors import Interrupted, RhythmconfError, UsageError, codes

# name -> (section, what it does); the module has the same name with '_' for '-'.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("Start", "Write a small project that works without an account."),
    "doctor": ("Start", "Say whether it would work, and why not."),
    "logout": ("Start", "Forget the tokens of this computer."),
    "adopt": ("Start", "Make records that are there the documents' own."),
    "validate": ("Daily", "Check every file against the catalogue."),
    "format": ("Daily", "Put documents into one canonical shape."),
    "plan": ("Daily", "Show what apply would change in a tenant."),
    "apply": ("Daily", "Apply a saved plan, or plan and apply now."),
    "pull": ("Move", "Bring what a tenant has into the files."),
    "promote": ("Move", "Bring a tenant's changes into files and a plan."),
    "diff": ("Move", "Compare two tenants, or one and the files."),
    "drift": ("Inspect", "Show what the tenant has differently."),
    "show": ("Inspect", "Show a resource, a plan file or a run."),
    "history": ("Inspect", "List the runs on record."),
    "graph": ("Inspect", "Show which document refers to which."),
    "explain": ("Inspect", "Explain a code such as RC210."),
    "resume": ("Recover", "Finish a run that was interrupted."),
    "rollback": ("Recover", "Plan back what a run did."),
    "unlock": ("Recover", "Forget a dead owner of the lock."),
    "emulator": ("Serve", "Serve a tenant on this computer."),
    "schema": ("Serve", "Print one JSON Schema for editors."),
    "completion": ("Serve", "Print the completion script of a shell."),
}
EXIT_CODES = """\b
Exit codes: 0 done or no changes, 1 error, 2 changes pending (plan
--detailed-exitcode, drift), 3 refused and nothing written, 4 no permission,
5 partly applied, 130 interrupted."""


class App(click.Group):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"rhythmconf.cli.commands.{cmd_name.replace('-', '_')}")
        return cast("click.Command", module.command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The named command. Raises UsageError with the nearest name for one that isn't there."""
        if args[0] in COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from rhythmconf.model.suggest import suggest

        help = f"{suggest(args[0], COMMANDS)} see 'rhythmconf --help'".strip()
        raise UsageError(f"No such command {args[0]!r}.", help=help)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in dict.fromkeys(section for section, _ in COMMANDS.values()):
            with formatter.section(section):
                formatter.write_dl([(name, text) for name, (home, text) in COMMANDS.items() if home == section])


@click.group(
    cls=App, epilog=EXIT_CODES, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="rhythmconf")
@click.pass_context
def app(context: click.Context) -> None:
    """Configuration as code for Rhythm: review a plan, apply exactly that plan.

    \b
    rhythmconf init demo      write a small project
    rhythmconf plan           see what would change, change nothing
    rhythmconf apply          plan, ask, apply
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(argv: Sequence[str]) -> int:
    """Run one command line; the code is final when all output is flushed."""
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return 1  # the reader has left (`| head`), and wants to hear nothing
    except OSError as error:
        words = f"the output can't be written: {error.strerror}"
        return _complain(RhythmconfError(words, help="what was done stays done: `rhythmconf history` lists the runs"))
    return code


def _dispatch(argv: Sequence[str]) -> int:
    try:
        return int(app.main(list(argv), prog_name="rhythmconf", standalone_mode=False) or 0)
    except click.ClickException as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt):
        return _complain(Interrupted("interrupted"))
    except RhythmconfError as error:
        return _complain(error)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            raise  # it is about a stream: whoever opens a file says so by its name
        from rhythmconf.cli.crash import report

        return report(error)


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "rhythmconf"
    return _complain(RhythmconfError(error.format_message(), help=f"see '{path} --help'", code=codes.USAGE))


def _complain(error: RhythmconfError) -> int:
    from rhythmconf.cli.console import complain

    complain(error)
    return error.exit_code
