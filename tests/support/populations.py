"""Fill an embedded tenant with people, for tests that run commands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from rhythmconf.model import Body
from rhythmconf.settings import Dialect
from tests.support.emulated import shipped_catalog
from tests.support.emulator_transport import open_embedded

REASONS = {"certifications": "statusReasons", "applications": "appStatusReasons"}


def fill(file: Path, tenant: str, certifications: Iterable[Body] = (), applications: Iterable[Body] = ()) -> None:
    """Create members in the tenant of a file, all of the program with the key `cmsi`.

    A `status_reason_id` becomes that of the tenant's first reason.
    """
    transport = open_embedded(shipped_catalog(), file, tenant, Dialect())
    with httpx.Client(transport=transport, base_url="http://localhost", headers={"authorization": "Bearer x"}) as http:
        program = next(
            each["id"] for each in _list(http, "programs", tenant) if "/cmsi#" in f"{each['sys_external_id']}#"
        )
        for segment, records in (("certifications", certifications), ("applications", applications)):
            reason = {"status_reason_id": _list(http, REASONS[segment], tenant)[0]["id"]}
            for number, record in enumerate(records):
                body = {"name": f"Holder {number}", "contact_id": f"c-{number}", "number": number}
                body |= {"date": "2026-01-01", "owner_type": "contact"}
                sent: Any = {
                    **body,
                    **record,
                    "program_id": program,
                    **(reason if "status_reason_id" in record else {}),
                }
                answered = http.post(f"/certifications/{segment}/{tenant}", json=sent)
                assert answered.status_code == 200, answered.text


def prepare_run(file: Path, tenant: str, template: str, day: str, **fields: str) -> None:
    """Create a billing run of the template with this key, which is due on a day."""
    transport = open_embedded(shipped_catalog(), file, tenant, Dialect())
    with httpx.Client(transport=transport, base_url="http://localhost", headers={"authorization": "Bearer x"}) as http:
        id = next(
            each["id"]
            for each in _list(http, "billingTemplates", tenant)
            if f"/{template}#" in f"{each['sys_external_id']}#"
        )
        body: Any = {"template_id": id, "scheduled_run_date": day, "status": "ready", **fields}
        answered = http.post(f"/certifications/billingRuns/{tenant}", json=body)
        assert answered.status_code == 200, answered.text


def _list(http: httpx.Client, segment: str, tenant: str) -> list[Any]:
    answer: Any = http.get(f"/certifications/{segment}/{tenant}").json()
    return answer if isinstance(answer, list) else list(answer["Items"])
