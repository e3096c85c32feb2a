"""Run the curl samples of the API reference of billing templates against the served emulator.

`samples/billing-templates.curl` has them as published. docs/emulator.md lists the necessary changes; `valid_body`
makes these changes.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from rhythmconf.catalog import Field, substitute
from rhythmconf.model import Body, Json
from tests.support.curl import body_of, find_sample, repair_lists
from tests.support.emulated import EMAIL, TENANT, Tenant, shipped_catalog

CURL = shutil.which("curl")
MOCK = "https://docs.api.rhythmsoftware.com/_mock/apis/certifications/certifications-v1"
TOKEN = "the-token"

pytestmark = pytest.mark.skipif(CURL is None, reason="the samples are curl commands, and there is no curl here")


class Answer(NamedTuple):
    status: int
    body: Json


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Serve an emulator in a process; it must stop on SIGTERM at once and without output."""
    command = [sys.executable, "-m", "rhythmconf", "emulator", "-q", "--port", "0", "--tenant", TENANT, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        assert line.startswith("rhythmconf emulator ready on http://127.0.0.1:"), line
        yield line.split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            rest = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert (process.returncode, rest) == (0, ("", ""))


@pytest.fixture
def address() -> Iterator[str]:
    with served("--token", TOKEN) as url:
        yield url


def run(arguments: list[str], address: str, *, id: str = "", body: Json = None) -> Answer:
    """Run a sample with its placeholders filled in, and with another body if one is given."""
    fillings = {MOCK: f"{address}/certifications", "{tenantId}": TENANT, "{id}": id, "<YOUR_JWT_HERE>": TOKEN}
    for placeholder, value in fillings.items():
        arguments = [argument.replace(placeholder, value) for argument in arguments]
    if body is not None:
        arguments[arguments.index("-d") + 1] = json.dumps(body)
    command = [cast("str", CURL), "-sS", "--noproxy", "*", "--max-time", "20", *arguments[1:]]
    heads, _, text = subprocess.run(command, capture_output=True, text=True, check=True).stdout.rpartition("\n\n")
    return Answer(int(heads.rpartition("HTTP/1.1 ")[2][:3]), json.loads(text))


def valid_body(body: Json, api: Tenant) -> Body:
    """Return the body with arrays, numbers and existing references, without read-only fields."""
    made: dict[str, str] = {}

    def existing(field: Field, value: Json) -> Json:
        if not field.ref or not field.ref[0].startswith("certifications/"):
            return value
        kind = shipped_catalog().kind(field.ref[0])
        if kind.name not in made:
            needs: Body = {"email": EMAIL} if "email" in kind.root.required else {}
            made[kind.name] = str(api.make(kind.segment, {"name": "string", **needs})["id"])
        return made[kind.name]

    fields = cast("Body", repair_lists(body))
    ours = {name: value for name, value in fields.items() if name != "id" and not name.startswith("sys_")}
    return substitute(shipped_catalog().kind("billingTemplate"), ours, existing)


def client(address: str) -> Tenant:
    api = Tenant(base=address)
    api.http.headers["authorization"] = f"Bearer {TOKEN}"
    return api


def test_the_samples_work_from_create_to_delete(address: str) -> None:
    api = client(address)
    create, put, patch = find_sample("POST", "/{tenantId}"), find_sample("PUT", "/{id}"), find_sample("PATCH", "/{id}")

    created = run(create, address, body=valid_body(body_of(create), api))
    assert created.status == 200, created
    record = cast("Body", created.body)
    id = str(record["id"])

    assert run(find_sample("GET", "/{tenantId}"), address) == (200, [{}])
    assert run(find_sample("GET", "/{id}"), address, id=id) == (200, {})
    assert api.read(f"billingTemplates/{id}") == record

    directives: Json = [{"op": "add", "path": "/description", "value": "string, changed"}]
    assert cast("Body", run(patch, address, id=id, body=directives).body)["description"] == "string, changed"

    replaced = run(put, address, id=id, body={**valid_body(body_of(put), api), "id": id})
    assert replaced.status == 200, replaced
    assert cast("Body", replaced.body)["description"] == "string"
    assert cast("Body", replaced.body)["sys_version"] == 3

    operations: Json = {"operations": [{"id": id, "operation": "patch", "patch_directives": directives}]}
    batch = cast("Body", run(find_sample("POST", "/batch"), address, body=operations).body)
    assert (batch["success_count"], batch["error_count"]) == (1, 0)

    assert run(find_sample("DELETE", "/{id}"), address, id=id) == (200, id)
    assert run(find_sample("GET", "/{id}"), address, id=id).status == 404
    api.http.close()


def test_the_samples_as_published_are_answered_as_docs_say(address: str) -> None:
    api = client(address)
    id = str(api.make("billingTemplates", {"name": "string"})["id"])
    create = run(find_sample("POST", "/{tenantId}"), address)
    assert (create.status, cast("Body", create.body)["message"]) == (
        400,
        "the tenant sets id: it can't be sent when a record is created",
    )
    assert run(find_sample("PUT", "/{id}"), address, id=id).status == 400
    assert run(find_sample("PATCH", "/{id}"), address, id=id).status == 400
    batch = run(find_sample("POST", "/batch"), address)
    assert (batch.status, cast("Body", batch.body)["error_count"]) == (200, 1)
    from_template = find_sample("GET", "/{referenceDate}")
    assert run(from_template, address).status == 404
    dated = [text.replace("{templateId}", id).replace("{referenceDate}", "2026-12-07") for text in from_template]
    made = run(dated, address)
    assert (made.status, cast("Body", made.body)["template_id"]) == (200, id)
    api.http.close()


def test_a_token_from_the_endpoint_is_accepted(address: str) -> None:
    grant = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s", "audience": "a"}
    with Tenant(base=address).http as http:
        assert http.get(f"/certifications/programs/{TENANT}").status_code == 401
        token = http.post("/oauth/token", data=grant).json()["access_token"]
        answer = http.get(f"/certifications/programs/{TENANT}", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200


def test_the_options_of_the_command_reach_the_tenant(tmp_path: Path) -> None:
    options = ("--db", str(tmp_path / "t.db"), "--dialect", "list=envelope", "--page-size", "2", "--latency-ms", "30")
    with served(*options) as address:
        api = Tenant(base=address)
        with api.http:
            for name in "abc":
                api.make("statusReasons", {"name": name})
            started = time.monotonic()
            assert api.get("statusReasons").json()["Count"] == 2
            assert time.monotonic() - started >= 0.03
    with served(*options) as address, Tenant(base=address).http as http:
        assert http.get(f"/certifications/statusReasons/{TENANT}").json()["Count"] == 2
