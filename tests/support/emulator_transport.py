"""The emulator as an httpx transport: a client calls it in this process, and a test can put itself in between."""

from __future__ import annotations

from pathlib import Path

import httpx

from rhythmconf.catalog import Catalog
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator import Emulator, embedded
from rhythmconf.tenant.emulator.members.values import Simulation


class EmulatorTransport(httpx.BaseTransport):
    """Sends every request to `emulator`, whatever its host. Closing it closes the store."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._embedded = embedded.Embedded(emulator)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode("ascii")
        response = self._embedded.answer(request.method, target, headers, request.read())
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body)

    def close(self) -> None:
        self._embedded.close()


def open_embedded(
    catalog: Catalog, path: Path | None, tenant: str, dialect: Dialect, simulation: Simulation | None = None
) -> EmulatorTransport:
    return EmulatorTransport(embedded.open_embedded(catalog, path, tenant, dialect, simulation).emulator)
