from __future__ import annotations

from typing import Any

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan import Allow
from rhythmconf.model import Binding, Body, Plan, Record
from tests.support.plans import make_catalog, node, node_key, plan, ref, refusing_guards


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("schemas"))


def marked(count: int) -> list[Record]:
    return [node(f"id{n}", f"n{n}") for n in range(count)]


def updating(catalog: Catalog, own: int, changed: int, **facts: Any) -> Plan:
    desired: dict[str, Body] = {f"n{n}": {"size": 1} if n < changed else {} for n in range(own)}
    return plan(catalog, desired, [*marked(own), node("foreign")], **facts)


def deleting(catalog: Catalog, own: int, gone: int, **facts: Any) -> Plan:
    desired: dict[str, Body] = {f"n{n}": {} for n in range(gone, own)}
    return plan(catalog, desired, marked(own), prune=[f"n{n}" for n in range(gone)], **facts)


class TestShares:
    @pytest.mark.parametrize(
        ("own", "changed", "ok"),
        [(9, 9, True), (10, 3, True), (10, 4, False), (1000, 300, True), (1000, 301, False)],
    )
    @pytest.mark.parametrize("doing", [updating, deleting])
    def test_from_ten_records_on_at_most_thirty_percent_may_change(
        self, catalog: Catalog, doing: Any, own: int, changed: int, ok: bool
    ) -> None:
        assert (refusing_guards(doing(catalog, own, changed)) == []) is ok

    def test_the_message_has_all_figures_and_the_flag(self, catalog: Catalog) -> None:
        (guard,) = refusing_guards(updating(catalog, 13, 5))
        assert guard.name == "updates"
        assert guard.message == "5 of 13 records of node (38.5 %) would be updated; the limit is 30 %"
        assert guard.override == "--allow-updates node=39%"
        (guard,) = refusing_guards(deleting(catalog, 13, 5))
        assert (guard.name, guard.override) == ("deletes", "--allow-deletes node=39%")

    def test_a_raised_limit_is_stored_in_the_plan(self, catalog: Catalog) -> None:
        new_plan = updating(catalog, 10, 4, allow=Allow(updates={"web/node": 40.0}))
        assert refusing_guards(new_plan) == []
        assert new_plan.allowed == ("--allow-updates node=40%",)
        assert refusing_guards(updating(catalog, 10, 5, allow=Allow(updates={"web/node": 40.0})))
        assert refusing_guards(deleting(catalog, 10, 4, allow=Allow(deletes={"web/node": 40.0}))) == []
        assert refusing_guards(deleting(catalog, 10, 4, allow=Allow(updates={"web/node": 90.0})))

    def test_bound_records_count_as_managed(self, catalog: Catalog) -> None:
        imported = [node(f"id{n}", name=f"n{n}", sys_external_id=f"import-{n}") for n in range(10)]
        bindings = {node_key(f"n{n}"): Binding(node_key(f"n{n}"), f"id{n}") for n in range(10)}
        desired: dict[str, Body] = {f"n{n}": {"size": 1} if n < 4 else {} for n in range(10)}
        assert refusing_guards(plan(catalog, desired, imported, bindings=bindings))

    def test_adoptions_count_only_where_they_change_a_field(self, catalog: Catalog) -> None:
        loose = [node(f"id{n}", name=f"n{n}") for n in range(20)]
        assert refusing_guards(plan(catalog, {f"n{n}": {"name": f"n{n}"} for n in range(20)}, loose)) == []
        assert refusing_guards(plan(catalog, {f"n{n}": {"name": f"n{n}", "size": 1} for n in range(20)}, loose))

    def test_creates_have_no_limit(self, catalog: Catalog) -> None:
        assert plan(catalog, {f"n{n}": {} for n in range(50)}, []).guards == ()


