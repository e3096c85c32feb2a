"""What `init` writes: a small project, pipelines, settings of an editor, each as files by relative path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from rhythmconf import __version__, catalog
from rhythmconf.model import Json, dump
from rhythmconf.source.project import files

SCHEMA = "rhythmconf.schema.json"
OVERLAY_SCHEMA = "rhythmconf.overlay.schema.json"
GITIGNORE = ".gitignore"
IGNORED = (".rhythmconf/", "rhythmconf-reports/")
HOSTS = {
    "github": (".github/workflows/rhythmconf.yml", ".github/rhythmconf"),
    "gitlab": (".gitlab-ci.yml", ".gitlab/rhythmconf"),
}
"""Where a host looks for its pipeline, and where the scripts stand that it runs."""
STEPS = ("install.sh", "review.sh", "apply.sh", "snapshot.sh", "drift.sh", "publish.sh")
SCRIPTS = {"github": (*STEPS, "github.sh", "comment.sh", "propose.sh"), "gitlab": STEPS}


def project(name: str) -> dict[str, bytes]:
    """A project of three records, with the schema for editors."""
    found = dict(_walk(_minimal(), ""))
    settings = found["rhythmconf.yaml"].decode()
    found["rhythmconf.yaml"] = re.sub(r"(?m)^project: \S+", f"project: {name}", settings).encode()
    shipped = catalog.load([catalog.default_folder()], module="certifications")
    found[SCHEMA] = dump(catalog.editor_schema(shipped)).encode()
    found[GITIGNORE] = "".join(f"{line}\n" for line in IGNORED).encode()
    return found


def pipeline(host: str) -> dict[str, bytes]:
    """The pipeline of github or gitlab, which names the version that wrote it, and its scripts."""
    target, folder = HOSTS[host]
    packed = resources.files("rhythmconf.templates") / "pipelines"
    written = {f"{folder}/{name}": (packed / name).read_bytes() for name in SCRIPTS[host]}
    template = (packed / f"{host}.yml").read_text(encoding="utf-8")
    return {target: template.replace("@VERSION@", __version__).encode(), **written}


def vscode(known: catalog.Catalog, sources: Iterable[str]) -> dict[str, bytes]:
    """Settings that check documents without modelines, and overlays by a schema of their own."""
    schemas: Json = {
        f"./{SCHEMA}": [f"/{folder}/**/*.{suffix}" for folder in sources for suffix in ("yaml", "yml")],
        f"./{OVERLAY_SCHEMA}": [f"/overlays/**/*.{suffix}" for suffix in ("yaml", "yml")],
    }
    return {
        ".vscode/settings.json": dump({"yaml.schemas": schemas}).encode(),
        ".vscode/extensions.json": dump({"recommendations": ["redhat.vscode-yaml"]}).encode(),
        OVERLAY_SCHEMA: dump(catalog.overlay_schema(known)).encode(),
    }


def _minimal() -> Traversable:
    """What the wheel carries, or the example of a clone."""
    packed = resources.files("rhythmconf") / "minimal"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "examples" / "minimal"


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith((".", "_")):
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(files.SUFFIXES) and entry.name != SCHEMA:
            yield prefix + entry.name, entry.read_bytes()
