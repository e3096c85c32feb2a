"""The YAML language server reports the same lines as `validate`, and offers completions and descriptions."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.text import yaml12
from tests.support.lsp import Editor, open_editor
from tests.support.process import EXAMPLES, run, run_process_ok

pytestmark = pytest.mark.heavy

MODELINE = "# yaml-language-server: $schema=../rhythmconf.schema.json\n"
OVERLAY_MODELINE = "# yaml-language-server: $schema=../../rhythmconf.overlay.schema.json\n"
MEMBER = re.compile(r"(?P<indent> *(?:- )?)(?P<name>[a-z_]+): (?P<value>[^{}\[\]|>&*#]+?)(?P<rest>,| *#.*)?")
MISTAKES = {
    "misspelt": "{indent}{name}x: {value}",
    "mapping": "{indent}{name}: {{zz: 1}}",
    "list": "{indent}{name}: [[]]",
    "number": "{indent}{name}: 7",
    "flag": "{indent}{name}: true",
    "word": "{indent}{name}: nonsense",
    "nothing": "{indent}{name}: null",
    "fraction": "{indent}{name}: 1.5",
    "quoted": '{indent}{name}: "12"',
    "gone": "",
}
REFERENCES = {"RC210", "RC211", "RC213", "RC215", "RC216"}
"""Codes that depend on other files; an editor suggests existing keys and accepts any other key."""


@pytest.fixture(scope="module")
def association(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("editor") / "association"
    shutil.copytree(EXAMPLES / "association", folder, ignore=shutil.ignore_patterns(".rhythmconf"))
    run_process_ok(folder, "schema", "-o", "rhythmconf.schema.json")
    run_process_ok(folder, "schema", "--overlay", "-o", "rhythmconf.overlay.schema.json")
    return folder


@pytest.fixture(scope="module")
def server(association: Path) -> Iterator[Editor]:
    with open_editor(association) as one:
        yield one


def documents(association: Path) -> list[str]:
    """Return every document of the example as a separate text, without included texts."""
    texts = [path.read_text() for path in sorted((association / "config").rglob("*.yaml"))]
    parts = [part for text in texts for part in re.split(r"(?m)^---\n", text)]
    return [part for part in parts if re.search(r"(?m)^kind:", part) and not re.search(r"(?m)^files:", part)]


def make_mutants(association: Path, count: int, seed: int) -> dict[str, str]:
    """Return documents with one mistake or one unusual valid value each, under different keys."""
    chance = random.Random(seed)
    sources = documents(association)
    made: dict[str, str] = {}
    while len(made) < count:
        number = len(made)
        lines = re.sub(r"(?m)^# yaml-language-server.*\n", "", chance.choice(sources)).splitlines()
        place = chance.randrange(len(lines))
        found = MEMBER.fullmatch(lines[place])
        if found is None or found["name"] in ("kind", "key"):
            continue
        lines[place] = MISTAKES[chance.choice(list(MISTAKES))].format(**found.groupdict())
        text = re.sub(r"(?m)^key: .*$", f"key: mutant-{number}", "\n".join(lines))
        made[f"config/mutant-{number:03}.yaml"] = MODELINE + text + "\n"
    return made


def test_the_editor_and_validate_agree_line_by_line(association: Path, server: Editor) -> None:
    mutants = make_mutants(association, 250, seed=6)
    write_all(association, mutants)
    said: dict[str, list[dict[str, Any]]] = {name: [] for name in mutants}
    for diagnostic in run(association, "validate", "--format", "json").json()["diagnostics"]:
        said.setdefault(diagnostic["file"], []).append(diagnostic)
    for name in mutants:
        (association / name).unlink()
    lines = {
        name: (lines_of_validate(text, said[name]), lines_of_editor(server.open(name, text), said[name]))
        for name, text in mutants.items()
    }
    assert sum(1 for mine, _ in lines.values() if mine) > 120
    differing = {name: both for name, both in lines.items() if both[0] != both[1]}
    assert not differing, "\n".join(f"{name} {both}\n{mutants[name]}" for name, both in differing.items())


def lines_of_validate(text: str, said: list[dict[str, Any]]) -> set[int]:
    """Return the lines that `validate` reports; a missing field counts at the name of its mapping."""
    (positions, *_) = yaml12.locate_all(text.encode(), file="")
    errors = [found for found in said if found["severity"] == "error" and found["code"] not in REFERENCES]
    return {positions.of_name(found["pointer"]).line if found["code"] == "RC205" else found["line"] for found in errors}


def lines_of_editor(found: list[dict[str, Any]], said: list[dict[str, Any]]) -> set[int]:
    """Return the lines that the editor reports, without missing fields that are only misspelt."""
    misspelt = {one["help"].removeprefix("did you mean '").removesuffix("'?") for one in said}
    folded = {f'Missing property "{name}".' for name in misspelt}
    return {one["range"]["start"]["line"] + 1 for one in found if one["message"] not in folded}


@pytest.mark.parametrize(
    ("marked", "offered"),
    [
        ("kind: |\n", {"program", "notice", "billingTemplate"}),
        ("kind: recurringBillingRun\nkey: a\nspec:\n  template_id: |\n", {"drops-weekly"}),
        (
            "kind: billingTemplate\nkey: a\nspec:\n  renewal_reminder_options:\n    program_ids: [|]\n",
            {"cmsi", "rds", "amsi"},
        ),
        ("kind: program\nkey: a\nspec:\n  customer_type: |\n", {"contact", "organization", "both"}),
        ("kind: program\nkey: a\nspec:\n  cust|\n", {"customer_type"}),
        ("kind: program\nkey: a\nspec: {}\npro|\n", {"protect"}),
    ],
    ids=["kinds", "a key", "keys of a list", "words", "fields", "members"],
)
def test_the_editor_offers_completions(server: Editor, marked: str, offered: set[str]) -> None:
    assert offered <= set(server.complete("config/new.yaml", MODELINE + marked))


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("kind: program\nkey: a\nsp|ec:\n  name: A\n", "An absent field is not managed"),
        ("kind: program\nkey: a\nspec:\n  na|me: A\n", "rhythmconf.schema.json"),
        ("kind: billingTemplate\nkey: a\nspec:\n  renewal_rem|inder_options: {}\n", "reminded"),
    ],
)
def test_the_editor_shows_descriptions(server: Editor, marked: str, shown: str) -> None:
    assert shown in server.hover("config/new.yaml", MODELINE + marked)


def test_an_overlay_needs_only_what_differs(server: Editor) -> None:
    overlay = "kind: program\nkey: cmsi\nspec:\n  is_active: false\n"
    assert server.open("overlays/sandbox/good.yaml", OVERLAY_MODELINE + overlay) == []
    lsp_diagnostics = server.open("overlays/sandbox/bad.yaml", OVERLAY_MODELINE + overlay.replace("false", "off"))
    assert [one["range"]["start"]["line"] for one in lsp_diagnostics] == [4]
    assert server.open("overlays/sandbox/base.yaml", MODELINE.replace("../", "../../") + overlay) != []


def test_vscode_needs_no_modelines(tmp_path: Path) -> None:
    run_process_ok(tmp_path, "init", "demo", "--vscode")
    folder = tmp_path / "demo"
    schemas = json.loads((folder / ".vscode/settings.json").read_text())["yaml.schemas"]
    # The extension makes the paths in the settings of a folder absolute before it sends them.
    absolute = {(folder / name).as_uri(): globs for name, globs in schemas.items()}
    text = "kind: program\nkey: a\nspec:\n  customer_type: contcat\n"
    with open_editor(folder, {"schemas": absolute}) as bare:
        assert len(bare.open("config/deep/new.yaml", text)) == 2
        assert len(bare.open("overlays/local/new.yaml", text)) == 1
        assert bare.open("elsewhere/new.yaml", text) == []


def write_all(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
