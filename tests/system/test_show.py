"""`show` prints a key in each environment, from the files and from the tenants."""

from __future__ import annotations

from pathlib import Path

from rhythmconf.engine import plan as planning
from tests.support.process import (
    make_project,
    run_in_process,
    run_ok,
    run_process_ok,
    serve_emulator,
    write_files,
)


def test_a_key_is_shown_in_every_environment(applied_example: Path) -> None:
    bare = run_ok(applied_example, "show", "program/cmsi", "--format", "json").json()
    assert [one["environment"] for one in bare["environments"]] == ["local", "sandbox", "production"]
    assert {one["id"] for one in bare["environments"]} == {None}
    live = run_ok(applied_example, "show", "program/cmsi", "--live", "--format", "json").json()
    by_name = {one["environment"]: one for one in live["environments"]}
    assert by_name["production"]["is"].startswith("mark rhythmconf/hisp/cmsi")
    assert by_name["production"]["id"] not in (None, by_name["sandbox"]["id"])
    assert by_name["local"]["id"] is None
    assert "the tenant has no record of it" in by_name["local"]["is"]


def test_a_key_without_document_in_the_environment_is_shown(applied_example: Path) -> None:
    write_files(
        applied_example, {"overlays/sandbox/skip.yaml": "kind: expirationRuleSet\nkey: calendar-year\nskip: true\n"}
    )
    shown = run_ok(applied_example, "show", "expirationRuleSet/calendar-year", "--env", "sandbox")
    assert [line.split() for line in shown.stdout.splitlines()][2] == ["sandbox", "skipped"]
    (applied_example / "config/expiration-rules.yaml").unlink()
    (applied_example / "overlays/sandbox/skip.yaml").unlink()
    offline = run_in_process(applied_example, "show", "expirationRuleSet/calendar-year", "--env", "sandbox")
    assert (offline.code, "no document declares" in offline.stderr) == (1, True)
    live = run_ok(applied_example, "show", "expirationRuleSet/calendar-year", "--live", "--format", "json").json()
    assert live["spec"] is None
    words = {one["environment"]: one["is"] for one in live["environments"]}
    assert words["sandbox"] == "mark rhythmconf/hisp/calendar-year, without a document"


def test_a_mark_and_a_binding_that_disagree_are_explained(applied_example: Path) -> None:
    live = run_ok(applied_example, "show", "program/rds", "--live", "--format", "json").json()
    (other,) = [one["id"] for one in live["environments"] if one["environment"] == "sandbox"]
    file = applied_example / "bindings/sandbox.yaml"
    write_files(applied_example, {"bindings/sandbox.yaml": f'{file.read_text()}program:\n  cmsi: "{other}"\n'})
    output = run_in_process(applied_example, "show", "program/cmsi", "--live").stdout
    assert "the binding names record" in output
    assert "but the mark is on record" in output
    assert "Correct or remove the line in the bindings file" in output


KEY = {"RHYTHMCONF_PLAN_KEY": "a secret of the pipeline"}


def test_a_plan_that_was_edited_is_not_shown(tmp_path: Path) -> None:
    make_project(tmp_path)
    run_ok(tmp_path, "plan", "--env", "local", "-o", "saved.plan")
    assert run_ok(tmp_path, "show", "plan", "saved.plan").last == "Plan: 1 to add, 0 to change, 0 to destroy."
    text = (tmp_path / "saved.plan").read_text()
    (tmp_path / "saved.plan").write_text(text.replace('"body": {"name": "Lapsed"', '"body": {"name": "Elapsed"'))
    for format in ("text", "json"):
        shown = run_in_process(tmp_path, "show", "plan", "saved.plan", "--format", format)
        assert (shown.code, shown.stdout, "error[RC314]" in shown.stderr) == (3, "", True)


def test_a_shown_plan_is_verified_if_the_key_is_available(tmp_path: Path) -> None:
    make_project(tmp_path)
    run_ok(tmp_path, "plan", "--env", "local", "-o", "signed.plan", env=KEY)
    run_ok(tmp_path, "plan", "--env", "local", "-o", "bare.plan")
    (tmp_path / "rhythmconf.yaml").unlink()
    assert run_ok(tmp_path, "show", "plan", "signed.plan", env=KEY).stderr == ""
    assert "not verified: RHYTHMCONF_PLAN_KEY is not set here" in run_ok(tmp_path, "show", "plan", "signed.plan").stderr
    for name, key in (("signed.plan", {"RHYTHMCONF_PLAN_KEY": "another"}), ("bare.plan", KEY)):
        shown = run_in_process(tmp_path, "show", "plan", name, env=key)
        assert (shown.code, shown.stdout, "error[RC315]" in shown.stderr) == (3, "", True)


def test_a_plan_that_shows_other_values_than_it_writes_is_refused(tmp_path: Path) -> None:
    make_project(tmp_path)
    run_ok(tmp_path, "plan", "--env", "local", "-o", "saved.plan")
    plan = planning.read((tmp_path / "saved.plan").read_bytes())
    (change,) = plan.changes
    forged = plan._replace(changes=(change._replace(body={**(change.body or {}), "name": "Elapsed"}),))
    (tmp_path / "saved.plan").write_bytes(planning.dump(forged))
    applied = run_in_process(tmp_path, "apply", "saved.plan")
    assert (applied.code, "error[RC314]" in applied.stderr) == (3, True)
    assert "its fields don't match its patch" in applied.stderr
    assert run_ok(tmp_path, "plan", "--env", "local").last == "Plan: 1 to add, 0 to change, 0 to destroy."


def test_a_key_that_a_tenant_could_have_is_shown(tmp_path: Path) -> None:
    """A tenant that can't be asked may have a record of a key that no document declares."""
    make_project(tmp_path)
    live = run_ok(tmp_path, "show", "statusReason/gone", "--env", "local", "--live", "--format", "json").json()
    words = {one["environment"]: one["is"] for one in live["environments"]}
    assert words["local"] == "no document; the tenant has no record of it"
    assert words["remote"].startswith("not known: ")


def test_a_duplicate_mark_without_a_document_is_shown(tmp_path: Path) -> None:
    settings = "environments: {here: {tenant: hisp-system, dialect: {list_lag_s: 0}}}\n"
    folder = make_project(tmp_path / "project", None, "version: 1\nproject: hisp\nsources: [config]\n" + settings)
    with serve_emulator(tmp_path) as tenant:
        run_process_ok(folder, "apply", "--auto-approve", env=tenant.env)
        (first,) = tenant.records("statusReasons")
        again = {name: value for name, value in first.items() if name in ("name", "is_active", "sys_external_id")}
        second = tenant.call("POST", "statusReasons", body=again)
        for file in (folder / "config").iterdir():
            file.unlink()
        shown = run_process_ok(folder, "show", "statusReason/lapsed", "--live", env=tenant.env)
    assert first["id"] in shown.stdout
    assert second["id"] in shown.stdout
