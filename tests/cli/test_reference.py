"""The generated pages are fresh and complete."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from rhythmconf import errors
from rhythmconf.cli import reference
from rhythmconf.cli.main import COMMANDS, app
from rhythmconf.settings import schema_check

ROOT = Path(__file__).parents[2]
PAGES = reference.pages()
PIPELINE = {"RHYTHMCONF_SOURCE", "RHYTHMCONF_COMMIT"}
"""What the scripts of a pipeline read, and `init` keeps in it."""


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name], "run scripts/reference"


def test_every_variable_that_is_read_is_on_the_page() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rhythmconf").rglob("*.py"))
    names = set(re.findall(r"(?<![_A-Z])RHYTHMCONF_[A-Z_]*[A-Z]", sources)) - PIPELINE
    assert names == {name for name in reference.VARIABLES if name.startswith("RHYTHMCONF_")}
    assert all(f"| `{name}` |" in PAGES["cli.md"] for name in names)


def test_every_exit_code_of_an_error_is_on_the_page() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    codes = {value.exit_code for value in classes if issubclass(value, errors.RhythmconfError)}
    assert codes | {0, 2} == set(reference.EXIT_CODES)
    assert all(f"\n| {code} | " in PAGES["cli.md"] for code in reference.EXIT_CODES)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_the_section_of_its_command(name: str) -> None:
    page = PAGES["cli.md"]
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    shared = page.partition("\n## Options of every command\n")[2].partition("\n## ")[0]
    command = app.get_command(click.Context(app), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"| `{parameter.opts[0]}`" in section + shared
        else:
            assert parameter.make_metavar(click.Context(command)) in section


@pytest.mark.parametrize("definition", ["", "environment", "auth", "dialect"])
def test_every_member_of_the_project_file_has_a_section(definition: str) -> None:
    for name, member in schema_check.members(definition).items():
        assert f"\n### {name}\n\n{member['description']}\n" in PAGES["settings.md"]
