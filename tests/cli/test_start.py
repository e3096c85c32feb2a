"""Start-up: few modules are imported, and each mistake in the arguments causes one message."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from rhythmconf.cli.lazy import LAZY_SUBPACKAGES
from rhythmconf.cli.main import COMMANDS
from tests.support.process import make_environ, make_project, run_in_process

HEAVY = {"sqlite3", "asyncio", "ssl"}
LOADED = """
import sys
from rhythmconf.cli.main import run
code = run({arguments!r})
sys.stderr.write("\\n".join(sys.modules))
sys.exit(code)
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    """Return the names of the modules that a process has imported after running these arguments."""
    script = LOADED.format(arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder, env=bare(folder)
    )
    return set(done.stderr.split())


def bare(folder: Path) -> dict[str, str]:
    """Return the environment without coverage of subprocesses, which imports modules of its own."""
    return {name: value for name, value in make_environ(folder).items() if not name.startswith("COVERAGE_")}


def third_party() -> set[str]:
    return set(packages_distributions()) - {"rhythmconf"}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_only_click(tmp_path: Path, argument: str) -> None:
    names = loaded(tmp_path, argument)
    modules = {name.partition(".")[0] for name in names}
    assert (modules - loaded_by_python(tmp_path)) & third_party() == {"click"}
    assert modules & HEAVY == set()
    own = {name for name in names if name.startswith("rhythmconf.")}
    assert own == {"rhythmconf.cli", "rhythmconf.cli.main"}


def executed(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> set[str]:
    """Return the names of the modules that a command has executed: a lazy one is not, until somebody uses it."""
    command = [sys.executable, "-X", "importtime", "-m", "rhythmconf", *arguments]
    environ = {**bare(folder), **(env or {})}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environ)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def rooms(names: set[str]) -> set[str]:
    """Return the packages that were executed, of those that `cli/lazy.py` loads lazily and as a whole."""
    parts = [name.split(".") for name in names if name.count(".") > 2]
    return {f"{part[1]}.{part[2]}" for part in parts if part[0] == "rhythmconf" and part[1] in LAZY_SUBPACKAGES}


def test_validate_imports_neither_network_nor_plan_modules(tmp_path: Path) -> None:
    names = executed(make_project(tmp_path), "validate")
    others = {name.partition(".")[0] for name in names} - loaded_by_python(tmp_path)
    assert others & third_party() == {"click", "jsonschema_rs"}
    assert others & HEAVY == set()
    needed = {"insight.lint", "source.desired", "source.documents", "source.project", "text.yaml12"}
    assert rooms(names) == needed
    # Lazy modules are in the list too, so a module stands here that they import.
    unneeded = {"catalog.editor", "insight.lint.rules", "source.project.git_objects", "text.yaml12.parsing"}
    assert names & {"difflib", "shlex", *(f"rhythmconf.{name}" for name in unneeded)} == set()
    assert slow_classes(names) == {"Catalog", "Kind", "Settings", "Source"}


def slow_classes(names: set[str]) -> set[str]:
    """Return the dataclasses of what reads a project: to make one takes nine times as long as to make a named tuple."""
    packages = ("catalog", "insight", "model", "settings", "source", "text")
    folders = tuple(f"rhythmconf.{package}." for package in packages)
    modules = [importlib.import_module(name) for name in names if name.startswith(folders)]
    classes = [each for module in modules for each in vars(module).values() if dataclasses.is_dataclass(each)]
    return {each.__name__ for each in classes if isinstance(each, type)}


def test_a_plan_of_an_embedded_tenant_imports_no_network(tmp_path: Path) -> None:
    names = executed(make_project(tmp_path), "plan", "--env", "local")
    others = {name.partition(".")[0] for name in names} - loaded_by_python(tmp_path)
    assert others & third_party() == {"click", "jsonschema_rs"}
    assert others & {"asyncio", "http", "ssl", "subprocess", "webbrowser"} == set()
    assert rooms(names) & {"engine.execute", "engine.pull", "insight.windows", "text.scribe"} == set()
    assert names & {"concurrent.futures", "rhythmconf.text.yaml12.parsing"} == set()


def test_a_completion_of_an_environment_imports_what_reads_the_project_file(tmp_path: Path) -> None:
    typed = {"_RHYTHMCONF_COMPLETE": "bash_complete", "COMP_WORDS": "rhythmconf plan --env ", "COMP_CWORD": "3"}
    names = executed(make_project(tmp_path), env=typed)
    others = {name.partition(".")[0] for name in names} - loaded_by_python(tmp_path)
    assert others & third_party() == {"click"}
    assert rooms(names) == {"source.project", "text.yaml12"}


def loaded_by_python(folder: Path) -> set[str]:
    """Return the modules that Python itself imports at start-up."""
    script = 'import sys; print(*sorted(name.partition(".")[0] for name in sys.modules))'
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder, env=bare(folder)
    )
    return set(done.stdout.split())


