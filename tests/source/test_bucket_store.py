"""A bucket with what rhythmconf did not write, and servers that are no object stores: one error, in bounded time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rhythmconf.source.project.shared_store import StoreFailed
from tests.support.away import Away, start_away
from tests.support.buckets import SECRET, Bucket

OPENER = "bucket_store.open_bucket_store"
TENANT = ("t", "0123456789")
NAME = "t-01234567"
TOKEN = "the-session-token-of-the-tests"
CLAIM, OTHER = b'{"id": "a"}\n', b'{"id": "b"}\n'


@pytest.fixture(scope="module")
def away(object_store: Bucket) -> Iterator[Away]:
    with start_away({**object_store.env, "AWS_SESSION_TOKEN": TOKEN}) as away:
        yield away


@pytest.fixture
def store(away: Away, bucket: Bucket) -> Away:
    away.open(OPENER, bucket.url, *TENANT, MAX_CLAIM=100, MAX_PART=1000, MAX_RECORD=2000, MAX_OBJECTS=6)
    return away


def test_what_is_no_part_of_a_record_is_passed_over(store: Away, bucket: Bucket) -> None:
    for path in ("README", "run/part", "run/1", "run/00000001/more", "r%20n/00000001", "run.x/00000001"):
        bucket.put(f"runs/{NAME}/{path}", b"x")
    assert store.fetch() == {}
    store.append("run", None, b"1\n")
    with pytest.raises(StoreFailed, match="there are more than 6 objects below runs/t-01234567"):
        store.fetch()


def test_records_and_claims_that_are_too_large_are_not_read(store: Away, bucket: Bucket) -> None:
    bucket.put(f"lock/{NAME}", b"x" * 101)
    for call in ("read_claim", "take", "release"):
        with pytest.raises(StoreFailed, match=f"lock/{NAME} has 101 bytes, more than 100"):
            store.ask(call, *([CLAIM] if call != "read_claim" else []))
    bucket.put(f"runs/{NAME}/a/00000001", b"x" * 1001)
    store.fetch()
    with pytest.raises(StoreFailed, match="has 1001 bytes, more than 1000"):
        store.read("a")
    for number in (2, 3):
        bucket.put(f"runs/{NAME}/a/0000000{number}", b"x" * 500)
    with pytest.raises(StoreFailed, match="the record of run a has more than 2000 bytes"):
        store.fetch()
    with pytest.raises(StoreFailed, match="would have 1001 bytes, more than 1000"):
        store.append("b", None, b"x" * 1001)


def test_a_part_with_a_number_that_is_too_high_is_not_counted_up_to(store: Away, bucket: Bucket) -> None:
    for number in ("00000001", "99999999"):
        bucket.put(f"runs/{NAME}/a/{number}", b"x\n")
    with pytest.raises(StoreFailed, match="the record of run a has a part 99999999"):
        store.fetch()


def test_parts_that_are_gone_are_told_from_records_that_have_expired(store: Away, bucket: Bucket) -> None:
    for path in ("old/00000002", "torn/00000001", "torn/00000003"):
        bucket.put(f"runs/{NAME}/{path}", b"x\n")
    assert store.fetch() == {"torn": "3"}
    with pytest.raises(StoreFailed, match="torn/00000002 is missing"):
        store.read("torn")


def test_a_late_release_leaves_the_lock_of_the_next_holder(store: Away, bucket: Bucket) -> None:
    with start_away(bucket.env) as other:
        other.open(OPENER, bucket.url, *TENANT)
        assert store.take(CLAIM) is None
        bucket.hold("(PUT|POST) .*")
        store.send("release", CLAIM)
        bucket.await_held()
        assert other.release(CLAIM)  # it takes the lock over
        assert other.take(OTHER) is None
        bucket.go()
        store.receive()
        assert other.read_claim() == OTHER


class Server(ThreadingHTTPServer):
    """A server that gives every request the same answer. A `%d` in it is the number of the request."""

    status, body, headers = 200, "", dict[str, str]()
    count = 0


class Handler(BaseHTTPRequestHandler):
    """Answers as its server says."""

    server: Server

    def answer(self) -> None:
        self.server.count += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = self.server.body.replace("%d", str(self.server.count)).encode()
        self.send_response(self.server.status)
        for name, value in {"Content-Length": str(len(content)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = answer  # noqa: N815 - the names that the library calls

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def impostor(object_store: Bucket) -> Iterator[tuple[Server, Away]]:
    """Return a server that is no object store, and a process that takes it for one."""
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        env = {**object_store.env, "AWS_SESSION_TOKEN": TOKEN}
        with start_away({**env, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}) as away:
            yield server, away
        server.shutdown()
        thread.join()


ENDLESS = (
    "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t%d</NextContinuationToken>"
    "</ListBucketResult>"
)
ODD_PATH = (
    f"<ListBucketResult><Contents><Key>p//{TOKEN}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
    "<Size>1</Size></Contents></ListBucketResult>"
)
REFUSAL = f"<Error><Code>InvalidToken</Code><Message>no</Message><Token-0>{TOKEN}</Token-0></Error>"


@pytest.mark.parametrize(
    ("call", "status", "body", "headers", "words"),
    [
        ("fetch", 200, ENDLESS, {}, "no answer within 0 seconds"),
        ("fetch", 200, f"<html>{TOKEN} {SECRET}", {}, "invalid list response"),
        ("fetch", 200, ODD_PATH, {}, "invalid path"),
        ("fetch", 403, REFUSAL, {}, r"the store answers 403 Forbidden \(InvalidToken\)$"),
        ("read_claim", 403, TOKEN * 1000, {}, "the store answers 403 Forbidden$"),
        ("read_claim", 503, "busy", {}, "the store answers 503 Service Unavailable$"),
        ("read_claim", 200, "short", {"Content-Length": "100"}, "error"),
        ("take", 409, "", {}, "the store answers 409 Conflict$"),
        ("take", 200, "", {}, "ETag"),
        ("take", 302, "", {"Location": "http://127.0.0.1:1/"}, "error"),
    ],
)
def test_what_is_no_object_store_is_one_error_without_a_secret(
    impostor: tuple[Server, Away], call: str, status: int, body: str, headers: dict[str, str], words: str
) -> None:
    server, away = impostor
    server.status, server.body, server.headers = status, body, headers
    away.open(OPENER, "s3://state/p", *TENANT, LISTING_S=0.4, REQUEST_S=3)
    with pytest.raises(StoreFailed, match=words) as failure:
        away.ask(call, *([CLAIM] if call == "take" else []))
    shown = f"{failure.value.message} {failure.value.help}"
    assert "s3://state/p" in shown
    assert len(shown) < 800
    assert not [secret for secret in (TOKEN, SECRET) if secret in shown]


def test_without_the_variables_of_the_cloud_the_error_names_them(away: Away) -> None:
    with pytest.raises(StoreFailed) as failure:
        away.open(OPENER, "az://container/p", *TENANT)
    assert "AZURE_STORAGE_ACCOUNT_NAME" in (failure.value.help or "")
