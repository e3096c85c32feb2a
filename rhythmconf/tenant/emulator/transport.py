"""The emulator as an httpx transport: an httpx client calls it in this process, without a socket."""

from __future__ import annotations

from pathlib import Path

import httpx

from rhythmconf.catalog import Catalog
from rhythmconf.errors import NotSent, codes
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator.call import Options
from rhythmconf.tenant.emulator.http import Request
from rhythmconf.tenant.emulator.members.values import Simulation
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.tenant import Emulator


class EmulatorTransport(httpx.BaseTransport):
    """Sends every request to `emulator`, whatever its host. Closing it closes the store."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the emulator's answer to a request of an httpx client."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        # The raw path keeps `%2F`: a decoded slash would split an id into two parts.
        target = request.url.raw_path.decode("ascii")
        response = self.emulator.handle(Request(request.method, target, headers, request.read()))
        if response.failure:
            raise self._storage_error(response.failure, f"{request.method} {request.url}")
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)

    def _storage_error(self, failure: str, where: str) -> NotSent:
        """Return the error of a tenant whose storage is on this computer: nobody else can mend it."""
        file = self.emulator.options.db or "the memory"
        return NotSent(
            f"The embedded tenant can't use {file}: {failure}. Nothing was changed by this request.",
            where=where,
            help="Free space on the disk of this computer, or check the file and its permissions; then try again.",
            code=codes.STORAGE,
        )

    def close(self) -> None:
        """Close the store."""
        self.emulator.store.close()


def open_embedded(
    catalog: Catalog, path: Path | None, tenant: str, dialect: Dialect, simulation: Simulation | None = None
) -> EmulatorTransport:
    """Open a tenant that is kept in a file, or in memory if `path` is None.

    It accepts every bearer token, and its lists show new records at once. `simulation` makes its members; without one,
    it has those that its file has. Raises TenantError for an unusable file.
    """
    options = Options(tenant, db=path, dialect=dialect, simulation=simulation)
    return EmulatorTransport(Emulator(catalog, Store(path, tenant), options))
