"""Renamed keys keep their records and all references to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import PROJECT, make_project, run_in_process, run_ok, write_files

COUNT = 20
LOCAL = f"{PROJECT}default_environment: local\n"


def documents(prefix: str, *, moved: bool = False) -> str:
    """Return twenty programs and twenty groups; each program is in a group."""
    parts = []
    for n in range(COUNT):
        old = f"moved: [g{n}]\n" if moved else "", f"moved: [p{n}]\n" if moved else ""
        parts += [
            f"---\nkind: programGroup\nkey: {prefix}g{n}\n{old[0]}spec: {{name: Group {n}}}\n",
            f"---\nkind: program\nkey: {prefix}p{n}\n{old[1]}spec: {{name: Program {n}, group_id: {prefix}g{n}}}\n",
        ]
    return "".join(parts)


@pytest.mark.parametrize("in_git", [True, False])
def test_renames_create_and_delete_nothing(tmp_path: Path, in_git: bool) -> None:
    make_project(tmp_path, {"config/all.yaml": documents(""), ".gitignore": ".rhythmconf/\n"}, LOCAL)
    if in_git:
        git(tmp_path, "init", "-q", "-b", "main")
        commit_all(tmp_path)
    run_ok(tmp_path, "apply", "--auto-approve")
    write_files(tmp_path, {"config/all.yaml": documents("new-", moved=True)})
    report = run_in_process(tmp_path, "plan", "--format", "json").json()
    assert (report["base"] is not None) == in_git
    assert {change["action"] for change in report["changes"]} == {"update"}
    paths = {field["path"] for change in report["changes"] for field in change["fields"]}
    assert paths == {"/sys_external_id"}
    assert report["summary"]["update"] == 2 * COUNT
    run_ok(tmp_path, "apply", "--auto-approve")
    assert run_ok(tmp_path, "plan").last == "No changes."
    write_files(tmp_path, {"config/all.yaml": documents("new-")})
    assert run_ok(tmp_path, "plan").last == "No changes."


def test_a_rename_updates_the_bindings_file_and_keeps_its_comments(tmp_path: Path) -> None:
    unmarked = LOCAL.replace("local.db, dialect: {", "local.db, dialect: {external_id: read-only, ")
    text = "kind: program\nkey: cmsi\nspec: {name: CMSI}\n"
    make_project(tmp_path, {"config/p.yaml": text}, unmarked)
    run_ok(tmp_path, "apply", "--auto-approve")
    file = tmp_path / "bindings/local.yaml"
    id = file.read_text().split()[-1].strip('"')
    head = "# of other modules\npaymentTerms:\n  ana: c-1 # Ana\nprogram: # ours\n  atc: p-7 # elsewhere\n"
    file.write_text(f'{head}  cmsi: "{id}"\n')
    write_files(tmp_path, {"config/p.yaml": text.replace("key: cmsi", "key: inspector\nmoved: [cmsi]")})
    result = run_ok(tmp_path, "plan")
    assert result.last == "Plan: 0 to add, 1 to change, 0 to destroy."
    run_ok(tmp_path, "apply", "--auto-approve")
    assert file.read_text().replace('"', "") == f"{head}  inspector: {id}\n"
    assert run_ok(tmp_path, "plan").last == "No changes."


def test_a_reference_to_the_old_name_suggests_the_new_name(tmp_path: Path) -> None:
    text = documents("new-", moved=True).replace("group_id: new-g7}", "group_id: g7}")
    make_project(tmp_path, {"config/all.yaml": text}, LOCAL)
    refused = run_in_process(tmp_path, "validate")
    assert (refused.code, "it is called 'new-g7' now" in refused.stdout) == (1, True)
