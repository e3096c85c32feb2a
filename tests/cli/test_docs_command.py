"""`docs` prints the pages as they are, and copies examples that work; the program names only pages that it prints."""

from __future__ import annotations

import ast
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.process import (
    COMMAND,
    EXAMPLES,
    ROOT,
    make_environ,
    read_terminal,
    run_in_process,
    run_ok,
    run_process_ok,
)

DOCS = ROOT / "docs"
FILE_OF_PAGE = re.compile(r"docs/[a-z-]+\.md")


def test_every_page_is_listed_with_its_title_and_printed_as_it_is(tmp_path: Path) -> None:
    titles = run_ok(tmp_path, "docs", "--format", "json").json()
    lines = run_ok(tmp_path, "docs").stdout.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [[name, title] for name, title in titles.items()]
    assert {f"{name}.md" for name in titles} == {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    for name, title in titles.items():
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {title}\n")
        assert run_ok(tmp_path, "docs", name).stdout == text


@pytest.mark.parametrize("name", ["rules", "rules.md", "docs/rules.md", "rules.md#rc210-reference-to-nothing"])
def test_a_page_is_found_by_the_name_that_links_have(tmp_path: Path, name: str) -> None:
    assert run_ok(tmp_path, "docs", name, "--path").stdout == f"{DOCS / 'rules.md'}\n"
    assert run_ok(tmp_path, "docs", name, "--format", "json").json()["path"] == str(DOCS / "rules.md")


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (("ruls",), "there is no page 'ruls'", "did you mean 'rules'?"),
        (("../README",), "there is no page '../README'", "`rhythmconf docs` lists the pages"),
        (("--path",), "--path changes nothing without PAGE", "leave out --path"),
        (("rules", "--examples", "x"), "a page and --examples exclude each other", "leave out one of them"),
    ],
)
def test_a_slip_is_answered(tmp_path: Path, arguments: tuple[str, ...], message: str, help: str) -> None:
    done = run_in_process(tmp_path, "docs", *arguments)
    assert (done.code, done.stdout, done.stderr) == (1, "", f"error[RC002]: {message}\n  help: {help}\n")


def test_examples_are_copied_whole_and_work(tmp_path: Path) -> None:
    copied = run_ok(tmp_path, "docs", "--examples", "copies")
    assert copied.stdout.split() == ["copies/association", "copies/minimal", "copies/mistakes"]
    names = {path.relative_to(tmp_path / "copies").as_posix() for path in (tmp_path / "copies").rglob("*.*")}
    assert {name.removeprefix("examples/") for name in git(ROOT, "ls-files", "examples").splitlines()} <= names
    assert not [name for name in names if "/." in name]
    assert (tmp_path / "copies/minimal/rhythmconf.yaml").read_bytes() == (
        EXAMPLES / "minimal/rhythmconf.yaml"
    ).read_bytes()
    assert run_ok(tmp_path, "validate", "-C", "copies/minimal").last == "All checks passed: 3 documents, 0 problems."


@pytest.mark.parametrize("name", ["file", "folder"])
def test_examples_are_never_written_over_something(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    for mine in ("file", "folder/mine"):
        (tmp_path / mine).write_text("mine")
    done = run_in_process(tmp_path, "docs", "--examples", name)
    assert done.code == 1
    assert f"{name} is not written: it exists, and is not an empty folder" in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder", "mine"]


def test_a_terminal_gets_the_page_through_the_pager(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho paged\nexec cat\n")
    pager.chmod(0o755)
    ours, theirs = pty.openpty()
    environ = make_environ(tmp_path, {"PAGER": str(pager), "TERM": "xterm"})
    process = subprocess.Popen([*COMMAND, "docs", "network"], env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = read_terminal(ours).decode().replace("\r\n", "\n")
    os.close(ours)
    assert process.wait(60) == 0
    assert seen == f"paged\n{(DOCS / 'network.md').read_text(encoding='utf-8')}"


def test_a_shell_completes_the_pages(tmp_path: Path) -> None:
    asked = {"_RHYTHMCONF_COMPLETE": "bash_complete", "COMP_WORDS": "rhythmconf docs kinds", "COMP_CWORD": "2"}
    shown = run_process_ok(tmp_path, env=asked).stdout.split()
    assert shown == ["plain,kinds", "plain,kinds/certifications", "plain,kinds/membership", "plain,kinds/platform"]


def test_the_program_names_pages_by_the_command_that_prints_them(tmp_path: Path) -> None:
    pages = run_ok(tmp_path, "docs", "--format", "json").json()
    files = [
        path for folder in (ROOT / "rhythmconf", EXAMPLES) for path in folder.rglob("*.*") if path.suffix != ".pyc"
    ]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    named = {name for text in texts.values() for name in re.findall(r"rhythmconf docs ([a-z][a-z/-]*)", text)}
    assert {"kinds", "pipelines", "security", "settings"} <= named <= pages.keys()
    by_file = {path: text for path, text in texts.items() if FILE_OF_PAGE.search(text) and path.suffix != ".md"}
    printed = {path: strings(text) if path.suffix == ".py" else [text] for path, text in by_file.items()}
    assert [path for path, texts in printed.items() if any(map(FILE_OF_PAGE.search, texts))] == []


def strings(code: str) -> list[str]:
    """Return the strings of a module that are no docstrings."""
    nodes = [*ast.walk(ast.parse(code))]
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    values = [node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [value for value in values if isinstance(value, str)]
