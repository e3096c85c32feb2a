"""`forecast` and `plan --forecast`: people and money before and after a plan, from the tenant's members."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.errors import NotPermitted, Rejected, TenantError
from rhythmconf.flows import kept_forecasts
from rhythmconf.tenant.client import Client
from tests.support.forecasts import application, certification
from tests.support.populations import fill, prepare_run
from tests.support.process import (
    COMMAND,
    Completed,
    edit_file,
    make_environ,
    read_terminal,
    run_in_process,
    run_ok,
)

DROPS = "config/billing/drops.yaml"
FROM = date(2026, 12, 1)
PRODUCTION = ("--env", "production", "--from", FROM.isoformat())
TITLE = "What this does to members"
TENANT = "embedded: .rhythmconf/production.db"


def days_ago(days: int) -> str:
    return (date(2026, 12, 7) - timedelta(days)).isoformat()


@pytest.fixture
def shortened(applied_example: Path) -> Path:
    """A project with people, whose drops have just been moved to 30 days after the expiry."""
    people = [certification(days_ago(days)) for days in (70, 65, 50, 40, 40)]
    people += [certification(days_ago(40), do_not_drop=True), certification(days_ago(40), status="inactive")]
    del people[1]["forecasted_renewal_amount"]
    # Some have a reason and a provider, so that a search without them has hidden them.
    known: dict[str, Any] = {"status_reason_id": "r-1", "training_provider_id": "t-1"}
    people[0] |= {"status_reason_id": "r-1", "issuing_training_provider_id": "t-1"}
    database = applied_example / ".rhythmconf/production.db"
    fill(database, "hisp", people, [application("2026-12-01", "approved"), application("2027-09-01", "draft", **known)])
    edit_file(applied_example / DROPS, "number: 61, unit_of_time: days", "number: 30, unit_of_time: days")
    return applied_example


def forecast(folder: Path, *arguments: str) -> Completed:
    return run_ok(folder, "forecast", *PRODUCTION, *arguments)


def rows(found: dict[str, Any], option: str) -> list[dict[str, Any]]:
    return [row for row in found["rows"] if row["option"] == option]


def test_people_and_money_before_and_after_a_plan(shortened: Path) -> None:
    found = forecast(shortened, "--format", "json").json()
    assert (found["as_of"], found["days"]) == ("2026-12-01", 90)
    first = rows(found, "drop_options")[0]
    assert (first["date"], first["before"], first["after"], first["bound"]) == ("2026-12-07", 2, 5, "exact")
    assert first["money"] == {"before": 100.0, "after": 400.0, "amount_unknown": {"before": 1, "after": 1}}
    [invoiced] = rows(found, "training_provider_billing_options")
    assert (invoiced["before"], invoiced["after"], invoiced["bound"]) == (1, 1, "at_least")
    assert invoiced["money"] == {"before": None, "after": None, "amount_unknown": {"before": 1, "after": 1}}
    assert found["requests"]["made"] >= 2


def test_every_format_of_the_command(shortened: Path) -> None:
    text = forecast(shortened, "billingTemplate/drops-weekly").stdout
    assert "Mon 7 Dec 2026    2 -> 5 people  at risk 400.00, plus 1 person of unknown amount" in text
    assert "renewal" not in text
    assert "| Mon 7 Dec 2026 | 2 | **5** |" in forecast(shortened, "--format", "markdown").stdout
    page = forecast(shortened, "--format", "html").stdout
    assert '<td data-name="After"><strong>5</strong></td>' in page


def test_a_plan_says_it_first_in_every_format(shortened: Path) -> None:
    output = run_ok(shortened, "plan", *PRODUCTION, "--forecast").stdout.splitlines()
    assert output[0].startswith(TITLE)
    assert output[2] == "  drops-weekly, drop  Mon 7 Dec 2026: 2 -> 5 people"
    for format in ("markdown", "html", "sarif", "junit", "github"):
        written = run_ok(shortened, "plan", *PRODUCTION, "--forecast", "--format", format).stdout
        assert "people" in written
        assert "at risk 400.00, plus 1 person of unknown amount" in written.replace("`", "")


def test_a_saved_plan_keeps_its_forecast_and_the_digest_covers_it(shortened: Path) -> None:
    done = run_ok(shortened, "plan", *PRODUCTION, "--forecast", "-o", "p.plan")
    head = done.stdout.splitlines()[:4]
    assert run_ok(shortened, "show", "plan", "p.plan").stdout.splitlines()[:4] == head
    file = shortened / "p.plan"
    file.write_text(file.read_text(encoding="utf-8").replace('"after": 5', '"after": 2'), encoding="utf-8")
    damaged = run_in_process(shortened, "apply", "p.plan")
    assert (damaged.code, "RC314" in damaged.stderr) == (3, True)


def test_the_forecast_of_a_saved_plan(shortened: Path) -> None:
    run_ok(shortened, "plan", *PRODUCTION, "-o", "p.plan")
    edit_file(shortened / DROPS, "number: 30, unit_of_time: days", "number: 61, unit_of_time: days")
    days = ("--from", FROM.isoformat(), "--format", "json")
    saved = run_ok(shortened, "forecast", "--plan", "p.plan", *days).json()
    assert rows(saved, "drop_options")[0]["after"] == 5
    now = run_ok(shortened, "forecast", "--env", "production", *days).json()
    assert rows(now, "drop_options")[0]["after"] == 2
    other = run_in_process(shortened, "forecast", "--plan", "p.plan", "--env", "sandbox")
    assert (other.code, "the plan is for production" in other.stderr) == (1, True)


def test_a_plan_without_a_forecast_makes_no_request_more(shortened: Path) -> None:
    plain = run_ok(shortened, "plan", *PRODUCTION, "--format", "json").json()
    counted = run_ok(shortened, "plan", *PRODUCTION, "--forecast", "--format", "json").json()
    assert "forecast" not in plain
    assert counted["forecast"]["requests"]["made"] > 0
    assert counted["requests"] == plain["requests"]


def test_a_setting_counts_with_each_plan_and_hides_small_numbers(shortened: Path) -> None:
    edit_file(shortened / "rhythmconf.yaml", TENANT, f"{TENANT}\n    forecast: {{small: 6}}")
    output = run_ok(shortened, "plan", *PRODUCTION).stdout
    assert "Mon 7 Dec 2026: fewer than 6 people" in output
    assert "at risk" not in output
    snapshot = shortened / "all.json"
    run_ok(shortened, "pull", "--env", "production", "--snapshot", str(snapshot))
    assert TITLE + "  as of" in run_ok(shortened, "plan", *PRODUCTION, "--live", str(snapshot)).stdout
    refused = run_in_process(shortened, "plan", *PRODUCTION, "--live", str(snapshot), "--forecast")
    assert (refused.code, "--forecast changes nothing with --live" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("thresholds", "code", "says"),
    [
        ("drops>5", 0, ""),
        ("drops>4", 3, "5 people are dropped, more than 4"),
        ("gap,repeat", 0, ""),
        ("drops", 1, "'drops' is nothing to fail on"),
    ],
)
def test_fail_on(shortened: Path, thresholds: str, code: int, says: str) -> None:
    done = run_in_process(shortened, "forecast", *PRODUCTION, "--fail-on", thresholds)
    assert (done.code, says in done.stderr) == (code, True)


def test_a_used_up_budget_makes_every_number_unknown(shortened: Path) -> None:
    fill(shortened / ".rhythmconf/production.db", "hisp", [certification(days_ago(40))] * 120)
    done = forecast(shortened, "--max-requests", "1", "--format", "json").json()
    assert {(row["before"], row["after"], row["why"]) for row in done["rows"]} == {(None, None, "budget")}
    assert {(total["before"], total["after"]) for total in done["totals"]} == {(None, None)}
    assert done["requests"] == {"made": 1, "budget": 1}
    unknown = run_in_process(shortened, "forecast", *PRODUCTION, "--max-requests", "1", "--fail-on", "drops>9")
    assert (unknown.code, "how many people are dropped is unknown" in unknown.stderr) == (3, True)


def test_applications_that_may_not_be_searched_are_unknown(shortened: Path) -> None:
    edit_file(shortened / "rhythmconf.yaml", TENANT, f"{TENANT}\n    dialect: {{applications_search: 'no'}}")
    found = forecast(shortened, "--format", "json").json()
    assert {row["why"] for row in rows(found, "application_activation_options")} == {"applications"}
    assert rows(found, "drop_options")[0]["after"] == 5


@pytest.mark.parametrize("dialect", ["search_fields: filters", "search_dates: string", "search_pages: sparse"])
def test_each_dialect_gives_the_same_numbers(shortened: Path, dialect: str) -> None:
    usual = forecast(shortened, "--format", "json").json()
    edit_file(shortened / "rhythmconf.yaml", TENANT, f"{TENANT}\n    dialect: {{{dialect}}}")
    found = forecast(shortened, "--format", "json").json()
    assert found["rows"] == usual["rows"]
    assert [row["after"] for row in rows(found, "training_provider_billing_options")] == [1]
    # Where the searches hide fields, both lists are read.
    assert found["requests"]["made"] - usual["requests"]["made"] == (2 if "filters" in dialect else 0)


def test_a_deleted_template_drops_nobody_afterwards(shortened: Path) -> None:
    (shortened / DROPS).unlink()
    first = rows(forecast(shortened, "--format", "json").json(), "drop_options")[0]
    assert (first["before"], first["after"]) == (2, 0)


def test_templates_that_a_plan_leaves_out_count_on_both_sides(shortened: Path) -> None:
    only = ("--only", "program/cmsi", "--format", "json")
    found = run_ok(shortened, "plan", *PRODUCTION, "--forecast", *only).json()["forecast"]
    first = rows(found, "drop_options")[0]
    assert (first["before"], first["after"]) == (2, 2)
    # No document stands for them, so the record's own name does.
    assert first["template"] == "Drops after 60 days of grace (weekly)"


def test_runs_that_were_prepared_from_the_old_template_are_named(shortened: Path) -> None:
    database = shortened / ".rhythmconf/production.db"
    prepare_run(database, "hisp", "drops-weekly", "2026-12-07")
    prepare_run(database, "hisp", "drops-weekly", "2026-12-14", run_date="2026-12-14")
    prepare_run(database, "hisp", "drops-weekly", "2026-11-30")
    prepare_run(database, "hisp", "forecast-year", "2026-12-07")
    says = "Not in effect yet: the run of drops-weekly on Mon 7 Dec 2026 was prepared from the old template"
    output = run_ok(shortened, "plan", *PRODUCTION, "--forecast").stdout
    assert f"{says} (0 people as prepared, ready): refresh or cancel it in Rhythm" in output
    assert output.count("Not in effect yet") == 1
    for format in ("text", "markdown", "html"):
        assert "Not in effect yet" in forecast(shortened, "--format", format).stdout
    [run] = forecast(shortened, "--format", "json").json()["prepared"]
    assert (run["template"], run["date"], run["people"]) == ("drops-weekly", "2026-12-07", 0)


def test_what_is_neither_a_template_nor_a_schedule_is_refused(shortened: Path) -> None:
    done = run_in_process(shortened, "forecast", *PRODUCTION, "program/cmsi")
    assert (done.code, "is neither a template nor a schedule" in done.stderr) == (1, True)


def test_a_forecast_is_kept_for_a_day_unless_something_else_is_asked(
    shortened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = (*PRODUCTION, "--format", "json")
    first = run_ok(shortened, "forecast", *ask).json()
    again = run_ok(shortened, "forecast", *ask)
    kept = again.json()
    assert kept["requests"]["made"] == 0
    assert kept | {"requests": first["requests"]} == first
    assert "--no-cache reads them again" in again.stderr
    assert f"members as read at {first['read_at']}" in run_ok(shortened, "forecast", *PRODUCTION).stdout
    for other in (("--no-cache",), ("--max-requests", "100")):
        assert run_ok(shortened, "forecast", *ask, *other).json()["requests"]["made"] > 0
    plan = run_ok(shortened, "plan", *ask, "--forecast").json()
    assert plan["forecast"]["requests"]["made"] > 0
    later = (datetime.now(UTC) + timedelta(days=1, minutes=1)).isoformat(timespec="seconds")
    monkeypatch.setattr(kept_forecasts, "now", lambda: later)
    assert run_ok(shortened, "forecast", *ask).json()["requests"]["made"] > 0


def test_nothing_that_is_written_names_a_person(shortened: Path, tmp_path: Path) -> None:
    run_ok(shortened, "plan", *PRODUCTION, "--forecast", "-o", "p.plan")
    written = [(shortened / "p.plan").read_text(encoding="utf-8")]
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    formats = ("text", "json", "markdown", "html")
    written += [run_ok(shortened, "forecast", *PRODUCTION, "--format", one, env=env).stdout for one in formats]
    kept = [file for file in (tmp_path / "cache/rhythmconf/forecasts").rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    written += [file.read_bytes().decode("latin-1") for file in kept]
    assert not [text for text in written if "Holder" in text or "c-0" in text or "contact" in text]
    assert json.loads(written[0])["forecast"]["rows"]


def test_past_runs_are_compared_with_the_readings(applied_example: Path) -> None:
    database = applied_example / ".rhythmconf/production.db"
    prepare_run(database, "hisp", "drops-weekly", "2026-11-02", run_date="2026-11-02")
    prepare_run(database, "hisp", "drops-weekly", "2099-11-02")
    found = run_ok(applied_example, "forecast", "--env", "production", "--check", "--format", "json").json()
    # The run took nobody, so it proves nothing; the other one has not happened.
    assert (found["runs"], found["people"], found["skipped"]) == (0, 0, 1)
    assert {each["observed"] for each in found["settings"]} == {None}
    text = run_ok(applied_example, "forecast", "--env", "production", "--check").stdout
    assert text.splitlines()[-1] == "No past run can be compared, so nothing is proved."
    assert "fit every run" not in text
    refused = run_in_process(applied_example, "forecast", "--check", "--days", "7")
    assert (refused.code, "--days changes nothing with --check" in refused.stderr) == (1, True)
    refused = run_in_process(applied_example, "forecast", "--check", "--format", "html")
    assert (refused.code, "--check has no format html" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotPermitted("The tenant does not permit this call (403 Forbidden)."), "permission"),
        (Rejected("The tenant refuses the call (404 Not Found).", status=404), "permission"),
        (TenantError("The tenant did not answer in time."), "budget"),
    ],
    ids=["403", "404", "time-out"],
)
def test_a_plan_succeeds_whatever_the_searches_answer(
    shortened: Path, monkeypatch: pytest.MonkeyPatch, error: TenantError, why: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(Client, "search", refuse)
    done = run_ok(shortened, "plan", *PRODUCTION, "--forecast", "--format", "json").json()
    assert [change["key"] for change in done["changes"]] == ["drops-weekly"]
    dropped = rows(done["forecast"], "drop_options")
    assert {(row["before"], row["after"], row["money"], row["why"]) for row in dropped} == {(None, None, None, why)}
    assert f"unknown: {'this tenant does not let' if why == 'permission' else 'the tenant was not asked'}" in (
        run_ok(shortened, "plan", *PRODUCTION, "--forecast").stdout
    )
    # The command alone has nothing to say then, if it was refused.
    alone = run_in_process(shortened, "forecast", *PRODUCTION)
    assert alone.code == (4 if why == "permission" else 0)


def run_on_terminal(folder: Path, *arguments: str, **env: str) -> str:
    """Run a command whose output goes to a terminal, and return all of it."""
    ours, theirs = pty.openpty()
    variables = make_environ(folder, {"CI": "", **env})
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = read_terminal(ours)
    process.wait(timeout=60)
    os.close(ours)
    return seen.decode(errors="replace")


def test_a_sample_names_people_on_a_terminal_and_nowhere_else(shortened: Path) -> None:
    seen = run_on_terminal(shortened, "forecast", *PRODUCTION, "--sample", "2", "--color", "never")
    # The first two whom only the plan drops.
    assert seen.count("drops-weekly, drop: Holder") == 2
    assert "Holder 0 (" not in seen
    for arguments in ((), ("--format", "json"), ("--output-file", "f.txt")):
        refused = run_in_process(shortened, "forecast", *PRODUCTION, "--sample", "2", *arguments)
        assert (refused.code, "needs a terminal" in refused.stderr, "Holder" in refused.stderr) == (1, True, False)
    assert "needs a terminal" in run_on_terminal(shortened, "forecast", "--sample", "2", CI="true")


def test_what_changes_comes_first_and_the_rest_is_folded(shortened: Path) -> None:
    text = forecast(shortened).stdout
    changed, unchanged = text.index("\ndrops-weekly, drop\n"), text.index("\nactivation-nightly, activate\n")
    assert changed < unchanged
    page = forecast(shortened, "--format", "html").stdout
    assert (
        page.index("<code>drops-weekly, drop") < page.index("<details open>") < page.index("<code>activation-nightly")
    )
    folded = page.partition("<code>activation-nightly, activate")[2].partition("</section>")[0]
    assert "<details>" in folded
    assert ", unchanged</summary>" in folded


def test_other_readings_count_as_if_the_project_stated_them(shortened: Path) -> None:
    fill(shortened / ".rhythmconf/production.db", "hisp", [certification(days_ago(24))])  # 30 days before the first run
    asked = forecast(shortened, "--readings", "all", "--format", "json").json()
    base = {place(row): (row["before"], row["after"]) for row in asked["rows"]}
    read = {each["setting"]: each for each in asked["readings"]}
    assert (read["bounds"]["guess"], read["bounds"]["value"]) == ("G3", "end-open")
    for setting, value in (("bounds", "end-open"), ("reference", "prepared")):
        differing = {place(row): (row["before"], row["after"]) for row in read[setting]["rows"]}
        edit_file(shortened / "rhythmconf.yaml", "version: 1", f"version: 1\ncalendar: {{{setting}: {value}}}")
        stated = forecast(shortened, "--readings", "all", "--format", "json").json()
        assert {place(row): (row["before"], row["after"]) for row in stated["rows"]} == base | differing
        assert setting not in {each["setting"] for each in stated["readings"]}  # the project has settled it
        edit_file(shortened / "rhythmconf.yaml", f"\ncalendar: {{{setting}: {value}}}", "")
    for format in ("text", "html"):
        assert "is end-open (G3)" in forecast(shortened, "--readings", "all", "--format", format).stdout
    assert "readings" not in forecast(shortened, "--format", "json").json()


def place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["date"], row["schedule"], row["option"], row["step"]
