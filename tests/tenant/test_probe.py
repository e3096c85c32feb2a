"""The probe detects every dialect with one test record, and leaves no record after any fault."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhythmconf.catalog import Kind
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.model import Body
from rhythmconf.settings import Dialect
from rhythmconf.tenant.doctor.probe import ProbeResult, run_probe
from rhythmconf.tenant.doctor.scratch import choose_kind, minimal_record
from tests.support.bench import finish
from tests.support.catalogs import EVIDENCE, Schema, make_schema, write_schemas
from tests.support.catalogs import make_catalog as catalog_of
from tests.support.clients import make_client
from tests.support.emulated import make_emulator, shipped_catalog
from tests.support.emulator_transport import EmulatorTransport
from tests.support.faults import FAULTS, Faulty, can_hit
from tests.support.tenants import Completed, make_project
from tests.support.ticking import Ticking

ASKED = ("external_id", "batch", "batch_results", "guard", "patch_values", "patch_ops", "off_options", "empty_lists")
LAG_S = 5.0
VALUES = [(name, word) for name, words in Dialect.choices() if name in ASKED for word in words]


class Tenant:
    """An emulated tenant of one dialect, with a record that the probe must not touch."""

    def __init__(self, faults: dict[int, str] | None = None, lag_s: float = 0.0, **dialect: Any) -> None:
        self.time = Ticking()
        self.emulator = make_emulator(list_lag_s=lag_s, clock=lambda: self.time.now_s, **dialect)
        chosen = {number: FAULTS[name] for number, name in (faults or {}).items()}
        self.transport = Faulty(EmulatorTransport(self.emulator), chosen, self.time)
        self.client = make_client(self.transport, time=self.time)
        self.before = self.records()

    def probe(self, kind: Kind) -> ProbeResult:
        """Run the complete probe with a client that knows the lag of the lists."""
        return finish(run_probe(self.client, kind, token="x1", clock=self.time.clock, lag_s=LAG_S))

    def records(self) -> list[Body]:
        """Return all records of the tenant after the lag."""
        self.time.now_s += LAG_S
        other = make_client(EmulatorTransport(self.emulator))
        return [body for kind in shipped_catalog().kinds.values() for page in other.list(kind) for body in page]


def kind(name: str = "statusReason") -> Kind:
    return shipped_catalog().kind(name)


lagging = pytest.mark.parametrize("lag_s", [0.0, LAG_S])


@lagging
@pytest.mark.parametrize(("name", "word"), VALUES)
def test_the_probe_detects_each_value_of_the_dialect(name: str, word: str, lag_s: float) -> None:
    tenant = Tenant(None, lag_s, **{name: word})
    result = tenant.probe(kind("program"))
    expected = "values" if word == "version" else word
    if (name, word) == ("batch", "none"):
        assert "batch_results" in result.undecided
    assert result.dialect[name] == expected
    assert tenant.records() == tenant.before


@lagging
@pytest.mark.parametrize(
    "dialect",
    [
        {},
        {
            "batch": "patch+delete+create",
            "batch_results": "by-id",
            "patch_values": "string",
            "patch_ops": "all",
            "off_options": "null",
            "empty_lists": "distinct",
            "list": "envelope",
        },
        {"external_id": "read-only", "batch": "none", "guard": "read", "list": "array"},
    ],
)
def test_the_probe_detects_several_values_at_once(dialect: dict[str, str], lag_s: float) -> None:
    tenant = Tenant(None, lag_s, **dialect)
    detected = tenant.probe(kind("program")).dialect
    assert detected == {name: dialect.get(name, dict(Dialect.choices())[name][0]) for name in detected}


def test_the_test_record_is_of_a_harmless_kind_and_inactive() -> None:
    chosen = choose_kind(shipped_catalog())
    assert chosen.short == "activityType"  # the least harmful kind with switches
    tenant = Tenant()
    assert tenant.probe(chosen).dialect["off_options"] == "omit"
    writes = [seen for seen in tenant.transport.writes if not seen.path.endswith("/batch")]
    created = [seen.body for seen in writes if seen.method == "POST"]
    (body,) = created
    fields = chosen.root.fields or {}
    named = {switch for field in fields.values() for switch in field.when or ()}
    switches = {name for name in named if fields[name].kind_of == "boolean"}
    assert switches
    assert [body[name] for name in sorted({"is_active", *switches})] == [False] * (1 + len(switches))


def test_the_probe_sends_a_test_that_must_fail() -> None:
    tenant = Tenant()
    tenant.probe(kind())
    patches = [seen.body for seen in tenant.transport.writes if seen.method == "PATCH"]
    assert any(patch[0] == {"op": "test", "path": "/name", "value": "a value that it never had"} for patch in patches)


@lagging
def test_a_stopped_probe_leaves_no_record(lag_s: float) -> None:
    for stop in range(1, 7):
        tenant = Tenant(None, lag_s)
        steps = run_probe(tenant.client, kind(), token="x1", clock=tenant.time.clock, lag_s=LAG_S)
        for _ in range(stop):
            next(steps)
        with pytest.raises(KeyboardInterrupt):
            steps.throw(KeyboardInterrupt())
        assert tenant.records() == tenant.before


def test_the_probe_waits_for_the_list_only_if_necessary() -> None:
    quick = Tenant(batch="patch+delete+create")
    quick.probe(kind())
    assert quick.time.slept == []
    slow = Tenant(lag_s=LAG_S, batch="patch+delete+create")
    slow.probe(kind())
    assert slow.time.slept == [LAG_S]


def test_an_interrupted_probe_names_the_record_that_may_be_left() -> None:
    tenant = Tenant({1: "reset_after"}, LAG_S)
    clock = tenant.time.clock._replace(sleep=lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(RhythmconfError, match=r"'rhythmconf probe x1' of .* could not be deleted: it was interrupted"):
        finish(run_probe(tenant.client, kind(), token="x1", clock=clock, lag_s=LAG_S))
    assert tenant.records() != tenant.before


@lagging
def test_a_fault_at_any_request_leaves_no_record_or_names_it(lag_s: float, full: bool) -> None:
    tenant = Tenant(None, lag_s)
    tenant.probe(kind())
    every = [(seen.number, name) for seen in tenant.transport.seen for name in FAULTS if can_hit(name, seen)]
    for number, name in every if full else random.sample(every, 60):
        tenant = Tenant({number: name}, lag_s)
        try:
            tenant.probe(kind())
        except RhythmconfError as error:
            said = error.code == "RC530" and "rhythmconf probe x1" in error.message
        else:
            said = False
        assert tenant.records() == tenant.before or said, (number, name)


class Odd(httpx.BaseTransport):
    """A tenant that answers one method on single records with a given status and does nothing."""

    def __init__(self, inner: httpx.BaseTransport, method: str, status: int) -> None:
        self.inner, self.method, self.status = inner, method, status

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        listing = request.method == "GET" and request.url.path.endswith("/hisp")
        if request.method == self.method and not listing:
            return httpx.Response(self.status, json={"message": "not here"})
        return self.inner.handle_request(request)


@pytest.mark.parametrize(
    ("method", "status", "words"),
    [
        ("POST", 400, "not here"),
        ("PATCH", 400, "accepts no patch of a text field"),
        ("GET", 404, "is gone: somebody else deleted it"),
        ("DELETE", 500, "'rhythmconf probe x1' of certifications/statusReason could not be deleted"),
    ],
)
def test_a_tenant_that_cannot_be_probed_is_reported(method: str, status: int, words: str) -> None:
    tested = make_emulator(batch="none")
    client = make_client(Odd(EmulatorTransport(tested), method, status))
    with pytest.raises(RhythmconfError, match=words):
        finish(run_probe(client, kind(), token="x1", clock=Ticking().clock, lag_s=LAG_S))
    left = any(make_client(EmulatorTransport(tested)).list(kind()))
    assert left == (method == "DELETE")


def test_a_kind_without_delete_is_not_used_by_the_probe(tmp_path: Path) -> None:
    name: Schema = {"name": {"type": "string"}}
    stays = make_schema("club/stays", name, required=["name"])
    stays["x-resource"] |= {"natural_key": ["name"], "operations": {**EVIDENCE, "delete": "absent"}}
    with pytest.raises(UsageError, match="no kind is suitable for a test record"):
        choose_kind(catalog_of(tmp_path, stays, module="club"))


TEXT: Schema = {"type": "string"}


@pytest.mark.parametrize(
    ("resource", "required", "why"),
    [
        ({"class": "singleton"}, [], "its class is singleton"),
        ({"operations": {**EVIDENCE, "delete": "absent"}}, [], "its schema has no operation delete"),
        ({"natural_key": []}, [], "it has no text field in its natural key"),
        ({"natural_key": ["count"]}, [], "it has no text field in its natural key"),
        ({}, ["other_id"], "it requires a reference (other_id)"),
        ({}, [], ""),
    ],
    ids=["singleton", "without delete", "without key", "number", "reference", "suitable"],
)
def test_a_kind_that_is_named_is_refused_where_it_is_not_suitable(
    tmp_path: Path, resource: dict[str, Any], required: list[str], why: str
) -> None:
    fields = {"name": TEXT, "count": {"type": "number"}, "other_id": {**TEXT, "x-ref": "statusReason"}}
    schema = make_schema("certifications/badge", fields, required=required)
    schema["x-resource"] |= {"natural_key": ["name"], **resource}
    probed = probe_in_project(tmp_path, schema)
    assert probed.code == (1 if why else 0)
    assert (f"badge can't have a test record: {why}" if why else "") in probed.err


def test_names_of_fields_with_signs_of_pointers_are_probed(tmp_path: Path) -> None:
    tags: Schema = {"type": "array", "x-list-type": "set", "items": TEXT}
    odd = make_schema("certifications/odd", {"a/b~c": TEXT, "t/g~s": tags})
    odd["x-resource"] |= {"natural_key": ["a/b~c"]}
    dialect = probe_in_project(tmp_path, odd).value["dialect"]
    assert dialect["patch_values"] == "json"
    assert dialect["guard"] == "values"
    assert dialect["empty_lists"] == "same-as-absent"


def probe_in_project(folder: Path, schema: Schema) -> Completed:
    """Probe the embedded tenant of a new project with a kind of its own."""
    site = make_project(folder)
    write_schemas(folder / "kinds", schema)
    site.write("rhythmconf.yaml", site.read("rhythmconf.yaml") + "schemas: [kinds]\n")
    return site.run("doctor", "--probe", "--kind", schema["x-resource"]["kind"], "--format", "json")


def test_the_test_record_has_all_required_fields(tmp_path: Path) -> None:
    fields: Schema = {
        "name": {"type": "string"},
        "terms": {"type": "object", "required": ["pay"], "properties": {"pay": {"type": "number"}}},
    }
    deep = make_schema("club/deep", fields, required=["name", "terms"])
    deep["x-resource"] |= {"natural_key": ["name"]}
    chosen = choose_kind(catalog_of(tmp_path, deep, module="club"))
    assert minimal_record(chosen, "x1") == {"name": "x1", "terms": {"pay": 1}}
