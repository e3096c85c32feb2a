"""Processes over a faulty connection: after at most two more runs the tenant is correct, without duplicates.

All files and all output are searched for every secret in every form.
"""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from tests.support.process import Completed, ServedTenant, make_project, run, serve_emulator, write_files
from tests.support.proxy import FAULTS, Proxy, start_proxy

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {tenant: hisp-system}
"""
MINTING = SETTINGS.replace(
    "hisp-system", 'hisp-system, auth: {domain: "${ISSUER}", client_id: client, client_secret: "${SECRET}"}'
)
TOKEN = 'c4n4ry/t0k3n+"w1th<s1gns='
SECRET = 'c4n4ry/s3cr3t+"w1th<s1gns='
PLAN_KEY = 'c4n4ry/pl4n-k3y+"w1th<s1gns='
COUNT = 5
REQUESTS = 24


def files(text: str) -> dict[str, str]:
    documents = [
        f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}, is_active: {text}}}\n" for n in range(COUNT)
    ]
    documents += [f"kind: programGroup\nkey: g{n}\nspec: {{name: Group {n}, display_order: 1}}\n" for n in range(COUNT)]
    documents += [f"kind: program\nkey: p{n}\nspec: {{name: Program {n}, group_id: g{n}}}\n" for n in range(COUNT)]
    return {"config/all.yaml": "---\n".join(documents)}


def connect_through(proxy: Proxy) -> dict[str, str]:
    """Return the tenant behind a proxy; the proxy is also the issuer of its tokens."""
    return {
        "RHYTHMCONF_BASE_URL": f"{proxy.url}/{{module}}",
        "RHYTHMCONF_PLAN_KEY": PLAN_KEY,
        "ISSUER": proxy.url,
        "SECRET": SECRET,
    }


def applied(folder: Path, env: dict[str, str]) -> Completed:
    result = run(folder, "apply", "--auto-approve", "--format", "json", env=env)
    report = json.loads(result.stdout)
    assert report["applied"] + report["failed"] + report["not_attempted"] == len(report["results"])
    assert result.code != 0 or report["applied"] == len(report["results"])
    return result


def forms_of_secret(secret: str) -> Iterator[bytes]:
    """Return a secret as plain text, in JSON, in a URL, and in base64 at each of the three offsets."""
    yield secret.encode()
    yield json.dumps(secret)[1:-1].encode()
    yield quote(secret, safe="").encode()
    yield quote(secret).encode()
    for shift in range(3):
        text = base64.b64encode(b"x" * shift + secret.encode())
        yield text[4 if shift else 0 : -4]


def assert_silent(folder: Path, secrets: Iterable[str], *outputs: str) -> None:
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for secret in secrets:
        for form in forms_of_secret(secret):
            for text in [*texts, *(output.encode() for output in outputs)]:
                assert form not in text, secret


def assert_as_wanted(tenant: ServedTenant) -> None:
    for segment in ("statusReasons", "programGroups", "programs"):
        marks = Counter(one["sys_external_id"] for one in tenant.records(segment))
        assert (len(marks), set(marks.values())) == (COUNT, {1}), (segment, marks)
    assert all(one["is_active"] is False for one in tenant.records("statusReasons"))


def apply_until_done(folder: Path, tenant: ServedTenant, faults: dict[int, str], more: dict[str, str]) -> None:
    """Apply over a faulty connection, at most three times."""
    with start_proxy(tenant.url, faults) as proxy:
        env = {**connect_through(proxy), **more}
        ran = [applied(folder, env)]
        while ran[-1].code != 0 and len(ran) < 3:
            ran.append(applied(folder, env))
        looks = [run(folder, command, env=env) for command in ("doctor", "history")]
    assert ran[-1].code == 0, (faults, ran)
    assert_as_wanted(tenant)
    texts = [text for one in (*ran, *looks) for text in (one.stdout, one.stderr)]
    assert_silent(folder, (TOKEN, SECRET, PLAN_KEY), *texts)


def draw_faults(last: int) -> dict[int, str]:
    """Generate two faults at two requests up to the last one."""
    return {number: random.choice(FAULTS) for number in random.sample(range(1, last), 2)}


def test_updates_survive_faults_of_a_socket(tmp_path: Path, full: bool) -> None:
    for turn in range(20 if full else 2):
        home = tmp_path / str(turn)
        folder = make_project(home / "project", files("true"), SETTINGS)
        with serve_emulator(home, token=TOKEN) as tenant:
            assert run(folder, "apply", "--auto-approve", env=tenant.env).code == 0
            write_files(folder, files("false"))
            apply_until_done(folder, tenant, draw_faults(9), {"RHYTHMCONF_TOKEN": TOKEN})


def test_creates_survive_faults_of_a_socket(tmp_path: Path, full: bool) -> None:
    for turn in range(40 if full else 2):
        home = tmp_path / str(turn)
        folder = make_project(home / "project", files("false"), SETTINGS)
        with serve_emulator(home, token=TOKEN) as tenant:
            apply_until_done(folder, tenant, draw_faults(REQUESTS), {"RHYTHMCONF_TOKEN": TOKEN})


def test_a_token_request_survives_faults_of_a_socket(tmp_path: Path, full: bool) -> None:
    """Only the token is in its cache, neither the client secret nor the plan key."""
    for turn in range(20 if full else 1):
        home = tmp_path / str(turn)
        folder = make_project(home / "project", files("false"), MINTING)
        with serve_emulator(home, token=TOKEN) as tenant:
            faults = {1: random.choice(FAULTS), **draw_faults(REQUESTS)}
            apply_until_done(folder, tenant, faults, {"XDG_CACHE_HOME": str(home / "cache")})
        cached = list((home / "cache").rglob("tokens/*.json"))
        assert [json.loads(path.read_bytes())["token"] for path in cached] == [TOKEN]
        assert_silent(home / "cache", (SECRET, PLAN_KEY))
