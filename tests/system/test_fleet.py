"""`rhythmconf fleet`: one command for many tenants, of which some fail."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from rhythmconf.cli.engines import open_engine
from rhythmconf.errors import NotPermitted
from rhythmconf.flows.fleet.engine import carry_out
from rhythmconf.flows.fleet.values import Order
from rhythmconf.model.fleet import MemberSummary
from rhythmconf.tenant.client import Client
from tests.support.fleets import apply_member, fleet, members, rename_reasons, serve_refusals, write_member
from tests.support.git import commit_all, git
from tests.support.process import Completed, edit_file, run_in_process, run_ok, write_files

FLEET = "version: 1\nmembers:\n  - project: tenants/*\n    environment: live\n"
FAILING = {"denied", "dead", "gone", "guarded", "wrong", "absent"}
HEAD = ("tenant", "environment", "add", "change", "destroy", "risks", "guards", "conflicts", "state")
TOKEN = {"RHYTHMCONF_TOKEN": "a-secret-token"}


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Twelve tenants: four new, two with the same two changes, and one for each way to fail."""
    root = tmp_path_factory.mktemp("agency")
    for name in ("north", "south", "east", "west"):
        write_member(root, name)
    for name in ("up", "down", "guarded"):
        project = write_member(root, name)
        apply_member(project, root / ".rhythmconf/state")
        rename_reasons(project, *range(9 if name == "guarded" else 1))
    wrong = write_member(root, "wrong")
    write_files(wrong, {"config/more.yaml": "kind: program\nkey: x\nspec: {name: X, is_activ: true}\n"})
    with serve_refusals() as url:
        write_member(root, "denied", f"{{tenant: denied, base_url: '{url}/{{module}}'}}")
        write_member(root, "dead", f"{{tenant: dead, base_url: '{url}/{{module}}'}}")
        write_member(root, "gone", "{tenant: gone, base_url: 'http://127.0.0.1:1/{module}'}")
        write_files(root, {"fleet.yaml": f"{FLEET}  - project: tenants/absent\n    environment: live\n"})
        yield root


@pytest.fixture(scope="module")
def ran(agency: Path) -> Completed:
    """Plan all members once, in three formats and as pages: a tenant that nobody reaches takes seconds."""
    files = ("--format", "json", "--output-file", "fleet.json", "--format", "junit", "--output-file", "fleet.xml")
    return fleet(agency, "plan", *files, "--format", "text", "--pages", "pages", env=TOKEN)


@pytest.fixture(scope="module")
def planned(agency: Path, ran: Completed) -> dict[str, dict[str, Any]]:
    """Return the members of the JSON report, by name."""
    assert ran.code == 1, ran  # a member without a plan is worse than one that a guard refuses
    return {member["name"]: member for member in json.loads((agency / "fleet.json").read_bytes())["members"]}


def test_a_member_that_fails_stops_no_other_and_stands_with_its_reason_and_command(
    agency: Path, planned: dict[str, dict[str, Any]]
) -> None:
    failed = {name: member for name, member in planned.items() if member["exit_code"]}
    assert failed.keys() == FAILING
    assert {name: (member["exit_code"], member["state"]) for name, member in failed.items()} == {
        "denied": (4, "denied"),
        "dead": (4, "denied"),
        "gone": (1, "failed"),
        "guarded": (3, "refused"),
        "wrong": (1, "failed"),
        "absent": (1, "failed"),
    }
    assert "config/more.yaml:3:17: " in planned["wrong"]["reason"]
    assert "403" in planned["denied"]["reason"]
    assert "401" in planned["dead"]["reason"]
    assert "no such folder" in planned["absent"]["reason"]
    for name in ("denied", "wrong", "guarded"):
        program, *arguments = shlex.split(failed[name]["command"])
        alone = run_in_process(agency, *arguments, env=TOKEN)
        assert (program, alone.code) == ("rhythmconf", failed[name]["exit_code"]), alone
        assert failed[name]["code"] in alone.stderr
    created = {name: member["create"] for name, member in planned.items() if name not in FAILING}
    assert created == {"north": 10, "south": 10, "east": 10, "west": 10, "up": 0, "down": 0}


