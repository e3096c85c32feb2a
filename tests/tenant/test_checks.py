"""The checks of `doctor`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from rhythmconf.errors import AuthError
from rhythmconf.settings import Auth, Environment, Secret
from rhythmconf.settings.network import read_network
from rhythmconf.tenant.client import mints_this_month, token_source
from rhythmconf.tenant.doctor.checks import check_token, list_network
from tests.support.ticking import Ticking

ENVIRONMENT = Environment("sandbox", "hisp", auth=Auth("hisp.us.auth0.com", "client", Secret("hush")))


def get_token() -> str:
    return "token"


def count_minted() -> int:
    return 1


def fail() -> str:
    raise AuthError("No.", help="Do this.")


def fail_to_count() -> int:
    raise AuthError("No.", help="Do this.")


@pytest.mark.parametrize(("get", "count"), [(fail, count_minted), (get_token, fail_to_count)])
def test_an_error_is_a_failed_check(get: Callable[[], str], count: Callable[[], int]) -> None:
    check = check_token(ENVIRONMENT, get, count)
    assert (check.ok, check.message, check.help, check.exit_code) == (False, "No.", "Do this.", 4)


def test_the_count_includes_a_token_that_the_check_requests(tmp_path: Path) -> None:
    clock = Ticking().clock
    issuer = httpx.MockTransport(lambda _: httpx.Response(200, json={"access_token": "one", "expires_in": 86_400}))
    source = token_source(ENVIRONMENT, tmp_path, clock, {}, issuer)
    check = check_token(ENVIRONMENT, source.token, lambda: mints_this_month(tmp_path, clock.now()))
    assert check.message.endswith("; 1 token requested on this computer this month")


@pytest.mark.parametrize(("token", "warned"), [("t", True), ("1234567", True), ("12345678", False)])
def test_a_token_that_is_too_short_to_be_hidden_is_named(token: str, warned: bool) -> None:
    check = check_token(ENVIRONMENT, lambda: token, count_minted)
    assert check.ok
    assert ("fewer than 8 characters" in check.message) == warned


SOCKS = "The proxy variable names a socks5 proxy; rhythmconf can use only http and https proxies."
PROXY = "http://me:hushhush@proxy.example:3128"


@pytest.mark.parametrize(("environ", "rows"), [
    ({}, {}),
    ({"HTTPS_PROXY": PROXY}, {
        "proxy": ("http://***@proxy.example:3128", "HTTPS_PROXY"),
        "auth.proxy": ("http://***@proxy.example:3128", "HTTPS_PROXY"),
    }),
    ({"all_proxy": PROXY, "NO_PROXY": "auth0.com"}, {
        "proxy": ("http://***@proxy.example:3128", "all_proxy"),
        "auth.proxy": ("none: NO_PROXY names hisp.us.auth0.com", "NO_PROXY"),
    }),
    ({"HTTPS_PROXY": "socks5://me:hushhush@proxy.example"}, {
        "proxy": (SOCKS, "HTTPS_PROXY"), "auth.proxy": (SOCKS, "HTTPS_PROXY"),
    }),
    ({"SSL_CERT_FILE": "/ca.pem"}, {"certificates": ("/ca.pem", "SSL_CERT_FILE")}),
    ({"SSL_CERT_FILE": "/ca.pem", "SSL_CERT_DIR": "/cas"}, {
        "certificates": ("/ca.pem, /cas", "SSL_CERT_FILE and SSL_CERT_DIR"),
    }),
])  # fmt: skip
def test_the_network_is_listed_with_the_variable_that_decides_it(
    environ: dict[str, str], rows: dict[str, tuple[str, str]]
) -> None:
    listed = list(list_network(ENVIRONMENT._replace(network=read_network(environ))))
    assert {row.name: (row.value, row.origin) for row in listed} == {
        name: (value, f"variable {variable}") for name, (value, variable) in rows.items()
    }
    assert "hushhush" not in str(listed)


def test_an_embedded_tenant_and_this_computer_need_no_proxy() -> None:
    network = read_network({"HTTPS_PROXY": PROXY})
    assert list(list_network(Environment("local", "hisp", embedded=":memory:", network=network))) == []
    local = Environment("local", "hisp", base_url="http://127.0.0.1:8088/{module}", network=network)
    assert [row.value for row in list_network(local)] == ["none: 127.0.0.1 is this computer"]
