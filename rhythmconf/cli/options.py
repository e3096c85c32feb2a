"""The options that every command takes, as one frozen value."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from rhythmconf.cli import complete
from rhythmconf.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])
TEXT_JSON = ("text", "json")
REPORTS = (*TEXT_JSON, "markdown", "html", "sarif", "junit", "github")
"""What `validate`, `plan` and `drift` can write."""


class Options(NamedTuple):
    """What the shared options said. `outputs` pairs each format with its file, None for stdout."""

    env: str | None
    directory: Path
    outputs: tuple[tuple[str, Path | None], ...]
    color: str
    quiet: bool
    verbose: bool

    def wants(self, format: str) -> bool:
        """Whether this format was asked for."""
        return any(name == format for name, _ in self.outputs)


class Format(click.Choice[str]):
    """A format that the command writes. One that only other commands write is no mistake in the variable."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value as it is typed; raises click's BadParameter for what no command writes."""
        if _is_variable(param, ctx) and value in REPORTS and value not in self.choices:
            value = self.choices[0]
        return super().convert(value, param, ctx)


def _is_variable(param: click.Parameter | None, ctx: click.Context | None) -> bool:
    source = ctx.get_parameter_source(param.name) if ctx and param and param.name else None
    return source is ParameterSource.ENVIRONMENT


def shared(formats: Sequence[str] = TEXT_JSON) -> Callable[[F], F]:
    """Add the shared options to a command, which gets them as `options: Options`."""
    decorators = (
        click.option(
            "--env",
            metavar="NAME",
            envvar="RHYTHMCONF_ENV",
            show_envvar=True,
            shell_complete=complete.environments,
            help="The environment to work with.",
        ),
        click.option("-C", "directory", metavar="DIR", default=".", help="Run as if started in DIR."),
        click.option(
            "--format",
            "formats",
            multiple=True,
            type=Format(tuple(formats)),
            envvar="RHYTHMCONF_FORMAT",
            show_envvar=True,
            help="The output format. Repeat it, with an --output-file each, for several.",
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
        click.option("-v", "--verbose", is_flag=True, help="Log each request to stderr."),
    )

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(**values: Any) -> Any:
            options = _collect(values)
            with _telling(options):
                return function(options=options, **values)

        for decorator in reversed(decorators):
            command = decorator(command)
        return command  # type: ignore[return-value]

    return decorate


def _telling(options: Options) -> AbstractContextManager[None]:
    if not options.verbose:
        return nullcontext()
    # Imported here: without it nothing logs.
    from rhythmconf.cli.requests import told

    return told(options.color)


def _collect(values: dict[str, Any]) -> Options:
    return Options(
        env=values.pop("env"),
        directory=Path(values.pop("directory")),
        outputs=pair_outputs(values.pop("formats"), values.pop("files")),
        color=values.pop("color"),
        quiet=values.pop("quiet"),
        verbose=values.pop("verbose"),
    )


def pair_outputs(formats: Sequence[str], files: Sequence[str]) -> tuple[tuple[str, Path | None], ...]:
    """Pair formats and files in order; one format may be left without a file and goes to stdout.

    Raises UsageError where two formats would share stdout, a file has no format, or two have one name.
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
