"""The project file -> Settings: what holds for the whole project, and its environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rhythmconf import __version__
from rhythmconf.errors import SettingsError
from rhythmconf.model import Body, Json
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import environments, origins, variables
from rhythmconf.settings.members import NAME, PROJECT, Problem, examine, examine_environment
from rhythmconf.settings.requires import requires_problem
from rhythmconf.settings.source import Source
from rhythmconf.settings.values import DEFAULT_MODULE, Environment, Secret

FILE = "rhythmconf.yaml"


@dataclass(frozen=True)
class Settings:
    """The project, and where this computer keeps what belongs to it. `sources` and `schemas` are relative to `root`.

    `default_environment` is the one in force (flag, variable, file), empty where nothing names one. `environments`
    stand as they are written; `environment` gives one that can be used.
    """

    root: Path
    project: str
    module: str
    sources: tuple[str, ...]
    schemas: tuple[str, ...]
    default_environment: str
    environments: Mapping[str, Environment]
    state_dir: Path
    cache_dir: Path
    plan_key: Secret | None
    source: Source = field(repr=False)
    flags: Mapping[str, str] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    def environment(self, name: str | None = None) -> Environment:
        """The named environment, or the one in force, with its variables in place. Raises SettingsError."""
        return environments.used(self.source, self._chosen(name), self.environ)

    def unexpanded(self, name: str | None = None) -> Environment:
        """The same without any secret or variable: for what needs no tenant."""
        return self.environments[self._chosen(name)]

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """Where each setting in force came from: a flag, a variable, `rhythmconf.yaml:LINE`, or the default."""
        return origins.trace(self.source, self.flags, self.environ)

    def _chosen(self, name: str | None) -> str:
        chosen = name or self.default_environment
        if chosen in self.environments:
            return chosen
        message = f"There is no environment {chosen}." if chosen else "No environment was named."
        names = f"environments: {', '.join(self.environments) or 'none yet'}"
        raise SettingsError(message, where=self.source.file, help=suggest(chosen, self.environments) or names)


def load_settings(text: bytes, *, file: Path, flags: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
    """Read the project file. `flags` may name the environment (`env`); a `${NAME}` is looked up only when it is used.

    Raises SettingsError with everything that is wrong, each with its line and column.
    """
    source = Source(text, file.name)
    source.check(_problems(source.value))
    variables.base_url(environ)
    value = source.value
    key = variables.variable(environ, "RHYTHMCONF_PLAN_KEY")
    names = environments.written(source)
    return Settings(
        root=file.parent,
        project=str(value["project"]),
        module=str(value.get("module", DEFAULT_MODULE)),
        sources=_texts(value["sources"]),
        schemas=_texts(value.get("schemas")),
        default_environment=_in_force(value, flags, environ),
        environments={name: environments.as_written(source, name, environ) for name in names},
        state_dir=variables.state_dir(environ),
        cache_dir=variables.cache_dir(environ),
        plan_key=Secret(key) if key else None,
        source=source,
        flags=flags,
        environ=environ,
    )


def find_project_file(start: Path, home: Path | None = None) -> Path:
    """The project file of a folder: its own, or that of a folder above, up to the repository's or the home folder."""
    searched: list[Path] = []
    for folder in (start, *start.parents):
        searched.append(folder)
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / ".git").exists() or folder == (home or Path.home()):
            break
    raise SettingsError(
        f"There is no {FILE} here or above. Searched: {', '.join(map(str, searched))}.",
        help="Run `rhythmconf init` to begin, or name the project's folder with -C.",
    )


def _problems(value: Body) -> Iterator[Problem]:
    yield from examine(value, PROJECT, "")
    yield from _version_problems(value)
    named = value.get("environments")
    if not isinstance(named, dict):
        return
    for name, body in named.items():
        at = environments.place(name)
        if not NAME.fullmatch(name):
            yield Problem(at, f"'{name}' can't name an environment: use {NAME.pattern}", of_name=True)
        yield from examine_environment(body, at)
    yield from environments.twins({name: body for name, body in named.items() if isinstance(body, dict)})
    yield from _default_problems(value, named)


def _version_problems(value: Body) -> Iterator[Problem]:
    requires = value.get("requires")
    if isinstance(requires, str) and (problem := requires_problem(requires, __version__)):
        yield Problem("/requires", f"requires {problem}")


def _default_problems(value: Body, named: Body) -> Iterator[Problem]:
    default = value.get("default_environment")
    if isinstance(default, str) and default not in named:
        help = suggest(default, named)
        yield Problem("/default_environment", f"there is no environment {default}", help)


def _in_force(value: Body, flags: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Flag, variable, project file; a single environment needs no naming."""
    named = flags.get("env") or variables.variable(environ, "RHYTHMCONF_ENV") or value.get("default_environment")
    if isinstance(named, str):
        return named
    all_of_them = value.get("environments")
    return next(iter(all_of_them)) if isinstance(all_of_them, dict) and len(all_of_them) == 1 else ""


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
