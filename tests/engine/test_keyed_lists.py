"""The items of every keyed list of every bundled kind keep their ids and what a document doesn't declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.engine.diff.attribution import EarlierRules, compare
from rhythmconf.engine.diff.keyed import make_keyed_patch
from rhythmconf.engine.diff.target import Rules, make_target
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.engine.diff.view import field_changes
from rhythmconf.model import Body, Json, Key
from rhythmconf.settings import Dialect
from tests.support.emulated import shipped_catalog

RULES = Rules({})
HIDDEN = "x_kept"
"""A field that no document declares: it says which item one is, also in a list without ids."""


class KeyedList(NamedTuple):
    """A keyed list of a bundled kind: the fields that hold it, from the top of a record."""

    kind: Kind
    path: tuple[str, ...]
    field: Field

    @property
    def name(self) -> str:
        """The field that people name an item by."""
        return self.field.map_keys[-1][0]

    @property
    def has_ids(self) -> bool:
        """Whether the tenant gives ids to items."""
        return ("id",) in self.field.map_keys

    @property
    def is_reference(self) -> bool:
        """Whether items are named by a reference, which can't be changed without making it another item."""
        return bool((self.field.items or OPAQUE).fields[self.name].targets)  # type: ignore[index]

    def body(self, items: list[Body]) -> Body:
        """Return a record with these items."""
        value: Json = [*items]
        for name in reversed(self.path):
            value = {name: value}
        assert isinstance(value, dict)
        return value

    def items(self, body: Any) -> list[dict[str, Any]]:
        """Return the items of a record."""
        for name in self.path:
            body = body[name]
        return body  # type: ignore[no-any-return]


def keyed_lists(kind: Kind) -> Iterator[KeyedList]:
    def walk(field: Field, path: tuple[str, ...]) -> Iterator[KeyedList]:
        if field.list_type == "map":
            yield KeyedList(kind, path, field)
        for name, child in (field.fields or {}).items():
            yield from walk(child, (*path, name))

    yield from walk(kind.root, ())


LISTS = [one for kind in shipped_catalog().kinds.values() for one in keyed_lists(kind) if not one.field.read_only]
IDS = [f"{one.kind.name}/{'/'.join(one.path)}" for one in LISTS]
CONTENT = st.tuples(st.sampled_from("ABC"), st.sampled_from("xy"), st.sampled_from("pq"), st.sampled_from("mn"))
"""A name that others may have too, and three other values."""


def item(one: KeyedList, name: str, *values: str) -> Body:
    return {one.name: name, **dict(zip(("x_one", "x_two", "x_three"), values, strict=True))}


def live_items(one: KeyedList, contents: list[Body]) -> list[Body]:
    return [
        {**content, **({"id": position + 1} if one.has_ids else {}), HIDDEN: position}
        for position, content in enumerate(contents)
    ]


def laid(one: KeyedList, wanted: list[Body], live: list[Body]) -> list[dict[str, Any]]:
    """Return the items after the plan, which the patch must reach without writing an id."""
    before, desired = one.body(live), one.body(wanted)
    target = make_target(one.kind.root, desired, before, RULES)
    assert isinstance(target, dict)
    patch = make_keyed_patch(one.kind.root, before, target, Dialect())
    assert jsonpatch.JsonPatch(list(patch)).apply(before) == target
    assert not any(str(operation["path"]).endswith(("/id", f"/{HIDDEN}")) for operation in patch)
    assert len({change.name for change in field_changes(one.kind, before, target)}) == len(
        field_changes(one.kind, before, target)
    )
    return one.items(target)


def test_there_are_lists_of_every_sort() -> None:
    assert {(one.has_ids, one.is_reference, one.field.ordered) for one in LISTS} >= {
        (True, False, False),
        (False, False, True),
        (False, True, False),
    }


