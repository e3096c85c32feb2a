"""The requests of five edits among 500 billing templates, by the log of the emulator, in both list forms."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import ServedTenant, edit_file, make_project, run_process_ok, serve_emulator

COUNT = 500
TEMPLATE = """\
---
kind: billingTemplate
key: weekly-{n:03}
spec:
  name: Weekly {n:03}
  description: Text {n:03}
  is_active: true
  send_renewal_reminders: true
  renewal_reminder_options:
    program_restriction: include
    program_ids: [cmsi]
    reminders:
      - name: 60 days
        reminder_notice_id: renewal
        expiration_date_range_start:
          {{position: after, number: 60, unit_of_time: days, relative_to: the reference date}}
        expiration_date_range_end:
          {{position: after, number: 66, unit_of_time: days, relative_to: the reference date}}
"""
OTHERS = """\
kind: program
key: cmsi
spec: {name: Marine inspector}
---
kind: notice
key: renewal
spec: {name: Renewal, email: {subject: Please renew, body: "<p>Please renew.</p>"}}
"""
SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  seeding: {tenant: hisp-system, embedded: tenant.db, dialect: {batch: patch+delete+create}}
  local: {tenant: hisp-system-elsewhere}
  remote: {tenant: hisp-system}
default_environment: remote
"""
LISTS = {"array": (1, 1, 1), "envelope": (5, 1, 1)}
"""The number of pages of the lists of templates, notices and programs."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project and its tenant, which matches the files."""
    templates = "".join(TEMPLATE.format(n=n) for n in range(COUNT))
    files = {"config/others.yaml": OTHERS, "config/templates.yaml": templates}
    folder = make_project(tmp_path_factory.mktemp("many"), files, SETTINGS)
    applied = run_process_ok(folder, "apply", "--env", "seeding", "--auto-approve", "--quiet")
    assert applied.last == "Apply complete! Resources: 502 added, 0 changed, 0 destroyed."
    return folder


@pytest.fixture
def many(seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeded, tmp_path / "many"))


@pytest.fixture(params=LISTS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tenant(many: Path, form: str) -> Iterator[ServedTenant]:
    with serve_emulator(many, "--db", "tenant.db", "--dialect", f"list={form}", "--page-size", "100") as one:
        yield one


def pages(form: str) -> list[tuple[str, str, int]]:
    return sorted(
        ("GET", segment, 0)
        for segment, count in zip(("billingTemplates", "notices", "programs"), LISTS[form], strict=True)
        for _ in range(count)
    )


def test_five_edits_need_one_batch_and_the_list_pages(many: Path, form: str, tenant: ServedTenant) -> None:
    for n in range(0, COUNT, 100):
        edit_file(many / "config/templates.yaml", f"description: Text {n:03}\n", f"description: Edited {n:03}\n")
    planned = run_process_ok(many, "plan", "--format", "json", env=tenant.env).json()
    assert planned["summary"] == {"create": 0, "update": 5, "delete": 0, "adopt": 0, "unchanged": 497}
    assert sorted(tenant.since(0)) == pages(form)
    assert planned["requests"] == {"made": len(pages(form)), "forecast": len(pages(form)) + 1}

    before = len(tenant.log())
    run = run_process_ok(many, "apply", "--auto-approve", "--format", "json", env=tenant.env).json()
    assert (run["applied"], run["failed"], run["not_attempted"]) == (5, 0, 0)
    *reads, write = tenant.since(before)
    assert write == ("POST", "billingTemplates/batch", 5)
    assert sorted(reads) == pages(form)
    assert len(reads) + 1 == planned["requests"]["forecast"]
    assert {one["description"] for one in tenant.records("billingTemplates") if one["name"].endswith("00")} == {
        f"Edited {n:03}" for n in range(0, COUNT, 100)
    }


def test_an_apply_without_edits_writes_nothing(many: Path, form: str, tenant: ServedTenant) -> None:
    run = run_process_ok(many, "apply", "--auto-approve", env=tenant.env)
    assert run.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed."
    assert sorted(tenant.since(0)) == pages(form)


def test_a_saved_plan_reads_only_what_it_changes(many: Path, form: str, tenant: ServedTenant) -> None:
    edit_file(many / "config/templates.yaml", "description: Text 007\n", "description: Edited 007\n")
    run_process_ok(many, "plan", "-o", "one.plan", env=tenant.env)
    before = len(tenant.log())
    assert run_process_ok(many, "apply", "one.plan", env=tenant.env).last.endswith("0 added, 1 changed, 0 destroyed.")
    *reads, write = tenant.since(before)
    assert write[0] in ("PATCH", "POST")
    assert write[2] == 1
    # The record, and list pages until a sampled record of the plan identifies the tenant.
    assert len(reads) <= len(pages(form))
    assert {(method, operations) for method, _, operations in reads} == {("GET", 0)}
