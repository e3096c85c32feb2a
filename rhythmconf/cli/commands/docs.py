"""`rhythmconf docs`: list and print the pages of the documentation, and copy the examples."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, refuse_unused, shared_options
from rhythmconf.cli.output import Writer, emit, emit_result
from rhythmconf.errors import UsageError
from rhythmconf.model import dump
from rhythmconf.model.suggest import suggest
from rhythmconf.report.terminal import safe
from rhythmconf.settings import FILE
from rhythmconf.source.project import files
from rhythmconf.source.project.shipped import shipped_folder

EPILOG = """\b
Examples:
  rhythmconf docs
  rhythmconf docs troubleshooting
  rhythmconf docs settings --path
  rhythmconf docs --examples rhythmconf-examples"""


class _Page(NamedTuple):
    """A page of the documentation."""

    name: str
    path: Path

    def text(self) -> str:
        """Return the Markdown of the page."""
        return self.path.read_text(encoding="utf-8")

    def title(self) -> str:
        """Return the heading of the page."""
        with self.path.open(encoding="utf-8") as lines:
            return next(lines).removeprefix("# ").strip()


def _pages() -> dict[str, _Page]:
    folder = shipped_folder("docs")
    paths = {path.relative_to(folder).with_suffix("").as_posix(): path for path in folder.rglob("*.md")}
    return {name: _Page(name, paths[name]) for name in sorted(paths)}


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _pages() if name.startswith(incomplete)]


@click.command(epilog=EPILOG)
@click.argument("name", metavar="[PAGE]", required=False, shell_complete=_complete)
@click.option("--path", "wants_path", is_flag=True, help="Print where the page is on this computer, not its text.")
@click.option("--examples", metavar="DIR", help="Copy the example projects into DIR, a new folder.")
@shared_options()
def command(options: Options, name: str | None, examples: str | None, *, wants_path: bool) -> int:
    """Print a page of this documentation, as Markdown.

    Without PAGE, lists the pages. On a terminal, the program in PAGER shows the page. The pages are those of the
    installed version; reading them needs no network.
    """
    terminal = console(options.color, quiet=options.quiet)
    if name is None:
        refuse_unused("without PAGE", "wants_path")
    elif examples is not None:
        raise UsageError("a page and --examples exclude each other", help="leave out one of them")
    if examples is not None:
        _copy_examples(options, terminal, examples)
    elif name is None:
        emit(options, terminal, _list_writers(_pages().values()))
    elif not wants_path and options.outputs == (("text", None),) and sys.stdout.isatty():
        click.echo_via_pager(_find(name).text().rstrip("\n"), color=False)
    else:
        emit(options, terminal, _page_writers(_find(name), "path" if wants_path else "text"))
    return 0


def _list_writers(pages: Iterable[_Page]) -> dict[str, Writer]:
    titles = {page.name: page.title() for page in pages}
    width = max(map(len, titles))
    return {
        "text": lambda: "".join(f"{name:{width}}  {title}\n" for name, title in titles.items()),
        "json": lambda: dump({**titles}),
    }


def _page_writers(page: _Page, shown: str) -> dict[str, Writer]:
    """Return the writers of a page; `shown` is the member of the JSON that the text format prints."""
    value = {"name": page.name, "title": page.title(), "path": str(page.path), "text": page.text()}
    return {"text": lambda: value[shown].rstrip("\n") + "\n", "json": lambda: dump({**value})}


def _find(name: str) -> _Page:
    """Return the page of a name, which may be written as pages link to it: `docs/rules.md`, `rules.md#rc210`."""
    pages = _pages()
    plain = name.partition("#")[0].removeprefix("docs/").removesuffix(".md")
    if plain not in pages:
        help = suggest(plain, pages) or "`rhythmconf docs` lists the pages"
        raise UsageError(f"there is no page {name!r}", help=help)
    return pages[plain]


def _copy_examples(options: Options, terminal: Console, name: str) -> None:
    """Copy the examples into a folder. Raises UsageError, with nothing written, if it has files."""
    target, source = options.directory / name, shipped_folder("examples")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{name} is not written: it exists, and is not an empty folder", help="name a new folder")
    # In a clone, dot folders beside the examples hold tenants that somebody practised with.
    names = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.is_file()]
    names = [each for each in names if not any(part.startswith(".") for part in each.parts)]
    for each in names:
        files.make_folder((target / each).parent)
        files.write(target / each, (source / each).read_bytes())
    projects = [str(target / each.parent) for each in names if each.name == FILE]
    text = "".join(f"  {safe(project)}\n" for project in projects)
    emit_result(options, terminal, {"text": lambda: text, "json": lambda: dump({"written": [*projects]})})
    terminal.hint([("plain", f"Next: rhythmconf validate -C {shlex.quote(safe(projects[0]))}")])
