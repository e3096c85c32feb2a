"""What a merge or a tool for large files leaves in a file is named, wherever it is, and never sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import SETTINGS, make_project, run_in_process, run_ok

NOTICE = """\
kind: notice
key: renewal
files: {/email/body: renewal.html}
spec:
  name: Renewal
  is_active: true
  email: {from: a@example.org, subject: Renew}
"""
TEXT = "<p>Dear member,</p>\n"
CONFLICT = "{0}<<<<<<< HEAD\n{1}=======\n{2}>>>>>>> review\n{3}"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{0:064d}\nsize 12345\n"
OVERLAY = "kind: notice\nkey: renewal\nspec: {is_active: false}\n"
BINDINGS = "invoiceTemplate:\n  standard: i1\n"
FILES = {
    "config/renewal.yaml": NOTICE,
    "config/renewal.html": TEXT,
    "overlays/local/renewal.yaml": OVERLAY,
    "bindings/local.yaml": BINDINGS,
}
MARKED = {
    "config/renewal.yaml": CONFLICT.format("", NOTICE, NOTICE.replace("Renew}", "Renew!}"), ""),
    "config/renewal.html": CONFLICT.format("<p>Hi</p>\n", TEXT, "<p>Dear Ada,</p>\n", ""),
    "overlays/local/renewal.yaml": CONFLICT.format(OVERLAY, "protect: true\n", "protect: false\n", ""),
    "bindings/local.yaml": CONFLICT.format(BINDINGS, "  other: i2\n", "  third: i3\n", ""),
    "rhythmconf.yaml": CONFLICT.format(SETTINGS, "module: certifications\n", "module: membership\n", ""),
}


def lines_of_markers(text: str) -> str:
    one, two, three = (n for n, line in enumerate(text.splitlines(), 1) if line[:7] in ("<<<<<<<", "=" * 7, ">>>>>>>"))
    return f"conflict markers in lines {one}, {two} and {three}"


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("command", ["validate", "plan", "apply --auto-approve"])
def test_a_conflict_is_named_with_its_lines_and_stops_every_command(tmp_path: Path, name: str, command: str) -> None:
    files = {**FILES, name: MARKED[name]}
    folder = make_project(tmp_path, files, SETTINGS)
    if name == "rhythmconf.yaml":
        (folder / name).write_text(MARKED[name])
    ran = run_in_process(folder, *command.split(), "--env", "local")
    assert ran.code == 1
    assert not (folder / ".rhythmconf/local.db").exists()
    said = ran.stdout + ran.stderr
    assert "error[RC113]" in said
    assert lines_of_markers(MARKED[name]) in said
    assert name in said
    assert "remove the lines of markers" in said


@pytest.mark.parametrize("name", [*FILES, "rhythmconf.yaml"])
def test_a_pointer_of_git_lfs_is_named_with_the_command_that_helps(tmp_path: Path, name: str) -> None:
    folder = make_project(tmp_path, FILES, SETTINGS)
    (folder / name).write_text(POINTER)
    ran = run_in_process(folder, "validate")
    said = ran.stdout + ran.stderr
    assert ran.code == 1
    assert "error[RC114]" in said
    assert name in said
    assert "git lfs pull" in said


PLAN = '{\n"format_version": 1,\n"tool": "0.2",\n"changes": []\n}\n'
SCHEMA = '{\n  "type": "object",\n  "x-resource": {}\n}\n'
OTHERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "overrides/local.txt": ("--allow notice/renewal\n", ("validate", "plan", "apply --auto-approve", "pull")),
    "kinds/certifications/thing.json": (SCHEMA, ("validate", "plan", "pull", "schema", "graph")),
    "saved.plan": (PLAN, ("apply saved.plan", "show plan saved.plan", "rollback --plan saved.plan")),
    "tenant.json": (PLAN, ("plan --live tenant.json", "plan --live ./tenant.json")),
    "keys.yaml": ("notice:\n  i1: renewal\n", ("pull --key-map keys.yaml", "pull --dry-run --key-map keys.yaml")),
    "config/renewal.json": ('{"kind": "statusReason", "key": "r",\n"spec": {"name": "R"}}\n', ("validate", "format")),
}
"""Each other kind of file that is read, with its text and the commands that read it."""


@pytest.mark.parametrize("left", ["conflict", "pointer"])
@pytest.mark.parametrize(("name", "command"), [(name, one) for name in OTHERS for one in OTHERS[name][1]])
def test_every_file_that_is_read_is_looked_at(tmp_path: Path, left: str, name: str, command: str) -> None:
    text = OTHERS[name][0]
    half = text.index("\n") + 1
    marked = CONFLICT.format(text[:half], text[half:], text[half:], "")
    settings = SETTINGS + ("schemas: [kinds]\n" if name.startswith("kinds/") else "")
    folder = make_project(tmp_path, {**FILES, name: marked if left == "conflict" else POINTER}, settings)
    words = command.split()
    ran = run_in_process(folder, *words, *(("--env", "local") if words[0] in ("plan", "apply", "pull") else ()))
    said = ran.stdout + ran.stderr
    assert ran.code == 1, said
    assert not (folder / ".rhythmconf/local.db").exists()
    assert f"error[{'RC113' if left == 'conflict' else 'RC114'}]" in said
    assert f"{name}:{2 if left == 'conflict' else 1}:1" in said
    assert (lines_of_markers(marked) if left == "conflict" else "this is a pointer of Git LFS") in said
    assert ("remove the lines of markers" if left == "conflict" else "git lfs pull") in said


def test_a_conflict_in_the_overrides_of_another_environment_stops_no_plan(tmp_path: Path) -> None:
    settings = SETTINGS.replace("environments:\n", "environments:\n  other: {tenant: t2, embedded: other.db}\n")
    marked = CONFLICT.format("", "--retire\n", "", "")
    folder = make_project(tmp_path, {**FILES, "overrides/other.txt": marked}, settings)
    run_ok(folder, "plan", "--env", "local")
    ran = run_in_process(folder, "validate")
    assert ran.code == 1
    assert "overrides/other.txt:1:1" in ran.stdout


def test_a_heading_in_a_mail_is_no_conflict_and_one_marker_is_a_warning(tmp_path: Path) -> None:
    used = {name: text for name, text in FILES.items() if name != "bindings/local.yaml"}  # no document uses a binding
    folder = make_project(tmp_path, used, SETTINGS)
    (folder / "config/renewal.html").write_text("Renewal\n=======\n\nDear member,\n")
    assert run_ok(folder, "validate").last.startswith("All checks passed")
    (folder / "config/renewal.html").write_text("Dear member,\n>>>>>>> review\n")
    warned = run_ok(folder, "validate")
    assert "warning[RC113]: 'config/renewal.html': line 2 begins like a conflict marker" in warned.stdout


HIDDEN = {
    "config/renewal.yaml": NOTICE.replace("spec:\n", "spec:\n  # as it is\u2028  display_order: 3\n"),
    "overlays/local/renewal.yaml": f"# as it is\u2029protect: false\n{OVERLAY}",
    "bindings/local.yaml": f"{BINDINGS}  # the old one\u0085  other: i2\n",
    "rhythmconf.yaml": f"# sandbox only\rmodule: membership\n{SETTINGS}",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_comment_hides_no_line_from_a_reviewer(tmp_path: Path, name: str) -> None:
    folder = make_project(tmp_path, FILES, SETTINGS)
    (folder / name).write_bytes(HIDDEN[name].encode())
    ran = run_in_process(folder, "validate", "--env", "local")
    said = ran.stdout + ran.stderr
    assert ran.code == 1
    assert "error[RC112]" in said
    assert f" --> {name}:" in said


def test_a_text_file_may_have_line_separators(tmp_path: Path) -> None:
    folder = make_project(tmp_path, FILES, SETTINGS)
    (folder / "config/renewal.html").write_bytes("Dear\u2028member\u0085\r\n".encode())
    plan = run_ok(folder, "plan", "--format", "json").json()
    assert plan["changes"][0]["body"]["email"]["body"] == "Dear\u2028member\u0085\n"
