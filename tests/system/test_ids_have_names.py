"""Where a record is only known to a reader by its key or its name, no report shows its id alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulated import WINDOW, open_tenant
from tests.support.process import EXAMPLES, edit_file, make_project, run, run_ok, run_process_ok, write_files

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments: {local: {tenant: hisp, embedded: local.db, dialect: {batch_results: by-id}}}
"""
PROGRAMS = "/renewal_reminder_options/program_ids"
NAME = "Dental Hygienist"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the applied project of the minimal example."""
    files = {f"config/{file.name}": file.read_text() for file in (EXAMPLES / "minimal/config").iterdir()}
    folder = make_project(tmp_path, files, SETTINGS)
    run_process_ok(folder, "apply", "--auto-approve")
    return folder


def reminder_by_hand(folder: Path, *operations: dict[str, Any]) -> tuple[str, str]:
    """Add a program to the tenant, and to the template beside the program of the files; return the ids of both."""
    with open_tenant(folder) as there:
        [managed] = there.get("programs").json()
        [template] = there.get("billingTemplates").json()
        made = str(there.make("programs", {"name": NAME})["id"])
        value = [made, managed["id"]]
        patch = operations or ({"op": "replace", "path": PROGRAMS, "value": value},)
        assert there.patch(f"billingTemplates/{template['id']}", *patch).is_success
    return made, str(managed["id"])


def test_the_page_calls_records_by_their_names(folder: Path) -> None:
    made, managed = reminder_by_hand(folder)
    shown = run_ok(folder, "plan", "--format", "html").stdout
    assert f'<td class="old">{NAME}, safety-inspector</td><td class="new">safety-inspector</td>' in shown
    assert f">{made}" not in shown
    assert f">{managed}" not in shown


@pytest.mark.parametrize("format", ["text", "markdown", "github"])
def test_a_plan_names_records_without_a_key(folder: Path, format: str) -> None:
    made, managed = reminder_by_hand(folder)
    shown = run_ok(folder, "plan", "--format", format).stdout.replace("&#34;", '"').replace("&quot;", '"')
    assert f'"{made}" ({NAME})' in shown
    assert "[program/safety-inspector]" in shown
    assert f'"{managed}"' not in "\n".join(line for line in shown.splitlines() if "patch" not in line.lower())


def test_a_saved_plan_keeps_the_names(folder: Path) -> None:
    made, _ = reminder_by_hand(folder)
    run_ok(folder, "plan", "-o", "saved.plan")
    assert f'"{made}" ({NAME})' in run_ok(folder, "show", "plan", "saved.plan").stdout
    body = json.loads((folder / "saved.plan").read_bytes())
    assert body["changes"][0]["fields"][0]["called"] == {made: NAME}


def test_ids_inside_a_value_are_named(folder: Path) -> None:
    with open_tenant(folder) as there:
        [notice] = there.get("notices").json()
    step = {"name": "7 days", "reminder_notice_id": notice["id"], "expiration_date_range_start": WINDOW}
    step |= {"expiration_date_range_end": WINDOW}
    reminder_by_hand(folder, {"op": "replace", "path": "/renewal_reminder_options/reminders/0", "value": step})
    shown = run_ok(folder, "plan").stdout
    assert '"reminder_notice_id": notice/r … ' in shown.partition("patch of")[0]


def test_a_stale_plan_names_the_records(folder: Path) -> None:
    edit_file(folder / "config/reminder.yaml", "    program_ids: [safety", "    program_ids: [other, safety")
    other = "kind: program\nkey: other\nspec: {name: Other, customer_type: contact}\n"
    write_files(folder, {"config/other.yaml": other})
    run_ok(folder, "plan", "-o", "saved.plan")
    made, managed = reminder_by_hand(folder)
    refused = run(folder, "apply", "saved.plan").stderr
    assert f"\"{made}\" (program '{NAME}')" in refused
    assert f'"{managed}" (program/safety-inspector)' in refused


def test_a_stale_plan_shows_what_cannot_be_seen(folder: Path) -> None:
    edit_file(folder / "config/program.yaml", "name: Certified Safety Inspector", "name: Inspector")
    run_ok(folder, "plan", "-o", "saved.plan")
    with open_tenant(folder) as there:
        [program] = there.get("programs").json()
        edit: dict[str, Any] = {"op": "replace", "path": "/name", "value": f"{program['name']}\u00a0"}
        assert there.patch(f"programs/{program['id']}", edit).is_success
    refused = run(folder, "apply", "saved.plan").stderr
    assert r'was "Certified Safety Inspector" when planned, is "Certified Safety Inspector\u00a0" now' in refused


def test_a_refusal_of_the_tenant_names_the_records(folder: Path) -> None:
    run_ok(folder, "plan")
    text = (folder / "config/reminder.yaml").read_text()
    (folder / "config/program.yaml").unlink()
    text = "".join(line for line in text.splitlines(keepends=True) if "program_" not in line)
    (folder / "config/reminder.yaml").write_text(text)
    with open_tenant(folder) as there:
        [managed] = there.get("programs").json()
        [notice] = there.get("notices").json()
        step: dict[str, Any] = {"reminder_notice_id": notice["id"], "expiration_date_range_start": WINDOW}
        step |= {"expiration_date_range_end": WINDOW}
        options = {"reminders": [step], "program_ids": [managed["id"]], "program_restriction": "include"}
        body: Any = {"name": "By hand", "send_renewal_reminders": True, "renewal_reminder_options": options}
        by_hand = there.make("billingTemplates", body)["id"]
    prune = ("--prune", "program/safety-inspector", "--auto-approve")
    guarded = run(folder, "apply", *prune)
    assert f"billingTemplate record '{by_hand}' ('By hand')" in guarded.stdout
    refused = run(folder, "apply", *prune, "--allow", "program/safety-inspector")
    assert f"{by_hand} (billingTemplate 'By hand')" in refused.stdout + refused.stderr