def test_the_table_begins_with_the_worst_and_reads_equal_changes_once(ran: Completed) -> None:
    lines = ran.stdout.splitlines()
    assert lines[0].split() == [*HEAD]
    states = [line.split()[-1] for line in lines[1:13]]
    assert states == ["failed"] * 3 + ["denied"] * 2 + ["refused"] + ["changes"] * 6
    [equal] = [number for number, line in enumerate(lines) if line == "The same change in 2 tenants"]
    assert lines[equal + 1 : equal + 3] == ["  update statusReason/r0", "  in down and up"]
    assert lines[-1] == "12 tenants: 3 failed, 2 denied, 1 refused and 6 with changes."
    assert TOKEN["RHYTHMCONF_TOKEN"] not in ran.stdout + ran.stderr


def test_other_commands_and_formats_sum_up_the_same_members(agency: Path, ran: Completed) -> None:
    valid = members(agency, "validate", env=TOKEN)
    assert {name for name, member in valid.items() if member["exit_code"]} == {"wrong", "absent"}
    status = members(agency, "status", "--select", "name=up", env=TOKEN)
    assert status["up"]["state"] == "applied"
    assert status["up"]["run"] in run_ok(agency / "tenants/up", "history", env=state(agency)).stdout
    drifted = members(agency, "drift", "--select", "name=north", env=TOKEN)
    assert drifted["north"]["exit_code"] == 2  # without a base every difference is shown
    suite = next(iter(JUnitXml.fromstring((agency / "fleet.xml").read_bytes())))
    assert {case.name for case in suite if case.result} == FAILING
    assert len([*suite]) == 12


def state(root: Path) -> dict[str, str]:
    """Return the variable that names the state folder of a fleet."""
    return {"RHYTHMCONF_STATE_DIR": str(root / ".rhythmconf/state")}


def test_two_processes_find_what_one_does(agency: Path) -> None:
    chosen = ("plan", "--select", "size=small")
    text = (agency / "fleet.yaml").read_text()
    small = "".join(
        f"  - project: tenants/{name}\n    environment: live\n    labels: {{size: small}}\n" for name in SMALL
    )
    (agency / "fleet.yaml").write_text(text + small)
    assert members(agency, *chosen, "--jobs", "2") == members(agency, *chosen)


SMALL = ("north", "up", "wrong", "guarded")


def end_process(order: Order) -> MemberSummary:
    """Work on a member; one of them ends its worker."""
    if order.name == "fatal":
        os.kill(os.getpid(), signal.SIGKILL)
    return MemberSummary(order.name, order.project, "live", "valid")


def test_a_worker_that_dies_costs_only_its_own_member() -> None:
    names = ("one", "fatal", "two", "three")
    engine = open_engine(2, len(names))
    orders = (Order("plan", name, name, f"/{name}", name, "") for name in names)
    ended = {summary.name: summary for summary in carry_out(engine, end_process, orders)}
    assert {name: summary.state for name, summary in ended.items()} == {
        "one": "valid",
        "two": "valid",
        "three": "valid",
        "fatal": "failed",
    }
    assert ended["fatal"].command == "rhythmconf plan -C fatal"


