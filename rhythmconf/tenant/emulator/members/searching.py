"""Search members by the filters that the API reference lists, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, cast

from rhythmconf.model import Json
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, Response, encode, read_json
from rhythmconf.tenant.emulator.members.names import APPLICATION, CERTIFICATION, MEMBERSHIP_APPLICATION, RUN
from rhythmconf.tenant.emulator.paging import Scan, read_start, select_fields

Test = Callable[[Json], bool]
Form = Literal["text", "word", "words", "numbers", "dates"]
"""What the value of a filter is: a part of a text, a whole one, several of them, or a pair of numbers or dates."""
Reader = Callable[[Json], Test | None]
"""Reads the value of a filter. Returns None for one that filters nothing. Raises ValueError for another value."""


def search(call: Call) -> Response:
    """Answer a search with one page: `Items`, and `LastEvaluatedKey` if there may be more."""
    if call.kind.name == APPLICATION and call.options.dialect.applications_search == "no":
        raise Refusal(403, f"{call.request.method} {call.request.target} is not allowed")
    tests = _read_filters(call)
    filters = _FILTERS[call.kind.name]
    scan = Scan(call, lambda record: all(test(record.get(name)) for name, test in tests.items()))
    page = scan.page(read_start(call), sparse=call.options.dialect.search_pages == "sparse")
    visible = {"id", *filters} if call.options.dialect.search_fields == "filters" else None
    names = call.request.query("fieldsToReturn")
    items: list[Json] = [
        select_fields({name: record[name] for name in record if visible is None or name in visible}, names)
        for record in page.records
    ]
    return Response(200, encode({"Items": items, **page.key}))


def look_up(field: str) -> Callable[[Call], Response]:
    """Return the operation that lists the records whose `field` has the value at the end of the path."""

    def answer(call: Call) -> Response:
        value = call.path[-1]
        page = Scan(call, lambda record: record.get(field) == value).page(read_start(call), sparse=False)
        items: list[Json] = [select_fields(record, call.request.query("fields")) for record in page.records]
        return Response(200, encode({"Count": len(items), "Items": items, **page.key}))

    return answer


def _read_filters(call: Call) -> dict[str, Test]:
    body = read_json(call.request.body) if call.request.body else {}
    if not isinstance(body, dict):
        raise Refusal(400, "a search is an object of filters")
    known = _FILTERS[call.kind.name]
    if unknown := [name for name in body if name not in known]:
        raise Refusal(400, f"{unknown[0]!r} is not a filter of this search; its filters are {', '.join(known)}")
    readers = {**_READERS, "dates": _DATES[call.options.dialect.search_dates]}
    read = (
        (name, _read_filter(name, readers[known[name]], value)) for name, value in body.items() if value is not None
    )
    return {name: test for name, test in read if test}


def _read_filter(name: str, reader: Reader, value: Json) -> Test | None:
    try:
        return reader(value)
    except ValueError as error:
        raise Refusal(400, f"{name} {error}") from None


def _text(value: Json) -> Test:
    if not isinstance(value, str):
        raise ValueError("is not a text")
    wanted = value.casefold()
    return lambda held: isinstance(held, str) and wanted in held.casefold()


def _word(value: Json) -> Test:
    if not isinstance(value, str):
        raise ValueError("is not a text")
    return lambda held: held == value


def _words(value: Json) -> Test | None:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("is not an array of texts")
    wanted = frozenset(cast("list[str]", value))
    return (lambda held: held in wanted) if wanted else None


def _numbers(value: Json) -> Test:
    if not isinstance(value, list) or not all(_is_number(each) for each in value) or len(value) != 2:
        raise ValueError("is not a pair of numbers")
    low, high = cast("list[float]", value)
    return lambda held: isinstance(held, int | float) and low <= held <= high


def _civil_dates(value: Json) -> Test:
    """Match the dates from the day of one instant to that of another."""
    first, last = (_instant(text).date().isoformat() for text in _pair_of_texts(value))
    return lambda held: isinstance(held, str) and first <= held[:10] <= last


def _date_strings(value: Json) -> Test:
    """Match the texts from one instant to another. A date is before all instants of its day: the first is lost."""
    first, last = _pair_of_texts(value)
    _instant(first), _instant(last)
    return lambda held: isinstance(held, str) and first <= held <= last


def _pair_of_texts(value: Json) -> list[str]:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(each, str) for each in value):
        raise ValueError("is not a pair of date-times")
    return cast("list[str]", value)


def _instant(text: str) -> datetime:
    """Return an instant of RFC 3339 in UTC. Raises ValueError for anything else, such as a date without a time."""
    problem = f"has {text!r}, which is not a date-time such as 2027-01-31T00:00:00Z"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(problem) from None
    if instant.tzinfo is None or len(text) < len("2027-01-31T00:00Z"):
        raise ValueError(problem)
    return instant.astimezone(UTC)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_READERS: Mapping[str, Reader] = {"text": _text, "word": _word, "words": _words, "numbers": _numbers}
_DATES: Mapping[str, Reader] = {"civil": _civil_dates, "string": _date_strings}
_APPLICATION: Mapping[str, Form] = {
    "id": "words",
    "owner_type": "word",
    "name": "text",
    "status": "words",
    "status_reason_id": "words",
    "type": "words",
    "date": "dates",
}
_FILTERS: Mapping[str, Mapping[str, Form]] = {
    CERTIFICATION: {
        "certification_date": "dates",
        "city": "text",
        "email_address": "text",
        "expiration_date": "dates",
        "id": "words",
        "is_new": "word",
        "job_title": "text",
        "name": "text",
        "number": "numbers",
        "origin": "words",
        "owner_type": "word",
        "program_id": "words",
        "renewal_date": "dates",
        "state": "text",
        "status": "words",
        "termination_date": "dates",
    },
    MEMBERSHIP_APPLICATION: {**_APPLICATION, "membership_type_id": "words", "membership_package_id": "words"},
    # No document shows the searches below. Their filters are those of the two above that fit the fields.
    APPLICATION: {**_APPLICATION, "program_id": "words", "expiration_date": "dates"},
    RUN: {
        "id": "words",
        "template_id": "words",
        "recurring_billing_run_id": "words",
        "status": "words",
        "scheduled_run_date": "dates",
        "run_date": "dates",
    },
}
