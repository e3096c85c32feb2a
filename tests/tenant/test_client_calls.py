"""Each call of the client on a tenant that is a function: the request, and the result of each answer."""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from subprocess import run

import httpx
import pytest

from rhythmconf.errors import Ambiguous, AuthError, BudgetExhausted, NotSent, Rejected, TenantError
from rhythmconf.model import Body, Json
from rhythmconf.settings import Network
from rhythmconf.tenant.client import BatchAnswer, BatchItem, Client
from rhythmconf.tenant.client.address import collection_url
from rhythmconf.tenant.client.exchange import Request
from rhythmconf.tenant.client.http import Http
from tests.support.clients import TOKEN, get_kind, make_client, make_environment
from tests.support.ticking import Ticking

Call = Callable[[Client], object]
WRITES: dict[str, Call] = {
    "create": lambda client: client.create(get_kind(), {"name": "x"}),
    "patch": lambda client: client.patch(get_kind(), "a", [{"op": "remove", "path": "/x"}]),
    "delete": lambda client: client.delete(get_kind(), "a"),
    "batch": lambda client: client.batch(get_kind(), [BatchItem("delete", "a")]),
}
READS: dict[str, Call] = {
    "list": lambda client: list(client.list(get_kind())),
    "get": lambda client: client.get(get_kind(), "a"),
}


class Tenant:
    """Returns one response after another (the last one is repeated) and records the requests."""

    def __init__(self, *responses: httpx.Response | Exception) -> None:
        self.responses = list(responses)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(response, Exception):
            raise response
        return httpx.Response(response.status_code, headers=response.headers, content=response.content)

    @property
    def urls(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.seen]

    def bodies(self) -> list[Json]:
        return [json.loads(request.content) for request in self.seen]


def ok(value: Json, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=value)


def test_list_follows_the_page_keys() -> None:
    tenant = Tenant(ok({"Items": [{"id": "a"}], "LastEvaluatedKey": {"id": "a b"}}), ok({"Items": [{"id": "c"}]}))
    client = make_client(tenant)
    assert list(client.list(get_kind())) == [[{"id": "a"}], [{"id": "c"}]]
    assert tenant.urls == [
        "GET /certifications/programs/hisp",
        "GET /certifications/programs/hisp?exclusiveStartKey=%7B%22id%22%3A%22a+b%22%7D",
    ]
    assert client.requests == 2


def test_get_requests_a_consistent_read() -> None:
    tenant = Tenant(ok({"id": "a/b?"}))
    client = make_client(tenant)
    assert client.get(get_kind(), "a/b?") == {"id": "a/b?"}
    assert client.get(get_kind(), "ü", consistent=False) == {"id": "a/b?"}
    assert tenant.urls == [
        "GET /certifications/programs/hisp/a%2Fb%3F?consistentRead=true",
        "GET /certifications/programs/hisp/%C3%BC",
    ]


def test_get_of_a_missing_record_returns_none() -> None:
    assert make_client(Tenant(ok({"message": "no such record"}, 404))).get(get_kind(), "a") is None


@pytest.mark.parametrize("value", [[], "a", None, 3])
def test_get_requires_a_record(value: Json) -> None:
    with pytest.raises(TenantError, match="not a record"):
        make_client(Tenant(ok(value))).get(get_kind(), "a")


def test_the_writes_send_what_the_api_documents() -> None:
    tenant = Tenant(ok({"id": "a", "name": "stored"}))
    client = make_client(tenant)
    assert client.create(get_kind(), {"name": "ü\ud800"}) == {"id": "a", "name": "stored"}
    assert client.patch(get_kind(), "a", [{"op": "add", "path": "/x", "value": 1}]) == {"id": "a", "name": "stored"}
    client.delete(get_kind(), "a")
    assert tenant.urls == [
        "POST /certifications/programs/hisp",
        "PATCH /certifications/programs/hisp/a",
        "DELETE /certifications/programs/hisp/a",
    ]
    assert [json.loads(request.content) for request in tenant.seen[:2]] == [
        {"name": "ü\ud800"},
        [{"op": "add", "path": "/x", "value": 1}],
    ]
    assert tenant.seen[2].content == b""
    assert {request.headers["authorization"] for request in tenant.seen} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("content", [b"", b'"done"', b"null", b"[]"])
def test_a_write_answered_without_a_record_succeeds(content: bytes) -> None:
    client = make_client(Tenant(httpx.Response(200, content=content)))
    assert client.patch(get_kind(), "a", []) == {}
    client.delete(get_kind(), "a")


