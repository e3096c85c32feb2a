"""The values that a schema says nothing about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rhythmconf.catalog import load
from rhythmconf.catalog.opaque import opaque_texts
from rhythmconf.model import Json
from tests.support.catalogs import make_schema, write_schemas

OPEN: dict[str, Any] = {"type": "object", "additionalProperties": True}


def test_what_only_the_tenant_sets_is_not_opaque(tmp_path: Path) -> None:
    inner = {"mine": OPEN, "theirs": {**OPEN, "readOnly": True}}
    fields = {
        "theirs": {**OPEN, "readOnly": True},
        "half": {"type": "object", "properties": inner, "additionalProperties": False},
        "list": {"type": "array", "x-list-type": "atomic", "items": {**OPEN, "properties": inner}},
    }
    write_schemas(tmp_path, make_schema("lab/bench", fields))
    trail = load([tmp_path], module="lab").kind("bench").opaque
    assert trail is not None
    both: Json = {"mine": {"a": "1"}, "theirs": {"a": "2"}, "other": "3"}
    found = [*opaque_texts(trail, {"theirs": {"a": "0"}, "half": both, "list": [both]})]
    assert found == [(("half", "mine", "a"), "1"), (("list", 0, "mine", "a"), "1"), (("list", 0, "other"), "3")]
