from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, default_folder
from rhythmconf.catalog import load as load_catalog
from rhythmconf.engine.plan import Allow, PlanUndecided, SigningKey, check_shown, dump, load, read, to_json
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import Refused
from rhythmconf.model import (
    MISSING,
    Body,
    Change,
    Diagnostic,
    FieldChange,
    Guard,
    Key,
    LastChange,
    Location,
    Plan,
    Precondition,
    TenantState,
)
from tests.support import generators, plans
from tests.support.plans import make_catalog, node, plan, ref

KEY = SigningKey("a secret of the pipeline")
MEMBERS = [
    "format_version", "tool", "catalogue", "project", "environment", "tenant", "base_url", "incarnation", "commit",
    "source_digest", "created_at", "changes", "summary", "guards", "allowed", "binds", "base", "both",
    "whole", "clean", "requests", "rereads", "diagnostics", "state", "zone", "digest", "key_id", "hmac",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("schemas"))


@pytest.fixture(scope="module")
def full_plan(catalog: Catalog) -> Plan:
    """Return a plan with every kind of content."""
    live = [node("1", "a", size=1), node("2", "gone"), node("3", name="c"), node("4", "was")]
    desired: dict[str, Body] = {
        "a": {"size": 2, "text": {"subject": "ü – ✓ \ud800"}, "steps": [{"name": "s", "to_id": ref("b")}]},
        "b": {"next_id": ref("b"), "size": 0.5},
        "c": {"name": "c"},
    }
    allow = Allow(keys=frozenset({plans.node_key("gone")}))
    new_plan = plan(catalog, desired, live, prune=["gone"], protected=True, allow=allow)
    fields = (FieldChange("/x", None, MISSING, "money", Location("a.yaml", 3)),)
    last = LastChange("2026-11-25T14:02:11Z", "5f1c", "20261125-140000-000-abcdef")
    moved = new_plan.changes[0]._replace(fields=fields, last_change=last)
    return new_plan._replace(
        changes=(moved, *new_plan.changes[1:]),
        commit="abc",
        created_at="2026-11-22T10:00:00Z",
        state=TenantState("snapshot", "2026-11-22T04:17:00Z"),
        zone="America/New_York",
        diagnostics=(Diagnostic("RC323", "odd", "warning", Location("a.yaml", 3, 4), "/spec", help="look"),),
    )


def test_a_plan_file_has_the_members_of_the_contract_in_order(full_plan: Plan) -> None:
    body = json.loads(dump(full_plan))
    assert list(body) == MEMBERS
    assert body["format_version"] == 1
    assert body["summary"] == {"create": 1, "update": 1, "delete": 1, "adopt": 1, "unchanged": 0}
    assert list(body["requests"]) == ["made", "forecast"]
    by_action = {change["action"]: change for change in body["changes"]}
    assert by_action.keys() == {"create", "update", "delete", "adopt"}
    assert by_action["create"]["precondition"] == "absent"
    assert by_action["update"]["precondition"]["values"]["/size"] == 1
    assert by_action["update"]["depends_on"] == ["web/node/b"]
    fields = {field["path"]: field for field in by_action["update"]["fields"]}
    assert (fields["/size"]["old"], fields["/size"]["new"]) == (1, 2)
    assert "old" not in fields["/text/subject"]


@pytest.mark.parametrize("key", [None, KEY])
def test_a_written_file_is_read_back(full_plan: Plan, key: SigningKey | None) -> None:
    data = dump(full_plan, key)
    again = load(data, key)
    assert dump(again, key) == data
    # How people read the kinds is no part of the file: the project that shows it knows.
    assert again._replace(digest="", key_id=None, hmac=None, names=full_plan.names) == full_plan
    assert read(data) == again


def test_a_file_of_an_older_version_has_no_names_of_records_and_items(full_plan: Plan) -> None:
    def without_names(change: Change) -> Change:
        return change._replace(name="", fields=tuple(field._replace(items=()) for field in change.fields))

    assert {change.action for change in full_plan.changes if change.name} == {"update", "delete", "adopt"}
    older = full_plan._replace(changes=tuple(map(without_names, full_plan.changes)))
    assert b'"items"' not in dump(older)
    assert read(dump(older)).changes == older.changes


def test_the_file_is_ascii_with_one_line_per_change(full_plan: Plan) -> None:
    text = dump(full_plan).decode("ascii")
    assert text.endswith("}\n")
    assert sum(line.startswith('{"kind"') and '"action"' in line for line in text.splitlines()) == len(
        full_plan.changes
    )


