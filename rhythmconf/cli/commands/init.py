"""`rhythmconf init`: a small project that plans and applies without an account, and pipelines for a project."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import click

from rhythmconf import catalog
from rhythmconf.cli import starter
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.errors import UsageError
from rhythmconf.model import dump
from rhythmconf.report.terminal import safe
from rhythmconf.settings import FILE, load_settings
from rhythmconf.source.project import files

EPILOG = """\b
Examples:
  rhythmconf init demo
  cd demo && rhythmconf plan
  rhythmconf init --github --vscode     # in an existing project"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[DIRECTORY]", default=".")
@click.option(
    "--project", metavar="NAME", help="The name of the project. It is part of every mark.  [default: the folder's name]"
)
@click.option("--github", "extras", flag_value="github", multiple=True, help="Add a workflow for GitHub Actions.")
@click.option("--gitlab", "extras", flag_value="gitlab", multiple=True, help="Add a pipeline for GitLab CI.")
@click.option("--vscode", "extras", flag_value="vscode", multiple=True, help="Add settings for VS Code.")
@shared()
def command(options: Options, folder: str, project: str | None, extras: tuple[str, ...]) -> int:
    """Create a small project in DIRECTORY: settings, three resources and the schemas for editors.

    The tenant of the new project is a local file, so plan and apply work at once, without an account. In a project
    that exists already, only the files of --github, --gitlab or --vscode are added. Existing files are never
    overwritten.
    """
    root = options.directory / folder
    started = bool(extras) and (root / FILE).is_file()
    written = {} if started else starter.project(project or _project_name(root))
    ignored: list[str] = []
    if starter.GITIGNORE in written and (root / starter.GITIGNORE).exists():
        del written[starter.GITIGNORE]
        ignored = _to_ignore(root)
    for extra in extras:
        written |= _extra(extra, root / FILE, written.get(FILE))
    _write(root, written)
    names = [str(root / name) for name in sorted(written)]
    emit(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: "".join(f"  {safe(name)}\n" for name in names) + _told(ignored) + _next(str(root), started),
            "json": lambda: dump({"written": [*names]}),
        },
    )
    return 0


def _extra(name: str, file: Path, text: bytes | None) -> dict[str, bytes]:
    """The files of --github, --gitlab or --vscode for a project; `text` is its settings where they are yet to come."""
    if name in starter.HOSTS:
        return starter.pipeline(name)
    settings = load_settings(text or files.read_any(file), file=file.absolute(), flags={}, environ=os.environ)
    folders = [catalog.default_folder(), *(settings.root / folder for folder in settings.schemas)]
    return starter.vscode(catalog.load(folders, module=settings.module), settings.sources)


def _write(root: Path, written: dict[str, bytes]) -> None:
    taken = [name for name in sorted(written) if (root / name).exists()]
    if taken:
        help = "choose an empty folder, or move that file away: nothing is overwritten"
        raise UsageError(f"{taken[0]} is already there", where=str(root), help=help)
    for name, data in written.items():
        files.make_folder((root / name).parent)
        files.write(root / name, data)


def _to_ignore(root: Path) -> list[str]:
    """The lines that a .gitignore which is there already doesn't have."""
    there = (files.read_if_there(root, starter.GITIGNORE) or b"").decode("utf-8", "replace").split()
    return [line for line in starter.IGNORED if line not in there]


def _told(ignored: list[str]) -> str:
    return f"Add to your {starter.GITIGNORE}: {' and '.join(ignored)}\n" if ignored else ""


def _next(directory: str, started: bool) -> str:
    if started:
        return "Next: read their first lines, then commit them\n"
    step = f"cd {shlex.quote(safe(directory))} && " if directory != "." else ""
    return f"Next: {step}rhythmconf validate, then rhythmconf plan\n"


def _project_name(root: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", root.absolute().name.lower()).strip("-")
    return name or "my-association"