def test_a_worker_that_dies_while_it_waits_is_replaced_and_its_twin_stays() -> None:
    with open_engine(2, 2).open() as executor:
        futures = [executor.submit(os.getpid) for _ in range(2)]
        first, second = (future.result() for future in futures)
        os.kill(first, signal.SIGKILL)
        later = [executor.submit(os.getpid) for _ in range(2)]
        answers = [future.result() for future in later if future.exception() is None]
        assert second in answers
        assert first not in answers
        assert executor.submit(os.getppid).result() == os.getpid()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("version: 1\nmembers: []\n", "2:10", "members must be a list of at least one entry"),
        ("version: 1\nmembers:\n  - projects: a\n", "3:5", "entry 1 of members has no member 'projects'"),
        ("version: 1\nmembers:\n  - project: a\n  - {}\n", "4:5", "entry 2 of members needs the member 'project'"),
        ("version: 1\nmembers:\n  - project: ../a\n", "3:14", "project must be a folder below that of fleet.yaml"),
        ("version: 1\nmembers:\n  - project: no/*\n", "3:14", "no folder with a rhythmconf.yaml matches no/*"),
        ("version: 1\nmembers: [{project: a/x}, {project: b/x}]\n", "2:37", "two members are named x: a/x and b/x"),
        ("version: 1\nmembers: [{project: a}]\nrings: [rest, 10%]\n", "3:8", "rings must name each label once and end"),
        ("version: 1\nmembers: [{project: a}]\nrings: [first, rest]\n", "3:8", "no member has the label `ring: first`"),
        (
            "version: 1\nmembers: [{project: a, labels: {ring: x}}]\nrings: [rest]\n",
            "2:39",
            "there is no ring x",
        ),
        ("version: 1\nmembers: [{project: a}]\nmax_failures: -1\n", "3:15", "max_failures must be a whole number"),
        ("version: 1\nmembers: [{project: ., environment: x*}]\n", "2:37", "no environment of . matches x*"),
        ("version: 1\nmembers: [{project: a, environment: X}]\n", "2:37", "environment must be the name of an envir"),
    ],
)
def test_a_mistake_in_fleet_yaml_has_its_place(tmp_path: Path, text: str, place: str, message: str) -> None:
    write_files(tmp_path, {"fleet.yaml": text, "rhythmconf.yaml": BASE})
    ran = fleet(tmp_path, "plan")
    assert ran.code == 1
    assert f" {message}" in ran.stderr
    assert f"--> fleet.yaml:{place}\n" in ran.stderr


def test_entries_give_one_member_its_labels_and_its_name(tmp_path: Path) -> None:
    for name in ("north", "south"):
        write_member(tmp_path, name)
    text = FLEET.replace("live", "live\n    name: '*-live'")
    canary = "  - {project: tenants/north, environment: live, labels: {ring: canary, country: us}}\n"
    (tmp_path / "fleet.yaml").write_text(f"{text}{canary}rings: [canary, rest]\n")
    report = json.loads(fleet(tmp_path, "validate", "--format", "json").stdout)
    assert [member["name"] for member in report["members"]] == ["north-live", "south-live"]
    assert members(tmp_path, "validate", "--select", "country=us", "--select", "ring=canary").keys() == {"north-live"}
    ran = fleet(tmp_path, "validate", "--select", "country=uk")
    assert ran.code == 1
    assert "no member of the fleet has country=uk" in ran.stderr


def test_only_members_whose_inputs_have_changed_are_planned(tmp_path: Path) -> None:
    notes = "kinds/certifications/statusReason.notes.yaml"
    for name in ("north", "south", "east"):
        project = write_member(tmp_path / "clients", name)
        if name != "south":
            edit_file(project / "rhythmconf.yaml", "sources: [config]", "sources: [config]\nschemas: [../../kinds]")
    write_files(tmp_path / "clients", {"fleet.yaml": FLEET, notes: "kind: statusReason\n", "other.txt": "one"})
    write_files(tmp_path, {".gitignore": ".rhythmconf/\n"})
    git(tmp_path, "init", "-q")
    commit_all(tmp_path)

    def changed() -> set[str]:
        return {*members(tmp_path / "clients", "validate", "--changed-since", "HEAD")}

    assert changed() == set()
    assert fleet(tmp_path / "clients", "validate", "--changed-since", "HEAD").code == 0
    (tmp_path / "clients/other.txt").write_text("two")
    assert changed() == set()
    write_files(tmp_path / "clients/tenants/south", {"config/new.yaml": ""})  # not known to git yet
    assert changed() == {"south"}
    (tmp_path / "clients" / notes).write_text("kind: statusReason\ntitle: Reason\n")
    assert changed() == {"north", "south", "east"}
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "more")
    edit_file(tmp_path / "clients/fleet.yaml", "version: 1", "version: 1  # a comment")
    assert changed() == {"north", "south", "east"}
    unknown = fleet(tmp_path / "clients", "plan", "--changed-since", "no-such-branch")
    assert (unknown.code, "git knows no revision 'no-such-branch'" in unknown.stderr) == (1, True)


