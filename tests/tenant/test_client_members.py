"""Reading members: exactly the documented requests, every page, and nothing that names a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from rhythmconf.flows import events
from rhythmconf.flows.members import complete, search_applications, search_certifications
from rhythmconf.flows.prepared_runs import PreparedRuns, read_prepared
from rhythmconf.insight.forecast import People, Question
from rhythmconf.insight.windows import Window
from rhythmconf.model.forecast import Prepared
from rhythmconf.tenant.client import Client
from tests.support.clients import make_client

CERTIFICATIONS = Question(
    frozenset({"rds", "cmsi"}),
    (Window(date(2026, 10, 1), date(2027, 3, 1)),),
    frozenset({"active"}),
    frozenset({"status", "program", "do_not_drop"}),
)
APPLICATIONS = Question(None, (), frozenset({"approved"}), frozenset({"status"}))
ONE: dict[str, Any] = {
    "id": "a",
    "program_id": "cmsi",
    "status": "active",
    "expiration_date": "2026-12-01",
    "do_not_drop": False,
}
NAMES = ("name", "mail", "contact", "city", "number", "address", "title", "phone", "organization", "notes")
Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers one request after another, the last answer again and again, and keeps the requests."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


def page(*items: dict[str, Any], key: Any = None) -> dict[str, Any]:
    return {"Items": list(items), **({} if key is None else {"LastEvaluatedKey": key})}


def search(server: Answer, budget: int = 20, question: Question = CERTIFICATIONS) -> People:
    with make_client(server) as client:
        return events.run(search_certifications(client.with_budget(budget), question, "America/New_York"))


def test_a_search_asks_for_active_certifications_in_the_windows_and_for_no_name() -> None:
    server = Server(page(ONE))
    assert [member.id for member in search(server).members] == ["a"]
    [request] = server.requests
    assert (request.method, request.url.path) == ("POST", "/certifications/certifications/hisp/search")
    assert json.loads(request.content) == {
        "program_id": ["cmsi", "rds"],
        "status": ["active"],
        "expiration_date": ["2026-10-01T00:00:00Z", "2027-03-01T23:59:59Z"],
    }
    [fields] = parse_qs(request.url.query.decode())["fieldsToReturn"]
    assert fields.split(",") == [
        "id",
        "program_id",
        "status",
        "expiration_date",
        "do_not_drop",
        "status_reason_id",
        "issuing_training_provider_id",
        "forecasted_renewal_amount",
        "renewal_training_provider_id",
    ]
    assert not [name for name in NAMES if name in fields]


def test_a_search_of_applications_asks_for_no_name() -> None:
    server = Server(page({"id": "a", "status": "approved"}))
    with make_client(server) as client:
        found = events.run(search_applications(client, APPLICATIONS, "UTC"))
    assert [member.status for member in found.members] == ["approved"]
    [request] = server.requests
    assert request.url.path == "/certifications/applications/hisp/search"
    assert json.loads(request.content) == {"status": ["approved"]}
    [fields] = parse_qs(request.url.query.decode())["fieldsToReturn"]
    assert not [name for name in NAMES if name in fields]


def test_all_pages_are_read_and_an_empty_one_is_not_the_end() -> None:
    server = Server(page(ONE, key="1"), page(key={"id": "x"}), page({**ONE, "id": "b"}, ONE))
    assert [member.id for member in search(server).members] == ["a", "b"]
    starts = [parse_qs(request.url.query.decode()).get("exclusiveStartKey") for request in server.requests]
    assert starts == [None, ["1"], ['{"id":"x"}']]


def test_nothing_is_asked_where_no_run_takes_anybody() -> None:
    server = Server(page(ONE))
    assert search(server, question=CERTIFICATIONS._replace(programs=frozenset())) == People()
    with make_client(server) as client:
        assert events.run(search_certifications(client, None, "UTC")) == People()
        assert events.run(search_applications(client, None, "UTC")) == People()
    assert server.requests == []


def never_ends() -> Answer:
    """Return a server with a new page key, and the same certification, in each answer."""
    count = iter(range(10_000))
    return lambda _request: httpx.Response(200, json=page(ONE, key=str(next(count))))


def endless() -> Answer:
    """Return a server with a new page key, and nothing else, in each answer."""
    count = iter(range(10_000))
    return lambda _request: httpx.Response(200, json=page(key=str(next(count))))


@pytest.mark.parametrize(
    ("server", "why", "detail"),
    [
        (Server(httpx.Response(403, json={"message": "no"})), "permission", "does not permit"),
        (Server(httpx.Response(401)), "permission", "refuses the token"),
        (Server(httpx.Response(404)), "permission", "404 Not Found"),
        (Server(httpx.Response(429)), "budget", "429"),
        (Server(httpx.Response(503)), "budget", "503"),
        (Server(httpx.ReadTimeout("slow")), "budget", "did not answer in time"),
        (Server(httpx.Response(200, text="<html>Sign in</html>")), "budget", "is that the page of a proxy"),
        (Server({"Count": 1}), "budget", "an object with Count"),
        (Server(page(ONE, key="again")), "budget", "same page"),
        (never_ends(), "budget", "same page twice"),
        (endless(), "budget", "limit of requests"),
        (Server(page(ONE, key="1"), httpx.Response(403)), "permission", "does not permit"),
    ],
    ids=["403", "401", "404", "429", "503", "time-out", "html", "no-list", "same-key", "same-page", "endless", "later"],
)
def test_what_cannot_be_read_is_unknown_with_the_reason(server: Answer, why: str, detail: str) -> None:
    found = search(server)
    assert (found.members, found.why) == ((), why)
    assert detail in found.detail


def test_applications_that_may_not_be_searched_are_unknown() -> None:
    with make_client(Server(httpx.Response(403))) as client:
        found = events.run(search_applications(client, APPLICATIONS, "UTC"))
    assert (found.members, found.why) == ((), "applications")


def hidden() -> People:
    bare = {name: ONE[name] for name in ("id", "program_id", "status", "expiration_date")}
    return search(Server(page(bare)))


def test_a_record_that_a_search_found_by_its_date_has_one() -> None:
    bare = {name: value for name, value in ONE.items() if name != "expiration_date"}
    found = search(Server(page(ONE, {**bare, "id": "b"})))
    assert [member.undated for member in found.members] == [False, True]


def test_pages_of_records_without_ids_are_not_the_same_page() -> None:
    bare = {name: value for name, value in ONE.items() if name != "id"}
    found = search(Server(page(bare, key="1"), page({**bare, "program_id": "rds"})))
    assert (len(found.members), "id" in found.hidden, found.why) == (2, True, None)


def test_a_list_is_read_where_a_search_hides_what_a_step_needs() -> None:
    found = hidden()
    assert "do_not_drop" in found.hidden
    server = Server(page(ONE, key="1"), page({**ONE, "id": "b", "status": "inactive"}))
    with make_client(server) as client:
        listed = events.run(complete(client, "certifications", CERTIFICATIONS, found, "UTC"))
    assert ("do_not_drop" in listed.hidden, len(listed.members)) == (False, 2)
    request = server.requests[0]
    assert (request.method, request.url.path) == ("GET", "/certifications/certifications/hisp")
    [fields] = parse_qs(request.url.query.decode())["fields"]
    assert not [name for name in NAMES if name in fields]


@pytest.mark.parametrize(
    "server",
    [
        Server(httpx.Response(403)),
        endless(),
        Server(page({"id": "a", "expiration_date": "2026-12-01"})),
        Server([]),
        Server([{**ONE, "id": "b"}]),
        Server([{name: value for name, value in ONE.items() if name != "id"}]),
    ],
    ids=["403", "endless", "hides-more", "empty", "lacks-one", "without-ids"],
)
def test_a_list_that_cannot_be_read_leaves_the_search(server: Answer) -> None:
    found = hidden()
    with make_client(server) as client:
        assert events.run(complete(client.with_budget(5), "certifications", CERTIFICATIONS, found, "UTC")) == found


def test_a_list_that_shows_more_is_taken_though_it_hides_the_same_mark() -> None:
    bare = {name: value for name, value in ONE.items() if name != "do_not_drop"}
    with make_client(Server(page({**bare, "forecasted_renewal_amount": 120}))) as client:
        listed = events.run(complete(client, "certifications", CERTIFICATIONS, hidden(), "UTC"))
    assert [member.amount for member in listed.members] == [120]
    assert "do_not_drop" in listed.hidden


def test_no_list_is_read_for_what_no_step_needs() -> None:
    server = Server(page(ONE))
    plain = CERTIFICATIONS._replace(needed=frozenset({"status"}))
    with make_client(server) as client:
        events.run(complete(client, "certifications", plain, hidden(), "UTC"))
    assert server.requests == []


def test_a_budget_of_its_own_leaves_that_of_the_client_alone() -> None:
    with make_client(Server(page(ONE)), max_requests=1) as client:
        own = client.with_budget(3)
        events.run(search_certifications(own, CERTIFICATIONS, "UTC"))
        assert (own.requests, client.requests) == (1, 0)
        assert isinstance(own, Client)


RUN: dict[str, Any] = {"id": "r", "template_id": "t", "status": "ready", "scheduled_run_date": "2026-12-07"}
ACTIONS = [
    {"id": "1", "certification_id": "a"},
    {"id": "2", "certification_id": "a"},
    {"id": "3", "application_id": "b"},
]


def read_runs(server: Answer, budget: int = 20) -> PreparedRuns:
    with make_client(server) as client:
        return events.run(read_prepared(client.with_budget(budget), {"t": "drops"}, "UTC", date(2026, 12, 1)))


def test_the_people_of_a_prepared_run_are_those_of_its_actions() -> None:
    server = Server(
        page(RUN, {**RUN, "id": "done", "run_date": "2026-12-07"}, {**RUN, "template_id": "u"}), page(*ACTIONS)
    )
    assert read_runs(server).each == (Prepared("drops", "r", date(2026, 12, 7), "ready", 2),)
    search, actions = server.requests
    assert (search.url.path, json.loads(search.content)) == (
        "/certifications/billingRuns/hisp/search",
        {"template_id": ["t"]},
    )
    assert (actions.method, actions.url.path) == ("GET", "/certifications/billingRunActions/hisp/billingRun/r")


def test_runs_that_cannot_be_read_are_unknown() -> None:
    assert read_runs(Server(httpx.Response(403))).unknown[0].reason == "permission"
    # The address of the actions is a guess.
    found = read_runs(Server(page(RUN), httpx.Response(404)))
    assert (found.each[0].people, found.unknown[0].subject) == (None, "billing runs")
    assert read_runs(Server(page(RUN)), budget=1).unknown[0].reason == "budget"


@pytest.mark.parametrize("action", [{}, {"type": "drop"}, {"id": None, "certification_id": None}])
def test_actions_that_name_nobody_are_not_counted(action: dict[str, Any]) -> None:
    found = read_runs(Server(page(RUN), page(*ACTIONS, action)))
    assert (found.each[0].people, found.unknown[0].reason) == (None, "fields")


@pytest.mark.parametrize(
    "field",
    [{"scheduled_run_date": None}, {"scheduled_run_date": "soon"}, {"id": None}, {"template_id": None}],
    ids=str,
)
def test_a_run_that_does_not_tell_what_or_when_it_is_is_said(field: dict[str, Any]) -> None:
    found = read_runs(Server(page({**RUN, **field}), page(*ACTIONS)))
    assert (found.each, found.unknown[0].subject, found.unknown[0].reason) == ((), "billing runs", "fields")


def test_a_tenant_that_does_not_answer_for_one_run_is_not_asked_for_the_next() -> None:
    """Each would take minutes."""
    runs = [{**RUN, "id": f"r{number}"} for number in range(9)]
    server = Server(page(*runs), httpx.Response(503))
    found = read_runs(server)
    assert {run.people for run in found.each} == {None}
    assert (len(found.each), len({request.url.path for request in server.requests})) == (9, 2)
    refused = Server(page(*runs), httpx.Response(404))
    assert (len(read_runs(refused).each), len({request.url.path for request in refused.requests})) == (9, 10)


def test_no_run_is_asked_for_where_no_template_changes() -> None:
    server = Server(page(RUN))
    with make_client(server) as client:
        assert events.run(read_prepared(client, {}, "UTC", date(2026, 12, 1))) == PreparedRuns()
    assert server.requests == []
