"""The emulator as a server: loopback only, limited bodies, and a quick stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhythmconf.errors import TenantError, UsageError
from rhythmconf.tenant.emulator import Options
from rhythmconf.tenant.emulator.server import BODY_LIMIT, application, listen, serve
from tests.support.emulated import TENANT, Tenant, make_emulator, shipped_catalog
from tests.support.emulator_transport import EmulatorTransport

BEARER = {"authorization": "Bearer any"}
PROGRAMS = f"/certifications/programs/{TENANT}"


def ask(method: str, target: str, **options: Any) -> httpx.Response:
    """Send a request to the application of a tenant with one program, without a socket."""
    tested = make_emulator(new_id=iter(["the-id", "the-next"]).__next__)
    Tenant(EmulatorTransport(tested)).make("programs", {"name": "CMSI"})

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(application(tested))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=BEARER) as client:
            return await client.request(method, target, **options)

    return asyncio.run(send())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8088", "[::1]:8088", "LOCALHOST"])
def test_a_request_to_this_computer_is_answered(host: str) -> None:
    assert ask("GET", PROGRAMS, headers={"host": host}).json()[0]["name"] == "CMSI"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1", "", "[", "evil@[::1"])
def test_a_request_that_names_another_host_is_refused(host: str) -> None:
    answer = ask("GET", PROGRAMS, headers={"host": host})
    assert (answer.status_code, "loopback" in answer.json()["message"]) == (403, True)


def test_no_cors_headers_are_sent() -> None:
    answer = ask("GET", PROGRAMS, headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert ask("OPTIONS", PROGRAMS).status_code == 405


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        (PROGRAMS, "GET, POST"),
        (f"{PROGRAMS}/a", "GET, PUT, PATCH, DELETE"),
        (f"{PROGRAMS}/batch", "POST"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "BREW"])
def test_another_method_is_answered_with_the_methods_of_the_address(method: str, target: str, allowed: str) -> None:
    answer = ask(method, target)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_an_address_that_no_kind_has_stays_forbidden() -> None:
    answer = ask("OPTIONS", "/certifications/nothing/hisp")
    assert (answer.status_code, "allow" in answer.headers) == (403, False)


@pytest.mark.parametrize(("length", "status"), [(BODY_LIMIT + 1, 413), (BODY_LIMIT, 200)])
def test_the_size_of_a_body_is_limited(length: int, status: int) -> None:
    body = b'{"name": "' + b"x" * (length - 12) + b'"}'
    assert len(body) == length
    assert ask("POST", PROGRAMS, content=body).status_code == status


def test_paths_and_queries_arrive_as_they_were_sent() -> None:
    assert ask("GET", f"{PROGRAMS}?fields=name%2Cid").json() == [{"id": "the-id", "name": "CMSI"}]
    assert ask("GET", f"{PROGRAMS}/the%2Did").json()["name"] == "CMSI"
    assert "'a/b|c'" in ask("GET", f"{PROGRAMS}/a%2Fb%7Cc").json()["message"]


def run(options: Options, work: Callable[[str], None], stop: signal.Signals) -> list[str]:
    """Serve in this process while `work` runs in a thread, then stop by a signal; return the announced lines."""
    lines: list[str] = []
    failures: list[BaseException] = []

    def beside(line: str) -> None:
        try:
            work(line.rsplit(maxsplit=1)[-1])
        except BaseException as error:
            failures.append(error)
        finally:
            os.kill(os.getpid(), stop)

    def announce(line: str) -> None:
        lines.append(line)
        threading.Thread(target=beside, args=(line,)).start()

    serve(shipped_catalog(), options, announce=announce)
    if failures:
        raise failures[0]
    return lines


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_server_announces_itself_answers_and_stops(tmp_path: Path, stop: signal.Signals) -> None:
    before = signal.getsignal(stop)

    def work(address: str) -> None:
        api = Tenant(base=address)
        with api.http:
            api.make("programs", {"name": "CMSI"})
            assert len(api.get("programs").json()) == 1
            assert len(api.http.get("/_emulator/log").json()) == 2

    lines = run(Options(TENANT, db=tmp_path / "tenant.db"), work, stop)

    assert len(lines) == 1
    assert lines[0].startswith("http://127.0.0.1:")
    assert signal.getsignal(stop) is before


def test_connections_that_stay_open_do_not_delay_the_stop() -> None:
    idle: list[httpx.Client] = []

    def work(address: str) -> None:
        client = httpx.Client(base_url=address, headers=BEARER)
        idle.append(client)
        assert client.get(PROGRAMS).status_code == 200

    run(Options(TENANT), work, signal.SIGTERM)
    idle[0].close()


def test_a_used_port_is_an_error_with_help() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            serve(shipped_catalog(), Options(TENANT, port=port), announce=print)
    assert str(port) in caught.value.message
    assert caught.value.help


def test_an_unusable_file_is_an_error_before_the_server_is_announced(tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(TenantError):
        serve(shipped_catalog(), Options(TENANT, db=tmp_path), announce=lines.append)
    assert lines == []


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head() -> None:
    # asyncio switches Nagle's algorithm off for the connections of such a socket only.
    with closing(listen(0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP
