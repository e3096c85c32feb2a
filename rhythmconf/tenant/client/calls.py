"""The calls that rhythmconf can make, and no others: list, get, create, patch, delete, batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rhythmconf.errors import AuthError, BudgetExhausted, Rejected, TenantError
from rhythmconf.model import Body, Json, Operation
from rhythmconf.settings import Environment
from rhythmconf.tenant.client import address
from rhythmconf.tenant.client.batch import BatchAnswer, BatchItem, batch_answer, batch_body
from rhythmconf.tenant.client.exchange import Fault, Reply, Request, failure, interpret, phrase
from rhythmconf.tenant.client.paging import pages
from rhythmconf.tenant.client.retry import Clock, nothing, persist
from rhythmconf.tenant.client.token import TokenSource

if TYPE_CHECKING:
    import httpx

    from rhythmconf.catalog import Catalog, Kind

AT_ONCE = 10
"""Requests on their way at the same time, at most."""
TIMEOUT_S = 30.0
Again = Callable[[], None]
"""Called before a write is repeated, after the wait; raises where it must not be sent any more."""


class Client:
    """One tenant's API. Threads may share it; `requests` counts the attempts made so far, tokens aside.

    Every call raises AuthError for a token or permission that the tenant refuses, Rejected for any other 4xx,
    NotSent where surely nothing happened, BudgetExhausted before a request beyond `max_requests`. A read that
    can't be had is a TenantError; a write whose outcome is not known is Ambiguous and is never repeated here.
    """

    def __init__(
        self,
        environment: Environment,
        catalog: Catalog,
        *,
        token: TokenSource,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        max_requests: int | None = None,
        spent: int = 0,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        from rhythmconf.tenant.client.http import Http

        self._collections = {kind.name: address.collection(environment, kind) for kind in catalog.kinds.values()}
        self._http = Http(
            self._collections.values(), ca_file=environment.ca_file, transport=transport, timeout_s=timeout_s
        )
        self._environment = environment
        self._token = token
        self._clock = clock
        self._budget = Budget(max_requests, spent)
        self._slots = BoundedSemaphore(AT_ONCE)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def stop(self) -> None:
        """Repeat nothing any more: who waits for it gives up at once."""
        self._clock.stop()

    @property
    def requests(self) -> int:
        """How many requests were sent so far, repeated ones included, and those that were spent before."""
        return self._budget.spent

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """Every record of a kind, page by page as the tenant gives them."""
        where = self._collection(kind)

        def fetch(cursor: str | None) -> Json:
            return self._done(Request("GET", address.page(where, cursor))).value

        return pages(fetch, form=self._environment.dialect.list, where=f"GET {where}")

    def get(self, kind: Kind, id: str, consistent: bool = True) -> Body | None:
        """One record, or None where the tenant has none; `consistent` asks for what was written last."""
        query = f"?{urlencode({'consistentRead': 'true'})}" if consistent else ""
        request = Request("GET", address.record(self._collection(kind), id) + query)
        reply = self._reply(request)
        if reply.status == 404:
            return None
        value = self._checked(reply, request).value
        if not isinstance(value, dict):
            raise TenantError("The tenant answers with something that is not a record.", where=str(request))
        return value

    def create(self, kind: Kind, body: Body) -> Body:
        """Create a record; the answer is the record as stored, or empty where the tenant tells nothing of it."""
        return _record(self._done(_writing("POST", self._collection(kind), body)))

    def patch(self, kind: Kind, id: str, operations: Sequence[Operation], again: Again = nothing) -> Body:
        """Apply RFC 6902 operations; the answer is the record as stored, or empty where the tenant tells nothing."""
        where = address.record(self._collection(kind), id)
        return _record(self._done(_writing("PATCH", where, list(operations)), again))

    def delete(self, kind: Kind, id: str, again: Again = nothing) -> None:
        """Delete a record; Rejected with status 404 where there is none (any more)."""
        self._done(Request("DELETE", address.record(self._collection(kind), id)), again)

    def batch(self, kind: Kind, operations: Sequence[BatchItem], again: Again = nothing) -> BatchAnswer:
        """Send up to 100 operations in one request; a tenant without batches is Rejected with 403, 404 or 405."""
        request = _writing("POST", f"{self._collection(kind)}/batch", batch_body(operations))
        reply = self._reply(request, again)
        if reply.status == 403:
            raise _rejected(reply, request)
        return batch_answer(self._checked(reply, request).value)

    def _collection(self, kind: Kind) -> str:
        if kind.name not in self._collections:
            raise TenantError(f"{kind.name} is not a kind of the catalogue: nothing was sent.")
        return self._collections[kind.name]

    def _done(self, request: Request, again: Again = nothing) -> Reply:
        return self._checked(self._reply(request, again), request)

    def _checked(self, reply: Reply, request: Request) -> Reply:
        if reply.ok:
            return reply
        if reply.status in (401, 403):
            raise _refused(reply, request, self._token.help)
        raise _rejected(reply, request)

    def _reply(self, request: Request, again: Again = nothing) -> Reply:
        """What the tenant says in the end, after what can be repeated safely was repeated."""
        outcome = persist(lambda: self._attempt(request), writes=request.writes, clock=self._clock, again=again)
        if isinstance(outcome, Fault):
            raise failure(outcome, request)
        return outcome

    def _attempt(self, request: Request) -> Reply | Fault:
        token = self._token.token()
        outcome = self._once(request.bearing(token))
        if isinstance(outcome, Reply) and outcome.status == 401 and (renewed := self._token.renew(token)):
            return self._once(request.bearing(renewed))
        return outcome

    def _once(self, request: Request) -> Reply | Fault:
        with self._slots:
            self._budget.spend(request)
            answer = self._http.send(request)
        return answer if isinstance(answer, Fault) else interpret(answer, now=self._clock.now())


class Budget:
    """Counts requests, and refuses the one that would be more than `limit`."""

    def __init__(self, limit: int | None, spent: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self.spent = spent

    def spend(self, request: Request) -> None:
        """Take one request from the budget, or raise BudgetExhausted."""
        with self._lock:
            if self._limit is not None and self.spent >= self._limit:
                raise BudgetExhausted(
                    f"The budget of {self._limit} requests is used up: this one was not sent.",
                    where=str(request),
                    help="Give a larger --max-requests; the plan's forecast says how many are needed.",
                )
            self.spent += 1


def _writing(method: str, url: str, body: Json) -> Request:
    return Request(method, url, json.dumps(body, ensure_ascii=True, allow_nan=False).encode())


def _record(reply: Reply) -> Body:
    return reply.value if isinstance(reply.value, dict) else {}


def _refused(reply: Reply, request: Request, help: str) -> AuthError:
    if reply.status == 401:
        return AuthError(f"The tenant refuses the token{_told(reply)}.", where=str(request), help=help)
    return AuthError(
        f"The tenant does not permit this call{_told(reply)}.",
        where=str(request),
        help="Check the tenant's name, and what the API key is allowed to do in Rhythm.",
    )


def _rejected(reply: Reply, request: Request) -> Rejected:
    return Rejected(f"The tenant refuses the call{_told(reply)}.", status=reply.status, where=str(request))


def _told(reply: Reply) -> str:
    words = f": {reply.words.rstrip('.')}" if reply.words else ""
    return f" ({phrase(reply.status)}){words}"
