"""When requests are repeated, for all causes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.tenant.client.exchange import UNDONE, Cause, Fault, RawAnswer, Reply, interpret
from rhythmconf.tenant.client.retry import (
    ATTEMPTS,
    BASE_S,
    CAP_S,
    RETRY_AFTER_CAP_S,
    TOTAL_S,
    call_with_retries,
    choose_wait,
)
from tests.support.ticking import NOON, Ticking

causes = st.sampled_from(get_args(Cause))
asked = st.none() | st.floats(0, 10_000)
chances = st.floats(0, 1, exclude_max=True)
attempts = st.integers(1, 10)


@given(causes, asked, attempts, st.booleans(), st.floats(0, 1000), chances)
def test_a_pause_has_a_maximum(
    cause: Cause, retry_after: float | None, attempt: int, writes: bool, elapsed_s: float, chance: float
) -> None:
    fault = Fault(cause, "", retry_after)
    wait = choose_wait(fault, attempt=attempt, writes=writes, elapsed_s=elapsed_s, chance=chance)
    if wait is None:
        return
    assert attempt < ATTEMPTS
    assert elapsed_s + wait <= TOTAL_S
    if retry_after is None:
        assert 0 <= wait <= min(CAP_S, BASE_S * 2 ** (attempt - 1))
    else:
        assert wait == retry_after <= RETRY_AFTER_CAP_S


@given(causes, asked, attempts, chances)
def test_a_write_is_repeated_only_if_it_certainly_had_no_effect(
    cause: Cause, retry_after: float | None, attempt: int, chance: float
) -> None:
    wait = choose_wait(Fault(cause, "", retry_after), attempt=attempt, writes=True, elapsed_s=0, chance=chance)
    assert wait is None or cause in UNDONE


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize(("cause", "read", "write"), [
    ("unsent", 4, 4), ("throttled", 4, 4), ("lost", 4, 1), ("broken", 4, 1), ("garbage", 4, 1),
    ("untrusted", 1, 1), ("barred", 1, 1), ("foreign", 1, 1), ("unreadable", 1, 1), ("unusable", 1, 1),
    ("late", 1, 1), ("unconnected", 1, 1),
])  # fmt: skip
def test_the_number_of_attempts_is_limited(cause: Cause, read: int, write: int, writes: bool) -> None:
    calls: list[Fault] = []

    def once() -> Fault:
        calls.append(Fault(cause, "no luck"))
        return calls[-1]

    outcome = call_with_retries(once, writes=writes, clock=Ticking().clock)
    assert len(calls) == (write if writes else read)
    assert isinstance(outcome, Fault)
    assert ("4 times" in outcome.message) == (len(calls) == 4)


def test_the_jitter_doubles() -> None:
    ticking = Ticking(chance=0.5)
    call_with_retries(lambda: Fault("unsent", ""), writes=True, clock=ticking.clock)
    assert ticking.slept == [1, 2, 4]


def test_a_success_after_failed_attempts_is_returned() -> None:
    outcomes: list[Fault | Reply] = [Fault("unsent", ""), Fault("throttled", "", 7), Reply(200, "done")]
    ticking = Ticking(chance=0)
    assert call_with_retries(lambda: outcomes.pop(0), writes=True, clock=ticking.clock) == Reply(200, "done")
    assert ticking.slept == [0, 7]


def test_a_shortened_wait_is_the_last() -> None:
    calls: list[Fault] = []

    def once() -> Fault:
        calls.append(Fault("throttled", "the tenant answers 429", 12))
        return calls[-1]

    stopped = Ticking().clock._replace(sleep=lambda seconds: seconds == 12)
    outcome = call_with_retries(once, writes=True, clock=stopped, before_retry=pytest.fail)
    assert outcome == Fault("throttled", "the tenant answers 429, and asks to wait 12 s", 12)
    assert len(calls) == 1


def test_no_attempt_starts_after_the_total_time() -> None:
    ticking = Ticking()

    def once() -> Fault:
        ticking.now_s += 170
        return Fault("lost", "slow", None)

    call_with_retries(once, writes=False, clock=ticking.clock)
    assert len(ticking.slept) == 1


def test_a_too_long_retry_after_is_reported() -> None:
    ticking = Ticking()
    outcome = call_with_retries(
        lambda: Fault("throttled", "the tenant answers 429", 3600), writes=False, clock=ticking.clock
    )
    assert outcome == Fault("throttled", "the tenant answers 429, and asks to wait 3600 s", 3600)
    assert ticking.slept == []


@pytest.mark.parametrize(("header", "seconds"), [
    ("0", 0), ("17", 17), (" 5 ", 5), ("-3", None), ("soon", None), ("", None), (None, None),
    (format_datetime(datetime.fromtimestamp(NOON + 30, UTC), usegmt=True), 30),
    (format_datetime(datetime.fromtimestamp(NOON - 30, UTC), usegmt=True), 0),
])  # fmt: skip
def test_retry_after_is_parsed(header: str | None, seconds: float | None) -> None:
    for status in (429, 503):
        fault = interpret(RawAnswer(status, b"", retry_after=header), now=NOON)
        assert isinstance(fault, Fault)
        assert fault.retry_after == seconds


FORMS = {
    "IMF-fixdate": "%a, %d %b %Y %H:%M:%S GMT",
    "RFC 850": "%A, %d-%b-%y %H:%M:%S GMT",
    "asctime": "%a %b %e %H:%M:%S %Y",
    "an unknown zone": "%a, %d %b %Y %H:%M:%S -0000",
    "no zone": "%a, %d %b %Y %H:%M:%S",
    "UTC": "%a, %d %b %Y %H:%M:%S UTC",
}
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"]


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the time zone of this process."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def asked_wait(retry_after: str, date: str | None = None) -> float | None:
    fault = interpret(RawAnswer(503, b"", retry_after=retry_after, date=date), now=NOON)
    assert isinstance(fault, Fault)
    return fault.retry_after


def http_date(form: str, at: float) -> str:
    return time.strftime(FORMS[form], time.gmtime(at))


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_date_is_utc_in_every_time_zone(form: str) -> None:
    assert asked_wait(http_date(form, NOON + 40)) == 40
    assert asked_wait(http_date(form, NOON - 40)) == 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("off", [-400 * 86_400, -3600, 0, 90, 86_400, 3650 * 86_400])
def test_a_server_whose_clock_is_wrong_is_asked_again_when_it_means(form: str, off: float) -> None:
    theirs = NOON + off
    for date_form in FORMS:
        assert asked_wait(http_date(form, theirs + 7), http_date(date_form, theirs)) == 7
    assert asked_wait(http_date(form, theirs - 7), http_date(form, theirs)) == 0


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026"])
def test_without_the_server_s_clock_ours_is_used(date: str | None) -> None:
    assert asked_wait(http_date("IMF-fixdate", NOON + 12), date) == 12


@given(st.text(), st.none() | st.text())
def test_any_text_is_a_wait_or_none(text: str, date: str | None) -> None:
    wait = asked_wait(text, date)
    assert wait is None or wait >= 0


@given(st.from_regex(r"[A-Za-z0-9 :,+.-]{0,40}", fullmatch=True))
def test_any_text_that_looks_like_a_date_is_a_wait_or_none(text: str) -> None:
    wait = asked_wait(text)
    assert wait is None or wait >= 0
