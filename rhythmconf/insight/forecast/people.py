"""Read people from the records of a tenant: only what decides about runs, and nothing that names anybody."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rhythmconf.insight.forecast.values import Member, People, Property
from rhythmconf.model import Body, Json

CERTIFICATION: dict[str, Property] = {
    "id": "id",
    "program_id": "program",
    "status": "status",
    "expiration_date": "expires",
    "do_not_drop": "do_not_drop",
    "status_reason_id": "reason",
    "issuing_training_provider_id": "provider",
    "forecasted_renewal_amount": "amount",
}
APPLICATION: dict[str, Property] = {
    "id": "id",
    "program_id": "program",
    "status": "status",
    "type": "type",
    "expiration_date": "expires",
    "status_reason_id": "reason",
    "training_provider_id": "provider",
    "training_provider_billing_status": "billing",
}


def read_people(records: Iterable[Body], fields: dict[str, Property], zone: str) -> People:
    """Return the people of some records; each id counts once. `fields` says which field is which property.

    A property that no record has a value of is hidden: not even its absence means anything.
    """
    members: dict[str, Member] = {}
    seen: set[str] = set()
    tenant_zone = ZoneInfo(zone)
    for number, record in enumerate(records):
        if len(seen) < len(fields):
            seen.update(name for name, of in fields.items() if name not in seen and _has_value(record.get(name), of))
        id = record.get("id")
        member = _read_member(record, fields, tenant_zone)
        members.setdefault(f"id:{id}" if isinstance(id, str) else f"#{number}", member)
    hidden = frozenset(of for name, of in fields.items() if name not in seen) if members else frozenset()
    return People(tuple(members.values()), hidden)


def _has_value(value: Json, of: Property) -> bool:
    """Tell whether a value of a record is one that its property can have. A date may be one that can't be read."""
    if of == "do_not_drop":
        return isinstance(value, bool)
    if of == "amount":
        return _amount(value) is not None
    return value not in (None, "") if of == "expires" else _text(value) is not None


def _read_member(record: Body, fields: dict[str, Property], zone: ZoneInfo) -> Member:
    value = {of: record.get(name) for name, of in fields.items()}
    expires, undated = _read_date(value["expires"], zone)
    return Member(
        id=_text(value["id"]) or "",
        program=_text(value["program"]),
        status=_text(value["status"]),
        expires=expires,
        undated=undated,
        reason=_text(value["reason"]),
        provider=_text(value["provider"]),
        do_not_drop=value.get("do_not_drop") is True,
        amount=_amount(value.get("amount")),
        type=_text(value.get("type")),
        billing=_text(value.get("billing")),
    )


def read_date(value: Json, zone: str) -> date | None:
    """Return a date, or the date of an instant in a zone; None for anything else."""
    ordinal, _ = _read_date(value, ZoneInfo(zone))
    return None if ordinal is None else date.fromordinal(ordinal)


def _read_date(value: Json, zone: ZoneInfo) -> tuple[int | None, bool]:
    """Return the ordinal of a date, or that it can't be read. An instant is its date in the zone of the tenant."""
    if value is None or value == "":
        return None, False
    try:
        if not isinstance(value, str):
            raise ValueError
        text = value.strip()
        if len(text) <= len("2026-12-01"):
            return date.fromisoformat(text).toordinal(), False
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(zone) if moment.tzinfo else moment).date().toordinal(), False
    except (ValueError, OverflowError):
        return None, True


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _amount(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
