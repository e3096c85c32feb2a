"""A tenant with members that shares no code with rhythmconf: an HTTP server that answers in one of several ways."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

Record = dict[str, Any]
PAGE = 50
TENANT = "elsewhere.example.org"
TOKEN = "elsewhere-token"
FILTERS = {
    "certifications": [
        *("certification_date", "city", "email_address", "expiration_date", "id", "is_new", "job_title", "name"),
        *("number", "origin", "owner_type", "program_id", "renewal_date", "state", "status", "termination_date"),
    ],
    "applications": ["date", "expiration_date", "id", "name", "number", "owner_type", "program_id", "status", "type"],
    "billingRuns": ["id", "recurring_billing_run_id", "template_id", "status", "scheduled_run_date", "run_date"],
}
"""What a search takes; another filter is refused with 400. A hidden field is one that is not here."""
PAIRS = ("certification_date", "date", "expiration_date", "number", "renewal_date", "termination_date")
MEMBERS = ("certifications", "applications", "billingRuns", "billingRunActions")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True)
class Manner:
    """How the tenant behaves where nobody has documented it."""

    shows_all: bool = True
    civil_dates: bool = True
    full_pages: bool = True
    applications: bool = True
    lists: str = "array"
    """`array`, `envelope` (pages) or `refused` (403)."""

    def __str__(self) -> str:
        names = ("all" if self.shows_all else "filters", "civil" if self.civil_dates else "string")
        pages = "full" if self.full_pages else "sparse"
        return "-".join((*names, pages, "yes" if self.applications else "no", self.lists))


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    segment: str
    action: str
    query: dict[str, list[str]]
    body: Any


@dataclass(frozen=True)
class Said:
    """An answer. `body` is sent as it is; without a `status` the connection is closed instead."""

    status: int | None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Fault = Callable[[Asked, int, Said], Said]
"""Turns an answer into another one; the number is how many requests for members came before."""


def say(value: object, status: int = 200, **headers: str) -> Said:
    """Return an answer with JSON."""
    return Said(
        status, json.dumps(value).encode(), tuple((name.replace("_", "-"), text) for name, text in headers.items())
    )


def no_fault(_: Asked, __: int, said: Said) -> Said:
    """Answer as the tenant would."""
    return said


@dataclass
class Elsewhere:
    """A tenant: its records by segment, its manner, and what it was asked."""

    records: dict[str, list[Record]]
    manner: Manner = field(default_factory=Manner)
    zone: str = "UTC"
    fault: Fault = no_fault
    asked: list[Asked] = field(default_factory=list)
    searched: dict[str, list[Record | None]] = field(default_factory=dict)
    """What each search finds; None where a record doesn't fit."""
    url: str = ""

    @property
    def env(self) -> dict[str, str]:
        """Return the variables that lead a command here."""
        return {"RHYTHMCONF_BASE_URL": f"{self.url}/{{module}}", "RHYTHMCONF_TOKEN": TOKEN}

    def asked_for_members(self) -> list[Asked]:
        """Return the requests for members and their runs."""
        return [one for one in self.asked if one.segment in MEMBERS]

    def answer(self, asked: Asked) -> Said:
        """Answer a request, and remember it."""
        before = len(self.asked_for_members())
        self.asked.append(asked)
        return self.fault(asked, before, self._answer(asked))

    def _answer(self, asked: Asked) -> Said:
        if asked.method == "POST" and asked.action == "search" and asked.segment in FILTERS:
            return self._search(asked)
        if asked.method != "GET":
            return say({"message": "this tenant takes no writes"}, 405)
        if asked.segment == "billingRunActions":
            return self._actions(asked)
        if asked.action:
            found = [one for one in self.records.get(asked.segment, ()) if one["id"] == asked.action]
            return say(found[0]) if found else say({"message": "not found"}, 404)
        if asked.segment in MEMBERS:
            return self._list(asked)
        return say(self.records.get(asked.segment, []))

    def _search(self, asked: Asked) -> Said:
        if asked.segment == "applications" and not self.manner.applications:
            return say({"message": "not found"}, 404)
        if problem := find_problem(asked):
            return say({"message": problem}, 400)
        key = json.dumps([asked.segment, asked.body, asked.query.get("fieldsToReturn")])
        if key not in self.searched:
            table = self.records.get(asked.segment, [])
            self.searched[key] = [
                self._show(one, asked)
                if all(self._fits(one, name, value) for name, value in asked.body.items())
                else None
                for one in table
            ]
        found = self.searched[key]
        if self.manner.full_pages:
            return page([one for one in found if one is not None], asked.query)
        return page(found, asked.query)

    def _show(self, record: Record, asked: Asked) -> Record:
        hidden = asked.segment != "billingRuns" and not self.manner.shows_all
        return pick(record, asked.query.get("fieldsToReturn"), FILTERS[asked.segment] if hidden else None)

    def _fits(self, record: Record, name: str, wanted: Any) -> bool:
        value = record.get(name)
        if name not in PAIRS:
            return value in (wanted if isinstance(wanted, list) else [wanted])
        if value is None:
            return False
        if not self.manner.civil_dates or name == "number":
            return bool(wanted[0] <= value <= wanted[1])
        try:
            return self._instant(wanted[0]) <= self._instant(value) <= self._instant(wanted[1])
        except ValueError:
            return False

    def _instant(self, text: str) -> datetime:
        """Return an instant; a date begins in the zone of the tenant."""
        if "T" in text:
            return datetime.fromisoformat(text)
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(self.zone)).astimezone(UTC)

    def _list(self, asked: Asked) -> Said:
        if self.manner.lists == "refused" or (asked.segment == "applications" and not self.manner.applications):
            return say({"message": "forbidden"}, 403)
        rows = [pick(one, asked.query.get("fields"), None) for one in self.records.get(asked.segment, [])]
        return say(rows) if self.manner.lists == "array" else page(rows, asked.query)

    def _actions(self, asked: Asked) -> Said:
        parent, _, run = asked.action.partition("/")
        if parent != "billingRun":
            return say({"message": "not found"}, 404)
        return page(
            [one for one in self.records.get("billingRunActions", []) if one["billing_run_id"] == run], asked.query
        )


