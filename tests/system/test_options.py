"""The options of plan and apply."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import (
    COMMAND,
    PROJECT,
    ServedTenant,
    edit_file,
    make_environ,
    make_project,
    run,
    run_at_terminal,
    run_in_process,
    run_ok,
    run_process_ok,
    serve_emulator,
    start_command,
)

SETTINGS = PROJECT + "default_environment: local\n"
CHAIN = """\
kind: programGroup
key: diving
spec: {name: Diving, display_order: 1}
---
kind: program
key: diver
spec: {name: Diver, group_id: diving}
---
kind: program
key: crane
spec: {name: Crane}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", settings=SETTINGS)


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    return make_project(tmp_path / "chain", {"config/all.yaml": CHAIN}, SETTINGS)


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[ServedTenant]:
    with serve_emulator(tmp_path, "--latency-ms", "150") as one:
        yield one


def keys(folder: Path, *arguments: str) -> set[str]:
    planned = run_ok(folder, "plan", "--format", "json", *arguments).json()
    return {change["key"] for change in planned["changes"]}


def test_only_includes_the_dependencies_of_a_key(chain: Path) -> None:
    assert keys(chain) == {"diving", "diver", "crane"}
    assert keys(chain, "--only", "program/diver") == {"diving", "diver"}
    assert keys(chain, "--only", "certifications/programGroup/diving") == {"diving"}
    assert keys(chain, "--only", "program/crane", "--only", "programGroup/diving") == {"crane", "diving"}
    result = run_ok(chain, "apply", "--auto-approve", "--only", "program/diver")
    assert result.last.endswith("2 added, 0 changed, 0 destroyed.")
    assert keys(chain) == {"crane"}


def test_a_prune_by_key_keeps_records_that_others_refer_to(chain: Path) -> None:
    run_ok(chain, "apply", "--auto-approve")
    (chain / "config/all.yaml").write_text(CHAIN.rpartition("---")[0].partition("---\n")[2])
    assert run_in_process(chain, "validate").code == 1
    (chain / "config/all.yaml").write_text("kind: program\nkey: crane\nspec: {name: Crane}\n")
    for command in ("plan", "drift"):
        bare = run_ok(chain, command)
        assert bare.last == "No changes."
        assert (
            "no base (two-way comparison): a record without a document is deleted only if --prune names it\n"
            in bare.stdout
        )
        assert "warning[RC332]: these records have no document and are left as they are: program/diver\n" in bare.stderr
        assert "`rhythmconf plan --prune program/diver` would delete" in bare.stderr
    assert "RC332" not in run_ok(chain, "plan", "--only", "program/crane").stderr
    group = run_in_process(chain, "plan", "--prune", "programGroup/diving")
    assert group.code == 3
    assert "diver" in group.stdout
    (chain / "config/more.yaml").write_text("kind: program\nkey: new\nspec: {name: New}\n")
    alone = ("--only", "program/diver", "--prune", "program/diver")
    assert run_ok(chain, "plan", *alone).last == "Plan: 0 to add, 0 to change, 1 to destroy."
    assert run_in_process(chain, "plan", "--only", "program/diver").code == 1
    (chain / "config/more.yaml").unlink()
    both = ("--prune", "programGroup/diving", "--prune", "program/diver")
    result = run_ok(chain, "apply", "--auto-approve", *both)
    assert result.last == "Apply complete! Resources: 0 added, 0 changed, 2 destroyed."
    order = [line.split()[1] for line in result.stdout.splitlines() if line.endswith("done")]
    assert order == ["program/diver", "programGroup/diving"]
    declared = run_in_process(chain, "plan", "--prune", "program/crane")
    assert declared.code == 1
    assert "program/crane" in declared.stderr + declared.stdout


