"""The calls that rhythmconf can make, and no others.

For the kinds of the catalog: list, get, create, patch, delete, batch. For members: search and list. For billing runs:
search, and the list of what one will do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode

from rhythmconf.errors import AuthError, BudgetExhausted, NotPermitted, Rejected, TenantError
from rhythmconf.model import Body, Json, Operation
from rhythmconf.model.clock import Clock, do_nothing
from rhythmconf.settings import Environment
from rhythmconf.tenant.client import address
from rhythmconf.tenant.client.batch import BatchAnswer, BatchItem, batch_body, read_batch_answer
from rhythmconf.tenant.client.exchange import (
    AT_ONCE,
    TIMEOUT_S,
    Fault,
    Reply,
    Request,
    Sender,
    interpret,
    make_error,
    status_text,
)
from rhythmconf.tenant.client.in_process import InProcess, LocalTenant
from rhythmconf.tenant.client.paging import iterate_pages
from rhythmconf.tenant.client.retry import call_with_retries
from rhythmconf.tenant.client.singletons import read_singleton, with_id
from rhythmconf.tenant.client.token import TokenSource

if TYPE_CHECKING:
    import httpx

    from rhythmconf.catalog import Catalog, Kind
    from rhythmconf.tenant.client.address import Members

Records: TypeAlias = list[Body]
BeforeRetry = Callable[[], None]
"""Called after the wait, before a write is repeated. It raises if the write must not be sent any more."""


class Client:
    """The API of one tenant. Threads may share it. `requests` counts the attempts so far, without those for tokens.

    `tenant` is one in this process; without it, the requests go to the address of the environment.

    Every call raises AuthError if the tenant refuses the token or the permission, Rejected for any other 4xx, NotSent
    if certainly nothing happened, and BudgetExhausted before a request beyond `max_requests`. A read that fails raises
    TenantError. A write whose outcome is unknown raises Ambiguous and is never repeated here.
    """

    def __init__(
        self,
        environment: Environment,
        catalog: Catalog,
        *,
        token: TokenSource,
        clock: Clock,
        tenant: LocalTenant | None = None,
        transport: httpx.BaseTransport | None = None,
        max_requests: int | None = None,
        spent: int = 0,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._collections = {kind.name: address.collection_url(environment, kind) for kind in catalog.kinds.values()}
        urls = self._collections.values()
        self._sender: Sender = InProcess(tenant) if tenant else _open_http(environment, urls, transport, timeout_s)
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
        self._sender.close()

    def with_budget(self, max_requests: int) -> Client:
        """Return a client that shares the connections and counts its own requests, up to a limit of its own."""
        other = copy(self)
        other._budget = Budget(max_requests, 0)
        return other

    def stop(self) -> None:
        """Repeat nothing from now on. Calls that wait for a repetition give up at once."""
        self._clock.stop()

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included, plus those that were spent before."""
        return self._budget.spent

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """Yield the records of a kind, page by page; for a singleton, one page with its record, if it exists."""
        url = self._collection(kind)
        if kind.is_singleton:
            record = self.get(kind, "", consistent=False)
            yield [record] if record else []
            return

        def fetch(cursor: str | None) -> Reply:
            return self._call(Request("GET", address.page_url(url, cursor)))

        yield from iterate_pages(fetch, form=self._environment.dialect.list, where=f"GET {url}")

    def search(self, members: Members, filters: Body, fields: Sequence[str]) -> Iterator[Records]:
        """Yield the members that match, page by page, with only these fields. A page may be empty."""
        url, content = f"{address.members_url(self._environment, members)}/search", json.dumps(filters).encode()

        def fetch(cursor: str | None) -> Reply:
            page = address.fields_url(url, "fieldsToReturn", fields, cursor)
            return self._call(Request("POST", page, content, asks=True))

        yield from iterate_pages(fetch, form="auto", where=f"POST {url}")

    def list_members(self, members: Members, fields: Sequence[str]) -> Iterator[Records]:
        """Yield all members, page by page, with only these fields."""
        yield from self._list_fields(address.members_url(self._environment, members), fields)

    def list_actions(self, run: str, fields: Sequence[str]) -> Iterator[Records]:
        """Yield what a billing run will do, page by page, with only these fields. The address is a guess."""
        url = address.members_url(self._environment, "billingRunActions")
        yield from self._list_fields(address.record_url(f"{url}/billingRun", run), fields)

    def _list_fields(self, url: str, fields: Sequence[str]) -> Iterator[Records]:

        def fetch(cursor: str | None) -> Reply:
            return self._call(Request("GET", address.fields_url(url, "fields", fields, cursor)))

        yield from iterate_pages(fetch, form="auto", where=f"GET {url}")

    def get(self, kind: Kind, id: str, consistent: bool = True) -> Body | None:
        """Return one record, or None if it doesn't exist. `consistent` asks for the newest version."""
        query = f"?{urlencode({'consistentRead': 'true'})}" if consistent else ""
        request = Request("GET", self._record_url(kind, id) + query)
        reply = self._send(request)
        if reply.status == 404:
            return None
        value = self._check(reply, request).value
        if kind.is_singleton:
            return read_singleton(kind, value, where=str(request))
        if not isinstance(value, dict):
            raise TenantError("The tenant answers with something that is not a record.", where=str(request))
        return value

    def create(self, kind: Kind, body: Body, before_retry: BeforeRetry = do_nothing) -> Body:
        """Create a record. Return it as the tenant stored it, or {} if the answer doesn't contain it."""
        return _record(kind, self._call(_write_request("POST", self._collection(kind), body), before_retry))

    def patch(
        self, kind: Kind, id: str, operations: Sequence[Operation], before_retry: BeforeRetry = do_nothing
    ) -> Body:
        """Apply RFC 6902 operations. Return the record as stored, or {} if the answer doesn't contain it."""
        url = self._record_url(kind, id)
        return _record(kind, self._call(_write_request("PATCH", url, list(operations)), before_retry))

    def delete(self, kind: Kind, id: str, before_retry: BeforeRetry = do_nothing) -> None:
        """Delete a record. Raises Rejected with status 404 if it doesn't exist."""
        self._call(Request("DELETE", self._record_url(kind, id)), before_retry)

    def batch(self, kind: Kind, operations: Sequence[BatchItem], before_retry: BeforeRetry = do_nothing) -> BatchAnswer:
        """Send up to 100 operations in one request.

        Raises Rejected with status 403, 404 or 405 if the tenant has no batches.
        """
        request = _write_request("POST", f"{self._collection(kind)}/batch", batch_body(operations))
        reply = self._send(request, before_retry)
        # A tenant without batches may answer 403, which would otherwise mean a lack of permission.
        if reply.status == 403:
            raise _rejected(reply, request)
        return read_batch_answer(self._check(reply, request).value)

    def _record_url(self, kind: Kind, id: str) -> str:
        collection = self._collection(kind)
        return collection if kind.is_singleton else address.record_url(collection, id)

    def _collection(self, kind: Kind) -> str:
        if kind.name not in self._collections:
            raise TenantError(f"{kind.name} is not a kind of the catalogue: nothing was sent.")
        return self._collections[kind.name]

    def _call(self, request: Request, before_retry: BeforeRetry = do_nothing) -> Reply:
        return self._check(self._send(request, before_retry), request)

    def _check(self, reply: Reply, request: Request) -> Reply:
        """Return the reply, or raise AuthError or Rejected for a refusal."""
        if reply.ok:
            return reply
        if reply.status == 401:
            raise AuthError(f"The tenant refuses the token{_reason(reply)}.", where=str(request), help=self._token.help)
        if reply.status == 403:
            raise NotPermitted(
                f"The tenant does not permit this call{_reason(reply)}.",
                where=str(request),
                help=f"Most often the address is wrong, which the API answers in the same way: check {self._address()}."
                " `rhythmconf doctor` asks for every kind. If all are refused, it is the address; if only some are, "
                "give the API key the permission for them in Rhythm.",
            )
        # A list of the API always exists, so something else has answered.
        raise _rejected(reply, request, help=None if request.writes else f"Check {self._address()}.")

    def _address(self) -> str:
        """Return in words what addresses are made of."""
        environment = self._environment
        if environment.embedded is not None:
            return f"the tenant ({environment.tenant})"
        lacks = "" if "{module}" in environment.base_url else ", which has no {module}"
        return f"the tenant ({environment.tenant}) and {environment.base_url_setting} ({environment.base_url}{lacks})"

    def _send(self, request: Request, before_retry: BeforeRetry = do_nothing) -> Reply:
        """Return the tenant's reply, after as many attempts as are safe and useful."""
        outcome = call_with_retries(
            lambda: self._attempt(request), writes=request.writes, clock=self._clock, before_retry=before_retry
        )
        if isinstance(outcome, Fault):
            raise make_error(outcome, request, self._environment.base_url_setting)
        return outcome

    def _attempt(self, request: Request) -> Reply | Fault:
        """Send the request, and once more with another token if this one was refused."""
        token = self._token.token()
        outcome = self._send_once(request.with_token(token))
        if isinstance(outcome, Reply) and outcome.status == 401 and (renewed := self._token.renew(token)):
            return self._send_once(request.with_token(renewed))
        return outcome

    def _send_once(self, request: Request) -> Reply | Fault:
        with self._slots:
            # Counted before it is sent: a request that fails counts for the tenant's limits, too.
            self._budget.spend(request)
            answer = self._sender.send(request)
        return answer if isinstance(answer, Fault) else interpret(answer, now=self._clock.now())


