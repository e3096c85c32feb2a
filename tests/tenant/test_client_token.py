"""The sources of tokens (given, printed by a command, requested from the issuer) and the token cache."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import parse_qs

import httpx
import pytest

from rhythmconf.errors import AuthError, NotSent, TenantError, codes
from rhythmconf.model import Json
from rhythmconf.settings import Auth, Environment, Secret
from rhythmconf.settings.values import DEFAULT_BASE_URL
from rhythmconf.tenant.client import TokenSource, issuer, logout, mints_this_month, token_source
from tests.support.ticking import NOON, Ticking
from tests.support.wire import close_quietly, make_answer, reset_connection, serve_script

SECRET = 'hush+hush/"client secret'
DAY = 86_400.0


class Issuer:
    """Issues token-1, token-2, ...; `response` overrides the answer."""

    def __init__(self, response: httpx.Response | Exception | None = None, lifetime: Json = 86_400) -> None:
        self.seen: list[httpx.Request] = []
        self.response = response
        self.lifetime = lifetime

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if isinstance(self.response, Exception):
            raise self.response
        if self.response is not None:
            return httpx.Response(self.response.status_code, content=self.response.content)
        return httpx.Response(
            200, json={"access_token": f"token-{len(self.seen)}", "expires_in": self.lifetime, "token_type": "Bearer"}
        )


def source(
    folder: Path,
    handler: Issuer | None = None,
    time: Ticking | None = None,
    tenant: str = "hisp",
    base_url: str = DEFAULT_BASE_URL,
    **auth: object,
) -> TokenSource:
    default = Auth("hisp.us.auth0.com", "client", Secret(SECRET))
    changed = Auth(**{**{name: getattr(default, name) for name in default._fields}, **auth})
    transport = httpx.MockTransport(handler) if handler else None
    environment = Environment("sandbox", tenant, auth=changed, base_url=base_url)
    return token_source(environment, folder, (time or Ticking()).clock, {}, transport)


def only(folder: Path) -> Path:
    (file,) = (folder / "tokens").glob("*.json")
    return file


def test_the_request_is_what_the_issuer_documents(tmp_path: Path) -> None:
    issued = Issuer()
    assert source(tmp_path, issued).token() == "token-1"
    request = issued.seen[0]
    assert f"{request.method} {request.url}" == "POST https://hisp.us.auth0.com/oauth/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client"],
        "client_secret": [SECRET],
        "audience": ["https://api.rhythmsoftware.com"],
    }


def test_one_token_serves_many_runs_of_a_day(tmp_path: Path) -> None:
    issued, time = Issuer(), Ticking()
    for _ in range(20):
        assert source(tmp_path, issued, time).token() == "token-1"
        time.now_s += 3600
    assert len(issued.seen) == 1


def test_a_token_is_replaced_before_it_expires(tmp_path: Path) -> None:
    issued, time = Issuer(), Ticking()
    running = source(tmp_path, issued, time)
    assert running.token() == "token-1"
    time.now_s = NOON + DAY - 301
    assert running.token() == "token-1"
    time.now_s = NOON + DAY - 300
    assert running.token() == "token-2"


@pytest.mark.parametrize(("lifetime", "kept"), [
    (100, 90), (60, 54), (None, 3300), ("soon", 3300), (59, 3300), (0, 3300), (-1, 3300), (1e9, 1e9 - 300),
])  # fmt: skip
def test_the_lifetime_of_a_token_is_bounded(tmp_path: Path, lifetime: Json, kept: float) -> None:
    issued, time = Issuer(lifetime=lifetime), Ticking()
    source(tmp_path, issued, time).token()
    time.now_s = NOON + kept - 1
    assert source(tmp_path, issued, time).token() == "token-1"
    time.now_s = NOON + kept
    assert source(tmp_path, issued, time).token() == "token-2"


@pytest.mark.parametrize("changed", [
    {"domain": "other.auth0.com"}, {"client_id": "other"}, {"audience": "https://other"}, {"tenant": "other"},
    {"base_url": "https://evil.example/{module}"}, {"base_url": "http://127.0.0.1:9/{module}"},
    {"base_url": "https://{module}.api.rhythmsoftware.com:8443"}, {"base_url": f"{DEFAULT_BASE_URL}/v2"},
])  # fmt: skip
def test_each_tenant_client_audience_and_address_has_its_own_token(tmp_path: Path, changed: Mapping[str, str]) -> None:
    issued = Issuer()
    source(tmp_path, issued).token()
    assert source(tmp_path, issued, **changed).token() == "token-2"  # type: ignore[arg-type]
    assert source(tmp_path, issued).token() == "token-1"


def test_one_address_in_two_spellings_has_one_token(tmp_path: Path) -> None:
    issued = Issuer()
    for base_url in (DEFAULT_BASE_URL, "https://{module}.API.rhythmsoftware.com:443/", f"{DEFAULT_BASE_URL}/"):
        assert source(tmp_path, issued, base_url=base_url).token() == "token-1"


def test_another_address_does_not_get_as_many_tokens_again(tmp_path: Path) -> None:
    issued = Issuer()
    for name in ("a", "b"):
        source(tmp_path, issued, base_url=f"https://{name}.example", max_mints_per_day=2).token()
    with pytest.raises(AuthError, match=r"2 tokens were requested.*max_mints_per_day"):
        source(tmp_path, issued, base_url="https://c.example", max_mints_per_day=2).token()
    assert source(tmp_path, issued, client_id="other", max_mints_per_day=2).token() == "token-3"


def test_logout_of_an_environment_keeps_the_tokens_of_the_others(tmp_path: Path) -> None:
    issued = Issuer()
    others: list[Mapping[str, str]] = [{"tenant": "other"}, {"base_url": "https://b.example"}]
    environments: list[Mapping[str, str]] = [{}, *others, {"client_id": "another client"}]
    for environment in environments:
        source(tmp_path, issued, **environment).token()  # type: ignore[arg-type]
    assert logout(tmp_path, Environment("any", "hisp", base_url=f"{DEFAULT_BASE_URL}/")) == 2
    assert [source(tmp_path, issued, **other).token() for other in others] == ["token-2", "token-3"]  # type: ignore[arg-type]
    assert not is_stored(tmp_path, "token-1")
    assert not is_stored(tmp_path, "token-4")
    assert source(tmp_path, issued).token() == "token-5"
    assert mints_this_month(tmp_path, NOON) == 5


def test_a_refused_token_is_renewed_once_for_all_threads(tmp_path: Path) -> None:
    issued = Issuer()
    one, other = source(tmp_path, issued), source(tmp_path, issued)
    assert one.token() == other.token() == "token-1"
    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(lambda _: one.renew("token-1"), range(10))) == {"token-2"}
    assert other.renew("token-1") == "token-2"
    assert len(issued.seen) == 2


def test_a_run_renews_a_token_only_once(tmp_path: Path) -> None:
    issued = Issuer()
    running = source(tmp_path, issued)
    assert running.token() == "token-1"
    assert running.renew("token-1") == "token-2"
    assert running.renew("token-2") is None
    assert running.token() == "token-2"
    assert len(issued.seen) == 2
    assert source(tmp_path, issued).renew("token-2") == running.renew("token-2") == "token-3"


def test_the_token_cache_is_private(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        source(tmp_path / "deep" / "cache", Issuer()).token()
    finally:
        os.umask(previous)
    folder = tmp_path / "deep" / "cache" / "tokens"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert {file.suffix for file in folder.iterdir()} == {".json", ".lock"}


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave a cache whose writer was killed when the token was only in a draft file."""
    with monkeypatch.context() as patch:
        count = iter((Path.replace, killed))
        patch.setattr(Path, "replace", lambda *paths: next(count)(*paths))  # noqa: PLW0108
        with pytest.raises(KeyboardInterrupt):
            source(tmp_path, Issuer()).token()
    assert is_stored(tmp_path, "token-1")
    return tmp_path


