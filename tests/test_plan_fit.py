"""A plan from a file writes only kinds and fields that are known here, whatever the file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.errors import Refused
from rhythmconf.model import Key
from rhythmconf.plan import refuse_misfits
from tests.plans import node, plan, web


def test_what_is_planned_fits_and_what_is_forged_does_not(tmp_path: Path) -> None:
    catalog = web(tmp_path)
    made = plan(catalog, {"a": {"size": 2, "text": {"subject": "s"}}, "b": {"size": 1}}, [node("1", "a", size=1)])
    refuse_misfits(made, catalog)
    update = next(change for change in made.changes if change.action == "update")
    create = next(change for change in made.changes if change.action == "create")
    forged = [
        update._replace(key=Key("web/nothing", "a")),
        update._replace(patch=({"op": "replace", "path": "/text/nowhere", "value": 1},)),
        update._replace(patch=({"op": "replace", "path": "/id", "value": "x"},)),
        create._replace(body={**(create.body or {}), "fee": 1}),
    ]
    for change in forged:
        with pytest.raises(Refused, match="doesn't fit the kinds"):
            refuse_misfits(made._replace(changes=(change,)), catalog)
