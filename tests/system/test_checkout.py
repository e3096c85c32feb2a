"""A checkout that lacks files, and a source that was emptied, never mean that records are to be deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import SETTINGS, Completed, make_project, run_in_process, run_ok, write_files

TWO = SETTINGS.replace("sources: [config]", "sources: [config, shared]")


def program(key: str) -> str:
    return f"kind: program\nkey: {key}\nspec: {{name: {key.upper()}, is_active: true}}\n"


FILES = {
    "config/a.yaml": program("a"),
    "config/deep/b.yaml": program("b"),
    "shared/c.yaml": program("c"),
    "shared/d.yaml": program("d"),
    "overlays/local/a.yaml": "kind: program\nkey: a\nspec: {is_active: false}\n",
    "bindings/local.yaml": "",
    ".gitignore": ".rhythmconf/\n",
}


@pytest.fixture
def applied(tmp_path: Path) -> Path:
    """Return a project with two sources that is applied and committed."""
    folder = make_project(tmp_path / "work", FILES, TWO)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit_all(folder)
    run_ok(folder, "apply", "--auto-approve")
    return folder


def empty(folder: Path) -> None:
    for path in (folder / "shared").iterdir():
        path.unlink()


def empty_and_commit(folder: Path) -> None:
    empty(folder)
    write_files(folder, {"shared/README.md": "Moved\n"})
    commit_all(folder)


def comment_out(folder: Path) -> None:
    for path in (folder / "shared").iterdir():
        path.write_text("# nothing\n")


def rename(folder: Path) -> None:
    (folder / "shared/c.yaml").rename(folder / "shared/c.YAML")
    (folder / "shared/d.yaml").rename(folder / "shared/d.bak")


EMPTIED: list[Callable[[Path], None]] = [empty, empty_and_commit, comment_out, rename]


@pytest.mark.parametrize("change", EMPTIED)
@pytest.mark.parametrize("options", ["plan", "plan --retire", "apply --auto-approve", "plan -o saved.plan"])
def test_an_emptied_source_deletes_nothing(applied: Path, change: Callable[[Path], None], options: str) -> None:
    change(applied)
    refused = run_in_process(applied, *options.split())
    assert refused.code == 3
    assert "shared had documents at the base and has none now: program/c, program/d would be deleted" in refused.stderr
    assert "remove shared from `sources`" in refused.stderr
    assert not (applied / "saved.plan").exists()
    git(applied, "checkout", "--quiet", "-f", "HEAD~1" if change is empty_and_commit else "HEAD")
    assert run_ok(applied, "plan").last == "No changes."


def test_a_source_emptied_on_purpose_is_deleted_after_a_decision(applied: Path) -> None:
    empty(applied)
    one = run_in_process(applied, "plan", "--allow", "program/c")
    assert one.code == 3
    assert "none now: program/d would be deleted" in one.stderr
    both = ("--allow", "program/c", "--allow", "program/d")
    assert run_ok(applied, "plan", *both).last == "Plan: 0 to add, 0 to change, 2 to destroy."
    named = ("--prune", "program/c", "--prune", "program/d")
    assert run_ok(applied, "plan", *named).last == "Plan: 0 to add, 0 to change, 2 to destroy."
    (applied / "rhythmconf.yaml").write_text(TWO.replace(", shared]", "]"))
    assert run_ok(applied, "apply", "--auto-approve").last.endswith("2 destroyed.")


def test_documents_that_moved_to_another_source_are_no_loss(applied: Path) -> None:
    for name in ("c.yaml", "d.yaml"):
        (applied / "shared" / name).rename(applied / "config" / name)
    assert run_ok(applied, "plan").last == "No changes."
    (applied / "config/d.yaml").unlink()
    refused = run_in_process(applied, "plan")
    assert refused.code == 3
    assert "none now: program/d would be deleted" in refused.stderr


@pytest.mark.parametrize("text", ["", "\n", " \r\n\r\n"])
def test_a_file_that_lost_its_text_deletes_nothing(applied: Path, text: str) -> None:
    (applied / "shared/c.yaml").write_text(text)
    refused = run_in_process(applied, "plan")
    assert refused.code == 3
    assert "shared/c.yaml had documents at the base and has none now: program/c would be deleted" in refused.stderr
    assert "delete the file" in refused.stderr
    assert run_ok(applied, "plan", "--allow", "program/c").last.endswith("1 to destroy.")
    (applied / "shared/c.yaml").write_text("# The program c has ended.\n")
    assert run_ok(applied, "plan").last.endswith("1 to destroy.")
    (applied / "config/c.yaml").write_text(program("c"))
    (applied / "shared/c.yaml").write_text(text)
    assert run_ok(applied, "plan").last == "No changes."


def test_a_document_that_moved_and_changed_is_no_loss(applied: Path) -> None:
    for name in ("c.yaml", "d.yaml"):
        (applied / "shared" / name).rename(applied / "config" / name)
    (applied / "config/c.yaml").write_text(program("c").replace("true", "false"))
    assert run_ok(applied, "plan").last == "Plan: 0 to add, 1 to change, 0 to destroy."


def test_a_source_with_a_document_left_deletes_the_others(applied: Path) -> None:
    (applied / "shared/c.yaml").unlink()
    assert run_ok(applied, "plan").last == "Plan: 0 to add, 0 to change, 1 to destroy."


def check_incomplete(ran: Completed, *words: str) -> None:
    assert ran.code == 3, ran
    assert "error[RC228]" in ran.stderr
    for word in words:
        assert word in ran.stderr
    assert "No changes" not in ran.stdout


def sparse(folder: Path) -> None:
    git(folder, "sparse-checkout", "set", "--no-cone", "/*", "!/shared/d.yaml")


def sparse_folder(folder: Path) -> None:
    git(folder, "sparse-checkout", "set", "config", "overlays", "bindings")
    (folder / "shared").mkdir(exist_ok=True)


def skip(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in names:
            git(folder, "update-index", "--skip-worktree", name)
            (folder / name).unlink()

    return change


def assume(folder: Path) -> None:
    git(folder, "update-index", "--assume-unchanged", "shared/d.yaml")
    (folder / "shared/d.yaml").unlink()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (sparse, "1 file of the commit is not in this checkout, and not deleted either: shared/d.yaml"),
        (sparse_folder, "shared/c.yaml, shared/d.yaml"),
        (skip("config/deep/b.yaml"), "config/deep/b.yaml"),
        (skip("overlays/local/a.yaml"), "overlays/local/a.yaml"),
        (skip("bindings/local.yaml"), "bindings/local.yaml"),
        (assume, "shared/d.yaml"),
    ],
)
@pytest.mark.parametrize("later", [False, True], ids=["at the base", "after it"])
def test_files_that_git_keeps_away_are_missed(
    applied: Path, change: Callable[[Path], None], names: str, later: bool
) -> None:
    if later:
        write_files(applied, {"config/e.yaml": program("e")})
        commit_all(applied)
    change(applied)
    assert git(applied, "status", "--porcelain") == ""
    check_incomplete(run_in_process(applied, "plan"), names, "--no-base")
    check_incomplete(run_in_process(applied, "apply", "--auto-approve"), names)
    two_way = run_ok(applied, "plan", "--no-base").last
    assert "0 to destroy" in two_way or two_way == "No changes."


@pytest.mark.parametrize("staged", [False, True])
def test_a_file_that_was_deleted_is_not_missed(applied: Path, staged: bool) -> None:
    (applied / "shared/d.yaml").unlink()
    if staged:
        git(applied, "rm", "-q", "--cached", "shared/d.yaml")
    assert run_ok(applied, "plan").last == "Plan: 0 to add, 0 to change, 1 to destroy."


def test_names_with_special_characters_are_compared_as_they_are(applied: Path) -> None:
    names = ["config/\u00e9 \u2192 x.yaml", 'config/a "b".yaml', "config/t\tab.yaml"]
    write_files(applied, {name: program(f"k{number}") for number, name in enumerate(names)})
    commit_all(applied)
    run_ok(applied, "apply", "--auto-approve")
    for number, name in enumerate(names, 1):
        (applied / name).unlink()
        assert run_ok(applied, "plan").last == f"Plan: 0 to add, 0 to change, {number} to destroy."


def test_a_project_in_a_folder_of_its_repository_is_compared_there(tmp_path: Path) -> None:
    top = tmp_path / "top"
    folder = make_project(top / "crm" / "conf", FILES, TWO)
    git(top, "init", "--quiet", "--initial-branch", "main")
    commit_all(top)
    run_ok(folder, "apply", "--auto-approve")
    (folder / "shared/d.yaml").unlink()
    assert run_ok(folder, "plan").last == "Plan: 0 to add, 0 to change, 1 to destroy."
    git(top, "checkout", "--quiet", "-f", "HEAD")
    git(top, "update-index", "--skip-worktree", "crm/conf/shared/d.yaml")
    (folder / "shared/d.yaml").unlink()
    check_incomplete(run_in_process(folder, "plan"), "shared/d.yaml")


@pytest.mark.parametrize("place", ["shared", "config/team"])
def test_a_submodule_that_is_not_checked_out_is_missed(tmp_path: Path, place: str) -> None:
    other = tmp_path / "other"
    write_files(other, {"x.yaml": program("x")})
    git(other, "init", "--quiet", "--initial-branch", "main")
    commit_all(other)
    files = {name: text for name, text in FILES.items() if not name.startswith("shared")}
    folder = make_project(tmp_path / "work", files, TWO if place == "shared" else SETTINGS)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), place)
    commit_all(folder)
    run_ok(folder, "apply", "--auto-approve")
    assert run_ok(folder, "plan").last == "No changes."
    git(folder, "submodule", "--quiet", "deinit", "-f", place)
    check_incomplete(run_in_process(folder, "plan"), "1 submodule of the commit", place, "git submodule update --init")


@pytest.mark.parametrize("name", ["config/mine.yaml", "overlays/local/mine.yaml", "config/mine.html"])
def test_a_file_that_git_ignores_is_a_warning_and_the_base_stays(applied: Path, name: str) -> None:
    with (applied / ".gitignore").open("a") as ignore:
        ignore.write("mine.*\nother.*\n")
    write_files(applied, {name: program("mine"), "config/other.txt": "not read"})
    if name.endswith(".html"):
        text = "kind: program\nkey: e\nfiles: {/description: mine.html}\nspec: {name: E, is_active: true}\n"
        write_files(applied, {"config/e.yaml": text})
    before = git(applied, "rev-parse", "refs/rhythmconf/applied/local")
    commit_all(applied)
    planned = run_ok(applied, "plan", "-o", "saved.plan")
    assert planned.stderr.count("warning[RC229]") == 1
    assert name in planned.stderr
    assert f"git add -f {name}" in planned.stderr
    run_ok(applied, "apply", "saved.plan")
    assert git(applied, "rev-parse", "refs/rhythmconf/applied/local") == before
    git(applied, "add", "-f", name)
    commit_all(applied)
    assert "RC229" not in run_ok(applied, "plan").stderr
    run_ok(applied, "apply", "--auto-approve")
    assert git(applied, "rev-parse", "refs/rhythmconf/applied/local") == git(applied, "rev-parse", "HEAD")


def test_many_files_that_git_ignores_are_one_warning(applied: Path) -> None:
    (applied / ".git/info").mkdir(exist_ok=True)
    (applied / ".git/info/exclude").write_text("more/\n")
    write_files(applied, {f"config/more/m{number}.yaml": program(f"m{number}") for number in range(30)})
    planned = run_ok(applied, "plan")
    assert planned.stderr.count("warning[RC229]") == 1
    assert "git ignores this file and 29 others of the project" in planned.stderr


def test_a_source_that_is_missing_is_an_error_of_every_command(applied: Path) -> None:
    for path in (applied / "shared").iterdir():
        path.unlink()
    (applied / "shared").rmdir()
    for command in ("validate", "plan", "apply --auto-approve", "drift"):
        ran = run_in_process(applied, *command.split())
        assert ran.code == 1
        assert "the folder 'shared' does not exist" in ran.stderr
        assert "git submodule update --init" in ran.stderr


def test_a_plan_of_a_snapshot_is_refused_for_an_emptied_source(applied: Path) -> None:
    run_ok(applied, "pull", "--snapshot", "live.json")
    empty(applied)
    refused = run_in_process(applied, "plan", "--live", "live.json")
    assert refused.code == 3
    assert "shared had documents at the base and has none now" in refused.stderr
