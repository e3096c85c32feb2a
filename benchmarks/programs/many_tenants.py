"""Serve one tenant under any name, so that one process answers for a fleet: `DATABASE`. Prints its address."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rhythmconf.catalog.load import load_shipped
from rhythmconf.tenant.emulator import Options, server
from rhythmconf.tenant.emulator.http import Request, Response
from rhythmconf.tenant.emulator.tenant import Emulator


class ManyTenants(Emulator):
    """Answers for `tenant-17` as for the tenant `bench`."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        return super().handle(request._replace(target=re.sub(r"/tenant-\d+", "/bench", request.target)))


vars(server)["Emulator"] = ManyTenants
server.serve(load_shipped(), Options(tenant="bench", db=Path(sys.argv[1])), announce=lambda url: print(url, flush=True))