def is_stored(folder: Path, token: str) -> bool:
    return any(token.encode() in file.read_bytes() for file in (folder / "tokens").iterdir())


def test_logout_deletes_drafts_of_killed_processes(half_written: Path) -> None:
    assert logout(half_written) == 1
    assert not is_stored(half_written, "token-1")
    assert logout(half_written) == 0
    assert mints_this_month(half_written, NOON) == 1


def test_logout_deletes_a_draft_without_a_token_file(half_written: Path) -> None:
    only(half_written).unlink()
    assert logout(half_written) == 1
    assert not is_stored(half_written, "token-1")


def test_the_next_write_removes_drafts_of_killed_processes(half_written: Path) -> None:
    assert source(half_written, Issuer(httpx.Response(200, json={"access_token": "other"}))).token() == "other"
    assert not is_stored(half_written, "token-1")


def test_a_token_is_on_the_disk_before_its_file_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(descriptor: int) -> None:
        (draft,) = (tmp_path / "tokens").glob(".*")
        sync(descriptor)
        steps.append(f"sync {json.loads(draft.read_bytes())['token']}")

    def note_replace(draft: Path, file: Path) -> Path:
        steps.append("replace")
        return replace(draft, file)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    source(tmp_path, Issuer()).token()
    assert steps == ["sync ", "replace", "sync token-1", "replace"]


