"""`kinds import`: a contract becomes kinds that every command knows, and a hostile one does no harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rhythmconf import catalog
from rhythmconf.catalog.contract import import_kinds
from rhythmconf.catalog.contract.kinds import Found
from tests.support.contracts import answer, contract
from tests.support.process import SETTINGS, run, run_in_process, run_ok
from tests.support.vendor import vendor_contract

BADGE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "print_options"],
    "properties": {
        "id": {"type": "string"},
        "sys_created_at": {"type": "string", "format": "date-time"},
        "name": {"type": "string", "pattern": r"^[\w-|:]+$", "description": "Its name."},
        "colour": {"type": "string", "enum": ["red", "blue"]},
        "print": {"type": "boolean"},
        "print_options": {"type": "object", "properties": {"size": {"type": "integer"}}},
        "status_reason_id": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "levels": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "number": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
    },
}

MIB = 1024 * 1024


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rhythmconf.yaml").write_text(SETTINGS + "schemas: [kinds]\n")
    (tmp_path / "config").mkdir()
    return tmp_path


def load(project: Path, value: Any, *more: str, name: str = "contract.json") -> Any:
    (project / name).write_text(json.dumps(value) if name.endswith("json") else yaml.safe_dump(value))
    return run_in_process(project, "kinds", "import", name, "--module", "certifications", *more)


def schema(project: Path, kind: str = "badge") -> Any:
    return json.loads((project / f"kinds/certifications/{kind}.json").read_text())


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("name", ["contract.json", "contract.yaml"])
def test_what_a_contract_says_is_taken_and_what_it_does_not_say_is_asked(
    project: Path, version: str, name: str
) -> None:
    colour = {"type": "string", "nullable": True} if version == "3.0.3" else {"type": ["string", "null"]}
    fields = {**BADGE["properties"], "colour": {**colour, "enum": ["red", "blue"]}}
    value = contract({"Badge": ("badges", {**BADGE, "properties": fields})}, version=version)
    done = load(project, value, "--format", "json", name=name)
    assert done.code == 0, done.stderr
    found = schema(project)
    assert found["x-resource"]["segment"] == "badges"
    assert found["x-resource"]["operations"]["replace"] == "absent"
    assert found["x-resource"]["natural_key"] == []
    properties = found["properties"]
    assert found["required"] == ["name"]
    assert properties["id"]["readOnly"]
    assert properties["sys_created_at"]["readOnly"]
    assert properties["colour"]["type"] == ["string", "null"]
    assert properties["tags"]["x-list-type"] == "set"
    assert properties["levels"]["x-list-type"] == "atomic"
    assert properties["number"]["type"] == ["integer", "string"]
    assert "pattern" not in properties["name"]
    assert "x-ref" not in json.dumps(found)
    assert "x-when" not in json.dumps(found)
    [kind] = json.loads(done.stdout)["kinds"]
    asked = " ".join(kind["questions"])
    assert all(
        word in asked for word in ("natural_key", "/status_reason_id: x-ref", "/levels: x-list", "/print_options")
    )
    assert any("pattern" in note for note in kind["notes"])


def test_an_imported_kind_is_known_to_every_command(project: Path) -> None:
    assert load(project, contract({"Badge": ("badges", BADGE)})).code == 0
    path = project / "config/badge.yaml"
    path.write_text("kind: badge\nkey: diver\nspec: {name: Diver, colour: red, tags: [b, a]}\n")
    run_ok(project, "validate")
    run_ok(project, "apply", "--auto-approve")
    assert "No changes." in run_ok(project, "plan").stdout
    path.write_text(path.read_text().replace("red", "blue"))
    assert run(project, "plan", "--detailed-exitcode").code == 2
    run_ok(project, "apply", "--auto-approve")
    run_ok(project, "drift")
    path.unlink()
    run_ok(project, "pull", "badge")
    assert "No changes." in run_ok(project, "plan").stdout


def test_importing_again_reports_changes_and_keeps_what_was_edited(project: Path) -> None:
    load(project, contract({"Badge": ("badges", BADGE)}))
    fields = {**BADGE["properties"], "colour": {"type": "string", "enum": ["red", "green"]}, "new": {"type": "string"}}
    del fields["print"]
    later = contract({"Badge": ("badges", {**BADGE, "properties": fields})})
    [kind] = load(project, later, "--format", "json").json()["kinds"]
    assert (kind["standing"], kind["added"], kind["removed"]) == ("changed", ["/new"], ["/print"])
    assert kind["changed"] == ['/colour: enum + "green"', '/colour: enum - "blue"']
    path = project / "kinds/certifications/badge.json"
    path.write_text(path.read_text().replace("Its name.", "The name."))
    edited = path.read_text()
    [kind] = load(project, contract({"Badge": ("badges", BADGE)}), "--format", "json").json()["kinds"]
    assert kind["standing"] == "own"
    assert path.read_text() == edited


def test_kinds_that_ship_are_compared_and_not_written(project: Path) -> None:
    value = contract({"Program": ("programs", BADGE)})
    [kind] = load(project, value, "--format", "json").json()["kinds"]
    assert (kind["kind"], kind["standing"]) == ("program", "bundled")
    assert "/colour" in kind["added"]
    assert not (project / "kinds").exists()


@pytest.mark.parametrize("name", sorted(path.stem for path in catalog.default_folder().glob("certifications/*.json")))
def test_types_and_enums_of_a_shipped_kind_come_back_unchanged(project: Path, name: str) -> None:
    source = json.loads((catalog.default_folder() / f"certifications/{name}.json").read_text())
    plain = {"type": "object", "properties": source["properties"], "$defs": source.get("$defs", {})}
    text = json.dumps(plain).replace("#/$defs/", f"#/components/schemas/{name}/$defs/")
    value = contract({name: (source["x-resource"]["segment"], json.loads(text))}, version="3.1.0")
    [kind] = load(project, value, "--format", "json").json()["kinds"]
    wrong = [line for line in kind["changed"] if ": type" in line or ": enum" in line]
    assert wrong == []
    assert kind["kind"] == name


BOMB = {f"L{n}": {"type": "object", "properties": {c: {"$ref": f"#/components/schemas/L{n + 1}"} for c in "abcdefgh"}}
        for n in range(12)} | {"L12": {"type": "string"}}  # fmt: skip


@pytest.mark.parametrize(
    ("schemas", "message"),
    [
        ({"Badge": {"$ref": "https://evil.example/x.json#/A"}}, "leads out of the file"),
        ({"Badge": {"$ref": "other.yaml"}}, "leads out of the file"),
        ({"Badge": {"$ref": "#/components/schemas/Badge"}}, "leads back to itself"),
        ({"Badge": {"$ref": "#/components/schemas/Gone"}}, "leads to nothing"),
        ({"Badge": {"$ref": "#/components/schemas/L0"}, **BOMB}, "more than 20,000 fields"),
    ],
    ids=["remote", "file", "cycle", "gone", "bomb"],
)
def test_a_hostile_contract_gets_one_error_and_writes_nothing(project: Path, schemas: Any, message: str) -> None:
    value = contract({"Badge": ("badges", {})})
    value["components"]["schemas"] = schemas
    done = load(project, value)
    assert done.code == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "contract.json:1:" in done.stderr
    assert not (project / "kinds").exists()


def test_addresses_and_names_lead_nowhere_else(project: Path) -> None:
    fields = {"name": {"type": "string"}, "a\nb": {"type": "string"}}
    node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Node"}}}
    value = contract({"../../Evil": ("badges", {"type": "object", "properties": fields}), "Node": ("nodes", node)})
    value["paths"]["/../../etc/{tenantId}"] = {"get": answer({"type": "object"})}
    for methods in (value["paths"]["/badges/{tenantId}"], value["paths"]["/badges/{tenantId}/{id}"]):
        for method in methods:
            methods[method] = answer({"type": "object", "properties": {"name": {"type": "string"}, "a\nb": {}}})
    done = load(project, value)
    assert done.code == 0, done.stderr
    written = {path.relative_to(project).as_posix() for path in project.rglob("*.json")}
    assert written == {"contract.json", "kinds/certifications/badge.json", "kinds/certifications/node.json"}
    assert [*schema(project)["properties"]] == ["name"]
    run_ok(project, "validate")


def test_half_a_character_in_a_contract_is_an_error_with_its_place(project: Path) -> None:
    fields = {"name": {"type": "string"}, "\ud800": {"type": "string"}}
    done = load(project, contract({"Badge": ("badges", {"type": "object", "properties": fields})}))
    assert done.code == 1
    assert "contract.json:1:" in done.stderr
    assert not (project / "kinds").exists()


def test_a_contract_of_a_whole_module_is_imported(project: Path) -> None:
    text = yaml.safe_dump(vendor_contract("certifications")).replace("'200':", "200:")
    (project / "contract.yaml").write_text(text)
    done = run_in_process(project, "kinds", "import", "contract.yaml", "--module", "certifications", "--format", "json")
    assert done.code == 0, done.stderr
    assert len(done.json()["kinds"]) == 51
    assert done.json()["skipped"] == []
    run_ok(project, "validate")


def test_the_report_for_a_pull_request_shows_words_of_the_contract_as_code(project: Path) -> None:
    load(project, contract({"Badge": ("badges", BADGE)}))
    fields = {**BADGE["properties"], "<b>`x`": {"type": "string"}}
    later = contract({"Badge": ("badges", {**BADGE, "properties": fields})})
    done = load(project, later, "--format", "markdown")
    assert done.code == 0, done.stderr
    assert "### `badge`" in done.stdout
    assert "- added `` /<b>`x` ``" in done.stdout


def test_an_address_may_begin_with_the_module(project: Path) -> None:
    value = contract({"Badge": ("badges", BADGE)})
    value["paths"] = {f"/certifications{path}": item for path, item in value["paths"].items()}
    assert load(project, value).code == 0
    assert schema(project)["x-resource"]["segment"] == "badges"


@pytest.mark.parametrize(
    "text",
    [
        "openapi: 3.0.3\nx: " + "[" * 500 + "]" * 500,
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "swagger: '2.0'\n",
        "openapi: 3.0.3\n---\nopenapi: 3.0.3\n",
        "",
    ],
    ids=["deep", "aliases", "older", "two", "empty"],
)
def test_a_file_that_is_no_contract_gets_one_error(project: Path, text: str) -> None:
    (project / "contract.yaml").write_text(text)
    done = run(project, "kinds", "import", "contract.yaml", "--module", "certifications")
    assert done.code == 1
    assert "contract.yaml" in done.stderr
    assert "RC000" not in done.stderr


@pytest.mark.parametrize("name", ["billingTemplate", "program", "notice"])
def test_lists_of_scalars_are_sets_and_no_annotation_is_decided(project: Path, name: str) -> None:
    shipped = catalog.load([catalog.default_folder()], module="certifications").kind(name)
    plain = {"type": "object", "properties": shipped.schema["properties"]}
    done = load(project, contract({"Badge": ("badges", plain)}, version="3.1.0"))
    assert done.code == 0, done.stderr
    lists = {"set": "set", "map": "atomic", "atomic": "atomic"}
    assert list_types(schema(project)) == {at: lists[kind] for at, kind in list_types(plain).items()}
    text = (project / "kinds/certifications/badge.json").read_text()
    assert not [word for word in ("x-ref", "x-external", "x-when", "x-risk", "x-list-map-keys") if f'"{word}"' in text]


def list_types(value: Any, path: str = "") -> dict[str, str]:
    found = {path: value["x-list-type"]} if "x-list-type" in value else {}
    for name, child in value.get("properties", {}).items():
        found |= list_types(child, f"{path}/{name}")
    return found | (list_types(value["items"], f"{path}/*") if "items" in value else {})


def test_questions_become_comments_and_no_file_of_notes_is_touched(project: Path) -> None:
    hostile = "\u2028\x85x_id\u202e"
    value = contract(
        {
            "Badge": (
                "badges",
                {
                    **BADGE,
                    "properties": {**BADGE["properties"], "wörd_id": {"type": "string"}, hostile: {"type": "string"}},
                },
            )
        }
    )
    [kind] = load(project, value, "--format", "json").json()["kinds"]
    notes = project / "kinds/certifications/badge.notes.yaml"
    assert kind["notes_file"] == "kinds/certifications/badge.notes.yaml"
    text = notes.read_text()
    assert all(line.startswith("#") for line in text.splitlines())
    assert "#   /status_reason_id: x-ref or x-external to which kind?" in text
    assert "#   /wörd_id: x-ref or x-external to which kind?" in text
    assert text.count("\n#   /") >= len(kind["questions"]) - 1
    run_ok(project, "validate")
    notes.write_text("properties: {status_reason_id: {x-ref: statusReason}}\n")
    [kind] = load(project, contract({"Badge": ("badges", BADGE)}), "--format", "json").json()["kinds"]
    assert kind["standing"] == "changed"
    assert kind["notes_file"] == ""
    assert notes.read_text() == "properties: {status_reason_id: {x-ref: statusReason}}\n"
    run_ok(project, "validate")


@pytest.mark.parametrize("place", ["../shared", "more"])
def test_a_kind_of_another_folder_is_compared_and_not_written(project: Path, place: str) -> None:
    load(project, contract({"Badge": ("badges", BADGE)}))
    (project / place / "certifications").mkdir(parents=True)
    (project / "kinds/certifications/badge.json").rename(project / place / "certifications/badge.json")
    (project / "kinds/certifications/badge.notes.yaml").unlink()
    (project / "rhythmconf.yaml").write_text(f"{SETTINGS}schemas: [{place}]\n")
    value = contract({"Renamed": ("badges", {"properties": {"name": {"type": "string"}}})})
    value["paths"] |= contract({"Level": ("levels", BADGE)})["paths"]
    value["components"]["schemas"]["Level"] = BADGE
    if place == "more":  # the first folder in the project is where an import writes
        (project / "rhythmconf.yaml").write_text(f"{SETTINGS}schemas: [kinds, {place}/]\n")
    done = load(project, value, "--format", "json")
    badge, level = done.json()["kinds"]
    assert (badge["kind"], badge["standing"]) == ("badge", "elsewhere")
    assert badge["file"] == f"{place}/certifications/badge.json"
    assert "/colour" in badge["removed"]
    assert level["file"] == "kinds/certifications/level.json"
    assert ("add `kinds` to `schemas` in rhythmconf.yaml" in done.stderr) == (place == "../shared")
    assert [path.name for path in (project / "kinds/certifications").iterdir() if "badge" in path.name] == []
    run_ok(project, "validate")


def test_what_notes_answer_is_not_asked_again(project: Path) -> None:
    value = contract({"Badge": ("badges", BADGE)})
    [kind] = load(project, value, "--format", "json").json()["kinds"]
    assert len(kind["questions"]) == 5
    (project / "kinds/certifications/badge.notes.yaml").write_text(
        "x-resource: {natural_key: [name]}\n"
        "properties:\n"
        "  status_reason_id: {x-ref: statusReason, x-risk: null}\n"
        "  print_options: {x-risk: money}\n"
    )
    [kind] = load(project, value, "--format", "json").json()["kinds"]
    assert kind["questions"] == [
        "/print_options: always required, or only x-when print?",
        "/levels: x-list-type map by name, or atomic?",
    ]
    (project / "kinds/certifications/badge.notes.yaml").write_text("[\n")
    [kind] = load(project, value, "--format", "json").json()["kinds"]
    assert len(kind["questions"]) == 5


def test_kinds_of_another_module_that_ship_are_not_written(project: Path) -> None:
    (project / "contract.json").write_text(json.dumps(contract({"Package": ("packages", BADGE)})))
    done = run_in_process(project, "kinds", "import", "contract.json", "--module", "membership", "--format", "json")
    assert [(each["kind"], each["standing"]) for each in done.json()["kinds"]] == [("package", "bundled")]


def test_all_writes_kinds_that_ship_and_says_what_that_costs(project: Path) -> None:
    value = contract({"Program": ("programs", BADGE), "Badge": ("badges", BADGE)})
    load(project, value)
    assert not (project / "kinds/certifications/program.json").exists()
    done = load(project, value, "--all")
    assert "written; it replaces the shipped kind, with its references and risks" in done.stdout
    assert "+ /colour" in done.stdout
    [program] = [each for each in load(project, value, "--all", "--format", "json").json()["kinds"] if each["ships"]]
    assert (program["kind"], program["standing"]) == ("program", "unchanged")
    assert "RC135" in run_ok(project, "validate").stdout
    compared = load(project, value, "--format", "json").json()["kinds"]
    assert [each["standing"] for each in compared] == ["unchanged", "bundled"]


def test_a_kind_that_the_contract_lacks_is_an_error_and_nothing_is_written(project: Path) -> None:
    done = load(project, contract({"Badge": ("badges", BADGE)}), "--only", "badge", "--only", "bagde")
    assert (done.code, done.stdout) == (1, "")
    assert "--only: the contract has no kind 'bagde'" in done.stderr
    assert "did you mean 'badge'?" in done.stderr
    assert not (project / "kinds").exists()


def test_only_the_named_kinds_are_written(project: Path) -> None:
    value = contract({"Badge": ("badges", BADGE), "Level": ("levels", BADGE)})
    [kind] = load(project, value, "--only", "level", "--format", "json").json()["kinds"]
    assert kind["kind"] == "level"
    assert sorted(path.name for path in project.rglob("kinds/**/*.json")) == ["level.json"]


@pytest.mark.parametrize("broken", [{"x-list-type": "bag"}, {"pattern": "("}], ids=["form", "pattern"])
def test_a_schema_that_no_command_could_read_is_left_out(
    project: Path, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    # No contract is known that leads to such a schema; one would stop every command of the project.
    def break_badge(*arguments: Any, **named: Any) -> Found:
        found = import_kinds(*arguments, **named)
        found.kinds[0].schema["properties"]["name"] |= broken  # type: ignore[index, call-overload]
        return found

    monkeypatch.setattr("rhythmconf.flows.import_kinds.import_kinds", break_badge)
    done = load(project, contract({"Badge": ("badges", BADGE), "Level": ("levels", BADGE)}), "--format", "json")
    assert [kind["kind"] for kind in done.json()["kinds"]] == ["level"]
    [left_out] = done.json()["skipped"]
    assert left_out.startswith("badge: ")
    assert not (project / "kinds/certifications/badge.json").exists()
    run_ok(project, "validate")


def test_an_imported_kind_with_one_record_is_managed_and_one_without_a_list_is_let_alone(project: Path) -> None:
    record = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    value = contract({"Unlisted": ("unlisteds", record)})
    del value["paths"]["/unlisteds/{tenantId}"]["get"]
    one = answer(record)
    value["paths"]["/portalSettings/{tenantId}"] = {"get": one, "post": one, "patch": one, "delete": one}
    assert load(project, value).code == 0
    path = project / "config/portal.yaml"
    path.write_text("kind: portalSetting\nkey: portal\nspec: {name: A}\n")
    run_ok(project, "apply", "--auto-approve")
    path.write_text(path.read_text().replace("A}", "B}"))
    run_ok(project, "apply", "--auto-approve")
    assert "No changes." in run_ok(project, "plan").stdout
    checks = run_ok(project, "doctor").stdout
    assert "portalSetting" in checks
    assert "unlisted" not in checks


def test_a_contract_may_be_larger_than_a_document_and_has_a_limit(project: Path) -> None:
    text = yaml.safe_dump(contract({"Badge": ("badges", BADGE)}))
    (project / "contract.yaml").write_text(f"{text}# {'x' * 11 * MIB}\n")
    run_ok(project, "kinds", "import", "contract.yaml", "--module", "certifications")
    with (project / "contract.yaml").open("ab") as file:
        file.truncate(65 * MIB)
    done = run(project, "kinds", "import", "contract.yaml", "--module", "certifications")
    assert done.code == 1
    assert "larger than 64 MiB" in done.stderr
