"""Documentation pages that show the output of their commands, and the project that each page starts with.

`python -m tests.support.pages` rewrites these pages with the current output of their commands.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.fleets import apply_member, write_member
from tests.support.git import git
from tests.support.process import EXAMPLES, ROOT, run_ok, serve_emulator
from tests.support.sessions import run_page

WITHOUT_MARKS = "dialect: {external_id: read-only}"
"""Records that are created without marks look like records that people created."""


def prepare_example(folder: Path, _: ExitStack) -> tuple[Path, Mapping[str, str]]:
    """Prepare the example in git, and fill its two tenants with records without marks, as people create them."""
    project = folder / "association"
    shutil.copytree(EXAMPLES / "association", project, ignore=shutil.ignore_patterns(".rhythmconf"))
    settings = (project / "rhythmconf.yaml").read_text()
    made_by_hand = re.sub(r"(?m)^(    )(tenant: .*)$", rf"\1\2\n\1{WITHOUT_MARKS}", settings)
    bindings = {file: file.read_text() for file in (project / "bindings").iterdir()}
    (project / "rhythmconf.yaml").write_text(made_by_hand)
    run_ok(project, "apply", "--env", "sandbox", "--auto-approve")
    run_ok(project, "plan", "--env", "production", "-o", "first.plan")
    run_ok(project, "apply", "first.plan")
    (project / "first.plan").unlink()
    shutil.rmtree(project / ".rhythmconf" / "state")
    (project / "rhythmconf.yaml").write_text(settings)
    for file, text in bindings.items():
        file.write_text(text)
    (project / ".gitignore").write_text(".rhythmconf/\n*.plan\nreview.md\n")
    git(project, "init", "-q", "-b", "main")
    return project, {}


def project_with_wrong_token(folder: Path, stack: ExitStack) -> tuple[Path, Mapping[str, str]]:
    """Prepare the project that `init` writes, in git and applied, and a sandbox that requires another token."""
    tenant = stack.enter_context(serve_emulator(folder, tenant="my-association-sandbox", token="right"))
    run_ok(folder, "init", "demo")
    project = folder / "demo"
    settings = project / "rhythmconf.yaml"
    sandbox = f"  sandbox:\n    tenant: my-association-sandbox\n    base_url: {tenant.url}/{{module}}\n"
    production = (
        "  production:\n    tenant: my-association\n    protected: true\n    embedded: .rhythmconf/production.db\n"
    )
    settings.write_text(re.sub(r"(?m)^ +# .*\n", "", settings.read_text()) + sandbox + production)
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "A first project")
    run_ok(project, "apply", "--auto-approve")
    return project, {"RHYTHMCONF_TOKEN": "wrong"}


def copy_example(folder: Path, _: ExitStack) -> tuple[Path, Mapping[str, str]]:
    """Copy the example, for a page that reads only files."""
    ignored = shutil.ignore_patterns(".rhythmconf")
    return Path(shutil.copytree(EXAMPLES / "association", folder / "association", ignore=ignored)), {}


def prepare_agency(folder: Path, _: ExitStack) -> tuple[Path, Mapping[str, str]]:
    """Prepare the folder of an agency with three tenants, of which two are applied."""
    agency = folder / "agency"
    projects = {name: write_member(agency, name) for name in ("acme", "bolt", "cargo")}
    for name in ("acme", "bolt"):
        apply_member(projects[name], agency / ".rhythmconf/state")
    return agency, {}


PAGES: dict[str, Callable[[Path, ExitStack], tuple[Path, Mapping[str, str]]]] = {
    "docs/calendar.md": copy_example,
    "docs/fleet.md": prepare_agency,
    "docs/promotion.md": prepare_example,
    "docs/troubleshooting.md": project_with_wrong_token,
}


def regenerate_page(page: str, folder: Path) -> str:
    """Return a page with the current output of its commands; `folder` must be empty."""
    with ExitStack() as stack:
        project, env = PAGES[page](folder, stack)
        return run_page((ROOT / page).read_text(encoding="utf-8"), project, env)


if __name__ == "__main__":
    for name in sys.argv[1:] or PAGES:
        with TemporaryDirectory() as scratch:
            (ROOT / name).write_text(regenerate_page(name, Path(scratch)), encoding="utf-8")