class Full:
    """A disk that is full at each write whose number is in `at`, counted from 1."""

    def __init__(self, *at: int) -> None:
        self.at = at
        self.writes = 0

    def __call__(self, descriptor: int) -> None:
        self.writes += 1
        if self.writes in self.at:
            raise OSError(ENOSPC, "No space left on device")


def test_a_token_is_not_requested_if_the_count_cannot_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = Issuer()
    monkeypatch.setattr(os, "fsync", Full(1))
    with pytest.raises(AuthError, match="No space left"):
        source(tmp_path, issued).token()
    assert issued.seen == []


def test_a_token_that_cannot_be_stored_is_used_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = Issuer()
    monkeypatch.setattr(os, "fsync", Full(2, 4, 6))
    for number in range(1, 4):
        running = source(tmp_path, issued, max_mints_per_day=3)
        assert running.token() == running.token() == f"token-{number}"
    with pytest.raises(AuthError, match="3 tokens were requested"):
        source(tmp_path, issued, max_mints_per_day=3).token()
    assert len(issued.seen) == 3


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    issued = Issuer()
    source(tmp_path, issued).token()
    only(tmp_path).chmod(mode)
    with pytest.raises(AuthError, match="other users can read it") as caught:
        source(tmp_path, issued).token()
    assert caught.value.where == str(only(tmp_path))
    assert len(issued.seen) == 1
    assert logout(tmp_path) == 1
    assert source(tmp_path, issued).token() == "token-2"


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    source(tmp_path, Issuer()).token()
    (tmp_path / "tokens").chmod(0o755)
    with pytest.raises(AuthError, match="other users can read it"):
        source(tmp_path, Issuer()).token()
    assert logout(tmp_path) == 1


def test_a_link_instead_of_the_cache_file_is_not_followed(tmp_path: Path) -> None:
    issued = Issuer()
    source(tmp_path, issued).token()
    file = only(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    with pytest.raises(AuthError, match="can't be used"):
        source(tmp_path, issued).token()
    file.unlink()
    file.with_suffix(".lock").unlink()
    file.with_suffix(".lock").symlink_to(elsewhere)
    with pytest.raises(AuthError, match="can't be used"):
        source(tmp_path, issued).token()
    assert len(issued.seen) == 1


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir(mode=0o700)
    (tmp_path / "tokens").symlink_to(tmp_path / "else")
    with pytest.raises(AuthError, match="did not create this kind of file"):
        source(tmp_path, Issuer()).token()
    assert logout(tmp_path) == 0


def test_a_named_pipe_instead_of_the_cache_file_does_not_block(tmp_path: Path) -> None:
    source(tmp_path, Issuer()).token()
    file = only(tmp_path)
    file.unlink()
    os.mkfifo(file, 0o600)
    with pytest.raises(AuthError, match="did not create this kind of file"):
        source(tmp_path, Issuer()).token()


def test_a_cache_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source(tmp_path, Issuer()).token()
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(AuthError, match="another user"):
        source(tmp_path, Issuer()).token()


@pytest.mark.parametrize("damage", [
    b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1, "token": 3, "until": "x", "mints": 1}',
    b'{"format": 1, "token": "t", "until": "never", "mints": ["x"]}', b"\xff" * 10,
])  # fmt: skip
def test_a_damaged_cache_file_only_costs_a_new_token(tmp_path: Path, damage: bytes) -> None:
    source(tmp_path, Issuer()).token()
    only(tmp_path).write_bytes(damage)
    issued = Issuer()
    assert source(tmp_path, issued).token() == "token-1"
    assert len(issued.seen) == 1


