"""A plan file with any member replaced by anything ends in one clear refusal, or is a plan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.engine import plan as planning
from rhythmconf.engine.plan import SigningKey, check_acceptable
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import Refused, TenantError
from rhythmconf.model import Body, LastChange, TenantState
from rhythmconf.report.formats import text
from rhythmconf.report.terminal import render
from tests.support.bench import Bench, ref
from tests.support.ticking import NOON

NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**400, 1e308, "", "x", "\ud800", "é", "\x1b[31m", "\0", "a/b/c", "/a/~2", "../x", [], {},
    [None], [[]], [{}], {"": ""}, {"\ud800": 1}, ["\ud800", "x"], [["a", "b", "c"]], [[1, 2]], 10**5000,
)  # fmt: skip
KEY = SigningKey("a secret")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return make_bench(tmp_path_factory.mktemp("hostile"))


def make_bench(folder: Path) -> Bench:
    made = Bench(folder)
    made.run({"team/a": {"name": "A"}, "note/a": {"name": "A"}, "note/gone": {"name": "G"}})
    return made


def make_body(bench: Bench, key: SigningKey | None = None) -> Body:
    """Return a plan with a create, an update and a deletion as JSON."""
    wanted: dict[str, Body] = {
        "team/a": {"name": "A", "motto": "m"},
        "note/a": {"name": "A", "tags": ["t"]},
        "person/p": {"name": "P", "team_id": ref("team/a")},
    }
    state = TenantState("snapshot", "2026-11-22T04:17:00Z")
    plan = bench.plan(wanted, prune=("note/gone",))._replace(state=state, zone="Europe/Berlin")
    last = LastChange("2026-11-25T14:02:11Z", "5f1c", "a run")
    changes = tuple(change._replace(name="N", last_change=last, side="drift") for change in plan.changes)
    return planning.to_json(planning.seal(plan._replace(changes=changes), key))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def replaced(body: Body, path: tuple[Any, ...], value: Any) -> Body:
    copy: Any = json.loads(json.dumps(body))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copy  # type: ignore[no-any-return]


def written(body: Body, *, seal: bool) -> bytes:
    """Return the bytes of a plan file, by choice with a digest that fits."""
    if seal:
        bare = {**body, "digest": "", "hmac": None}
        body = {**body, "digest": hashlib.sha256(serialise(bare)).hexdigest(), "hmac": None}
    return serialise(body)


def use(data: bytes, bench: Bench) -> None:
    """Read a plan, show it, and check whether it may be applied."""
    plan = planning.load(data)
    render(text.plan_in_full(plan), color=False)
    check_acceptable(plan, bench.site, tool="", now=NOON)
    bench.apply(plan)


@pytest.mark.parametrize("seal", [True, False], ids=["a fitting digest", "the old digest"])
def test_any_member_may_be_anything(tmp_path: Path, seal: bool) -> None:
    bench = make_bench(tmp_path)
    body = make_body(bench)
    every = ((path, value) for path in places(body) for value in NASTY)
    for path, value in every:
        try:
            data = written(replaced(body, path, value), seal=seal)
        except ValueError:  # a number of this length can't be written by Python either
            continue
        with suppress(Refused, TenantError):  # the second for an id that no address can have
            use(data, bench)


@pytest.mark.parametrize("precondition", [{"values": {"": {}}, "absent": []}, {"values": {}, "absent": [""]}])
def test_a_precondition_on_a_whole_record_is_refused(tmp_path: Path, precondition: Body) -> None:
    bench = make_bench(tmp_path)
    body: Any = make_body(bench)
    place = next(index for index, change in enumerate(body["changes"]) if change["action"] == "update")
    with pytest.raises(Refused, match="a precondition compares a whole record"):
        use(written(replaced(body, ("changes", place, "precondition"), precondition), seal=True), bench)


@pytest.mark.parametrize("member", ["digest", "hmac", "key_id"])
@pytest.mark.parametrize("value", ["é", "\ud800", "ABC", "0" * 63 + "G", " ", 7, [], {}])
def test_a_digest_that_is_none_is_one_clear_error(bench: Bench, member: str, value: Any) -> None:
    signed = make_body(bench, KEY)
    data = serialise({**signed, member: value})
    for read in (planning.read, partial(planning.load, key=KEY)):
        with pytest.raises(Refused) as caught:
            read(data)
        assert caught.value.code == "RC314"
        assert member in caught.value.message or "is not a text" in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["NaN", "[NaN]", '{"format_version": NaN}', '{"format_version": 1e999}', "[" * 5000, "1" * 5000, '"\\ud800"', ""],
)
def test_json_that_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        planning.read(text.encode())


def test_a_plan_with_a_key_id_and_no_signature_is_not_signed(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="key_id"):
        planning.read(written({**make_body(bench), "key_id": KEY.id}, seal=True))
