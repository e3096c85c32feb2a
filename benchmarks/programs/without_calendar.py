"""Run rhythmconf without windows, schedules, effects in dates, and the rules RC700 to RC730: `COMMAND...`.

What remains is the same: the other rules (of those about bodies, RC731), and the survey of bodies as far as RC731 needs
it, which looks for dates only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from rhythmconf.__main__ import main
from rhythmconf.cli import lazy


def always(result: object) -> Callable[..., Any]:
    """Return a function that does nothing and returns this."""
    return lambda *_, **__: result


def only_dates(part: Any) -> Any:
    """Return what leads to dates in a part of what rules look at; None where nothing does."""
    if part is None:
        return None
    members = tuple((name, left) for name, below in part.members if (left := only_dates(below)))
    items = only_dates(part.items)
    if not (members or items or part.field.is_date or part.field.passes):
        return None
    names = frozenset(name for name, _ in members) | {switch for _, one in members for switch, _ in one.when}
    objects = tuple((name, one) for name, one in members if one.members)
    return part._replace(members=members, items=items, names=names, objects=objects, is_reference=False)


lazy.install()
bodies, unread_dates = (import_module(f"rhythmconf.insight.lint.{name}") for name in ("bodies", "unread_dates"))
REPLACED: list[tuple[str, str, object]] = [
    ("insight.lint", "JUDGEMENTS", (unread_dates.check_unread_dates,)),
    ("insight.lint.bodies", "_part", lru_cache(lambda kind: only_dates(bodies._build(kind.root)))),
    ("flows.validate", "find_foreign", always({})),
    ("flows.validate", "judge_change", always([])),
]
if sys.argv[1] == "plan":  # `validate` loads no other flow
    REPLACED.append(("flows.compose", "make_effects", always(None)))
for name, attribute, replacement in REPLACED:
    module = import_module(f"rhythmconf.{name}")
    getattr(module, attribute)  # fail where it has another name now
    setattr(module, attribute, replacement)

main()
