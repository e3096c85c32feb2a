"""A plan from a file writes only kinds and fields that the catalog has."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from rhythmconf.engine.plan import check_acceptable, check_age, check_kinds
from rhythmconf.errors import Refused
from rhythmconf.model import Binding, Body, Key
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Site
from tests.support import catalogs
from tests.support.catalogs import Schema, make_schema
from tests.support.plans import make_catalog, node, plan
from tests.support.ticking import NOON

DAY_S = 86_400


def test_a_forged_plan_of_unknown_kinds_or_fields_is_refused(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path)
    new_plan = plan(catalog, {"a": {"size": 2, "text": {"subject": "s"}}, "b": {"size": 1}}, [node("1", "a", size=1)])
    check_kinds(new_plan, catalog)
    update = next(change for change in new_plan.changes if change.action == "update")
    create = next(change for change in new_plan.changes if change.action == "create")
    forged = [
        update._replace(key=Key("web/nothing", "a")),
        update._replace(patch=({"op": "replace", "path": "/text/nowhere", "value": 1},)),
        update._replace(patch=({"op": "replace", "path": "/id", "value": "x"},)),
        create._replace(body={**(create.body or {}), "fee": 1}),
    ]
    forged_binding = new_plan._replace(binds=(Binding(Key("web/nothing", "a"), "7"),))
    with pytest.raises(Refused, match=r"doesn't fit the kinds.*web/nothing/a: there is no kind web/nothing"):
        check_kinds(forged_binding, catalog)
    for change in forged:
        forged_plan = new_plan._replace(changes=(change,), created_at="2026-11-22T10:00:00Z")
        fingerprint = forged_plan.fingerprint
        environment = Environment(fingerprint.environment, fingerprint.tenant, base_url=fingerprint.base_url)
        site = Site(catalog, environment, forged_plan.project or "", {})
        with pytest.raises(Refused, match="doesn't fit the kinds"):
            check_acceptable(forged_plan, site, tool="", now=datetime.fromisoformat(forged_plan.created_at).timestamp())


OPEN = {"additionalProperties": True}
LIMITS: Schema = {"type": "object", "properties": {"card": {"type": "number"}}}
STEPS: Schema = {
    "type": "array",
    "x-list-type": "map",
    "x-list-map-keys": [["card"]],
    "items": {**LIMITS, **OPEN},
}


@pytest.mark.parametrize(
    ("fields", "keywords", "before", "after"),
    [
        ({"id": {"type": "string", "readOnly": True}}, OPEN, {"own": 1}, {"own": 2}),
        ({"limits": {**LIMITS, **OPEN}}, {}, {"limits": {"card": 1, "id": "x"}}, {"limits": {"card": 1, "id": "y"}}),
        ({"limits": {**LIMITS, "patternProperties": {"^x_": {}}}}, {}, {"limits": {"x_a": 1}}, {"limits": {"x_a": 2}}),
        ({"steps": STEPS}, {}, {"steps": [{"card": 1, "own": 1}]}, {"steps": [{"card": 1, "own": 2}]}),
    ],
    ids=["record", "object", "pattern", "item"],
)
def test_members_that_a_schema_allows_without_naming_them_can_be_written(
    tmp_path: Path, fields: Schema, keywords: Schema, before: Body, after: Body
) -> None:
    schema = make_schema("web/page", {"name": {"type": "string"}, **fields}, **keywords)
    catalog = catalogs.make_catalog(tmp_path, schema, module="web")
    live = [node("1", "a", kind="web/page", **before)]
    new_plan = plan(catalog, {"page/a": {"name": "a", **after}, "page/b": {"name": "b", **before}}, live)
    assert sorted(change.action for change in new_plan.changes) == ["create", "update"]
    check_kinds(new_plan, catalog)
    update = next(change for change in new_plan.changes if change.action == "update")
    for path in ("/id", "/sys_version", "/sys_new"):
        forged = update._replace(patch=({"op": "add", "path": path, "value": "x"},))
        with pytest.raises(Refused, match=f"{path} is not a field that can be written"):
            check_kinds(new_plan._replace(changes=(forged,)), catalog)


def test_fields_whose_names_have_signs_of_pointers_can_be_written(tmp_path: Path) -> None:
    fields = {"name": {"type": "string"}, "a/b~c": {"type": "string"}, "limits": {**LIMITS, **OPEN}}
    catalog = catalogs.make_catalog(tmp_path, make_schema("web/page", fields), module="web")
    own: Body = {"a/b~c": "x", "limits": {"d/e~f": 1}}
    live = [node("1", "a", kind="web/page", **{**own, "a/b~c": "y"})]
    new_plan = plan(catalog, {"page/a": {"name": "a", **own}, "page/b": {"name": "b", **own}}, live)
    assert sorted(change.action for change in new_plan.changes) == ["create", "update"]
    check_kinds(new_plan, catalog)


@pytest.mark.parametrize("when", ["garbage", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00"])
def test_a_plan_with_an_invalid_time_is_refused(tmp_path: Path, when: str) -> None:
    new_plan = plan(make_catalog(tmp_path), {"b": {"size": 1}}, [])._replace(created_at=when)
    fingerprint = new_plan.fingerprint
    environment = Environment(fingerprint.environment, fingerprint.tenant, base_url=fingerprint.base_url)
    with pytest.raises(Refused, match="which is not a time") as caught:
        check_age(new_plan, environment, now=NOON)
    assert caught.value.code == "RC314"


@pytest.mark.parametrize(("age_s", "words"), [(8 * DAY_S, "8.0 days old"), (-2 * 3600, "2.0 hours ahead")])
def test_a_protected_environment_refuses_old_and_future_plans(tmp_path: Path, age_s: float, words: str) -> None:
    new_plan = plan(make_catalog(tmp_path), {"a": {"size": 2}}, [node("1", "a", size=1)])._replace(
        created_at="2026-11-22T10:00:00Z"
    )
    at = datetime.fromisoformat(new_plan.created_at).timestamp()
    environment = Environment(
        new_plan.fingerprint.environment, new_plan.fingerprint.tenant, base_url=new_plan.fingerprint.base_url
    )
    guarded = environment._replace(protected=True)
    for fits in (0, 6 * DAY_S, -1800):
        check_age(new_plan, guarded, now=at + fits)
    check_age(new_plan, environment, now=at + age_s)
    with pytest.raises(Refused, match=words):
        check_age(new_plan, guarded, now=at + age_s)


def test_an_unasked_deletion_is_refused_before_the_age(tmp_path: Path) -> None:
    catalog = make_catalog(tmp_path)
    deleting = plan(catalog, {}, [node("1", "a", size=1)], prune=["a"])._replace(created_at="2026-11-22T10:00:00Z")
    fingerprint = deleting.fingerprint
    environment = Environment(
        fingerprint.environment, fingerprint.tenant, base_url=fingerprint.base_url, protected=True
    )
    now = datetime.fromisoformat(deleting.created_at).timestamp() + 30 * DAY_S
    with pytest.raises(Refused) as caught:
        check_acceptable(deleting, Site(catalog, environment, deleting.project or "", {}), tool="", now=now)
    assert caught.value.code == "RC310"
