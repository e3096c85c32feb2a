"""A real process over a real socket that fails: after at most two more runs all is as wanted, and nothing twice.

What is written anywhere is searched for the token, in every form that a text can take on its way.
"""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests.support.proxy import FAULTS, Proxy, proxied
from tests.system.support import Ran, Served, project, run, served, write

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {tenant: hisp-system}
"""
CANARY = 'c4n4ry/t0k3n+"w1th<s1gns='
COUNT = 5
REQUESTS = 24


def files(text: str) -> dict[str, str]:
    documents = [
        f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}, is_active: {text}}}\n" for n in range(COUNT)
    ]
    documents += [f"kind: programGroup\nkey: g{n}\nspec: {{name: Group {n}, display_order: 1}}\n" for n in range(COUNT)]
    documents += [f"kind: program\nkey: p{n}\nspec: {{name: Program {n}, group_id: g{n}}}\n" for n in range(COUNT)]
    return {"config/all.yaml": "---\n".join(documents)}


def through(proxy: Proxy) -> dict[str, str]:
    return {"RHYTHMCONF_BASE_URL": f"{proxy.url}/{{module}}", "RHYTHMCONF_TOKEN": CANARY}


def applied(folder: Path, env: dict[str, str]) -> Ran:
    ran = run(folder, "apply", "--auto-approve", "--format", "json", env=env)
    report = json.loads(ran.stdout)
    assert report["applied"] + report["failed"] + report["not_attempted"] == len(report["results"])
    assert ran.code != 0 or report["applied"] == len(report["results"])
    return ran


def forms() -> Iterator[bytes]:
    """The secret as it is, as JSON and as URLs have it, and as base64 at each of its three offsets."""
    yield CANARY.encode()
    yield json.dumps(CANARY)[1:-1].encode()
    yield quote(CANARY, safe="").encode()
    yield quote(CANARY).encode()
    for shift in range(3):
        text = base64.b64encode(b"x" * shift + CANARY.encode())
        yield text[4 if shift else 0 : -4]


def assert_silent(folder: Path, *outputs: str) -> None:
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for form in forms():
        for text in [*texts, *(output.encode() for output in outputs)]:
            assert form not in text


def assert_as_wanted(tenant: Served) -> None:
    for segment in ("statusReasons", "programGroups", "programs"):
        marks = Counter(one["sys_external_id"] for one in tenant.records(segment))
        assert (len(marks), set(marks.values())) == (COUNT, {1}), (segment, marks)
    assert all(one["is_active"] is False for one in tenant.records("statusReasons"))


def converged(folder: Path, tenant: Served, faults: dict[int, str]) -> None:
    """Apply through a faulty wire, at most three times."""
    with proxied(tenant.url, faults) as proxy:
        ran = [applied(folder, through(proxy))]
        while ran[-1].code != 0 and len(ran) < 3:
            ran.append(applied(folder, through(proxy)))
    assert ran[-1].code == 0, (faults, ran)
    assert_as_wanted(tenant)
    assert_silent(folder, *(text for one in ran for text in (one.stdout, one.stderr)))


def test_updates_over_a_socket(tmp_path: Path, full: bool) -> None:
    for turn in range(20 if full else 2):
        home = tmp_path / str(turn)
        folder = project(home / "project", files("true"), SETTINGS)
        with served(home, token=CANARY) as tenant:
            assert run(folder, "apply", "--auto-approve", env=tenant.env).code == 0
            write(folder, files("false"))
            converged(folder, tenant, {number: random.choice(FAULTS) for number in random.sample(range(1, 9), 2)})


def test_creates_over_a_socket(tmp_path: Path, full: bool) -> None:
    for turn in range(40 if full else 2):
        home = tmp_path / str(turn)
        folder = project(home / "project", files("false"), SETTINGS)
        with served(home, token=CANARY) as tenant:
            converged(
                folder, tenant, {number: random.choice(FAULTS) for number in random.sample(range(1, REQUESTS), 2)}
            )