def test_a_cache_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("in the way")
    issued = Issuer()
    with pytest.raises(AuthError, match="can't be used") as caught:
        source(tmp_path, issued).token()
    assert "RHYTHMCONF_TOKEN" in str(caught.value.help)
    assert issued.seen == []


def test_token_requests_per_day_are_limited(tmp_path: Path) -> None:
    issued, time = Issuer(), Ticking()
    for stale in ("", "token-1"):
        source(tmp_path, issued, time, max_mints_per_day=2).renew(stale)
    with pytest.raises(AuthError, match=r"2 tokens were requested.*max_mints_per_day"):
        source(tmp_path, issued, time, max_mints_per_day=2).renew("token-2")
    assert len(issued.seen) == 2
    assert source(tmp_path, issued, time, max_mints_per_day=2).token() == "token-2"
    time.now_s += DAY
    assert source(tmp_path, issued, time, max_mints_per_day=2).renew("token-2") == "token-3"


def test_no_token_request_is_allowed_with_limit_zero(tmp_path: Path) -> None:
    issued = Issuer()
    with pytest.raises(AuthError, match="0 tokens"):
        source(tmp_path, issued, max_mints_per_day=0).token()
    assert issued.seen == []


def test_token_requests_per_month_are_counted(tmp_path: Path) -> None:
    time = Ticking(now_s=datetime(2026, 1, 31, 23, 59, tzinfo=UTC).timestamp())
    for tenant in ("one", "two"):
        source(tmp_path, Issuer(), time, tenant=tenant).token()
    assert mints_this_month(tmp_path, time.now_s) == 2
    time.now_s = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
    assert mints_this_month(tmp_path, time.now_s) == 0
    source(tmp_path, Issuer(), time, tenant="one").renew("token-1")
    assert mints_this_month(tmp_path, time.now_s) == 1
    time.now_s += 100 * DAY
    source(tmp_path, Issuer(), time, tenant="one").renew("token-1")
    assert len(json.loads(only_of(tmp_path, "one").read_text())["mints"]) == 1


def only_of(folder: Path, tenant: str) -> Path:
    from rhythmconf.tenant.client.cache import entry_path

    return entry_path(folder, "hisp.us.auth0.com", "client", "https://api.rhythmsoftware.com", tenant)


def test_logout_deletes_tokens_and_keeps_the_count(tmp_path: Path) -> None:
    time = Ticking()
    assert logout(tmp_path) == 0
    for tenant in ("one", "two"):
        source(tmp_path, Issuer(), time, tenant=tenant).token()
    assert logout(tmp_path) == 2
    assert not any(b"token-" in file.read_bytes() for file in (tmp_path / "tokens").iterdir())
    assert mints_this_month(tmp_path, time.now_s) == 2
    assert logout(tmp_path) == 0


@pytest.mark.parametrize(("response", "message"), [
    (httpx.Response(401, json={"error": "denied", "error_description": f"no, {SECRET}"}), "Unauthorized: no, ***"),
    (httpx.Response(403, content=b"<html>"), "403 Forbidden"),
    (httpx.Response(404), "404 Not Found"),
    (httpx.Response(200, json={"message": "hello"}), "no access_token"),
    (httpx.Response(200, json=[]), "no access_token"),
    (httpx.Response(200, json={"access_token": "two words"}), "not a token"),
    (httpx.Response(200, json={"access_token": ""}), "not a token"),
    (httpx.Response(200, json={"access_token": "line\r\nX-Evil: 1"}), "not a token"),
])  # fmt: skip
def test_an_issuer_without_a_token_in_its_answer_is_an_error(
    tmp_path: Path, response: httpx.Response, message: str
) -> None:
    with pytest.raises(AuthError) as caught:
        source(tmp_path, Issuer(response)).token()
    assert message in caught.value.message
    assert "hush" not in f"{caught.value!r}{caught.value.where}{caught.value.help}"


