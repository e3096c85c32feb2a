"""`rhythmconf init`: a small project that plans and applies without an account."""

from __future__ import annotations

import re
import sys
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from rhythmconf import catalog
from rhythmconf.cli import files
from rhythmconf.errors import UsageError
from rhythmconf.report import as_json
from rhythmconf.report.terminal import safe

SCHEMA = "rhythmconf.schema.json"
IGNORED = b".rhythmconf/\n"


@click.command(epilog="\b\nrhythmconf init demo\ncd demo && rhythmconf plan")
@click.argument("directory", default=".")
@click.option("--project", metavar="NAME", help="The owner part of every mark; by default the folder's name.")
def command(directory: str, project: str | None) -> int:
    """Write a small project into DIRECTORY: settings, three resources, the schema for editors.

    Its tenant is a file in the project, so plan and apply work at once, without an account. Existing files are
    never overwritten.
    """
    root = Path(directory)
    written = starter(project or _project_name(root))
    taken = [name for name in written if (root / name).exists()]
    if taken:
        raise UsageError(f"{taken[0]} is already there", where=str(root), help="choose an empty folder")
    for name, data in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        files.write(root / name, data)
    sys.stdout.write("".join(f"  {safe(str(root / name))}\n" for name in written))
    step = f"cd {safe(directory)} && " if directory != "." else ""
    sys.stdout.write(f"Next: {step}rhythmconf validate, then rhythmconf plan\n")
    return 0


def starter(project: str) -> dict[str, bytes]:
    """The files of a new project, by relative path."""
    found = dict(_walk(_source(), ""))
    settings = found["rhythmconf.yaml"].decode()
    found["rhythmconf.yaml"] = re.sub(r"(?m)^project: \S+", f"project: {project}", settings).encode()
    shipped = catalog.load([catalog.default_folder()], module="certifications")
    found[SCHEMA] = as_json.dump(catalog.editor_schema(shipped)).encode()
    found[".gitignore"] = IGNORED
    return dict(sorted(found.items()))


def _source() -> Traversable:
    """What the wheel carries, or the example of a clone."""
    packed = resources.files("rhythmconf") / "minimal"
    return packed if packed.is_dir() else Path(__file__).parents[3] / "examples" / "minimal"


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith((".", "_")):
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(files.SUFFIXES) and entry.name != SCHEMA:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found


def _project_name(root: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", root.absolute().name.lower()).strip("-")
    return name or "my-association"
