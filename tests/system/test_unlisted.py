"""A tenant that refuses some lists: the API key lacks a permission, or the tenant lacks the list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rhythmconf.model import Json
from tests.support.process import Completed, make_project, run_in_process

PROGRAM: Json = {"id": "p-1f3a9c77", "name": "Diver", "is_active": True, "group_id": "g-1f3a9c77"}
SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0, list: array}}
"""


@contextmanager
def serve(lists: Mapping[str, Json], refusal: int, without: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve some lists by segment; every other list is refused with this status.

    Tenants in `without` have one list less, that of the segment.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            segment, tenant = self.path.partition("?")[0].split("/")[2:4]
            listed = segment in lists and segment != (without or {}).get(tenant)
            self.send_response(200 if listed else refusal)
            self.send_header("Content-Type", "application/json")
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(json.dumps(lists[segment] if listed else {"message": "Forbidden"}).encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{{module}}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(folder: Path, url: str, *arguments: str) -> Completed:
    env = {"RHYTHMCONF_BASE_URL": url, "RHYTHMCONF_TOKEN": "any"}
    return run_in_process(folder, *arguments, "--env", "here", env=env)


@pytest.mark.parametrize("refusal", [403, 404, 405])
def test_the_kinds_that_are_listed_are_pulled(tmp_path: Path, refusal: int) -> None:
    folder = make_project(tmp_path, {}, SETTINGS)
    lists: dict[str, Json] = {"programs": [PROGRAM], "notices": []}
    with serve(lists, refusal) as url:
        pulled = run(folder, url, "pull")
    assert pulled.code == 0, pulled.stderr
    # A singleton that isn't there is no refused list.
    assert f"warning[RC609]: {18 if refusal == 404 else 19} kinds not pulled: activityType, " in pulled.stderr
    assert ", programGroup, " in pulled.stderr
    assert "`rhythmconf pull activityType`" in pulled.stderr
    [document] = (folder / "config").rglob("*.yaml")
    # The record of the other kind may well exist: it is bound, not called missing.
    assert "RC601" not in pulled.stderr
    assert "group_id: g-1f3a9c77" in document.read_text(encoding="utf-8")
    assert "g-1f3a9c77: g-1f3a9c77" in (folder / "bindings/here.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({}, ["programGroup"]),
        ({"config/crafts.yaml": "kind: programGroup\nkey: crafts\nspec: {name: Crafts}\n"}, []),
        ({"bindings/here.yaml": "programGroup: {crafts: g-1f3a9c77}\n"}, []),
        ({"overlays/there/g.yaml": "kind: programGroup\nkey: crafts\nspec: {name: Crafts}\n"}, []),
    ],
)
def test_a_kind_that_somebody_needs_is_not_left_out(
    tmp_path: Path, files: dict[str, str], arguments: list[str]
) -> None:
    settings = f"{SETTINGS}  there: {{tenant: hisp-there}}\n"
    folder = make_project(tmp_path, files, settings)
    with serve({"programs": [PROGRAM]}, 403) as url:
        pulled = run(folder, url, "pull", *arguments)
    assert (pulled.code, pulled.stdout) == (4, "")
    assert "does not permit this call" in pulled.stderr
    assert not list(folder.rglob("diver.yaml"))


@pytest.mark.parametrize("refusal", [401, 500])
def test_another_error_ends_the_pull(tmp_path: Path, refusal: int) -> None:
    folder = make_project(tmp_path, {}, SETTINGS)
    with serve({}, refusal) as url:
        assert run(folder, url, "pull").code in (1, 4)


def test_a_tenant_that_refuses_every_list_is_not_an_empty_one(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {}, SETTINGS)
    with serve({}, 403) as url:
        pulled = run(folder, url, "pull")
    assert (pulled.code, pulled.stdout) == (4, "")
    assert "the address" in pulled.stderr


def test_a_list_says_what_the_tenant_does_not_list(tmp_path: Path) -> None:
    folder = make_project(tmp_path, None, SETTINGS)
    with serve({"programs": [PROGRAM], "statusReasons": []}, 403) as url:
        shown = run(folder, url, "list")
        value = json.loads(run(folder, url, "list", "--format", "json").stdout)
        named = run(folder, url, "list", "notice")
    assert "\nnotice is not listed: The tenant does not permit this call" in shown.stdout
    assert shown.stdout.endswith("\n2 listed: 1 record only, 1 document only.\n")
    assert value["unlisted"]["certifications/notice"].startswith("The tenant does not permit this call")
    assert "certifications/program" not in value["unlisted"]
    assert (named.code, named.stdout) == (4, "")


OTHERS = "  there: {tenant: hisp-there, dialect: {list_lag_s: 0, list: array}}\n"


def test_kinds_that_a_tenant_does_not_list_are_not_compared(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS + OTHERS)
    ours = {"programs": [PROGRAM], "programGroups": [GROUP], "statusReasons": []}
    with serve(ours, 403) as url:
        compared = run(folder, url, "diff", "--from", "here", "--to", "there")
        files = run(folder, url, "diff", "--from", "here", "--to", "files")
    for done in (compared, files):
        assert done.code == 0, done.stderr
        assert "warning[RC609]: 18 kinds not compared (here): activityType, " in done.stderr
        assert "rhythmconf pull" not in done.stderr
    assert "kinds not compared (there)" in compared.stderr


def test_a_kind_that_one_of_two_tenants_lists_is_not_compared_either(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS + OTHERS)
    lists: dict[str, Json] = {"programGroups": [GROUP], "statusReasons": []}
    with serve(lists, 403, without={"hisp-there": "programGroups"}) as url:
        compared = run(folder, url, "diff", "--from", "here", "--to", "there")
        named = run(folder, url, "diff", "--from", "here", "--to", "files")
    assert (compared.code, named.code) == (0, 0), compared.stderr
    assert "programGroup/crafts" not in compared.stdout
    assert "programGroup/crafts" in named.stdout


def test_a_snapshot_is_saved_and_planned_without_the_kinds_that_nobody_needs(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS)
    with serve({"licenseTypes": [TYPE], "statusReasons": []}, 403) as url:
        saved = run(folder, url, "pull", "--snapshot", "one.json")
        planned = run(folder, url, "plan", "--live", "one.json", "--prune", "licenseType/diver")
        needed = run(folder, url, "plan", "--live", "one.json", "--prune", "programGroup/crafts")
    assert saved.code == 0, saved.stderr
    assert "kinds not saved: activityType, " in saved.stderr
    assert "- licenseType/diver" in planned.stdout, planned.stderr
    assert needed.code == 1
    assert "the snapshot has no records of certifications/program" in needed.stderr


@pytest.mark.parametrize("arguments", [[], ["programGroup"]], ids=["document", "named"])
def test_a_snapshot_has_every_kind_that_somebody_needs(tmp_path: Path, arguments: list[str]) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS)
    with serve({"programs": [PROGRAM]}, 403) as url:
        assert run(folder, url, "pull", *arguments, "--snapshot", "one.json").code == 4
    assert not (folder / "one.json").exists()