@pytest.mark.parametrize(("response", "requests", "mints"), [
    (httpx.ConnectError("Connection refused"), 4, 0),
    (httpx.ReadTimeout("timed out"), 4, 4),
    (httpx.Response(429), 4, 0),
    (httpx.Response(503), 4, 0),
    (httpx.Response(302), 1, 0),
    (httpx.Response(200, content=b"<html>"), 4, 0),
])  # fmt: skip
def test_an_unreachable_issuer_is_an_error(
    tmp_path: Path, response: httpx.Response | Exception, requests: int, mints: int
) -> None:
    issued, time = Issuer(response), Ticking()
    with pytest.raises(NotSent, match="gave no token"):
        source(tmp_path, issued, time).token()
    assert len(issued.seen) == requests
    assert mints_this_month(tmp_path, time.now_s) == mints


def test_an_unreachable_issuer_is_asked_by_one_thread_only(tmp_path: Path) -> None:
    issued, time = Issuer(httpx.ReadTimeout("timed out")), Ticking()
    running = source(tmp_path, issued, time)

    def fails(_: int) -> bool:
        with pytest.raises(NotSent, match="gave no token"):
            running.token()
        return True

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(fails, range(10)))
    assert len(issued.seen) == mints_this_month(tmp_path, time.now_s) == 4


def test_a_token_is_requested_over_a_real_connection(tmp_path: Path) -> None:
    minted = make_answer(value={"access_token": "from-the-wire", "expires_in": 60})
    with serve_script(reset_connection, close_quietly, make_answer(503), minted) as wire:
        assert source(tmp_path, domain=wire.url).token() == "from-the-wire"
        assert [f"{seen.method} {seen.target}" for seen in wire.seen] == ["POST /oauth/token"] * 4


def test_a_login_page_instead_of_a_token_is_named(tmp_path: Path) -> None:
    with serve_script(make_answer(body=b"<p>Please sign in</p>", Content_Type="text/html")) as wire:
        with pytest.raises(
            NotSent, match=r"issuer answers 200 OK with text/html.*\('Please sign in'\).*login\?$"
        ) as caught:
            source(tmp_path, domain=wire.url).token()
        assert (len(wire.seen), caught.value.code) == (1, codes.FOREIGN_ANSWER)


def test_a_given_token_is_used_and_never_renewed() -> None:
    given = token_source(Environment("x", "t", token=Secret("given")), Path("/nowhere"), Ticking().clock, {})
    assert given.token() == "given"
    assert given.renew("given") is None
    assert "RHYTHMCONF_TOKEN" in given.help


def signed(claims: object) -> str:
    """Return a token as an issuer signs it, with these claims."""
    parts = (b"{}", json.dumps(claims).encode(), b"s")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        (
            {"exp": 1_600_000_000},
            "This one says that it expires at 2020-09-13 12:26 UTC. Set RHYTHMCONF_TOKEN",
        ),
        ({"exp": 1_600_000_000.5, "sub": "x"}, "This one says that it expires at 2020-09-13 12:26 UTC. Set"),
        ({"exp": -1e300}, "Set RHYTHMCONF_TOKEN to a token that is valid now."),
        ({"exp": 10**400}, "Set RHYTHMCONF_TOKEN"),
        ({"exp": "yesterday"}, "Set RHYTHMCONF_TOKEN"),
        ({"exp": None}, "Set RHYTHMCONF_TOKEN"),
        ({}, "Set RHYTHMCONF_TOKEN"),
        ([], "Set RHYTHMCONF_TOKEN"),
        ("exp", "Set RHYTHMCONF_TOKEN"),
    ],
)
def test_a_refused_token_says_when_it_expires(claims: object, words: str) -> None:
    given = token_source(Environment("x", "t", token=Secret(signed(claims))), Path("/nowhere"), Ticking().clock, {})
    assert given.help.startswith(words)


