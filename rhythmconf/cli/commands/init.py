"""`rhythmconf init`: create a small project that works without an account, or pipelines for a project."""

from __future__ import annotations

import shlex

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit_result
from rhythmconf.flows.init import GITIGNORE, Initialised, init, init_empty
from rhythmconf.model import configure_fetch, dump
from rhythmconf.report.terminal import safe

EPILOG = """\b
Examples:
  rhythmconf init demo
  rhythmconf plan -C demo
  rhythmconf init --empty my-association    # for a tenant with records
  rhythmconf init --github --vscode     # in an existing project"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[DIRECTORY]", default=".")
@click.option(
    "--project", metavar="NAME", help="The name of the project. It is part of every mark.  [default: the folder's name]"
)
@click.option("--empty", is_flag=True, help="Write no example documents: for a tenant that has records already.")
@click.option("--github", "extras", flag_value="github", multiple=True, help="Add a workflow for GitHub Actions.")
@click.option("--gitlab", "extras", flag_value="gitlab", multiple=True, help="Add a pipeline for GitLab CI.")
@click.option("--vscode", "extras", flag_value="vscode", multiple=True, help="Add settings for VS Code.")
@shared_options()
def command(options: Options, folder: str, project: str | None, extras: tuple[str, ...], *, empty: bool) -> int:
    """Create a small project in DIRECTORY: settings, three resources and the schemas for editors.

    The tenant of the new project is a local file, so plan and apply work at once, without an account. In a project
    that exists already, only the files of --github, --gitlab or --vscode are added. Existing files are never
    overwritten.
    """
    root = options.directory / folder
    done = (init_empty if empty else init)(root, project, extras)
    paths = [str(root / name) for name in done.names]
    terminal = console(options.color, quiet=options.quiet)
    emit_result(
        options,
        terminal,
        {"text": lambda: "".join(f"  {safe(path)}\n" for path in paths), "json": lambda: dump({"written": [*paths]})},
    )
    _hint(terminal, done, str(root), empty=empty)
    return 0


def _hint(terminal: Console, done: Initialised, folder: str, *, empty: bool) -> None:
    """Say on stderr what to do next."""
    if done.to_ignore:
        terminal.hint([("plain", f"Add to your {GITIGNORE}: {' and '.join(done.to_ignore)}")])
    for remote in done.remotes:
        command = safe(configure_fetch(remote))
        terminal.hint([("plain", f"So that git fetches what colleagues have applied: {command}")])
    step = f"cd {shlex.quote(safe(folder))} && " if folder != "." else ""
    if done.existed:
        text = "read their first lines, then commit them"
    elif empty:
        text = f"{step}write your tenant into rhythmconf.yaml, then rhythmconf doctor --env sandbox"
    else:
        text = f"{step}rhythmconf validate, then rhythmconf plan"
    terminal.hint([("plain", f"Next: {text}")])
