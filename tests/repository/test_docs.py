"""The commands of the documentation run in their order, and its links find their target."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import pytest
from click import Context

from rhythmconf.cli.main import app
from rhythmconf.insight.windows.schedules import understand
from tests.support.process import (
    EXAMPLES,
    PROJECT,
    REASON,
    ROOT,
    Completed,
    edit_file,
    make_project,
    run_at_terminal,
    run_in_process,
)

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(EXAMPLES.glob("*/README.md"))]
OWN_TESTS = {
    "docs/calendar.md": "tests/support/pages.py",
    "docs/existing-tenant.md": "tests/system/test_tutorial.py",
    "docs/fleet.md": "tests/support/pages.py",
    "docs/promotion.md": "tests/support/pages.py",
    "docs/start.md": "tests/system/test_tutorial.py",
    "docs/troubleshooting.md": "tests/support/pages.py",
}
"""Pages with a test of their own, which compares the output too."""
SHOWN_ONLY = {"docs/cli.md", "docs/rules.md"}
"""Generated pages whose commands are not run: they are for other projects, or show a mistake (rules.md)."""
COMMAND = re.compile(r"(?:\$ )?(?P<command>(?:rhythmconf|cd) .*)")
EXPECTED = {0, 2}
"""The exit codes that a command of a page may have: done, or changes are pending."""
NOT_RUN = {
    "rhythmconf emulator --port 8088 --db tenant.db --tenant demo": "runs until it is stopped, on a fixed port; "
    "tests/system/test_emulator_curl.py runs it with --port 0",
    "rhythmconf emulator --db tenant.db --people 2000 --seed 7 --calendar zone=America/New_York": "runs until it is "
    "stopped; tests/system/test_emulator_samples.py runs it with fewer people",
    "rhythmconf kinds import contract.yaml --module membership --only idCardTemplate": "needs the vendor's file; "
    "tests/system/test_import_kinds.py imports files that it makes",
    "rhythmconf emulator ready on http://127.0.0.1:8088": "output, not a command",
}
ACCOUNT = {
    "README.md": ("rhythmconf doctor", "rhythmconf pull"),
}  # fmt: skip
"""Commands of a section that is about a real tenant: they need an account. docs/existing-tenant.md has the same, and
its test runs them against a served tenant."""


@dataclass
class Reader:
    """Runs the commands of a page and answers `yes` if `apply` asks."""

    folder: Path
    typed: list[str] = field(default_factory=list)

    def type(self, line: str) -> None:
        # What another program does with the output is not tested here.
        words = shlex.split(line.partition(" | ")[0], comments=True)
        self.typed.append(shlex.join(words))
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            assert self.folder.is_dir(), line
            return
        ran = self.run(words[1:])
        assert ran.code in EXPECTED, (line, ran)

    def run(self, arguments: list[str]) -> Completed:
        asks = arguments[0] == "apply" and "--auto-approve" not in arguments and not _names_a_file(arguments)
        return (
            run_at_terminal(self.folder, *arguments, answer="yes\n")
            if asks
            else run_in_process(self.folder, *arguments)
        )


def _names_a_file(arguments: list[str]) -> bool:
    return any(argument.endswith(".plan") for argument in arguments)


def blocks(page: Path) -> Iterator[str]:
    """Yield the lines of a page's code blocks, fenced or indented. Lines that end with a backslash are joined.

    Blocks of YAML are left out: they are files. Jobs in them have tests of their own.
    """
    fence, joined = "", ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fence = "" if fence else line.strip()
        elif fence != "```yaml" and (fence or line.startswith("    ")):
            joined += line.strip().removesuffix("\\")
            if not line.endswith("\\"):
                yield joined
                joined = ""


def commands(page: Path) -> list[str]:
    """Return the rhythmconf commands of a page."""
    lines = [match["command"] for line in blocks(page) if (match := COMMAND.fullmatch(line))]
    spared = {*NOT_RUN, *ACCOUNT.get(name(page), ())}
    return [line for line in lines if line.partition("  #")[0].strip() not in spared]


def name(page: Path) -> str:
    """Return the path of a page from the top folder of the repository."""
    return page.relative_to(ROOT).as_posix()


WITH_COMMANDS = [page for page in PAGES if commands(page) and name(page) not in OWN_TESTS.keys() | SHOWN_ONLY]
EXAMPLES_OF_COMMANDS = commands(ROOT / "docs/cli.md")


@pytest.mark.parametrize("line", EXAMPLES_OF_COMMANDS)
def test_a_command_that_is_only_shown_is_valid(line: str) -> None:
    _, command, *arguments = shlex.split(line.partition(" | ")[0], comments=True)
    app.get_command(Context(app), command).make_context(command, arguments)  # type: ignore[union-attr]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name)
def test_the_commands_of_a_page_run_in_its_order(page: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path if page == ROOT / "README.md" else example(tmp_path))
    for line in commands(page):
        reader.type(line)
    assert reader.typed


def example(folder: Path) -> Path:
    """Copy the example association, for pages that do not make a project."""
    ignored = shutil.ignore_patterns(".rhythmconf")
    return Path(shutil.copytree(EXAMPLES / "association", folder / "association", ignore=ignored))


def test_commands_that_are_not_run_are_on_a_page() -> None:
    everything = {line.partition("  #")[0].strip() for page in PAGES for line in blocks(page)}
    shown = {line.removeprefix("$ ") for line in everything}
    assert set(NOT_RUN) <= shown
    for page, lines in ACCOUNT.items():
        assert set(lines) <= {line.partition("  #")[0].removeprefix("$ ").strip() for line in blocks(ROOT / page)}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_glossary_is_sorted_and_pages_link_to_it() -> None:
    words = re.findall(r"(?m)^### (.+)$", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"))
    assert len(words) > 40
    assert words == sorted(words)
    texts = {name(page): page.read_text(encoding="utf-8") for page in PAGES}
    linking = {page for page, text in texts.items() if "glossary.md" in text}
    assert {"README.md", "docs/start.md", "docs/promotion.md", "docs/existing-tenant.md"} <= linking


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_to_sections_find_their_heading(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", page.read_text(encoding="utf-8"))
    missing = [
        f"{file}#{anchor}" for file, anchor in links if anchor not in anchors(page.parent / file if file else page)
    ]
    assert missing == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_life_of_a_change_names_functions_that_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    functions = re.findall(r"`([a-z_0-9.]+)\.([a-z_0-9]+)\(\)`", text)
    assert len(functions) > 20
    assert [
        name for name in functions if not callable(getattr(import_module(f"rhythmconf.{name[0]}"), name[1], None))
    ] == []


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/house.md"])
def test_pages_for_contributors_name_files_that_exist(page: str) -> None:
    files = re.findall(r"`([a-z_0-9]+/[a-z_0-9/]*(?:\.py)?)`", (ROOT / page).read_text(encoding="utf-8"))
    assert len(files) > 5
    assert [file for file in files if not any((folder / file).exists() for folder in (ROOT / "rhythmconf", ROOT))] == []


def test_pages_with_a_test_of_their_own_have_it() -> None:
    for page, test in OWN_TESTS.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


def test_the_scripts_that_pages_name_exist() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "CONTRIBUTING.md"])
    named = set(re.findall(r"\bscripts/[a-z][a-z-]*", text))
    assert {"scripts/demo", "scripts/test"} <= named
    assert [name for name in sorted(named) if not (ROOT / name).stat().st_mode & 0o100] == []


def test_the_document_of_the_readme_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [document] = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "\nkind:" in block]
    folder = tmp_path / "demo"
    assert run_in_process(tmp_path, "init", "demo").code == 0
    (folder / "config" / "mine.yaml").write_text(document, encoding="utf-8")
    checked = run_in_process(folder, "validate")
    assert (checked.code, checked.last) == (0, "All checks passed: 4 documents, 0 problems.")


def test_the_example_kind_can_be_validated_applied_and_changed(tmp_path: Path) -> None:
    text = (ROOT / "docs/kinds.md").read_text(encoding="utf-8")
    [schema] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    [_, added, document, *_] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    files = {"kinds/certifications/badge.json": schema, "config/badge.yaml": document, "config/reason.yaml": REASON}
    make_project(tmp_path, files, f"{PROJECT}default_environment: local\n{added}")
    assert run_in_process(tmp_path, "validate").last == "All checks passed: 2 documents, 0 problems."
    assert run_in_process(tmp_path, "apply", "--auto-approve").last.endswith("2 added, 0 changed, 0 destroyed.")
    edit_file(tmp_path / "config/badge.yaml", "fee: 25", "fee: 30")
    edit_file(tmp_path / "config/badge.yaml", "points: 10", "points: 20")
    planned = run_in_process(tmp_path, "plan").stdout
    assert "fee: 25 -> 30  ! money" in planned
    assert "levels[first].points: 10 -> 20" in planned
    edit_file(tmp_path / "config/badge.yaml", "  months: 24\n", "  shown: 3\n  tag: x\n")
    report = run_in_process(tmp_path, "validate", "--format", "json").json()
    messages = {diagnostic["message"] for diagnostic in report["diagnostics"]}
    assert len(messages) == 2
    assert all(word in "".join(messages) for word in ("months", "'tag'"))


def test_the_page_on_kinds_explains_every_keyword() -> None:
    meta = json.loads((ROOT / "schemas/meta.json").read_text(encoding="utf-8"))["$defs"]
    explained = set(re.findall(r"`([a-z_-]+)`", (ROOT / "docs/kinds.md").read_text(encoding="utf-8")))
    assert {name for name in meta["field"]["properties"] if name.startswith("x-")} <= explained
    assert meta["resource"]["properties"].keys() <= explained


def test_the_job_for_many_tenants_plans_its_part_of_them(tmp_path: Path) -> None:
    text = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    [job] = re.findall(r"- run: rhythmconf (fleet plan .*)\n", text)
    for tenant in ("one", "two"):
        make_project(tmp_path / "tenants" / tenant, settings=PROJECT.replace("guarded:", "production:"))
    entries = [f"- {{project: tenants/{name}, environment: local, labels: {{part: '{n}'}}}}" for n, name in PARTS]
    (tmp_path / "fleet.yaml").write_text("\n".join(["version: 1", "members:", *entries]))
    ran = run_in_process(tmp_path, *shlex.split(job.replace("${{ matrix.part }}", "2")))
    assert ran.code == 0, ran
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.plan")] == ["plans-2/two.plan"]


PARTS = ((1, "one"), (2, "two"))


def test_the_schedules_that_the_page_on_calendars_lists_are_understood() -> None:
    text = (ROOT / "docs/calendar.md").read_text(encoding="utf-8")
    section = text.partition("\n## Schedules\n")[2].partition("\n## ")[0]
    listed = re.findall(r"(?m)(?:^- |, |^  |: |and )`([^`]+)`", section.partition("Where the clocks")[0])
    assert len(listed) >= 15
    assert [schedule for schedule in listed if understand(schedule) is None] == []
    assert "is not understood: `rate(7 days)`" in section
    assert understand("rate(7 days)") is None
