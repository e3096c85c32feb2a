"""Existing records are adopted without a change of a field, or refused with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.process import (
    PROJECT,
    REASON,
    ServedTenant,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
    write_files,
)

COUNT = 300
IMPORTED = range(0, COUNT, 7)
"""Every seventh record has the external id of an import and keeps it."""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a project of 300 programs."""
    documents = "".join(f"---\nkind: program\nkey: p-{n}\nspec: {{name: Program {n}}}\n" for n in range(COUNT))
    make_project(tmp_path, {"config/programs.yaml": documents}, f"{PROJECT}default_environment: remote\n")
    return tmp_path


@pytest.fixture
def tenant(tmp_path: Path) -> Any:
    """Return a tenant that already has the records."""
    with serve_emulator(tmp_path, tenant="hisp-system-remote") as one:
        yield one


def fill(tenant: ServedTenant) -> None:
    """Create the records without marks, some with the external id of an import."""

    def create(n: int) -> None:
        body: dict[str, Any] = {"name": f"Program {n}", "description": f"By hand, {n}", "is_active": True}
        imported = {"sys_external_id": f"crm-{n}"} if n in IMPORTED else {}
        answer = http.post(tenant.address("programs"), json=body | imported)
        assert answer.status_code in (200, 201), answer.text

    headers = {"authorization": f"Bearer {tenant.token}"}
    with httpx.Client(trust_env=False, headers=headers) as http, ThreadPoolExecutor(20) as pool:
        list(pool.map(create, range(COUNT)))


