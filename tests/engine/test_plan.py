from __future__ import annotations

from typing import Any

import jsonpatch
import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff import Difference
from rhythmconf.engine.plan import PlanUndecided, guard_operations, needs_read
from rhythmconf.engine.plan.build import verify
from rhythmconf.engine.plan.preconditions import patch_precondition
from rhythmconf.errors import PlanError
from rhythmconf.model import Body, Change, Json, Key, Precondition, Record, Summary
from rhythmconf.settings import Dialect
from tests.support.plans import changes, make_catalog, node, plan, ref, with_batches


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("schemas"))


def test_a_plan_counts_its_changes(catalog: Catalog) -> None:
    live = [node("1", "a", size=1), node("2", "b"), node("3", "gone"), node("4", name="d")]
    new_plan = plan(catalog, {"a": {"size": 2}, "b": {}, "c": {"name": "c"}, "d": {"name": "d"}}, live, prune=["gone"])
    assert new_plan.summary == Summary(create=1, update=1, delete=1, adopt=1, unchanged=1)
    assert {name: change.action for name, change in changes(new_plan).items()} == {
        "a": "update",
        "c": "create",
        "d": "adopt",
        "gone": "delete",
    }
    assert new_plan.catalogue == catalog.version


def test_errors_of_earlier_steps_stop_the_plan(catalog: Catalog) -> None:
    live = [node("1", "a"), node("2", "a")]
    with pytest.raises(PlanUndecided, match="no plan can be made: 2 errors") as caught:
        plan(catalog, {"a": {}, "b": {"next_id": ref("nowhere")}}, live)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["RC301", "RC321"]
    assert "all carry the mark" in caught.value.diagnostics[0].message
    assert caught.value.repeats is None, "each is printed, in order, before the message"
    assert caught.value.code == "RC300"


@pytest.mark.parametrize(
    "patch", [(), ({"op": "remove", "path": "/nothing"},), ({"op": "add", "path": "/a", "value": 2},)]
)
def test_a_patch_that_misses_its_target_is_never_planned(patch: Any) -> None:
    change = Change(Key("web/node", "a"), "update", id="1", patch=patch)
    with pytest.raises(PlanError, match="web/node/a"):
        verify([Difference(change, {"a": 1}, {"a": True})])


class TestPreconditions:
    def test_a_create_requires_that_the_record_is_absent(self, catalog: Catalog) -> None:
        assert changes(plan(catalog, {"a": {}}))["a"].precondition == Precondition(no_record=True)

    @pytest.mark.parametrize(
        ("patch", "values", "absent"),
        [
            ([{"op": "replace", "path": "/a", "value": 1}], {"/a": 0}, ()),
            ([{"op": "remove", "path": "/o/x"}], {"/o/x": 1}, ()),
            ([{"op": "add", "path": "/new", "value": 1}], {}, ("/new",)),
            ([{"op": "add", "path": "/o/new", "value": 1}], {}, ("/o/new",)),
            ([{"op": "replace", "path": "/none", "value": 1}], {"/none": None}, ()),
            ([{"op": "add", "path": "/list/-", "value": 1}], {"/list": [{"in": [1]}]}, ()),
            ([{"op": "replace", "path": "/list/0/in/0", "value": 1}], {"/list": [{"in": [1]}]}, ()),
            ([{"op": "move", "from": "/a", "path": "/b"}], {"/a": 0}, ("/b",)),
            ([{"op": "copy", "from": "/o/x", "path": "/a"}], {"/a": 0, "/o/x": 1}, ()),
            ([{"op": "remove", "path": "/o/x"}, {"op": "replace", "path": "/o", "value": 1}], {"/o": {"x": 1}}, ()),
        ],
    )
    def test_a_patch_requires_the_values_it_replaces(
        self, patch: Any, values: dict[str, Json], absent: tuple[str, ...]
    ) -> None:
        live: Body = {"a": 0, "o": {"x": 1}, "list": [{"in": [1]}], "none": None}
        assert patch_precondition(tuple(patch), live) == Precondition(values, absent)

    def test_a_delete_requires_the_unchanged_record_except_counters(self, catalog: Catalog) -> None:
        new_plan = plan(catalog, {}, [node("1", "gone", size=1, count=9)], prune=["gone"])
        values: dict[str, Json] = {"/name": "gone", "/size": 1, "/sys_external_id": "rhythmconf/p/gone"}
        absent = ("/next_id", "/must_id", "/strict", "/peer_id", "/inside", "/steps", "/tags", "/text")
        assert changes(new_plan)["gone"].precondition == Precondition(values, absent)


LIVE = node("1", "a", size=1, tags=["x"], text={"subject": "s"}, steps=None)
WANTED: Body = {"size": 2, "tags": ["y"], "text": {"body": "b"}, "next_id": "z"}