def test_a_batch_has_the_members_of_each_operation() -> None:
    tenant = Tenant(ok({"success_count": 2, "error_count": 1, "results": [{"id": "a"}, "b"]}))
    operations: Body = {"op": "replace", "path": "/name", "value": "n"}
    answer = make_client(tenant).batch(
        get_kind(),
        [BatchItem("patch", "a", patch=[operations]), BatchItem("delete", "b"), BatchItem("create", body={})],
    )
    assert answer == BatchAnswer(2, 1, [{"id": "a"}, "b"])
    assert tenant.urls == ["POST /certifications/programs/hisp/batch"]
    assert tenant.bodies() == [
        {
            "operations": [
                {"operation": "patch", "id": "a", "patch_directives": [operations]},
                {"operation": "delete", "id": "b"},
                {"operation": "create", "object": {}},
            ]
        }
    ]


@pytest.mark.parametrize("value", [
    None, [], "done", {}, {"success_count": "2", "error_count": True, "results": {"0": {}}}, {"success_count": 1.5},
])  # fmt: skip
def test_a_batch_answer_of_unknown_shape_has_no_results(value: Json) -> None:
    assert make_client(Tenant(ok(value))).batch(get_kind(), []) == BatchAnswer(0, 0, [])


@pytest.mark.parametrize("call", [*WRITES, *READS])
def test_a_refused_token_is_an_authentication_error(call: str) -> None:
    client = make_client(Tenant(ok({"message": "expired"}, 401)))
    with pytest.raises(AuthError, match=r"refuses the token \(401 Unauthorized\): expired") as caught:
        (WRITES | READS)[call](client)
    assert caught.value.help == "ask for another"
    assert client.requests == 1


@pytest.mark.parametrize("call", ["create", "patch", "delete", "list", "get"])
def test_a_missing_permission_is_an_authentication_error(call: str) -> None:
    with pytest.raises(AuthError, match="does not permit"):
        (WRITES | READS)[call](make_client(Tenant(ok(None, 403))))


@pytest.mark.parametrize("body", [
    {"message": "key 7 is read-only"},
    {"Message": "key 7 is read-only"},
    {"error": "key 7 is read-only"},
    {"error": {"code": 7, "message": "key 7 is read-only"}},
    {"errors": [{"detail": "key 7 is read-only"}, {"detail": "another"}]},
    {"errors": ["key 7 is read-only"]},
    {"type": "about:blank", "title": "key 7 is read-only", "status": 403},
    {"message": "", "reason": "key 7 is read-only"},
    "key 7 is read-only",
])  # fmt: skip
def test_the_tenants_own_words_are_shown(body: object) -> None:
    for call in ("list", "patch"):
        with pytest.raises(AuthError, match=r"does not permit this call \(403 Forbidden\): key 7 is read-only\.$"):
            (WRITES | READS)[call](make_client(Tenant(httpx.Response(403, json=body))))


@pytest.mark.parametrize("body", [{}, {"code": 7}, [], {"error": {"a": {}}}, {"message": " "}])
def test_a_body_without_words_is_no_explanation(body: object) -> None:
    with pytest.raises(AuthError, match=r"\(403 Forbidden\)\.$"):
        READS["list"](make_client(Tenant(httpx.Response(403, json=body))))


@pytest.mark.parametrize(("base_url", "words"), [
    ("http://127.0.0.1:9/{module}", "the tenant (hisp) and base_url of the environment (http://127.0.0.1:9/{module})"),
    ("http://127.0.0.1:9",
     "the tenant (hisp) and base_url of the environment (http://127.0.0.1:9, which has no {module})"),
    ("http://127.0.0.1:9/wrong/{module}",
     "the tenant (hisp) and base_url of the environment (http://127.0.0.1:9/wrong/{module})"),
])  # fmt: skip
def test_a_refusal_names_the_address_that_may_be_wrong(base_url: str, words: str) -> None:
    address = base_url.replace("{module}", "certifications")
    for status, call in ((403, "list"), (403, "get"), (403, "patch"), (404, "list"), (405, "list"), (400, "list")):
        with pytest.raises(TenantError) as caught:
            (WRITES | READS)[call](make_client(Tenant(ok(None, status)), base_url=base_url))
        assert words in str(caught.value.help)
        assert f"{address}/programs/hisp" in str(caught.value.where)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_tenant_without_batches_rejects_them(status: int) -> None:
    with pytest.raises(Rejected) as caught:
        WRITES["batch"](make_client(Tenant(ok(None, status))))
    assert caught.value.status == status


@pytest.mark.parametrize("status", [400, 404, 409, 412, 418, 499])
@pytest.mark.parametrize("call", WRITES)
def test_any_other_refusal_means_that_nothing_changed(call: str, status: int) -> None:
    client = make_client(Tenant(httpx.Response(status, json={"error": {"odd": 1}, "detail": "since\n it is so."})))
    with pytest.raises(Rejected, match=f"{status}.*since it is so.$") as caught:
        WRITES[call](client)
    assert caught.value.status == status
    assert client.requests == 1


