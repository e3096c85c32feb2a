"""The YAML language server reports the same lines as `validate`, and offers completions and descriptions."""

from __future__ import annotations

import json
import random
import re
import shutil
from bisect import bisect
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rhythmconf.text import yaml12
from tests.support.lsp import PACKAGES, Editor, open_editor
from tests.support.process import EXAMPLES, run, run_process_ok

pytestmark = pytest.mark.heavy

MODELINE = "# yaml-language-server: $schema=../rhythmconf.schema.json\n"
OVERLAY_MODELINE = "# yaml-language-server: $schema=../../rhythmconf.overlay.schema.json\n"
MODELINES = re.compile(r"(?m)^# yaml-language-server: .*$")
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
    run_process_ok(folder, "init", "--vscode")
    return folder


@pytest.fixture(scope="module")
def server(association: Path) -> Iterator[Editor]:
    with open_editor(association) as one:
        yield one


class Mutated(NamedTuple):
    """A file in which every document has one mistake or one unusual valid value, and the lines of its errors."""

    text: str
    errors: list[dict[str, Any]]


@pytest.fixture(scope="module")
def mutated(association: Path, full: bool) -> dict[str, Mutated]:
    """Return mutated files by a name beside the original, with what `validate` says of them."""
    chance = random.Random(6)
    files: dict[str, Mutated] = {}
    # What an overlay says is merged into its document, so only one of both is mutated at a time.
    for number, folder in enumerate(["config", "overlays", *(["config"] * 5 if full else [])]):
        originals = {path: path.read_text() for path in sorted((association / folder).rglob("*.yaml"))}
        texts = {path: mutate(text, chance) for path, text in originals.items()}
        for path, text in texts.items():
            path.write_text(text)
        diagnostics = run(association, "validate", "--format", "json").json()["diagnostics"]
        for path, text in texts.items():
            name = path.relative_to(association).as_posix()
            errors = [each for each in diagnostics if each["file"] == name and each["severity"] == "error"]
            # What an overlay may not leave empty, the document decides that it is merged into.
            errors = [each for each in errors if folder == "config" or each["code"] != "RC205"]
            path.write_text(originals[path])
            files[str(Path(name).with_name(f"{number}-{path.name}"))] = Mutated(text, errors)
    return files


def mutate(text: str, chance: random.Random) -> str:
    """Return a file with one change in each document."""
    return "---\n".join(mutate_document(part, chance) for part in re.split(r"(?m)^---\n", text))


def mutate_document(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    matches = [(number, match) for number, line in enumerate(lines) if (match := MEMBER.fullmatch(line))]
    places = [(number, match) for number, match in matches if match["name"] not in ("kind", "key", "match")]
    while places:
        number, match = chance.choice(places)
        changed = MISTAKES[chance.choice(list(MISTAKES))].format(**match.groupdict())
        mutant = "\n".join([*lines[:number], changed, *lines[number + 1 :]]) + "\n"
        with suppress(yaml12.YamlError):  # else it would hide the other documents
            yaml12.load_all(mutant, file="")
            return mutant
    return text


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("by", ["modelines", "settings"])
def test_the_editor_and_validate_agree_line_by_line(
    association: Path, mutated: dict[str, Mutated], package: str, by: str
) -> None:
    settings = {"schemas": schemas_of_vscode(association)} if by == "settings" else {}
    differing: dict[str, tuple[set[int], set[int]]] = {}
    count = bad = 0
    with open_editor(association, settings, package) as editor:
        for name, file in mutated.items():
            text = MODELINES.sub("#", file.text) if by == "settings" else file.text
            expected = lines_of_validate(text, file.errors)
            lines = lines_of_editor(text, editor.open(name, text), file.errors)
            if expected != lines:
                differing[name] = (expected - lines, lines - expected)
            count += len(heads(text)) + 1
            bad += len({bisect(heads(text), line) for line in expected})
    assert not differing, "\n".join(f"{name} {both}\n{mutated[name].text}" for name, both in differing.items())
    assert bad > count / 3


def heads(text: str) -> list[int]:
    """Return the lines that begin a second or later document."""
    return [number for number, line in enumerate(text.splitlines(), 1) if line == "---"]


def lines_of_validate(text: str, errors: list[dict[str, Any]]) -> set[int]:
    """Return the lines that `validate` reports; a missing field counts at the name of its mapping."""
    positions = yaml12.locate_all(text.encode(), file="")
    return {
        positions[bisect(heads(text), error["line"])].of_name(mapping_of(error)).line
        if error["code"] == "RC205"
        else error["line"]
        for error in errors
        if error["code"] not in REFERENCES
    }


def mapping_of(error: dict[str, Any]) -> str:
    """Return the pointer to the mapping that lacks a field; where a switch requires it, `validate` names the switch."""
    is_switch = " is missing: it is required while " in error["message"]
    return str(error["pointer"].rpartition("/")[0] if is_switch else error["pointer"])


def lines_of_editor(text: str, found: list[dict[str, Any]], errors: list[dict[str, Any]]) -> set[int]:
    """Return the lines that the editor reports, without missing fields that are only misspelt in this document."""
    misspelt = {
        (bisect(heads(text), error["line"]), error["help"].removeprefix("did you mean '").removesuffix("'?"))
        for error in errors
    }
    folded = {(number, f'Missing property "{name}".') for number, name in misspelt}
    lines = [(one["range"]["start"]["line"] + 1, one["message"]) for one in found]
    return {line for line, message in lines if (bisect(heads(text), line), message) not in folded}


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
    text = "kind: program\nkey: a\nspec:\n  customer_type: contcat\n"
    with open_editor(folder, {"schemas": schemas_of_vscode(folder)}) as bare:
        assert len(bare.open("config/deep/new.yaml", text)) == 2
        assert len(bare.open("overlays/local/new.yaml", text)) == 1
        assert bare.open("elsewhere/new.yaml", text) == []


def schemas_of_vscode(folder: Path) -> dict[str, list[str]]:
    """Return the schemas as the extension sends them: it makes the paths in the settings of a folder absolute."""
    schemas = json.loads((folder / ".vscode/settings.json").read_text())["yaml.schemas"]
    return {(folder / name).as_uri(): globs for name, globs in schemas.items()}