@pytest.mark.parametrize("token", ["a.b.c", "a..c", "....", "a.!!!.c", "abc", "a.bnVsbA.c"])
def test_a_token_that_says_no_expiry_is_not_read(token: str) -> None:
    given = token_source(Environment("x", "t", token=Secret(token)), Path("/nowhere"), Ticking().clock, {})
    assert given.help == "Set RHYTHMCONF_TOKEN to a token that is valid now."


@pytest.mark.parametrize("token", ["two words", "line\nend", "ü", "x" * 20_000, "\x7f"])
def test_a_value_that_cannot_be_a_token_is_refused(token: str) -> None:
    with pytest.raises(AuthError, match="RHYTHMCONF_TOKEN is not a token") as caught:
        token_source(Environment("x", "t", token=Secret(token)), Path("/nowhere"), Ticking().clock, {})
    assert token not in str(caught.value)
    assert caught.value.help == "Set RHYTHMCONF_TOKEN to the token alone, in one line."


@pytest.mark.parametrize(("token", "words"), [
    ("abcdef\n", "it ends with a line break"), ("abcdef\r\n", "it ends with a line break"),
    ("abcdef  ", "it ends with a blank"), ("\nabcdef", "it begins with a line break"),
    (" abcdef", "it begins with a blank"), (" ", "nothing but blanks"), ("\n", "nothing but blanks"),
    ("abc\tdef", r"it contains a blank \(character 4 of 7\)"), ("abc\ndef", r"a line break \(character 4 of 7\)"),
    ("abc\u00a0def", "a blank"), ("abcd\u00e9f", r"a character other than visible ASCII \(character 5 of 6\)"),
    ("abc\x1bdef", "a character other than visible ASCII"),
    ('"abcdef"', "begins with a quotation mark"), ("\u201cabcdef\u201d", "begins with a quotation mark"),
    ("Bearer abcdef", 'begins with "Bearer "'), ("x" * 20_000, "has 20,000 characters"),
])  # fmt: skip
def test_what_is_wrong_with_a_token_is_named(token: str, words: str) -> None:
    with pytest.raises(AuthError, match=f"^RHYTHMCONF_TOKEN is not a token: .*{words}") as caught:
        token_source(Environment("x", "t", token=Secret(token)), Path("/nowhere"), Ticking().clock, {})
    assert "abc" not in caught.value.message


def test_the_output_of_a_token_command_is_described(tmp_path: Path) -> None:
    for command, words in (("true", "it is empty"), ("printf 'a b'", "a blank"), ("printf 'a\\nb'", "a line break")):
        with pytest.raises(AuthError, match=f"^The output of token_command is not a token: .*{words}"):
            commanded(command).token()


def test_an_embedded_tenant_needs_no_token() -> None:
    assert token_source(Environment("x", "t", embedded="x.db"), Path("/nowhere"), Ticking().clock, {}).token()


def test_a_missing_token_and_auth_is_an_error() -> None:
    with pytest.raises(AuthError, match="no token for the environment production") as caught:
        token_source(Environment("production", "t"), Path("/nowhere"), Ticking().clock, {})
    assert "RHYTHMCONF_TOKEN" in str(caught.value.help)


def test_an_empty_token_variable_is_named() -> None:
    message = "RHYTHMCONF_TOKEN is set but empty, so there is no token for the environment production"
    with pytest.raises(AuthError, match=message):
        token_source(Environment("production", "t"), Path("/nowhere"), Ticking().clock, {"RHYTHMCONF_TOKEN": ""})


