"""Any host name is refused, or ends as a server that can't be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rhythmconf.errors import NotSent, TenantError
from rhythmconf.settings import url_problem
from tests.support.clients import get_kind, make_client
from tests.support.ticking import Ticking

labels = st.text(st.sampled_from("ab0-_xn\u00e9\u24d4\u0430\u3002%[]:@/?#{} ") | st.characters(), max_size=12)
hosts = st.lists(labels, max_size=4).map(".".join)


@pytest.fixture(scope="module", autouse=True)
def no_name_server() -> Iterator[None]:
    """Encode a name as the socket module does, then find no address: these tests ask no name server."""

    def look_up(host: str, *_: object, **__: object) -> list[object]:
        host.encode("idna")
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield


@given(hosts, st.sampled_from(["", ":1", ":443", ":65536", ":", ":x"]))
@example("xn--a.example", "")
@example("xn--zzzzzzzzz.example", "")
@example("a..b", "")
@example("a" * 64, "")
@example("\u24d4vil.example", "")
@example("[::1", "")
@example("[v1.x]", "")
@example("1.2.3", "")
def test_any_host_is_refused_or_cannot_be_reached(host: str, port: str) -> None:
    url = f"https://{host}{port}"
    if url_problem(url):
        with pytest.raises(TenantError, match="base URL"):
            make_client(base_url=url)
        return
    with make_client(base_url=url, time=Ticking(chance=0), timeout_s=0.2) as client, pytest.raises(NotSent):
        client.delete(get_kind(), "a")


def test_a_module_that_makes_a_host_too_long_is_refused() -> None:
    with pytest.raises(TenantError, match=r"a part of 69 characters.* for the module 'certifications'"):
        make_client(base_url=f"https://{'a' * 55}{{module}}.example")
