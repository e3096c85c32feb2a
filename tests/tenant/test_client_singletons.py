"""The client on a kind with one record: its address, and every form of an answer with or without the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import httpx
import pytest

from rhythmconf.catalog import Kind
from rhythmconf.errors import AuthError, TenantError
from rhythmconf.model import Json
from rhythmconf.tenant.client import Client
from tests.support.clients import get_kind, make_client

ONE: Json = {"id": "a1", "installments": 3}
ADDRESS = "http://127.0.0.1:9/certifications/programs/hisp"


def singleton() -> Kind:
    return replace(get_kind(), resource_class="singleton")


def answering(answer: httpx.Response, seen: list[httpx.Request]) -> Client:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    return make_client(handle)


@pytest.mark.parametrize("answer", [ONE, [ONE], {"Count": 1, "Items": [ONE]}])
def test_the_record_may_come_as_an_object_or_in_a_list(answer: Json) -> None:
    seen: list[httpx.Request] = []
    with answering(httpx.Response(200, json=answer), seen) as client:
        assert list(client.list(singleton())) == [[ONE]]
        assert client.get(singleton(), "a1") == ONE
    assert [str(request.url) for request in seen] == [ADDRESS, f"{ADDRESS}?consistentRead=true"]


NOTHING: list[Json] = [{}, [], None, {"Count": 0, "Items": []}]


@pytest.mark.parametrize("answer", [httpx.Response(404), *(httpx.Response(200, json=value) for value in NOTHING)])
def test_every_answer_without_a_record_means_that_there_is_none_yet(answer: httpx.Response) -> None:
    with answering(answer, []) as client:
        assert list(client.list(singleton())) == [[]]
        assert client.get(singleton(), "a1") is None


@pytest.mark.parametrize("answer", [[ONE, ONE], "a text", 3, [3], {"Items": "none"}])
def test_anything_else_is_an_error(answer: Json) -> None:
    with answering(httpx.Response(200, json=answer), []) as client, pytest.raises(TenantError) as raised:
        list(client.list(singleton()))
    assert raised.value.where == f"GET {ADDRESS}"
    assert "one record of certifications/program" in raised.value.message


def test_a_refused_permission_is_no_absence() -> None:
    with answering(httpx.Response(403), []) as client, pytest.raises(AuthError):
        list(client.list(singleton()))


def test_a_record_without_an_id_gets_the_name_of_its_kind() -> None:
    with answering(httpx.Response(200, json={"installments": 3}), []) as client:
        expected = {"installments": 3, "id": "program"}
        assert list(client.list(singleton())) == [[expected]]
        assert client.create(singleton(), {"installments": 3}) == expected
        assert client.patch(singleton(), "program", []) == expected


CALLS: dict[str, Callable[[Client], object]] = {
    "POST": lambda client: client.create(singleton(), {}),
    "PATCH": lambda client: client.patch(singleton(), "a1", []),
    "DELETE": lambda client: client.delete(singleton(), "a1"),
}


@pytest.mark.parametrize("method", CALLS)
def test_no_write_has_an_id_in_its_address(method: str) -> None:
    seen: list[httpx.Request] = []
    with answering(httpx.Response(200, json=ONE), seen) as client:
        partial(CALLS[method], client)()
    assert [(request.method, str(request.url)) for request in seen] == [(method, ADDRESS)]
