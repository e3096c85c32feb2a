"""Read fleet.yaml: the tenants that one command works with, and the order in which changes reach them."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from rhythmconf.errors import UsageError
from rhythmconf.model import Body, Diagnostic, pointer
from rhythmconf.model.plural import some
from rhythmconf.model.suggest import suggest
from rhythmconf.settings import schema_check
from rhythmconf.settings.source import Source

FILE = "fleet.yaml"
PATH = Path(__file__).with_name("fleet.schema.json")
REST = "rest"
RING = "ring"
"""The label that names the ring of a member."""
WILD = frozenset("*?[")
"""What makes a project of an entry a pattern."""
NAMED = 10
"""How many environments a message names."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""A name of a member: it is also the name of a file."""


@dataclass(frozen=True, slots=True)
class Member:
    """One tenant: a project folder relative to fleet.yaml, and its environment; empty for the one in force there."""

    name: str
    project: str
    environment: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The members in the order of the file. `rings` ends with `rest`."""

    root: Path
    members: tuple[Member, ...]
    rings: tuple[str, ...] = (REST,)
    max_failures: int = 0


class Projects(Protocol):
    """The projects below the folder of a fleet.yaml."""

    def find(self, pattern: str) -> Sequence[str]:
        """Return the project folders that a pattern means."""

    def environments(self, folder: str) -> Sequence[str] | None:
        """Return the environments of a project; None where its project file can't be used."""


@cache
def load_schema() -> dict[str, Any]:
    """Return the JSON Schema of fleet.yaml."""
    schema: dict[str, Any] = json.loads(PATH.read_bytes())
    return schema


def load_fleet(text: bytes, root: Path, projects: Projects) -> Fleet:
    """Read the text of a fleet.yaml. Raises SettingsError with a diagnostic for each mistake."""
    source = Source(text, FILE)
    value = source.value
    if not schema_check.conforms(value, load_schema()):
        complaints = schema_check.complaints(value, load_schema(), FILE)
        source.raise_errors(
            source.diagnostic(one.pointer, one.message, one.help, at_name=one.at_name) for one in complaints
        )
    members, problems = _read_members(source, root, projects)
    rings = tuple(map(str, value.get("rings", (REST,))))  # type: ignore[arg-type]
    source.raise_errors((*problems, *_check_rings(source, rings, members)))
    return Fleet(root, tuple(members), rings, int(value.get("max_failures", 0)))  # type: ignore[arg-type]


def select(fleet: Fleet, wanted: Sequence[str]) -> Fleet:
    """Return the fleet with the members that have every label of `wanted`, such as `country=us` or `name=acme`.

    Raises UsageError for a label that no member has.
    """
    members = fleet.members
    for text in wanted:
        label, sign, value = text.partition("=")
        if not (label and sign and value):
            raise UsageError(f"--select {text!r} is not label=value", help="for example --select country=us")
        members = tuple(member for member in members if _labels(member).get(label) == value)
        if not members:
            values = {_labels(member).get(label, "") for member in fleet.members} - {""}
            labels = {name for member in fleet.members for name in _labels(member)}
            help = suggest(value, values) or f"labels: {', '.join(sorted(labels))}"
            raise UsageError(f"no member of the fleet has {' and '.join(wanted)}", where=FILE, help=help)
    return replace(fleet, members=members)


def _labels(member: Member) -> Mapping[str, str]:
    return {"name": member.name, **member.labels}