@settings(max_examples=20)
@given(data=st.data())
def test_plans_of_every_kind_survive_the_file(data: st.DataObject) -> None:
    catalog = load_catalog([default_folder()], module="certifications")
    kind = catalog.kind(data.draw(st.sampled_from(sorted(catalog.kinds))))
    old, new, other = (data.draw(generators.bodies(kind)) for _ in range(3))
    live = generators.make_live_state([generators.make_record(kind, old, "r1", project="p", name="a")], catalog)
    desired = generators.make_desired_state(
        generators.make_resource(kind, "a", new), generators.make_resource(kind, "b", other)
    )
    try:
        new_plan = plans.plan_states(desired, live, catalog)
    except PlanUndecided:  # the one draw takes away what the other's switch requires
        reject()
    check_shown(new_plan, catalog)
    data_ = dump(new_plan, KEY)
    assert dump(load(data_, KEY), KEY) == data_
    assert to_json(load(data_, KEY))["changes"] == to_json(new_plan)["changes"]


class TestDamage:
    @pytest.mark.parametrize("key", [None, KEY])
    def test_every_flipped_byte_is_detected(self, full_plan: Plan, key: SigningKey | None, full: bool) -> None:
        data = dump(full_plan, key)
        places = range(len(data)) if full else random.Random(7).sample(range(len(data)), 300)
        for place in places:
            for bit in (1, 32):
                altered = bytearray(data)
                altered[place] ^= bit
                with pytest.raises(Refused):
                    load(bytes(altered), key)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"\xff",
            b'{"format_version": 1}',
            b"[" * 100_000,
            b"<html>",
            b'{"format_version":true}',
        ],
        ids=str,
    )
    def test_a_file_that_is_not_a_plan_is_refused(self, data: bytes) -> None:
        with pytest.raises(Refused):
            load(data)

    def test_truncation_and_additions_are_detected(self, full_plan: Plan) -> None:
        data = dump(full_plan)
        for altered in (data[:-1], data + b"\n", data[: len(data) // 2], data.replace(b", ", b",  ", 1)):
            with pytest.raises(Refused, match="damaged or was edited"):
                load(altered)

    def test_another_format_version_says_so(self, full_plan: Plan) -> None:
        with pytest.raises(Refused, match="format version 2") as caught:
            load(dump(full_plan).replace(b'"format_version": 1', b'"format_version": 2'))
        assert caught.value.exit_code == 3


class TestSignature:
    def test_a_forged_plan_with_a_correct_digest_fails_without_the_key(self, full_plan: Plan) -> None:
        forged = dump(full_plan._replace(created_at="2026-12-24T00:00:00Z"))
        load(forged)
        with pytest.raises(Refused, match="not signed"):
            load(forged, KEY)

    def test_another_key_is_refused(self, full_plan: Plan) -> None:
        with pytest.raises(Refused, match="another key"):
            load(dump(full_plan, SigningKey("other")), KEY)

    def test_a_signed_plan_is_refused_without_its_key(self, full_plan: Plan) -> None:
        with pytest.raises(Refused, match="RHYTHMCONF_PLAN_KEY is not set"):
            load(dump(full_plan, KEY))
        assert read(dump(full_plan, KEY)).key_id == KEY.id

    def test_the_key_is_never_printed(self, full_plan: Plan) -> None:
        assert KEY.secret not in repr(KEY)
        assert KEY.secret.encode() not in dump(full_plan, KEY)


def sealed(body: Body) -> bytes:
    """Return the file of a body with a correct digest."""
    import hashlib

    covered = serialise({**body, "digest": "", "hmac": None})
    return serialise({**body, "digest": hashlib.sha256(covered).hexdigest()})


Edit = Callable[[Any], object]
NOTHING: Body = {"values": {}, "absent": []}


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda body: body.update(extra=1), id="an unknown member"),
        pytest.param(lambda body: body.pop("tool"), id="a member too few"),
        pytest.param(lambda body: body.update(tool=1), id="a wrong type"),
        pytest.param(lambda body: body.update(changes={}), id="no list"),
        pytest.param(lambda body: body.update(requests=[]), id="no object"),
        pytest.param(lambda body: body["requests"].update(full_plan=-1), id="a negative count"),
        pytest.param(lambda body: body["requests"].update(full_plan=True), id="true is no count"),
        pytest.param(lambda body: body.update(incarnation=[["a"]]), id="half an incarnation"),
        pytest.param(lambda body: body["summary"].update(create=5), id="a wrong summary"),
        pytest.param(lambda body: body["changes"][0]["last_change"].update(at="now"), id="a change at no time"),
        pytest.param(lambda body: body["changes"][0]["last_change"].update(more=1), id="more than a last change"),
        pytest.param(lambda body: body["changes"][0].update(last_change="5f1c"), id="no last change"),
        pytest.param(lambda body: body["changes"][0].update(name=""), id="a name that would not be written"),
        pytest.param(lambda body: body["state"].update(origin="guess"), id="an unknown origin"),
        pytest.param(lambda body: body["state"].update(origin="empty"), id="a time of nothing"),
        pytest.param(lambda body: body["state"].update(taken_at="2026-11-25 04:17"), id="no time"),
        pytest.param(lambda body: body["state"].update(taken_at="0001-01-01T00:00:00Z"), id="a time before all others"),
        pytest.param(lambda body: body["state"].update(taken_at="9999-12-31T23:59:59Z"), id="a time after all others"),
        pytest.param(lambda body: body.update(zone="../../etc/passwd"), id="no time zone"),
        pytest.param(lambda body: body["guards"][0].update(ok=1), id="1 is not true"),
        pytest.param(lambda body: body["diagnostics"][0].update(severity="fatal"), id="an unknown severity"),
        pytest.param(lambda body: body["changes"].append(body["changes"][0]), id="a change twice"),
        pytest.param(lambda body: body["changes"].reverse(), id="dependencies after"),
        pytest.param(lambda body: body["changes"][0].update(action="destroy"), id="an unknown action"),
        pytest.param(lambda body: body["changes"][0].update(kind="node"), id="a kind without module"),
        pytest.param(lambda body: body["changes"][0].update(key="../../etc"), id="a key that is none"),
        pytest.param(lambda body: body["changes"][0].update(wave="0"), id="a wave that is no number"),
        pytest.param(lambda body: change(body, "update").update(id=None), id="an update without id"),
        pytest.param(lambda body: change(body, "update").update(depends_on=["web/node/z"]), id="depends on nothing"),
        pytest.param(lambda body: change(body, "update").update(body={}), id="an update with a body"),
        pytest.param(lambda body: change(body, "create").update(id="1"), id="a create with id"),
        pytest.param(lambda body: change(body, "create")["body"].update(id="1"), id="a body with id"),
        pytest.param(lambda body: change(body, "create")["body"].update(sys_locked=False), id="a tenant's field"),
        pytest.param(lambda body: operation(body).update(op="test"), id="a test in a patch"),
        pytest.param(lambda body: operation(body).update(path="sys"), id="no pointer"),
        pytest.param(lambda body: operation(body).update(path=""), id="the whole record"),
        pytest.param(lambda body: operation(body).update(path="/id"), id="the id"),
        pytest.param(lambda body: operation(body).update(path="/sys_version"), id="the version"),
        pytest.param(lambda body: operation(body).update(more=1), id="an odd operation"),
        pytest.param(lambda body: change(body, "update")["precondition"]["values"].update(x=1), id="an odd pointer"),
        pytest.param(lambda body: change(body, "update").update(precondition="absent"), id="a wrong precondition"),
        pytest.param(
            lambda body: change(body, "update").update(precondition=NOTHING), id="a patch of what isn't compared"
        ),
        pytest.param(lambda body: change(body, "delete").update(precondition=NOTHING), id="a deletion of anything"),
        pytest.param(lambda body: change(body, "update").update(before=[]), id="a before that is none"),
        pytest.param(lambda body: change(body, "update")["fields"][0].update(risk="fun"), id="an unknown risk"),
    ],
)
def test_an_invalid_plan_with_a_correct_digest_is_refused(full_plan: Plan, edit: Edit) -> None:
    body = json.loads(dump(full_plan))
    assert load(sealed(body))
    edit(body)
    with pytest.raises(Refused, match="damaged or was edited"):
        load(sealed(body))