class Budget:
    """Counts requests and refuses those beyond `limit`."""

    def __init__(self, limit: int | None, spent: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self.spent = spent

    def spend(self, request: Request) -> None:
        """Count one request, or raise BudgetExhausted."""
        with self._lock:
            if self._limit is not None and self.spent >= self._limit:
                raise BudgetExhausted(
                    f"The limit of {self._limit} requests is reached: the next one was not sent.",
                    where=str(request),
                    help="Give a larger --max-requests; the plan says how many requests it needs.",
                )
            self.spent += 1


def _write_request(method: str, url: str, body: Json) -> Request:
    return Request(method, url, json.dumps(body, ensure_ascii=True, allow_nan=False).encode())


def _record(kind: Kind, reply: Reply) -> Body:
    body = reply.value if isinstance(reply.value, dict) else {}
    return with_id(kind, body) if kind.is_singleton and body else body


def _rejected(reply: Reply, request: Request, help: str | None = None) -> Rejected:
    return Rejected(f"The tenant refuses the call{_reason(reply)}.", status=reply.status, where=str(request), help=help)


def _reason(reply: Reply) -> str:
    explanation = f": {reply.explanation.rstrip('.')}" if reply.explanation else ""
    return f" ({status_text(reply.status)}){explanation}"


def _open_http(
    environment: Environment, urls: Iterable[str], transport: httpx.BaseTransport | None, timeout_s: float
) -> Sender:
    # Imported here because httpx is slow to import, and many commands send no request.
    from rhythmconf.tenant.client.http import Http

    return Http(
        urls, network=environment.network, ca_file=environment.ca_file, transport=transport, timeout_s=timeout_s
    )
