"""The examples resolve in every environment, and their reminder windows are exact weeks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from rhythmconf import catalog
from rhythmconf.catalog import editor
from rhythmconf.flows import validate
from rhythmconf.flows.format import format_documents
from rhythmconf.source.desired import Desired
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project
from rhythmconf.text import yaml12
from rhythmconf.text.yaml12 import lines
from tests.support.emulated import shipped_catalog
from tests.support.tenants import ProjectFolder

EXAMPLES = Path(__file__).parents[2] / "examples"
ENVIRONMENTS = {"association": ("local", "sandbox", "production"), "minimal": ("local",)}
EVERYWHERE = [(example, name) for example, names in ENVIRONMENTS.items() for name in names]
MAILS = ("notice", "applicationNotice", "examNotice", "membership/billingNotice")
DIRECTIONS = {"before": -1, "on": 0, "after": 1}


def opened(example: str) -> Project:
    return open_project(open_settings(EXAMPLES / example))


@pytest.fixture(scope="module")
def projects() -> dict[str, Project]:
    return {example: opened(example) for example in ENVIRONMENTS}


@pytest.fixture(scope="module")
def association(projects: dict[str, Project]) -> dict[str, Desired]:
    return {name: validate.resolve(projects["association"], name) for name in ENVIRONMENTS["association"]}


def of_kind(desired: Desired, kind: str) -> dict[str, Any]:
    kind = catalog.qualify(kind, "certifications")
    return {key.name: resource.body for key, resource in desired.state.resources.items() if key.kind == kind}


def day(bound: dict[str, Any]) -> int:
    """Return a bound as days from the date of the run."""
    assert bound["relative_to"] == "the reference date"
    assert bound["unit_of_time"] == "days"
    return DIRECTIONS[bound["position"]] * int(bound["number"])


def window(step: dict[str, Any]) -> tuple[int, int]:
    return day(step["expiration_date_range_start"]), day(step["expiration_date_range_end"])


def ladders(desired: Desired) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield the reminder windows of each template in order of time."""
    for name, body in of_kind(desired, "billingTemplate").items():
        for options in ("renewal_reminder_options", "application_reminder_options"):
            if options in body:
                yield name, sorted(window(reminder) for reminder in body[options]["reminders"])


def test_each_process_has_the_fee_and_the_customers_of_its_program(association: dict[str, Desired]) -> None:
    desired = association["production"]
    programs, fees = of_kind(desired, "program"), of_kind(desired, "applicationFee")
    for process in of_kind(desired, "applicationProcess").values():
        program = process["program_id"]["$ref"]
        assert fees[process["fee_id"]["$ref"].rpartition("/")[2]]["program_id"]["$ref"] == program
        assert process["customer_type"] == programs[program.rpartition("/")[2]]["customer_type"]


def included(example: str) -> list[Path]:
    project = opened(example)
    return [EXAMPLES / example / path for document in project.base.documents for path in document.files.values()]


@pytest.mark.parametrize(("example", "environment"), EVERYWHERE)
def test_an_example_resolves_in_every_environment_without_diagnostics(
    projects: dict[str, Project], example: str, environment: str
) -> None:
    project = projects[example]
    assert [*project.base.diagnostics, *project.overlays[environment].diagnostics] == []
    assert list(validate.resolve(project, environment).diagnostics) == []


@pytest.mark.parametrize("example", ENVIRONMENTS)
def test_the_environments_are_embedded_tenants_of_their_own(projects: dict[str, Project], example: str) -> None:
    settings = projects[example].settings
    assert set(settings.environments) == set(ENVIRONMENTS[example])
    environments = [settings.environment(name) for name in ENVIRONMENTS[example]]
    assert all(environment.embedded for environment in environments)
    assert len({environment.tenant for environment in environments}) == len(environments)
    assert len({environment.embedded for environment in environments}) == len(environments)
    assert [environment.name for environment in environments if environment.protected] == (
        ["production"] if example == "association" else []
    )


def test_the_association_has_a_realistic_size(association: dict[str, Desired]) -> None:
    for desired in association.values():
        resources = desired.state.resources
        assert len(resources) >= 48
        assert len({key.kind for key in resources}) == 23
    assert set(of_kind(association["local"], "program")) == {"cmsi", "amsi", "rds", "clp", "atc"}


def test_reminder_windows_last_a_week_and_do_not_overlap(association: dict[str, Desired]) -> None:
    reminders = list(ladders(association["production"]))
    assert {name for name, _ in reminders} >= {"renewal-reminders-weekly", "center-reminders-weekly"}
    for name, windows in reminders:
        assert [last - first + 1 for first, last in windows] == [7] * len(windows), name
        assert all(one[1] < other[0] for one, other in pairwise(windows)), name


def test_the_reminders_have_the_documented_steps(association: dict[str, Desired]) -> None:
    windows = dict(ladders(association["production"]))["renewal-reminders-weekly"]
    assert [first for first, _ in windows if first > 0] == [7, 30, 60, 90]
    assert sum(last < 0 for _, last in windows) == 1


def test_drops_wait_for_sixty_days_of_grace_and_for_the_final_notice(association: dict[str, Desired]) -> None:
    desired = association["production"]
    drop = window(of_kind(desired, "billingTemplate")["drops-weekly"]["drop_options"])
    final = dict(ladders(desired))["renewal-reminders-weekly"][0]
    rule_sets = of_kind(desired, "expirationRuleSet").values()
    grace = {body["default_expiration_options"]["grace_period"] for body in rule_sets}
    assert grace == {60}
    assert drop[1] == -61
    assert final[0] - drop[1] >= 7  # at least a week between the last mail and the drop


