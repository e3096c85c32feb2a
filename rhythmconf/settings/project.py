"""Read the project file into Settings: the values of the whole project, and its environments."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from rhythmconf import __version__
from rhythmconf.errors import SettingsError
from rhythmconf.model import Body, Diagnostic, Json, Location, pointer
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import environments, origins, variables
from rhythmconf.settings.secret import Secret
from rhythmconf.settings.source import Source
from rhythmconf.settings.values import DEFAULT_MODULE, Environment

FILE = "rhythmconf.yaml"
RESERVED_FOLDERS = {("overlays",), ("bindings",), (".rhythmconf",), (".git",)}
COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*([0-9]+(?:\.[0-9]+)*)\s*")
OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Settings:
    """The settings of a project, and the folders where this computer keeps its run records and tokens.

    `sources` and `schemas` are folders relative to `root`. `default_environment` is the one in force (flag, variable,
    file), or empty. `environments` are as written; `environment()` returns one with its variables expanded. With
    `push_base` git pushes the base after a complete apply. `lint` has the severity of a rule, or `off`, by its code;
    an environment may set others.
    """

    root: Path
    project: str
    module: str
    sources: tuple[str, ...]
    schemas: tuple[str, ...]
    default_environment: str
    environments: Mapping[str, Environment]
    lint: Mapping[str, str]
    push_base: bool
    state_dir: Path
    cache_dir: Path
    plan_key: Secret | None
    source: Source = field(repr=False)
    flags: Mapping[str, str] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    def environment(self, name: str | None = None) -> Environment:
        """Return the named environment, or the one in force, with its variables expanded.

        Raises SettingsError if there is none, if a variable is not set or if an expanded value is wrong.
        """
        return environments.make_expanded(self.source, self._chosen(name), self.environ)

    def unexpanded(self, name: str | None = None) -> Environment:
        """Return the named environment, or the one in force, without its variables: for work that needs no tenant.

        Raises SettingsError if there is none.
        """
        return self.environments[self._chosen(name)]

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """The origin of each setting in force: a flag, a variable, `rhythmconf.yaml:LINE` or `default`."""
        return origins.trace(self.source, self.flags, self.environ)

    def written_text(self, *path: str) -> str:
        """Return a text of the file as it is written, without its variables; "" if it isn't there."""
        value: Json = self.source.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    def written_texts(self, *path: str) -> Mapping[str, str]:
        """Return the texts of a mapping of the file by name, as they are written; nothing if it isn't there."""
        value: Json = self.source.value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}

    def locate(self, *path: str) -> Location | None:
        """Return the location of a member, or of the nearest mapping above it that the file has."""
        value: Json = self.source.value
        there: list[str] = []
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
            if value is None:
                break
            there.append(name)
        return self.source.location(pointer(there))

    def _chosen(self, name: str | None) -> str:
        chosen = name or self.default_environment
        if chosen in self.environments:
            return chosen
        empty = ": RHYTHMCONF_ENV is set but empty" if self.environ.get("RHYTHMCONF_ENV") == "" else ""
        message = f"There is no environment {chosen}." if chosen else f"No environment was named{empty}."
        names = f"environments: {', '.join(self.environments) or 'none yet'}"
        if chosen:
            help = suggest(chosen, self.environments) or names
        else:
            help = f"give --env NAME, or set RHYTHMCONF_ENV, or `default_environment` in rhythmconf.yaml; {names}"
        raise SettingsError(message, where=self.source.file, help=help)


def load_settings(text: bytes, *, file: Path, flags: Mapping[str, str], environ: Mapping[str, str]) -> Settings:
    """Read the text of a project file. `flags` may name the environment in force (`env`).

    Variables such as `${NAME}` are not looked up yet. Raises SettingsError with a diagnostic for each mistake.
    """
    source = _read_checked(text, file.name)
    variables.base_url(environ)
    value = source.value
    key = variables.variable(environ, "RHYTHMCONF_PLAN_KEY")
    return Settings(
        root=file.parent,
        project=str(value["project"]),
        module=str(value.get("module", DEFAULT_MODULE)),
        sources=_texts(value["sources"]),
        schemas=_texts(value.get("schemas")),
        default_environment=_environment_in_force(value, flags, environ),
        environments=_make_environments(text, file.name, frozenset(environ.items())),
        lint=environments.read_lint(value.get("lint")),
        push_base=value.get("push_base") is True,
        state_dir=variables.state_dir(environ, file.parent),
        cache_dir=variables.cache_dir(environ),
        plan_key=Secret(key) if key else None,
        source=source,
        flags=flags,
        environ=environ,
    )


@lru_cache(maxsize=2)
def _read_checked(text: bytes, file: str) -> Source:
    """Read and check a text. A fleet opens one project for each of its environments, which may be a thousand."""
    source = Source(text, file)
    source.raise_errors(_check(source))
    return source


@lru_cache(maxsize=2)
def _make_environments(text: bytes, file: str, environ: frozenset[tuple[str, str]]) -> Mapping[str, Environment]:
    source = _read_checked(text, file)
    return {name: environments.make_unexpanded(source, name, dict(environ)) for name in environments.written(source)}