def test_the_suggested_command_applies_exactly_the_plan(chain: Path) -> None:
    hint = run_ok(chain, "plan", "--only", "program/diver").stderr
    assert hint == "apply with: rhythmconf apply --env local --only program/diver\n"
    result = run_ok(chain, *shlex.split(hint)[3:], "--auto-approve")
    assert result.last.endswith("2 added, 0 changed, 0 destroyed.")
    odd = ("--retire", "--allow-updates", "program=50%", "--base", "HEAD@{0}")
    arguments = ("plan", "--env", "guarded", "--only", "program/crane", "--only", "programGroup/diving", *odd)
    git(chain, "init", "-q")
    commit_all(chain, "first")
    words = shlex.split(run_ok(chain, *arguments).stderr.splitlines()[-1].partition(": rhythmconf ")[2])
    assert words[:3] + sorted(words[3:]) == ["plan", "--env", "guarded", *sorted(["-o", "FILE", *arguments[3:]])]


def test_destroy_deletes_only_records_of_the_project(chain: Path, tmp_path: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        tenant.call("POST", "programs", body={"name": "Somebody else's"})
        run_ok(chain, "apply", "--auto-approve", env=tenant.env)
        planned = run_ok(chain, "plan", "--destroy", env=tenant.env).stdout
        assert planned.count("(with all of this project; mark rhythmconf/hisp/") == 3
        assert "no document" not in planned
        assert "--retire" not in planned
        result = run_ok(chain, "apply", "--auto-approve", "--destroy", env=tenant.env)
        assert result.last == "Apply complete! Resources: 0 added, 0 changed, 3 destroyed."
        assert [one["name"] for one in tenant.records("programs")] == ["Somebody else's"]
    some = run_in_process(chain, "plan", "--destroy", "--only", "program/p", env=tenant.env)
    assert (some.code, "be combined with" in some.stderr) == (1, True)
    protected = run_in_process(chain, "plan", "--destroy", "--env", "guarded")
    assert (protected.code, protected.stdout) == (3, "")
    assert "guarded is protected" in protected.stderr


def test_thresholds_are_raised_per_kind_and_shown_in_the_plan(tmp_path: Path) -> None:
    documents = [f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}}}\n" for n in range(10)]
    folder = make_project(tmp_path, {"config/all.yaml": "---\n".join(documents)}, SETTINGS)
    run_ok(folder, "apply", "--auto-approve")
    path = folder / "config/all.yaml"
    path.write_text(path.read_text().replace("name: Reason", "name: Cause"))
    refused = run_in_process(folder, "plan", "-o", "a.plan")
    assert refused.code == 3
    assert refused.last == "Plan: 0 to add, 10 to change, 0 to destroy."
    assert not (folder / "a.plan").exists()
    [override] = [line for line in refused.stdout.splitlines() if line.startswith("refused: ")]
    flags = override.partition("(override: ")[2].removesuffix(")").split()
    assert flags[0] == "--allow-updates"
    assert run_in_process(folder, "apply", "--auto-approve").code == 3
    planned = run_ok(folder, "plan", *flags, "-o", "a.plan")
    assert f"allowed: {' '.join(flags)}" in planned.stdout
    assert run_ok(folder, "apply", "a.plan").last.endswith("0 added, 10 changed, 0 destroyed.")


@pytest.mark.parametrize(
    "flags",
    [
        ("--only", "statusReason/lapsed"),
        ("--prune", "statusReason/lapsed"),
        ("--destroy",),
        ("--allow-updates", "statusReason=100%"),
        ("--allow-deletes", "statusReason=100%"),
        ("--allow", "statusReason/lapsed"),
    ],
    ids=lambda flags: flags[0],
)
def test_overrides_are_refused_with_a_saved_plan(folder: Path, flags: tuple[str, ...]) -> None:
    run_ok(folder, "plan", "-o", "a.plan")
    result = run_in_process(folder, "apply", "a.plan", *flags)
    assert (result.code, result.stdout) == (1, "")
    assert f"{flags[0]} can't change a saved plan" in result.stderr
    assert run_ok(folder, "plan").last == "Plan: 1 to add, 0 to change, 0 to destroy."


