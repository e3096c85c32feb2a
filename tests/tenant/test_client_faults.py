"""The client with a faulty server on the loopback interface."""

from __future__ import annotations

import gzip
import socket
import ssl
import sys
import zlib
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import partial
from pathlib import Path

import httpx
import pytest
import truststore

from rhythmconf.errors import Ambiguous, DocumentError, NotSent, SettingsError, TenantError, codes
from rhythmconf.model import Body, Json
from rhythmconf.settings.network import read_network
from rhythmconf.tenant.client import Client, certificates
from tests.support.certificates import call_openssl, make_certificate, secure
from tests.support.clients import TOKEN, get_kind, make_client
from tests.support.ticking import NOON, Ticking
from tests.support.wire import Action, Wire, close_quietly, make_answer, reset_connection, serve_script, stall_until_end

GOOD = make_answer(value={"id": "a"})
LIST = make_answer(value=[])


def reach(wire: Wire, time: Ticking | None = None, timeout_s: float = 5) -> Client:
    return make_client(base_url=wire.url + "/{module}", time=time, timeout_s=timeout_s)


def get(wire: Wire) -> Body | None:
    with reach(wire) as client:
        return client.get(get_kind(), "a")


def patch(wire: Wire, timeout_s: float = 5) -> Body:
    with reach(wire, timeout_s=timeout_s) as client:
        return client.patch(get_kind(), "a", [])


def truncated(whole: bytes) -> bytes:
    return whole[:-3]


BROKEN: dict[str, Action] = {
    "reset": reset_connection,
    "hung up": close_quietly,
    "truncated": truncated(GOOD),
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "not http": b"SSH-2.0-OpenSSH_9.9\r\n",
    "chunks cut off": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n',
    "JSON that ends too early": make_answer(body=b'{"id": "a", "name": "b', Content_Type="application/json"),
    "damaged gzip": make_answer(body=gzip.compress(b'{"id": "a"}')[:-6], Content_Encoding="gzip"),
    "no gzip": make_answer(body=b'{"id": "a"}', Content_Encoding="gzip"),
    "503": make_answer(503),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_read_survives_a_fault(fault: str) -> None:
    with serve_script(BROKEN[fault], BROKEN[fault], BROKEN[fault], GOOD) as wire:
        assert get(wire) == {"id": "a"}
        assert len(wire.seen) == 4


@pytest.mark.parametrize("fault", BROKEN)
def test_a_write_is_sent_once(fault: str) -> None:
    with serve_script(BROKEN[fault], GOOD) as wire:
        with pytest.raises(Ambiguous):
            patch(wire)
        assert len(wire.seen) == 1


PAGE = b"<!doctype html><html><head><title>Sign in</title><script>go('x')</script></head><body>\x1b[31m Welcome</body>"
FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "a login page": (
        PAGE,
        "text/html; charset=utf-8",
        r"text/html instead of JSON \('Sign in \[31m Welcome'\).*a login\?$",
    ),
    "plain text": (b"Upstream is down", "text/plain", r"text/plain instead of JSON \('Upstream is down'\)"),
    "XML": (b"<?xml version='1.0'?><Error>no</Error>", "application/xml", r"application/xml instead of JSON \('no'\)"),
    "a page that is called JSON": (PAGE, "application/json", r"application/json instead of JSON \('Sign in"),
    "bytes": (b"\xff\xfe\0\0", "", "a text without a type"),
    "an infinite number": (b'{"id": "a", "fee": 1e400}', "application/json", r"1e400 is too large"),
    "a long number": (b'{"id": ' + b"9" * 5000 + b"}", "application/json", r"can't be used"),
    "not a number": (b'{"id": NaN}', "application/json", "NaN is not a JSON number"),
    "deep nesting": (b"[" * 400 + b"]" * 400, "application/json", "nested more than 80 levels deep"),
    "deeper nesting": (b'{"a":' * 99_999 + b"1" + b"}" * 99_999, "application/json", "nested"),
    "JSON and more": (b'{"id": "a"} {}', "application/json", "not JSON"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_an_answer_that_would_be_the_same_again_is_asked_for_once(name: str) -> None:
    body, content_type, words = FOREIGN[name]
    answer = make_answer(body=body, Content_Type=content_type)
    with serve_script(answer) as wire:
        with pytest.raises(TenantError, match=words) as caught:
            get(wire)
        assert len(wire.seen) == 1
    assert caught.value.code == codes.FOREIGN_ANSWER
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 250
    with serve_script(answer) as wire:
        with pytest.raises(Ambiguous, match=words) as caught:
            patch(wire)
        assert len(wire.seen) == 1
    assert "not known yet" in str(caught.value.help)


def test_an_embedded_tenant_answers_at_any_length() -> None:
    record = {"id": "a", "name": "N", "description": "x" * 21 * 2**20}
    with make_client(lambda request: httpx.Response(200, json=record)) as client:
        assert client.get(get_kind(), "a") == record


def test_an_echoed_token_is_hidden_in_the_first_words() -> None:
    page = f"<html>you sent {TOKEN} here</html>".encode()
    with serve_script(make_answer(body=page)) as wire, pytest.raises(TenantError, match=r"'you sent \*\*\* here'"):
        get(wire)


def test_a_refusal_with_a_page_shows_its_first_words() -> None:
    with (
        serve_script(make_answer(404, body=PAGE, Content_Type="text/html")) as wire,
        pytest.raises(TenantError, match="a page that says 'Sign in"),
    ):
        patch(wire)


def test_a_stalled_answer_is_ambiguous() -> None:
    with serve_script(GOOD) as wire:
        wire.script[:] = [stall_until_end(wire)]
        with pytest.raises(Ambiguous, match="did not answer in time"):
            patch(wire, timeout_s=0.2)
        assert len(wire.seen) == 1


def test_a_refused_connection_is_retried_and_reported_as_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    time = Ticking()
    with (
        make_client(base_url=f"http://127.0.0.1:{port}/{{module}}", time=time) as client,
        pytest.raises(NotSent, match=r"can't be reached.*4 times"),
    ):
        client.delete(get_kind(), "a")
    assert len(time.slept) == 3


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), (formatdate(NOON + 20, usegmt=True), 20)])
def test_retry_after_is_respected(header: str, seconds: float) -> None:
    time = Ticking()
    with serve_script(make_answer(429, Retry_After=header), GOOD) as wire, reach(wire, time) as client:
        client.patch(get_kind(), "a", [])
        assert time.slept == [seconds]
        assert len(wire.seen) == 2


