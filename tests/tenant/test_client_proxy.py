"""Proxies of the environment variables, with a real proxy and a real TLS server on the loopback interface."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from rhythmconf.errors import NotSent, SettingsError, codes
from rhythmconf.settings import Auth, Environment, Secret
from rhythmconf.settings.network import read_network
from rhythmconf.tenant.client import http, token_source
from tests.support.certificates import make_certificate, secure
from tests.support.clients import TOKEN, get_kind, make_client
from tests.support.ticking import Ticking
from tests.support.tunnel import ESTABLISHED, Tunnel, start_tunnel
from tests.support.wire import Wire, drip, make_answer, serve_script

BASE = "https://{module}.tenant.example"
HOST = "certifications.tenant.example:443"
GOOD = make_answer(value={"id": "a"})
PASSWORD = "pass/w0rd:of+proxy"
CREDENTIALS = "me:pass%2Fw0rd%3Aof+proxy"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_certificate(tmp_path, "DNS:*.tenant.example,IP:127.0.0.1")


@contextmanager
def tenant_behind(file: Path, *script: bytes) -> Iterator[tuple[Wire, int]]:
    with serve_script(*(script or (GOOD,)), context=secure(file)) as wire:
        yield wire, int(wire.url.rpartition(":")[2])


def get(file: Path, environ: dict[str, str], base_url: str = BASE, time: Ticking | None = None) -> object:
    network = read_network(environ)
    with make_client(base_url=base_url, ca_file=str(file), network=network, time=time) as client:
        return client.get(get_kind(), "a")


def delete(file: Path, environ: dict[str, str], time: Ticking | None = None) -> None:
    with make_client(base_url=BASE, ca_file=str(file), network=read_network(environ), time=time) as client:
        client.delete(get_kind(), "a")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_is_used_and_sees_no_token(name: str, file: Path) -> None:
    with tenant_behind(file) as (wire, port), start_tunnel(port) as tunnel:
        assert get(file, {name: f"http://127.0.0.1:{tunnel.port}"}) == {"id": "a"}
        assert tunnel.hosts == [HOST]
        assert wire.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
        assert_no_token(tunnel)


def assert_no_token(tunnel: Tunnel) -> None:
    everything = "".join(tunnel.heads).encode() + tunnel.passed
    assert TOKEN.encode() not in everything
    assert b"uthorization: Bearer" not in everything


def test_an_address_without_a_scheme_is_an_http_proxy(file: Path) -> None:
    with tenant_behind(file) as (_, port), start_tunnel(port) as tunnel:
        assert get(file, {"HTTPS_PROXY": f"127.0.0.1:{tunnel.port}"}) == {"id": "a"}


def test_credentials_of_a_proxy_are_sent_to_the_proxy_alone(file: Path) -> None:
    with tenant_behind(file) as (wire, port), start_tunnel(port) as tunnel:
        assert get(file, {"HTTPS_PROXY": f"http://{CREDENTIALS}@127.0.0.1:{tunnel.port}"}) == {"id": "a"}
        expected = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
        assert f"Proxy-Authorization: Basic {expected}" in tunnel.heads[0]
        assert "proxy-authorization" not in wire.seen[0].headers


def test_a_proxy_that_is_reached_over_tls_is_used(file: Path) -> None:
    with tenant_behind(file) as (_, port), start_tunnel(port, context=secure(file)) as tunnel:
        assert get(file, {"HTTPS_PROXY": f"https://127.0.0.1:{tunnel.port}"}) == {"id": "a"}
        assert tunnel.hosts == [HOST]


def test_the_issuer_is_reached_through_the_proxy(file: Path, tmp_path: Path) -> None:
    grant = make_answer(value={"access_token": "minted-token", "expires_in": 3600})
    with tenant_behind(file, grant) as (wire, port), start_tunnel(port) as tunnel:
        environment = Environment(
            "sandbox",
            "hisp",
            auth=Auth("auth.tenant.example", "client", Secret("hush hush hush")),
            ca_file=str(file),
            network=read_network({"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}"}),
        )
        assert token_source(environment, tmp_path / "cache", Ticking().clock, {}).token() == "minted-token"
        assert tunnel.hosts == ["auth.tenant.example:443"]
        assert b"hush" in wire.seen[0].body
        assert b"hush" not in tunnel.passed


@pytest.mark.parametrize("names", [("HTTP_PROXY",), ("ALL_PROXY", "HTTPS_PROXY"), ("http_proxy", "all_proxy")])
def test_plain_http_on_this_computer_never_goes_through_a_proxy(names: tuple[str, ...], file: Path) -> None:
    with serve_script(GOOD) as wire, start_tunnel(9) as tunnel:
        environ = dict.fromkeys(names, f"http://127.0.0.1:{tunnel.port}")
        assert get(file, environ, base_url=wire.url + "/{module}") == {"id": "a"}
        assert tunnel.heads == []


def test_https_on_this_computer_never_goes_through_a_proxy(file: Path) -> None:
    with tenant_behind(file) as (wire, _), start_tunnel(9) as tunnel:
        environ = {"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}"}
        assert get(file, environ, base_url=wire.url + "/{module}") == {"id": "a"}
        assert tunnel.heads == []


def test_a_proxy_that_wants_credentials_is_named_without_its_password(file: Path) -> None:
    time = Ticking()
    refusal = b"HTTP/1.1 407 Not with pass/w0rd:of+proxy\r\nContent-Length: 0\r\n\r\n"
    with start_tunnel(9, refusal) as tunnel:
        url = f"http://{CREDENTIALS}@127.0.0.1:{tunnel.port}"
        with pytest.raises(NotSent, match=r"through the proxy http://\*\*\*@127.*HTTPS_PROXY.*407") as caught:
            delete(file, {"HTTPS_PROXY": url}, time)
        assert (caught.value.code, time.slept, len(tunnel.heads)) == (codes.PROXY, [], 1)
        assert "w0rd" not in caught.value.message
        assert "NO_PROXY" in str(caught.value.help)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-OpenSSH_9.9\r\n", b"",
])  # fmt: skip
def test_a_write_that_a_proxy_does_not_pass_on_was_not_sent(answer: bytes, file: Path) -> None:
    time = Ticking()
    with start_tunnel(9, answer) as tunnel:
        with pytest.raises(NotSent, match=r"through the proxy http://127.*HTTPS_PROXY.*tried 4 times"):
            delete(file, {"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}"}, time)
        assert len(time.slept) == 3
        assert_no_token(tunnel)


def test_a_proxy_that_is_not_there_is_named(file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent, match=rf"can't be reached through the proxy http://127\.0\.0\.1:{port} \(all_proxy\)"):
        delete(file, {"all_proxy": f"127.0.0.1:{port}"}, Ticking())


def test_a_certificate_of_another_authority_behind_a_proxy_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = make_certificate(tmp_path / "other", "DNS:*.tenant.example")
    with tenant_behind(other) as (wire, port), start_tunnel(port) as tunnel:
        with pytest.raises(NotSent, match=r"certificate can't be trusted through the proxy"):
            delete(file, {"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}"})
        assert wire.seen == []


def test_a_proxy_that_drips_is_cut_off(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_S", 0.4)
    began = monotonic()
    with start_tunnel(9) as tunnel:
        tunnel.answer = drip(Wire("", [], over=tunnel.over), b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")
        with pytest.raises(NotSent, match=r"connection took longer than 0\.4 s"):
            delete(file, {"HTTPS_PROXY": f"http://127.0.0.1:{tunnel.port}"}, Ticking(chance=0))
    assert monotonic() - began < 8


def test_a_drip_inside_tls_inside_tls_is_cut_off(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy sends one record of the inner connection byte by byte."""
    monkeypatch.setattr(http, "ANSWER_S", 0.4)
    began = monotonic()
    with start_tunnel(9, context=secure(file)) as tunnel:
        record = drip(Wire("", [], over=tunnel.over), b"\x16\x03\x03\x40\x00", b"\0")

        def answer(connection: socket.socket) -> None:
            connection.sendall(ESTABLISHED)
            connection.recv(1)  # the client has begun its handshake
            assert callable(record)
            record(connection)

        tunnel.answer = answer
        with pytest.raises(NotSent, match="connection took longer"):
            delete(file, {"HTTPS_PROXY": f"https://127.0.0.1:{tunnel.port}"}, Ticking(chance=0))
    assert monotonic() - began < 8


@pytest.mark.parametrize(("text", "words"), [
    ("socks5://127.0.0.1:1080", "names a socks5 proxy"), ("http://", "names no host"),
    ("http://proxy:99999", "is not the address of a proxy"), ("http://a..b:80", "an empty part between two dots"),
    ("http://me:hushhush@[::1", "is not the address of a proxy"), ("http://pro xy", "blank"),
])  # fmt: skip
def test_a_malformed_proxy_is_reported_before_anything_is_sent(text: str, words: str, file: Path) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        get(file, {"HTTPS_PROXY": text})
    assert (caught.value.where, caught.value.code) == ("HTTPS_PROXY", codes.PROXY)
    assert "hushhush" not in f"{caught.value.message}{caught.value.help}"
    # A tenant that the proxy isn't for is not disturbed.
    with serve_script(GOOD) as wire:
        assert get(file, {"HTTPS_PROXY": text}, base_url=wire.url + "/{module}") == {"id": "a"}
