"""The sizes of values in bytes, and the optimisations that depend on them."""

from __future__ import annotations

import pytest

from rhythmconf.patch import make_patch
from rhythmconf.patch.shorten import shorten
from rhythmconf.patch.values import Json, canonical, size


def test_a_lone_surrogate_costs_its_escape() -> None:
    assert size("\ud800") == len('"\\ud800"')
    assert size({"é": "\udfff"}) == len('{"é":"\\udfff"}'.encode())


@pytest.mark.parametrize(("one", "other"), [(1.0, 1), (1e16, 10**16), ([2e20], [2 * 10**20]), ({"a": -3.0}, {"a": -3})])
def test_equal_numbers_have_one_text(one: Json, other: Json) -> None:
    assert canonical(one) == canonical(other)


def test_a_new_value_needed_twice_is_written_once_and_copied() -> None:
    value = "a sentence that is long enough to be worth an operation of its own"
    patch = make_patch({}, {"a": value, "b": value}, operations="all")
    assert [operation["op"] for operation in patch] == ["add", "copy"]


def test_a_short_name_is_used_only_if_it_saves_bytes() -> None:
    for length in range(60, 90):
        name = "n" * length
        source: Json = {name: {"a": 1, "b": 1, "c": 1}}
        plain: list[dict[str, Json]] = [{"op": "replace", "path": f"/{name}/{key}", "value": 2} for key in "abc"]
        shortened = shorten(plain, source)
        saved = size(list(plain)) - size(list(shortened))
        moves: list[dict[str, Json]] = [
            {"op": "move", "from": f"/{name}", "path": "/"},
            {"op": "move", "from": "/", "path": f"/{name}"},
        ]
        inner: list[dict[str, Json]] = [
            {**operation, "path": str(operation["path"]).replace(f"/{name}/", "//")} for operation in plain
        ]
        possible = size(list(plain)) - size([moves[0], *inner, moves[1]])
        assert saved == max(possible, 0), length
