"""Make billing templates, and typical edits of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.support.patching.applier import Value, clone


def _id(random: Random) -> str:
    return f"{random.getrandbits(32):08x}-{random.getrandbits(16):04x}"


def _range(random: Random) -> Value:
    return {
        "position": random.choice(["after", "before", "on"]),
        "number": random.choice([1, 7, 14, 30, 60, 90]),
        "unit_of_time": random.choice(["days", "weeks", "months"]),
        "relative_to": random.choice(["the reference date", "the end of the month", "the beginning of the year"]),
    }


def _reminder(random: Random, number: int) -> Value:
    return {
        "id": number,
        "name": f"Notice {random.randint(1, 99)}",
        "reminder_notice_id": _id(random),
        "expiration_date_range_start": _range(random),
        "expiration_date_range_end": _range(random),
    }


def _options(random: Random) -> Value:
    return {
        "program_restriction": random.choice(["include", "exclude", "none"]),
        "program_ids": [_id(random) for _ in range(random.randint(2, 7))],
        "application_types": random.sample(["new", "renewal", "upgrade", "transfer"], 2),
        "reminders": [_reminder(random, number + 1) for number in range(random.randint(3, 6))],
    }


def template(random: Random) -> Value:
    """Return a billing template as the tenant returns it."""
    return {
        "id": _id(random),
        "name": f"Template {random.randint(1, 999)}",
        "description": "Annual run",
        "is_active": True,
        "notification_email": "ops@example.org",
        "renewal_reminder_options": _options(random),
        "application_reminder_options": _options(random),
        "drop_options": {"program_ids": [_id(random)], "drop_date_range_start": _range(random)},
        "custom_field_values": [{"key": "cost/center", "value": "A~1"}, {"key": "größe", "value": 1}],
        "sys_version": 1,
    }


def _at_front(random: Random, options: Value) -> None:
    options["reminders"].insert(0, _reminder(random, 99))


def _at_end(random: Random, options: Value) -> None:
    options["reminders"].append(_reminder(random, 99))


def _dropped(random: Random, options: Value) -> None:
    options["reminders"].pop(random.randrange(len(options["reminders"])))


def _reversed(random: Random, options: Value) -> None:
    options["reminders"].reverse()


def _first_last(random: Random, options: Value) -> None:
    options["reminders"].append(options["reminders"].pop(0))


def _one_field(random: Random, options: Value) -> None:
    random.choice(options["reminders"])["expiration_date_range_start"]["number"] = 21


def _new_range(random: Random, options: Value) -> None:
    options["reminders"][0]["expiration_date_range_start"] = _range(random)


def _set_changed(random: Random, options: Value) -> None:
    options["program_ids"] = [*options["program_ids"][1:], _id(random)]
    random.shuffle(options["program_ids"])


def _set_emptied(random: Random, options: Value) -> None:
    options["program_ids"] = []


def _renamed(random: Random, options: Value) -> None:
    options["programs"] = options.pop("program_ids", [])


def _field_gone(random: Random, options: Value) -> None:
    options["program_restriction"] = None
    options.pop("application_types", None)


EDITS: list[Callable[[Random, Value], None]] = [
    _at_front, _at_end, _dropped, _reversed, _first_last, _one_field, _new_range, _set_changed, _set_emptied,
    _renamed, _field_gone,
]  # fmt: skip


def template_pairs(count: int) -> Iterator[tuple[Value, Value]]:
    """Return templates before and after one to four edits; every kind of edit occurs."""
    for number in range(count):
        random = Random(f"template/{number}")
        source = template(random)
        target = clone(source)
        for edit in (EDITS[number % len(EDITS)], *random.sample(EDITS[:8], number % 4)):
            edit(random, target[random.choice(["renewal_reminder_options", "application_reminder_options"])])
        yield source, target
