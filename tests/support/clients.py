"""Make clients of a tenant that is a function or a server on the loopback interface."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from rhythmconf.catalog import Kind
from rhythmconf.settings import Dialect, Environment, Network
from rhythmconf.settings.network import DIRECT
from rhythmconf.tenant.client import Client, TokenSource
from rhythmconf.tenant.client.token import GivenToken
from tests.support.emulated import shipped_catalog
from tests.support.ticking import Ticking

TOKEN = 'canary/t0ken+"with=signs'
Handler = Callable[[httpx.Request], httpx.Response] | httpx.BaseTransport


def get_kind(name: str = "program") -> Kind:
    return shipped_catalog().kind(name)


def make_environment(base_url: str = "http://127.0.0.1:9/{module}", **more: object) -> Environment:
    return Environment("test", "hisp", base_url=base_url, **more)  # type: ignore[arg-type]


def make_client(
    handler: Handler | None = None,
    *,
    base_url: str = "http://127.0.0.1:9/{module}",
    time: Ticking | None = None,
    token: TokenSource | None = None,
    max_requests: int | None = None,
    dialect: Dialect | None = None,
    timeout_s: float = 5,
    ca_file: str | None = None,
    network: Network = DIRECT,
) -> Client:
    return Client(
        make_environment(base_url, dialect=dialect or Dialect(), ca_file=ca_file, network=network),
        shipped_catalog(),
        token=token or GivenToken(TOKEN, "ask for another"),
        clock=(time or Ticking()).clock,
        transport=httpx.MockTransport(handler) if callable(handler) else handler,
        max_requests=max_requests,
        timeout_s=timeout_s,
    )