class TestGuardOperations:
    def change(self, catalog: Catalog, wanted: Body) -> Change:
        return changes(plan(catalog, {"a": wanted}, [LIVE]))["a"]

    def test_values_are_tested_and_parents_of_what_is_added(self, catalog: Catalog) -> None:
        tests = guard_operations(self.change(catalog, WANTED), Dialect(), LIVE.body)
        assert {str(each["path"]): each["value"] for each in tests} == {
            "/size": 1,
            "/tags": ["x"],
            "/text": {"subject": "s"},
        }
        assert {each["op"] for each in tests} == {"test"}

    def test_guard_operations_hold_before_the_patch(self, catalog: Catalog) -> None:
        change = self.change(catalog, WANTED)
        tests = guard_operations(change, Dialect(), LIVE.body)
        assert jsonpatch.JsonPatch([*tests, *change.patch]).apply(LIVE.body)["size"] == 2
        with pytest.raises(jsonpatch.JsonPatchTestFailed):
            jsonpatch.JsonPatch([*tests, *change.patch]).apply({**LIVE.body, "size": 5})

    def test_a_null_that_is_absent_now_is_not_tested(self, catalog: Catalog) -> None:
        change = self.change(catalog, {"steps": [{"name": "s"}]})
        assert change.precondition == Precondition({"/steps": None})
        absent = {name: value for name, value in LIVE.body.items() if name != "steps"}
        assert guard_operations(change, Dialect(), absent) == []

    def test_a_guard_by_version_tests_the_version_or_the_values(self, catalog: Catalog) -> None:
        change = self.change(catalog, {"size": 2})
        assert guard_operations(change, Dialect(guard="version"), LIVE.body) == [
            {"op": "test", "path": "/sys_version", "value": 3}
        ]
        without: Body = {"size": 1}
        assert guard_operations(change, Dialect(guard="version"), without) == [
            {"op": "test", "path": "/size", "value": 1}
        ]
        assert guard_operations(change, Dialect(guard="read"), LIVE.body) == []

    @pytest.mark.parametrize(
        ("wanted", "guard", "needed"),
        [
            ({"size": 2}, "values", False),
            ({"size": 2}, "version", False),
            ({"size": 2}, "read", True),
            ({"text": {"body": "b"}}, "values", False),
            ({"next_id": "z"}, "values", True),
            ({"next_id": "z"}, "version", False),
        ],
    )
    def test_some_changes_need_a_read_just_before(
        self, catalog: Catalog, wanted: Body, guard: Any, needed: bool
    ) -> None:
        assert needs_read(self.change(catalog, wanted), "patch", Dialect(guard=guard)) is needed

    def test_creates_need_no_read_and_deletes_do(self, catalog: Catalog) -> None:
        planned_changes = changes(plan(catalog, {"new": {}}, [node("1", "gone")], prune=["gone"]))
        assert not needs_read(planned_changes["new"], "create", Dialect(guard="read"))
        assert needs_read(planned_changes["gone"], "delete", Dialect())
        assert needs_read(planned_changes["gone"], "delete", Dialect(guard="version"))


class TestForecast:
    def forecast(self, catalog: Catalog, desired: dict[str, Body], live: list[Record], **dialect: Any) -> int:
        new_plan = plan(with_batches(catalog), desired, live, dialect=Dialect(**dialect))
        assert new_plan.requests_made == 3
        return new_plan.requests_forecast - new_plan.requests_made

    def test_a_plan_without_changes_forecasts_no_writes(self, catalog: Catalog) -> None:
        assert self.forecast(catalog, {"a": {}}, [node("1", "a")]) == 0

    def test_a_hundred_changes_of_a_kind_need_one_batch(self, catalog: Catalog) -> None:
        live = [node(str(n), f"n{n}", size=1) for n in range(101)]
        desired: dict[str, Body] = {f"n{n}": {"size": 2} for n in range(101)}
        assert self.forecast(catalog, desired, live) == 2
        assert self.forecast(catalog, dict(list(desired.items())[:100]), live) == 1
        assert self.forecast(catalog, desired, live, batch="none") == 101
        assert self.forecast(catalog, desired, live, guard="read") == 103

    def test_creates_are_single_requests_unless_the_dialect_batches_them(self, catalog: Catalog) -> None:
        desired: dict[str, Body] = {name: {"name": name} for name in "abc"}
        check = 1
        assert self.forecast(catalog, desired, []) == 3 + check
        assert self.forecast(catalog, desired, [], batch="patch+delete+create") == 1 + check

    def test_waves_and_closing_patches_need_separate_requests(self, catalog: Catalog) -> None:
        ring: dict[str, Body] = {"a": {"next_id": ref("b")}, "b": {"next_id": ref("a")}}
        check = 1
        assert self.forecast(catalog, ring, []) == 3 + check

    def test_an_adoption_without_a_mark_needs_no_request(self, catalog: Catalog) -> None:
        assert self.forecast(catalog, {"a": {"name": "1"}}, [node("1")], external_id="read-only") == 0


def test_bindings_to_write_are_in_the_plan(catalog: Catalog) -> None:
    new_plan = plan(catalog, {"a": {"name": "1"}}, [node("1")], dialect=Dialect(external_id="read-only"))
    assert [(str(each.key), each.id) for each in new_plan.binds] == [("web/node/a", "1")]
