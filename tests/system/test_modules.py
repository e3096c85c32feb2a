"""Where kinds of two modules share a name, every report says which one it means."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rhythmconf.catalog import default_folder, load, widen_all
from rhythmconf.cli.options import REPORTS
from tests.support.catalogs import make_schema, write_schemas
from tests.support.tenants import ProjectFolder, make_project

OURS, THEIRS = "certifications/statusReason", "membership/statusReason"
DOCUMENT = "kind: {kind}\nkey: lapsed\nspec: {{name: Lapsed{more}, is_active: true}}\n"
PROGRAM = "kind: program\nkey: p\nspec: {name: P, is_active: true, customer_type: both}\n"


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    """Return a project with two status reasons of one key, of two modules."""
    site = make_project(tmp_path)
    write(site)
    return ProjectFolder(site.root, widen_all(load([default_folder()], module="certifications")))


def write(site: ProjectFolder, more: str = "") -> None:
    site.write("config/ours.yaml", DOCUMENT.format(kind="statusReason", more=more))
    site.write("config/theirs.yaml", DOCUMENT.format(kind=THEIRS, more=more))
    site.write("config/p.yaml", PROGRAM)


def names_both(text: str) -> bool:
    """Tell whether a text has both keys with their modules, and never the short key alone."""
    plain = re.sub(r"<[^>]*>", "", text)
    short = re.search(r"(?<![\w/])statusReason\b(?!/t-)", re.sub(r"--\w+ statusReason\S*", "", plain))
    return f"{OURS}/lapsed" in plain and f"{THEIRS}/lapsed" in plain and short is None


@pytest.mark.parametrize("format", [format for format in REPORTS if format not in ("json", "junit")])
def test_every_format_of_a_plan_names_the_module(site: ProjectFolder, format: str) -> None:
    assert names_both(site.done("plan", "--format", format).out)
    site.done("apply", "--auto-approve")
    write(site, " now")
    assert names_both(site.done("plan", "--format", format).out)


def test_junit_and_json_have_the_whole_kind_as_a_value(site: ProjectFolder) -> None:
    junit = site.done("plan", "--format", "junit").out
    assert f'classname="{OURS}"' in junit
    assert f'classname="{THEIRS}"' in junit
    changes = json.loads(site.done("plan", "--format", "json").out)["changes"]
    assert [change["kind"] for change in changes if change["key"] == "lapsed"] == [OURS, THEIRS]


def test_a_kind_whose_name_is_its_own_needs_no_module(site: ProjectFolder) -> None:
    assert "+ program/p\n" in site.done("plan").out


def test_every_other_command_names_the_module(site: ProjectFolder) -> None:
    assert names_both(site.done("plan", "--summary").out)
    site.done("plan", "-o", "the.plan")
    assert names_both(site.done("show", "plan", "the.plan").out)
    applied = site.done("apply", "the.plan").out
    assert names_both(applied)
    run = re.search(r"run (\S+),", applied)
    assert run is not None
    assert names_both(site.done("show", "run", run[1]).out)
    for format in ("text", "dot", "mermaid", "svg"):
        assert names_both(site.done("graph", "--format", format).out), format
    compared = site.done("diff", "--from", "one", "--to", "two")
    assert names_both(compared.out)
    assert OURS in (checked := site.done("doctor").out)
    assert THEIRS in checked
    with site.tenant() as tenant:
        for kind in (OURS, THEIRS):
            tenant.patch(kind, tenant.named(kind, "Lapsed")["id"], name="Lapsed there")
    assert names_both(site.run("drift").out)
    assert names_both(site.done("pull").out)
    assert OURS in site.done("show", "statusReason/lapsed").out
    assert THEIRS in site.done("show", f"{THEIRS}/lapsed").out


def test_adopt_and_pull_name_the_module(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        for kind in (OURS, THEIRS):
            tenant.make(kind, {"name": "Lapsed", "is_active": True})
    site.done("adopt", "--review", "review.md")
    assert names_both(site.read("review.md"))
    for name in ("ours", "theirs"):
        (site.root / f"config/{name}.yaml").unlink()
    assert names_both(site.done("pull", "statusReason", "membership/*").out)


def test_a_module_is_in_use_while_a_document_names_one_of_its_kinds(site: ProjectFolder) -> None:
    lists = site.done("doctor", "--format", "json").value["checks"]
    assert {each["name"].partition("/")[0] for each in lists if "/" in each["name"]} == {"certifications", "membership"}
    (site.root / "config/theirs.yaml").unlink()
    lists = site.done("doctor", "--format", "json").value["checks"]
    assert {each["name"].partition("/")[0] for each in lists if "/" in each["name"]} == {"certifications"}
    # Its name is the only one of its kind then.
    assert "+ statusReason/lapsed\n" in site.done("plan").out


def test_a_whole_module_is_pulled_by_its_name(site: ProjectFolder) -> None:
    (site.root / "config/theirs.yaml").unlink()
    site.done("apply", "--auto-approve")
    with site.tenant() as tenant:
        tenant.make(THEIRS, {"name": "Lapsed", "is_active": True})
        tenant.make("membership/membershipType", {"name": "Fellow", "customer_type": "contact"})
    assert site.done("pull").last == "No changes."
    pulled = site.done("pull", "membership/*").out
    assert "membership/membershipType/fellow" in pulled
    assert "kind: membership/membershipType\n" in site.read("config/membership/membershipType/fellow.yaml")
    assert "statusReason/lapsed" in pulled
    assert site.done("pull").last == "No changes."
    unknown = site.run("pull", "memberships/*")
    assert (unknown.code, "there is no kind 'memberships'" in unknown.err) == (1, True)


def test_what_a_plan_outside_of_its_project_shows_is_unambiguous(site: ProjectFolder, tmp_path: Path) -> None:
    site.done("plan", "-o", "the.plan")
    (tmp_path / "rhythmconf.yaml").unlink()
    assert names_both(site.done("show", "plan", "the.plan").out)


def test_warnings_guards_and_unknown_kinds_name_the_module(site: ProjectFolder) -> None:
    others = (DOCUMENT.format(kind=kind, more=" once").replace("lapsed", "kept") for kind in (OURS, THEIRS))
    site.write("config/others.yaml", "---\n".join(others))
    site.done("apply", "--auto-approve")
    for name in ("ours", "theirs"):
        (site.root / f"config/{name}.yaml").unlink()
    left = site.done("plan").err
    assert f"{OURS}/lapsed, {THEIRS}/lapsed" in left
    assert f"--prune {OURS}/lapsed --prune {THEIRS}/lapsed" in left
    settings = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", settings.replace("tenant: t-one,", "tenant: t-one, protected: true,"))
    prunes = ("--prune", "statusReason/lapsed", "--prune", f"{THEIRS}/lapsed")
    refused = site.run("plan", *prunes)
    assert f"--allow {OURS}/lapsed" in refused.out + refused.err
    assert f"--allow {THEIRS}/lapsed" in refused.out + refused.err
    assert names_both(refused.out)
    help = site.run("plan", "--only", "statusReasn/lapsed").err
    assert "statusReason" in help
    unknown = site.run("plan", "--only", "nothing/lapsed").err
    assert unknown.count("statusReason") == 2
    assert THEIRS in unknown


def test_a_mistake_in_a_document_names_its_module(site: ProjectFolder) -> None:
    overlay = "kind: {}\nmatch: '*'\nunmanaged: [/description]\nspec: {{}}\n"
    site.write("overlays/one/o.yaml", "---\n".join(map(overlay.format, ("statusReason", THEIRS))))
    unmanaged = site.done("validate").out
    assert "'/description' names no field that any statusReason declares" in unmanaged
    assert f"'/description' names no field that any {THEIRS} declares" in unmanaged
    site.write("config/theirs.yaml", DOCUMENT.format(kind=THEIRS, more="").replace("is_active", "colour"))
    assert f"error[RC203]: {THEIRS} has no field 'colour'" in site.run("validate").out


PROCESS = "kind: membership/joining\nkey: join\nspec: {{name: Join, reason_id: {reason}}}\n"


def test_a_reference_from_one_module_to_the_other_is_a_visible_change(site: ProjectFolder) -> None:
    schema = make_schema(
        "membership/joining",
        {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "reason_id": {"type": "string", "x-ref": [OURS, THEIRS]},
        },
    )
    write_schemas(site.root / "kinds", schema)
    text = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", text.replace("sources:", "schemas: [kinds]\nsources:"))
    site.write("config/join.yaml", PROCESS.format(reason=f"{OURS}/lapsed"))
    site.done("apply", "--auto-approve")
    site.write("config/join.yaml", PROCESS.format(reason=f"{THEIRS}/lapsed"))
    change = f"{OURS}/lapsed -> {THEIRS}/lapsed"
    assert change in site.done("plan").out
    assert change.replace("->", "→") in site.done("plan", "--format", "markdown").out.replace("`", "")
    compared = site.done("diff", "--from", "one", "--to", "files").out
    assert f'"{OURS}/lapsed" -> "{THEIRS}/lapsed"' in compared


MARKET = "membership/plan"
OWNED = {"unit_id": {"type": "string", "x-external": "finance/unit"}}


@pytest.fixture
def market(site: ProjectFolder) -> ProjectFolder:
    """Return the project with a kind of membership that refers to both modules, and one of ours that shares a unit."""
    text = {"type": "string"}
    reference = {"type": "string", "x-ref": [OURS, THEIRS]}
    programs = {"type": "array", "items": text, "x-list-type": "set", "x-ref": "certifications/program"}
    fields = {"id": {**text, "readOnly": True}, "name": text, "reason_id": reference, "program_ids": programs, **OWNED}
    offer = make_schema("certifications/offer", {"id": {**text, "readOnly": True}, "name": text, **OWNED})
    plan = make_schema(MARKET, fields, required=["name"])
    for schema in (offer, plan):
        operations = {**schema["x-resource"]["operations"], "batch": "guess"}
        schema["x-resource"] |= {"natural_key": ["name"], "operations": operations}
    write_schemas(site.root / "kinds", offer, plan)
    settings = site.read("rhythmconf.yaml")
    site.write("rhythmconf.yaml", settings.replace("sources:", "schemas: [kinds]\nsources:"))
    for number in range(4):
        site.write(f"config/plan{number}.yaml", PLAN.format(number=number, name="Plan"))
    site.write("config/offer.yaml", "kind: offer\nkey: o\nspec: {name: Offer, unit_id: main}\n")
    for environment in ("one", "two"):
        site.write(f"bindings/{environment}.yaml", f"finance/unit:\n  main: unit-of-{environment}\n")
    return ProjectFolder(site.root, widen_all(load([default_folder(), site.root / "kinds"], module="certifications")))


PLAN = """\
kind: membership/plan
key: plan-{number}
spec: {{name: {name} {number}, unit_id: main, reason_id: membership/statusReason/lapsed, program_ids: [p]}}
"""


def test_one_binding_of_the_owner_serves_both_modules(market: ProjectFolder) -> None:
    market.done("apply", "--auto-approve")
    with market.tenant() as tenant:
        assert tenant.named("offer", "Offer")["unit_id"] == tenant.named(MARKET, "Plan 0")["unit_id"] == "unit-of-one"
    market.done("pull")
    assert market.done("plan").last == "No changes."


def test_changes_of_both_modules_are_batched_and_read_back(market: ProjectFolder) -> None:
    market.done("apply", "--auto-approve")
    write(market, " now")
    for number in range(4):
        market.write(f"config/plan{number}.yaml", PLAN.format(number=number, name="Better plan"))
    applied = market.done("apply", "--auto-approve")
    assert "0 added, 6 changed" in applied.last
    assert "membership/plan/plan-0" in applied.out
    assert market.done("plan").last == "No changes."
    with market.tenant() as tenant:
        better = tenant.named(MARKET, "Better plan 3")
        assert better["reason_id"] == tenant.named(THEIRS, "Lapsed now")["id"]
        assert better["program_ids"] == [tenant.named("program", "P")["id"]]


def test_a_pull_into_an_empty_project_and_a_promotion_keep_the_modules(market: ProjectFolder) -> None:
    market.done("apply", "--auto-approve")
    for path in (market.root / "config").glob("*.yaml"):
        path.unlink()
    with market.tenant() as tenant:  # without marks, names come from the natural keys
        for kind in (OURS, THEIRS, MARKET, "offer", "program"):
            for record in tenant.all(kind):
                tenant.call("PATCH", kind, f"/{record['id']}", [{"op": "remove", "path": "/sys_external_id"}])
    market.done("pull")
    text = market.read("config/membership/plan/plan-0.yaml")
    assert "kind: membership/plan\n" in text
    assert "reason_id: membership/statusReason/lapsed" in text
    assert "program_ids: [p]\n" in text
    assert "unit_id: main" in text
    market.done("apply", "--auto-approve")
    market.done("promote", "--from", "one", "--to", "two")
    market.done("apply", "--auto-approve", "--env", "two")
    with market.tenant("two") as tenant:
        promoted = tenant.named(MARKET, "Plan 0")
        assert promoted["reason_id"] == tenant.named(THEIRS, "Lapsed")["id"]
        assert promoted["unit_id"] == "unit-of-two"
    assert market.done("plan", "--env", "two").last == "No changes."


def test_doctor_and_its_probe_reach_the_other_module(market: ProjectFolder) -> None:
    checks = market.done("doctor").out
    assert MARKET in checks
    with market.tenant() as tenant:
        before = tenant.all(THEIRS)
        probed = market.done("doctor", "--probe", "--kind", THEIRS)
        assert THEIRS in probed.out
        assert tenant.all(THEIRS) == before
