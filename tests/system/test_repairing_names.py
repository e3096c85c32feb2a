"""Who names a kind, a key, a tenant or an address in another way is told how to write it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from rhythmconf.settings.urls import url_problem
from tests.support.process import PROGRAMS, make_project, run_in_process


@pytest.mark.parametrize(
    ("arguments", "help"),
    [
        (("plan", "--only", "config/program/lapsed.yaml"), "write --only program/lapsed"),
        (("plan", "--only", "./config/programs/lapsed.yml"), "write --only program/lapsed"),
        (("plan", "--only", "config\\program\\lapsed.yaml"), "write --only program/lapsed"),
        (("plan", "--only", "program.lapsed"), "write --only program/lapsed"),
        (("plan", "--only", "program:lapsed"), "write --only program/lapsed"),
        (("plan", "--only", "programs"), "did you mean 'program'?"),
        (("plan", "--allow", "program.lapsed"), "did you mean program/lapsed?"),
        (("show", "config/program/moved.yaml"), "did you mean program/moved?"),
        (("show", "moved"), "did you mean rhythmconf show program/moved?"),
        (("pull", "programs"), "did you mean 'program'?"),
        (("pull", "progam"), "did you mean 'program'?"),
        (("pull", "statusReasons/x"), "did you mean 'statusReason'?"),
    ],
)
def test_a_key_or_a_kind_in_another_spelling_is_answered_with_the_right_one(
    tmp_path: Path, arguments: tuple[str, ...], help: str
) -> None:
    result = run_in_process(make_project(tmp_path, PROGRAMS), *arguments, "--env", "local")
    assert result.code == 1
    assert help in result.stderr


@pytest.mark.parametrize("text", ["nothing/like/this.yaml", "x.yaml", "3.4", "other.lapsed"])
def test_what_names_no_kind_gets_no_invented_key(tmp_path: Path, text: str) -> None:
    result = run_in_process(make_project(tmp_path, PROGRAMS), "plan", "--env", "local", "--only", text)
    assert "write --only" not in result.stderr
    assert "there is no kind" in result.stderr


def test_schema_says_that_one_schema_has_all_kinds(tmp_path: Path) -> None:
    result = run_in_process(make_project(tmp_path), "schema", "billingTemplate")
    assert "name no kind: one schema has all kinds" in result.stderr
    assert "file" not in result.stderr


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.l:8471", "'127.0.0.l' is no loopback address: write 127.0.0.1 or localhost"),
        ("http://l27.0.0.1", "'l27.0.0.1' is no loopback address"),
        ("http://127.O.0.1", "is no loopback address"),
        ("http://localhsot:8471/{module}", "'localhsot' is no loopback address"),
        ("127.0.0.1:8471", "write http://127.0.0.1:8471"),
        ("localhost:8471/{module}", "write http://localhost:8471/{module}"),
        ("api.example.com/{module}", "write https://api.example.com/{module}"),
        ("//api.example.com", "write https://api.example.com"),
        ("http://api.example.com", "uses http, which is for loopback addresses only: write https://"),
    ],
)
def test_an_address_that_is_nearly_right_is_answered_with_the_right_one(url: str, problem: str) -> None:
    assert problem in url_problem(url)


@pytest.mark.parametrize("url", ["ftp://api.example", "api", "https:/", "mailto:a@b.example"])
def test_an_address_that_is_none_gets_no_invented_one(url: str) -> None:
    assert "write http" not in url_problem(url)


def test_a_server_that_speaks_http_is_called_so(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def answer() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    env = {"RHYTHMCONF_BASE_URL": f"https://127.0.0.1:{port}/{{module}}", "RHYTHMCONF_TOKEN": "token-token"}
    try:
        result = run_in_process(make_project(tmp_path), "plan", "--env", "remote", env=env)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
    assert result.code in (1, 4), result
    assert "speaks http, not https" in result.stderr
    assert "https needs a server with TLS" in result.stderr
