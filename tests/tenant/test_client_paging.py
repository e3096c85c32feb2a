"""Lists in both documented forms, and invalid lists."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.errors import TenantError, codes
from rhythmconf.model import Json
from rhythmconf.tenant.client import paging
from rhythmconf.tenant.client.address import page_url
from rhythmconf.tenant.client.exchange import Reply
from rhythmconf.tenant.client.paging import Form, iterate_pages


def listed(answers: dict[str | None, Json], form: Form = "auto") -> list[Json]:
    def fetch(cursor: str | None) -> Reply:
        return Reply(200, answers[cursor])

    return [record for page in iterate_pages(fetch, form=form, where="GET /x") for record in page]


@pytest.mark.parametrize("form", ["auto", "array"])
def test_an_array_is_the_whole_list(form: Form) -> None:
    assert listed({None: [{"id": "a"}, {"id": "b"}]}, form) == [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize("form", ["auto", "envelope"])
def test_an_envelope_has_the_key_of_the_next_page(form: Form) -> None:
    first: Json = {"Count": 1, "Items": [{"id": "a"}], "LastEvaluatedKey": "k"}
    empty: Json = {"Items": [], "LastEvaluatedKey": "m"}
    last: Json = {"Items": [{"id": "b"}], "LastEvaluatedKey": None}
    assert listed({None: first, "k": empty, "m": last}, form) == [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize("end", [None, "", {}])
def test_the_last_page_has_no_key(end: Json) -> None:
    assert listed({None: {"Items": [], "LastEvaluatedKey": end}}) == []


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), min_size=1, max_size=3))
def test_a_page_key_that_is_an_object_is_sent_as_compact_json(key: dict[str, Json]) -> None:
    sent: list[str | None] = []

    def fetch(cursor: str | None) -> Reply:
        sent.append(cursor)
        return Reply(200, {"Items": [], "LastEvaluatedKey": key if cursor is None else None})

    assert list(iterate_pages(fetch, form="auto", where="")) == [[], []]
    assert sent[0] is None
    assert sent[1] is not None
    assert json.loads(sent[1]) == key
    assert sent[1] == json.dumps(key, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(("form", "value", "words"), [
    ("array", {"Items": []}, "an object with Items, instead of an array"),
    ("envelope", [], "an array, instead of {Items, LastEvaluatedKey}"),
    ("auto", {"message": "hello"}, "an object with message, instead of a list"),
    ("auto", {}, "an empty object"),
    ("auto", {"Items": {"a": 1}}, "Items"),
    ("auto", "text", '"text", instead of a list'),
    ("auto", None, "null, instead of a list"),
    ("auto", [1], "not a record"),
    ("auto", {"Items": [None]}, "not a record"),
])  # fmt: skip
def test_an_answer_that_is_not_a_list_is_described(form: Form, value: Json, words: str) -> None:
    with pytest.raises(TenantError, match=r"^The tenant") as caught:
        listed({None: value}, form)
    assert words in caught.value.message
    assert caught.value.where == "GET /x"


def test_a_list_whose_page_keys_repeat_is_refused() -> None:
    def fetch(cursor: str | None) -> Reply:
        return Reply(200, {"Items": [], "LastEvaluatedKey": "b" if cursor == "a" else "a"})

    with pytest.raises(TenantError, match="same page key twice"):
        list(iterate_pages(fetch, form="auto", where=""))


def test_an_endless_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE_CAP", 50)
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Reply:
        asked.append(cursor)
        return Reply(200, {"Items": [], "LastEvaluatedKey": str(len(asked))})

    with pytest.raises(TenantError, match="more than 50 pages"):
        list(iterate_pages(fetch, form="auto", where=""))
    assert len(asked) == 50


@pytest.mark.parametrize(("records", "size", "pages", "words"), [
    (10, 0, 6, "more than 50 records"), (60, 0, 1, "more than 50 records"), (0, 3 * 2**20, 4, "more than 10 MiB"),
    (1, 11 * 2**20, 1, "more than 10 MiB"),
])  # fmt: skip
def test_a_list_that_is_too_large_is_refused(
    records: int, size: int, pages: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "RECORD_CAP", 50)
    monkeypatch.setattr(paging, "BYTE_CAP", 10 * 2**20)
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Reply:
        asked.append(cursor)
        items: Json = [{"id": f"{len(asked)}-{number}"} for number in range(records)]
        return Reply(200, {"Items": items, "LastEvaluatedKey": str(len(asked))}, size=size)

    with pytest.raises(TenantError, match=words) as caught:
        list(iterate_pages(fetch, form="auto", where="GET /x"))
    assert caught.value.code == codes.ENDLESS_LIST
    assert (len(asked), caught.value.where) == (pages, "GET /x")


def test_a_list_as_large_as_the_caps_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "RECORD_CAP", 3)
    assert len(listed({None: {"Items": [{}, {}], "LastEvaluatedKey": "k"}, "k": {"Items": [{}]}})) == 3


@pytest.mark.parametrize("key", [
    "\ud800", "a\udfffb", {"id": "\ud83d"}, {"\ud83d": 1}, {"a": {"b": ["\udc00"]}}, "k" * 5000, {"id": "k" * 5000},
    ["\ud800"],
])  # fmt: skip
def test_a_page_key_that_cannot_be_sent_is_refused(key: Json) -> None:
    with pytest.raises(TenantError, match="page key that the tenant sent") as caught:
        listed({None: {"Items": [], "LastEvaluatedKey": key}})
    assert caught.value.where == "GET /x"
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("key", ["\U0001f600", "a b&c=d/%?#", {"id": "\u20ac"}, 7, [1, "\u00e9"], 0.5])
def test_any_other_page_key_is_sent(key: Json) -> None:
    sent: list[str | None] = []

    def fetch(cursor: str | None) -> Reply:
        sent.append(cursor)
        return Reply(200, {"Items": [], "LastEvaluatedKey": key if cursor is None else None})

    assert list(iterate_pages(fetch, form="auto", where="")) == [[], []]
    assert len(page_url("http://127.0.0.1/x", sent[1]).encode("ascii")) < 200
