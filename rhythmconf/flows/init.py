"""Create a small project, or add pipelines and editor settings to one."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from rhythmconf import catalog
from rhythmconf.catalog import editor
from rhythmconf.errors import UsageError
from rhythmconf.flows.editor_schemas import OVERLAY_SCHEMA, SCHEMA, kinds_and_keys
from rhythmconf.flows.pipelines import SCRIPTS, Checkout, Choices, File, choose, pipeline_file, read_choices, render
from rhythmconf.model import Json, dump
from rhythmconf.settings import FILE, Settings, load_schema, load_settings
from rhythmconf.source.project import files, git, inside
from rhythmconf.source.project.git_process import GitFailed, in_repository
from rhythmconf.source.project.shipped import shipped_folder

PROJECT_SCHEMA = "rhythmconf.project.schema.json"
SOURCE = "config"
"""The folder of documents in the small project."""
GITIGNORE = ".gitignore"
IGNORED = (".rhythmconf/", "rhythmconf-reports/", "*.plan")


class Additions(NamedTuple):
    """What to add to a project: `extras` are github, gitlab and vscode; `environments` are those of the pipelines."""

    extras: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def hosts(self) -> list[str]:
        """The hosts whose pipelines are asked for."""
        return [extra for extra in dict.fromkeys(self.extras) if extra in SCRIPTS]


class WrittenPipeline(NamedTuple):
    """A pipeline: its file, relative to the top of the repository, and what it is written for.

    `to_define` are environments that rhythmconf.yaml lacks.
    """

    host: str
    file: str
    checkout: Checkout
    choices: Choices
    to_define: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self.checkout.top / self.file

    @property
    def included(self) -> bool:
        """Whether `.gitlab-ci.yml` has to include the file."""
        return self.host == "gitlab" and self.file != ".gitlab-ci.yml"


class Initialised(NamedTuple):
    """The files that were written; `to_ignore` are lines that the project's own .gitignore lacks.

    `remotes` are those of its git repository from which git does not fetch the bases. `before` has the files of
    pipelines that were already there. Where nothing was written because of them, `after` has the texts that differ.
    """

    written: list[Path]
    existed: bool
    to_ignore: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()
    pipelines: tuple[WrittenPipeline, ...] = ()
    before: Mapping[str, bytes] = {}
    after: Mapping[str, bytes] = {}


def init(root: Path, project_name: str | None, additions: Additions) -> Initialised:
    """Create a project of three records in a folder, with the additions.

    In a project that exists already only the additions are made. Raises UsageError, with nothing written, where a file
    exists: nothing is overwritten. Where a pipeline is already there, nothing is written either, and the result has
    the differences.
    """
    return _init(root, lambda: _new_project(project_name or _name_of(root)), additions)


def init_empty(root: Path, project_name: str | None, additions: Additions) -> Initialised:
    """Do the same without the three records, for a tenant that has records already."""
    return _init(root, lambda: _without_documents(_new_project(project_name or _name_of(root))), additions)


def update(root: Path, additions: Additions) -> Initialised:
    """Replace the pipelines of a project by those of this version; what the user chose at their top is kept.

    Raises UsageError, with nothing written, where a file would be replaced that is in no commit: it would be lost.
    """
    settings = _load_settings(root, files.read(root, FILE))
    rendered, pipelines = _render_pipelines(settings, root, additions)
    texts = {file: _text_of(file) for file in rendered}
    changed = [file for file in rendered if texts[file] != file.text]
    _refuse_uncommitted(root, [file for file in changed if texts[file] is not None])
    _write_files(changed)
    before = {str(file.path): text for file in changed if (text := texts[file]) is not None}
    return Initialised([file.path for file in changed], existed=True, pipelines=pipelines, before=before)


def _without_documents(texts: dict[str, bytes]) -> dict[str, bytes]:
    # git keeps no empty folder, and a source folder that is missing is an error.
    kept = {name: text for name, text in texts.items() if not name.startswith(f"{SOURCE}/")}
    return kept | {f"{SOURCE}/.gitkeep": b""}


def _init(root: Path, make_project: Callable[[], dict[str, bytes]], additions: Additions) -> Initialised:
    existed = (root / FILE).is_file()
    if existed and not additions.extras:
        raise _project_exists(root)
    texts = {} if existed else make_project()
    to_ignore: tuple[str, ...] = ()
    if GITIGNORE in texts and (root / GITIGNORE).exists():
        del texts[GITIGNORE]
        to_ignore = _missing_lines(root)
    rendered: list[File] = []
    pipelines: tuple[WrittenPipeline, ...] = ()
    if additions.extras:
        settings = _load_settings(root, texts.get(FILE) or files.read(root, FILE))
        if "vscode" in additions.extras:
            texts |= _vscode(settings)
        rendered, pipelines = _render_pipelines(settings, root, additions)
    project = [File(root, name, text) for name, text in texts.items()]
    _refuse_existing(project if existed else [*project, *rendered])
    before = {str(file.path): text for file in rendered if (text := _text_of(file)) is not None}
    if before:
        after = {str(file.path): file.text for file in rendered if before.get(str(file.path)) != file.text}
        return Initialised([], existed, pipelines=pipelines, before=before, after=after)
    written = [*project, *rendered]
    _write_files(written)
    return Initialised(sorted(file.path for file in written), existed, to_ignore, _remotes(root), pipelines)


def _load_settings(root: Path, text: bytes) -> Settings:
    return load_settings(text, file=(root / FILE).absolute(), flags={}, environ=os.environ)


def _render_pipelines(
    settings: Settings, root: Path, additions: Additions
) -> tuple[list[File], tuple[WrittenPipeline, ...]]:
    """Return the files of the pipelines that were asked for."""
    rendered: list[File] = []
    pipelines = []
    checkout = find_checkout(root) if additions.hosts else Checkout(root, root)
    for name in additions.environments:
        settings.unexpanded(name)  # raises an error for a name that rhythmconf.yaml doesn't have
    for host in additions.hosts:
        file = pipeline_file(host, checkout)
        text = files.read_if_there(checkout.top, file)
        earlier = None if text is None else read_choices(text)
        if text is not None and earlier is None:
            raise _foreign(checkout.top / file)
        choices = choose(settings, checkout, additions.environments, earlier)
        rendered += render(host, settings, checkout, choices)
        to_define = tuple(name for name in choices.environments if name not in settings.environments)
        pipelines.append(WrittenPipeline(host, file, checkout, choices, to_define))
    return rendered, tuple(pipelines)


def _text_of(file: File) -> bytes | None:
    return files.read_if_there(file.root, file.name)


def find_checkout(root: Path) -> Checkout:
    """Ask git where a project is in its repository, and into which branch is merged. The folder may not exist yet."""
    folder = git.prefix(root)
    top = Path(os.path.normpath(root.joinpath(*(".." for _ in filter(None, folder.split("/"))))))
    existing = next(path for path in (root.absolute(), *root.absolute().parents) if path.is_dir())
    if not in_repository(existing):
        return Checkout(root, top)
    default = git.default_branch(existing)
    return Checkout(root, top, folder, default or git.current_branch(existing), current=not default)


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
    texts[SCHEMA] = dump(editor.editor_schema(shipped)).encode()
    texts[PROJECT_SCHEMA] = dump(load_schema()).encode()
    texts[GITIGNORE] = "".join(f"{line}\n" for line in IGNORED).encode()
    return texts


def _vscode(settings: Settings) -> dict[str, bytes]:
    """Return settings that check documents without modelines, and the schemas that they name, unless these exist."""
    globs: Json = {
        f"./{SCHEMA}": [f"/{folder}/**/*.{suffix}" for folder in settings.sources for suffix in ("yaml", "yml")],
        f"./{OVERLAY_SCHEMA}": [f"/overlays/**/*.{suffix}" for suffix in ("yaml", "yml")],
    }
    kinds, keys = kinds_and_keys(settings)
    schemas = {SCHEMA: editor.editor_schema, OVERLAY_SCHEMA: editor.overlay_schema}
    return {
        ".vscode/settings.json": dump({"yaml.schemas": globs}).encode(),
        ".vscode/extensions.json": dump({"recommendations": ["redhat.vscode-yaml"]}).encode(),
        **{
            name: dump(make(kinds, keys)).encode()
            for name, make in schemas.items()
            if not (settings.root / name).exists()
        },
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


def _refuse_existing(project: Iterable[File]) -> None:
    existing = [file for file in project if file.path.exists()]
    if existing:
        help = (
            "nothing was written. For a new project, name another folder: rhythmconf init FOLDER. To have a new "
            "version of this file, move the old one away and run the command again; keep what you changed in it"
        )
        message = f"{existing[0].name} is already there, and no file is overwritten"
        raise UsageError(message, where=str(existing[0].root), help=help)


def _refuse_uncommitted(root: Path, replaced: Sequence[File]) -> None:
    """Raise UsageError if a file that would be replaced is in no commit."""
    lost = [file for file in replaced if not in_repository(root) or git.uncommitted(file.root, [file.name])]
    if lost:
        names = " ".join(shlex.quote(str(file.path)) for file in lost)
        help = f"nothing was written. Commit first, so that git keeps your version: git add {names} && git commit"
        if not in_repository(root):
            help = "nothing was written, because no git repository keeps your version. Move these files away first"
        raise UsageError(f"these files would be replaced, and no commit has them: {names}", help=help)


def _foreign(path: Path) -> UsageError:
    return UsageError(
        f"{path.name} is already there, and `init` did not write it",
        where=str(path.parent),
        help="nothing was written. Move the file away, run the command again, and put back what you need of it",
    )


def _write_files(written: Iterable[File]) -> None:
    written = [*written]
    for file in written:
        inside.check(file.root, file.name)
    for file in written:
        inside.write(file.root, file.name, file.text)


def _project_exists(root: Path) -> UsageError:
    """Return the error of a folder with a project, which names what people want there."""
    return UsageError(
        f"{FILE} is already there: this folder is a project",
        where=str(root),
        help="nothing was written. Go on with it: rhythmconf doctor checks the connection, rhythmconf pull writes the "
        "tenant's records into files, rhythmconf plan shows what would change. To add files to it: rhythmconf init "
        "--github, --gitlab or --vscode. For a second project, name another folder: rhythmconf init FOLDER",
    )


def _missing_lines(root: Path) -> tuple[str, ...]:
    """Return the lines that an existing .gitignore lacks."""
    lines = (files.read_if_there(root, GITIGNORE) or b"").decode("utf-8", "replace").split()
    return tuple(line for line in IGNORED if line not in lines)


def _name_of(root: Path) -> str:
    """Return a project name made of the folder's name."""
    return re.sub(r"[^a-z0-9]+", "-", root.absolute().name.lower()).strip("-") or "my-association"