def test_nothing_is_deleted_in_a_protected_environment(catalog: Catalog) -> None:
    (guard,) = refusing_guards(deleting(catalog, 3, 1, protected=True))
    assert (guard.name, guard.subject, guard.override) == ("protected-environment", "web/node/n0", "--allow node/n0")
    new_plan = deleting(catalog, 3, 1, protected=True, allow=Allow(keys=frozenset({node_key("n0")})))
    assert refusing_guards(new_plan) == []
    assert new_plan.allowed == ("--allow node/n0",)
    assert refusing_guards(updating(catalog, 3, 1, protected=True)) == []


def test_a_protected_record_is_never_deleted(catalog: Catalog) -> None:
    live = [node("1", "a#protected")]
    (guard,) = refusing_guards(plan(catalog, {}, live, prune=["a"], allow=Allow(keys=frozenset({node_key("a")}))))
    assert (guard.name, guard.override) == ("protected", "")
    assert "protect: false" in guard.message
    bound = {node_key("b"): Binding(node_key("b"), "2", protected=True)}
    imported = [node("2", name="b", sys_external_id="import-2")]
    guards = refusing_guards(plan(catalog, {}, imported, prune=["b"], bindings=bound))
    assert [guard.name for guard in guards] == ["protected"]


def test_a_referred_record_is_not_deleted_and_its_referrers_are_named(catalog: Catalog) -> None:
    users = [node(f"u{n}", name=f"u{n}", steps=[{"name": "s", "to_id": "1"}]) for n in range(4)]
    (guard,) = refusing_guards(plan(catalog, {}, [node("1", "a"), *users], prune=["a"]))
    assert guard.name == "referenced"
    assert "node record 'u0' ('u0') (/steps/0/to_id)" in guard.message
    assert "and 1 more" in guard.message
    by_key = refusing_guards(plan(catalog, {"b": {}}, [node("1", "a"), node("2", "b", next_id="1")], prune=["a"]))
    assert "node/b (/next_id)" in by_key[0].message


def test_references_removed_by_the_same_plan_do_not_count(catalog: Catalog) -> None:
    live = [node("1", "a"), node("2", "b", next_id="1"), node("3", "c", next_id="1"), node("4", "d", next_id="3")]
    new_plan = plan(catalog, {"b": {"next_id": None}, "d": {"next_id": "2"}}, live, prune=["a", "c"])
    assert refusing_guards(new_plan) == []


def test_references_added_by_the_same_plan_count(catalog: Catalog) -> None:
    new_plan = plan(
        catalog, {"b": {"name": "b", "next_id": "1"}, "leaf/l": {"must_id": ref("b")}}, [node("1", "a")], prune=["a"]
    )
    assert [(each.name, each.subject) for each in refusing_guards(new_plan)] == [("referenced", "web/node/a")]


def test_a_locked_record_is_not_changed(catalog: Catalog) -> None:
    locked = [node("1", "a", sys_locked=True), node("2", "b", sys_locked=True), node("3", "c", sys_locked=True)]
    new_plan = plan(catalog, {"a": {"size": 1}, "c": {}}, locked, prune=["b"])
    assert [(each.name, each.subject) for each in refusing_guards(new_plan)] == [
        ("locked", "web/node/a"),
        ("locked", "web/node/b"),
    ]
    allow = Allow(keys=frozenset({node_key("a"), node_key("b")}))
    assert refusing_guards(plan(catalog, {"a": {"size": 1}}, locked, prune=["b"], allow=allow)) == []


def test_an_empty_source_folder_deletes_nothing(catalog: Catalog) -> None:
    allow = Allow(keys=frozenset({node_key("n0")}), deletes={"web/node": 100.0})
    (guard,) = refusing_guards(plan(catalog, {}, marked(1), prune=["n0"], empty_sources=True, allow=allow))
    assert (guard.name, guard.override) == ("empty-sources", "")
    assert plan(catalog, {}, marked(1), empty_sources=True).guards == ()