@pytest.mark.parametrize("example", ENVIRONMENTS)
def test_each_text_file_exists_and_is_used(example: str) -> None:
    folder = EXAMPLES / example / "config"
    paths = included(example)
    assert all(path.read_text().strip() for path in paths)
    assert {path.resolve() for path in folder.rglob("*.html")} == {path.resolve() for path in paths}


def test_texts_of_mails_are_part_of_the_records(association: dict[str, Desired]) -> None:
    for kind in MAILS:
        for name, body in of_kind(association["production"], kind).items():
            assert body["email"]["body"].startswith("<p>Dear "), name


def test_every_template_has_a_schedule(association: dict[str, Desired]) -> None:
    desired = association["production"]
    scheduled = [body["template_id"]["$ref"] for body in of_kind(desired, "recurringBillingRun").values()]
    templates = [f"certifications/billingTemplate/{name}" for name in of_kind(desired, "billingTemplate")]
    assert sorted(scheduled) == sorted(templates)


def test_no_schedule_is_active_in_the_sandbox(association: dict[str, Desired]) -> None:
    active = {
        name: [body["is_active"] for body in of_kind(desired, "recurringBillingRun").values()]
        for name, desired in association.items()
    }
    assert len(active["sandbox"]) >= 6
    assert not any(active["sandbox"])
    assert all(active["production"])
    # The schedules of membership are not in the files.
    assert not any(body["is_active"] for body in of_kind(association["sandbox"], "membership/billingTemplate").values())


def addresses(email: dict[str, Any]) -> set[str | None]:
    return {email.get(member) for member in ("from", "reply_to", "cc", "bcc")}


def test_the_sandbox_uses_no_real_address(association: dict[str, Desired]) -> None:
    allowed = {"sandbox@harborsafety.example", "certification-team@harborsafety.example"}
    for kind in MAILS:
        for body in of_kind(association["sandbox"], kind).values():
            assert addresses(body["email"]) <= {*allowed, None}
    for body in of_kind(association["sandbox"], "appReferenceProcess").values():
        assert addresses(body["reference_notification_email"]) <= {*allowed, None}
    for kind in ("billingTemplate", "membership/billingTemplate"):
        for body in of_kind(association["sandbox"], kind).values():
            assert body["notification_email"] in allowed


def test_production_differs_only_by_its_overlay(association: dict[str, Desired]) -> None:
    local, production = association["local"].state.resources, association["production"].state.resources
    assert set(local) == set(production)
    differing = {key.name for key in local if local[key].body != production[key].body}
    assert differing == {"clp", "inspection", "supervision"}
    assert all("display_order" not in body for body in of_kind(association["production"], "programGroup").values())


def test_the_minimal_project_is_three_resources_that_belong_together(projects: dict[str, Project]) -> None:
    resources = validate.resolve(projects["minimal"], "local").state.resources
    assert [key.name for key in sorted(resources)] == ["renewal-reminders", "renewal-30", "safety-inspector"]


@pytest.mark.parametrize("example", ["minimal", "association", "mistakes"])
def test_format_changes_no_example(example: str) -> None:
    formatted = format_documents(open_settings(EXAMPLES / example))
    assert (formatted.changed, formatted.failed_names) == ({}, [])
    assert formatted.texts


@pytest.mark.parametrize("example", ENVIRONMENTS)
def test_each_document_points_editors_to_the_schema(example: str) -> None:
    root = EXAMPLES / example
    for folder, schema in (("config", "rhythmconf.schema.json"), ("overlays", "rhythmconf.overlay.schema.json")):
        for path in (root / folder).rglob("*.yaml"):
            for document in path.read_text().split("---\n"):
                marker, _, target = document.splitlines()[0].partition("$schema=")
                assert marker == "# yaml-language-server: "
                assert (path.parent / target).resolve() == (root / schema).resolve()


@pytest.mark.parametrize("example", ENVIRONMENTS)
def test_the_editor_schema_accepts_the_examples(example: str) -> None:
    editing_schema = editor.editor_schema(catalog.load_shipped())
    validator = Draft202012Validator(editing_schema, registry=Registry())
    for path in (EXAMPLES / example / "config").rglob("*.yaml"):
        for document in yaml12.load_all(path.read_bytes(), file=path.name):
            assert [error.message for error in validator.iter_errors(document)] == [], path


def test_no_command_changes_a_value_that_the_reader_remembers(tmp_path: Path) -> None:
    """The reader gives the same value to every file that has its text, so a change in place would be in all of them."""
    root = tmp_path / "association"
    shutil.copytree(EXAMPLES / "association", root)
    folder = ProjectFolder(root, shipped_catalog())
    lines.ENTRIES.clear()
    assert folder.run("apply", "--env", "local", "--auto-approve").code == 0
    overlay = root / "overlays" / "local"
    overlay.mkdir(parents=True, exist_ok=True)
    texts = (path.read_text(encoding="utf-8") for path in sorted((root / "config").rglob("*.yaml")))
    template = next(text for text in texts if "kind: billingTemplate" in text)
    key = template.partition("kind: billingTemplate\nkey: ")[2].split("\n")[0]
    (overlay / "one.yaml").write_text(f"kind: billingTemplate\nkey: {key}\nspec:\n  description: Changed here.\n")
    for command in (
        "validate",
        "plan --env local",
        "pull --env local",
        "format",
        "validate --fix",
        "drift --env local",
    ):
        assert folder.run(*command.split()).code in (0, 2, 3), command
    assert len(lines.ENTRIES) > 200
    assert {text: entry for text, entry in lines.ENTRIES.items() if entry != lines.read_entry(text, None)} == {}
