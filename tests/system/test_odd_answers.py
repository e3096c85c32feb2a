"""Commands against a tenant, or something else at its address, that answers oddly."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rhythmconf.model import Json
from rhythmconf.tenant.client import http
from tests.support.process import (
    Completed,
    ServedTenant,
    edit_file,
    make_project,
    run,
    run_in_process,
    run_ok,
    serve_emulator,
)
from tests.support.proxy import start_proxy
from tests.support.wire import Wire, make_answer, serve_script

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0, batch: none}}
"""
TOKEN = "the-token"
PAGE = b"<html><title>Sign in to Corporate WiFi</title></html>"
HTML = make_answer(body=PAGE, Content_Type="text/html")


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[ServedTenant]:
    with serve_emulator(tmp_path) as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path, tenant: ServedTenant) -> Path:
    """A project whose one status reason is applied, and then edited."""
    folder = make_project(tmp_path / "project", settings=SETTINGS)
    run_ok(folder, "apply", "--auto-approve", env=tenant.env)
    edit_file(folder / "config/reasons.yaml", "name: Lapsed", "name: Expired")
    return folder


def apply_with(folder: Path, tenant: ServedTenant, faults: Mapping[int, str]) -> tuple[Completed, list[str]]:
    """Apply with a fault at some requests; also return the requests that arrived."""
    with start_proxy(tenant.url, faults) as proxy:
        env = {"RHYTHMCONF_BASE_URL": f"{proxy.url}/{{module}}", "RHYTHMCONF_TOKEN": TOKEN}
        result = run_in_process(folder, "apply", "--auto-approve", "--format", "json", env=env)
    return result, proxy.seen


def write_number(folder: Path, tenant: ServedTenant) -> int:
    """Return the number of the request that writes: the one after those of a plan."""
    result, seen = apply_with(folder, tenant, {})
    assert result.code == 0
    edit_file(folder / "config/reasons.yaml", "name: Expired", "name: Gone")
    return next(number for number, line in enumerate(seen, 1) if line.startswith("PATCH"))


