"""An emulated tenant in memory and a client for it, for tests of the emulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx

from rhythmconf.catalog import Catalog, default_folder, load, widen_all
from rhythmconf.model import Body, Json
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator import Emulator, Options
from tests.support.emulator_transport import EmulatorTransport, open_embedded
from tests.support.stores import open_store

TENANT = "hisp"
WINDOW: Body = {"position": "after", "number": 60, "unit_of_time": "days", "relative_to": "the reference date"}
EMAIL: Body = {"subject": "Your certification expires", "body": "Please renew."}


@cache
def shipped_catalog() -> Catalog:
    return load([default_folder()], module="certifications")


@cache
def whole_catalog() -> Catalog:
    """Return all kinds that come with rhythmconf, of all modules."""
    return widen_all(shipped_catalog())


class Tenant:
    """A client that knows the module and the tenant: `tenant.post("programs", body)`."""

    def __init__(self, transport: httpx.BaseTransport | None = None, base: str = "http://localhost") -> None:
        headers = {"authorization": "Bearer any"}
        self.http = httpx.Client(transport=transport, base_url=base, headers=headers, trust_env=False)

    def call(
        self, method: str, path: str, body: Json = None, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        segment, _, rest = path.partition("/")
        address = f"/certifications/{segment}/{TENANT}" + (f"/{rest}" if rest else "")
        return self.http.request(method, address, json=body, params=dict(params) if params else None)

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Json) -> httpx.Response:
        return self.call("POST", path, body)

    def put(self, path: str, body: Json) -> httpx.Response:
        return self.call("PUT", path, body)

    def patch(self, path: str, *directives: Json) -> httpx.Response:
        return self.call("PATCH", path, list(directives))

    def delete(self, path: str) -> httpx.Response:
        return self.call("DELETE", path)

    def batch(self, segment: str, *operations: object) -> httpx.Response:
        return self.post(f"{segment}/batch", {"operations": cast("Json", list(operations))})

    def make(self, segment: str, body: Json) -> Body:
        """Create a record that must be accepted."""
        response = self.post(segment, body)
        assert response.status_code == 200, response.text
        return cast("Body", response.json())

    def read(self, path: str) -> Body:
        """Return a record that must exist."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return cast("Body", response.json())

    def template(self, *reminders: Body, **fields: Json) -> Body:
        """Create a billing template whose reminders use a new notice."""
        notice = self.make("notices", {"name": "Renewal", "email": EMAIL})["id"]
        window: Body = {"expiration_date_range_start": WINDOW, "expiration_date_range_end": WINDOW}
        listed: list[Json] = [{"reminder_notice_id": notice, **window, **reminder} for reminder in reminders]
        options: Body = {"reminders": listed}
        body: Body = {"name": "Weekly", "send_renewal_reminders": True, "renewal_reminder_options": options}
        return self.make("billingTemplates", body | fields)


def make_emulator(db: Path | None = None, kinds: Catalog | None = None, **options: Any) -> Emulator:
    """Return an emulated tenant; `options` are fields of Options or of Dialect."""
    names = {*Dialect._fields} - {"list_lag_s"}
    dialect = Dialect(**{name: value for name, value in options.items() if name in names})
    rest = {name: value for name, value in options.items() if name not in names}
    return Emulator(kinds or shipped_catalog(), open_store(db, TENANT), Options(TENANT, db=db, dialect=dialect, **rest))


def make_tenant(db: Path | None = None, **options: Any) -> Tenant:
    """Return a client of a new emulated tenant in this process."""
    return Tenant(EmulatorTransport(make_emulator(db, **options)))


@contextmanager
def open_tenant(folder: Path) -> Iterator[Tenant]:
    """Return a client of somebody else for the embedded tenant `hisp` in the file `local.db` of a folder."""
    transport = open_embedded(shipped_catalog(), folder / "local.db", TENANT, Dialect())
    try:
        yield Tenant(transport)
    finally:
        transport.close()
