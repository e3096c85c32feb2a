"""What a run does to a tenant when nothing goes wrong, and what it refuses before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.model import Body
from tests.support.bench import Bench, ref


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


CLUB: dict[str, Body] = {
    "team/a": {"name": "A", "lead_id": ref("person/p")},
    "team/b": {"name": "B"},
    "person/p": {"name": "P", "team_id": ref("team/a")},
    "person/q": {"name": "Q", "team_id": ref("team/b"), "phone": "1"},
    "rota/r": {"name": "R", "team_id": ref("team/b"), "slots": [{"name": "early", "hours": 4}, {"name": "late"}]},
    **{f"note/n{n}": {"name": f"N{n}", "tags": ["x", "y"]} for n in range(5)},
}


def test_a_club_is_created_with_its_cycle_closed(bench: Bench) -> None:
    run = bench.run(CLUB)
    assert [result for result in run.results if result.outcome != "applied"] == []
    assert bench.record("team", "A")["lead_id"] == bench.record("person", "P")["id"]
    assert bench.record("person", "P")["team_id"] == bench.record("team", "A")["id"]
    assert bench.plan(CLUB).changes == ()
    assert run.diagnostics == ()
