"""A project with embedded tenants, the command line in this process, and tenants with random records."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import httpx
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, Kind, default_folder, load, substitute
from rhythmconf.cli.main import run
from rhythmconf.engine.identity import mark
from rhythmconf.model import Body, DesiredState, Json, Key
from rhythmconf.settings import Dialect
from tests.support import generators
from tests.support.emulator_transport import open_embedded

SETTINGS = """\
version: 1
project: hisp
module: {module}
sources: [config]
{schemas}default_environment: one
environments:
  one: {{tenant: t-one, embedded: .rhythmconf/one.db}}
  two: {{tenant: t-two, embedded: .rhythmconf/two.db}}
"""


@dataclass(frozen=True)
class Completed:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        return self.out.splitlines()[-1] if self.out else self.err

    @property
    def value(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class ProjectFolder:
    """The folder of a project."""

    root: Path
    catalog: Catalog

    def run(self, *arguments: str) -> Completed:
        """Run a command in the project."""
        out, err = io.StringIO(), io.StringIO()
        # Run records of other tests in the usual folder would all be read.
        state = os.environ.get("RHYTHMCONF_STATE_DIR", str(self.root / ".rhythmconf" / "state"))
        own = patch.dict(os.environ, RHYTHMCONF_STATE_DIR=state)
        with own, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([arguments[0], "-C", str(self.root), *arguments[1:]])
        return Completed(code, out.getvalue(), err.getvalue())

    def done(self, *arguments: str) -> Completed:
        """Run a command that must succeed."""
        ran = self.run(*arguments)
        assert ran.code == 0, f"{arguments}: {ran.out}{ran.err}"
        return ran

    def tenant(self, environment: str = "one") -> Tenant:
        """Return another client of the tenant of an environment."""
        path = self.root / ".rhythmconf" / f"{environment}.db"
        path.parent.mkdir(exist_ok=True)
        return Tenant(
            open_embedded(self.catalog, path, f"t-{environment}", Dialect()), self.catalog, f"t-{environment}"
        )

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")

    def read(self, name: str) -> str:
        """Return a file of the project with its original line breaks."""
        return (self.root / name).read_bytes().decode()

    def files(self, *folders: str) -> dict[str, bytes]:
        """Return all files below these folders."""
        paths = [path for folder in folders for path in sorted((self.root / folder).rglob("*")) if path.is_file()]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}


def make_project(root: Path, catalog: Catalog | None = None) -> ProjectFolder:
    """Return an empty project of the shipped kinds, or of the kinds in `root/kinds` if their catalog is given."""
    module = catalog.module if catalog else "certifications"
    schemas = "schemas: [kinds]\n" if catalog else ""
    made = ProjectFolder(root, catalog or load([default_folder()], module="certifications"))
    made.write("rhythmconf.yaml", SETTINGS.format(module=module, schemas=schemas))
    return made


class Tenant:
    """Creates, changes and reads records as a second administrator."""

    def __init__(self, transport: httpx.BaseTransport, catalog: Catalog, id: str) -> None:
        self.http = httpx.Client(
            transport=transport, base_url="http://localhost", headers={"authorization": "Bearer x"}
        )
        self.catalog, self.id = catalog, id

    def __enter__(self) -> Tenant:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, method: str, kind: str, rest: str = "", body: Json = None) -> Any:
        """Send a request that must succeed."""
        resolved_kind = self.catalog.kind(kind)
        answer = self.http.request(
            method, f"/{resolved_kind.module}/{resolved_kind.segment}/{self.id}{rest}", json=body
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def make(self, kind: str, body: Any) -> str:
        """Create a record and return its id."""
        return cast("str", self.call("POST", kind, body=body)["id"])

    def patch(self, kind: str, id: str, **fields: Any) -> None:
        """Set fields of a record."""
        self.call("PATCH", kind, f"/{id}", [{"op": "add", "path": f"/{k}", "value": v} for k, v in fields.items()])

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return every record of a kind."""
        page = self.call("GET", kind)
        records: list[dict[str, Any]] = page if isinstance(page, list) else page.get("items", page.get("data", []))
        return records

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """Return the record with this name."""
        return next(record for record in self.all(kind) if record.get("name") == name)


