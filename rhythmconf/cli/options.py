"""Define the options that every command takes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from rhythmconf.cli import complete
from rhythmconf.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])
TEXT_JSON = ("text", "json")
REPORTS = (*TEXT_JSON, "markdown", "html", "sarif", "junit", "github")
"""The formats of `validate`, `plan` and `drift`. Each has a module in `report/formats`, a writer in `cli/formats`."""
DRIFT_REPORTS = (*REPORTS, "commit")
"""The formats of `drift`: the message of a commit that takes the drift over, too."""


IGNORE_FREEZE = "Change a template or a schedule also in the hours before its run (freeze_hours)."
"""The help of --ignore-freeze."""
YEARS = range(1970, 3000)
"""The years of `--from`: from there, 800 days more are still dates."""


class Options(NamedTuple):
    """The values of the shared options. `outputs` pairs each format with its file, None for stdout."""

    env: str | None
    directory: Path
    outputs: tuple[tuple[str, Path | None], ...]
    color: str
    quiet: bool
    verbose: bool

    def wants(self, format: str) -> bool:
        """Return whether this format was asked for."""
        return any(name == format for name, _ in self.outputs)


class Format(click.Choice[str]):
    """A format that the command can write.

    If RHYTHMCONF_FORMAT names one that only other commands write, the command uses its first format.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the format that was given. Raises click's BadParameter for one that no command can write."""
        if _is_variable(param, ctx) and value in REPORTS and value not in self.choices:
            value = self.choices[0]
        return super().convert(value, param, ctx)


def check_out(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse `-out=FILE`, which terraform takes and which click reads as `-o` with the file `ut=FILE`."""
    if value is not None and (value == "ut" or value.startswith("ut=")):
        raise UsageError(f"No such option '-o{value}'.", help="write `-o FILE` or `--out FILE`")
    return value


def parse_date(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """Read a date such as 2026-12-01. Raises UsageError for anything else, and for a year that no run will see."""
    from rhythmconf.model.written_dates import advise_date  # only commands that look ahead need it

    try:
        day = date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise UsageError(f"--from: {value!r} is not a date", help=advise_date(str(value))) from None
    if day is not None and day.year not in YEARS:
        raise UsageError(f"--from: {value} is not a year from {YEARS[0]} to {YEARS[-1]}", help="correct the year")
    return day


from_option = click.option(
    "--from", "first", metavar="DATE", callback=parse_date, help="The first day. Default: today in the tenant's zone."
)
"""The day from which dates are judged, for commands that look ahead; they get it as `first: date | None`."""

forecast_option = click.option(
    "--forecast",
    "counts",
    is_flag=True,
    help="Count the people and the money that runs touch, before and after. Reads members. `forecast: true` of an "
    "environment does so each time.",
)
"""Whether a plan has a forecast, for commands that plan; they get it as `counts: bool`."""

forecast_budget = click.option(
    "--max-requests",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="How many requests reading members may take. What they don't reach is unknown.",
)
"""The budget of a forecast, for commands that make one; they get it as `max_requests: int`."""


def _is_variable(param: click.Parameter | None, ctx: click.Context | None) -> bool:
    source = ctx.get_parameter_source(param.name) if ctx and param and param.name else None
    return source is ParameterSource.ENVIRONMENT


env_option = click.option(
    "--env",
    metavar="NAME",
    envvar="RHYTHMCONF_ENV",
    show_envvar=True,
    shell_complete=complete.environments,
    help="The environment to work with.",
)
"""The environment of a command, which gets it as `options.env`."""


def shared_options(formats: Sequence[str] = TEXT_JSON, *, env: Callable[[Any], Any] = env_option) -> Callable[[F], F]:
    """Add the shared options to a command, which gets them as `options: Options`.

    `env` replaces the option --env in a command that takes several environments.
    """
    decorators = (
        env,
        click.option("-C", "directory", metavar="DIR", default=".", help="Run as if started in DIR."),
        click.option(
            "--format",
            "formats",
            multiple=True,
            type=Format(tuple(formats)),
            envvar="RHYTHMCONF_FORMAT",
            show_envvar=True,
            help="The output format. For several, repeat it, and give each its --output-file.",
        ),
        click.option(
            "--output-file", "files", multiple=True, metavar="FILE", help="Write the output to FILE instead of stdout."
        ),
        click.option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            default="auto",
            envvar="RHYTHMCONF_COLOR",
            show_envvar=True,
            help="When to use colour.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Show neither progress nor hints."),
        click.option(
            "-v", "--verbose", is_flag=True, help="Log each request to stderr, and show the patches of a plan."
        ),
    )

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            options = _collect(values)
            _check_outputs(options)
            with _logging(options):
                return function(options=options, **values)

        for decorator in reversed(decorators):
            command = decorator(command)
        return command  # type: ignore[return-value]

    return decorate


def _check_outputs(options: Options) -> None:
    paths = [path for _, path in options.outputs if path is not None]
    if paths:
        # Imported here: most commands write no file, and a project takes time to import.
        from rhythmconf.cli.targets import check_target

        for path in paths:
            check_target(options.directory, path)


def refuse_unused(when: str, *names: str) -> None:
    """Raise UsageError for an option on the command line that changes nothing, such as --kind `without --probe`.

    `names` are the names of parameters of the current command.
    """
    context = click.get_current_context()
    for option in context.command.params:
        if option.name in names and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            flag = max(option.opts, key=len)
            raise UsageError(f"{flag} changes nothing {when}", help=f"leave out {flag}")


def _logging(options: Options) -> AbstractContextManager[None]:
    if not options.verbose:
        return nullcontext()
    # Imported here: most commands log nothing, and logging takes time to import.
    from rhythmconf.cli.log_requests import log_requests

    return log_requests(options.color)


def _collect(values: dict[str, Any]) -> Options:
    return Options(
        env=values.pop("env", None),
        directory=Path(values.pop("directory")),
        outputs=pair_outputs(values.pop("formats"), values.pop("files")),
        color=values.pop("color"),
        quiet=values.pop("quiet"),
        verbose=values.pop("verbose"),
    )


def pair_outputs(formats: Sequence[str], files: Sequence[str]) -> tuple[tuple[str, Path | None], ...]:
    """Pair formats and files in order; one format without a file goes to stdout.

    Raises UsageError where two formats would share stdout, a file has no format, or two files have the same name.
    """
    names = tuple(formats) or ("text",)
    if len(files) > len(names):
        raise UsageError("more --output-file than --format", help="give each file its own --format before it")
    if len(names) - len(files) > 1:
        raise UsageError("only one --format can go to stdout", help="give the others an --output-file each, in order")
    targets = [Path(file) for file in files]
    if len(set(targets)) < len(targets):
        raise UsageError(
            "two --output-file have one name", help="give each its own: the second would overwrite the first"
        )
    return tuple(zip(names, [*targets, None], strict=False))
