"""Runs in every dialect that delete, change and create records; the next plan is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rhythmconf.errors import Refused
from rhythmconf.settings import Dialect
from tests.support.bench import Bench
from tests.support.worlds import AFTER, BEFORE, COUNT, DIALECTS, GONE

# Nothing that a run sends depends on how members are searched.
ABOUT_MEMBERS = {"search_fields", "search_dates", "search_pages", "applications_search"}
ALONE = [{name: word} for name, words in Dialect.choices() if name not in ABOUT_MEMBERS for word in words]


def assert_lives(folder: Path, dialect: Dialect) -> None:
    bench = Bench(folder, dialect=dialect)
    assert bench.run(BEFORE).count("applied") == len(BEFORE)
    assert bench.run(AFTER, prune=GONE).count("applied") == COUNT
    assert bench.plan(AFTER, prune=GONE).changes == ()


@pytest.mark.parametrize("words", ALONE, ids=str)
def test_a_run_works_with_each_dialect_value_alone(tmp_path: Path, words: dict[str, Any]) -> None:
    assert_lives(tmp_path, Dialect(**words))


@pytest.mark.parametrize("name", DIALECTS)
def test_a_run_works_with_all_dialect_values_together(tmp_path: Path, name: str) -> None:
    assert_lives(tmp_path, DIALECTS[name])


def test_a_field_added_since_the_plan_stops_a_deletion(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run({"note/n": {"name": "N"}, "note/k": {"name": "K"}})
    plan = bench.plan({"note/k": {"name": "K"}}, prune=("note/n",))
    bench.touch("note", bench.record("note", "N")["id"], {"op": "add", "path": "/text", "value": "mine"})
    with pytest.raises(Refused, match=r'club/note/n /text: was absent when planned, is "mine" now'):
        bench.apply(plan)
    assert bench.last_transport.writes == []
