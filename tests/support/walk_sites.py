"""A project for the walk of a kind, with two embedded tenants of different dialects."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from rhythmconf.catalog import Catalog, Field, Kind
from rhythmconf.insight.lint.rules import RULES
from rhythmconf.model import Body
from rhythmconf.settings import Dialect
from tests.support.emulator_transport import open_embedded
from tests.support.tenants import Completed, ProjectFolder, Tenant
from tests.support.walk_documents import needed

CHOICES = {name: words for name, words in Dialect.choices() if words}
TURNS = max(map(len, CHOICES.values()))
"""The number of successive turns in which a kind meets every value of every setting of a dialect."""
SETTINGS = """\
version: 1
project: hisp
module: {module}
sources: [config]
schemas: {schemas}
default_environment: one
lint: {lint}
environments:
  one: {{tenant: t-one, embedded: .rhythmconf/one.db, dialect: {one}}}
  two: {{tenant: t-two, embedded: .rhythmconf/two.db, dialect: {two}}}
"""
QUIET = dict.fromkeys(RULES, "off")
"""Generated documents make no sense, so each of them has findings."""
NO_CHANGES = "No changes."


def turned(kind: str, turn: int) -> dict[str, str]:
    """Return the dialect that a kind meets in a turn: each kind starts somewhere else, and a turn takes the next."""
    chance = random.Random(kind)
    starts = {name: chance.randrange(len(words)) for name, words in CHOICES.items()}
    return {name: words[(starts[name] + turn) % len(words)] for name, words in CHOICES.items()}


class Site(NamedTuple):
    """A project with two tenants, and the kind that is walked."""

    folder: ProjectFolder
    kind: Kind
    dialects: Mapping[str, Mapping[str, str]]
    keys: tuple[str, ...]

    @property
    def kinds(self) -> list[Kind]:
        """Return the kind, and those that it needs."""
        return [self.kind, *needed(self.folder.catalog, self.kind)]

    def tenant(self, name: str = "one") -> Tenant:
        """Return the client of somebody else."""
        dialect = Dialect(**self.dialects[name])  # type: ignore[arg-type]
        path = self.folder.root / f".rhythmconf/{name}.db"
        return Tenant(open_embedded(self.folder.catalog, path, f"t-{name}", dialect), self.folder.catalog, f"t-{name}")

    def records(self, name: str = "one") -> dict[str, Body]:
        """Return the records of the kind by key, without what the tenant writes into them."""
        with self.tenant(name) as tenant:
            return {self.key_of(record): plain(self.kind, record) for record in list_all(tenant, self.kind)}

    def key_of(self, record: Body) -> str:
        """Return the key that the name of a record was made of."""
        return str(record[self.kind.natural_key[0]])[-1] if self.kind.natural_key else "a"

    def write(self, kind: Kind, key: str, spec: Body) -> None:
        """Write a document."""
        document = {"kind": kind.name, "key": key, "spec": spec}
        self.folder.write(f"config/{kind.name}/{key}.json", json.dumps(document))

    def send(self, *arguments: str) -> Completed:
        """Run a command that writes to the tenant, and check that nothing is left to do."""
        done = self.folder.done(*arguments, "--auto-approve", "-v")
        assert self.folder.done("plan").last == NO_CHANGES
        return done


def make_site(folder: Path, catalog: Catalog, name: str, turn: int, schemas: Sequence[str] = ()) -> Site:
    """Make a project for a kind; a singleton has one key, every other kind three."""
    kind = catalog.kind(name)
    dialects = {"one": turned(kind.name, turn), "two": turned(kind.name, turn + 1)}
    site = Site(ProjectFolder(folder, catalog), kind, dialects, ("a",) if kind.is_singleton else ("a", "b", "c"))
    text = SETTINGS.format(
        module=catalog.module,
        schemas=json.dumps(schemas),
        lint=json.dumps(QUIET),
        **{place: json.dumps(dialect) for place, dialect in dialects.items()},
    )
    site.folder.write("rhythmconf.yaml", text)
    return site


def list_all(tenant: Tenant, kind: Kind) -> list[Any]:
    """Return all records of a kind, from a list or an envelope, or the only one of a singleton."""
    if kind.is_singleton:
        answer = tenant.http.get(f"/{kind.module}/{kind.segment}/{tenant.id}")
        return [] if answer.status_code == 404 else [answer.json()]
    listed: Any = tenant.call("GET", kind.name)
    return listed if isinstance(listed, list) else next(value for value in listed.values() if isinstance(value, list))


def plain(kind: Kind, record: Body) -> Body:
    """Return what a person can set in a record, without what makes no difference: nulls, and the order of a set."""
    own = {name for name in record if name == "id" or name.startswith("sys_")}
    kept = {name: value for name, value in record.items() if name not in own and value is not None}
    body: Body = _sorted(kind.root, kept)
    return body


def _sorted(field: Field, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(field.child(name) or Field(), below) for name, below in value.items()}
    if isinstance(value, list):
        items = [_sorted(field.items or Field(), item) for item in value]
        return sorted(items, key=json.dumps) if field.list_type == "set" and not field.ordered else items
    return value


def run_of(done: Completed) -> str:
    """Return the id of the run that a command has made."""
    found = re.search(r"^run (\S+),", done.out, re.MULTILINE)
    assert found is not None, done.out
    return found[1]


def bind_elsewhere(site: Site) -> None:
    """Give the second tenant other ids for the records of kinds that rhythmconf doesn't know."""
    path = site.folder.root / "bindings/one.yaml"
    bound = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = {site.folder.catalog.shown(name) for name in site.folder.catalog.kinds}
    theirs = {
        kind: {key: f"theirs-{id}" for key, id in ids.items()} for kind, ids in bound.items() if kind not in known
    }
    if theirs:
        site.folder.write("bindings/two.yaml", json.dumps(theirs))
