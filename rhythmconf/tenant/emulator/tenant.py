"""The emulated tenant. It checks the token, finds the operation for an address and keeps a log of the requests.

Addresses are `/{module}/{segment}/{tenant}`, and below that an id or `batch`. For members there are more, in
`members/routes.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.model import Body
from rhythmconf.tenant.emulator import auth
from rhythmconf.tenant.emulator.call import Call, Options
from rhythmconf.tenant.emulator.http import Refusal, Request, Response, Written, encode
from rhythmconf.tenant.emulator.members.kinds import find_kind
from rhythmconf.tenant.emulator.members.names import MEMBER_KINDS
from rhythmconf.tenant.emulator.operations import OPERATIONS
from rhythmconf.tenant.emulator.store import Store

if TYPE_CHECKING:
    from rhythmconf.tenant.emulator.members.routes import Operation

LOG_LENGTH = 100_000
"""How many requests the log keeps."""

_ROUTES = {
    ("GET", "list"): "list",
    ("POST", "list"): "create",
    ("POST", "batch"): "batch",
    ("GET", "record"): "get",
    ("PUT", "record"): "replace",
    ("PATCH", "record"): "patch",
    ("DELETE", "record"): "delete",
}

_SINGLETON_ROUTES = {
    ("GET", "list"): "get",
    ("POST", "list"): "create",
    ("POST", "batch"): "batch",
    ("PUT", "list"): "replace",
    ("PATCH", "list"): "patch",
    ("DELETE", "list"): "delete",
}
"""The operations of a kind with one record, whose address has no id."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class LogEntry(NamedTuple):
    """One answered request. `path` is as sent, with its query; `writes` are in the order of the request."""

    method: str
    path: str
    status: int
    writes: tuple[Written, ...] = ()

    @property
    def operations(self) -> int:
        """How many writes the request asked for."""
        return len(self.writes)

    def line(self) -> str:
        """Return the entry as one line of JSON."""
        return json.dumps(
            {**self._asdict(), "writes": [write._asdict() for write in self.writes], "operations": self.operations},
            separators=(",", ":"),
        )


class Emulator:
    """One tenant. `log` has the newest requests in the order of their answers, without those below `/_emulator`.

    `acts` has what acted on members, oldest first.
    """

    def __init__(self, catalog: Catalog, store: Store, options: Options) -> None:
        self.store = store
        self.options = options
        self.log: deque[LogEntry] = deque(maxlen=LOG_LENGTH)
        self.acts: deque[Body] = deque(maxlen=LOG_LENGTH)
        self._kinds = {(kind.module, kind.segment): kind for kind in catalog.kinds.values()}
        self._rate = (0, 0)

    def handle(self, request: Request) -> Response:
        """Answer one request. A refusal is a response, too."""
        if request.segments[:1] == ("_emulator",):
            return _catch_refusals(self._answer_itself, request)
        if self.options.latency_ms:
            self.options.sleep(self.options.latency_ms / 1000)
        response = _catch_refusals(self._answer, request)
        self._log(LogEntry(request.method, request.target, response.status, response.writes))
        return response

    def _answer_itself(self, request: Request) -> Response:
        """Answer what is no part of the API: the log, what acted on members, and the runs of a day."""
        auth.require_token(request, self.options.token)
        match (request.method, *request.segments[1:]):
            case (_, "log"):
                return Response(200, f"[{','.join(entry.line() for entry in list(self.log))}]".encode())
            case ("GET", "acts"):
                return Response(200, encode(list(self.acts)))
            case ("POST", "run"):
                return self._run(request)
        raise Refusal(403, f"{request.method} {request.target} is not allowed")

    def _run(self, request: Request) -> Response:
        if self.options.simulation is None:
            raise Refusal(403, "this tenant makes no billing runs")
        from rhythmconf.tenant.emulator.members.days import run_day

        return run_day(self.store, self.options.simulation, request, self.options.clock())

    def _log(self, entry: LogEntry) -> None:
        self.log.append(entry)
        if self.options.log is not None:
            with self.options.log.open("a", encoding="ascii") as file:
                file.write(entry.line() + "\n")

    def _answer(self, request: Request) -> Response:
        self._limit_rate()
        if request.segments == ("oauth", "token"):
            return auth.mint(request, self.options.token)
        auth.require_token(request, self.options.token)
        operation, call = self._parse(request)
        if call.kind.name in MEMBER_KINDS and self.options.simulation is not None:
            from rhythmconf.tenant.emulator.members.days import populate

            populate(self.store, self.options.simulation, call.now)
        return operation(call)

    def _limit_rate(self) -> None:
        # A fixed window of one second is enough here: it shows a client a 429, which is all that tests need.
        second = int(self.options.clock())
        self._rate = (second, self._rate[1] + 1 if self._rate[0] == second else 1)
        if self.options.rate_limit is not None and self._rate[1] > self.options.rate_limit:
            raise Refusal(429, "too many requests", {"retry-after": "1"})

    def _parse(self, request: Request) -> tuple[Operation, Call]:
        """Return the operation and its input. Raises Refusal (403) for an address that the tenant doesn't have."""
        # A short address is padded, so that it is refused like an unknown one.
        module, segment, tenant, *rest = (*request.segments, "", "", "")[: max(3, len(request.segments))]
        kind = self._kinds.get((module, segment)) or find_kind(module, segment)
        if kind is not None and tenant == self.options.tenant and request.method not in _METHODS:
            allowed = [method for method in _METHODS if self._operation(kind, method, rest)]
            raise Refusal(405, f"{request.method} is not a method of this API", {"allow": ", ".join(allowed)})
        operation = self._operation(kind, request.method, rest) if kind is not None else None
        if kind is None or not operation or tenant != self.options.tenant:
            raise Refusal(403, f"{request.method} {request.target} is not allowed")
        id = self.store.only(kind.name) if kind.is_singleton else rest[0] if rest else ""
        now = self.options.clock()
        return operation, Call(request, kind, id, self.store, self.options, now, tuple(rest), self._record_act)

    def _operation(self, kind: Kind, method: str, rest: list[str]) -> Operation | None:
        """Return the operation of a method on an address of a kind, or None if the tenant doesn't have it."""
        # Imported here: most commands that use an embedded tenant ask for no members.
        if kind.name in MEMBER_KINDS or len(rest) > 1:
            from rhythmconf.tenant.emulator.members.routes import find_operation

            if operation := find_operation(kind.name, method, rest):
                return operation
        routes = _SINGLETON_ROUTES if kind.is_singleton else _ROUTES
        # `/batch` is an id where the tenant has no batches.
        shape = "batch" if rest == ["batch"] and self._supports(kind, "batch") else _shape(rest)
        name = routes.get((method, shape), "")
        return OPERATIONS[name] if name and self._supports(kind, name) else None

    def _supports(self, kind: Kind, operation: str) -> bool:
        if operation == "batch" and self.options.dialect.batch == "none":
            return False
        return kind.operations.get(operation) != "absent"

    def _record_act(self, act: Body) -> None:
        self.acts.append(act)


def _shape(rest: list[str]) -> str:
    return "list" if not rest else "record" if len(rest) == 1 else "unknown"


def _catch_refusals(answer: Callable[[Request], Response], request: Request) -> Response:
    try:
        return answer(request)
    except Refusal as refusal:
        return refusal.response()
    except RecursionError:
        # The json module and the patch functions recurse into each level of a body.
        return Refusal(400, "the body is nested too deeply").response()
    except sqlite3.Error as error:
        # The transaction was rolled back.
        response = Refusal(500, f"the emulator's storage failed: {error}").response()
        return response._replace(failure=str(error))
