"""The emulator in this process, without a socket: what a client of an embedded tenant calls."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rhythmconf.catalog import Catalog
from rhythmconf.errors import NotSent, codes
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator.call import Options
from rhythmconf.tenant.emulator.http import Request, Response
from rhythmconf.tenant.emulator.members.values import Simulation
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.tenant import Emulator


class Embedded:
    """Hands every request to `emulator`, whatever its host. Closing it closes the store."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer a request. Raises NotSent where the storage fails."""
        response = self.emulator.handle(Request(method, target, headers, body))
        if response.failure:
            raise self._storage_error(response.failure, f"{method} {target}")
        return response

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
) -> Embedded:
    """Open a tenant that is kept in a file, or in memory if `path` is None.

    It accepts every bearer token, and its lists show new records at once. `simulation` makes its members; without one,
    it has those that its file has. Raises TenantError for an unusable file.
    """
    options = Options(tenant, db=path, dialect=dialect, simulation=simulation)
    return Embedded(Emulator(catalog, Store(path, tenant), options))
