"""An emulated tenant on this computer. It knows no kind by name: everything about kinds comes from the catalogue.

`embedded.open_embedded` answers a client in this process, `server.serve` a loopback socket. Import `server` from its
own module: it loads starlette and uvicorn.
"""

from __future__ import annotations

from rhythmconf.tenant.emulator.call import Options
from rhythmconf.tenant.emulator.http import Request, Response, Written
from rhythmconf.tenant.emulator.store import Store
from rhythmconf.tenant.emulator.tenant import Emulator, LogEntry

__all__ = ["Emulator", "LogEntry", "Options", "Request", "Response", "Store", "Written"]