def test_max_requests_stops_a_run_before_the_next_request(folder: Path, tmp_path: Path) -> None:
    documents = [f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}}}\n" for n in range(30)]
    (folder / "config/reasons.yaml").write_text("---\n".join(documents))
    with serve_emulator(tmp_path) as tenant:
        run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
        before = len(tenant.log())
        bounded = run_in_process(folder, "apply", "a.plan", "--max-requests", "11", "--format", "json", env=tenant.env)
        assert bounded.code == 5
        report = bounded.json()
        assert len(tenant.log()) - before <= 11
        assert report["requests"] <= 11
        assert report["applied"] + report["failed"] + report["not_attempted"] == 30
        assert report["not_attempted"] >= 19
        assert report["applied"] == len(tenant.records("statusReasons"))
        assert run_ok(folder, "apply", "--auto-approve", env=tenant.env).code == 0
        assert len(tenant.records("statusReasons")) == 30


def test_max_requests_counts_all_requests_of_the_command(folder: Path, tenant: ServedTenant) -> None:
    forecast = run_ok(folder, "plan", "--format", "json", env=tenant.env).json()["requests"]["forecast"]
    tenant = tenant.without_records()
    bounded = run_in_process(folder, "apply", "--auto-approve", "--max-requests", f"{forecast - 2}", env=tenant.env)
    assert (bounded.code, len(tenant.log())) == (1, forecast - 2)
    assert f"The limit of {forecast - 2} requests is reached" in bounded.stderr
    tenant = tenant.without_records()
    whole = ("apply", "--auto-approve", "--max-requests", f"{forecast}", "--format", "json")
    assert run_ok(folder, *whole, env=tenant.env).json()["requests"] == len(tenant.log()) == forecast


def test_a_limit_that_stops_the_list_after_the_creates_leaves_the_run_unfinished(
    folder: Path, tenant: ServedTenant
) -> None:
    forecast = run_ok(folder, "plan", "--format", "json", env=tenant.env).json()["requests"]["forecast"]
    tenant = tenant.without_records()
    apply = ("apply", "--auto-approve", "--max-requests", f"{forecast - 1}")
    result = run_in_process(folder, *apply, env=tenant.env)
    assert (result.code, len(tenant.log())) == (5, forecast - 1)
    assert f"The limit of {forecast - 1} requests is reached" in result.stderr
    assert "RC541" in result.stderr
    assert result.last == "Apply incomplete! Resources: 1 added, 0 changed, 0 destroyed."
    assert run_ok(folder, "resume", env=tenant.env).last.startswith("Apply complete!")


def test_of_two_applies_the_second_waits_or_names_the_first(folder: Path, tenant: ServedTenant) -> None:
    with start_command(folder, ("apply", "--auto-approve"), tenant.env) as first:
        wait_until(lambda: bool(tenant.log()))
        impatient = run_in_process(folder, "apply", "--auto-approve", env=tenant.env)
        assert (impatient.code, impatient.stdout) == (3, "")
        assert f"process {first.pid}" in impatient.stderr
        assert "--lock-timeout" in impatient.stderr
        patient = run_in_process(folder, "apply", "--auto-approve", "--lock-timeout", "60", env=tenant.env)
        assert patient.code == 0, patient
        assert patient.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed."
        assert first.wait(timeout=30) == 0
    assert len(tenant.records("statusReasons")) == 1


def wait_until(done: object) -> None:
    assert callable(done)
    for _ in range(2000):
        if done():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_projects_with_equal_tenant_names_have_separate_locks(tmp_path: Path) -> None:
    one, other = (make_project(tmp_path / name, settings=SETTINGS) for name in ("one", "other"))
    state = {"RHYTHMCONF_STATE_DIR": str(tmp_path / "state")}
    run_ok(one, "apply", "--auto-approve", env=state)
    run_ok(other, "apply", "--auto-approve", env=state)
    assert len(list((tmp_path / "state/locks").glob("*.lock"))) == 2


