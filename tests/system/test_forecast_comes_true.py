"""A forecast on made-up members of the example association, and what its billing runs then do."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.insight.simulation import Emulation
from rhythmconf.settings import CalendarSettings, Dialect
from tests.support.emulated import Tenant, shipped_catalog
from tests.support.emulator_transport import open_embedded
from tests.support.process import edit_file, run_ok

DAYS = 21
FILE = ".rhythmconf/production.db"
ODD = "search_fields: filters, search_dates: string, search_pages: sparse, applications_search: 'no'"


def let_come(folder: Path, first: date) -> dict[tuple[str, str], int]:
    """Let the days come; return how many members were touched, by day and type of action."""
    emulation = Emulation(shipped_catalog(), CalendarSettings())
    transport = open_embedded(shipped_catalog(), folder / FILE, "hisp", Dialect(), emulation)
    touched: dict[tuple[str, str], int] = defaultdict(int)
    with Tenant(transport).http as http:
        for number in range(DAYS):
            day = (first + timedelta(number)).isoformat()
            for run in http.post(f"/_emulator/run?date={day}").json()["runs"]:
                for type, count in run["statistics"].items() if "run_date" in run else ():
                    touched[day, type] += count
    return touched


@pytest.mark.parametrize("dialect", ["", ODD], ids=["usual", "odd"])
def test_the_forecast_of_a_plan_comes_true(applied_example: Path, dialect: str) -> None:
    members = f"embedded: {{file: {FILE}, people: 400, seed: 3}}\n    dialect: {{{dialect}}}"
    edit_file(applied_example / "rhythmconf.yaml", f"embedded: {FILE}", members)
    edit_file(
        applied_example / "config/billing/drops.yaml",
        "number: 61, unit_of_time: days",
        "number: 30, unit_of_time: days",
    )
    today = datetime.now(UTC).date()
    asked = ("--env", "production", "--from", today.isoformat(), "--days", str(DAYS))
    rows = run_ok(applied_example, "forecast", *asked, "--format", "json").json()["rows"]
    run_ok(applied_example, "plan", "--env", "production", "-o", "p.plan")
    run_ok(applied_example, "apply", "p.plan")

    told: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        takes = "certifications" if row["option"].startswith(("drop", "renewal")) else "applications"
        told[row["date"], f"{row['does']} {takes}"].append(row)
    happened = let_come(applied_example, today)
    run_ok(applied_example, "pull", "--env", "production", "--snapshot", "all.json")
    assert "Holder" not in (applied_example / "all.json").read_text(encoding="utf-8")
    for place, each in told.items():
        known = all(row["after"] is not None and row["bound"] != "at_most" for row in each)
        assert known or dialect
        if known:
            assert happened[place] == sum(row["after"] for row in each), place
    drops = [row for row in rows if row["option"] == "drop_options"]
    assert len(drops) == 3
    assert drops[0]["after"] > drops[0]["before"]
    assert {place for place, count in happened.items() if count} <= told.keys()
