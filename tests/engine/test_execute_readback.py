"""Readback: a tenant may add members, reorder sets and drop nulls, but not change sent values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute.readback import Mismatch, create_expectation, expectation, matches, mismatches
from rhythmconf.settings import Dialect
from tests.support import catalogs

TEXT = {"type": "string"}
SLOT = {"type": "object", "properties": {"id": {"type": "number"}, "name": TEXT, "hours": {"type": "number"}}}


@pytest.fixture(scope="module")
def kind(tmp_path_factory: pytest.TempPathFactory) -> Kind:
    lists = {
        "tags": {"type": "array", "x-list-type": "set", "items": TEXT},
        "steps": {"type": "array", "x-list-type": "atomic", "items": TEXT},
        "slots": {"type": "array", "x-list-type": "map", "x-list-map-keys": [["name"]], "items": SLOT},
        "queue": {
            "type": "array",
            "x-list-type": "map",
            "x-list-map-keys": [["name"]],
            "x-list-order": "significant",
            "items": SLOT,
        },
    }
    thing_schema = catalogs.make_schema("club/day", {"id": {"type": "string", "readOnly": True}, "name": TEXT, **lists})
    return catalogs.make_catalog(tmp_path_factory.mktemp("day"), thing_schema, module="club").kind("day")


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"name": "a"}, {"id": "1", "name": "a", "sys_version": 3}),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}),
        ({"tags": []}, {}),
        ({"name": None}, {}),
        ({"name": None}, {"name": None}),
        ({"name": None}, {"tags": []}),
        (
            {"slots": [{"name": "a"}, {"name": "b", "hours": 2}]},
            {"slots": [{"name": "b", "id": 2, "hours": 2}, {"name": "a", "id": 1}]},
        ),
        ({"queue": [{"name": "a"}]}, {"queue": [{"name": "a", "hours": None}]}),
        ({"more": {"deep": {"x": 1}}}, {"more": {"deep": {"x": 1, "y": 2}, "z": 3}}),
    ],
)
def test_a_matching_readback_is_accepted(kind: Kind, sent: Any, got: Any) -> None:
    assert mismatches(kind, create_expectation(sent).after, got, Dialect()) == []


@pytest.mark.parametrize(
    ("sent", "got", "left"),
    [
        ({"name": "a"}, {"name": "b"}, [Mismatch("/name", "a", "b")]),
        ({"name": "a"}, {}, [Mismatch("/name", "a", None)]),
        ({"name": None}, {"name": "b"}, [Mismatch("/name", None, "b")]),
        ({"on": True}, {"on": 1}, [Mismatch("/on", True, 1)]),
        ({"on": 1}, {"on": "1"}, [Mismatch("/on", 1, "1")]),
        ({"tags": ["a", "a", "b"]}, {"tags": ["a", "b", "b"]}, [Mismatch("/tags/1", "a", "b")]),
        (
            {"steps": ["a", "b"]},
            {"steps": ["b", "a"]},
            [Mismatch("/steps/0", "a", "b"), Mismatch("/steps/1", "b", "a")],
        ),
        ({"tags": ["a"]}, {"tags": ["a", "c"]}, [Mismatch("/tags/1", None, "c")]),
        ({"slots": [{"name": "a", "hours": 1}]}, {"slots": [{"name": "a"}]}, [Mismatch("/slots/0/hours", 1, None)]),
        ({"queue": [{"name": "a"}, {"name": "b"}]}, {"queue": [{"name": "b"}, {"name": "a"}]}, None),
    ],
)
def test_a_different_readback_is_a_mismatch(kind: Kind, sent: Any, got: Any, left: Any) -> None:
    differences = mismatches(kind, create_expectation(sent).after, got, Dialect())
    assert differences
    assert left is None or sorted(differences) == left


def test_an_empty_list_differs_from_an_absent_list_in_some_dialects(kind: Kind) -> None:
    distinct = Dialect(empty_lists="distinct")
    assert not matches(kind, create_expectation({"tags": []}).after, {}, distinct)
    assert matches(kind, create_expectation({"tags": []}).after, {"tags": []}, distinct)


@pytest.mark.parametrize(
    ("base", "patch", "before", "after"),
    [
        ({"a": 1}, [{"op": "replace", "path": "/a", "value": 2}], {"/a": 1}, {"/a": 2}),
        ({}, [{"op": "add", "path": "/a", "value": 2}], {"/a": None}, {"/a": 2}),
        ({"a": {"b": 1}}, [{"op": "remove", "path": "/a/b"}], {"/a/b": 1}, {"/a/b": None}),
        ({"a": [1, 2]}, [{"op": "remove", "path": "/a/0"}], {"/a": [1, 2]}, {"/a": [2]}),
        (
            {"a": [{"b": [1]}]},
            [{"op": "add", "path": "/a/0/b/-", "value": 2}],
            {"/a": [{"b": [1]}]},
            {"/a": [{"b": [1, 2]}]},
        ),
        ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"/b": None, "/a": 1}, {"/b": 1, "/a": None}),
        (
            {},
            [{"op": "add", "path": "/a", "value": []}, {"op": "add", "path": "/a/-", "value": 1}],
            {"/a": None},
            {"/a": [1]},
        ),
    ],
)
def test_a_patch_becomes_expected_values(base: Any, patch: Any, before: Any, after: Any) -> None:
    found = expectation(base, patch)
    assert (found.before, found.after) == (before, after)


def test_a_patch_that_cannot_be_applied_is_an_error() -> None:
    with pytest.raises(ValueError, match="doesn't fit"):
        expectation({}, [{"op": "remove", "path": "/a"}])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2),
    max_leaves=6,
)


@given(body=st.dictionaries(st.sampled_from(["name", "tags", "slots", "more"]), JSON), more=JSON)
def test_additional_fields_of_the_tenant_are_no_mismatch(kind: Kind, body: Any, more: Any) -> None:
    assert mismatches(kind, create_expectation(body).after, {**body, "sys_note": more}, Dialect()) == []
