"""`rhythmconf init`: create a small project that works without an account, or pipelines for a project."""

from __future__ import annotations

import shlex

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.flows.init import GITIGNORE, Initialised, init
from rhythmconf.model import configure_fetch, dump
from rhythmconf.report.terminal import safe

EPILOG = """\b
Examples:
  rhythmconf init demo
  rhythmconf plan -C demo
  rhythmconf init --github --vscode     # in an existing project"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[DIRECTORY]", default=".")
@click.option(
    "--project", metavar="NAME", help="The name of the project. It is part of every mark.  [default: the folder's name]"
)
@click.option("--github", "extras", flag_value="github", multiple=True, help="Add a workflow for GitHub Actions.")
@click.option("--gitlab", "extras", flag_value="gitlab", multiple=True, help="Add a pipeline for GitLab CI.")
@click.option("--vscode", "extras", flag_value="vscode", multiple=True, help="Add settings for VS Code.")
@shared_options()
def command(options: Options, folder: str, project: str | None, extras: tuple[str, ...]) -> int:
    """Create a small project in DIRECTORY: settings, three resources and the schemas for editors.

    The tenant of the new project is a local file, so plan and apply work at once, without an account. In a project
    that exists already, only the files of --github, --gitlab or --vscode are added. Existing files are never
    overwritten.
    """
    root = options.directory / folder
    done = init(root, project, extras)
    paths = [str(root / name) for name in done.names]
    emit(
        options,
        console(options.color, quiet=options.quiet),
        {"text": lambda: _text(paths, done, str(root)), "json": lambda: dump({"written": [*paths]})},
    )
    return 0


def _text(paths: list[str], done: Initialised, folder: str) -> str:
    written = "".join(f"  {safe(path)}\n" for path in paths)
    ignore = f"Add to your {GITIGNORE}: {' and '.join(done.to_ignore)}\n" if done.to_ignore else ""
    for remote in done.remotes:
        ignore += f"So that git fetches what colleagues have applied: {safe(configure_fetch(remote))}\n"
    if done.existed:
        return f"{written}{ignore}Next: read their first lines, then commit them\n"
    step = f"cd {shlex.quote(safe(folder))} && " if folder != "." else ""
    return f"{written}{ignore}Next: {step}rhythmconf validate, then rhythmconf plan\n"
