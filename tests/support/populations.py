"""Fill an embedded tenant with people, for tests that run commands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from rhythmconf.model import Body
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator.transport import open_embedded
from tests.support.emulated import shipped_catalog


def fill(file: Path, tenant: str, certifications: Iterable[Body] = (), applications: Iterable[Body] = ()) -> None:
    """Create members in the tenant of a file, all of the program with the key `cmsi`."""
    transport = open_embedded(shipped_catalog(), file, tenant, Dialect())
    with httpx.Client(transport=transport, base_url="http://localhost", headers={"authorization": "Bearer x"}) as http:
        answer: Any = http.get(f"/certifications/programs/{tenant}").json()
        programs = answer if isinstance(answer, list) else answer["Items"]
        program = next(each["id"] for each in programs if "/cmsi#" in f"{each['sys_external_id']}#")
        for segment, records in (("certifications", certifications), ("applications", applications)):
            for number, record in enumerate(records):
                body = {"name": f"Holder {number}", "contact_id": f"c-{number}", "number": number}
                body |= {"date": "2026-01-01", "owner_type": "contact"}
                sent: Any = {**body, **record, "program_id": program}
                answered = http.post(f"/certifications/{segment}/{tenant}", json=sent)
                assert answered.status_code == 200, answered.text
