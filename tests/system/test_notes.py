"""Notes on kinds: a project corrects a shipped or an imported kind, and every command knows the corrected one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rhythmconf.catalog import default_folder
from tests.support.contracts import contract
from tests.support.process import SETTINGS, make_project, run_in_process, run_ok, serve_emulator

NOTES = """\
# The tenant has a fourth value.
properties:
  customer_type:
    enum: [both, contact, organization, company]
  display_order: {x-risk: money}
  badge_text: {type: string, description: The text on the badge.}
"""
PROGRAM = """\
kind: program
key: diver
spec:
  name: Diver
  customer_type: company
  badge_text: Deep
  display_order: 1
"""
FILE = "kinds/certifications/program.notes.yaml"
SITE = SETTINGS + "schemas: [kinds]\n"


def site(folder: Path, notes: str = NOTES, document: str = PROGRAM) -> Path:
    return make_project(folder, {FILE: notes, "config/program.yaml": document}, SITE)


def test_every_command_knows_a_shipped_kind_with_notes(tmp_path: Path) -> None:
    folder = site(tmp_path)
    (folder / "rhythmconf.yaml").write_text(SETTINGS + "schemas: [kinds, kinds]\n")  # the same folder is no second one
    assert run_ok(folder, "validate").last == "All checks passed: 1 document, 0 problems."
    [change] = run_ok(folder, "plan", "--format", "json").json()["changes"]
    assert (change["action"], change["key"]) == ("create", "diver")
    run_ok(folder, "apply", "--auto-approve")
    assert run_ok(folder, "plan").last == "No changes."
    path = folder / "config/program.yaml"
    path.write_text(PROGRAM.replace("order: 1", "order: 2"))
    assert "money" in run_ok(folder, "plan").stdout
    assert run_in_process(folder, "drift").code == 2
    path.unlink()
    run_ok(folder, "pull", "program")
    pulled = (folder / "config/program/diver.yaml").read_text()
    assert "badge_text: Deep" in pulled
    assert "customer_type: company" in pulled
    assert run_ok(folder, "plan").last == "No changes."
    spec = run_ok(folder, "schema").json()["$defs"]["certifications/program"]["properties"]
    assert "company" in spec["customer_type"]["enum"]
    assert spec["badge_text"]["description"] == "The text on the badge."


def test_an_emulator_serves_a_kind_with_notes(tmp_path: Path) -> None:
    folder = site(tmp_path / "project")
    with serve_emulator(tmp_path, "--schemas", str(folder / "kinds")) as tenant:
        run_ok(folder, "apply", "--auto-approve", env=tenant.env)
        assert run_ok(folder, "plan", env=tenant.env).last == "No changes."


def test_notes_answer_the_questions_of_an_imported_kind(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/.keep": ""}, SITE)
    fields = {"id": {"type": "string"}, "name": {"type": "string"}, "reason_id": {"type": "string"}}
    badge = {"type": "object", "properties": fields}
    (folder / "contract.json").write_text(json.dumps(contract({"Badge": ("badges", badge)})))
    run_ok(folder, "kinds", "import", "contract.json", "--module", "certifications")
    notes = folder / "kinds/certifications/badge.notes.yaml"
    notes.write_text("x-resource: {natural_key: [name]}\nproperties:\n  reason_id: {x-ref: statusReason}\n")
    reason = "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed}\n---\n"
    (folder / "config/all.yaml").write_text(f"{reason}kind: badge\nkey: b\nspec: {{name: B, reason_id: lapsed}}\n")
    run_ok(folder, "apply", "--auto-approve")
    assert run_ok(folder, "plan").last == "No changes."
    run_ok(folder, "kinds", "import", "contract.json", "--module", "certifications")
    fields.pop("reason_id")
    (folder / "contract.json").write_text(json.dumps(contract({"Badge": ("badges", badge)})))
    run_ok(folder, "kinds", "import", "contract.json", "--module", "certifications")
    gone = run_in_process(folder, "validate")
    assert gone.code == 1
    assert "error[RC005]: certifications/badge has no field 'reason_id' here" in gone.stderr
    assert "kinds/certifications/badge.notes.yaml:3:3" in gone.stderr


def test_a_saved_plan_is_bound_to_the_notes(tmp_path: Path) -> None:
    folder = site(tmp_path)
    run_ok(folder, "plan", "-o", "the.plan")
    (folder / FILE).write_text(NOTES.replace("money", "inbox"))
    refused = run_in_process(folder, "apply", "the.plan")
    assert refused.code == 3
    assert "schemas" in refused.stderr


@pytest.mark.parametrize(
    ("notes", "message", "place"),
    [
        ("properties: {costumer_type: {enum: [x]}}", "did you mean 'customer_type'?", "1:14"),
        ("properties: {name: null, nam: null}", "no field 'nam'", "1:26"),
        ("properties: {name: {x-when: null}}", "no 'x-when' to remove", "1:21"),
        ("properties: {name: 5}", "must be a mapping", "1:14"),
        ("properties: [name]", "must be a mapping", "1:1"),
        ("properties: {name: {x-riks: money}}", "x-riks", "1:14"),
        ("properties: {name: {x-ref: nobody}}", "nobody', which is not a kind", "1:14"),
        ("properties: {name: {type: array}}", "x-list-type", "1:14"),
        ("properties: {certificate_mode: null}", "x-when names 'certificate_mode'", "1:1"),
        ("properties:\n  fee: {$ref: '#/$defs/nowhere'}", "names nothing", "2:3"),
        ("properties:\n  __proto__: {enum: [1]}", "no field '__proto__'", "2:3"),
        ("$id: urn:rhythmconf:certifications:other", "can't change '$id'", "1:1"),
        ("x-resource: {module: membership}", "can't change 'module'", "1:14"),
        ("x-resource: {segment: notices}", "can't change 'segment'", "1:14"),
        ("x-resource: {operations: {list: sure}}", "sure", "1:27"),
        ("x-resource: {operations: {erase: guess}}", "erase", "1:14"),
        (f"properties: {{name: {{x-risk: {'z' * 5000}}}}}", "zzz...", "1:21"),
        ("x-resource: null", "must be a mapping", "1:1"),
        ("required: {a: b}", "is not of type", "1:1"),
        ("- properties", "one mapping", "1:1"),
        ("a: 1\n---\nb: 2", "one mapping", "3:1"),
        ("properties: {name: {minLength: .nan}}", ".nan", "1:32"),
        ("properties: " + "{a: " * 200 + "1" + "}" * 200, "levels", "1:"),
        (
            "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"{b}: &{b} [{(f'*{a}, ' * 8)[:-2]}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)),
            "alias",
            "",
        ),
    ],
)
def test_wrong_notes_get_one_error_with_its_place(tmp_path: Path, notes: str, message: str, place: str) -> None:
    failed = run_in_process(site(tmp_path, notes), "validate")
    assert failed.code == 1
    assert message in failed.stderr
    assert f"program.notes.yaml:{place}" in failed.stderr
    assert len(failed.stderr) < 1500


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("certifications/programm.notes.yaml", "did you mean 'certifications/program'?"),
        ("membership/program.notes.yaml", "did you mean 'certifications/program'?"),
        ("certifications/program.notes.yml", "notes are <folder>/<module>/<kind>.notes.yaml"),
        ("certifications/program.note.yaml", "notes are <folder>/<module>/<kind>.notes.yaml"),
        ("program.notes.yaml", "notes are <folder>/<module>/<kind>.notes.yaml"),
    ],
)
def test_a_file_of_notes_that_belongs_to_no_kind_is_named(tmp_path: Path, name: str, message: str) -> None:
    folder = make_project(tmp_path, {f"kinds/{name}": NOTES}, SITE)
    (folder / "config").mkdir()
    failed = run_in_process(folder, "validate")
    assert failed.code == 1
    assert "RC005" in failed.stderr
    assert message in failed.stderr
    assert Path(name).name in failed.stderr


def test_notes_in_two_folders_are_not_merged(tmp_path: Path) -> None:
    settings = SETTINGS + "schemas: [kinds, more]\n"
    files = {FILE: NOTES, "more/certifications/program.notes.yaml": NOTES, "config/program.yaml": PROGRAM}
    failed = run_in_process(make_project(tmp_path, files, settings), "validate")
    assert failed.code == 1
    assert FILE in failed.stderr
    assert "more/certifications/program.notes.yaml:" in failed.stderr


def test_a_shared_folder_has_notes_and_no_message_shows_what_is_in_them(tmp_path: Path) -> None:
    shared = tmp_path / "shared/certifications/program.notes.yaml"
    shared.parent.mkdir(parents=True)
    shared.write_text(NOTES)
    settings = SETTINGS + "schemas: ['../shared']\n"
    folder = make_project(tmp_path / "project", {"config/program.yaml": PROGRAM}, settings)
    run_ok(folder, "validate")
    for text in (
        "properties: {hunter2: {enum: [x]}}",
        "hunter2",
        "hunter2: [",
        "hunter2: 1\nhunter2: 2",
        "hunter2: {type: x}",
    ):
        shared.write_text(text)
        failed = run_in_process(folder, "validate")
        assert failed.code == 1
        assert "hunter2" not in failed.stdout + failed.stderr
        assert "program.notes.yaml" in failed.stderr


def test_a_whole_file_replaces_a_shipped_kind_with_a_warning(tmp_path: Path) -> None:
    schema = json.loads((default_folder() / "certifications/program.json").read_text())
    schema["properties"]["customer_type"]["enum"].append("company")
    files = {
        "kinds/certifications/program.json": json.dumps(schema),
        "config/program.yaml": PROGRAM.replace("  badge_text: Deep\n", ""),
    }
    folder = make_project(tmp_path, files, SITE)
    [warning] = run_ok(folder, "validate", "--format", "json").json()["diagnostics"]
    assert (warning["code"], warning["severity"]) == ("RC135", "warning")
    assert warning["file"] == "kinds/certifications/program.json"
    run_ok(folder, "apply", "--auto-approve")
    assert run_ok(folder, "plan").last == "No changes."
    (folder / "more/certifications").mkdir(parents=True)
    (folder / "more/certifications/program.json").write_text(json.dumps(schema))
    (folder / "rhythmconf.yaml").write_text(SETTINGS + "schemas: [kinds, more]\n")
    twice = run_in_process(folder, "validate")
    assert twice.code == 1
    assert "RC004" in twice.stderr


def test_notes_hold_whatever_the_default_module_of_the_project_is(tmp_path: Path) -> None:
    files = {FILE: NOTES, "config/reason.yaml": "kind: certifications/statusReason\nkey: r\nspec: {name: R}\n"}
    folder = make_project(tmp_path, files, SITE + "module: membership\n")
    run_ok(folder, "validate")
    (folder / "config/program.yaml").write_text(PROGRAM.replace("kind: ", "kind: certifications/"))
    run_ok(folder, "apply", "--auto-approve")
    assert run_ok(folder, "plan").last == "No changes."
    (folder / "config/reason.yaml").unlink()
    (folder / "config/program.yaml").unlink()
    run_ok(folder, "pull", "certifications/program")
    [pulled] = (folder / "config").rglob("diver.yaml")
    assert "badge_text" in pulled.read_text()
    schema = json.loads((default_folder() / "certifications/program.json").read_text())
    schema["properties"]["more"] = {"type": "string"}
    (folder / "kinds/certifications/program.json").write_text(json.dumps(schema))
    pulled.write_text(pulled.read_text().rstrip() + "\n  more: it has notes and a whole file\n")
    validated = run_ok(folder, "validate")
    assert "RC135" in validated.stdout
