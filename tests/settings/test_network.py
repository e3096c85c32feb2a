"""The variables that say how the network is reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.settings.network import Network, bypasses, read_network

URL = "https://certifications.api.rhythmsoftware.com/x"


@pytest.mark.parametrize(("no_proxy", "host", "port", "direct"), [
    ("", "a.example", 443, False), ("*", "a.example", 443, True), ("x, *", "a.example", 443, True),
    ("a.example", "a.example", 443, True), ("A.EXAMPLE", "a.example", 443, True),
    ("a.example", "A.Example", 443, True), ("example", "a.example", 443, True), (".example", "a.example", 443, True),
    ("*.example", "a.b.example", 443, True), (".example", "example", 443, True), ("ample", "a.example", 443, False),
    ("a.example", "b.a.example", 443, True), ("b.a.example", "a.example", 443, False),
    ("a.example:443", "a.example", 443, True), ("a.example:8443", "a.example", 443, False),
    ("one.example two.example\tthree.example", "two.example", 443, True), ("one,,two", "two", 443, True),
    ("10.1.2.3", "10.1.2.3", 443, True), ("10.0.0.0/8", "10.1.2.3", 443, True), ("10.0.0.0/8", "11.1.2.3", 443, False),
    ("10.0.0.0/8", "ten.example", 443, False), ("10.1.2.3:80", "10.1.2.3", 443, False),
    ("fd00::/8", "fd00::1", 443, True), ("fd00::1", "fd00::1", 443, True), ("[fd00::1]:443", "fd00::1", 443, True),
    ("[fd00::1]:80", "fd00::1", 443, False), (".", "a.example", 443, False), ("a.example.", "a.example", 443, True),
])  # fmt: skip
def test_no_proxy_names_hosts(no_proxy: str, host: str, port: int, direct: bool) -> None:
    assert bypasses(no_proxy, host, port) == direct


@given(st.text(), st.sampled_from(["a.example", "10.1.2.3", "fd00::1"]))
def test_any_text_of_no_proxy_is_read(no_proxy: str, host: str) -> None:
    assert bypasses(no_proxy, host, 443) in (True, False)


@given(st.text(), st.text(max_size=9))
def test_a_star_is_found_anywhere(before: str, after: str) -> None:
    assert bypasses(f"{before},*,{after}", "a.example", 443)


@pytest.mark.parametrize(("environ", "shown"), [
    ({}, None), ({"HTTPS_PROXY": ""}, None), ({"HTTP_PROXY": "http://p:1"}, None), ({"HTTPS_PROXY": " "}, None),
    ({"HTTPS_PROXY": "http://p:1"}, "http://p:1"), ({"ALL_PROXY": "p:1"}, "http://p:1"), ({"https_proxy": "p"}, "http://p:80"),
    ({"HTTPS_PROXY": "https://p"}, "https://p:443"), ({"HTTPS_PROXY": "http://[::1]:3128"}, "http://[::1]:3128"),
    ({"HTTPS_PROXY": "http://p:1", "ALL_PROXY": "http://q:2"}, "http://p:1"),
    ({"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:2"}, "http://q:2"),
    ({"HTTPS_PROXY": "http://p:1", "https_proxy": ""}, None),
    ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "rhythmsoftware.com"}, None),
    ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*", "no_proxy": "x.example"}, "http://p:1"),
    ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*", "no_proxy": ""}, "http://p:1"),
    ({"HTTPS_PROXY": "http://me:hush@p:1"}, "http://***@p:1"), ({"HTTPS_PROXY": "me@p:1"}, "http://***@p:1"),
])  # fmt: skip
def test_the_proxy_of_a_tenant_is_chosen(environ: dict[str, str], shown: str | None) -> None:
    proxy = read_network(environ).proxy_for(URL)
    assert (None if proxy is None else str(proxy)) == shown
    assert "hush" not in f"{proxy!r} {read_network(environ)!r}"


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:8088/x", "https://localhost/x", "https://LOCALHOST./x", "http://[::1]/x", "https://127.9.9.9",
])  # fmt: skip
def test_this_computer_is_reached_directly(url: str) -> None:
    network = read_network({"ALL_PROXY": "http://p:1"})
    assert network.proxy_for(url) is None
    assert "is this computer" in str(network.explain_route(url))


def test_a_route_is_explained_by_the_variable_that_decides_it() -> None:
    both = {"HTTPS_PROXY": "http://me:hush@p:1", "no_proxy": "api.rhythmsoftware.com"}
    assert Network().explain_route(URL) is None
    assert read_network({"HTTPS_PROXY": "http://me:hush@p:1"}).explain_route(URL) == ("http://***@p:1", "HTTPS_PROXY")
    names = "none: no_proxy names certifications.api.rhythmsoftware.com"
    assert read_network(both).explain_route(URL) == (names, "no_proxy")
