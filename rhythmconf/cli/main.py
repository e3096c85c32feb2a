"""Find the command, run it, and turn its result or its error into an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from rhythmconf import __version__

if TYPE_CHECKING:
    # At run time the errors are imported where one has happened: they bring the values of `model` along, which are a
    # tenth of the time that --help takes.
    from rhythmconf.errors import RhythmconfError

# name -> (section, what it does); the module has the same name with '_' for '-'.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("Start", "Create a small project that works without an account."),
    "doctor": ("Start", "Check settings, token and tenant, and explain what fails."),
    "docs": ("Start", "Print a page of the documentation, or copy the examples."),
    "logout": ("Start", "Delete the access tokens stored on this computer."),
    "adopt": ("Start", "Take over records that already exist in the tenant."),
    "validate": ("Daily", "Check all files against the schemas of their kinds."),
    "format": ("Daily", "Format documents in one canonical style."),
    "plan": ("Daily", "Show what apply would change in a tenant."),
    "apply": ("Daily", "Apply a saved plan, or plan and apply now."),
    "pull": ("Move", "Write the tenant's records into the files."),
    "promote": ("Move", "Copy changes of one tenant into files and plan another."),
    "diff": ("Move", "Compare two tenants, or a tenant and the files."),
    "drift": ("Inspect", "Show changes made in the tenant and not in the files."),
    "list": ("Inspect", "List documents and live records side by side."),
    "show": ("Inspect", "Show a resource, a saved plan or a run."),
    "history": ("Inspect", "List past runs."),
    "calendar": ("Inspect", "Show when billing runs happen and whom they take."),
    "forecast": ("Inspect", "Count the people and the money that billing runs touch."),
    "graph": ("Inspect", "Show the references between documents."),
    "explain": ("Inspect", "Explain a diagnostic code such as RC210, or a guess such as G3."),
    "resume": ("Recover", "Finish an interrupted run."),
    "rollback": ("Recover", "Plan the reversal of a run."),
    "unlock": ("Recover", "Release the lock of a dead process."),
    "fleet": ("Many tenants", "Validate, plan and apply many tenants."),
    "emulator": ("Serve", "Serve an emulated tenant on this computer."),
    "kinds": ("Serve", "Import kinds from the OpenAPI file of a module."),
    "schema": ("Serve", "Print the JSON Schema of documents for editors."),
    "completion": ("Serve", "Print the completion script of a shell."),
}
EXIT_CODES = """\b
Exit codes: 0 done or no changes; 1 error; 2 changes found (plan
--detailed-exitcode, drift); 3 refused, nothing written; 4 no permission;
5 partly applied; 130 interrupted."""


class App(click.Group):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"rhythmconf.cli.commands.{cmd_name.replace('-', '_')}")
        command = cast("click.Command", module.command)
        for one in (command, *(command.commands.values() if isinstance(command, click.Group) else ())):
            one.context_class = CommandContext
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the named command. Raises UsageError, which says what to type instead, for an unknown one."""
        if args[0] in COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from rhythmconf.cli.neighbours import help_for_command
        from rhythmconf.errors import UsageError

        help = help_for_command(args[0], args[1:], COMMANDS)
        raise UsageError(f"No such command {args[0]!r}.", help=help)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in dict.fromkeys(section for section, _ in COMMANDS.values()):
            with formatter.section(section):
                formatter.write_dl(
                    [(name, text) for name, (its_section, text) in COMMANDS.items() if its_section == section]
                )


class LostPipeError(Exception):
    """A pipe that a command uses for its work, such as the one to git, has lost its other end."""


class CommandContext(click.Context):
    """Runs a command so that click does not take its BrokenPipeError for one of stdout, which ends it without an error.

    A command writes to stdout and stderr through `streams`, where a reader that is gone raises nothing.
    """

    def invoke(self, callback: Any, /, *arguments: Any, **options: Any) -> Any:
        """Call a command; raise LostPipeError where one of its own pipes has no reader left."""
        try:
            return super().invoke(callback, *arguments, **options)
        except BrokenPipeError as error:
            raise LostPipeError(*error.args) from error


@click.group(
    cls=App, epilog=EXIT_CODES, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="rhythmconf")
@click.pass_context
def app(context: click.Context) -> None:
    """Configuration as code for Rhythm: review a plan, then apply exactly that plan.

    \b
    rhythmconf init demo      create a small project
    rhythmconf plan           show what would change
    rhythmconf apply          plan, ask for approval, apply
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code, after all output is flushed."""
    code = 0
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        from rhythmconf.cli import streams

        return _complain(streams.explain(error))
    return code


def _dispatch(argv: Sequence[str]) -> int:
    try:
        return int(app.main(list(argv), prog_name="rhythmconf", standalone_mode=False) or 0)
    except click.ClickException as error:
        return _usage(error, argv)
    except SystemExit as end:
        # click ends so after a completion, and with 1 where the reader of a help text has closed stdout.
        return int(end.code or 0) if "_RHYTHMCONF_COMPLETE" in os.environ else 0
    except (click.Abort, KeyboardInterrupt):
        from rhythmconf.errors import Interrupted

        return _complain(Interrupted("interrupted"))
    except Exception as error:
        return _end(error)


def _end(error: Exception) -> int:
    from rhythmconf.errors import RhythmconfError

    if isinstance(error, RhythmconfError):
        return _complain(error)
    if isinstance(error, OSError) and error.filename is None:
        raise error  # Without a file name the error is about stdout or stderr: run() handles it.
    from rhythmconf.cli.crash import report

    return report(error)


def _usage(error: click.ClickException, argv: Sequence[str]) -> int:
    from rhythmconf.errors import RhythmconfError, codes

    if isinstance(error, click.NoSuchOption):
        from rhythmconf.cli.neighbours import as_typed, help_for_option

        # click's own suggestions may be far from what was typed, and may be dangerous.
        typed = as_typed(error.option_name, argv)
        message, help = f"No such option {typed!r}.", help_for_option(typed, error.ctx)
    else:
        from rhythmconf.cli.neighbours import help_for_usage

        message, help = error.format_message(), help_for_usage(error, argv)
    return _complain(RhythmconfError(message, help=help, code=codes.USAGE))


def _complain(error: RhythmconfError) -> int:
    from rhythmconf.cli.console import complain

    complain(error)
    return error.exit_code