def test_a_redirect_sends_no_token_to_another_host() -> None:
    with serve_script(GOOD) as other, serve_script(make_answer(307, Location=f"{other.url}/certifications/x")) as wire:
        with pytest.raises(TenantError, match="never followed"):
            get(wire)
        assert other.seen == []
        assert len(wire.seen) == 1


def test_a_request_has_the_documented_headers() -> None:
    with serve_script(GOOD) as wire:
        patch(wire)
        seen = wire.seen[0]
    assert (seen.method, seen.target, seen.body) == ("PATCH", "/certifications/programs/hisp/a", b"[]")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept-encoding"] == "gzip"
    assert seen.headers["user-agent"].startswith("rhythmconf/")


def test_credentials_of_a_netrc_and_proxies_for_this_computer_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password wrong\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serve_script(GOOD) as wire:
        assert get(wire) == {"id": "a"}
        assert wire.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity", ""])
def test_compressed_answers_are_decoded(coding: str) -> None:
    plain = b'{"id": "' + b"a" * 200_000 + b'"}'
    packed = gzip.compress(plain) if "gzip" in coding.lower() else plain
    with serve_script(make_answer(body=packed, Content_Encoding=coding)) as wire:
        assert get(wire) == {"id": "a" * 200_000}


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip"])
def test_an_unrequested_encoding_is_refused(coding: str) -> None:
    with serve_script(make_answer(body=zlib.compress(b"{}"), Content_Encoding=coding)) as wire:
        with pytest.raises(TenantError, match="content coding"):
            get(wire)
        assert len(wire.seen) == 1


def test_a_decompression_bomb_is_stopped_while_it_grows() -> None:
    """256 MiB of zeros in 256 KiB: what is kept of it must stay near the cap."""
    import tracemalloc

    bomb = gzip.compress(bytes(256 * 2**20), 9)
    with serve_script(make_answer(body=bomb, Content_Encoding="gzip")) as wire:
        tracemalloc.start()
        try:
            with pytest.raises(TenantError, match="longer than 20 MiB"):
                get(wire)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert len(wire.seen) == 1
    assert peak < 60 * 2**20


def test_an_endless_body_is_refused() -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        while True:
            connection.sendall(b" " * 65536)

    with serve_script(pour) as wire, pytest.raises(TenantError, match="longer than 20 MiB"):
        get(wire)


def test_an_echoed_token_is_hidden() -> None:
    words = f"you sent {TOKEN}"
    with (
        serve_script(make_answer(400, {"message": words}, Content_Type=TOKEN)) as wire,
        pytest.raises(TenantError) as caught,
    ):
        get(wire)
    assert "you sent ***" in caught.value.message
    with serve_script(make_answer(body=b"<", Content_Type=TOKEN)) as wire, pytest.raises(TenantError) as caught:
        get(wire)
    assert "t0ken" not in caught.value.message


@pytest.fixture
def authority(tmp_path: Path) -> Callable[..., Path]:
    """Write a self-signed certificate and its key to one PEM file."""
    return partial(make_certificate, tmp_path)


def over_tls(wire: Wire, ca_file: str | None) -> Iterator[list[Body]]:
    with make_client(base_url=wire.url + "/{module}", ca_file=ca_file) as client:
        yield from client.list(get_kind())


def test_a_private_certificate_authority_is_accepted(authority: Callable[..., Path]) -> None:
    file = authority("IP:127.0.0.1")
    with serve_script(LIST, context=secure(file)) as wire:
        assert list(over_tls(wire, str(file))) == [[]]