def find_problem(asked: Asked) -> str | None:
    """Return what is wrong with a search, or None."""
    if not isinstance(asked.body, dict):
        return "a search is an object"
    for name, value in asked.body.items():
        if name not in FILTERS[asked.segment]:
            return f"{name} is no filter"
        if name not in PAIRS:
            continue
        if not isinstance(value, list) or len(value) != 2:
            return f"{name} is a pair"
        if name != "number" and not all(INSTANT.fullmatch(str(one)) for one in value):
            return f"{name} holds instants"
    return None


def pick(record: Record, wanted: list[str] | None, visible: list[str] | None) -> Record:
    """Return the fields that were asked for, of those that are visible."""
    names = {one.strip() for text in wanted for one in text.split(",")} if wanted else set(record)
    return {name: value for name, value in record.items() if name in names and (visible is None or name in visible)}


def page(rows: Sequence[Record | None], query: dict[str, list[str]]) -> Said:
    """Return the page that a key asks for, without what doesn't fit; the key is JSON in a string."""
    found = re.fullmatch(r'\{"after": ?(\d+)\}', query.get("exclusiveStartKey", [""])[0])
    start = int(found[1]) if found else 0
    answer: Record = {"Items": [one for one in rows[start : start + PAGE] if one is not None]}
    if start + PAGE < len(rows):
        answer["LastEvaluatedKey"] = json.dumps({"after": start + PAGE})
    return say(answer)


class Handler(BaseHTTPRequestHandler):
    """Read a request, let the tenant answer."""

    tenant: ClassVar[Elsewhere]
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        steps = [unquote(one) for one in parts.path.strip("/").split("/")]
        length = int(self.headers.get("content-length") or 0)
        text = self.rfile.read(length)
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._send(say({"message": "unauthorized"}, 401))
        elif len(steps) < 3 or steps[2] != TENANT:
            self._send(say({"message": "forbidden"}, 403))
        else:
            body = json.loads(text) if text else None
            module = "" if steps[0] == "certifications" else f"{steps[0]}/"
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(self.command, module + steps[1], "/".join(steps[3:]), query, body)
            self._send(self.tenant.answer(asked))

    def _send(self, said: Said) -> None:
        if said.status is None:
            self.close_connection = True
            return
        self.send_response(said.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said.body)))
        for name, value in said.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


class Server(ThreadingHTTPServer):
    """A server whose threads don't keep the tests alive."""

    daemon_threads = True
    block_on_close = False


@contextmanager
def serve(tenant: Elsewhere) -> Iterator[Elsewhere]:
    """Serve a tenant on a free port for the block."""
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"tenant": tenant}))
    tenant.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield tenant
    finally:
        server.shutdown()
        server.server_close()