def adopted_only(summary: dict[str, int]) -> bool:
    """Return whether a plan only adopts records."""
    return not (summary["create"] or summary["update"] or summary["delete"])


@st.composite
def draw_records(draw: st.DrawFn, catalog: Catalog) -> list[tuple[str, str, Body]]:
    """Generate kind, name and body of up to 16 records, referred ones first; references are {"$ref": ...}."""
    state = draw(generators.states(catalog, size=12))
    whole = DesiredState({**_one_per_kind(draw, catalog), **state.resources})
    order = _keys_in_order(whole, catalog)
    chance = draw(st.randoms(use_true_random=False))
    return [(key.kind, key.name, _with_external_id(whole.resources[key].body, key, chance)) for key in order]


def _one_per_kind(draw: st.DrawFn, catalog: Catalog) -> dict[Key, Any]:
    kinds = [catalog.kind(name) for name in catalog.kinds]
    return {
        Key(kind.name, "first"): draw(generators.resources(kind, "first")) for kind in kinds if _is_target(kind, kinds)
    }


def _is_target(kind: Kind, kinds: Sequence[Kind]) -> bool:
    return any(kind.name in json.dumps(_referred_kinds(other)) for other in kinds)


def _referred_kinds(kind: Kind) -> list[str]:
    waiting, names = [kind.root], list[str]()
    while waiting:
        field = waiting.pop()
        names += field.ref
        waiting += [*(field.fields or {}).values(), *([field.items] if field.items else [])]
    return names


def _keys_in_order(state: DesiredState, catalog: Catalog) -> list[Key]:
    """Sort keys so that kinds that others refer to come first."""
    order: list[str] = []

    def visit(kind: str) -> None:
        if kind not in order:
            for other in sorted(set(_referred_kinds(catalog.kind(kind))) - {kind}):
                visit(other)
            order.append(kind)

    for kind in sorted(catalog.kinds):
        visit(kind)
    return sorted(state.resources, key=lambda key: order.index(key.kind))


def _with_external_id(body: Body, key: Key, chance: random.Random) -> Body:
    """Return the body, sometimes with an external id (ours or of an import), sometimes with a repeated name."""
    drawn = chance.random()
    if drawn < 0.2:
        return {**body, "sys_external_id": mark("hisp", key.name, chance.random() < 0.3)}
    if drawn < 0.3:
        return {**body, "sys_external_id": f"import-{key.name}"}
    if drawn < 0.5:
        return {**body, "name": "Twin"}
    return body


def create_records(tenant: Tenant, made: Sequence[tuple[str, str, Body]]) -> None:
    """Create the records in a tenant."""
    ids: dict[str, str] = {}
    for kind, name, body in made:
        resolved_kind = tenant.catalog.kind(kind)
        ids[f"{kind}/{name}"] = tenant.make(
            kind,
            _without_repetitions(substitute(resolved_kind, body, lambda field, value: _resolve_id(field, value, ids))),
        )


def _resolve_id(field: Any, value: Json, ids: Mapping[str, str]) -> Json:
    """Return the id of a created record; use the first record of the kind if the value is not an id of the tenant.

    A kind that refers to itself has no record yet when its first one is made.
    """
    if isinstance(value, dict):
        value = ids.get(str(value["$ref"]), "elsewhere-1")
    if field.ref and value not in ids.values():
        return next((ids[f"{kind}/first"] for kind in field.ref if f"{kind}/first" in ids), None)
    return value


def _without_repetitions(value: Any) -> Any:
    """Return the value without repetitions in lists of texts."""
    if isinstance(value, dict):
        return {name: _without_repetitions(below) for name, below in value.items()}
    if isinstance(value, list):
        made = [_without_repetitions(item) for item in value]
        return list(dict.fromkeys(made)) if all(isinstance(item, str) for item in made) else made
    return value