def _read_members(source: Source, root: Path, projects: Projects) -> tuple[list[Member], list[Diagnostic]]:
    """Return the members of all entries. What several entries name is one member with the labels of all."""
    members: dict[tuple[str, str], Member] = {}
    entries: dict[tuple[str, str], str] = {}
    problems: list[Diagnostic] = []
    for number, entry in enumerate(_entries(source.value)):
        at = pointer(["members", number])
        pattern, environment = str(entry["project"]), str(entry.get("environment", ""))
        folders = projects.find(pattern)
        if not folders:
            message = f"no folder with a rhythmconf.yaml matches {pattern}"
            problems.append(source.diagnostic(f"{at}/project", message, "correct the pattern, or remove this entry"))
        keys = [(folder, one) for folder in folders for one in _expand(environment, folder, projects)]
        if folders and not keys:
            message = f"no environment of {pattern} matches {environment}"
            names = {name for folder in folders for name in projects.environments(folder) or ()}
            help = f"environments: {some(sorted(names), NAMED)}" if names else "write one into its rhythmconf.yaml"
            problems.append(source.diagnostic(f"{at}/environment", message, help))
        labels = {str(name): str(label) for name, label in _mapping(entry.get("labels")).items()}
        for key in keys:
            folder, _ = key
            earlier = members.get(key)
            short = _shorten(key, entry, root)
            name = str(entry["name"]).replace("*", short) if "name" in entry else earlier.name if earlier else short
            if not NAME.fullmatch(name):
                message = f"the name of the folder {folder} can't name a member"
                problems.append(source.diagnostic(f"{at}/project", message, "give it a `name`"))
            members[key] = Member(name, *key, {**(earlier.labels if earlier else {}), **labels})
            entries.setdefault(key, at)
    return [*members.values()], [*problems, *_check_names(source, members, entries)]


def _check_names(
    source: Source, members: Mapping[tuple[str, str], Member], entries: Mapping[tuple[str, str], str]
) -> Iterator[Diagnostic]:
    """Check that no two members have one name. Names that differ in capital letters are the same file on some disks."""
    first: dict[str, tuple[str, str]] = {}
    for key, member in members.items():
        other = first.setdefault(member.name.casefold(), key)
        if other != key:
            message = f"two members are named {member.name}: {' '.join(other).strip()} and {' '.join(key).strip()}"
            help = (
                'give one another `name`; in the name of a pattern, `*` stands for what it matches: name: "*-sandbox"'
            )
            yield source.diagnostic(f"{entries[key]}/project", message, help)


def _check_rings(source: Source, rings: Sequence[str], members: Sequence[Member]) -> Iterator[Diagnostic]:
    if "rings" not in source.value:
        return
    named = [ring for ring in rings if not ring.endswith("%")]
    if rings[-1] != REST or len({*named}) < len(named):
        message = "rings must name each label once and end with `rest`, which takes all that no other ring takes"
        yield source.diagnostic("/rings", message, "for example [canary, 10%, rest]")
    in_use = {member.labels[RING] for member in members if RING in member.labels}
    for ring in named:
        if ring not in {REST, *in_use}:
            help = suggest(ring, in_use) or f"give a member the label, `labels: {{ring: {ring}}}`"
            yield source.diagnostic("/rings", f"no member has the label `ring: {ring}`", help)
    for number, entry in enumerate(_entries(source.value)):
        ring = str(_mapping(entry.get("labels")).get(RING, REST))
        if ring not in rings:
            at = pointer(["members", number, "labels", RING])
            yield source.diagnostic(
                at, f"there is no ring {ring}", suggest(ring, rings) or f"rings: {', '.join(rings)}"
            )


def _expand(pattern: str, folder: str, projects: Projects) -> Sequence[str]:
    """Return the environments of a project that a pattern means; an environment without wildcards need not be there.

    Where the project file can't be used, there is one member without a name for its environment, which fails.
    """
    if "*" not in pattern:
        return [pattern]
    names = projects.environments(folder)
    return [""] if names is None else fnmatch.filter(names, pattern)


def _shorten(key: tuple[str, str], entry: Body, root: Path) -> str:
    """Return what `*` in a name stands for: the name of the folder, or the environment, where that is a pattern."""
    folder, environment = key
    name = PurePosixPath(folder).name or root.name
    if not environment or "*" not in str(entry.get("environment", "")):
        return name
    return f"{name}-{environment}" if WILD & {*str(entry["project"])} else environment


def _entries(value: Body) -> list[Body]:
    entries = value.get("members")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _mapping(value: object) -> Body:
    return value if isinstance(value, dict) else {}
