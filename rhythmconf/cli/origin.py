"""Define the options by which a pipeline says where a report comes from."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from rhythmconf.errors import UsageError
from rhythmconf.report.origin import Link, Origin

F = TypeVar("F", bound=Callable[..., Any])
# What an address may contain, without the characters that could end a link in Markdown.
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&*+,;=%]{1,2000}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class _Lines(click.ParamType[str]):
    """A text; an environment variable has one in each line."""

    name = "text"
    envvar_list_splitter = "\n"


def origin_options(function: F) -> F:
    """Add --link and --head; the command gets `origin: Origin`."""

    @functools.wraps(function)
    def command(**values: Any) -> Any:
        return function(origin=Origin(values.pop("head"), values.pop("links")), **values)

    for decorator in (
        click.option(
            "--head",
            metavar="COMMIT",
            default="",
            envvar="RHYTHMCONF_HEAD",
            show_envvar=True,
            callback=_check_head,
            help="Name this commit in Markdown and HTML instead of the checked-out one.",
        ),
        click.option(
            "--link",
            "links",
            multiple=True,
            metavar="TEXT=URL",
            type=_Lines(),
            envvar="RHYTHMCONF_LINKS",
            show_envvar=True,
            callback=_read_links,
            help="Add a link to Markdown and HTML, such as to a run. The variable has one in each line.",
        ),
    ):
        command = decorator(command)
    return command  # type: ignore[return-value]


def _read_links(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Link, ...]:
    return tuple(_read_link(value) for value in values if value.strip())


def _read_link(value: str) -> Link:
    text, _, url = value.partition("=")
    if not text.strip() or not _URL.fullmatch(url):
        raise UsageError(
            f"--link: {value!r} is not a text and an address",
            help="write `--link 'Run=https://example.org/runs/1'`; percent-encode what an address can't contain",
        )
    return Link(text, url)


def _check_head(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not _COMMIT.fullmatch(value):
        raise UsageError(f"--head: {value!r} is not the id of a commit", help="give what `git rev-parse HEAD` prints")
    return value
