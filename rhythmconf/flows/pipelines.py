"""Render the pipelines that `init` writes, and read from an earlier one what its user chose."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from rhythmconf import __version__
from rhythmconf.model import Json
from rhythmconf.settings import Settings

STEPS = ("install.sh", "review.sh", "no_plan.sh", "apply.sh", "snapshot.sh", "drift.sh", "publish.sh", "prove.sh")
SCRIPTS = {"github": (*STEPS, "github.sh", "comment.sh", "label.sh", "propose.sh"), "gitlab": STEPS}
"""The scripts that the pipeline of each host runs."""
FIRST_LINE = b"# rhythmconf: "
"""How a pipeline begins that `init` wrote."""


CRON = "17 4 * * *"
"""When the drift is looked for: every night, not at a full hour, when hosts are busy."""


class File(NamedTuple):
    """A file to write: `name` is relative to `root`, which is the project or the top of its repository."""

    root: Path
    name: str
    text: bytes

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self.root / self.name


class Checkout(NamedTuple):
    """Where a project is: `root` is its folder, and `folder` its path below the top of the repository ("" at the top).

    `branch` is the one that is merged into, and `current` says that git knows only the branch that is checked out. In
    no repository, or where git knows no branch, `branch` is empty.
    """

    root: Path
    top: Path
    folder: str = ""
    branch: str = ""
    current: bool = False


class Choices(NamedTuple):
    """What its user chooses in a pipeline: an update keeps it.

    `environments` maps the name of each environment, in the order of promotion, to its name at the host.
    """

    environments: Mapping[str, str]
    branches: Sequence[str]
    cron: str = CRON
    source: str = ""
    commit: str = ""


class _Stage(NamedTuple):
    """An environment as the templates show it: `suffix` of its jobs, `label` of their titles, `prefix` of its secrets.

    `host` is its environment at the host, `scope` its name in refs and branches. `previous` is the stage that must be
    proven first.
    """

    name: str
    host: str
    scope: str
    suffix: str
    label: str
    prefix: str
    protected: bool
    previous: _Stage | None


def pipeline_file(host: str, checkout: Checkout) -> str:
    """Return the name of the pipeline's file, relative to the top of the repository.

    A repository may have several projects, and GitLab reads one file: below the top each project has a file that this
    one includes. So has a project at the top where `.gitlab-ci.yml` is another pipeline.
    """
    name = "-".join(["rhythmconf", *filter(None, checkout.folder.split("/"))])
    if host == "github":
        return f".github/workflows/{name}.yml"
    return (
        f".gitlab/{name}.yml" if checkout.folder or _is_foreign(checkout.top / ".gitlab-ci.yml") else ".gitlab-ci.yml"
    )


def _is_foreign(path: Path) -> bool:
    return path.is_file() and not path.read_bytes().startswith(FIRST_LINE)


def read_choices(text: bytes) -> Choices | None:
    """Return what the user chose in a pipeline that `init` wrote; None for any other file."""
    try:
        value = yaml.load(text, _Loader)  # noqa: S506 -- a safe loader
        if not text.startswith(FIRST_LINE):
            return None
        jobs = value.get("jobs", value)
        variables = value.get("env") or value.get("variables") or value[".rhythmconf"]["variables"]
        environments = {}
        for name, job in jobs.items():
            if name.partition("-")[0] == "apply":
                own = job.get("env") or job.get("variables") or {}
                at_host = job["environment"]
                # Until 0.2.0 the one environment was named for all jobs.
                chosen = own.get("RHYTHMCONF_ENV") or variables["RHYTHMCONF_ENV"]
                environments[chosen] = at_host["name"] if isinstance(at_host, dict) else at_host
        events = value.get(True, {})
        schedule = events.get("schedule") or [{}]
        return Choices(
            environments,
            events.get("push", {}).get("branches", ()),
            cron=schedule[0].get("cron", CRON),
            source=str(variables["RHYTHMCONF_SOURCE"] or ""),
            commit=str(variables["RHYTHMCONF_COMMIT"] or ""),
        )
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError):
        return None


class _Loader(yaml.SafeLoader):
    """Reads a file of GitLab, too: the tag `!reference` stands for what isn't needed here."""


_Loader.add_multi_constructor("!", lambda *_: None)


def choose(settings: Settings, checkout: Checkout, names: Sequence[str], earlier: Choices | None) -> Choices:
    """Return the choices for a pipeline: what was asked for, else what the earlier one has, else what is usual.

    It is usual to review for the protected environments, and for the default branch of the repository.
    """
    protected = [name for name, environment in settings.environments.items() if environment.protected]
    kept = earlier.environments if earlier else {}
    prefix = f"{settings.project}-" if checkout.folder else ""
    environments = {name: kept.get(name, prefix + name) for name in names or kept or protected or ["production"]}
    branches = (earlier.branches if earlier else ()) or (checkout.branch or "main",)
    return (
        earlier._replace(environments=environments, branches=branches) if earlier else Choices(environments, branches)
    )


def render(host: str, settings: Settings, checkout: Checkout, choices: Choices) -> list[File]:
    """Return the files of a pipeline: itself at the top of the repository, and its scripts in the project."""
    folder = f"{checkout.folder}/" if checkout.folder else ""
    file = pipeline_file(host, checkout)
    labels = [settings.project] if folder else []
    shared = [posixpath.normpath(posixpath.join(checkout.folder, name)) for name in settings.schemas if "../" in name]
    text = (
        _templates()
        .get_template(f"{host}.yml")
        .render(
            version=__version__,
            project="-".join(["", *labels]),
            title=_title("rhythmconf", labels),
            folder=folder,
            file=file,
            paths=[f"{each}/**" for each in (checkout.folder, *shared) if not each.startswith("..")] if folder else [],
            choices=choices,
            stages=[*_stages(settings, choices.environments, labels)],
            included=host == "gitlab" and file != ".gitlab-ci.yml",
        )
    )
    scripts = [
        File(checkout.root, f".{host}/rhythmconf/{name}", (_folder() / name).read_bytes()) for name in SCRIPTS[host]
    ]
    return [File(checkout.top, file, text.encode()), *scripts]


def _stages(settings: Settings, environments: Mapping[str, str], labels: list[str]) -> Iterator[_Stage]:
    stage = None
    for name, at_host in environments.items():
        several = [name] if len(environments) > 1 else []
        environment = settings.environments.get(name)
        stage = _Stage(
            name,
            at_host,
            "-".join([*labels, name]),
            "-".join(["", *several]),
            _title("", [*labels, *several]),
            re.sub(r"\W|_", "_", name.upper()),
            protected=environment is None or environment.protected,
            previous=stage,
        )
        yield stage


def _title(text: str, labels: Sequence[str]) -> str:
    return f"{text} ({', '.join(labels)})" if labels else text


def _folder() -> Traversable:
    return resources.files("rhythmconf.templates") / "pipelines"


def _templates() -> Environment:
    # GitHub writes its expressions as ${{ }}, so the templates use other marks than Jinja's own.
    templates = Environment(  # noqa: S701 -- YAML has nothing to escape
        loader=PackageLoader("rhythmconf.templates", "pipelines"),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<{",
        variable_end_string="}>",
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    templates.filters["quoted"] = _quoted
    return templates


def _quoted(value: Json) -> str:
    """Return a value as YAML: plain where it means the same in every reading, else in double quotes."""
    text = str(value)
    plain = re.fullmatch(r"[\w./][\w./:@~+-]*", text) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)
