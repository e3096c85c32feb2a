"""A transport in front of a tenant that injects faults at request numbers that the test chooses.

Requests are numbered from 1 as they arrive. A fault is a function of a PendingRequest: it may deliver the request once,
twice, late or never, and returns any answer. `FAULTS` has every fault by name; `can_hit` says at which requests a fault
can occur. Faults whose name contains `after` carry out the request; `before` leaves the tenant unchanged.
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
    """A request that was not delivered to `inner` yet, and the clock of the client."""

    request: httpx.Request
    inner: httpx.BaseTransport
    time: Ticking

    def send(self) -> httpx.Response:
        """Deliver the request to the tenant; a second call delivers it again."""
        return self.inner.handle_request(self.request)

    @property
    def batch(self) -> list[dict[str, Any]]:
        """Return the operations of a batch; empty for any other request."""
        return batch_operations(self.request)


Fault = Callable[[PendingRequest], httpx.Response]


@dataclass(frozen=True)
class SeenRequest:
    """A request that arrived, and the fault that was injected."""

    number: int
    method: str
    path: str
    body: Any
    fault: str | None = None

    @property
    def writes(self) -> bool:
        """Return whether the request is a write."""
        return self.method != "GET"


class Faulty(httpx.BaseTransport):
    """Injects a fault into requests with the given numbers; passes all others to `inner`."""

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
        """Return the requests that were writes."""
        return [seen for seen in self.seen if seen.writes]


def batch_operations(request: httpx.Request) -> list[dict[str, Any]]:
    """Return the operations of a batch request; empty for any other request."""
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
    """Carry out the request, but let the client time out after half a minute."""
    asked.time.sleep(STALL_S)
    asked.send()
    raise httpx.ReadTimeout("timed out", request=asked.request)


def status_before(status: int, name: str = "", **headers: str) -> Fault:
    """Return a fault that answers with a status without carrying out the request."""

    def fault(asked: PendingRequest) -> httpx.Response:
        texts = {key.replace("_", "-"): text for key, text in headers.items()}
        return httpx.Response(status, headers=texts, json={"message": "no"})

    fault.__name__ = name or f"status_{status}_before"
    return fault


def status_after(status: int) -> Fault:
    """Return a fault that carries out the request and then answers with a status."""

    def fault(asked: PendingRequest) -> httpx.Response:
        asked.send()
        return httpx.Response(status, json={"message": "no"})

    fault.__name__ = f"status_{status}_after"
    return fault


def throttled_until(asked: PendingRequest) -> httpx.Response:
    """Answer 429 with a date in Retry-After."""
    return httpx.Response(429, headers={"Retry-After": formatdate(asked.time.now_s + 3, usegmt=True)})


def truncated(asked: PendingRequest) -> httpx.Response:
    """Carry out the request and cut the answer in the middle."""
    content = asked.send().content
    return httpx.Response(200, content=content[: len(content) // 2])


def html_after(asked: PendingRequest) -> httpx.Response:
    asked.send()
    return httpx.Response(200, html="<html>Please sign in</html>")


def html_before(asked: PendingRequest) -> httpx.Response:
    return httpx.Response(200, html="<html>Please sign in</html>")


def duplicated(asked: PendingRequest) -> httpx.Response:
    """Carry out the request twice; return the second answer."""
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
    """Carry out the batch, but answer with invalid counts."""
    return _change_answer(asked, lambda answer: {**answer, "success_count": "all", "error_count": None})


def batch_partial(asked: PendingRequest) -> httpx.Response:
    """Carry out all operations except the last one."""
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
    """Send the request with another body to the tenant."""
    old = asked.request
    headers = {name: text for name, text in old.headers.items() if name != "content-length"}
    request = httpx.Request(old.method, old.url, headers=headers, content=json.dumps(body).encode())
    return asked.inner.handle_request(request)


def _change_results(asked: PendingRequest, change: Callable[[list[Any]], list[Any]]) -> httpx.Response:
    return _change_answer(asked, lambda answer: {**answer, "results": change(answer["results"])})


def _change_answer(asked: PendingRequest, change: Callable[[dict[str, Any]], Any]) -> httpx.Response:
    """Carry out a batch and change its answer; a refusal is returned as it is."""
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
    """Return whether a fault can occur at a request: batch faults only at batches, duplicates never at creates."""
    batch = seen.path.endswith("/batch")
    if fault.startswith("batch_"):
        return batch
    if fault == "duplicated":
        creates = batch and any(one["operation"] == "create" for one in seen.body["operations"])
        return seen.writes and not creates and (batch or seen.method != "POST")
    return True