@pytest.mark.parametrize("one", LISTS, ids=IDS)
@given(data=st.data())
@settings(max_examples=40, derandomize=True)
def test_untouched_items_are_never_numbered_anew(one: KeyedList, data: st.DataObject) -> None:
    """Items are kept, edited, renamed, removed, added and shuffled; several may have one name or even be equal."""
    made = data.draw(st.lists(CONTENT, max_size=6, unique_by=(lambda c: c[0]) if one.is_reference else None))
    contents = [item(one, *content) for content in made]
    live = live_items(one, contents)
    kinds = ("keep", "edit", "remove") if one.is_reference else ("keep", "edit", "rename", "remove")
    untouched: list[Body] = []
    touched: list[Body] = []
    for number, content in enumerate(contents):
        action = data.draw(st.sampled_from(kinds))
        if action == "keep":
            untouched.append(content)
        elif action == "edit":
            touched.append({**content, "x_one": f"edited {number}"})
        elif action == "rename":
            touched.append({**content, one.name: f"Renamed {number}"})
    touched += [item(one, f"New {number}", "new", "new", "new") for number in range(data.draw(st.integers(0, 2)))]
    wanted = data.draw(st.permutations([*untouched, *touched]))
    after = laid(one, wanted, live)
    for content in untouched:
        had = {each[HIDDEN] for each in live if content.items() <= each.items()}
        have = [each.get(HIDDEN) for each in after if content.items() <= each.items()]
        assert len(have) == untouched.count(content)
        assert set(have) <= had
        assert len(set(have)) == len(have)
    if one.has_ids:
        assert all(each.get("id") == (None if HIDDEN not in each else each[HIDDEN] + 1) for each in after)


NAMED = [one for one in LISTS if not one.is_reference]
named = pytest.mark.parametrize("one", NAMED, ids=[name for name, one in zip(IDS, LISTS, strict=True) if one in NAMED])


@named
@pytest.mark.parametrize("names", ["AAAA", "ABA", "AABA", "ABBA", "ABCABC"])
@pytest.mark.parametrize("contents", ["mmnmmm", "mmnnmm", "mnmnmn", "mmmmmm"])
def test_no_item_moves_past_another_one_without_need(one: KeyedList, names: str, contents: str) -> None:
    made = [item(one, name, "x", "p", content) for name, content in zip(names, contents, strict=False)]
    live = live_items(one, made)
    for gone in range(len(made)):
        after = laid(one, made[:gone] + made[gone + 1 :], live)
        numbers = [each[HIDDEN] for each in after]
        assert numbers == sorted(numbers)


@named
@pytest.mark.parametrize(("live", "wanted"), [("mmmm", "m..m"), ("mmmmm", "m..Mm"), ("mnm", "Nm")])
def test_a_patch_never_writes_what_only_the_tenant_keeps_in_twins(one: KeyedList, live: str, wanted: str) -> None:
    """Each letter is a twin, a capital one was edited, and a dot is a new item. `laid` looks at the patch."""
    items = [
        item(one, f"New {place}", "new", "new", "new")
        if letter == "."
        else item(one, "A", "edited" if letter.isupper() else "x", "p", letter.lower())
        for place, letter in enumerate(wanted)
    ]
    laid(one, items, live_items(one, [item(one, "A", "x", "p", letter) for letter in live]))


def kept(one: KeyedList, wanted: list[Body], live: list[Body]) -> dict[str, Any]:
    """Return the hidden field of each item after the plan, by its name."""
    return {each[one.name]: each.get(HIDDEN) for each in laid(one, wanted, live)}


def three(one: KeyedList) -> list[Body]:
    return [item(one, "A", "1", "2", "3"), item(one, "B", "4", "5", "6"), item(one, "C", "7", "8", "9")]


@named
def test_a_renamed_item_keeps_its_id(one: KeyedList) -> None:
    a, b, c = three(one)
    live = live_items(one, [a, b, c])
    assert kept(one, [a, {**b, one.name: "D"}, c], live) == {"A": 0, "D": 1, "C": 2}


