"""Fetching the live state: the order of records, and invalid answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.errors import AuthError, TenantError
from rhythmconf.model import Body, LiveState, Progress, Record
from rhythmconf.settings import Dialect
from rhythmconf.tenant import live
from tests.support.clients import get_kind, make_client
from tests.support.emulated import shipped_catalog
from tests.support.emulator_transport import open_embedded

KINDS = [get_kind("program"), get_kind("notice"), get_kind("statusReason")]


def finish(steps: Generator[Progress, None, LiveState]) -> tuple[list[Progress], LiveState]:
    seen: list[Progress] = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return seen, end.value


def paged(request: httpx.Request, pages: int = 3) -> httpx.Response:
    """Answer with pages of two records each, named after the segment."""
    segment = request.url.path.split("/")[2]
    number = int(request.url.params.get("exclusiveStartKey", "0"))
    records = [{"id": f"{segment}-{number}-{n}", "sys_created_at": f"2026-01-0{n + 1}"} for n in range(2)]
    more = str(number + 1) if number + 1 < pages else None
    return httpx.Response(200, json={"Items": records, "LastEvaluatedKey": more})


def test_kinds_have_the_order_of_the_caller_and_records_that_of_the_tenant() -> None:
    progress, state = finish(live.fetch(make_client(paged), KINDS))
    assert list(state.records) == [kind.name for kind in KINDS]
    assert [record.id for record in state.records["certifications/notice"]] == [
        f"notices-{page}-{n}" for page in range(3) for n in range(2)
    ]
    assert state.requests == 9
    assert [step.done for step in progress] == list(range(2, 20, 2))
    assert {step.detail for step in progress} == {kind.name for kind in KINDS}


def test_a_record_is_the_whole_answer() -> None:
    _, state = finish(live.fetch(make_client(paged), KINDS[:1]))
    assert state.records["certifications/program"][1] == Record(
        "certifications/program", "programs-0-1", {"id": "programs-0-1", "sys_created_at": "2026-01-02"}
    )


def test_fetching_no_kinds_sends_nothing() -> None:
    assert finish(live.fetch(make_client(paged), [])) == ([], LiveState({}))


def test_only_this_fetch_is_counted() -> None:
    client = make_client(paged)
    finish(live.fetch(client, KINDS))
    assert finish(live.fetch(client, KINDS[:1]))[1].requests == 3
    assert client.requests == 12


def test_kinds_are_fetched_in_parallel() -> None:
    """The first page of a kind is answered only after all kinds were requested."""
    kinds = list(shipped_catalog().kinds.values())[:10]
    gate = threading.Barrier(len(kinds))

    def together(request: httpx.Request) -> httpx.Response:
        if "exclusiveStartKey" not in request.url.params:
            gate.wait(10)
        return paged(request, pages=2)

    _, state = finish(live.fetch(make_client(together), kinds))
    assert sum(1 for _ in state.all()) == 4 * len(kinds)


@pytest.mark.parametrize("record", [{}, {"id": None}, {"id": 3}, {"id": ""}])
def test_a_record_without_an_id_is_refused(record: Body) -> None:
    client = make_client(lambda _: httpx.Response(200, json=[{"id": "a"}, record]))
    with pytest.raises(TenantError, match="certifications/program without an id"):
        finish(live.fetch(client, KINDS[:1]))


def test_a_repeated_id_is_refused() -> None:
    def repeated(request: httpx.Request) -> httpx.Response:
        first = "exclusiveStartKey" not in request.url.params
        return httpx.Response(200, json={"Items": [{"id": "a"}], "LastEvaluatedKey": "k" if first else None})

    with pytest.raises(TenantError, match="the record 'a' of certifications/program twice"):
        finish(live.fetch(make_client(repeated), KINDS[:1]))


def test_the_same_id_in_two_kinds_is_allowed() -> None:
    client = make_client(lambda _: httpx.Response(200, json=[{"id": "a"}]))
    assert [record.id for record in finish(live.fetch(client, KINDS))[1].all()] == ["a", "a", "a"]


def test_the_error_of_one_kind_ends_the_fetch() -> None:
    def forbidden(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if "/notices/" in request.url.path else paged(request)

    with pytest.raises(AuthError):
        finish(live.fetch(make_client(forbidden), KINDS))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]


def test_closing_the_generator_stops_the_fetch() -> None:
    client = make_client(lambda request: paged(request, pages=1000))
    steps = live.fetch(client, KINDS)
    next(steps)
    steps.close()
    assert client.requests < 3000
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]


@pytest.mark.parametrize("form", ["array", "envelope"])
def test_an_embedded_tenant_can_be_fetched(form: str, tmp_path: Path) -> None:
    dialect = Dialect(list=form)  # type: ignore[arg-type]
    transport = open_embedded(shipped_catalog(), tmp_path / "tenant.db", "hisp", dialect)
    with make_client(transport, dialect=dialect) as client:
        created = [client.create(get_kind("programGroup"), {"name": name}) for name in ("one", "two")]
        _, state = finish(live.fetch(client, [get_kind("programGroup")]))
    assert {record.id for record in state.all()} == {body["id"] for body in created}


def state_of(*pairs: tuple[str, str | None]) -> LiveState:
    return LiveState({"m/k": tuple(Record("m/k", id, {"id": id, "sys_created_at": created}) for id, created in pairs)})


ids = st.lists(st.text(min_size=1, max_size=4), max_size=60, unique=True)


@given(ids, st.randoms(use_true_random=False))
def test_a_sample_depends_on_the_records_alone(names: list[str], random: object) -> None:
    pairs: list[tuple[str, str | None]] = [(name, "2026") for name in names]
    sample = live.incarnation(state_of(*pairs))
    shuffle: Callable[[list[tuple[str, str | None]]], None] = random.shuffle  # type: ignore[attr-defined]
    shuffle(pairs)
    assert live.incarnation(state_of(*pairs)) == sample == tuple(sorted(sample))
    assert len(sample) == min(20, len(names))
    assert live.same_incarnation(sample, state_of(*pairs))


@given(ids)
def test_an_additional_record_changes_at_most_one_pair(names: list[str]) -> None:
    before = live.incarnation(state_of(*((name, "2026") for name in names)))
    after = live.incarnation(state_of(*((name, "2026") for name in names), ("another one", "2026")))
    assert len(set(before) - set(after)) <= 1


def test_a_sample_is_still_found_once_the_records_with_the_smallest_ids_are_gone() -> None:
    pairs: list[tuple[str, str | None]] = [(f"{number:04}", "2026") for number in range(200)]
    sample = live.incarnation(state_of(*pairs))
    for rest in (pairs[50:], pairs[:150]):
        assert live.same_incarnation(sample, state_of(*rest))


def test_another_incarnation_is_recognised() -> None:
    sample = (("a", "2025"), ("b", "2025"))
    assert live.same_incarnation(sample, state_of(("a", "2026"), ("b", "2025")))
    assert not live.same_incarnation(sample, state_of(("a", "2026"), ("b", "2026"), ("c", "2025")))
    assert not live.same_incarnation(sample, state_of())
    assert live.same_incarnation((), state_of(("a", "2026")))
    assert live.same_incarnation((), state_of())


def test_a_record_without_a_date_has_an_empty_one() -> None:
    assert live.incarnation(state_of(("a", None))) == (("a", ""),)
