"""The client of one tenant, the only code that talks to a tenant or a token issuer over the network.

It offers a fixed list of calls and handles tokens, retries, paging and the request budget.
"""

from __future__ import annotations

from rhythmconf.model.clock import Clock
from rhythmconf.tenant.client.batch import BatchAnswer, BatchItem
from rhythmconf.tenant.client.cache import logout, mints_this_month
from rhythmconf.tenant.client.calls import Client
from rhythmconf.tenant.client.token import TokenSource, token_source

__all__ = [
    "BatchAnswer",
    "BatchItem",
    "Client",
    "Clock",
    "TokenSource",
    "logout",
    "mints_this_month",
    "token_source",
]