def change(body: Any, action: str) -> Any:
    return next(each for each in body["changes"] if each["action"] == action)


def operation(body: Any) -> Any:
    return change(body, "update")["patch"][0]


def test_a_plan_made_by_hand_is_read_back(catalog: Catalog) -> None:
    one = Change(
        Key("web/node", "a"),
        "update",
        id="1",
        patch=({"op": "move", "from": "/a", "path": "/b"}, {"op": "remove", "path": "/c"}),
        precondition=Precondition({"/a": {"deep": [1.5]}, "/c": 1}, ("/b",)),
    )
    whole = plan(catalog, {"a": {"size": 1}}, [node("1", "a")])
    assert load(dump(whole._replace(changes=(one,)))).changes == (one,)


def field(body: Any, action: str, path: str) -> Any:
    return next(each for each in change(body, action)["fields"] if each["path"] == path)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda body: field(body, "update", "/size").update(new=3), id="another new value"),
        pytest.param(lambda body: field(body, "update", "/size").update(old=3), id="another old value"),
        pytest.param(lambda body: field(body, "update", "/size").update(path="/count"), id="another field"),
        pytest.param(lambda body: change(body, "update")["fields"].pop(0), id="a field that isn't told"),
        pytest.param(lambda body: change(body, "update")["patch"].pop(0), id="a field that isn't written"),
        pytest.param(lambda body: field(body, "create", "/size").update(new=3), id="another value of a create"),
        pytest.param(lambda body: change(body, "create")["fields"].pop(0), id="a value of a create that isn't told"),
        pytest.param(
            lambda body: (change(body, "adopt")["fields"].pop(0), body["summary"].pop("adopt_with_changes")),
            id="an adoption that changes more",
        ),
        pytest.param(
            lambda body: change(body, "update")["patch"].append({"op": "remove", "path": "/steps/7"}), id="no such item"
        ),
    ],
)
def test_the_fields_of_a_plan_must_match_its_patches(catalog: Catalog, edit: Edit) -> None:
    desired: dict[str, Body] = {
        "a": {"size": 2, "text": {"subject": "s"}, "steps": [{"name": "s", "to_id": ref("b")}]},
        "b": {"next_id": ref("b"), "size": 0.5, "steps": [{"name": "s"}]},
        "c": {"name": "c", "size": 1},
    }
    new_plan = plan(catalog, desired, [node("1", "a", size=1, steps=[{"name": "r"}]), node("3", name="c")])
    body = json.loads(dump(new_plan))
    check_shown(load(sealed(body)), catalog)
    edit(body)
    with pytest.raises(Refused, match="fields don't match its patch"):
        check_shown(load(sealed(body)), catalog)


