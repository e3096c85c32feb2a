"""Every reader takes only regular files inside the project, of a bounded size, and a bounded time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import SETTINGS, Completed, make_project, run, run_in_process, run_ok, write_files

NOTICE = """\
kind: notice
key: soon
files: {/email/body: PATH}
spec: {name: Soon, is_active: true, email: {from: a@example.org, subject: Soon}}
"""
SECRET = "token-0123456789"


@pytest.mark.parametrize(
    "path",
    [
        "../.env",
        "../.git/config",
        "../.GIT/config",
        "../.rhythmconf/secret",
        ".hidden",
        ".hidden/a.html",
        "mails/.a.html",
        "./.env",
        "../config/../.env",
        "...",
    ],
)
def test_a_hidden_file_is_no_text(tmp_path: Path, path: str) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": NOTICE.replace("PATH", path)}, SETTINGS)
    write_files(folder, {f"config/{path}": SECRET} if path != "..." else {})
    ran = run_in_process(folder, "plan")
    assert ran.code == 1
    assert "error[RC125]" in ran.stderr
    assert f"'{path}' is hidden: a part of it begins with a dot" in ran.stderr
    assert SECRET not in ran.stdout + ran.stderr


@pytest.mark.parametrize("target", [".env", ".git/config", "config/.draft.html"])
@pytest.mark.parametrize("through", ["file", "folder"])
def test_a_link_to_a_hidden_file_is_no_text(tmp_path: Path, target: str, through: str) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": NOTICE.replace("PATH", "mails/soon.html")}, SETTINGS)
    write_files(folder, {target: SECRET})
    if through == "file":
        (folder / "config/mails").mkdir()
        (folder / "config/mails/soon.html").symlink_to(folder / target)
    else:
        (folder / ".box").mkdir()
        (folder / ".box/soon.html").write_text(SECRET)
        (folder / "config/mails").symlink_to(folder / ".box")
    ran = run_in_process(folder, "plan")
    assert ran.code == 1
    assert "error[RC100]: this leads to a hidden file" in ran.stderr
    assert "config/mails/soon.html" in ran.stderr
    assert SECRET not in ran.stdout + ran.stderr


def test_a_link_to_another_text_of_the_project_is_read(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": NOTICE.replace("PATH", "soon.html")}, SETTINGS)
    write_files(folder, {"texts/soon.html": "Hello"})
    (folder / "config/soon.html").symlink_to("../texts/soon.html")
    assert run_ok(folder, "validate").last.startswith("All checks passed")


BADGE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Badge",
    "description": "A badge that members may show.",
    "x-resource": {
        "kind": "badge",
        "module": "certifications",
        "segment": "badges",
        "natural_key": ["name"],
        "class": "config",
        "operations": dict.fromkeys(("list", "get", "create", "patch", "delete"), "guess"),
    },
    "type": "object",
    "properties": {
        "id": {"type": "string", "readOnly": True, "description": "Given by the tenant."},
        "name": {"type": "string", "description": "What stands on it."},
    },
    "required": ["name"],
}
WITH_KINDS = SETTINGS.replace("sources: [config]", "sources: [config]\nschemas: [kinds]")


def outside(path: Path) -> None:
    other = path.parents[3] / "outside.json"
    other.write_text(json.dumps({"token": SECRET}))
    path.symlink_to(other)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def directory(path: Path) -> None:
    path.mkdir()


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 * 1024 * 1024 + 1)


SPECIAL: list[Callable[[Path], Any]] = [outside, device, os.mkfifo, directory, large]


def check_refusal(ran: Completed, name: str) -> None:
    assert ran.code == 1, ran
    assert "RC000" not in ran.stderr
    assert name in ran.stdout + ran.stderr
    assert SECRET not in ran.stdout + ran.stderr


@pytest.mark.parametrize("make", SPECIAL)
@pytest.mark.parametrize("command", ["validate", "plan", "schema"])
def test_a_schema_is_a_regular_file_inside_the_project(
    tmp_path: Path, make: Callable[[Path], Any], command: str
) -> None:
    folder = make_project(tmp_path / "project", settings=WITH_KINDS)
    (folder / "kinds/certifications").mkdir(parents=True)
    make(folder / "kinds/certifications/badge.json")
    check_refusal(run(folder, command, timeout=60), "badge.json")


def test_a_folder_of_schemas_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path / "other", {"certifications/badge.json": json.dumps({"token": SECRET})})
    folder = make_project(tmp_path / "project", settings=WITH_KINDS)
    (folder / "kinds").symlink_to(tmp_path / "other")
    check_refusal(run_in_process(folder, "validate"), "this leads out of the project")


LINKS = {
    "a document": "config/x.yaml",
    "an overlay": "overlays/local/x.yaml",
    "the bindings": "bindings/local.yaml",
    "a schema": "kinds/certifications/badge.json",
    "the project file": "rhythmconf.yaml",
}


@pytest.mark.parametrize("target", [".env", ".git/config", ".vault/keys/team"])
@pytest.mark.parametrize("name", LINKS.values(), ids=[*LINKS])
def test_no_file_of_a_project_is_a_link_to_a_hidden_file(tmp_path: Path, name: str, target: str) -> None:
    """A message about what is wrong in a file shows a line of it: here a secret."""
    folder = make_project(tmp_path, settings=WITH_KINDS if name.startswith("kinds") else SETTINGS)
    write_files(folder, {target: f"{SECRET}\n", "config/.keep": ""})
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(folder / target)
    for command in ("validate", "plan"):
        check_refusal(run_in_process(folder, command, "--env", "local"), "this leads to a hidden file")


def test_a_link_to_a_file_of_the_project_that_is_not_hidden_is_read(tmp_path: Path) -> None:
    document = "kind: program\nkey: a\nspec: {name: A, customer_type: contact}\n"
    folder = make_project(tmp_path / ".hidden/project", {"config/.keep": "", "shared/a.yaml": document}, SETTINGS)
    (folder / "config/a.yaml").symlink_to(folder / "shared/a.yaml")
    assert "1 to add" in run_ok(folder, "plan").last


@pytest.mark.parametrize("make", [outside, device, large])
def test_the_project_file_is_a_regular_file_inside_the_project(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    folder = tmp_path / "a" / "b" / "project"
    folder.mkdir(parents=True)
    make(folder / "rhythmconf.yaml")
    ran = run(folder, "validate", timeout=60)
    check_refusal(ran, "rhythmconf.yaml")
    assert "token" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("embedded", "words"),
    [
        ("out/x.db", "out is a symbolic link"),
        (".rhythmconf/x.db", ".rhythmconf/x.db is a symbolic link"),
        ("config/deep/../../out/x.db", "must be a path inside the project"),
        (".git/hooks/pre-commit", "must not be a file of git"),
        ("./.GIT/x.db", "must not be a file of git"),
        ("config", "this is not a regular file"),
    ],
)
def test_an_embedded_tenant_is_a_file_inside_the_project(tmp_path: Path, embedded: str, words: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    settings = SETTINGS.replace(".rhythmconf/local.db", embedded)
    folder = make_project(tmp_path / "project", settings=settings)
    (folder / "out").symlink_to(other)
    (folder / ".git/hooks").mkdir(parents=True)
    (folder / ".rhythmconf").mkdir()
    (folder / ".rhythmconf/x.db").symlink_to(other / "x.db")
    for command in ("plan", "apply --auto-approve"):
        ran = run_in_process(folder, *command.split(), "--no-base")
        assert ran.code == 1, ran
        assert words in ran.stderr
    assert [*other.iterdir(), *(folder / ".git/hooks").iterdir()] == []


def test_git_is_no_source(tmp_path: Path) -> None:
    settings = SETTINGS.replace("sources: [config]", "sources: [.git/config]")
    ran = run_in_process(make_project(tmp_path, settings=settings), "validate")
    assert ran.code == 1
    assert "sources must not name .git/config" in ran.stderr


PATTERNS = {
    "nested": (r"^(a+)+$", "a" * 60 + "!"),
    "nested twice": (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 200),
    "alternatives": (r"^(a|aa)+(?<!b)$", "a" * 80 + "!"),
    "a back-reference": (r"^(a+)+\1?$", "a" * 60 + "!"),
    "a long text": (r"(x+x+)+y", "x" * 50_000),
    "counted": (r"^(?:.{0,60}){0,60}(?=z)$", "b" * 3000),
    "unknown to Python": (r"^\p{Lu}+$", "abc"),
}


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("place", ["pattern", "patternProperties", "propertyNames"])
def test_a_pattern_of_a_schema_ends_in_time(tmp_path: Path, name: str, place: str) -> None:
    pattern, text = PATTERNS[name]
    rules: dict[str, dict[str, Any]] = {
        "pattern": {"type": "string", "pattern": pattern},
        "patternProperties": {"type": "object", "patternProperties": {pattern: {}}, "additionalProperties": False},
        "propertyNames": {"type": "object", "propertyNames": {"pattern": pattern}},
    }
    schema = {**BADGE, "properties": {**BADGE["properties"], "x": {**rules[place], "description": "Anything."}}}
    value = text if place == "pattern" else {text: 1}
    document = {"kind": "badge", "key": "a", "spec": {"name": "A", "x": value}}
    files = {"kinds/certifications/badge.json": json.dumps(schema), "config/a.json": json.dumps(document)}
    folder = make_project(tmp_path, files, WITH_KINDS)
    before = time.process_time()
    ran = run_in_process(folder, "validate", "--format", "json")
    assert time.process_time() - before < 10, "seconds, where a hang takes hours"
    assert ran.code == 1, ran
    [found] = ran.json()["diagnostics"]
    assert found["file"], found
    assert (found["file"], found["code"]) == ("config/a.json", "RC203" if place == "patternProperties" else "RC208")


def test_many_duplicates_are_found_in_time(tmp_path: Path) -> None:
    items = {"type": "object", "description": "One.", "properties": {"n": {"type": "integer"}}}
    field = {"type": "array", "items": items, "uniqueItems": True, "x-list-type": "atomic", "description": "All."}
    schema = {**BADGE, "properties": {**BADGE["properties"], "x": field}}
    document = {"kind": "badge", "key": "a", "spec": {"name": "A", "x": [{"n": n % 20_000} for n in range(20_001)]}}
    files = {"kinds/certifications/badge.json": json.dumps(schema), "config/a.json": json.dumps(document)}
    before = time.process_time()
    ran = run_in_process(make_project(tmp_path, files, WITH_KINDS), "validate", "--format", "json")
    assert time.process_time() - before < 30
    [found] = ran.json()["diagnostics"]
    assert (found["message"], found["pointer"]) == ('x: {"n": 0} is listed twice', "/spec/x/20000")
