"""Fleets of small tenants, and members that fail in the ways in which real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.process import Completed, edit_file, run_in_process, run_ok, write_files

REASONS = 10
"""Status reasons of each tenant: enough for the guard against mass updates."""


class RefusingHandler(BaseHTTPRequestHandler):
    """Answers each request by its tenant: 401 to `dead`, 403 to any other."""

    def do_GET(self) -> None:
        body = b'{"message": "no"}'
        self.send_response(401 if self.path.partition("?")[0].endswith("/dead") else 403)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing."""


@contextmanager
def serve_refusals() -> Iterator[str]:
    """Serve tenants that refuse for the block; yield their address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), RefusingHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def write_member(root: Path, name: str, environment: str = "") -> Path:
    """Write a project with a few status reasons; by default its tenant is embedded."""
    environment = environment or f"{{tenant: {name}, embedded: .rhythmconf/local.db}}"
    reasons = [f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}, is_active: true}}\n" for n in range(REASONS)]
    settings = f"version: 1\nproject: {name}\nsources: [config]\nenvironments:\n  live: {environment}\n"
    write_files(root / "tenants" / name, {"rhythmconf.yaml": settings, "config/reasons.yaml": "---\n".join(reasons)})
    return root / "tenants" / name


def fleet(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Completed:
    """Run `rhythmconf fleet` in this process, with one job unless `--jobs` is given."""
    jobs = () if "--jobs" in arguments else ("--jobs", "1")
    return run_in_process(root, "fleet", *arguments, *jobs, env=env)


def members(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the members of the JSON report of a command, by name."""
    report = fleet(root, *arguments, "--format", "json", env=env)
    return {member["name"]: member for member in json.loads(report.stdout)["members"]}


def rename_reasons(project: Path, *numbers: int, mark: str = "new") -> None:
    """Give some status reasons of a member another name."""
    for number in numbers:
        edit_file(project / "config/reasons.yaml", f"name: Reason {number},", f"name: Reason {number} {mark},")


def apply_member(project: Path, state: Path) -> None:
    """Apply a member alone."""
    run_ok(project, "apply", "--auto-approve", env={"RHYTHMCONF_STATE_DIR": str(state)})