def test_help_names_every_command_in_its_section(tmp_path: Path) -> None:
    help = run_in_process(tmp_path, "--help")
    assert help.code == 0
    for name, (section, text) in COMMANDS.items():
        assert f"{section}:\n" in help.stdout
        assert f"  {name} " in help.stdout
        assert text[:20] in help.stdout
    assert "Exit codes: 0 done" in help.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_with_examples(tmp_path: Path, name: str) -> None:
    help = run_in_process(tmp_path, name, "--help")
    assert (help.code, help.stderr) == (0, "")
    assert f"Usage: rhythmconf {name} " in help.stdout
    examples = help.stdout.rpartition("\n\n  Examples:\n")[2]
    assert f"    rhythmconf {name}" in examples or f'"$(rhythmconf {name}' in examples
    assert max(map(len, help.stdout.splitlines())) <= 80
    assert textwrap.dedent(help.stdout)


@pytest.mark.parametrize("name", [*sorted(COMMANDS.keys() - {"fleet"}), "fleet plan", "fleet validate"])
def test_each_command_takes_the_shared_options(tmp_path: Path, name: str) -> None:
    options = run_in_process(tmp_path, *name.split(), "--help").stdout.rpartition("Options:")[2]
    first = "--select LABEL=VALUE" if name.startswith("fleet") else "--env NAME"
    for option in (first, "-C DIR", "--format [", "--output-file FILE", "--color [", "-q, --quiet", "-v, --ver"):
        assert f"\n  {option}" in options


def test_the_format_variable_applies_to_commands_with_that_format(tmp_path: Path) -> None:
    chosen = {"RHYTHMCONF_FORMAT": "json"}
    assert run_in_process(tmp_path, "explain", "RC001", env=chosen).json()["code"] == "RC001"
    assert run_in_process(tmp_path, "completion", "bash", env=chosen) == run_in_process(tmp_path, "completion", "bash")
    assert run_in_process(tmp_path, "explain", "RC001", "--format", "text", env=chosen).stdout.startswith("RC001: ")
    wrong = run_in_process(tmp_path, "explain", "RC001", env={"RHYTHMCONF_FORMAT": "yaml"})
    assert (wrong.code, wrong.stdout) == (1, "")
    assert "RHYTHMCONF_FORMAT" in wrong.stderr


def test_without_a_command_there_is_help(tmp_path: Path) -> None:
    assert run_in_process(tmp_path) == run_in_process(tmp_path, "--help")
    assert run_in_process(tmp_path).stdout.startswith("Usage: rhythmconf [OPTIONS]")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pln",), ("No such command 'pln'", "did you mean 'plan'? see 'rhythmconf --help'")),
        (("frobnicate",), ("No such command 'frobnicate'", "  help: see 'rhythmconf --help'")),
        (("destroy",), ("No such command 'destroy'", "; see 'rhythmconf --help'")),
        (("plan", "--dry-run"), ("No such option '--dry-run'", "rhythmconf plan --help")),
        (("apply", "a", "b"), ("unexpected extra argument", "rhythmconf apply --help")),
        (("plan", "--format", "xml"), ("'xml' is not one of", "rhythmconf plan --help")),
        (("apply", "--max-requests", "0"), ("--max-requests", "rhythmconf apply --help")),
        (("show",), ("Missing argument", "rhythmconf show --help")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_is_an_error_with_exit_code_1(
    tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    result = run_in_process(tmp_path, *arguments)
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr.startswith("error[RC002]: ")
    for word in words:
        assert word in result.stderr


def test_an_internal_error_is_one_line_and_a_file_without_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "what only the tenant knows"

    def broken(*_: object) -> None:
        raise ZeroDivisionError(secret)

    monkeypatch.setattr("rhythmconf.cli.commands.validate.open_settings", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run_in_process(tmp_path, "validate")
    assert (result.code, result.stdout) == (1, "")
    assert result.stderr.startswith("error[RC000]: internal error of rhythmconf: ZeroDivisionError\n")
    [log] = tmp_path.glob("rhythmconf-crash-*.log")
    assert str(log) in result.stderr
    assert log.stat().st_mode & 0o777 == 0o600
    text = log.read_text()
    assert "test_start.py" in text
    assert secret not in text + result.stderr
    shown = run_in_process(tmp_path, "validate", env={"RHYTHMCONF_DEBUG": "1"})
    assert (shown.code, shown.stdout) == (1, "")
    assert "Traceback" in shown.stderr


def test_python_dash_m_is_the_same_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rhythmconf", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, env=bare(tmp_path), check=True)
    assert done.stdout.startswith("rhythmconf, version ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(tmp_path: Path, shell: str) -> None:
    script = run_in_process(tmp_path, "completion", shell)
    assert script.code == 0
    assert f"_RHYTHMCONF_COMPLETE={shell}_complete" in script.stdout
    word = "va" if shell == "fish" else "1"
    offered = subprocess.run(
        [sys.executable, "-m", "rhythmconf"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=bare(tmp_path)
        | {"_RHYTHMCONF_COMPLETE": f"{shell}_complete", "COMP_WORDS": "rhythmconf va", "COMP_CWORD": word},
    )
    assert "validate" in offered.stdout