def test_the_folder_of_the_project_can_be_named(folder: Path, tmp_path: Path) -> None:
    named = run_ok(tmp_path, "plan", "-C", "project", "-o", "a.plan")
    assert named.last == "Plan: 1 to add, 0 to change, 0 to destroy."
    assert (folder / "a.plan").exists()
    assert run_ok(folder / "config", "plan").last == named.last
    run_ok(tmp_path, "apply", "-C", "project", "a.plan", "--journal", "run.jsonl")
    [*_, end] = [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()]
    assert end
    assert (folder / "a.plan").stat().st_mode & 0o777 == 0o600
    missing = run_in_process(tmp_path, "plan", "-C", "gone")
    assert missing.code == 1
    assert " --> gone" in missing.stderr


def test_formats_and_files_are_paired_in_order(folder: Path) -> None:
    both = run_ok(folder, "plan", "--format", "json", "--output-file", "a.json", "--format", "text")
    assert both.last == "Plan: 1 to add, 0 to change, 0 to destroy."
    assert json.loads((folder / "a.json").read_text())["summary"]["create"] == 1
    for more in ((), ("--summary",)):
        twice = run_ok(folder, "plan", "--format", "text", "--output-file", "a.txt", "--format", "text", *more)
        assert (folder / "a.txt").read_text() == twice.stdout
    run_ok(folder, "plan", "--format", "text", "--output-file", "a.txt", "--color", "always")
    assert (folder / "a.txt").read_text().splitlines()[-1] == both.last
    assert "\x1b" not in (folder / "a.txt").read_text()
    for wrong in (
        ("--format", "json", "--format", "text"),
        ("--output-file", "a", "--output-file", "b"),
        ("--format", "json", "--output-file", "a", "--format", "html", "--output-file", "./a"),
    ):
        result = run_in_process(folder, "plan", *wrong)
        assert (result.code, result.stdout) == (1, "")
        assert "  help: " in result.stderr
    nowhere = run_in_process(folder, "plan", "--output-file", "gone/a.txt")
    assert nowhere.code == 1
    assert "gone/a.txt" in nowhere.stderr


def test_format_json_prints_the_same_as_the_saved_plan(folder: Path) -> None:
    planned = run_ok(folder, "plan", "--format", "json", "-o", "a.plan")
    assert planned.stdout == (folder / "a.plan").read_text()
    assert run_ok(folder, "show", "plan", "a.plan", "--format", "json").stdout == planned.stdout


