from __future__ import annotations

from pathlib import Path

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog
from rhythmconf.errors import PlanError
from rhythmconf.model import Body, Json, Key, Plan
from tests.support import catalogs
from tests.support.plans import changes, make_catalog, node, node_key, plan, ref

NAMES = "abcdef"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("schemas"))


def waves(made: Plan) -> dict[str, int]:
    return {name: change.wave for name, change in changes(made).items()}


def test_referred_records_come_first(catalog: Catalog) -> None:
    new_plan = plan(
        catalog,
        {
            "a": {"next_id": ref("b")},
            "b": {"inside": {"need_ids": [ref("c")]}},
            "c": {},
            "leaf/l": {"must_id": ref("a")},
        },
    )
    assert waves(new_plan) == {"c": 0, "b": 1, "a": 2, "l": 3}
    assert changes(new_plan)["l"].depends_on == (node_key("a"),)
    assert [change.key.name for change in new_plan.changes] == ["c", "b", "a", "l"]


def test_changes_wait_for_their_references_and_adoptions_do_not(catalog: Catalog) -> None:
    live = [node("1", "a", next_id="2"), node("2", "b"), node("3", name="c")]
    new_plan = plan(
        catalog,
        {"a": {"next_id": ref("c"), "size": 1}, "b": {"size": 1, "next_id": ref("a")}, "c": {"name": "c"}},
        live,
    )
    assert waves(new_plan) == {"a": 0, "b": 1, "c": 0}


def test_a_cycle_of_existing_records_needs_no_order(catalog: Catalog) -> None:
    live = [node("1", "a", next_id="2"), node("2", "b", next_id="1")]
    new_plan = plan(catalog, {"a": {"next_id": ref("b"), "size": 1}, "b": {"next_id": ref("a"), "size": 1}}, live)
    assert sorted(waves(new_plan).values()) == [0, 1]
    assert all(each["path"] == "/size" for change in new_plan.changes for each in change.patch)


class TestCycles:
    def test_a_create_omits_an_optional_reference_and_sets_it_later(self, catalog: Catalog) -> None:
        planned_changes = changes(plan(catalog, {"a": {"name": "a", "next_id": ref("b")}, "b": {"next_id": ref("a")}}))
        assert planned_changes["a"].body == {"name": "a", "sys_external_id": "rhythmconf/p/a"}
        assert planned_changes["a"].patch == ({"op": "add", "path": "/next_id", "value": ref("b")},)
        assert (planned_changes["a"].depends_on, planned_changes["b"].depends_on) == ((), (node_key("a"),))
        assert planned_changes["b"].patch == ()

    def test_a_record_may_refer_to_itself(self, catalog: Catalog) -> None:
        planned_changes = changes(plan(catalog, {"a": {"name": "a", "next_id": ref("a")}}))["a"]
        assert (planned_changes.body or {}).keys() == {"name", "sys_external_id"}
        assert planned_changes.patch == ({"op": "add", "path": "/next_id", "value": ref("a")},)

    def test_a_required_list_is_omitted_with_its_optional_object(self, catalog: Catalog) -> None:
        body: Body = {"inside": {"need_ids": [ref("a"), "x"], "more": "m"}, "steps": [{"name": "s", "to_id": ref("a")}]}
        planned_changes = changes(plan(catalog, {"a": body}))["a"]
        assert planned_changes.body == {"steps": [{"name": "s"}], "sys_external_id": "rhythmconf/p/a"}
        assert {str(each["path"]) for each in planned_changes.patch} == {"/inside", "/steps/0/to_id"}
        assert jsonpatch.JsonPatch(list(planned_changes.patch)).apply(planned_changes.body) == {
            **body,
            "sys_external_id": "rhythmconf/p/a",
        }

    def test_a_list_whose_items_are_matched_by_the_reference_is_left_out_whole(self, tmp_path: Path) -> None:
        """An item without the field that identifies it could not be matched when the reference is added."""
        target = {"type": "string", "x-ref": "peer"}
        peers = {
            "type": "array",
            "x-list-type": "map",
            "x-list-map-keys": [["to_id"]],
            "items": {"type": "object", "properties": {"to_id": target, "note": {"type": "string"}}},
        }
        inside = {"type": "object", "properties": {"peers": peers, "more": {"type": "string"}}}
        kind = catalogs.make_schema("web/peer", {"name": {"type": "string"}, "inside": inside, "next_id": target})
        catalog = catalogs.make_catalog(tmp_path, kind, module="web")
        items: Json = [{"to_id": ref("b", "web/peer"), "note": "n"}]
        inner: Body = {"peers": items, "more": "m"}
        planned_changes = changes(
            plan(catalog, {"peer/a": {"inside": inner}, "peer/b": {"next_id": ref("a", "web/peer")}})
        )["a"]
        assert (planned_changes.body or {})["inside"] == {"more": "m"}
        assert planned_changes.patch == ({"op": "add", "path": "/inside/peers", "value": items},)

    def test_a_reference_that_a_switch_requires_is_not_left_out(self, catalog: Catalog) -> None:
        strict: Body = {"strict": True, "peer_id": ref("b")}
        planned_changes = changes(plan(catalog, {"a": strict, "b": {"next_id": ref("a")}}))
        assert planned_changes["a"].patch == ()
        assert planned_changes["b"].patch == ({"op": "add", "path": "/next_id", "value": ref("a")},)

    def test_a_cycle_of_required_references_is_refused_by_name(self, catalog: Catalog) -> None:
        ring: dict[str, Body] = {
            f"knot/{one}": {"must_id": ref(other, "web/knot")} for one, other in ("ab", "bc", "ca")
        }
        with pytest.raises(PlanError, match="web/knot/a -> web/knot/b -> web/knot/c -> web/knot/a") as refused:
            plan(catalog, ring)
        assert refused.value.code == "RC313"
        assert refused.value.message.startswith("these records need each other, so none can come first: web/knot/a ->")
        with pytest.raises(PlanError, match="web/knot/a -> web/knot/a"):
            plan(catalog, {"knot/a": {"must_id": ref("a", "web/knot")}})

    def test_an_existing_record_that_a_create_refers_to_waits_for_it(self, catalog: Catalog) -> None:
        planned_changes = changes(
            plan(catalog, {"a": {"next_id": ref("new")}, "new": {"next_id": ref("a")}}, [node("1", "a")])
        )
        assert (planned_changes["new"].wave, planned_changes["a"].wave) == (0, 1)
        assert (planned_changes["new"].body or {})["next_id"] == "1"