def test_a_refused_list_is_an_error() -> None:
    with pytest.raises(Rejected):
        READS["list"](make_client(Tenant(httpx.Response(404, content=b"<html>not here</html>"))))


FAULTS: dict[str, httpx.Response | Exception] = {
    "refused": httpx.ConnectError("[Errno 111] Connection refused"),
    "no connection in time": httpx.ConnectTimeout("timed out"),
    "reset": httpx.ReadError("[Errno 104] Connection reset by peer"),
    "reset while sending": httpx.WriteError("broken pipe"),
    "time-out": httpx.ReadTimeout("timed out"),
    "hung up": httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "429": httpx.Response(429),
    "500": httpx.Response(500),
    "502": httpx.Response(502, content=b"<html>"),
    "599": httpx.Response(599),
    "truncated": httpx.Response(200, content=b'{"id": "a", "name": "tru'),
    "html": httpx.Response(200, html="<p>Welcome</p>"),
    "nan": httpx.Response(200, content=b'{"id": NaN}'),
    "deep": httpx.Response(200, content=b"[" * 100_000),
    "not utf-8": httpx.Response(200, content=b'{"id": "\xff"}'),
}
UNDONE = ("refused", "no connection in time", "429")
FINAL = ("html", "nan", "deep", "not utf-8")
"""Whole answers that would be the same again."""


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - FINAL))
@pytest.mark.parametrize("call", READS)
def test_a_read_is_repeated_after_a_fault_that_may_pass(call: str, fault: str) -> None:
    value: Json = [] if call == "list" else {"id": "a"}
    time = Ticking()
    client = make_client(Tenant(FAULTS[fault], FAULTS[fault], FAULTS[fault], ok(value)), time=time)
    READS[call](client)
    assert client.requests == 4
    assert len(time.slept) == 3


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", READS)
def test_a_read_gives_up_after_four_attempts_or_one(call: str, fault: str) -> None:
    client = make_client(Tenant(FAULTS[fault]))
    with pytest.raises(TenantError) as caught:
        READS[call](client)
    assert client.requests == (1 if fault in FINAL else 4)
    assert ("tried 4 times" in caught.value.message) == (fault not in FINAL)
    assert not isinstance(caught.value, AuthError | Ambiguous | Rejected)
    assert caught.value.where is not None
    assert str(caught.value.where).startswith("GET http://127.0.0.1:9/certifications/programs/hisp")
    assert caught.value.help


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", WRITES)
def test_a_write_is_repeated_only_if_it_certainly_had_no_effect(call: str, fault: str) -> None:
    client = make_client(Tenant(FAULTS[fault], ok({"id": "a"})))
    if fault in UNDONE:
        WRITES[call](client)
        assert client.requests == 2
    else:
        with pytest.raises(Ambiguous):
            WRITES[call](client)
        assert client.requests == 1


@pytest.mark.parametrize("fault", UNDONE)
@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_was_never_sent_is_marked(call: str, fault: str) -> None:
    client = make_client(Tenant(FAULTS[fault]))
    with pytest.raises(NotSent):
        WRITES[call](client)
    assert client.requests == 4


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 100])
def test_a_redirect_is_never_followed(status: int) -> None:
    for call in (WRITES | READS).values():
        tenant = Tenant(httpx.Response(status, headers={"Location": f"https://evil.example/?{TOKEN}"}))
        with pytest.raises(TenantError, match="never followed") as caught:
            call(make_client(tenant))
        assert "https://evil.example," in caught.value.message
        assert len(tenant.seen) == 1


@pytest.mark.parametrize(
    ("location", "words"), [("/login", "another path"), ("http://[", "malformed"), ("", "302 Found,")]
)
def test_an_error_names_the_target_of_a_redirect(location: str, words: str) -> None:
    with pytest.raises(TenantError, match=words):
        READS["list"](make_client(Tenant(httpx.Response(302, headers={"Location": location}))))


@pytest.mark.parametrize("status", [400, 401, 403, 409])
@pytest.mark.parametrize("call", [*WRITES, *READS])
def test_no_message_contains_the_token(call: str, status: int) -> None:
    tenant = Tenant(httpx.Response(status, json={"message": f"you sent Bearer {TOKEN}"}))
    with pytest.raises(TenantError) as caught:
        (WRITES | READS)[call](make_client(tenant))
    assert "you sent Bearer ***" in caught.value.message
    assert "t0ken" not in f"{caught.value!r} {caught.value.where} {caught.value.help}"


def test_max_requests_is_checked_before_sending() -> None:
    tenant = Tenant(ok([]))
    client = make_client(tenant, max_requests=2)
    READS["list"](client)
    READS["list"](client)
    with pytest.raises(BudgetExhausted, match="limit of 2 requests"):
        WRITES["create"](client)
    assert client.requests == len(tenant.seen) == 2


