"""A file among the sources that looks like a document, and is not read, is named: its records look deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import PROGRAMS, SETTINGS, make_project, run_in_process, run_ok, write_files

DOCUMENT = "kind: program\nkey: other\nspec: {name: Other, is_active: true}\n"
NAMES = (
    "lapsed.yaml.txt", "lapsed.ymal", "lapsed.yam", "lapsed.yaml.bak", "lapsed.yml~", "lapsed.json5", "lapsed.yaml_",
    "lapsed.YML.orig", "lapsed.yaml (1)", "lapsed.jsn", "deeper/lapsed.yaml.disabled",
)  # fmt: skip


def warned(folder: Path) -> list[str]:
    found = run_in_process(folder, "validate", "--format", "json").json()["diagnostics"]
    return [one["file"] for one in found if one["code"] == "RC130"]


@pytest.mark.parametrize("name", NAMES)
def test_a_renamed_document_is_named(tmp_path: Path, name: str) -> None:
    folder = make_project(tmp_path, PROGRAMS, SETTINGS)
    (folder / "config/lapsed.yaml").unlink()
    # Only the name tells: the text doesn't begin like a document.
    write_files(folder, {f"config/{name}": "key: lapsed\nkind: program\nspec: {name: Lapsed}\n"})
    assert warned(folder) == [f"config/{name}"]
    planned = run_ok(folder, "plan").stderr
    assert "warning[RC130]: this is not read: its name doesn't end with" in planned
    assert f" --> config/{name}:" in planned


@pytest.mark.parametrize(
    "text", [DOCUMENT, f"# a comment\n\n---\n{DOCUMENT}", '{\n  "kind": "program"}\n', f"\ufeff{DOCUMENT}"]
)
def test_a_text_that_begins_like_a_document_is_named_whatever_its_name(tmp_path: Path, text: str) -> None:
    folder = make_project(tmp_path, PROGRAMS, SETTINGS)
    for name in ("config/other", "config/other.txt", "overlays/local/other.md"):
        write_files(folder, {name: text})
    assert sorted(warned(folder)) == ["config/other", "config/other.txt", "overlays/local/other.md"]


def test_other_files_are_not_named(tmp_path: Path) -> None:
    """Notes, texts that a document includes, hidden files, and the copies that editors leave beside a document."""
    included = DOCUMENT + "files: {/description: other.yaml.txt, /code: kind.txt}\n"
    folder = make_project(tmp_path, PROGRAMS, SETTINGS)
    write_files(
        folder,
        {
            "config/other.yaml": included.replace("spec: {name: Other, is_active: true}", "spec: {name: Other}"),
            "config/other.yaml.txt": "A text",
            "config/kind.txt": "kind: a text that is included",
            "config/README.md": "The kind: see below\nkind: program\n",
            "config/lapsed.yaml~": "kind: program\n",
            "config/moved.yaml.bak": "kind: program\n",
            "config/.swp.yaml.txt": "kind: program\n",
            "config/logo.png": "\0\1\2",
            "config/empty": "",
            "config/list.yamlish": "no document",
        },
    )
    assert warned(folder) == []