def test_a_kind_with_a_document_has_to_be_compared(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS)
    with serve({"programs": [PROGRAM]}, 403) as url:
        assert run(folder, url, "diff", "--from", "here", "--to", "files").code == 4


GROUP: Json = {"id": "g-1f3a9c77", "name": "Crafts", "sys_external_id": "rhythmconf/hisp/crafts"}
TYPE: Json = {"id": "t-1f3a9c77", "name": "Diver", "sys_external_id": "rhythmconf/hisp/diver"}
REASONS = "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed}\n"


@pytest.mark.parametrize(
    ("lists", "pruned", "code"),
    [
        ({"licenseTypes": [TYPE]}, "licenseType/diver", 0),
        ({"programGroups": [GROUP], "programs": []}, "programGroup/crafts", 0),
        ({"programGroups": [GROUP]}, "programGroup/crafts", 4),
        ({"programs": []}, "programGroup/crafts", 4),
    ],
    ids=["nothing refers to it", "what refers is listed", "what refers is refused", "its own kind is refused"],
)
def test_a_deletion_needs_the_kinds_that_may_refer_to_the_record(
    tmp_path: Path, lists: dict[str, Json], pruned: str, code: int
) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS)
    with serve({"statusReasons": [], **lists}, 403) as url:
        planned = run(folder, url, "plan", "--prune", pruned)
    assert planned.code == code, planned.stderr
    assert (f"- {pruned}" in planned.stdout) == (code == 0)


@pytest.mark.parametrize("option", ["--destroy", "--prune-duplicates"])
def test_whatever_carries_a_mark_is_only_deleted_where_all_lists_are_seen(tmp_path: Path, option: str) -> None:
    folder = make_project(tmp_path, {"config/reasons.yaml": REASONS}, SETTINGS)
    with serve({"statusReasons": []}, 403) as url:
        assert run(folder, url, "plan", option).code == 4


@pytest.mark.parametrize(
    ("document", "segment", "others", "code"),
    [
        ("kind: licenseType\nkey: diver\nspec: {name: Diver}\n", "licenseTypes", (), 0),
        ("kind: programGroup\nkey: crafts\nspec: {name: Crafts}\n", "programGroups", ("programs",), 0),
        ("kind: programGroup\nkey: crafts\nspec: {name: Crafts}\n", "programGroups", (), 4),
    ],
    ids=["nothing refers to it", "what refers is listed", "what refers is refused"],
)
def test_a_rollback_needs_the_kinds_that_may_refer_to_what_was_created(
    tmp_path: Path, document: str, segment: str, others: tuple[str, ...], code: int
) -> None:
    folder = make_project(tmp_path, {"config/one.yaml": document}, SETTINGS)
    with serve({name: [] for name in (segment, *others)}, 403) as url:
        assert run(folder, url, "plan", "-o", "one.plan").code == 0
        back = run(folder, url, "rollback", "--plan", "one.plan", "-o", "back.plan")
    assert back.code == code, back.stderr
