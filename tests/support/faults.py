"""A transport in front of a tenant that injects faults: (request number, fault), both chosen by the test.

Requests are numbered from 1 as they arrive. A fault is told the request and a way to have it done; it may do it
once, twice, late or never, and answers what it likes. `FAULTS` has every fault by name, `can_hit` says where it
makes sense. Commits happen where the name says `after`; everything else leaves the tenant as it was.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

import httpx

from tests.support.ticking import Ticking

STALL_S = 30.0


@dataclass(frozen=True)
class PendingRequest:
    """One request on its way to `inner`, with the time that passes for the client."""

    request: httpx.Request
    inner: httpx.BaseTransport
    time: Ticking

    def send(self) -> httpx.Response:
        """Have the tenant do it; called again, do it once more."""
        return self.inner.handle_request(self.request)

    @property
    def batch(self) -> list[dict[str, Any]]:
        """The operations of a batch, none of any other request."""
        return batch_operations(self.request)


Fault = Callable[[PendingRequest], httpx.Response]


@dataclass(frozen=True)
class SeenRequest:
    """A request that arrived, and the fault that hit it."""

    number: int
    method: str
    path: str
    body: Any
    fault: str | None = None

    @property
    def writes(self) -> bool:
        """Whether it asked for a change."""
        return self.method != "GET"


class Faulty(httpx.BaseTransport):
    """The tenant behind `inner`, with a fault at each of the given request numbers."""

    def __init__(
        self, inner: httpx.BaseTransport, faults: Mapping[int, Fault] | None = None, time: Ticking | None = None
    ) -> None:
        self.inner = inner
        self.faults = dict(faults or {})
        self.time = time or Ticking()
        self.seen: list[SeenRequest] = []
        self._turn = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        with self._turn:
            number = len(self.seen) + 1
            seen = SeenRequest(number, request.method, request.url.path, _parse_json(request.content))
            fault = self.faults.get(number)
            if fault is not None and not can_hit(fault.__name__, seen):
                fault = None
            self.seen.append(replace(seen, fault=fault.__name__ if fault else None))
        if fault is None:
            return self.inner.handle_request(request)
        return fault(PendingRequest(request, self.inner, self.time))

    @property
    def writes(self) -> list[SeenRequest]:
        """The requests that asked for a change."""
        return [seen for seen in self.seen if seen.writes]


def batch_operations(request: httpx.Request) -> list[dict[str, Any]]:
    """The operations of a batch request."""
    body = _parse_json(request.content)
    return list(body["operations"]) if isinstance(body, dict) and request.url.path.endswith("/batch") else []


def refused(asked: PendingRequest) -> httpx.Response:
    raise httpx.ConnectError("connection refused", request=asked.request)


def reset_before(asked: PendingRequest) -> httpx.Response:
    raise httpx.ReadError("connection reset", request=asked.request)


def reset_after(asked: PendingRequest) -> httpx.Response:
    asked.send()
    raise httpx.ReadError("connection reset", request=asked.request)


def timeout_after(asked: PendingRequest) -> httpx.Response:
    asked.send()
    raise httpx.ReadTimeout("timed out", request=asked.request)


def timeout_before(asked: PendingRequest) -> httpx.Response:
    raise httpx.ReadTimeout("timed out", request=asked.request)


def stall(asked: PendingRequest) -> httpx.Response:
    """Nothing for half a minute; the tenant did it all the same."""
    asked.time.sleep(STALL_S)
    asked.send()
    raise httpx.ReadTimeout("timed out", request=asked.request)


def status_before(status: int, name: str = "", **headers: str) -> Fault:
    """An answer of that status; the tenant has done nothing."""

    def fault(asked: PendingRequest) -> httpx.Response:
        texts = {key.replace("_", "-"): text for key, text in headers.items()}
        return httpx.Response(status, headers=texts, json={"message": "no"})

    fault.__name__ = name or f"status_{status}_before"
    return fault


def status_after(status: int) -> Fault:
    """An answer of that status; the tenant has done it."""

    def fault(asked: PendingRequest) -> httpx.Response:
        asked.send()
        return httpx.Response(status, json={"message": "no"})

    fault.__name__ = f"status_{status}_after"
    return fault


def throttled_until(asked: PendingRequest) -> httpx.Response:
    """429 with a date."""
    return httpx.Response(429, headers={"Retry-After": formatdate(asked.time.now_s + 3, usegmt=True)})


def truncated(asked: PendingRequest) -> httpx.Response:
    """Done, and the answer ends in the middle."""
    content = asked.send().content
    return httpx.Response(200, content=content[: len(content) // 2])


def html_after(asked: PendingRequest) -> httpx.Response:
    asked.send()
    return httpx.Response(200, html="<html>Please sign in</html>")


def html_before(asked: PendingRequest) -> httpx.Response:
    return httpx.Response(200, html="<html>Please sign in</html>")


def duplicated(asked: PendingRequest) -> httpx.Response:
    """Delivered twice; the answer is that of the second time."""
    asked.send()
    return asked.send()


def batch_fewer(asked: PendingRequest) -> httpx.Response:
    return _change_results(asked, lambda results: results[:-1])


def batch_more(asked: PendingRequest) -> httpx.Response:
    return _change_results(asked, lambda results: [*results, {"id": "stranger"}, *results])


def batch_reordered(asked: PendingRequest) -> httpx.Response:
    return _change_results(asked, lambda results: results[::-1])


def batch_unknown(asked: PendingRequest) -> httpx.Response:
    return _change_results(asked, lambda results: ["done", 7, None, [results]])


def batch_uncounted(asked: PendingRequest) -> httpx.Response:
    """Done, but the counts say nothing of the kind."""
    return _change_answer(asked, lambda answer: {**answer, "success_count": "all", "error_count": None})


def batch_partial(asked: PendingRequest) -> httpx.Response:
    """All but the last operation are done."""
    kept = asked.batch[:-1]
    if not kept:
        return _json_response({"success_count": 0, "error_count": 1, "results": [{"status": 500, "message": "no"}]})
    resent = _send_with_body(asked, {"operations": kept})
    if resent.is_error:
        return resent
    answer = resent.json()
    results = [*answer["results"], {"status": 500, "message": "no"}]
    return _json_response({**answer, "error_count": answer["error_count"] + 1, "results": results})


def _send_with_body(asked: PendingRequest, body: Any) -> httpx.Response:
    """The request with another body, through the same door."""
    old = asked.request
    headers = {name: text for name, text in old.headers.items() if name != "content-length"}
    request = httpx.Request(old.method, old.url, headers=headers, content=json.dumps(body).encode())
    return asked.inner.handle_request(request)


def _change_results(asked: PendingRequest, change: Callable[[list[Any]], list[Any]]) -> httpx.Response:
    return _change_answer(asked, lambda answer: {**answer, "results": change(answer["results"])})


def _change_answer(asked: PendingRequest, change: Callable[[dict[str, Any]], Any]) -> httpx.Response:
    """The answer of a batch, changed; a tenant without batches has none."""
    answer = asked.send()
    return answer if answer.is_error else _json_response(change(answer.json()))


def _json_response(value: Any) -> httpx.Response:
    return httpx.Response(200, json=value)


def _parse_json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


_ANYWHERE: list[Fault] = [
    refused,
    reset_before,
    reset_after,
    timeout_before,
    timeout_after,
    stall,
    *(status_before(status) for status in (500, 502, 503, 504, 429, 409)),
    *(status_after(status) for status in (500, 502, 503, 504)),
    status_before(429, "throttled_for", Retry_After="2"),
    throttled_until,
    status_before(401),
    truncated,
    html_before,
    html_after,
]
_BATCHES: list[Fault] = [batch_fewer, batch_more, batch_reordered, batch_unknown, batch_uncounted, batch_partial]

FAULTS: Mapping[str, Fault] = {fault.__name__: fault for fault in [*_ANYWHERE, *_BATCHES, duplicated]}


def can_hit(fault: str, seen: SeenRequest) -> bool:
    """Whether a fault can occur at such a request: batch answers only at batches, duplicates never at creates."""
    batch = seen.path.endswith("/batch")
    if fault.startswith("batch_"):
        return batch
    if fault == "duplicated":
        creates = batch and any(one["operation"] == "create" for one in seen.body["operations"])
        return seen.writes and not creates and (batch or seen.method != "POST")
    return True
