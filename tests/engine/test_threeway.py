"""Three-way comparison: who made an edit, withdrawn fields, and keys renamed since the base."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff import Rules, attribution, field_changes, make_target, threeway
from rhythmconf.model import MISSING, Base, Body, DesiredState, FieldChange, Key, Origin, Resource
from tests.support.plans import make_catalog, ref

NAMES = st.sampled_from("abcd")
VALUES = st.integers(0, 2)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=4)
RULES = Rules({})


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return make_catalog(tmp_path_factory.mktemp("schemas"))


def edits(old: dict[str, int], new: dict[str, int]) -> tuple[FieldChange, ...]:
    """Return the differences of two flat records."""
    names = [name for name in "abcd" if old.get(name) != new.get(name)]
    return tuple(FieldChange(f"/{name}", old.get(name, MISSING), new.get(name, MISSING)) for name in names)


@given(base=RECORDS, ours=RECORDS, theirs=RECORDS)
def test_every_difference_is_attributed_by_three_values(
    base: dict[str, int], ours: dict[str, int], theirs: dict[str, int]
) -> None:
    attributed = attribution.attribute(edits(theirs, ours), edits(base, ours), edits(base, theirs))
    both = attribution.find_agreed(edits(theirs, ours), edits(base, ours), edits(base, theirs))
    said = {each.path[1:]: each.side for each in (*attributed, *both)}
    for name in "abcd":
        was, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if mine == other:
            expected = None if was == mine else "both"
        elif was == other:
            expected = "yours"
        else:
            expected = "drift" if was == mine else "conflict"
        assert said.get(name) == expected
    for each in attributed:
        assert each.side != "conflict" or each.base == base.get(each.path[1:])


@given(fork=RECORDS, base=RECORDS, ours=RECORDS, theirs=RECORDS)
def test_in_a_checkout_that_lacks_applied_commits_nobody_edited_what_is_as_at_the_fork(
    fork: dict[str, int], base: dict[str, int], ours: dict[str, int], theirs: dict[str, int]
) -> None:
    attributed = attribution.attribute(edits(theirs, ours), edits(base, ours), edits(base, theirs))
    corrected = attribution.attribute_behind(attributed, edits(fork, ours), edits(fork, base))
    said = {each.path[1:]: each.side for each in corrected}
    for name in "abcd":
        was, applied, mine, other = fork.get(name), base.get(name), ours.get(name), theirs.get(name)
        if mine == other:
            expected = None
        elif mine == applied:
            expected = "drift"
        elif mine == was:
            expected = "behind"
        else:
            expected = "yours" if was == applied == other else "conflict"
        assert said.get(name) == expected
    for each in corrected:
        name = each.path[1:]
        # Where a commit has changed the field, the value at the fork is what both sides began with.
        began = base.get(name) if fork.get(name) == base.get(name) else fork.get(name)
        assert each.side != "conflict" or each.base == began


@given(base=RECORDS, ours=RECORDS, theirs=RECORDS)
def test_swapping_files_and_tenant_swaps_the_attribution(
    base: dict[str, int], ours: dict[str, int], theirs: dict[str, int]
) -> None:
    other = {"yours": "drift", "drift": "yours"}
    one = attribution.attribute(edits(theirs, ours), edits(base, ours), edits(base, theirs))
    two = attribution.attribute(edits(ours, theirs), edits(base, theirs), edits(base, ours))
    assert [other.get(str(each.side), each.side) for each in one] == [each.side for each in two]


@pytest.mark.parametrize(
    ("ours", "theirs", "side"),
    [
        ("steps[one]", "steps[one].name", "conflict"),
        ("steps", "steps[one]", "conflict"),
        ("steps[one]", "steps[two]", "yours"),
        ("text.body", "text.bodyguard", "yours"),
        ("text", "text.body", "conflict"),
    ],
)
def test_edits_of_a_value_and_its_parent_conflict(ours: str, theirs: str, side: str) -> None:
    mine, other = (FieldChange(f"/{each}", 1, 2, label=each) for each in (ours, theirs))
    (attributed,) = attribution.attribute([mine], [mine], [other])
    assert attributed.side == side


def test_a_member_of_a_field_without_a_name_is_another_field() -> None:
    (attributed,) = attribution.attribute(
        [FieldChange("/a", 1, 2)], [FieldChange("/a", 1, 2)], [FieldChange("//a", 1, 2)]
    )
    assert attributed.side == "yours"


INSIDES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("n"),
        "size": VALUES,
        "text": st.fixed_dictionaries({}, optional={"subject": st.just("s"), "body": st.just("b")}),
        "steps": st.lists(
            st.fixed_dictionaries({"name": NAMES}, optional={"to_id": NAMES}), unique_by=lambda one: one["name"]
        ),
        "tags": st.lists(NAMES, unique=True),
    },
)


@given(base=INSIDES, ours=INSIDES, more=INSIDES)
def test_only_fields_withdrawn_by_the_files_are_removed(
    catalog: Catalog, base: dict[str, Any], ours: dict[str, Any], more: dict[str, Any]
) -> None:
    """Only the fields of the base that the files no longer have are removed; other fields of the tenant stay."""
    kind = catalog.kind("web/node")
    live = make_target(kind.root, base, {**more, "count": 7}, RULES)
    assert isinstance(live, dict)
    target = make_target(kind.root, threeway.withdraw(kind.root, base, ours, live), live, RULES)
    assert isinstance(target, dict)
    assert make_target(kind.root, ours, target, RULES) is target
    for name in base.keys() - ours.keys() - {"text"}:
        assert target.get(name) in (None, [])
    for name in more.keys() - base.keys() - ours.keys():
        assert target[name] == live[name]
    assert target["count"] == 7


@given(base=INSIDES, ours=INSIDES)
def test_without_live_edits_every_difference_is_yours(
    catalog: Catalog, base: dict[str, Any], ours: dict[str, Any]
) -> None:
    kind = catalog.kind("web/node")
    live = make_target(kind.root, base, {}, RULES)
    assert isinstance(live, dict)
    target = make_target(kind.root, ours, live, RULES)
    assert isinstance(target, dict)
    mine = field_changes(kind, live, target)
    assert {each.side for each in attribution.attribute(mine, mine, ())} <= {"yours"}
    assert attribution.worst_side(()) == "yours"


def state(*resources: Resource, skipped: frozenset[Key] = frozenset()) -> DesiredState:
    return DesiredState({each.key: each for each in resources}, skipped)


def node(name: str, body: Body, moved: tuple[str, ...] = (), unmanaged: tuple[str, ...] = ()) -> Resource:
    return Resource(Key("web/node", name), body, (Origin("n.yaml"),), moved=moved, unmanaged=unmanaged)


def test_a_base_is_read_with_the_renamed_keys(catalog: Catalog) -> None:
    then = state(node("old", {"name": "O", "size": 1}), node("user", {"next_id": ref("old")}), node("lost", {}))
    now = state(node("new", {"name": "O"}, ("old",), ("/size",)), node("user", {"next_id": ref("new")}))
    attributed = threeway.make_past(threeway.BaseState(Base("c", "ref"), then), now, catalog)
    assert attributed.bodies[Key("web/node", "new")] == {"name": "O"}
    assert attributed.bodies[Key("web/node", "user")] == {"next_id": ref("new")}
    assert attributed.without_document == {Key("web/node", "lost")}


def test_skipped_documents_and_older_work_trees_remove_nothing(catalog: Catalog) -> None:
    then, now = state(node("a", {})), state(skipped=frozenset({Key("web/node", "a")}))
    assert not threeway.make_past(threeway.BaseState(Base("c", "ref"), then), now, catalog).without_document
    assert not threeway.make_past(
        threeway.BaseState(Base("c", "ref", descends=False), then), state(), catalog
    ).without_document


def test_members_of_the_tenant_in_a_withdrawn_object_are_kept(catalog: Catalog) -> None:
    kind = catalog.kind("web/node")
    base: Body = {"text": {"subject": "s"}, "tags": ["a"]}
    live: Body = {"text": {"subject": "s", "body": "theirs"}, "tags": ["a"]}
    assert threeway.withdraw(kind.root, base, {}, live) == {"text": {"subject": None}, "tags": None}
    assert threeway.withdraw(kind.root, base, {}, {"text": {"subject": "s"}}) == {"text": None, "tags": None}


def test_a_field_that_is_unmanaged_now_is_ignored_in_the_base(catalog: Catalog) -> None:
    then = state(node("a", {"text": {"subject": "s", "body": "b"}, "size": 1}))
    now = state(node("a", {"size": 1}, unmanaged=("/text/body", "/tags", "/size/no")))
    attributed = threeway.make_past(threeway.BaseState(Base("c", "ref"), then), now, catalog)
    assert attributed.bodies[Key("web/node", "a")] == {"text": {"subject": "s"}, "size": 1}


def test_items_without_distinct_keys_are_compared_as_a_whole(catalog: Catalog) -> None:
    kind = catalog.kind("web/node")
    base: Body = {"steps": [{"name": "a", "to_id": "x"}, {"name": "a"}]}
    ours: Body = {"steps": [{"name": "a"}]}
    assert threeway.withdraw(kind.root, base, ours, {}) == ours
    told: Body = {"steps": [{"name": "a", "to_id": "x"}]}
    assert threeway.withdraw(kind.root, told, ours, {}) == {"steps": [{"name": "a", "to_id": None}]}