class TestWhatOlderFilesLack:
    """Members that were added to format 1 are written only if they have a value."""

    def test_an_older_file_does_not_count_the_adoptions_that_change_a_field(self, catalog: Catalog) -> None:
        new_plan = plan(catalog, {"c": {"name": "c", "size": 1}}, [node("3", name="c")])
        body = json.loads(dump(new_plan))
        assert body["summary"] == {
            "create": 0,
            "update": 0,
            "delete": 0,
            "adopt": 1,
            "unchanged": 0,
            "adopt_with_changes": 1,
        }
        assert load(sealed(body)).summary == new_plan.summary
        del body["summary"]["adopt_with_changes"]
        older = load(sealed(body))
        assert older.summary == new_plan.summary._replace(adopt_with_changes=0)
        assert json.loads(dump(older))["summary"] == body["summary"]
        body["summary"]["adopt_with_changes"] = 2
        with pytest.raises(Refused, match="its summary does not match its changes"):
            load(sealed(body))

    def test_alternative_flags_are_stored_as_a_list(self, full_plan: Plan) -> None:
        guard = Guard("conflict", "web/node/a", True, "m", ("--ours node/a", "--theirs node/a"))
        body = json.loads(dump(full_plan._replace(guards=(guard,))))
        assert body["guards"][0]["override"] == "--ours node/a or --theirs node/a"
        assert body["guards"][0]["overrides"] == ["--ours node/a", "--theirs node/a"]
        assert load(dump(full_plan._replace(guards=(guard,)))).guards == (guard,)

    def test_an_older_file_with_such_flags_is_read(self, full_plan: Plan) -> None:
        guard = Guard("conflict", "web/node/a", True, "m", ("--ours node/a or --theirs node/a",))
        data = dump(full_plan._replace(guards=(guard,)))
        assert b'"overrides"' not in data
        assert load(data).guards[0].override == "--ours node/a or --theirs node/a"

    @pytest.mark.parametrize("undoes", [None, "", "0f3a9c"])
    def test_a_rollback_names_what_it_undoes(self, full_plan: Plan, undoes: str | None) -> None:
        data = dump(full_plan._replace(undoes=undoes))
        assert ("undoes" in json.loads(data)) is (undoes is not None)
        assert load(data).undoes == undoes

    @pytest.mark.parametrize("only", [(), ("program",), ("program/a-*", "notice/x")])
    def test_a_narrowed_plan_says_to_what(self, full_plan: Plan, only: tuple[str, ...]) -> None:
        data = dump(full_plan._replace(only=only))
        assert json.loads(data).get("only", []) == [*only]
        assert load(data).only == only

    def test_the_forecast_of_reads_may_be_missing(self, full_plan: Plan) -> None:
        data = dump(full_plan._replace(requests_reread=0))
        assert json.loads(data)["requests"] == {"made": 3, "forecast": full_plan.requests_forecast}
        assert "rereads" not in json.loads(data)
        assert load(data).requests_reread == 0
        assert load(dump(full_plan._replace(requests_reread=7))).requests_reread == 7
