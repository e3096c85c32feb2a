"""Cases of what billing runs do to members: configurations with the runs, windows and findings that they must have.

The expected values come from an independent computation, day by day. A case has `id`, `as_of`, `days`, `zone`,
`documents`, sometimes `before` (the configuration before a change) and `expiry` (the expiration dates that coverage is
counted over, else those of 2027), rules that `must` and `never` find something, and `expect`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rhythmconf.catalog import Catalog, Field, default_folder, load, substitute
from rhythmconf.model import Body, Json, Key

Case = dict[str, Any]

CATALOG = load([default_folder()], module="certifications")
CASES: dict[str, Case] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "insight/data/members.json").read_text(encoding="utf-8"))
}


def make_bodies(documents: Sequence[Case], catalog: Catalog = CATALOG) -> dict[Key, Body]:
    """Return the bodies of documents, with their references as they are after resolving."""
    return {
        Key(catalog.qualify(document["kind"]), document["key"]): substitute(
            catalog.kind(document["kind"]), document["spec"], _refer
        )
        for document in documents
    }


def find_expiry(case: Case) -> tuple[date, date]:
    """Return the first and the last expiration date that the coverage of a case is counted over."""
    first, last = case.get("expiry", ("2027-01-01", "2027-12-31"))
    return date.fromisoformat(first), date.fromisoformat(last)


def _refer(field: Field, value: Json) -> Json:
    return {"$ref": f"{field.targets[0]}/{value}"}
