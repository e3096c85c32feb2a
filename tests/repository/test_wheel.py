"""The wheel contains the schemas and the templates of `init`, and works without a clone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.git import git

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    [built] = folder.glob("rhythmconf-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the unpacked wheel; the libraries are those of this interpreter."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-index", "--target", str(folder), str(wheel))
    return folder


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, *arguments[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def rhythmconf(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("RHYTHMCONF_", "COVERAGE_"))}
    return subprocess.run(
        [sys.executable, "-m", "rhythmconf", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env={**environ, "PYTHONPATH": str(installed), "RHYTHMCONF_STATE_DIR": str(folder / "state")},
    )


def test_the_wheel_carries_what_the_program_needs_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = git(ROOT, "ls-files", "schemas", "docs", "examples").splitlines()
    assert {"schemas/meta.json", "docs/rules.md", "examples/minimal/rhythmconf.yaml"} <= set(shipped)
    assert {f"rhythmconf/{name}" for name in shipped} | {"rhythmconf/py.typed"} <= names
    assert [name for name in names if "/." in name] == []
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"rhythmconf"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    sources = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "rhythmconf").rglob("*.*") if path.suffix != ".pyc"
    }
    assert "rhythmconf/tenant/emulator/members/certifications/certification.json" in sources
    assert sources <= names


def test_the_page_of_a_package_index_has_no_link_into_the_repository(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    page = archive.read(metadata).decode().partition("\n\n")[2]
    assert page == (ROOT / "README.pypi.md").read_text(encoding="utf-8")
    assert "Description-Content-Type: text/markdown" in archive.read(metadata).decode()
    links = re.findall(r"\]\(([^)\s]+)\)", page)
    assert links
    assert [link for link in links if not link.startswith("https://")] == []
    named = re.findall(r"rhythmconf docs ([a-z][a-z-]+)", page)
    assert [name for name in named if f"rhythmconf/docs/{name}.md" not in archive.namelist()] == []


def test_the_wheel_names_its_console_script(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [points] = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
    assert "rhythmconf = rhythmconf.__main__:main" in archive.read(points).decode()


def test_the_wheel_works_without_the_clone(installed: Path, tmp_path: Path) -> None:
    assert ROOT not in tmp_path.parents
    begun = rhythmconf(installed, tmp_path, "init", "demo")
    assert begun.returncode == 0, begun.stderr
    project = tmp_path / "demo"
    # As in an installation without extras and without tools of development: Python looks into this folder first.
    for name in ("distributed", "icalendar", "rich", "starlette", "uvicorn"):
        (project / f"{name}.py").write_text(f"raise ModuleNotFoundError(name={name!r})")
    assert json.loads((project / "rhythmconf.schema.json").read_text())["title"] == "rhythmconf document"

    checked = rhythmconf(installed, project, "validate")
    assert (checked.returncode, checked.stdout) == (0, "All checks passed: 3 documents, 0 problems.\n"), checked.stderr
    planned = rhythmconf(installed, project, "plan")
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.endswith("Plan: 3 to add, 0 to change, 0 to destroy.\n")
    applied = rhythmconf(installed, project, "apply", "--auto-approve")
    assert applied.stdout.endswith("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.\n"), applied.stderr
    assert rhythmconf(installed, project, "plan").stdout.endswith("No changes.\n")
    assert not list(installed.glob("*.egg-link"))
    served = rhythmconf(installed, project, "emulator")
    assert (served.returncode, served.stdout) == (1, "")
    assert "error[RC002]: the emulator's server needs the package uvicorn, which is missing\n" in served.stderr
    assert "pipx install --force '.[emulator]'" in served.stderr
    (project / "fleet.yaml").write_text("version: 1\nmembers:\n  - project: .\n    name: demo\n")
    clustered = rhythmconf(installed, project, "fleet", "plan", "--engine", "dask://127.0.0.1:1")
    assert (clustered.returncode, clustered.stdout) == (1, "")
    assert "error[RC002]: --engine needs the package distributed, which is missing\n" in clustered.stderr
    assert "pipx install --force '.[dask]'" in clustered.stderr


def test_the_wheel_prints_its_pages_and_copies_its_examples(installed: Path, tmp_path: Path) -> None:
    page = rhythmconf(installed, tmp_path, "docs", "rules", "--format", "json")
    assert json.loads(page.stdout)["path"] == str(installed / "rhythmconf/docs/rules.md"), page.stderr
    assert json.loads(page.stdout)["text"] == (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    copied = rhythmconf(installed, tmp_path, "docs", "--examples", "copies")
    assert copied.stdout.split() == ["copies/association", "copies/minimal", "copies/mistakes"], copied.stderr


def test_an_installation_from_git_has_the_pages_too(tmp_path: Path) -> None:
    pip("install", "--no-build-isolation", "--target", str(tmp_path / "git"), f"git+{ROOT.as_uri()}")
    assert rhythmconf(tmp_path / "git", tmp_path, "docs", "install", "--path").returncode == 0
    files = {path.relative_to(tmp_path / "git").as_posix() for path in (tmp_path / "git/rhythmconf").rglob("*.*")}
    committed = {
        f"rhythmconf/{name}" for name in git(ROOT, "ls-tree", "-r", "--name-only", "HEAD", "docs").splitlines()
    }
    assert committed <= files


def test_every_module_of_the_wheel_can_be_imported(installed: Path, tmp_path: Path) -> None:
    names = sorted(
        ".".join(path.relative_to(installed).with_suffix("").parts).removesuffix(".__init__")
        for path in (installed / "rhythmconf").rglob("*.py")
        if path.name != "__main__.py"
    )
    script = f"import importlib\nfor name in {names!r}: importlib.import_module(name)\n"
    script += "import rhythmconf; print(rhythmconf.__file__)"
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed)