@pytest.mark.parametrize("fault", ["dripping_after", "html_after"])
def test_a_write_with_an_odd_answer_is_read_back(
    fault: str, folder: Path, tenant: ServedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = write_number(folder, tenant)
    monkeypatch.setattr(http, "ANSWER_S", 1.0)
    result, seen = apply_with(folder, tenant, {number: fault})
    assert result.code == 0, result
    assert [line.split()[0] for line in seen[number - 1 :]] == ["PATCH", "GET"]
    assert result.json()["applied"] == 1
    assert [record["name"] for record in tenant.records("statusReasons")] == ["Gone"]


@pytest.mark.parametrize("fault", ["dripping_after", "html_after"])
def test_a_write_whose_record_has_an_odd_answer_too_is_unknown(
    fault: str, folder: Path, tenant: ServedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = write_number(folder, tenant)
    monkeypatch.setattr(http, "ANSWER_S", 0.3)
    result, seen = apply_with(folder, tenant, {number + more: fault for more in range(20)})
    assert result.code == 5, result
    (change,) = result.json()["results"]
    assert change["outcome"] == "unknown"
    words = (
        "took longer than 0.3 s"
        if fault.startswith("dripping")
        else "a text without a type instead of JSON ('Please sign in')"
    )
    assert words in json.dumps(change)
    assert sum(line.startswith("PATCH") for line in seen) == 1


def plan_at(folder: Path, wire: Wire, *arguments: str) -> Completed:
    env = {"RHYTHMCONF_BASE_URL": f"{wire.url}/{{module}}", "RHYTHMCONF_TOKEN": TOKEN}
    return run_in_process(folder, *(arguments or ("plan",)), env=env)


@pytest.mark.parametrize("command", [("plan",), ("drift",), ("pull",), ("apply", "--auto-approve"), ("doctor",)])
def test_a_login_page_is_named_and_not_asked_for_again(command: tuple[str, ...], tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    with serve_script(HTML) as wire:
        result = plan_at(folder, wire, *command)
    shown = result.stdout + result.stderr
    assert result.code == 1
    assert "text/html instead of JSON ('Sign in to Corporate WiFi'): is that the page of a proxy or a login?" in shown
    assert ("RC407" in shown) == (command != ("doctor",))
    assert "tried" not in shown
    targets = [seen.target for seen in wire.seen]
    assert len(targets) == len(set(targets))


DEEP = {
    "lists": "[" * 400 + "]" * 400,
    "objects": '{"a":' * 400 + "1" + "}" * 400,
    "both": '[{"a":' * 200 + "1" + "}]" * 200,
    "deeper than the parser": "[" * 200_000 + "]" * 200_000,
    "not beyond the limit by itself": "[" * 79 + "]" * 79,
}


@pytest.mark.parametrize("name", DEEP)
def test_a_record_that_is_nested_too_deeply_is_one_error(name: str, tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    body = f'[{{"id": "a", "name": "A", "extra": {DEEP[name]}}}]'.encode()
    with serve_script(make_answer(body=body, Content_Type="application/json")) as wire:
        for command in ("plan", "pull", "doctor"):
            result = plan_at(folder, wire, command)
            assert result.code == 1
            assert "nested more than 80 levels deep" in result.stdout + result.stderr
            assert "RC000" not in result.stderr


@pytest.mark.parametrize("levels", [400, 200_000])
def test_a_snapshot_or_plan_file_that_is_nested_too_deeply_is_refused(levels: int, tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    deep = "[" * levels + "]" * levels
    (folder / "deep.json").write_text(f'{{"format": "rhythmconf snapshot", "format_version": 1, "records": {deep}}}')
    result = run_in_process(folder, "plan", "--env", "local", "--live", "deep.json")
    assert result.code == 1
    assert "nested more than 100 levels deep" in result.stderr
    (folder / "deep.plan").write_text(f'{{"format_version": 1, "changes": {deep}}}')
    for command in (("apply", "deep.plan"), ("show", "plan", "deep.plan")):
        result = run_in_process(folder, *command, env={"RHYTHMCONF_ENV": "local"})
        assert result.code == 3
        assert "nested more than 100 levels deep" in result.stderr


def test_the_deepest_record_that_is_read_can_be_kept_in_a_snapshot(tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    deep = "[" * 77 + "]" * 77
    body = f'[{{"id": "a", "name": "A", "is_active": true, "extra": {deep}}}]'.encode()
    with serve_script(make_answer(body=body, Content_Type="application/json")) as wire:
        kept = plan_at(folder, wire, "pull", "--snapshot", "live.json")
        assert kept.code == 0, kept
        env = {"RHYTHMCONF_BASE_URL": f"{wire.url}/{{module}}"}
        planned = run_in_process(folder, "plan", "--live", "live.json", env=env)
    assert "RC000" not in planned.stderr
    assert "nested" not in planned.stderr


def test_an_endless_list_ends_before_memory_is_full(tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    with serve_script(b"") as wire:
        count = 0

        def page(connection: object) -> None:
            nonlocal count
            count += 1
            items: Json = [{"id": f"{count}-{number}", "name": "x" * 10_000} for number in range(100)]
            answer = make_answer(value={"Items": items, "LastEvaluatedKey": str(count)})
            connection.sendall(answer)  # type: ignore[attr-defined]

        wire.script[:] = [page]
        env = {"RHYTHMCONF_BASE_URL": f"{wire.url}/{{module}}", "RHYTHMCONF_TOKEN": TOKEN}
        result = run(folder, "plan", "--only", "statusReason/lapsed", env=env)
    assert result.code == 1
    assert "The list has more than 256 MiB" in result.stderr
    assert "RC408" in result.stderr
    assert count < 600


def test_the_proxy_variables_of_the_process_are_used_and_shown(tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with serve_script(refusal) as wire:
        proxy = wire.url.replace("http://", "http://me:hushhushhush@")
        env = {
            "HTTPS_PROXY": proxy,
            "RHYTHMCONF_TOKEN": TOKEN,
            "RHYTHMCONF_BASE_URL": "https://{module}.tenant.invalid",
        }
        result = run_in_process(folder, "plan", env={**env, "PATH": os.environ["PATH"]})
        doctor = run_in_process(folder, "doctor", env=env)
        assert wire.seen[0].method == "CONNECT"
        assert TOKEN not in str(wire.seen)
    assert result.code == 1
    assert f"through the proxy {wire.url.replace('://', '://***@')} (HTTPS_PROXY), which answers 407" in result.stderr
    assert f"{wire.url.replace('://', '://***@')}  (variable HTTPS_PROXY)" in doctor.stdout
    assert "hushhush" not in result.stdout + result.stderr + doctor.stdout + doctor.stderr


def test_a_short_token_does_not_star_out_the_log(tenant: ServedTenant, tmp_path: Path) -> None:
    folder = make_project(tmp_path / "short", settings=SETTINGS)
    with serve_script(make_answer(value=[])) as wire:
        env = {"RHYTHMCONF_BASE_URL": f"{wire.url}/{{module}}", "RHYTHMCONF_TOKEN": "t"}
        result = run_in_process(folder, "plan", "-v", env=env)
    assert "GET /certifications/statusReasons/hisp-system: 200 OK" in result.stderr
    assert "***" not in result.stderr
    assert result.stderr.count("fewer than 8 characters") == 1
