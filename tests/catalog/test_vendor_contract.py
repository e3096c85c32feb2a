"""The contract of a whole module, as the vendor publishes it, against the kinds that were made by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from rhythmconf import catalog
from rhythmconf.catalog import Kind
from rhythmconf.catalog.contract import Imported, compare, import_kinds
from tests.support.vendor import vendor_contract

SIZES = {"certifications": 51, "membership": 28}


def by_hand(module: str) -> dict[str, Kind]:
    kinds = catalog.load([catalog.default_folder()], module=module).kinds.values()
    return {kind.short: kind for kind in kinds if kind.module == module}


@cache
def imported(module: str, version: str) -> dict[str, Imported]:
    known = {kind.segment: kind.short for kind in by_hand(module).values()}
    kinds, skipped, _ = import_kinds(vendor_contract(module, version=version), module, known=known)
    assert skipped == []
    return {kind.name: kind for kind in kinds}


modules = pytest.mark.parametrize("module", SIZES)
versions = pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])


@modules
@versions
def test_types_and_enums_are_those_of_the_kinds_made_by_hand(module: str, version: str) -> None:
    kinds = imported(module, version)
    assert len(kinds) == SIZES[module]
    for name, kind in by_hand(module).items():
        assert compare(kind.schema, kinds[name].schema) == ((), (), ()), name


@modules
@versions
def test_lists_are_sets_or_replaced_whole_and_the_right_key_is_asked_for(module: str, version: str) -> None:
    kinds = imported(module, version)
    for name, kind in by_hand(module).items():
        found = dict(fields(kinds[name].schema))
        for path, described in fields(kind.schema):
            made = described.get("x-list-type")
            assert found[path].get("x-list-type") == ("atomic" if made == "map" else made), path
            for key in described.get("x-list-map-keys", ()):
                [question] = asked(kinds[name], path, "x-list-type map by")
                assert key[0] in re.findall(r"\w+", question), path


@modules
@versions
def test_no_reference_condition_or_risk_is_decided_and_most_are_asked_for(module: str, version: str) -> None:
    kinds = imported(module, version)
    words = ("x-ref", "x-external", "x-when", "x-risk", "x-list-map-keys", "x-runtime")
    assert not [word for kind in kinds.values() for word in words if f'"{word}"' in json.dumps(kind.schema)]
    for name, kind in by_hand(module).items():
        for path, described in fields(kind.schema):
            items = described.get("items", {})
            if {"x-ref", "x-external"} & {*described, *items}:
                assert asked(kinds[name], path, "x-ref or x-external to which kind?"), (name, path)
            for switch in described.get("x-when", ()):
                if switch != "certificate_mode":  # an enum, which nobody can take for the switch of a template
                    [question] = asked(kinds[name], path, "always required, or only x-when")
                    assert switch in question, (name, path)


@modules
def test_nothing_is_asked_about_what_the_tenant_sets(module: str) -> None:
    for kind in imported(module, "3.1.0").values():
        assert not [one for one in kind.questions if one.text.startswith(("/id:", "/id/", "/sys_"))]


@modules
def test_what_a_kind_made_by_hand_requires_under_a_condition_is_not_required(module: str) -> None:
    kinds = imported(module, "3.1.0")
    for name, kind in by_hand(module).items():
        if name == "program":  # its template depends on an enum
            continue
        found = {"": kinds[name].schema, **dict(fields(kinds[name].schema))}
        for path, described in {"": kind.schema, **dict(fields(kind.schema))}.items():
            assert {*found[path].get("required", ())} <= {*described.get("required", ())}, (name, path)
            assert found[path].get("minItems") == described.get("minItems"), (name, path)


def fields(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, described in schema.get("properties", {}).items():
        yield f"{path}/{name}", described
        yield from fields(described, f"{path}/{name}")
        yield from fields(described.get("items", {}), f"{path}/{name}")


def asked(kind: Imported, path: str, question: str) -> list[str]:
    return [one.text for one in kind.questions if one.text.startswith(f"{path}: {question}")]
