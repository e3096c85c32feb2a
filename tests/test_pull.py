"""pull: what a tenant has becomes files that a plan finds nothing to change in; what people wrote stays theirs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from rhythmconf import yaml12
from rhythmconf.settings import read_bindings
from tests.emulated import catalog
from tests.tenants import Place, fill, place, records


def read(text: str) -> list[Any]:
    return yaml12.load_all(text, file="a.yaml")


@pytest.fixture
def site(tmp_path: Path) -> Place:
    return place(tmp_path)


def adopted_only(summary: dict[str, int]) -> bool:
    return not (summary["create"] or summary["update"] or summary["delete"])


def test_what_is_pulled_validates_and_plans_nothing_but_adoptions(full: bool) -> None:
    @settings(
        max_examples=1000 if full else 6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(made=records(catalog()))
    def check(made: list[Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            site = place(Path(folder))
            with site.tenant() as tenant:
                fill(tenant, made)
            pulled = site.done("pull", "--format", "json").value
            assert len({(each["kind"], each["id"]) for each in pulled["documents"]}) == len(made)
            verdict = site.run("validate", "--env", "one")
            assert verdict.code == 0, verdict.out + pulled["diagnostics"].__repr__()
            plan = site.done("plan", "--format", "json").value
            assert adopted_only(plan["summary"]), plan["changes"]
            assert all(not change["fields"] for change in plan["changes"])
            site.done("apply", "--auto-approve")
            assert site.done("plan").last == "No changes."
            assert site.done("pull").last == "No changes."
            copied_to_an_empty_tenant(site)

    check()


def copied_to_an_empty_tenant(site: Place) -> None:
    """Apply the files to a second tenant and pull from there: the same files."""
    before = site.files("config")
    site.write("bindings/two.yaml", external_bindings(site))
    site.done("apply", "--env", "two", "--auto-approve")
    for name in before:
        (site.root / name).unlink()
    (site.root / "bindings/one.yaml").unlink(missing_ok=True)
    site.done("pull", "--env", "two")
    after = site.files("config")
    assert after == before, {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}


def external_bindings(site: Place) -> str:
    """The lines of the first tenant that are about records of other modules."""
    path = site.root / "bindings/one.yaml"
    if not path.exists():
        return ""
    found = read_bindings(path.read_bytes(), file="one", module="certifications")
    kinds = sorted({key.kind for key in found if key.kind not in site.catalog.kinds})
    lines = [
        f"{kind}:\n" + "".join(f"  {k.name}: {b.id}\n" for k, b in found.items() if k.kind == kind) for kind in kinds
    ]
    return "".join(lines)