def test_repeated_requests_count_towards_max_requests() -> None:
    tenant = Tenant(httpx.Response(503))
    with pytest.raises(BudgetExhausted):
        READS["list"](make_client(tenant, max_requests=3))
    assert len(tenant.seen) == 3


def test_at_most_ten_requests_at_once() -> None:
    arrived, release = threading.Semaphore(0), threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        arrived.release()
        release.wait(10)
        return ok([])

    client = make_client(slow)
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(READS["list"], client) for _ in range(20)]
        try:
            assert all(arrived.acquire(timeout=10) for _ in range(10))
            assert not arrived.acquire(timeout=0.2)
        finally:
            release.set()
    assert [call.result() for call in calls] == [[[]]] * 20
    assert client.requests == 20


class Renewable:
    """Returns the given tokens in order."""

    help = "renew it"

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def token(self) -> str:
        return self.tokens[0]

    def renew(self, stale: str) -> str | None:
        if self.tokens[0] == stale:
            self.tokens.pop(0)
        return self.tokens[0]


@pytest.mark.parametrize("call", [*WRITES, *READS])
def test_a_token_is_renewed_once(call: str) -> None:
    def picky(request: httpx.Request) -> httpx.Response:
        good = request.headers["authorization"] == "Bearer two"
        return ok([] if call == "list" else {"id": "a"}) if good else ok(None, 401)

    client = make_client(picky, token=Renewable("one", "two"))
    (WRITES | READS)[call](client)
    assert client.requests == 2
    with pytest.raises(AuthError):
        (WRITES | READS)[call](make_client(picky, token=Renewable("one", "three", "two")))


@pytest.mark.parametrize("id", ["", ".", "..", "...", "x" * 1001, "\ud800"])
def test_an_id_that_would_change_the_path_is_refused(id: str) -> None:
    tenant = Tenant(ok({}))
    for call in (make_client(tenant).get, make_client(tenant).delete):
        with pytest.raises(TenantError, match="nothing was sent"):
            call(get_kind(), id)
    assert tenant.seen == []


def test_a_kind_outside_the_catalogue_is_refused() -> None:
    stranger = dataclasses.replace(get_kind(), name="certifications/sendNotice", segment="sendNotice")
    tenant = Tenant(ok([]))
    with pytest.raises(TenantError, match="nothing was sent"):
        list(make_client(tenant).list(stranger))
    assert tenant.seen == []


@pytest.mark.parametrize("url", [
    "https://evil.example/certifications", "http://127.0.0.1:8/", "https://127.0.0.1:9/", "http://127.0.0.1.evil:9/",
    "http://127.0.0.1:9@evil.example/",
])  # fmt: skip
def test_another_origin_is_refused_before_a_token_leaves(url: str) -> None:
    tenant = Tenant(ok([]))
    http = Http(["http://127.0.0.1:9/certifications"], network=Network(), transport=httpx.MockTransport(tenant))
    with pytest.raises(TenantError, match="nothing was sent"):
        http.send(Request("GET", url).with_token(TOKEN))
    assert tenant.seen == []


@pytest.mark.parametrize("url", [
    "http://api.example", "https://me:secret@api.example", "https://api.example/?x=1", "https://api.example/#x",
    "ftp://api.example", "https://", "https://{tenant}.example", "https://api.example\\@evil.example",
])  # fmt: skip
def test_an_unsafe_base_url_is_refused(url: str) -> None:
    with pytest.raises(TenantError, match="base URL"):
        make_client(Tenant(ok([])), base_url=url)


def test_a_module_that_cannot_be_part_of_a_host_is_refused() -> None:
    strange = dataclasses.replace(get_kind(), module="evil.example/")
    with pytest.raises(TenantError, match="host name"):
        collection_url(make_environment("https://{module}.example"), strange)


def test_the_module_is_part_of_the_host() -> None:
    tenant = Tenant(ok([]))
    READS["list"](make_client(tenant, base_url="https://{module}.api.rhythmsoftware.com/"))
    assert str(tenant.seen[0].url) == "https://certifications.api.rhythmsoftware.com/programs/hisp"


def test_a_request_prints_no_credentials() -> None:
    request = Request("POST", "https://x/", b"client_secret=hush", secrets=("hush",)).with_token(TOKEN)
    assert "hush" not in repr(request)
    assert "t0ken" not in repr(request) + str(request)


def test_the_package_is_imported_without_the_network_libraries() -> None:
    slow = ("httpx", "ssl", "asyncio", "yaml", "email")
    code = (
        f"import sys, rhythmconf.tenant.client, rhythmconf.tenant.live; print([m for m in {slow} if m in sys.modules])"
    )
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