def without_marks(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records without the fields that an adoption may write."""
    return [{k: v for k, v in one.items() if not k.startswith("sys_")} for one in records]


def test_a_tenant_of_300_records_is_adopted_without_a_field_change(work: Path, tenant: ServedTenant) -> None:
    fill(tenant)
    before = tenant.records("programs")
    reviewed = run_ok(work, "adopt", "--review", "review.md", env=tenant.env)
    assert reviewed.last.startswith("300 records to adopt.")
    page = (work / "review.md").read_text()
    assert page.count("| `program/p-") == COUNT
    assert "bound, its external id 'crm-7' stays" in page
    assert tenant.records("programs") == before

    result = run_ok(work, "adopt", "--auto-approve", env=tenant.env)
    assert result.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed, 300 adopted."
    after = tenant.records("programs")
    assert without_marks(after) == without_marks(before)
    ids = {one["name"]: one["sys_external_id"] for one in after}
    assert {ids[f"Program {n}"] for n in IMPORTED} == {f"crm-{n}" for n in IMPORTED}
    assert ids["Program 1"] == "rhythmconf/hisp/p-1"
    assert (work / "bindings/remote.yaml").read_text().count("\n") == 1 + len(IMPORTED)
    assert run_ok(work, "plan", env=tenant.env).last == "No changes."


PROGRAM = "kind: program\nkey: cmsi\nspec: {name: CMSI, is_active: true}\n"
LOCAL = f"{PROJECT}default_environment: local\n"
OTHER = LOCAL.replace("project: hisp", "project: other")


def test_a_record_of_another_project_is_taken_over_only_if_it_is_named(tmp_path: Path) -> None:
    make_project(tmp_path, {"config/p.yaml": PROGRAM}, OTHER)
    run_ok(tmp_path, "apply", "--auto-approve")
    write_files(tmp_path, {"rhythmconf.yaml": LOCAL})
    refused = run_in_process(tmp_path, "adopt", "--auto-approve")
    assert (refused.code, refused.stdout) == (3, "")
    for words in ("program/cmsi: record", "is managed by project 'other'", "--from-project other"):
        assert words in refused.stderr
    named = run_in_process(tmp_path, "adopt", "--from-project", "other", "--auto-approve")
    assert (named.code, "needs the keys" in named.stderr) == (1, True)
    taken = run_ok(tmp_path, "adopt", "program/cmsi", "--from-project", "other", "--auto-approve")
    assert taken.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed, 1 adopted."
    assert run_ok(tmp_path, "plan").last == "No changes."


def test_an_ambiguous_record_is_refused_and_the_candidates_can_be_chosen(tmp_path: Path) -> None:
    twice = PROGRAM.replace("cmsi", "a") + "---\n" + PROGRAM.replace("cmsi", "b").replace("CMSI", "Other")
    make_project(tmp_path, {"config/p.yaml": twice}, OTHER)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "config/p.yaml", "Other", "CMSI")
    run_ok(tmp_path, "apply", "--auto-approve")
    write_files(tmp_path, {"rhythmconf.yaml": LOCAL, "config/p.yaml": PROGRAM})
    refused = run_in_process(tmp_path, "adopt", "-o", "adopt.plan")
    assert (refused.code, (tmp_path / "adopt.plan").exists()) == (3, False)
    assert "2 records have its natural key" in refused.stderr


def test_every_command_reports_each_undecided_record_once(tmp_path: Path) -> None:
    make_project(tmp_path, {"config/p.yaml": PROGRAM, "config/r.yaml": REASON}, OTHER)
    run_ok(tmp_path, "apply", "--auto-approve")
    # With a record of its own, the project is not one that was renamed.
    write_files(
        tmp_path, {"rhythmconf.yaml": LOCAL, "config/own.yaml": PROGRAM.replace("cmsi", "own").replace("CMSI", "Own")}
    )
    run_ok(tmp_path, "apply", "--only", "program/own", "--auto-approve")
    told = [f"{key}: record" for key in ("program/cmsi", "statusReason/lapsed")]
    for code, command in (
        (1, ("plan",)),
        (3, ("adopt", "--auto-approve")),
        (3, ("pull",)),
        (3, ("promote", "--from", "local", "--to", "guarded")),
        (0, ("adopt", "--review", "review.md")),
        (0, ("diff", "--from", "local", "--to", "files")),
    ):
        result = run_in_process(tmp_path, *command)
        assert (result.code, [result.stderr.count(words) for words in told]) == (code, [1, 1]), result
    page = (tmp_path / "review.md").read_text()
    assert "or take it over with `rhythmconf adopt program/cmsi --from-project other`." in page
    assert "…" not in page


def test_after_a_refresh_the_bindings_are_written_anew(work: Path, tmp_path: Path) -> None:
    write_files(work, {"config/programs.yaml": PROGRAM})
    with serve_emulator(tmp_path, tenant="hisp-system-remote") as tenant:
        tenant.call("POST", "programs", body={"name": "CMSI", "is_active": True, "sys_external_id": "crm-1"})
        write_files(work, {"bindings/remote.yaml": "program:\n  cmsi: gone-by-the-refresh\n"})
        result = run_ok(work, "adopt", "--rebind", "--auto-approve", env=tenant.env)
        (record,) = tenant.records("programs")
        assert record["id"] in (work / "bindings/remote.yaml").read_text()
        assert "1 adopted" in result.last
        assert record["sys_external_id"] == "crm-1"


def test_a_protected_environment_adopts_by_a_saved_plan(work: Path) -> None:
    refused = run_in_process(work, "adopt", "--env", "guarded", "--auto-approve")
    assert refused.code == 3
    assert "rhythmconf adopt --env guarded -o FILE" in refused.stderr
    unknown = run_in_process(work, "adopt", "program/p-999", "--env", "guarded", "-o", "x.plan")
    assert (unknown.code, "no document declares" in unknown.stderr) == (1, True)


@pytest.mark.parametrize("words", [("--auto-approve",), ("-o", "adopt.plan")])
def test_a_locked_record_is_not_adopted(tmp_path: Path, tenant: ServedTenant, words: tuple[str, ...]) -> None:
    make_project(tmp_path, None, f"{PROJECT}default_environment: remote\n")
    record = tenant.call("POST", "statusReasons", body={"name": "Lapsed", "is_active": True})
    lock = [{"op": "add", "path": "/sys_locked", "value": True}]
    tenant.call("PATCH", "statusReasons", f"/{record['id']}", lock)
    result = run_in_process(tmp_path, "adopt", *words, env=tenant.env)
    assert (result.code, "RC310" in result.stderr) == (3, True), result
    assert not (tmp_path / "adopt.plan").exists()
    assert not tenant.records("statusReasons")[0].get("sys_external_id")


def test_documents_without_a_record_are_named(tmp_path: Path) -> None:
    document = "kind: statusReason\nkey: {0}\nspec: {{name: {0}, is_active: true}}\n"
    work = make_project(tmp_path / "work", {"config/a.yaml": "---\n".join(map(document.format, "abcde"))})
    said = run_in_process(work, "adopt", "--env", "local", "-o", "x.plan").stderr
    named = "statusReason/a, statusReason/b, statusReason/c and 2 more"
    assert f"note[RC547]: no record in local fits 5 documents: {named}" in said
    assert "`rhythmconf list --env local` shows both" in said
    said = run_in_process(work, "adopt", "statusReason/e", "--env", "local", "-o", "x.plan").stderr
    assert "fits 1 document: statusReason/e" in said
    assert "RC547" not in run_in_process(work, "adopt", "--rebind", "--env", "local", "-o", "x.plan").stderr
    run_ok(work, "apply", "--env", "local", "--auto-approve")
    assert "RC547" not in run_in_process(work, "adopt", "--env", "local", "-o", "x.plan").stderr
