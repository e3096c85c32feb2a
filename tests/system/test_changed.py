"""`plan --changed` plans what the files changed since the base, reads only its kinds, and says what it left out."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.catalogs import make_schema, write_schemas
from tests.support.git import commit_all, git
from tests.support.process import (
    SETTINGS,
    ServedTenant,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
    write_files,
)

REF = "refs/rhythmconf/applied/local"
FILES = {
    "config/groups.yaml": "kind: programGroup\nkey: diving\nspec: {name: Diving}\n",
    "config/programs.yaml": "kind: program\nkey: diver\nspec: {name: Diver, group_id: diving}\n"
    "---\nkind: program\nkey: crane\nspec: {name: Crane}\n",
    "config/notices.yaml": "kind: notice\nkey: hi\nspec: {name: Hi, email: {subject: Hi}}\n"
    "files: {/email/body: body.html}\n",
    "config/reasons.yaml": "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed}\n",
    "config/body.html": "<p>Hi</p>\n",
    "overlays/local/crane.yaml": "kind: program\nkey: crane\nspec: {description: One}\n",
    ".gitignore": ".rhythmconf/\n*.plan\n",
}


@pytest.fixture(scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("changed") / "project", FILES, SETTINGS)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "first")
    run_ok(folder, "apply", "--auto-approve")
    return folder


@pytest.fixture
def work(_project: Path, tmp_path: Path) -> Path:
    """Return a project in git whose first commit is applied."""
    shutil.copytree(_project, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def planned(folder: Path, *options: str) -> Any:
    return run_ok(folder, "plan", "--changed", "--format", "json", *options).json()


def keys(plan: Any) -> set[str]:
    return {f"{one['action']} {one['key']}" for one in plan["changes"]}


def left_out(plan: Any) -> dict[str, int]:
    return {kind.partition("/")[2]: count for kind, count in plan.get("not_compared", {}).items()}


# The number of lists


EXTRAS = [f"extra{number:02}" for number in range(26)]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedTenant]:
    """Serve a tenant of 30 kinds with five records each, two on a page; the project is beside its log."""
    folder = tmp_path_factory.mktemp("thirty")
    text, id = {"type": "string"}, {"type": "string", "readOnly": True}
    refers = {"run": "template", "template": "program", "program": "group"}
    schemas = [
        make_schema(
            f"club/{kind}",
            {"id": id, "name": text, **({"to_id": {**text, "x-ref": refers[kind]}} if kind in refers else {})},
        )
        for kind in ("group", "program", "template", "run", *EXTRAS)
    ]
    write_schemas(folder / "kinds", *schemas)
    documents = {
        f"config/{kind}.yaml": "---\n".join(
            f"kind: {kind}\nkey: {kind}-{n}\nspec:\n  name: {kind} {n}\n"
            + (f"  to_id: {refers[kind]}-{n}\n" if kind in refers else "")
            for n in range(5)
        )
        for kind in ("group", "program", "template", "run", *EXTRAS)
    }
    settings = SETTINGS.replace("sources: [config]", "sources: [config]\nmodule: club\nschemas: [kinds]")
    make_project(folder, {**documents, ".gitignore": ".rhythmconf/\n*.jsonl\n"}, settings)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder)
    with serve_emulator(folder, "--schemas", "kinds", "--dialect", "list=envelope", "--page-size", "2") as one:
        run_ok(folder, "apply", "--auto-approve", env=one.env)
        yield one


@pytest.mark.parametrize(
    ("edit", "options", "lists"),
    [
        ("template", "--changed", {"template", "program"}),
        ("template", "--only template/template-2", {"template", "program", "group"}),
        ("group", "--changed", {"group"}),
        ("extra07", "--changed", {"extra07"}),
        ("", "--changed", set()),
        ("-run", "--changed", {"run", "template"}),
        ("-group", "--changed", {"group", "program"}),
        ("-run", "--only extra07 --prune run/run-2", {"extra07", "run"}),
        ("template", "", {"group", "program", "template", "run", *EXTRAS}),
    ],
)
def test_a_review_lists_only_the_kinds_it_touches(
    tenant: ServedTenant, edit: str, options: str, lists: set[str]
) -> None:
    folder = tenant.path.parent
    git(folder, "checkout", "-q", "--", ".")
    path = folder / f"config/{edit.removeprefix('-')}.yaml"
    if edit.startswith("-"):
        documents = path.read_text().split("---\n")
        path.write_text("---\n".join(documents[:2] + documents[3:]))
        if edit == "-group":
            edit_file(folder / "config/program.yaml", "  to_id: group-2\n", "")
            lists = lists | {"program"}
    elif edit:
        edit_file(path, f"{edit} 2", "Another name")
    before = len(tenant.log())
    base = ["--no-base"] if "--only" in options and edit.startswith("-") else []
    made = run_in_process(folder, "plan", "--format", "json", *options.split(), *base, env=tenant.env).json()
    assert len(made["changes"]) == bool(edit) + (edit == "-group")
    sent = Counter(tenant.since(before))
    assert sent == Counter({("GET", f"{kind}s", 0): 3 for kind in lists})  # five records, two on a page


# What is planned


def delete(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: edit_file(folder / name, old, new)


def write(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: write_files(folder, {name: text})


def rename_key(folder: Path) -> None:
    edit_file(folder / "config/groups.yaml", "key: diving", "key: dive\nmoved: [diving]")
    edit_file(folder / "config/programs.yaml", "group_id: diving", "group_id: dive")


def move_document(folder: Path) -> None:
    text = (folder / "config/reasons.yaml").read_text()
    (folder / "config/reasons.yaml").unlink()
    write_files(folder, {"config/below/moved.yaml": f"# A comment\n{text}"})


ALL = {"program": 2, "programGroup": 1, "notice": 1, "statusReason": 1}


@pytest.mark.parametrize(
    ("change", "changes", "not_compared"),
    [
        (lambda _: None, set(), ALL),
        (edit("config/groups.yaml", "Diving", "Dives"), {"update diving"}, {**ALL, "programGroup": 0}),
        (edit("config/programs.yaml", "Diver", "Divers"), {"update diver"}, {**ALL, "program": 1}),
        (edit("overlays/local/crane.yaml", "One", "Two"), {"update crane"}, {**ALL, "program": 1}),
        (delete("overlays/local/crane.yaml"), {"update crane"}, {**ALL, "program": 1}),
        (edit("config/body.html", "Hi", "Ho"), {"update hi"}, {**ALL, "notice": 0}),
        (edit("config/reasons.yaml", "spec:", "protect: true\nspec:"), {"update lapsed"}, {**ALL, "statusReason": 0}),
        (delete("config/reasons.yaml"), {"delete lapsed"}, {**ALL, "statusReason": 0}),
        (write("config/new.yaml", FILES["config/reasons.yaml"].replace("apsed", "eft")), {"create left"}, ALL),
        (rename_key, {"update dive"}, {**ALL, "programGroup": 0, "program": 1}),
        (move_document, set(), ALL),
        (write("bindings/local.yaml", "programGroup: {}\n"), set(), ALL),
        (write("README.md", "Nothing of this is configuration.\n"), set(), ALL),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_changed_since_the_base_is_planned_and_nothing_else(
    work: Path, change: Callable[[Path], None], changes: set[str], not_compared: dict[str, int]
) -> None:
    change(work)
    made = planned(work)
    assert keys(made) == changes
    assert left_out(made) == {kind: count for kind, count in not_compared.items() if count}
    assert made["changed_since"] == git(work, "rev-parse", "HEAD")


def test_commits_and_uncommitted_edits_count_alike(work: Path) -> None:
    base = git(work, "rev-parse", "HEAD")
    rename_key(work)
    commit_all(work)
    delete("config/reasons.yaml")(work)
    commit_all(work)
    edit("config/body.html", "Hi", "Ho")(work)
    made = planned(work)
    assert keys(made) == {"update dive", "delete lapsed", "update hi"}
    assert (left_out(made), made["changed_since"]) == ({"program": 1}, base)


def test_a_record_that_is_bound_anew_is_planned_with_what_refers_to_it(work: Path) -> None:
    edit_file(work / "config/groups.yaml", "Diving", "Dives")
    id = planned(work)["changes"][0]["id"]
    git(work, "checkout", "-q", "--", ".")
    write_files(work, {"bindings/local.yaml": f"programGroup:\n  diving: {id}\n"})
    assert left_out(planned(work)) == {"program": 1, "notice": 1, "statusReason": 1}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (edit("rhythmconf.yaml", "version: 1", "version: 1\nlint: {}"), "rhythmconf.yaml changed since"),
        (lambda folder: git(folder, "update-ref", "-d", REF), "there is no base"),
    ],
    ids=["settings", "no base"],
)
def test_everything_is_planned_where_nothing_shows_what_changed(
    work: Path, change: Callable[[Path], object], why: str
) -> None:
    edit_file(work / "config/groups.yaml", "Diving", "Dives")
    change(work)
    shutil.rmtree(work / ".rhythmconf/state", ignore_errors=True)
    ran = run_ok(work, "plan", "--changed", "--format", "json")
    assert f"warning[RC554]: --changed: everything was planned, because {why}" in ran.stderr
    assert keys(ran.json()) == {"update diving"}
    assert not {"not_compared", "changed_since"} & ran.json().keys()


def test_a_schema_of_the_project_may_concern_every_document(work: Path) -> None:
    edit_file(work / "rhythmconf.yaml", "sources:", "schemas: [kinds]\nsources:")
    schema = make_schema("certifications/badge", {"name": {"type": "string"}})
    write_schemas(work / "kinds", schema)
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    assert "RC554" not in run_ok(work, "plan", "--changed").stderr
    write_schemas(work / "kinds", {**schema, "description": "A badge."})
    assert "because kinds changed since" in run_ok(work, "plan", "--changed").stderr
    commit_all(work)
    assert "because kinds changed since" in run_ok(work, "plan", "--changed").stderr


# The history


def test_what_the_checkout_lacks_is_no_change_of_it(work: Path) -> None:
    git(work, "switch", "-q", "-c", "topic")
    edit_file(work / "config/groups.yaml", "Diving", "Dives")
    fork = git(work, "rev-parse", "main")
    commit_all(work)
    git(work, "switch", "-q", "main")
    edit_file(work / "config/reasons.yaml", "Lapsed", "Gone")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    git(work, "switch", "-q", "topic")
    behind = run_in_process(work, "plan", "--changed", "--format", "json")
    assert behind.code == 3
    assert "this checkout lacks 1 applied commit" in behind.stderr
    assert keys(behind.json()) == {"update diving"}
    assert behind.json()["changed_since"] == fork
    git(work, "merge", "-q", "--no-edit", "main")
    assert keys(planned(work)) == {"update diving"}


def test_without_a_repository_or_a_base_that_can_be_read_the_error_says_what_to_do(work: Path, tmp_path: Path) -> None:
    for words in ("Dives", "Dived"):
        write_files(work, {"config/groups.yaml": FILES["config/groups.yaml"].replace("Diving", words)})
        commit_all(work)
    shallow = tmp_path / "shallow"
    git(work, "clone", "-q", "--depth", "1", f"file://{work}", str(shallow))
    git(shallow, "fetch", "-q", "--depth", "1", "origin", "+refs/rhythmconf/*:refs/rhythmconf/*")
    shutil.copytree(work / ".rhythmconf", shallow / ".rhythmconf")
    ran = run_in_process(shallow, "plan", "--changed")
    assert (ran.code, "error[RC534]: this clone is shallow" in ran.stderr) == (3, True)
    assert "git fetch --unshallow" in ran.stderr
    shutil.rmtree(work / ".git")
    ran = run_in_process(work, "plan", "--changed")
    assert (ran.code, ran.stderr) == (
        1,
        "error[RC002]: --changed needs a git work tree\n  help: leave it out: everything is planned\n",
    )


def test_a_project_in_a_folder_below_compares_its_own_files(tmp_path: Path) -> None:
    below = make_project(tmp_path / "down/below", FILES, SETTINGS)
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    run_ok(below, "apply", "--auto-approve")
    write_files(tmp_path, {"rhythmconf.yaml": "of another project\n", "config/other.yaml": "kind: nothing\n"})
    edit_file(below / "config/groups.yaml", "Diving", "Dives")
    commit_all(tmp_path)
    assert keys(planned(below)) == {"update diving"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("plan", "--changed", "--only", "program"), "--changed and --only contradict each other"),
        (("plan", "--changed", "--no-base"), "--changed and --no-base contradict each other"),
        (("plan", "--changed", "--destroy"), "--destroy deletes every record of this project"),
        (("plan", "--changed", "--prune-duplicates"), "can't be combined with --changed"),
        (("plan", "--changed", "--empty-tenant"), "--changed changes nothing with --empty-tenant"),
        (("apply", "some.plan", "--changed"), "--changed"),
    ],
)
def test_options_that_contradict_it_are_refused(work: Path, options: tuple[str, ...], message: str) -> None:
    write_files(work, {"some.plan": "{}"})
    ran = run_in_process(work, *options)
    assert (ran.code, message in ran.stderr) == (1, True), ran.stderr


# The apply


def test_a_complete_apply_of_what_changed_moves_the_base_and_leaves_the_rest_as_it_is(work: Path) -> None:
    edit_file(work / "config/reasons.yaml", "Lapsed", "By hand")
    run_ok(work, "apply", "--auto-approve", "--only", "statusReason/lapsed", "--no-base")
    git(work, "checkout", "-q", "--", ".")
    edit_file(work / "config/groups.yaml", "Diving", "Dives")
    commit = commit_all(work)
    run_ok(work, "plan", "--changed", "-o", "some.plan")
    shown = run_ok(work, "show", "plan", "some.plan").stdout
    assert "not compared: 4 documents of notice, program and statusReason" in shown
    assert run_ok(work, "apply", "some.plan").last.endswith("0 added, 1 changed, 0 destroyed.")
    assert git(work, "rev-parse", REF) == commit
    assert keys(planned(work)) == set()
    drift = run_ok(work, "plan", "--format", "json").json()["changes"]
    assert [(one["key"], one["class"]) for one in drift] == [("lapsed", "drift")]


def test_a_base_that_the_user_names_is_not_taken_for_what_was_applied(work: Path) -> None:
    first = git(work, "rev-parse", "HEAD")
    edit_file(work / "config/groups.yaml", "Diving", "Dives")
    commit_all(work)
    ran = run_ok(work, "apply", "--auto-approve", "--changed", "--base", "HEAD")
    assert ran.last.endswith("0 added, 0 changed, 0 destroyed.")
    assert git(work, "rev-parse", REF) == first
    assert keys(planned(work)) == {"update diving"}


# What the reports say


def test_every_report_says_what_was_not_compared(work: Path) -> None:
    edit_file(work / "config/groups.yaml", "Diving", "Dives")
    edit_file(work / "config/reasons.yaml", "Lapsed", "Left")
    base = git(work, "rev-parse", "HEAD")[:12]
    words = f"nly what the files changed since {base}; not compared: 3 documents of "
    formats = ("text", "json", "markdown", "html", "sarif", "junit", "github")
    outputs = [part for format in formats for part in ("--format", format, "--output-file", f"out/{format}")]
    (work / "out").mkdir()
    run_ok(work, "plan", "--changed", *outputs)
    reports = {format: (work / "out" / format).read_text() for format in formats}
    for format in set(formats) - {"json", "markdown"}:
        assert words in reports[format], format
    assert words in reports["markdown"].replace("`", "")
    assert left_out(json.loads(reports["json"])) == {"program": 2, "notice": 1}
    run = json.loads(reports["sarif"])["runs"][0]
    assert run["automationDetails"]["id"] == "rhythmconf/plan/local/changed/"
    assert "not compared" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    scope = ElementTree.fromstring(reports["junit"]).find("testsuite/properties/property")
    assert scope is not None
    assert "not compared" in scope.attrib["value"]


@pytest.mark.parametrize("options", [("--changed",), ("--only", "program")])
def test_no_changes_is_not_said_of_what_was_not_compared(work: Path, options: tuple[str, ...]) -> None:
    for format in ("markdown", "html", "github"):
        for command in ("plan", "drift") if "--only" in options else ("plan",):
            shown = run_in_process(work, command, "--format", format, *options).stdout
            assert "The tenant matches the files" not in shown, (command, format)
            assert "in the documents that were compared" in shown, (command, format)
    text = run_ok(work, "plan", *options).stdout
    assert text.splitlines()[-1] == "No changes."
    assert "not compared: " in text
    assert run_ok(work, "plan", *options, "--detailed-exitcode").code == 0
    assert "The tenant matches the files" in run_ok(work, "plan", "--format", "markdown").stdout


# Documents that --only leaves out


def test_a_document_that_is_left_out_keeps_its_record(work: Path) -> None:
    pruned = run_in_process(work, "plan", "--only", "programGroup/diving", "--prune", "statusReason/lapsed")
    assert (pruned.code, "statusReason/lapsed is not deleted: it has a document" in pruned.stderr) == (1, True)
    write_files(work, {"config/twin.yaml": "kind: statusReason\nkey: twin\nspec: {name: Lapsed}\n"})
    twin = run_ok(work, "plan", "--only", "statusReason/twin")
    assert "which has no document any more" not in twin.stderr
    assert twin.last == "Plan: 1 to add, 0 to change, 0 to destroy."


def test_what_is_wrong_with_a_document_that_is_left_out_does_not_stop_a_plan(work: Path) -> None:
    write_files(work, {"config/b.yaml": "kind: statusReason\nkey: b\nmoved: [lapsed]\nspec: {name: B}\n"})
    assert "has a document of its own" in run_in_process(work, "plan").stderr
    assert run_ok(work, "plan", "--no-base", "--only", "statusReason/lapsed").last == "No changes."
    assert "has a document of its own" in run_in_process(work, "plan", "--only", "statusReason/b").stderr


def test_a_document_that_is_left_out_counts_as_if_the_tenant_had_it(work: Path, applied_example: Path) -> None:
    """Findings about a plan compare with the tenant: what was not read is not new, and its texts are not unknown."""
    path = applied_example / "config/billing/renewal-reminders.yaml"
    path.write_text(path.read_text().replace("pre_processing_lead_time: 1", "pre_processing_lead_time: 2", 1))
    shown = run_ok(applied_example, "plan", "--env", "sandbox", "--changed")
    assert "not compared: 79 documents of 23 kinds" in shown.stdout
    assert "RC729" not in shown.stderr
    exam = "kind: examNotice\nkey: exam\nspec: {name: Exam, email: {subject: 'For {{last_name}}'}}\n"
    write_files(work, {"config/exam.yaml": exam, "config/body.html": "Hi {{first_name}}"})
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    edit_file(work / "config/body.html", "Hi", "Hi {{last_name}}")
    assert "RC728" not in run_ok(work, "plan", "--changed").stderr
    edit_file(work / "config/body.html", "last_name", "lost_name")
    assert "RC728" in run_ok(work, "plan", "--changed").stderr
