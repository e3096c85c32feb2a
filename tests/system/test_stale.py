"""A saved plan is refused with a reason if the tenant was changed since; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rhythmconf.model import Body
from tests.support.emulated import Tenant, open_tenant
from tests.support.process import make_project, run, run_at_terminal, run_process_ok, write_files

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments: {{local: {{tenant: hisp, embedded: local.db, dialect: {{guard: {guard}}}}}}}
"""
PROGRAM = "kind: program\nkey: {key}\nspec: {{name: {name}, description: {words}}}\n"
PLANNED = "the plan"
Edit = Callable[[Tenant, str], object]


def document(key: str, words: str) -> str:
    return PROGRAM.format(key=key, name=key.capitalize(), words=words)


@pytest.fixture(params=["values", "version", "read"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a project and a saved plan that creates, updates, deletes and adopts one program each."""
    files = {f"config/{key}.yaml": document(key, "as it was") for key in ("update", "delete")}
    folder = make_project(tmp_path, files, SETTINGS.format(guard=request.param))
    run_process_ok(folder, "apply", "--auto-approve")
    with open_tenant(folder) as there:
        there.make("programs", {"name": "Adopt", "description": "as it was"})
    (folder / "config/delete.yaml").unlink()
    write_files(folder, {f"config/{key}.yaml": document(key, PLANNED) for key in ("create", "update", "adopt")})
    planned = run_process_ok(folder, "plan", "--prune", "program/delete", "-o", "saved.plan")
    assert planned.last == "Plan: 1 to add, 1 to change, 1 to destroy, 1 to adopt (1 with changes)."
    return folder


def records(folder: Path) -> dict[str, Body]:
    """Return the programs by name."""
    with open_tenant(folder) as there:
        return {str(one["name"]): one for one in there.get("programs").json()}


def edited(there: Tenant, id: str) -> None:
    assert there.patch(f"programs/{id}", {"op": "replace", "path": "/description", "value": "by hand"}).is_success


def unrelated(there: Tenant, id: str) -> None:
    assert there.patch(f"programs/{id}", {"op": "add", "path": "/display_order", "value": 7}).is_success


def removed(there: Tenant, id: str) -> None:
    assert there.delete(f"programs/{id}").is_success


def made(there: Tenant, id: str) -> None:
    there.make("programs", {"name": "Create"})


CASES: dict[str, tuple[Edit, str, tuple[str, ...]]] = {
    "created": (made, "Update", ("program/create", "there was no such record when planned", 'name = "Create"')),
    "update": (edited, "Update", ("program/update /description", '"as it was"', '"by hand"')),
    "update of none": (removed, "Update", ("program/update", "is gone now")),
    "delete": (edited, "Delete", ("program/delete /description", '"as it was"', '"by hand"')),
    "adopt": (edited, "Adopt", ("program/adopt /description", '"as it was"', '"by hand"')),
    "adopt of none": (removed, "Adopt", ("program/adopt", "is gone now")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_plan_is_refused_as_a_whole_after_a_change(folder: Path, case: str) -> None:
    edit, name, words = CASES[case]
    with open_tenant(folder) as there:
        edit(there, str(records(folder)[name]["id"]))
    before = records(folder)
    result = run(folder, "apply", "saved.plan", "--format", "json")
    assert result.code == 3, result
    account = result.json()
    assert (account["applied"], account["failed"], account["not_attempted"]) == (0, 0, 4)
    assert sorted(one["key"] for one in account["results"]) == ["adopt", "create", "delete", "update"]
    assert [word for word in words if word not in result.stderr] == []
    assert "which shows what is there now: `rhythmconf plan --env local`." in result.stderr
    assert records(folder) == before


def test_an_unrelated_edit_does_not_stop_a_plan(folder: Path) -> None:
    with open_tenant(folder) as there:
        for name in ("Update", "Adopt"):
            unrelated(there, str(records(folder)[name]["id"]))
    assert run_process_ok(folder, "apply", "saved.plan").last == (
        "Apply complete! Resources: 1 added, 1 changed, 1 destroyed, 1 adopted (1 with changes)."
    )
    after = records(folder)
    assert [after[name]["display_order"] for name in ("Update", "Adopt")] == [7, 7]
    assert [after[name]["description"] for name in ("Create", "Update", "Adopt")] == [PLANNED] * 3


@pytest.mark.parametrize("case", CASES)
def test_a_change_during_the_question_refuses_the_plan(folder: Path, case: str) -> None:
    edit, name, words = CASES[case]

    def meanwhile() -> None:
        with open_tenant(folder) as there:
            edit(there, str(records(folder)[name]["id"]))
        seen.update(records(folder))

    seen: dict[str, Body] = {}
    result = run_at_terminal(folder, "apply", "--prune", "program/delete", answer="yes\n", meanwhile=meanwhile)
    assert result.code == 3, result
    assert [word for word in words if word not in result.stderr] == []
    assert records(folder) == seen