def refused(wire: Wire, ca_file: str | None) -> None:
    with pytest.raises(NotSent, match="certificate can't be trusted") as caught:
        list(over_tls(wire, ca_file))
    assert "tried" not in caught.value.message
    assert "ca_file" in str(caught.value.help)
    assert wire.seen == []


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Callable[..., Path]) -> None:
    with serve_script(LIST, context=secure(authority("IP:127.0.0.1"))) as wire:
        refused(wire, None)


def test_a_certificate_of_another_host_is_refused(authority: Callable[..., Path]) -> None:
    file = authority("DNS:example.org")
    with serve_script(LIST, context=secure(file)) as wire:
        refused(wire, str(file))


def test_an_expired_certificate_is_refused(authority: Callable[..., Path]) -> None:
    file = authority("IP:127.0.0.1", "20200102000000Z")
    with serve_script(LIST, context=secure(file)) as wire:
        refused(wire, str(file))


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_authorities_of_the_variables_are_trusted(
    name: str, authority: Callable[..., Path], tmp_path: Path
) -> None:
    file = authority("IP:127.0.0.1")
    (tmp_path / "certificates").mkdir()
    digest = call_openssl("x509", "-hash", "-noout", "-in", file).strip()
    hashed = tmp_path / "certificates" / f"{digest}.0"
    hashed.write_bytes(file.read_bytes())
    value = str(file if name == "SSL_CERT_FILE" else f"/nowhere:{hashed.parent}")
    with serve_script(LIST, context=secure(file)) as wire:
        network = read_network({name: value})
        with make_client(base_url=wire.url + "/{module}", network=network) as client:
            assert list(client.list(get_kind())) == [[]]


def test_the_variables_replace_the_authorities_of_the_system(
    authority: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = authority("IP:127.0.0.1")
    (tmp_path / "other").mkdir()
    other = make_certificate(tmp_path / "other", "IP:127.0.0.1")
    # OpenSSL reads this as the file of the system.
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serve_script(LIST, context=secure(file)) as wire:
        assert list(over_tls(wire, None)) == [[]]
    with serve_script(LIST, context=secure(file)) as wire:
        with (
            make_client(base_url=wire.url + "/{module}", network=read_network({"SSL_CERT_FILE": str(other)})) as client,
            pytest.raises(NotSent, match="certificate can't be trusted"),
        ):
            list(client.list(get_kind()))
        assert wire.seen == []


@pytest.mark.parametrize(("name", "value"), [
    ("SSL_CERT_FILE", "/nowhere/ca.pem"), ("SSL_CERT_FILE", "empty"), ("SSL_CERT_FILE", "."),
    ("SSL_CERT_DIR", "/nowhere"), ("SSL_CERT_DIR", "."), ("SSL_CERT_DIR", "empty"),
])  # fmt: skip
def test_a_variable_that_names_no_authority_is_reported(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsError) as caught:
        make_client(base_url="https://api.example/{module}", network=read_network({name: value}))
    assert caught.value.where == name
    assert value in caught.value.message


def test_the_authorities_of_the_system_are_trusted() -> None:
    context = certificates.make_tls_context(read_network({}), None)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_the_authorities_of_a_keychain_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert isinstance(certificates.make_tls_context(read_network({}), None), truststore.SSLContext)


@pytest.mark.parametrize("present", [True, False])
def test_a_system_whose_authorities_openssl_does_not_know_is_searched(
    present: bool, authority: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = authority("IP:127.0.0.1")
    nothing = ssl.get_default_verify_paths()._replace(cafile="", capath=str(file.parent / "missing"))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    monkeypatch.setattr(certificates, "SYSTEM_FILES", ("/nowhere", *([str(file)] if present else [])))
    with serve_script(LIST, context=secure(file)) as wire:
        if present:
            assert list(over_tls(wire, None)) == [[]]
        else:
            refused(wire, None)


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_an_unreadable_certificate_authority_is_reported(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match="ca_file"):
        make_client(base_url="https://127.0.0.1:9/{module}", ca_file=str(file))


def test_a_json_answer_is_decoded() -> None:
    value: Json = {"id": "a", "n": 1.0}
    with serve_script(make_answer(value=value)) as wire:
        assert repr(get(wire)) == "{'id': 'a', 'n': 1}"


@pytest.mark.parametrize(
    ("left", "message"),
    [
        ("<<<<<<< HEAD\n{0}=======\n{0}>>>>>>> x\n", "conflict markers in lines 1, "),
        ("{0}<<<<<<< HEAD\n||||||| 1a2b3c4\n=======\n{0}>>>>>>> x\n", "conflict markers in lines "),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "pointer of Git LFS"),
    ],
)
def test_the_authorities_of_both_sides_of_a_merge_are_not_trusted(
    tmp_path: Path, authority: Callable[..., Path], left: str, message: str
) -> None:
    file = tmp_path / "authorities.pem"
    file.write_text(left.format(authority("IP:127.0.0.1").read_text()))
    with pytest.raises(DocumentError, match=message):
        make_client(base_url="https://127.0.0.1:9/{module}", ca_file=str(file))
