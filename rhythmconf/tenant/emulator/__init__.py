"""A tenant on this computer: a Request in, a Response out, driven by the catalogue alone.

`transport.embedded` puts it behind an httpx client in this process, `server.serve` on a loopback socket.
Both are imported from their own modules, since they bring httpx, starlette and uvicorn with them.
"""

from __future__ import annotations

from rhythmconf.tenant.emulator.call import Options
from rhythmconf.tenant.emulator.http import Request, Response, Written
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.tenant import Emulator, LogEntry

__all__ = ["Emulator", "LogEntry", "Options", "Request", "Response", "Store", "Written"]