class TestDeletes:
    def test_deletes_come_last_in_reverse_order(self, catalog: Catalog) -> None:
        live = [node("1", "a", next_id="2"), node("2", "b"), node("3", "c", next_id="2")]
        new_plan = plan(catalog, {"c": {"next_id": None}}, live, prune=["a", "b"])
        assert waves(new_plan) == {"c": 0, "a": 1, "b": 2}
        assert changes(new_plan)["b"].depends_on == (node_key("a"),)

    def test_a_cycle_is_opened_before_its_deletion(self, catalog: Catalog) -> None:
        live = [node("1", "a", next_id="2"), node("2", "b", next_id="1")]
        planned_changes = changes(plan(catalog, {}, live, prune=["a", "b"]))
        assert [change.patch for change in planned_changes.values()].count(()) == 1
        assert {"op": "remove", "path": "/next_id"} in [
            each for change in planned_changes.values() for each in change.patch
        ]

    def test_a_cycle_that_cannot_be_opened_is_refused(self, catalog: Catalog) -> None:
        live = [node("1", "a", "web/knot", must_id="2"), node("2", "b", "web/knot", must_id="1")]
        with pytest.raises(PlanError, match="web/knot/a -> web/knot/b -> web/knot/a"):
            plan(catalog, {}, live, prune=["knot/a", "knot/b"])

    def test_a_record_that_refers_to_itself_is_deleted_directly(self, catalog: Catalog) -> None:
        assert changes(plan(catalog, {}, [node("1", "a", next_id="1")], prune=["a"]))["a"].patch == ()


links = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3), min_size=1)


@given(links=links, existing=st.sets(st.sampled_from(NAMES)))
def test_any_graph_of_references_is_ordered_and_closed(
    catalog: Catalog, links: dict[str, list[str]], existing: set[str]
) -> None:
    bodies: dict[str, Body] = {
        name: {"size": 1, "steps": [{"name": to, "to_id": ref(to)} for to in dict.fromkeys(targets) if to in links]}
        for name, targets in links.items()
    }
    new_plan = plan(catalog, bodies, [node(f"id-{name}", name) for name in sorted(existing & links.keys())])
    place = {change.key: change.wave for change in new_plan.changes}
    known: set[Key] = {node_key(name) for name in existing}
    assert list(place.values()) == sorted(place.values())
    for change in new_plan.changes:
        assert all(place[other] < change.wave for other in change.depends_on)
        if change.action == "create":
            assert referred(change.body or {}) <= known, "a body names only what exists by then"
            whole = jsonpatch.JsonPatch(list(change.patch)).apply(change.body)
            assert [step["name"] for step in whole["steps"]] == [
                to for to in dict.fromkeys(links[change.key.name]) if to in links
            ]
            assert all("to_id" in step for step in whole["steps"])
            known.add(change.key)


def referred(body: Body) -> set[Key]:
    steps = body.get("steps")
    assert isinstance(steps, list)
    values = [step.get("to_id") for step in steps if isinstance(step, dict)]
    return {Key.parse(str(value["$ref"])) for value in values if isinstance(value, dict)}
