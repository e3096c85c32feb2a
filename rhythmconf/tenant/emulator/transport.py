"""The emulator in this process, behind the face of an httpx transport: no socket, no account."""

from __future__ import annotations

from pathlib import Path

import httpx

from rhythmconf.catalog import Catalog
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator.call import Options
from rhythmconf.tenant.emulator.http import Request
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.tenant import Emulator


class EmulatorTransport(httpx.BaseTransport):
    """Every request, whatever its host, goes to `emulator`; timeouts can't happen. Closing it closes the store."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request of an httpx client."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode("ascii")
        response = self.emulator.handle(Request(request.method, target, headers, request.read()))
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)

    def close(self) -> None:
        """Give the file of the tenant back."""
        self.emulator.store.close()


def embedded(catalog: Catalog, path: Path | None, tenant: str, dialect: Dialect) -> EmulatorTransport:
    """A tenant kept in a file (None: in memory, gone when closed) that accepts any bearer and lists at once."""
    return EmulatorTransport(Emulator(catalog, Store(path, tenant), Options(tenant, db=path, dialect=dialect)))
