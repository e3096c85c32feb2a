"""The only door to the network: a closed list of calls on one tenant, with token, retries, paging and budget.

Takes an Environment and a Catalog, gives JSON values or one of the tenant's errors.
"""

from __future__ import annotations

from rhythmconf.tenant.client.batch import BatchAnswer, BatchItem
from rhythmconf.tenant.client.cache import logout, mints_this_month
from rhythmconf.tenant.client.calls import Client
from rhythmconf.tenant.client.retry import Clock
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