def test_the_index_leads_to_the_page_of_each_planned_tenant(agency: Path, ran: Completed) -> None:
    index = (agency / "pages/index.html").read_text()
    links = {*re.findall(r'href="([^"#]+)"', index)}
    assert links == {f"{name}.html" for name in ("north", "south", "east", "west", "up", "down", "guarded")}
    assert all((agency / "pages" / link).is_file() for link in links)
    assert "Reason 0 new" in (agency / "pages/up.html").read_text()
    assert "config/more.yaml:3:17: " in index
    assert "The same change in 2 tenants: update statusReason/r0" in index


def test_fleet_pull_writes_what_a_single_pull_would_and_nothing_else(tmp_path: Path) -> None:
    reason = "config/statusReason/r10.yaml"
    for name in ("north", "south", "blocked", "wrong"):
        project = write_member(tmp_path, name)
        apply_member(project, tmp_path / ".rhythmconf/state")
        # What the tenant has beyond the files: another name of r0, and a record.
        rename_reasons(project, 0)
        write_files(project, {reason: "kind: statusReason\nkey: r10\nspec: {name: Reason 10, is_active: true}\n"})
        apply_member(project, tmp_path / ".rhythmconf/state")
        edit_file(project / "config/reasons.yaml", "name: Reason 0 new,", "name: Reason 0,")
        (project / reason).unlink()
    (tmp_path / "tenants/blocked/config/statusReason").rmdir()
    (tmp_path / "tenants/blocked/config/statusReason").symlink_to(tmp_path)  # links are not followed
    write_files(tmp_path, {"fleet.yaml": FLEET})
    write_files(tmp_path, {"tenants/wrong/config/more.yaml": "kind: program\nkey: x\nspec: {names: X}\n"})
    shutil.copytree(tmp_path / "tenants/north", tmp_path / "alone")
    run_ok(tmp_path / "alone", "pull", env=state(tmp_path))
    before = read_files(tmp_path / "tenants")

    dry = members(tmp_path, "pull", "--dry-run")
    assert read_files(tmp_path / "tenants") == before
    assert {name: (one["state"], one["create"], one["update"]) for name, one in dry.items()} == {
        "north": ("changes", 1, 1),
        "south": ("changes", 1, 1),
        "blocked": ("failed", 0, 0),
        "wrong": ("failed", 0, 0),
    }
    assert dry["north"]["command"] == "rhythmconf pull --dry-run -C tenants/north --env live"
    assert reason in run_in_process(tmp_path, *shlex.split(dry["north"]["command"])[1:]).stdout

    ran = fleet(tmp_path, "pull", "--format", "junit", "--output-file", "pull.xml", "--format", "text")
    assert ran.code == 1
    assert ran.stdout.splitlines()[0].split() == ["tenant", "environment", "add", "change", "state"]
    assert "The same 2 changes in 2 tenants" in ran.stdout
    assert f"blocked: {reason}: config/statusReason is a symbolic link" in ran.stdout
    assert "config/more.yaml:3:8: " in ran.stdout
    assert "review what was written with: git diff" in ran.stderr
    suite = next(iter(JUnitXml.fromstring((tmp_path / "pull.xml").read_bytes())))
    assert {case.name for case in suite if case.result} == {"blocked", "wrong"}
    after = read_files(tmp_path / "tenants")
    alone = read_files(tmp_path / "alone")
    assert {name: text for name, text in after.items() if before.get(name) != text} == {
        f"{name}/{file}": alone[file] for name in ("north", "south") for file in ("config/reasons.yaml", reason)
    }
    again = members(tmp_path, "pull", "statusReason/r0", "--select", "name=north")
    assert again["north"]["state"] == "unchanged"


