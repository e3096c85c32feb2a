"""The exact numbers of requests and tokens of commands, by the log of a served tenant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import ServedTenant, make_project, run_process_ok, serve_emulator

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  seeding: {tenant: hisp-system, embedded: tenant.db, dialect: {batch: patch+delete+create}}
  remote: {tenant: hisp-system}
default_environment: remote
"""
TEMPLATE = """\
kind: billingTemplate
key: template-{n:04}
spec:
  name: Template {n:04}
  description: {words}
"""
PAGE = 100


def templates(count: int, words: str) -> str:
    return "---\n".join(TEMPLATE.format(n=n, words=words) for n in range(count))


@pytest.fixture
def count(full: bool) -> int:
    """Return the number of changed templates: a thousand with --full."""
    return 1_000 if full else 250


@pytest.fixture
def folder(tmp_path: Path, count: int) -> Path:
    """Return the project and its tenant, which matches the files."""
    project = make_project(tmp_path, {"config/templates.yaml": templates(count, "As it was")}, SETTINGS)
    run_process_ok(project, "apply", "--env", "seeding", "--auto-approve", "--quiet")
    return project


@pytest.fixture
def tenant(folder: Path) -> Iterator[ServedTenant]:
    with serve_emulator(folder, "--db", "tenant.db", "--dialect", "list=envelope", "--page-size", str(PAGE)) as one:
        yield one


def test_changing_all_records_needs_the_list_and_a_batch_per_hundred(
    folder: Path, tenant: ServedTenant, count: int
) -> None:
    (folder / "config/templates.yaml").write_text(templates(count, "Edited"))
    lifted = ("--allow-updates", "billingTemplate=100%")
    run = run_process_ok(folder, "apply", "--auto-approve", "--format", "json", *lifted, env=tenant.env).json()
    assert (run["applied"], run["failed"], run["not_attempted"]) == (count, 0, 0)
    sent = tenant.since(0)
    pages = -(-count // PAGE)
    assert sent[:pages] == [("GET", "billingTemplates", 0)] * pages
    assert {(method, path) for method, path, _ in sent[pages:]} == {("POST", "billingTemplates/batch")}
    assert len(sent) == 2 * pages
    assert sum(operations for _, _, operations in sent) == count


def test_a_second_apply_of_the_same_files_writes_nothing(folder: Path, tenant: ServedTenant, count: int) -> None:
    run = run_process_ok(folder, "apply", "--auto-approve", env=tenant.env)
    assert run.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed."
    assert tenant.since(0) == [("GET", "billingTemplates", 0)] * -(-count // PAGE)


def test_successive_commands_share_one_token(tmp_path: Path, full: bool) -> None:
    folder = make_project(tmp_path / "project", {"config/reason.yaml": "kind: statusReason\nkey: a\nspec: {name: A}\n"})
    with serve_emulator(tmp_path) as tenant:
        auth = f"auth: {{domain: '{tenant.url}', client_id: me, client_secret: hush}}"
        (folder / "rhythmconf.yaml").write_text(
            SETTINGS.replace("remote: {tenant: hisp-system}", f"remote: {{tenant: hisp-system, {auth}}}")
        )
        env = {"RHYTHMCONF_BASE_URL": f"{tenant.url}/{{module}}", "XDG_CACHE_HOME": str(tmp_path / "cache")}
        for _ in range(20 if full else 4):
            run_process_ok(folder, "plan", env=env)
        assert [one["path"] for one in tenant.log()].count("/oauth/token") == 1
        assert len(tenant.log()) == 1 + (20 if full else 4)
