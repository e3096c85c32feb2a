"""A tenant with members and a project that changes it: as records, as documents, and as the brute force reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support.elsewhere.counts import Schedule, Side, Template
from tests.support.elsewhere.tenant import TENANT, Elsewhere, Manner, Record

PROJECT = "elsewhere"
SEGMENTS = {
    "program": "programs",
    "statusReason": "statusReasons",
    "appStatusReason": "appStatusReasons",
    "notice": "notices",
    "applicationNotice": "applicationNotices",
    "billingTemplate": "billingTemplates",
    "recurringBillingRun": "recurringBillingRuns",
}
BOUND = {"trainingProvider": ("prov-1", "prov-2", "prov-3"), "invoiceTemplate": ("inv",), "paymentTerms": ("net",)}
FIRST = date(2026, 12, 1)


@dataclass(frozen=True)
class World:
    """A tenant's records, the documents of a project, and both as the brute force reads them."""

    records: dict[str, list[Record]]
    documents: list[Record]
    before: Side
    after: Side
    people: dict[str, list[Record]]
    zone: str = "America/New_York"
    first: date = FIRST
    length: int = 90
    means: Mapping[str, str] | None = None

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range(self.length)]

    def tenant(self, manner: Manner) -> Elsewhere:
        """Return a tenant that behaves in a manner."""
        return Elsewhere({**self.records, **self.people}, manner, self.zone)

    def write(self, folder: Path) -> Path:
        """Write the project and return its folder."""
        (folder / "config").mkdir(parents=True, exist_ok=True)
        (folder / "bindings").mkdir(exist_ok=True)
        settings = {
            "version": 1,
            "project": PROJECT,
            "sources": ["config"],
            "environments": {"live": {"tenant": TENANT, "dialect": {"list_lag_s": 0}}},
            "calendar": {"zone": self.zone, **({"schedules": dict(self.means)} if self.means else {})},
        }
        (folder / "rhythmconf.yaml").write_text(json.dumps(settings))
        bound = {kind: {key: ident(kind, key) for key in keys} for kind, keys in BOUND.items()}
        (folder / "bindings" / "live.yaml").write_text(json.dumps(bound))
        (folder / "config" / "all.yaml").write_text("".join(f"---\n{json.dumps(one)}\n" for one in self.documents))
        return folder


def ident(kind: str, key: str) -> str:
    """Return the tenant's id of a record: nobody can guess it from the key."""
    return "x" + sha256(f"{kind}/{key}".encode()).hexdigest()[:12]


def resolve(kind: str, spec: Record) -> Record:
    """Return the fields of a document with the ids of the tenant."""
    found: Record = {}
    for name, value in spec.items():
        if isinstance(value, dict):
            found[name] = resolve(f"{kind}.{name}", value)
        elif name == "reminders":
            found[name] = [{"id": n, **resolve(kind, one)} for n, one in enumerate(value, 1)]
        elif target := find_target(kind, name):
            found[name] = [ident(target, one) for one in value] if isinstance(value, list) else ident(target, value)
        else:
            found[name] = deepcopy(value)
    return found


def find_target(kind: str, name: str) -> str | None:
    """Return the kind that a field refers to."""
    application = ".application" in kind
    return {
        "program_ids": "program",
        "status_reason_ids": "appStatusReason" if application else "statusReason",
        "training_provider_ids": "trainingProvider",
        "drop_notice_id": "notice",
        "application_notice_id": "applicationNotice",
        "reminder_notice_id": "applicationNotice" if application else "notice",
        "template_id": "billingTemplate",
        "invoice_template_id": "invoiceTemplate",
        "payment_terms_id": "paymentTerms",
    }.get(name)


def make_record(document: Record, *, marked: bool = True) -> Record:
    """Return the tenant's record of a document."""
    return {
        "id": ident(document["kind"], document["key"]),
        **resolve(document["kind"], document["spec"]),
        **({"sys_external_id": f"rhythmconf/{PROJECT}/{document['key']}"} if marked else {}),
        "sys_version": 1,
        "sys_created_at": "2026-01-01T00:00:00Z",
        "sys_created_by_id": "somebody",
        "sys_last_modified_at": "2026-01-01T00:00:00Z",
        "sys_last_modified_by_id": "somebody",
    }


def make_records(documents: Sequence[Record], strangers: Sequence[Record] = ()) -> dict[str, list[Record]]:
    """Return the records of documents, and of what somebody made in the console."""
    found: dict[str, list[Record]] = {segment: [] for segment in SEGMENTS.values()}
    for one in documents:
        found[SEGMENTS[one["kind"]]].append(make_record(one))
    for one in strangers:
        found[SEGMENTS[one["kind"]]].append(make_record(one, marked=False))
    return found


def make_side(
    documents: Sequence[Record], strangers: Sequence[Record] = (), means: Mapping[str, str] | None = None
) -> Side:
    """Return documents as the brute force reads them; what has no document goes by its name."""
    labels = {one["key"]: one["key"] for one in documents if one["kind"] == "billingTemplate"}
    labels |= {one["key"]: one["spec"]["name"] for one in strangers if one["kind"] == "billingTemplate"}
    named = [(one, one["key"]) for one in documents] + [(one, one["spec"]["name"]) for one in strangers]
    return Side(
        [
            Template(label, resolve("billingTemplate", one["spec"]))
            for one, label in named
            if one["kind"] == "billingTemplate"
        ],
        [
            Schedule(
                label,
                labels[one["spec"]["template_id"]],
                (means or {}).get(label, one["spec"]["schedule"]),
                one["spec"].get("is_active") is not False,
            )
            for one, label in named
            if one["kind"] == "recurringBillingRun"
        ],
    )


def applied(documents: Sequence[Record], changed: Sequence[Record]) -> list[Record]:
    """Return what the tenant has after the change: fields that the new documents don't have stay."""
    old = {(one["kind"], one["key"]): one["spec"] for one in documents}
    return [{**one, "spec": merge(old.get((one["kind"], one["key"]), {}), one["spec"])} for one in changed]


def merge(old: Any, new: Any) -> Any:
    """Return an object merged field by field; any other value is the new one."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: merge(old.get(name), value) for name, value in new.items()}}


def make_case_world(case: Record, population: Mapping[str, Record]) -> World:
    """Return the world of a case: its configuration before and after, and people whose references are keys."""
    after: list[Record] = case["documents"]
    before: list[Record] = case.get("before", after)
    sides = make_side(before), make_side(applied(before, after))
    people: dict[str, list[Record]] = {"billingRuns": [], "billingRunActions": []}
    for segment, table in population.items():
        reason = "appStatusReason" if segment == "applications" else "statusReason"
        kinds = {"program_id": "program", "status_reason_id": reason}
        kinds |= dict.fromkeys(("issuing_training_provider_id", "training_provider_id"), "trainingProvider")
        people[segment] = [
            {"id": f"cert-{number:05d}", "name": f"Holder {number}"}
            | {
                name: ident(kinds[name], value) if name in kinds else value
                for name, value in zip(table["fields"], row, strict=True)
                if value is not None
            }
            for number, row in enumerate(table["rows"])
        ]
    first = date.fromisoformat(case["as_of"])
    return World(make_records(before), after, *sides, people, case["zone"], first, case["days"])
