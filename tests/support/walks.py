"""Walk a kind through every change. Each step changes it in one way, and checks the tenant and the files."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rhythmconf.catalog import references
from rhythmconf.model import Body, Json
from tests.support.walk_documents import changes, draw_specs, name_spec, simple_spec, title
from tests.support.walk_sites import NO_CHANGES, Site, bind_elsewhere, list_all, run_of

ALL_MODULES = ("certifications/*", "membership/*", "platform/*")


def walk(site: Site, turn: int) -> None:
    """Take every step, with documents that depend on the turn."""
    catalog = site.folder.catalog
    # Without the second kind, deleting a singleton would leave no document at all, which is refused.
    for other in site.kinds[1:] or [catalog.kind("certifications/licenseType")]:
        site.write(other, "a", simple_spec(catalog, other))
    drawn = draw_specs(catalog, site.kind, turn, len(site.keys))
    specs = {key: name_spec(site.kind, key, spec) for key, spec in zip(site.keys, drawn, strict=True)}
    create(site, specs)
    specs["a"], field = change_one(site, specs["a"], turn)
    change_by_batch(site, specs, turn)
    drift(site, specs["a"], field, removed=turn % 2 == 1)
    pull_again(site)
    promote(site)
    delete(site)


def create(site: Site, specs: dict[str, Body]) -> None:
    """Create every record; nothing of the kind is there before."""
    for key, spec in specs.items():
        site.write(site.kind, key, spec)
    site.send("apply")
    assert site.records().keys() == specs.keys()


def change_one(site: Site, spec: Body, turn: int) -> tuple[Body, str]:
    """Change one field of one record, and return the spec and the field. The field has a third value."""
    before = site.records()
    fields = [(name, values) for name, values in changes(site.kind, spec) if len(values) > 1] or [
        (name, values) for name, values in changes(site.kind, spec) if values
    ]
    name, values = fields[turn % len(fields)]
    changed = {**spec, name: values[0]}
    site.write(site.kind, "a", changed)
    site.send("apply")
    after = site.records()
    assert {key for key in after if after[key] != before[key]} == {"a"}
    assert _different(before["a"], after["a"]) == {name}
    return changed, name


def change_by_batch(site: Site, specs: dict[str, Body], turn: int) -> None:
    """Change every record in one apply, and roll it back."""
    before = site.records()
    fields = dict[str, str]()
    for number, key in enumerate(site.keys, start=1 + turn):
        usable = changes(site.kind, specs[key])
        fields[key], values = usable[number % len(usable)]
        site.write(site.kind, key, {**specs[key], fields[key]: values[-1]})
    planned = site.folder.done("plan", "--format", "json").value
    assert {(each["key"], each["action"]) for each in planned["changes"]} == {(key, "update") for key in site.keys}
    done = site.send("apply")
    by_batch = site.dialects["one"]["batch"] != "none" and not site.kind.is_singleton
    assert bool(re.search(r"POST \S+/batch\b", done.err)) == by_batch
    after = site.records()
    assert {key: _different(before[key], after[key]) for key in site.keys} == {
        key: {field} for key, field in fields.items()
    }
    for key, spec in specs.items():
        site.write(site.kind, key, spec)
    site.send("rollback", run_of(done))
    assert site.records() == before


def _different(before: Body, after: Body) -> set[str]:
    """Return the fields that differ. An empty list, which a switch that is turned on requires, is no value."""
    blanks: tuple[Json, ...] = (None, [])
    pairs = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
    return {name for name, (old, new) in pairs.items() if old != new and not (old in blanks and new in blanks)}


def drift(site: Site, spec: Body, field: str, *, removed: bool) -> None:
    """Let somebody else change or remove a field that a document declares; a plan shows it, and pull takes it."""
    values = dict(changes(site.kind, spec)).get(field, [])
    removed = (removed or not values) and field not in site.kind.root.required
    operation: Body = {"op": "remove", "path": f"/{field}"}
    if not removed:
        string = site.dialects["one"]["patch_values"] == "string"
        operation = {"op": "add", "path": f"/{field}", "value": json.dumps(values[-1]) if string else values[-1]}
    with site.tenant() as tenant:
        rest = "" if site.kind.is_singleton else f"/{_id(site, 'a')}"
        tenant.call("PATCH", site.kind.name, rest, [operation])
    theirs = site.records()
    assert field in site.folder.run("drift").out
    planned = site.folder.run("plan", "--detailed-exitcode")
    assert planned.code == 2
    assert field in planned.out
    site.folder.done("pull", "--only-drift", "--no-base")
    assert site.folder.done("plan").last == NO_CHANGES
    assert site.records() == theirs


def _id(site: Site, key: str) -> str:
    with site.tenant() as tenant:
        (record,) = [one for one in list_all(tenant, site.kind) if site.key_of(one) == key]
        return str(record["id"])


def pull_again(site: Site) -> None:
    """Pull everything into a project without documents; there is nothing to change then."""
    folder, theirs = site.folder, site.records()
    for path in [*folder.root.glob("config/**/*"), folder.root / "bindings/one.yaml"]:
        if path.is_file():
            path.unlink()
    folder.done("pull", *ALL_MODULES)
    assert folder.run("validate", "--env", "one").code == 0
    planned = folder.done("plan", "--format", "json").value
    assert not [each for each in planned["changes"] if each["fields"] or each["action"] != "adopt"]
    if planned["changes"] or planned["binds"]:
        site.send("apply")
    assert site.records() == theirs


def promote(site: Site) -> None:
    """Promote to the other tenant: it gives its records its own ids, and they refer to each other."""
    folder = site.folder
    bind_elsewhere(site)
    folder.done("promote", "--from", "one", "--to", "two", "-o", "two.plan", "--no-base")
    folder.done("apply", "two.plan", "--auto-approve")
    assert folder.done("plan", "--env", "two").last == NO_CHANGES
    ids = {place: _all_ids(site, place) for place in ("one", "two")}
    assert len(ids["one"]) == len(ids["two"])
    assert not ids["one"] & ids["two"]
    theirs = site.records("two")
    assert theirs.keys() == site.records().keys()
    named = [(field, value) for record in theirs.values() for _, field, value in references(site.kind, record)]
    known = folder.catalog.kinds.keys()
    for field, value in named:
        assert value in ids["two"] if known & {*field.targets} else str(value).startswith("theirs-"), (field, value)


def _all_ids(site: Site, place: str) -> set[str]:
    with site.tenant(place) as tenant:
        kinds = [kind for kind in site.kinds if not kind.is_singleton]
        return {str(record["id"]) for kind in kinds for record in list_all(tenant, kind)}


def delete(site: Site) -> None:
    """Delete a record that no document declares any more; a rollback creates it again, the next deletes that one."""
    kind = site.kind
    before, gone = site.records(), site.keys[-1]
    path, key = _find_document(site, gone)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    deleted = site.send("apply", "--prune", f"{kind.name}/{key}")
    assert site.records() == {name: record for name, record in before.items() if name != gone}
    path.write_text(text, encoding="utf-8")
    restored = site.send("rollback", run_of(deleted))
    assert site.records() == before
    path.unlink()
    site.send("rollback", run_of(restored))
    assert gone not in site.records()


def _find_document(site: Site, wanted: str) -> tuple[Path, str]:
    """Return the file and the key of the document that a pull has made of a record."""
    line = f"kind: {site.folder.catalog.shown(site.kind.name)}\n"
    for path in site.folder.root.glob("config/**/*.yaml"):
        text = path.read_text(encoding="utf-8")
        if line in text and (site.kind.is_singleton or f"name: {title(wanted)}\n" in text):
            return path, text.partition("key: ")[2].split()[0]
    raise AssertionError(f"no document of {wanted}")
