"""Create a small project, or add pipelines and editor settings to one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from rhythmconf import catalog
from rhythmconf.errors import UsageError
from rhythmconf.flows.pipelines import HOSTS, Pipeline
from rhythmconf.model import Json, dump
from rhythmconf.settings import FILE, load_schema, load_settings
from rhythmconf.source.project import files, git, inside
from rhythmconf.source.project.git import GitFailed
from rhythmconf.source.project.opening import open_catalog
from rhythmconf.source.project.shipped import shipped_folder

SCHEMA = "rhythmconf.schema.json"
OVERLAY_SCHEMA = "rhythmconf.overlay.schema.json"
PROJECT_SCHEMA = "rhythmconf.project.schema.json"
SOURCE = "config"
"""The folder of documents in the small project."""
GITIGNORE = ".gitignore"
IGNORED = (".rhythmconf/", "rhythmconf-reports/", "*.plan")


class Initialised(NamedTuple):
    """The files that were written, relative to the folder; `to_ignore` are lines that its own .gitignore lacks.

    `remotes` are those of its git repository from which git does not fetch the bases.
    """

    names: list[str]
    to_ignore: list[str]
    existed: bool
    remotes: tuple[str, ...] = ()


def init(root: Path, project_name: str | None, extras: Iterable[str]) -> Initialised:
    """Create a project of three records in a folder; with `extras` (github, gitlab, vscode) add their files.

    In a project that exists already only the extras are added. Raises UsageError, with nothing written, where a file
    exists: nothing is overwritten.
    """
    return _init(root, lambda: _new_project(project_name or _name_of(root)), extras)


def init_empty(root: Path, project_name: str | None, extras: Iterable[str]) -> Initialised:
    """Do the same without the three records, for a tenant that has records already."""
    return _init(root, lambda: _without_documents(_new_project(project_name or _name_of(root))), extras)


def _without_documents(texts: dict[str, bytes]) -> dict[str, bytes]:
    # git keeps no empty folder, and a source folder that is missing is an error.
    kept = {name: text for name, text in texts.items() if not name.startswith(f"{SOURCE}/")}
    return kept | {f"{SOURCE}/.gitkeep": b""}


def _init(root: Path, make_project: Callable[[], dict[str, bytes]], extras: Iterable[str]) -> Initialised:
    extras = [*extras]
    existed = (root / FILE).is_file()
    if existed and not extras:
        raise _project_exists(root)
    texts = {} if existed else make_project()
    to_ignore: list[str] = []
    if GITIGNORE in texts and (root / GITIGNORE).exists():
        del texts[GITIGNORE]
        to_ignore = _missing_lines(root)
    for extra in extras:
        texts |= _extra(extra, root / FILE, texts.get(FILE))
    _write(root, texts)
    return Initialised(sorted(texts), to_ignore, existed, _remotes(root))


def _remotes(root: Path) -> tuple[str, ...]:
    # `doctor` offers this too, and says what is wrong where git fails.
    with suppress(GitFailed):
        return tuple(remote for remote, fetched in git.remotes(root).items() if not fetched)
    return ()


def _new_project(name: str) -> dict[str, bytes]:
    texts = dict(_walk(_example(), ""))
    settings = texts[FILE].decode()
    texts[FILE] = re.sub(r"(?m)^project: \S+", f"project: {name}", settings).encode()
    shipped = catalog.load_shipped()
    texts[SCHEMA] = dump(catalog.editor_schema(shipped)).encode()
    texts[PROJECT_SCHEMA] = dump(load_schema()).encode()
    texts[GITIGNORE] = "".join(f"{line}\n" for line in IGNORED).encode()
    return texts


def _extra(name: str, file: Path, text: bytes | None) -> dict[str, bytes]:
    """Return the files of one extra. `text` is the project file where it isn't written yet."""
    if name in HOSTS:
        return Pipeline().render(name)
    settings = load_settings(
        text or files.read(file.parent, file.name), file=file.absolute(), flags={}, environ=os.environ
    )
    return _vscode(catalog.widen_all(open_catalog(settings)), settings.sources)


def _vscode(kinds: catalog.Catalog, sources: Iterable[str]) -> dict[str, bytes]:
    """Return settings that check documents without modelines, and overlays by a schema of their own."""
    schemas: Json = {
        f"./{SCHEMA}": [f"/{folder}/**/*.{suffix}" for folder in sources for suffix in ("yaml", "yml")],
        f"./{OVERLAY_SCHEMA}": [f"/overlays/**/*.{suffix}" for suffix in ("yaml", "yml")],
    }
    return {
        ".vscode/settings.json": dump({"yaml.schemas": schemas}).encode(),
        ".vscode/extensions.json": dump({"recommendations": ["redhat.vscode-yaml"]}).encode(),
        OVERLAY_SCHEMA: dump(catalog.overlay_schema(kinds)).encode(),
    }


def _example() -> Traversable:
    """Return the folder of the small project."""
    return shipped_folder("examples") / "minimal"


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith((".", "_")):
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(files.SUFFIXES) and entry.name not in (SCHEMA, PROJECT_SCHEMA):
            yield prefix + entry.name, entry.read_bytes()


def _write(root: Path, texts: dict[str, bytes]) -> None:
    existing = [name for name in sorted(texts) if (root / name).exists()]
    if existing:
        help = (
            "nothing was written. For a new project, name another folder: rhythmconf init FOLDER. To have a new "
            "version of this file, move the old one away and run the command again; keep what you changed in it"
        )
        raise UsageError(f"{existing[0]} is already there, and no file is overwritten", where=str(root), help=help)
    for name in texts:
        inside.check(root, name)
    for name, text in texts.items():
        inside.write(root, name, text)


def _project_exists(root: Path) -> UsageError:
    """Return the error of a folder with a project, which names what people want there."""
    return UsageError(
        f"{FILE} is already there: this folder is a project",
        where=str(root),
        help="nothing was written. Go on with it: rhythmconf doctor checks the connection, rhythmconf pull writes the "
        "tenant's records into files, rhythmconf plan shows what would change. To add files to it: rhythmconf init "
        "--github, --gitlab or --vscode. For a second project, name another folder: rhythmconf init FOLDER",
    )


def _missing_lines(root: Path) -> list[str]:
    """Return the lines that an existing .gitignore lacks."""
    lines = (files.read_if_there(root, GITIGNORE) or b"").decode("utf-8", "replace").split()
    return [line for line in IGNORED if line not in lines]


def _name_of(root: Path) -> str:
    """Return a project name made of the folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", root.absolute().name.lower()).strip("-") or "my-association"