@named
def test_an_item_that_moved_and_was_renamed_and_changed_keeps_its_id(one: KeyedList) -> None:
    a, b, c = three(one)
    live = live_items(one, [a, b, c])
    assert kept(one, [{**c, one.name: "D", "x_two": "0"}, a, b], live) == {"D": 2, "A": 0, "B": 1}


@named
def test_two_items_renamed_at_once_keep_their_ids(one: KeyedList) -> None:
    a, b, c = three(one)
    live = live_items(one, [a, b, c])
    assert kept(one, [{**c, one.name: "E"}, b, {**a, one.name: "D"}], live) == {"E": 2, "B": 1, "D": 0}
    # Nothing but the order tells these two apart.
    alike = [a, {**a, one.name: "B"}]
    renamed = [{**a, one.name: "D"}, {**a, one.name: "E"}]
    assert kept(one, renamed, live_items(one, alike)) == {"D": 0, "E": 1}


@named
def test_ids_follow_swapped_names(one: KeyedList) -> None:
    a, b, c = three(one)
    swapped = [{**a, one.name: "B"}, {**b, one.name: "A"}, c]
    assert kept(one, swapped, live_items(one, [a, b, c])) == {"B": 1, "A": 0, "C": 2}


@named
def test_a_name_that_looks_the_same_is_the_same_item(one: KeyedList) -> None:
    a, b, c = three(one)
    live = live_items(one, [a, b, c])
    for name in ("a", "A ", "\uff21", "A\u200b"):
        assert kept(one, [{**a, one.name: name, "x_one": "0", "x_two": "0"}, b, c], live)[name] == 0


@named
def test_another_item_gets_no_id_of_a_removed_one(one: KeyedList) -> None:
    a, b, c = three(one)
    live = live_items(one, [a, b, c])
    assert kept(one, [a, item(one, "D", "4", "0", "0"), c], live) == {"A": 0, "D": None, "C": 2}
    assert kept(one, [a, {one.name: "D"}, c], live) == {"A": 0, "D": None, "C": 2}


@named
def test_an_item_of_another_id_is_another_item(one: KeyedList) -> None:
    if one.has_ids:
        a, b, _ = three(one)
        live = live_items(one, [a, b])
        wanted = [{**a, "id": 2}, {**b, "id": 1}]
        assert {each["id"]: each[HIDDEN] for each in laid(one, wanted, live)} == {2: 1, 1: 0}


@named
def test_a_conflict_is_found_whoever_renamed_the_item(one: KeyedList) -> None:
    a, b, c = three(one)
    theirs = {**b, "x_one": "theirs"}
    key = Key(one.kind.name, "k")

    def sides(base: list[Body], ours: list[Body], live: list[Body]) -> dict[str, Any]:
        before = one.body(live_items(one, live))
        target = make_target(one.kind.root, one.body(ours), before, RULES)
        assert isinstance(target, dict)
        past = Past({key: one.body(base)})
        changes = compare(one.kind, key, before, target, past, EarlierRules.of(RULES, past)).fields
        assert not any(change.former for change in changes)  # a plan file doesn't have it
        return {change.path.rpartition("/")[2]: change.side for change in changes}

    renamed = {**b, one.name: "D"}
    # The files renamed the item, and the tenant changed it: the change is drift, not the author's.
    assert sides([a, b, c], [a, renamed, c], [a, theirs, c]) == {one.name: "yours", "x_one": "drift"}
    # The tenant renamed it, and the files changed it.
    assert sides([a, b, c], [a, {**b, "x_one": "ours"}, c], [a, renamed, c]) == {one.name: "drift", "x_one": "yours"}
    assert sides([a, b, c], [a, {**b, "x_one": "ours"}, c], [a, theirs, c]) == {"x_one": "conflict"}
