"""Records in reference cycles: pull, apply to an empty tenant, rename and prune."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.git import commit_all, git
from tests.support.process import PROJECT, edit_file, make_project, run_ok, write_files

TEXT = {"type": "string"}
STEP: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Step",
    "x-resource": {
        "kind": "step",
        "module": "certifications",
        "segment": "steps",
        "natural_key": ["name"],
        "class": "config",
        "operations": dict.fromkeys(("list", "get", "create", "replace", "patch", "delete", "batch"), "guess"),
    },
    "type": "object",
    "properties": {
        "id": {**TEXT, "readOnly": True},
        "name": {**TEXT, "minLength": 1},
        "next_id": {**TEXT, "x-ref": "step"},
    },
    "required": ["name"],
}
SETTINGS = PROJECT.replace("sources: [config]", "sources: [config]\nschemas: [kinds]\ndefault_environment: local")
OTHER = "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed, is_active: true}\n"


def circle(names: str, *, moved: str = "") -> str:
    """Return two steps that refer to each other and one that refers to itself."""
    first, second, own = tuple(names)
    follows = {first: second, second: first, own: own}
    was = dict(zip(names, moved, strict=True)) if moved else {}
    titles = dict(zip(names, ("One", "Two", "Alone"), strict=True))
    return "---\n".join(
        f"kind: step\nkey: {name}\n{f'moved: [{was[name]}]' if was else ''}\n"
        f"spec:\n  name: {titles[name]}\n  next_id: {after}\n"
        for name, after in follows.items()
    )


def test_cycles_survive_pull_apply_rename_and_prune(tmp_path: Path) -> None:
    files = {
        "kinds/certifications/step.json": json.dumps(STEP),
        "config/steps.yaml": circle("abc"),
        "config/other.yaml": OTHER,
        ".gitignore": ".rhythmconf/\n",
    }
    make_project(tmp_path, files, SETTINGS)
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    result = run_ok(tmp_path, "apply", "--auto-approve")
    assert result.last == "Apply complete! Resources: 4 added, 0 changed, 0 destroyed."
    assert run_ok(tmp_path, "plan").last == "No changes."

    edit_file(tmp_path / "config/steps.yaml", "name: Two", "name: Second")
    run_ok(tmp_path, "pull")
    assert (tmp_path / "config/steps.yaml").read_text() == circle("abc")

    write_files(tmp_path, {"config/steps.yaml": circle("xyz", moved="abc")})
    commit_all(tmp_path)
    renamed = run_ok(tmp_path, "apply", "--auto-approve")
    assert renamed.last == "Apply complete! Resources: 0 added, 3 changed, 0 destroyed."
    assert run_ok(tmp_path, "plan").last == "No changes."

    (tmp_path / "config/steps.yaml").unlink()
    commit_all(tmp_path)
    pruned = run_ok(tmp_path, "apply", "--auto-approve")
    assert pruned.last == "Apply complete! Resources: 0 added, 0 changed, 3 destroyed."
    assert run_ok(tmp_path, "plan").last == "No changes."


def test_a_cycle_is_pulled_as_it_was_written(tmp_path: Path) -> None:
    files = {"kinds/certifications/step.json": json.dumps(STEP), "config/steps.yaml": circle("abc")}
    make_project(tmp_path, files, SETTINGS)
    run_ok(tmp_path, "apply", "--auto-approve")
    (tmp_path / "config/steps.yaml").unlink()
    run_ok(tmp_path, "pull", "step")
    pulled = {file.stem: file.read_text() for file in (tmp_path / "config/step").iterdir()}
    assert {name for name, text in pulled.items() if f"next_id: {name}\n" in text} == {"c"}
    assert "next_id: b\n" in pulled["a"]
    assert run_ok(tmp_path, "plan").last == "No changes."