def read_files(root: Path) -> dict[str, bytes]:
    """Return the texts of the files below a folder, without the tenants themselves."""
    paths = (path for path in root.rglob("*") if path.is_file() and ".rhythmconf" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


BASE = """\
version: 1
project: agency
sources: [config]
schemas: [kinds]
environments:
  acme: {tenant: acme, embedded: .rhythmconf/acme.db}
  bolt: {tenant: bolt, embedded: .rhythmconf/bolt.db}
  cargo:
    tenant: cargo
    auth: {domain: cargo.us.auth0.com, client_id: agency, client_secret: '${CARGO_SECRET}'}
"""


def test_tenants_share_a_base_and_each_has_overlays_and_variables_of_its_own(tmp_path: Path) -> None:
    base = write_member(tmp_path, "base")
    notes = "kinds/certifications/statusReason.notes.yaml"
    overlay = "kind: statusReason\nkey: r0\nspec: {name: Lapsed}\n"
    bolt = {"overlays/bolt/reasons.yaml": overlay, "bindings/bolt.yaml": "invoiceTemplate: {standard: 8c1d2f7ab0}\n"}
    write_files(base, {"rhythmconf.yaml": BASE, notes: "title: Status reason\n", **bolt})
    (tmp_path / "fleet.yaml").write_text("version: 1\nmembers: [{project: tenants/base, environment: '*'}]\n")
    planned = members(tmp_path, "plan")
    assert {name: (one["state"], one["create"]) for name, one in planned.items()} == {
        "acme": ("changes", 10),
        "bolt": ("changes", 10),
        "cargo": ("failed", 0),
    }
    assert planned["acme"]["equal"] != planned["bolt"]["equal"]  # bolt has an overlay
    assert re.search(r"rhythmconf\.yaml:10:\d+: the variable CARGO_SECRET is not set", planned["cargo"]["reason"])
    assert planned["bolt"]["command"] == "rhythmconf plan -C tenants/base --env bolt"
    alone = json.loads(run_ok(tmp_path, *shlex.split(planned["bolt"]["command"])[1:], "--format", "json").stdout)
    assert len(alone["changes"]) == 10
    assert "Lapsed" in json.dumps(alone["changes"])

    # A pull of two into the same documents is refused; each has its own overlays.
    assert fleet(tmp_path, "pull").code == 1
    assert "acme and bolt are environments of one project" in fleet(tmp_path, "pull").stderr
    for name in ("acme", "bolt"):
        run_ok(base, "apply", "--env", name, "--auto-approve", env=state(tmp_path))
    edit_file(base / "config/reasons.yaml", "name: Reason 1,", "name: Changed in the files,")
    pulled = members(tmp_path, "pull", "--as-overlay", "--select", "name=acme")
    assert (pulled["acme"]["state"], pulled["acme"]["update"]) == ("pulled", 1)
    assert "Reason 1" in (base / "overlays/acme/statusReason/r1.yaml").read_text()

    # What only one environment reads concerns one tenant, the base and its kinds concern all.
    write_files(tmp_path, {".gitignore": ".rhythmconf/\n"})
    git(tmp_path, "init", "-q")
    for file, old, new, concerned in (
        ("overlays/bolt/reasons.yaml", "Lapsed", "Gone", {"bolt"}),
        ("bindings/bolt.yaml", "8c1d2f7ab0", "8c1d2f7ab1", {"bolt"}),
        ("rhythmconf.yaml", "client_id: agency", "client_id: agency-2", {"cargo"}),
        ("rhythmconf.yaml", "project: agency", "lint: {RC701: off}\nproject: agency", {"acme", "bolt", "cargo"}),
        ("config/reasons.yaml", "name: Reason 2,", "name: Other,", {"acme", "bolt", "cargo"}),
        (notes, "title: Status reason", "title: Reason", {"acme", "bolt", "cargo"}),
    ):
        commit_all(tmp_path)
        edit_file(base / file, old, new)
        assert {*members(tmp_path, "validate", "--changed-since", "HEAD")} == concerned, file


def test_the_forecast_of_each_tenant_and_of_all_and_unknown_stays_unknown(
    applied_example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed, name in enumerate(("north", "south", "wrong")):
        project = Path(shutil.copytree(applied_example, tmp_path / "tenants" / name))
        members_made_up = f"embedded: {{file: .rhythmconf/production.db, people: 300, seed: {seed}}}"
        edit_file(project / "rhythmconf.yaml", "embedded: .rhythmconf/production.db", members_made_up)
        edit_file(
            project / "config/billing/drops.yaml", "number: 61, unit_of_time: days", "number: 5, unit_of_time: days"
        )
    edit_file(tmp_path / "tenants/wrong/config/billing/drops.yaml", "number: 5, unit", "numbers: 5, unit")
    (tmp_path / "fleet.yaml").write_text(FLEET.replace("live", "production"))
    env = state(applied_example)

    files = ("--format", "json", "--output-file", "fleet.json", "--pages", "pages")
    ran = fleet(tmp_path, "plan", "--forecast", *files, "--format", "text", env=env)
    report = json.loads((tmp_path / "fleet.json").read_bytes())
    found = {member["name"]: member for member in report["members"]}
    alone = {}
    for name in ("north", "south"):
        assert found[name]["command"] == f"rhythmconf plan --forecast -C tenants/{name} --env production"
        single = run_ok(tmp_path, *shlex.split(found[name]["command"])[1:], "--format", "json", env=env).json()
        alone[name] = single["forecast"]["totals"]
        assert found[name]["forecast"]["totals"] == alone[name]
    assert found["wrong"]["forecast"] is None
    assert report["forecast"]["unknown"] == ["wrong"]
    [drops] = [total for total in report["forecast"]["totals"] if total["does"] == "drop"]
    both = [total for totals in alone.values() for total in totals if total["does"] == "drop"]
    assert drops["tenants"] == len(both) == 2
    assert drops["before"] == sum(total["before"] for total in both)
    assert drops["after"] == sum(total["after"] for total in both) > drops["before"] > 0
    assert drops["money"]["after"] == sum(total["money"]["after"] for total in both) > 0
    in_all = f"drop {drops['before']} -> {drops['after']} people, at risk {drops['money']['after']:,.2f}"
    assert in_all in ran.stdout
    assert in_all in (tmp_path / "pages/index.html").read_text().replace("&gt;", ">")
    assert "unknown in 1 tenant: wrong" in ran.stdout
    assert ran.stdout.splitlines()[0].split() == [*HEAD[:-1], "forecast", "state"]

    def refuse(*_: object) -> None:
        raise NotPermitted("The tenant does not permit this call (403 Forbidden).")

    monkeypatch.setattr(Client, "search", refuse)
    unknown = fleet(tmp_path, "plan", "--forecast", "--format", "json", "--select", "name=north", env=env).json()
    assert (unknown["forecast"]["totals"], unknown["forecast"]["unknown"]) == ([], ["north"])
    totals = unknown["members"][0]["forecast"]["totals"]
    assert {total[side] for total in totals for side in ("before", "after")} <= {None}
    text = fleet(tmp_path, "plan", "--forecast", "--select", "name=north", env=env).stdout
    assert " unknown" in text.splitlines()[1]
    assert "unknown in 1 tenant: north" in text
