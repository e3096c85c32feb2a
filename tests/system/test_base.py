"""The base of an environment in git: who changed what since the last apply, and how differences are handled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.git import commit_all, git
from tests.support.process import (
    PROGRAMS,
    SETTINGS,
    Completed,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    write_files,
)


def plan(folder: Path, *options: str) -> Any:
    """Return the plan as JSON, even if a guard refuses it."""
    return run_in_process(folder, "plan", "--format", "json", *options).json()


def hot_fix(folder: Path, path: Path, old: str, new: str) -> None:
    """Change the tenant but not the files, as people do in the console."""
    before = path.read_text(encoding="utf-8")
    edit_file(path, old, new)
    key = f"program/{path.stem}"
    run_ok(folder, "apply", "--auto-approve", "--only", key, "--no-base")
    path.write_text(before, encoding="utf-8")


def classes_by_field(made: Any) -> dict[str, str]:
    """Return the class of each field of a plan by key and path."""
    return {f"{one['key']}{field['path']}": field["class"] for one in made["changes"] for field in one["fields"]}


def test_a_complete_apply_from_a_clean_work_tree_moves_the_ref(work: Path) -> None:
    ref = "refs/rhythmconf/applied/local"
    first = git(work, "rev-parse", "HEAD")
    assert git(work, "rev-parse", ref) == first
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    run_ok(work, "apply", "--auto-approve")
    assert git(work, "rev-parse", ref) == first
    second = commit_all(work)
    run_ok(work, "apply", "--auto-approve", "--only", "program/lapsed")
    assert git(work, "rev-parse", ref) == first
    assert run_ok(work, "apply", "--auto-approve").last.startswith("Apply complete!")
    assert git(work, "rev-parse", ref) == second


@pytest.mark.parametrize("more", [False, True], ids=["as it was", "with another edit"])
def test_a_plan_committed_before_its_apply_moves_the_ref_if_nothing_else_was_edited(work: Path, more: bool) -> None:
    first = git(work, "rev-parse", "HEAD")
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    planned = run_ok(work, "plan", "-o", "early.plan")
    assert "with uncommitted changes" in planned.stdout
    if more:
        edit_file(work / "config/moved.yaml", "Moved away", "Moved")
    second = commit_all(work)
    run_ok(work, "apply", "early.plan")
    assert git(work, "rev-parse", "refs/rhythmconf/applied/local") == (first if more else second)


def test_each_difference_is_yours_drift_both_or_a_conflict(work: Path) -> None:
    lapsed, moved = work / "config/lapsed.yaml", work / "config/moved.yaml"
    hot_fix(work, lapsed, "in time", "before the deadline")
    hot_fix(work, moved, "is_active: true", "is_active: false")
    edit_file(moved, "name: Moved away", "name: Moved")
    assert classes_by_field(plan(work)) == {
        "lapsed/description": "drift",
        "moved/name": "yours",
        "moved/is_active": "drift",
    }
    edit_file(moved, "is_active: true", "is_active: false")
    edit_file(lapsed, "in time", "for two months")
    report = plan(work)
    assert classes_by_field(report) == {"lapsed/description": "conflict", "moved/name": "yours"}
    assert [(one["key"], one["path"], one["class"]) for one in report["both"]] == [("moved", "/is_active", "both")]
    field = report["changes"][0]["fields"][0]
    values = ("Did not renew in time", "Did not renew before the deadline", "Did not renew for two months")
    assert (field["base"], field["old"], field["new"]) == values


def test_a_conflict_is_refused_until_a_side_is_chosen(work: Path) -> None:
    lapsed = work / "config/lapsed.yaml"
    hot_fix(work, lapsed, "in time", "before the deadline")
    edit_file(lapsed, "in time", "for two months")
    refused = run_in_process(work, "apply", "--auto-approve")
    assert refused.code == 3
    for words in ("at the base    ", "in the tenant  ", "in the files   ", "config/lapsed.yaml:5"):
        assert words in refused.stdout
    assert "changed to different values in the files and in the tenant" in refused.stderr
    assert "plan again with `--ours program/lapsed` or `--theirs program/lapsed`. " in refused.stderr
    assert (
        "--ours keeps the value of the files; --theirs keeps the tenant's and names the lines to change\n"
        in refused.stderr
    )
    for command in ("plan", "drift"):
        for format in ("markdown", "html"):
            ways = run_in_process(work, command, "--format", format).stdout
            assert "add the line `--ours program/lapsed` to `overrides/local.txt`" in ways

    theirs = run_in_process(work, "plan", "--theirs", "program/lapsed", "-o", "theirs.plan")
    assert theirs.code == 3
    assert '"Did not renew before the deadline"' in theirs.stderr
    assert "config/lapsed.yaml:5" in theirs.stderr
    assert not (work / "theirs.plan").exists()

    ours = run_ok(work, "plan", "--ours", "program/lapsed", "-o", "ours.plan")
    assert "allowed: --ours program/lapsed" in ours.stdout
    edit_file(lapsed, "for two months", "before the deadline")
    assert run_ok(work, "plan", "--theirs", "program/lapsed").last == "No changes."
    assert run_ok(work, "apply", "ours.plan").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."


def test_the_value_of_the_tenant_is_shown_as_in_documents(work: Path) -> None:
    groups = "---\n".join(f"kind: programGroup\nkey: {key}\nspec: {{name: Group {key}}}\n" for key in "abc")
    write_files(work, {"config/groups.yaml": groups})
    lapsed = work / "config/lapsed.yaml"
    edit_file(lapsed, "is_active: true", "is_active: true\n  group_id: a")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    hot_fix(work, lapsed, "group_id: a", "group_id: b")
    edit_file(lapsed, "group_id: a", "group_id: c")
    result = run_in_process(work, "plan", "--theirs", "program/lapsed")
    assert 'the tenant has "b" at group_id' in result.stderr
    for words in ("at the base    programGroup/a", "in the tenant  programGroup/b", "in the files   programGroup/c"):
        assert words in result.stdout
    run_ok(work, "plan", "--ours", "program/lapsed", "-o", "ours.plan")
    assert "in the tenant  programGroup/b" in run_ok(work, "show", "plan", "ours.plan").stdout
    edit_file(lapsed, "group_id: c", "group_id: b")
    assert run_ok(work, "plan", "--theirs", "program/lapsed").last == "No changes."


def test_a_field_removed_from_the_files_is_removed_in_the_tenant(work: Path) -> None:
    edit_file(work / "config/lapsed.yaml", "  description: Did not renew in time\n", "")
    report = plan(work)
    assert [(field["path"], field["class"]) for field in report["changes"][0]["fields"]] == [("/description", "yours")]
    assert report["changes"][0]["patch"] == [{"op": "remove", "path": "/description"}]
    unknown = plan(work, "--base", "HEAD~0")
    assert unknown["changes"] == report["changes"]
    git(work, "update-ref", "-d", "refs/rhythmconf/applied/local")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    assert run_ok(work, "plan").last == "No changes."


def test_a_document_removed_since_the_base_is_pruned(work: Path) -> None:
    (work / "config/moved.yaml").unlink()
    result = run_ok(work, "plan")
    assert result.last == "Plan: 0 to add, 0 to change, 1 to destroy."
    commit_all(work)
    assert run_ok(work, "apply", "--auto-approve").last == "Apply complete! Resources: 0 added, 0 changed, 1 destroyed."
    assert run_ok(work, "plan").last == "No changes."


def test_pruning_a_hot_fixed_record_needs_a_decision(work: Path) -> None:
    hot_fix(work, work / "config/moved.yaml", "Moved away", "Moved to the coast")
    (work / "config/moved.yaml").unlink()
    refused = run_in_process(work, "plan")
    assert (refused.code, refused.last) == (3, "Plan: 0 to add, 0 to change, 1 to destroy.")
    assert "has no document any more" in refused.stdout
    assert run_ok(work, "plan", "--ours", "program/moved").last == "Plan: 0 to add, 0 to change, 1 to destroy."
    theirs = run_in_process(work, "plan", "--theirs", "program/moved")
    assert theirs.code == 3
    assert "needs its document again: restore it with the tenant's value of name" in theirs.stdout
    assert "`rhythmconf pull program/moved` writes a new one" in theirs.stderr
    run_ok(work, "pull", "program/moved")
    assert run_ok(work, "plan", "--theirs", "program/moved").last == "No changes."


def test_an_old_checkout_removes_nothing(work: Path) -> None:
    edit_file(work / "config/moved.yaml", "is_active: true", "is_active: true\n  description: New address unknown")
    write_files(work, {"config/third.yaml": "kind: program\nkey: third\nspec: {name: Third, is_active: true}\n"})
    commit_all(work, "second")
    run_ok(work, "apply", "--auto-approve")
    git(work, "checkout", "-q", "HEAD~1")
    stale = run_ok(work, "plan")
    assert stale.last == "No changes."
    assert "warning[RC325]: this checkout lacks 1 applied commit, " in stale.stderr
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    other = run_in_process(work, "plan")
    assert (other.code, other.last) == (3, "Plan: 0 to add, 1 to change, 0 to destroy.")
    assert "this checkout lacks 1 applied commit, " in other.stdout
    allowed = run_ok(work, "plan", "--allow-behind")
    assert allowed.last == "Plan: 0 to add, 1 to change, 0 to destroy."


def test_a_deleted_record_is_created_again(work: Path) -> None:
    run_ok(work, "apply", "--auto-approve", "--only", "program/lapsed")
    (work / ".rhythmconf/local.db").unlink()
    report = plan(work)
    assert {one["action"] for one in report["changes"]} == {"create"}
    assert {one["class"] for one in report["changes"]} == {"drift"}


def test_without_a_base_a_plan_is_two_way_and_says_so(tmp_path: Path) -> None:
    make_project(tmp_path, PROGRAMS, SETTINGS)
    said = run_ok(tmp_path, "plan")
    assert "no base (two-way comparison)" in said.stdout
    refused = run_in_process(tmp_path, "plan", "--base", "HEAD")
    assert (refused.code, "--base needs a git work tree" in refused.stderr) == (1, True)
    run_ok(tmp_path, "apply", "--auto-approve")
    (tmp_path / "config/moved.yaml").unlink()
    assert run_ok(tmp_path, "plan").last == "No changes."


def test_work_that_is_not_applied_yet_is_no_drift(work: Path) -> None:
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    assert run_ok(work, "drift").last == "No changes."
    hot_fix(work, work / "config/moved.yaml", "name: Moved away", "name: Gone")
    result = run_in_process(work, "drift")
    assert (result.code, result.last) == (2, "Plan: 0 to add, 1 to change, 0 to destroy.")
    assert 'name: in the tenant now "Gone", in the files "Moved away"  the next apply puts it back' in result.stdout


def test_only_drift_is_pulled_where_the_files_have_changes_of_their_own(work: Path) -> None:
    lapsed, moved = work / "config/lapsed.yaml", work / "config/moved.yaml"
    hot_fix(work, lapsed, "name: Lapsed", "name: Expired")
    hot_fix(work, moved, "name: Moved away", "name: Gone")
    edit_file(lapsed, "in time", "at all")
    edit_file(moved, "name: Moved away", "name: Moved")
    write_files(work, {"config/new.yaml": "kind: program\nkey: new\nspec: {name: New}\n"})
    run_ok(work, "pull", "--only-drift")
    assert "name: Expired" in lapsed.read_text()
    assert "at all" in lapsed.read_text()
    assert "name: Moved\n" in moved.read_text()
    assert classes_by_field(plan(work)) == {
        "lapsed/description": "yours",
        "moved/name": "conflict",
        "new/name": "yours",
    }


def test_drift_of_a_renamed_document_is_pulled_too(work: Path) -> None:
    hot_fix(work, work / "config/moved.yaml", "name: Moved away", "name: Gone")
    edit_file(work / "config/moved.yaml", "key: moved", "key: gone\nmoved: [moved]")
    assert run_ok(work, "pull", "--only-drift").last == "Pull: 0 documents added, 1 changed."


def test_outside_git_every_difference_is_pulled_as_drift_with_a_notice(tmp_path: Path) -> None:
    make_project(tmp_path, PROGRAMS, SETTINGS)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "config/lapsed.yaml", "in time", "at all")
    pulled = run_ok(tmp_path, "pull", "--only-drift")
    assert pulled.last == "Pull: 0 documents added, 1 changed."
    assert "no base is known" in pulled.stderr


def test_a_missing_revision_is_named(work: Path) -> None:
    refused: Completed = run_in_process(work, "plan", "--base", "v9")
    assert (refused.code, refused.stdout) == (1, "")
    assert "no revision 'v9'" in refused.stderr


def test_without_a_ref_the_last_run_record_is_the_base(work: Path) -> None:
    git(work, "update-ref", "-d", "refs/rhythmconf/applied/local")
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    report = plan(work)
    assert report["base"]["commit"] == git(work, "rev-parse", "HEAD")
    assert report["base"]["origin"].startswith("run ")
    assert classes_by_field(report) == {"lapsed/description": "yours"}


def test_a_side_can_only_be_chosen_for_a_key_that_is_known(work: Path) -> None:
    refused = run_in_process(work, "plan", "--ours", "program/lapsd")
    assert (refused.code, refused.stdout) == (1, "")
    assert "no document declares program/lapsd" in refused.stderr
    assert "lapsed" in refused.stderr


def test_the_documents_of_a_base_are_read_from_their_old_folder(work: Path) -> None:
    (work / "config").rename(work / "conf")
    edit_file(work / "rhythmconf.yaml", "sources: [config]", "sources: [conf]")
    (work / "conf/moved.yaml").unlink()
    write_files(work, {".gitignore": ".rhythmconf/\n"})
    report = plan(work)
    assert [(one["action"], one["key"], one["class"]) for one in report["changes"]] == [("delete", "moved", "yours")]


def test_a_project_below_the_root_of_its_repository_has_a_base_too(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "deep" / "down", PROGRAMS, SETTINGS)
    (tmp_path / ".gitignore").write_text(".rhythmconf/\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    run_ok(folder, "apply", "--auto-approve")
    edit_file(folder / "config/lapsed.yaml", "in time", "at all")
    (folder / "config/moved.yaml").unlink()
    assert {one["class"] for one in plan(folder)["changes"]} == {"yours"}
    assert {one["action"] for one in plan(folder)["changes"]} == {"update", "delete"}


@pytest.mark.parametrize("linked", [False, True], ids=["repository", "linked work tree"])
@pytest.mark.parametrize("written", ["absolute", "with a dot", "a link"])
def test_a_hook_of_git_plans_as_a_person_does(tmp_path: Path, linked: bool, written: str) -> None:
    """Git sets GIT_DIR for hooks. With it, git takes the folder of the project for the top of the work tree."""
    repository = tmp_path / "repository"
    make_project(repository / "down", PROGRAMS, SETTINGS)
    (repository / ".gitignore").write_text(".rhythmconf/\n", encoding="utf-8")
    git(repository, "init", "-q", "-b", "main")
    commit_all(repository)
    run_ok(repository / "down", "apply", "--auto-approve")
    folder = repository / "down"
    if linked:
        git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
        (repository / "down/.rhythmconf").rename(tmp_path / "linked/down/.rhythmconf")
        folder = tmp_path / "linked/down"
    (folder / "config/moved.yaml").unlink()
    commit_all(folder)
    git_dir = git(folder, "rev-parse", "--absolute-git-dir")
    if written == "a link":
        (tmp_path / "link").symlink_to(git_dir)
    path = {"absolute": git_dir, "with a dot": f"{git_dir}/.", "a link": str(tmp_path / "link")}[written]
    changes = run_in_process(folder, "plan", "--format", "json", env={"GIT_DIR": path}).json()["changes"]
    assert [(one["action"], one["key"], one["class"]) for one in changes] == [("delete", "moved", "yours")]
    run_ok(folder, "apply", "--auto-approve", env={"GIT_DIR": path})
    ref = "refs/rhythmconf/projects/hisp/applied/local"
    assert git(folder, "rev-parse", ref) == git(folder, "rev-parse", "HEAD")


def test_another_repository_that_git_is_told_to_use_is_used(tmp_path: Path) -> None:
    """As for files of a home folder: the repository is elsewhere, and another one is above the project."""
    folder = make_project(tmp_path / "home" / "conf", {**PROGRAMS, ".gitignore": ".rhythmconf/\n"}, SETTINGS)
    for name in ("home", "home/conf"):
        git(tmp_path / name, "init", "-q", "-b", "main")
    commit_all(folder)
    (folder / ".git").rename(tmp_path / "elsewhere")
    env = {"GIT_DIR": str(tmp_path / "elsewhere")}
    run_ok(folder, "apply", "--auto-approve", env=env)
    applied = (tmp_path / "elsewhere/refs/rhythmconf/projects/hisp/applied/local").read_text().strip()
    assert applied == git(tmp_path, "--git-dir", env["GIT_DIR"], "rev-parse", "main")


def test_two_projects_of_a_repository_have_bases_of_their_own_names(work: Path) -> None:
    for other in ("local", "other-local"):
        settings = SETTINGS.replace("project: hisp", "project: other").replace("local: {", f"{other}: {{")
        folder = make_project(work / other, PROGRAMS, settings.replace("environment: local", f"environment: {other}"))
        commit_all(work)
        planned = run_in_process(folder, "plan")
        assert (planned.code, planned.last) == (0, "Plan: 2 to add, 0 to change, 0 to destroy."), planned
        run_ok(folder, "apply", "--auto-approve")
        edit_file(work / "config/lapsed.yaml", "in time", f"at all in {other}")
        edit_file(folder / "config/lapsed.yaml", "in time", "at all")
        commit_all(work)
        run_ok(folder, "apply", "--auto-approve")
        assert {one["class"] for one in plan(work)["changes"]} == {"yours"}
        run_ok(work, "apply", "--auto-approve")
        edit_file(work / "config/lapsed.yaml", f"at all in {other}", "in time")


def test_two_projects_of_one_name_in_a_repository_are_told_apart_by_their_folders(work: Path) -> None:
    """The base of one has no project in the folder of the other, so nothing there counts as applied."""
    first = make_project(work / "one", PROGRAMS, SETTINGS)
    commit_all(work)
    run_ok(first, "apply", "--auto-approve")
    second = make_project(work / "two", PROGRAMS, SETTINGS)
    commit_all(work)
    refused = run_in_process(second, "plan")
    assert (refused.code, "give this one another: bases are kept by the name" in refused.stderr) == (3, True), refused