@pytest.mark.parametrize("ahead_s", [3600.0, 400 * DAY, 3650 * DAY])
def test_requests_of_a_wrong_clock_count_for_one_day(ahead_s: float, tmp_path: Path) -> None:
    """The clock was ahead while tokens were requested, and was corrected: the limit must neither vanish nor stay."""
    time = Ticking(now_s=NOON + ahead_s)
    for _ in range(2):
        source(tmp_path, Issuer(), time, max_mints_per_day=2).token()
        logout(tmp_path)
    time.now_s = NOON
    with pytest.raises(AuthError, match="2 tokens were requested in the last 24 hours"):
        source(tmp_path, Issuer(), time, max_mints_per_day=2).token()
    time.now_s = NOON + DAY - 10
    with pytest.raises(AuthError, match="2 tokens were requested in the last 24 hours"):
        source(tmp_path, Issuer(), time, max_mints_per_day=2).token()
    time.now_s = NOON + DAY + 10
    assert source(tmp_path, Issuer(), time, max_mints_per_day=2).token() == "token-1"


def test_a_limit_of_no_tokens_requests_none(tmp_path: Path) -> None:
    issued = Issuer()
    with pytest.raises(AuthError, match="0 tokens"):
        source(tmp_path, issued, max_mints_per_day=0).token()
    assert issued.seen == []


def commanded(command: str, environ: Mapping[str, str] | None = None) -> TokenSource:
    environment = Environment("x", "t", auth=Auth(token_command=command))
    return token_source(environment, Path("/nowhere"), Ticking().clock, environ or {"PATH": os.environ["PATH"]})


def test_a_command_prints_the_token(tmp_path: Path) -> None:
    count = tmp_path / "count"
    running = commanded(f'echo once >> {count}; echo " $VAULT "', {"VAULT": "from-the-vault"})
    assert [running.token(), running.token()] == ["from-the-vault"] * 2
    assert running.renew("from-the-vault") is None
    assert count.read_text() == "once\n"
    assert "token_command" in running.help


@pytest.mark.parametrize(("command", "message"), [
    ("echo secret-part; exit 3", "ended with status 3"),
    ("echo secret-part >&2; false", "ended with status 1"),
    ("true", "not a token"),
    ("echo secret-part and more", "not a token"),
    ("printf 'secret-part\\377'", "not a token"),
])  # fmt: skip
def test_a_command_without_a_token_is_an_error(command: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AuthError, match=message) as caught:
        commanded(command).token()
    assert "secret-part" not in f"{caught.value}{caught.value.help}{capfd.readouterr()}"


def test_a_command_that_takes_too_long_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "COMMAND_S", 0.3)
    mark = tmp_path / "survived"
    with pytest.raises(AuthError, match="took longer"):
        commanded(f"(sleep 2; touch {mark}) & sleep 20").token()
    assert not mark.exists()


BURST = """
import random, sys, time
from pathlib import Path
from rhythmconf.tenant.client import Clock, token_source
from rhythmconf.settings import Auth, Environment, Secret
environment = Environment("x", "hisp", auth=Auth(sys.argv[1], "client", Secret("secret")))
print(token_source(environment, Path(sys.argv[2]), Clock(time.time, time.sleep, random.random), {}).token())
"""


def test_many_processes_at_once_request_one_token(tmp_path: Path) -> None:
    with serve_script(
        *(make_answer(value={"access_token": f"token-{n}", "expires_in": 86_400}) for n in range(9))
    ) as wire:
        command = [sys.executable, "-c", BURST, wire.url, str(tmp_path)]
        burst = [Popen(command, stdout=PIPE, text=True) for _ in range(8)]
        assert {process.communicate()[0] for process in burst} == {"token-0\n"}
        assert len(wire.seen) == 1


def test_no_printed_form_holds_a_secret(tmp_path: Path) -> None:
    issued = Issuer()
    running = source(tmp_path, issued)
    running.token()
    shown: list[Callable[[object], str]] = [repr, str]
    for show in shown:
        for value in (Auth(client_secret=Secret(SECRET)), Environment("x", "t", token=Secret(SECRET)), vars(running)):
            assert "hush" not in show(value)
            assert "token-1" not in show(value)


def test_a_token_request_does_not_count_as_a_write(tmp_path: Path) -> None:
    with pytest.raises(TenantError) as caught:
        source(tmp_path, Issuer(httpx.ReadError("reset"))).token()
    assert type(caught.value) is NotSent