def find_project_file(start: Path, home: Path | None = None) -> Path:
    """Return the project file of a folder or of the nearest folder above it.

    The search ends at the root of the repository and at the home folder. Raises SettingsError if there is none.
    """
    searched: list[Path] = []
    for folder in (start, *start.parents):
        searched.append(folder)
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / ".git").exists() or folder == (home or Path.home()):
            break
    raise SettingsError(
        f"There is no {FILE} here or above. Searched: {', '.join(map(str, searched))}.",
        help=_find_elsewhere(start, searched[-1])
        or "Run `rhythmconf init` to begin, or name the project's folder with -C.",
    )


def _find_elsewhere(start: Path, last: Path) -> str:
    """Say how to name a project that is above the last folder of the search, or in one of the folders here."""
    from shlex import quote  # only for this help

    above = next((folder for folder in last.parents if _is_project(folder)), None)
    if above is not None:
        end = "the root of the git repository" if (last / ".git").exists() else "your home folder"
        return f"There is one in {above}, but the search ends at {end}: name that folder with `-C {quote(str(above))}`."
    with suppress(OSError):
        below = [folder.name for folder in sorted(start.iterdir()) if _is_project(folder)]
        commands = " or ".join(f"`-C {quote(name)}`" for name in below[:3])
        return f"There is one in a folder here: go there, or name it with {commands}." if below else ""
    return ""


def _is_project(folder: Path) -> bool:
    try:
        return (folder / FILE).is_file()
    except OSError:
        return False


def _check(source: Source) -> Iterator[Diagnostic]:
    """Check the whole file. What its schema can't say is checked first: its messages say more."""
    value = source.value
    misplaced = {diagnostic.pointer: diagnostic for diagnostic in variables.check_places(source)}
    special = [*_check_requires(source), *_check_sources(source)]
    special = [*misplaced.values(), *(diagnostic for diagnostic in special if diagnostic.pointer not in misplaced)]
    yield from special
    places = {diagnostic.pointer for diagnostic in special}
    yield from (diagnostic for diagnostic in environments.check(source, value) if diagnostic.pointer not in places)
    named = value.get("environments")
    if isinstance(named, dict):
        yield from environments.check_twins(
            source, {name: body for name, body in named.items() if isinstance(body, dict)}
        )
        yield from (one for one in _check_default(source, named) if one.pointer not in misplaced)


def _check_requires(source: Source) -> Iterator[Diagnostic]:
    requires = source.value.get("requires")
    if isinstance(requires, str) and requires.strip() and (problem := requires_problem(requires, __version__)):
        help = (
            "install a version that meets it, in the way in which this one was installed (for example `pip install "
            "--upgrade` or `pipx upgrade`, or a newer checkout), or correct `requires`"
        )
        yield source.diagnostic("/requires", f"requires {problem}", help)


def _check_sources(source: Source) -> Iterator[Diagnostic]:
    """Check that the folders of `sources` aren't used for something else."""
    folders = source.value.get("sources")
    for folder in folders if isinstance(folders, list) else ():
        parts = PurePosixPath(str(folder)).parts
        if isinstance(folder, str) and folder and not parts:
            yield source.diagnostic("/sources", "sources must name folders below the project's own folder")
        elif parts[:1] in RESERVED_FOLDERS:
            yield source.diagnostic("/sources", f"sources must not name {folder}, a folder that rhythmconf uses itself")
        else:
            continue
        return  # one message says enough: all of them would stand at the same place


def _check_default(source: Source, named: Body) -> Iterator[Diagnostic]:
    default = source.value.get("default_environment")
    if isinstance(default, str) and default not in named:
        help = suggest(default, named) or (f"environments: {', '.join(named)}" if named else "")
        yield source.diagnostic("/default_environment", f"there is no environment {default}", help)


def requires_problem(requires: str, version: str) -> str:
    """Return why a version doesn't meet `requires` (`>=0.1,<2`), or an empty string if it does."""
    terms = [COMPARISON.fullmatch(term) for term in requires.split(",")]
    comparisons = [(term[1], term[2]) for term in terms if term is not None]
    if len(comparisons) != len(terms):
        return "must be comparisons such as '>=0.1,<2'"
    if all(OPERATORS[sign](_release(version), _release(bound)) for sign, bound in comparisons):
        return ""
    return f"asks for {requires}, and this is rhythmconf {version}"


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version without zeros at the end, so that 1.0 is 1."""
    numbers = [int(part) for part in re.findall(r"[0-9]+", re.split(r"[a-z+]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _environment_in_force(value: Body, flags: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return the environment of the flag, the variable or the file, else the only one, else an empty string."""
    name = flags.get("env") or variables.variable(environ, "RHYTHMCONF_ENV") or value.get("default_environment")
    if isinstance(name, str):
        return name
    named = value.get("environments")
    return next(iter(named)) if isinstance(named, dict) and len(named) == 1 else ""


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
