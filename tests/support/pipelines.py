"""The project, the secrets and the repository that the tests of both pipeline templates share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.actions import Runner
from tests.support.git import git
from tests.support.gitlab import Pipeline
from tests.support.host import serve_host
from tests.support.process import ServedTenant

SETTINGS = """\
version: 1
project: demo
sources: [config]
default_environment: production
environments:
  production:
    tenant: demo-live
    protected: true
    base_url: "{url}/{{module}}"
    dialect: {{list_lag_s: 0}}
    auth: {{domain: "{url}", client_id: "${{PRODUCTION_CLIENT_ID}}", client_secret: "${{PRODUCTION_CLIENT_SECRET}}"}}
"""
SANDBOX = """\
  sandbox:
    tenant: demo-sandbox
    base_url: "{url}/{{module}}"
    dialect: {{list_lag_s: 0}}
    auth: {{domain: "{url}", client_id: "${{SANDBOX_CLIENT_ID}}", client_secret: "${{SANDBOX_CLIENT_SECRET}}"}}
"""
"""A second environment, to add to the settings."""
SECRETS = {
    "PRODUCTION_CLIENT_ID": "the-client",
    "PRODUCTION_CLIENT_SECRET": "the-client-secret",
    "SANDBOX_CLIENT_ID": "the-sandbox-client",
    "SANDBOX_CLIENT_SECRET": "the-sandbox-secret",
    "RHYTHMCONF_PLAN_KEY": "the-plan-key",
}


def start_clone(folder: Path, settings: str) -> Path:
    """Make a project a clone of an empty `origin.git` beside it, with these settings, and return it."""
    origin = folder.parent / "origin.git"
    (folder / "rhythmconf.yaml").write_text(settings)
    git(folder.parent, "init", "-q", "--bare", "-b", "main", origin.name)
    git(origin, "config", "receive.advertisePushOptions", "true")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", str(origin))
    return folder


@contextmanager
def serve_runner(folder: Path) -> Iterator[Runner]:
    """Serve the host of `origin.git` in a folder; yield a runner for the jobs of its pipeline."""
    home, origin = folder / "runner", folder / "origin.git"
    home.mkdir()
    with serve_host(origin) as host:
        yield Runner(home, origin, SECRETS, host)


def push_all(folder: Path, branch: str) -> str:
    """Commit everything, push it to a branch, and return the hash of the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "--allow-empty", "-m", "work")
    git(folder, "push", "-q", "origin", f"HEAD:{branch}")
    return git(folder, "rev-parse", "HEAD")


def list_refs(runner: Runner | Pipeline) -> dict[str, str]:
    """Return the refs of the repository and the object that each one names."""
    lines = git(runner.origin, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


def rename_program(tenant: ServedTenant, name: str) -> None:
    """Rename the program in the tenant, as a second administrator would."""
    (program,) = tenant.records("programs")
    change = [{"op": "replace", "path": "/name", "value": name}]
    tenant.call("PATCH", "programs", f"/{program['id']}", change)
