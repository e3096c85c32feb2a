"""Lists in both documented forms, and invalid lists."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.errors import TenantError
from rhythmconf.model import Json
from rhythmconf.tenant.client import paging
from rhythmconf.tenant.client.paging import Form, iterate_pages


def listed(answers: dict[str | None, Json], form: Form = "auto") -> list[Json]:
    return [record for page in iterate_pages(answers.__getitem__, form=form, where="GET /x") for record in page]


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

    def fetch(cursor: str | None) -> Json:
        sent.append(cursor)
        return {"Items": [], "LastEvaluatedKey": key if cursor is None else None}

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
    def fetch(cursor: str | None) -> Json:
        return {"Items": [], "LastEvaluatedKey": "b" if cursor == "a" else "a"}

    with pytest.raises(TenantError, match="same page key twice"):
        list(iterate_pages(fetch, form="auto", where=""))


def test_an_endless_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE_CAP", 50)
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Json:
        asked.append(cursor)
        return {"Items": [], "LastEvaluatedKey": str(len(asked))}

    with pytest.raises(TenantError, match="more than 50 pages"):
        list(iterate_pages(fetch, form="auto", where=""))
    assert len(asked) == 50