def test_a_plan_is_not_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    (folder / "a.plan").symlink_to(tmp_path / "elsewhere")
    result = run_in_process(folder, "plan", "-o", "a.plan")
    assert result.code == 1
    assert "symbolic link" in result.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_colour_is_chosen_by_flag_or_variable(folder: Path) -> None:
    assert "\x1b[" not in run_ok(folder, "plan").stdout
    assert "\x1b[32m" in run_ok(folder, "plan", "--color", "always").stdout
    assert "\x1b[32m" in run_ok(folder, "plan", env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[32m" in run_ok(folder, "plan", env={"RHYTHMCONF_COLOR": "always", "NO_COLOR": "1"}).stdout
    assert "\x1b[" not in run_ok(folder, "plan", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout


def test_quiet_hides_everything_but_errors(folder: Path) -> None:
    assert run_ok(folder, "plan", "-q").stderr == ""
    assert run_ok(folder, "plan").stderr != ""
    edit_file(folder / "config/reasons.yaml", "is_active", "is_activ")
    assert "is_activ" in run_in_process(folder, "plan", "-q").stderr


def test_variables_set_environment_and_format(folder: Path) -> None:
    assert run_ok(folder, "plan", env={"RHYTHMCONF_ENV": "guarded"}).stdout.startswith("guarded  ")
    assert run_ok(folder, "plan", "--env", "local", env={"RHYTHMCONF_ENV": "guarded"}).stdout.startswith("local  ")
    assert run_ok(folder, "plan", env={"RHYTHMCONF_FORMAT": "json"}).json()["environment"] == "local"


def test_only_the_answer_yes_approves(folder: Path) -> None:
    for answer in ("y\n", "YES\n"):
        result = run_at_terminal(folder, "apply", answer=answer)
        assert result.code == 3, (answer, result)
        assert "not approved" in result.stderr
    assert run_ok(folder, "plan").last == "Plan: 1 to add, 0 to change, 0 to destroy."
    agreed = run_at_terminal(folder, "apply", answer="yes\n")
    assert (agreed.code, agreed.last) == (0, "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
    assert "Apply this to local?" in agreed.stderr
    assert "+ statusReason/lapsed" in agreed.stdout
    again = run_at_terminal(folder, "apply", answer="")
    assert (again.code, "Apply this" in again.stderr) == (0, False)


def test_verbose_logs_each_request_without_the_token(folder: Path, tenant: ServedTenant) -> None:
    quiet = run_in_process(folder, "plan", env=tenant.env)
    planned = run_in_process(folder, "plan", "-v", "-q", "--format", "json", env=tenant.env)
    assert planned.json()["summary"]["create"] == 1
    made = [f"{one['method']} {one['path'].partition('?')[0]}" for one in tenant.log()]
    assert [re.sub(r": 200 OK, \d+ ms$", "", line) for line in planned.stderr.splitlines()] == made[len(made) // 2 :]
    assert quiet.stderr == "apply with: rhythmconf apply --env local\n"
    applied = run_in_process(
        folder, "apply", "--auto-approve", "-v", env={**tenant.env, "RHYTHMCONF_TOKEN": "wrong-token"}
    )
    assert re.search(r"(?m)^GET /certifications/statusReasons/\S+: 401 Unauthorized, \d+ ms$", applied.stderr)
    assert "-token" not in planned.stderr + applied.stderr


def test_without_a_terminal_an_unapproved_apply_ends_at_once(folder: Path) -> None:
    result = run(folder, "apply", timeout=60)
    assert (result.code, result.stdout) == (1, "")
    assert "--auto-approve" in result.stderr
    assert "plan -o FILE" in result.stderr


@pytest.mark.parametrize("arguments", [("plan",), ("validate",), ("--help",), ("schema",)], ids=lambda one: str(one[0]))
def test_a_closed_pipe_causes_no_error(folder: Path, arguments: tuple[str, ...]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=make_environ(folder), stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)
    assert (done.returncode, done.stderr.replace(b"apply with: rhythmconf apply --env local\n", b"")) == (0, b"")


def test_an_interrupt_ends_with_130_and_leaves_what_the_next_run_repairs(folder: Path, tenant: ServedTenant) -> None:
    documents = [f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}}}\n" for n in range(40)]
    (folder / "config/reasons.yaml").write_text("---\n".join(documents))
    process = subprocess.Popen(
        [*COMMAND, "apply", "--auto-approve", "--format", "json"],
        cwd=folder,
        env=make_environ(folder, tenant.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: len(tenant.log()) > 5)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    report = json.loads(stdout)
    assert report["applied"] + report["failed"] + report["not_attempted"] == 40
    assert report["not_attempted"] > 0
    assert run_process_ok(folder, "apply", "--auto-approve", env=tenant.env).code == 0
    assert len(tenant.records("statusReasons")) == 40


def test_the_state_of_a_run_is_private(folder: Path) -> None:
    run_ok(folder, "apply", "--auto-approve")
    state = folder / ".rhythmconf" / "state"
    files = [path for path in state.rglob("*") if path.is_file()]
    assert files
    for path in {*files, *(path.parent for path in files)}:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_init_never_overwrites(tmp_path: Path) -> None:
    begun = run_ok(tmp_path, "init", "demo")
    assert "cd demo && rhythmconf validate" in begun.stderr.splitlines()[-1]
    assert begun.last == "  demo/rhythmconf.yaml"
    again = run_in_process(tmp_path, "init", "demo")
    assert again.code == 1
    assert "already there" in again.stderr
    assert "project: demo\n" in (tmp_path / "demo/rhythmconf.yaml").read_text()
    named = run_ok(tmp_path, "init", "other", "--project", "harbor")
    assert named.code == 0
    assert "project: harbor\n" in (tmp_path / "other/rhythmconf.yaml").read_text()


def test_show_prints_the_desired_state(folder: Path) -> None:
    text = run_ok(folder, "show", "statusReason/lapsed").stdout
    assert "config/reasons.yaml" in text
    assert '"name": "Lapsed"' in text
    shown = run_ok(folder, "show", "certifications/statusReason/lapsed", "--format", "json").json()
    assert shown["spec"] == {"name": "Lapsed", "is_active": True}
    missing = run_in_process(folder, "show", "statusReason/lapsd")
    assert missing.code == 1
    assert "lapsed" in missing.stderr


SENSELESS = [
    *(f"drift {option}" for option in (
        "--destroy", "--retire", "--prune program/x", "--prune-duplicate 1", "--prune-duplicates", "--allow program/x",
        "--allow-updates program=50%", "--allow-deletes program=50%", "--allow-behind", "--allow-absent",
        "--ours program/x", "--theirs program/x",
    )),
    "promote --from local --to remote --destroy",
]  # fmt: skip
UNUSED = [
    ("doctor --kind program", "--kind changes nothing without --probe"),
    ("graph --depth 2", "--depth changes nothing without KIND/KEY"),
    ("show plan saved.plan --live", "--live changes nothing for a plan or a run"),
    ("show run 2026 --live", "--live changes nothing for a plan or a run"),
    ("adopt --review a.md -o b.plan", "--out changes nothing with --review"),
    ("adopt --review a.md --auto-approve", "--auto-approve changes nothing with --review"),
    ("adopt -o b.plan --auto-approve", "--auto-approve changes nothing with --out"),
    ("rollback 2026 -o b.plan --auto-approve", "--auto-approve changes nothing with --out"),
    ("pull --snapshot s.json --dry-run", "--dry-run changes nothing with --snapshot"),
    ("pull --snapshot s.json --as-overlay", "--as-overlay changes nothing with --snapshot"),
    ("pull --snapshot s.json --layout {key}.yaml", "--layout changes nothing with --snapshot"),
    ("pull --snapshot s.json --key-map map.yaml", "--key-map changes nothing with --snapshot"),
]


def test_a_command_has_no_option_that_makes_no_sense_for_it(folder: Path) -> None:
    for words in SENSELESS:
        result = run_in_process(folder, *words.split())
        assert (result.code, result.stdout) == (1, ""), words
        assert "error[RC002]: No such option '--" in result.stderr, (words, result)
    for words in ("drift", "drift --only program/lapsed", "drift --no-base", "drift --base HEAD"):
        assert "No such option" not in run_in_process(folder, *words.split(), "--env", "local").stderr, words


def test_an_option_that_changes_nothing_is_refused(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    for words, message in UNUSED:
        result = run_in_process(folder, *words.split(), "--env", "local")
        assert (result.code, result.stdout) == (1, ""), words
        assert f"error[RC002]: {message}" in result.stderr, (words, result)
    assert sorted(folder.rglob("*")) == before


def test_git_ignores_the_plans_of_a_new_project(tmp_path: Path) -> None:
    run_ok(tmp_path, "init", "demo")
    git(tmp_path / "demo", "init", "-q", "-b", "main")
    commit_all(tmp_path / "demo", "first")
    run_ok(tmp_path / "demo", "plan", "-o", "local.plan")
    (tmp_path / "demo/plans").mkdir()
    run_ok(tmp_path / "demo", "plan", "-o", "plans/other.plan")
    assert git(tmp_path / "demo", "status", "--porcelain") == ""
