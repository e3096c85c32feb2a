"""Pull records that were generated: the files are valid, and a plan of them only adopts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from rhythmconf.insight.lint.rules import RULES
from rhythmconf.settings import read_bindings
from tests.support.emulated import whole_catalog
from tests.support.tenants import ProjectFolder, adopted_only, create_records, draw_records, make_project

EVERYTHING = ("certifications/*", "membership/*", "platform/*")
ALL_RULES_OFF = f"lint: {{{', '.join(f'{code}: off' for code in RULES)}}}\n"


def test_pulled_files_validate_and_plan_only_adoptions(full: bool) -> None:
    @settings(
        max_examples=1000 if full else 6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(made=draw_records(whole_catalog()))
    def check(made: list[Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            site = ProjectFolder(make_project(Path(folder)).root, whole_catalog())
            # Random records break rules about what a window means; whether pulled files are valid is another matter.
            site.write("rhythmconf.yaml", site.read("rhythmconf.yaml") + ALL_RULES_OFF)
            with site.tenant() as tenant:
                create_records(tenant, made)
            pulled = site.done("pull", *EVERYTHING, "--format", "json").value
            assert len({(each["kind"], each["id"]) for each in pulled["documents"]}) == len(made)
            verdict = site.run("validate", "--env", "one")
            assert verdict.code == 0, verdict.out + pulled["diagnostics"].__repr__()
            plan = site.done("plan", "--format", "json").value
            assert adopted_only(plan["summary"]), plan["changes"]
            assert all(not change["fields"] for change in plan["changes"])
            site.done("apply", "--auto-approve")
            assert site.done("plan").last == "No changes."
            assert site.done("pull", *EVERYTHING).last == "No changes."
            copied_to_an_empty_tenant(site)

    check()


def copied_to_an_empty_tenant(site: ProjectFolder) -> None:
    """Apply the files to a second tenant and check that a pull from there gives the same files."""
    before = site.files("config")
    site.write("bindings/two.yaml", external_bindings(site))
    site.done("apply", "--env", "two", "--auto-approve")
    for name in before:
        (site.root / name).unlink()
    (site.root / "bindings/one.yaml").unlink(missing_ok=True)
    site.done("pull", *EVERYTHING, "--env", "two")
    after = site.files("config")
    assert after == before, {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}


def external_bindings(site: ProjectFolder) -> str:
    """Return the bindings of the first tenant for records of other modules."""
    path = site.root / "bindings/one.yaml"
    if not path.exists():
        return ""
    found = read_bindings(path.read_bytes(), file="one", module="certifications")
    kinds = sorted({key.kind for key in found if key.kind not in site.catalog.kinds})
    lines = [
        f"{kind}:\n" + "".join(f"  {k.name}: {b.id}\n" for k, b in found.items() if k.kind == kind) for kind in kinds
    ]
    return "".join(lines)
