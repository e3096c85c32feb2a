"""The fields that records have and their schema doesn't are found wherever a document could not hold them."""

from __future__ import annotations

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.catalog.unknown import UnknownField, find_lost_fields, find_unknown_fields
from rhythmconf.model import Body
from tests.support import catalogs

NOTICE = catalogs.make_schema(
    "school/notice",
    {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string"},
        "state": {"type": "object", "readOnly": True, "properties": {"a": {"type": "string"}}},
        "count": {"type": "number", "x-runtime": True},
        "email": {"type": "object", "properties": {"from": {"type": "string"}}},
        "rows": {
            "type": "array",
            "x-list-type": "map",
            "x-list-map-keys": [["id"], ["name"]],
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "number"},
                    "name": {"type": "string"},
                    "deep": {
                        "type": "array",
                        "x-list-type": "atomic",
                        "items": {"type": "object", "properties": {"a": {"type": "number"}}},
                    },
                },
            },
        },
        "opaque": {"type": "object"},
        "anything": {},
        "open": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
        "custom": {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "patternProperties": {"__c$": {"type": "string"}},
        },
    },
)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return catalogs.make_catalog(tmp_path_factory.mktemp("schemas"), NOTICE)


def found(school: Catalog, *bodies: Body) -> dict[str, tuple[int, int]]:
    """Return, by path, the number of records with a value and of those with none."""
    fields = find_unknown_fields(school.kind("notice"), ((f"r{n}", body) for n, body in enumerate(bodies)))
    assert [field.path for field in fields] == sorted(field.path for field in fields)
    return {field.path: (len(field.records), field.empty) for field in fields}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"colour": "blue"}, "colour"),
        ({"colour": {"a": {"b": 1}}}, "colour"),
        ({"colour": False}, "colour"),
        ({"colour": 0}, "colour"),
        ({"email": {"from": "a", "footer": "x"}}, "email.footer"),
        ({"email": {"sys": 1}}, "email.sys"),
        ({"rows": [{"name": "a"}, {"name": "b", "colour": "blue"}]}, "rows[].colour"),
        ({"rows": [{"name": "a", "deep": [{"a": 1}, {"b": 2}]}]}, "rows[].deep[].b"),
        ({"open": {"a": "x"}, "x.y": 1}, "x.y"),
        ({"custom": {"a": "x", "mine__c": "y", "mine": "z"}}, "custom.mine"),
    ],
)
def test_a_field_without_a_place_in_documents_is_found(school: Catalog, body: Body, path: str) -> None:
    assert found(school, {"name": "N", **body}) == {path: (1, 0)}


@pytest.mark.parametrize(
    "body",
    [
        {"id": "1", "sys_version": 1, "sys_new_thing": "x"},
        {"state": {"b": 1}, "count": 7},
        {"opaque": {"a": {"b": [{"c": 1}]}}, "anything": {"x": [{}]}},
        {"open": {"b": {"c": 1}}},
        {"custom": {"mine__c": "y"}},
        {"rows": None, "email": "a text"},
    ],
)
def test_what_documents_can_hold_or_only_tenants_set_is_known(school: Catalog, body: Body) -> None:
    assert found(school, {"name": "N", **body}) == {}


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_a_field_without_a_value_is_counted_apart(school: Catalog, empty: str | None) -> None:
    assert found(school, {"colour": empty}, {"colour": "blue"}, {"size": empty}) == {"colour": (1, 1), "size": (0, 1)}


def test_a_thousand_records_give_one_line_for_each_field(school: Catalog) -> None:
    bodies: list[Body] = [{"colour": n, "rows": [{"size": 1}, {"size": None}]} for n in range(1000)]
    assert found(school, *bodies) == {"colour": (1000, 0), "rows[].size": (1000, 0)}


def test_records_are_named_once_each(school: Catalog) -> None:
    body: Body = {"rows": [{"size": 1}, {"size": 2}]}
    [field] = find_unknown_fields(school.kind("notice"), [("a", body), ("b", body)])
    assert field == UnknownField("school/notice", "rows[].size", ("a", "b"), 0)


@pytest.mark.parametrize(
    ("body", "copy", "lost"),
    [
        ({"colour": "blue"}, {"colour": "blue", "size": 1}, []),
        ({"colour": {"a": 1}, "size": None}, {"colour": {"a": 1}}, []),
        ({"rows": [{"name": "a", "x": 1}, {"name": "b", "x": 2}]}, {"rows": [{"name": "b", "x": 2}]}, ["rows[].x"]),
        (
            {"rows": [{"id": 1, "name": "a", "x": 1}, {"id": 2, "name": "b", "x": 2}]},
            {"rows": [{"id": 1, "name": "b", "x": 2}, {"id": 2, "name": "a", "x": 1}]},
            [],
        ),
        ({"rows": [{"name": "a", "x": 1}]}, {"rows": [{"name": "b", "x": 1}]}, ["rows[].x"]),
        ({"rows": [{"name": "a", "deep": [{"b": 1}]}]}, {"rows": [{"name": "a", "deep": [{}, {"b": 1}]}]}, ["b"]),
        ({"colour": 1, "size": 0}, {"colour": True}, ["colour", "size"]),
        ({"email": {"footer": "x"}}, {}, ["email.footer"]),
    ],
)
def test_a_copy_lacks_the_values_that_it_has_not_in_the_same_place(
    school: Catalog, body: Body, copy: Body, lost: list[str]
) -> None:
    fields = find_lost_fields(school.kind("notice"), [("r", body, copy)])
    assert [field.path.removeprefix("rows[].deep[].") for field in fields] == lost
    assert all(field.records == ("r",) and not field.empty for field in fields)
