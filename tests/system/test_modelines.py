"""`pull` writes modelines with the right schema and path."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.process import PROGRAMS, SETTINGS, edit_file, make_project, run_ok

LINE = "# yaml-language-server: $schema=../../rhythmconf.schema.json\n"
LAYOUT = ("--layout", "all/{kind}.yaml")


def test_every_new_document_has_a_modeline(tmp_path: Path) -> None:
    folder = make_project(tmp_path, PROGRAMS, SETTINGS)
    run_ok(folder, "init", "--vscode")
    run_ok(folder, "apply", "--auto-approve")
    for name in PROGRAMS:
        (folder / name).unlink()
    run_ok(folder, "pull", *LAYOUT)
    file = folder / "config/all/program.yaml"
    first, second = file.read_text().split("---\n")
    assert first.startswith(f"{LINE}kind: ")
    assert second.startswith(f"{LINE}kind: ")
    # A document that is added to a file begins like the one above it.
    for text in (first, first.removeprefix(LINE)):
        file.write_text(text)
        run_ok(folder, "pull", *LAYOUT)
        assert file.read_text() == f"{text}---\n{second if text.startswith(LINE) else second.removeprefix(LINE)}"


def test_a_new_overlay_names_the_schema_of_overlays(tmp_path: Path) -> None:
    folder = make_project(tmp_path, PROGRAMS, SETTINGS)
    run_ok(folder, "apply", "--auto-approve")
    run_ok(folder, "init", "--vscode")
    edit_file(folder / "config/lapsed.yaml", "name: Lapsed", "name: Late")
    run_ok(folder, "pull", "--as-overlay")
    [overlay] = (folder / "overlays").rglob("*.yaml")
    line = overlay.read_text().splitlines()[0]
    (schema,) = re.findall(r"^# yaml-language-server: \$schema=(.*)$", line)
    assert (overlay.parent / schema).resolve() == (folder / "rhythmconf.overlay.schema.json").resolve()
