"""Log each request as one line, for `--verbose`."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from rhythmconf.tenant.client.exchange import Fault, RawAnswer, Request, status_text
from rhythmconf.tenant.client.redact import redact

LOG = logging.getLogger("rhythmconf.tenant.client")


def log_request(request: Request, outcome: RawAnswer | Fault, seconds: float) -> None:
    """Log method, path, outcome and time. Headers and bodies contain secrets and are never logged."""
    if not LOG.isEnabledFor(logging.DEBUG):
        return
    parts = urlsplit(request.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    result = status_text(outcome.status) if isinstance(outcome, RawAnswer) else outcome.message
    text = redact(f"{request.method} {path}: {result}, {seconds * 1000:.0f} ms", *request.secrets)
    LOG.debug("%s", text)
