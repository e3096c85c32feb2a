"""The names of records in messages, while other threads of the run add records."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from rhythmconf.engine.execute.outcomes import name_records
from rhythmconf.engine.execute.prepared import RunContext
from rhythmconf.model import Body
from tests.support.emulated import shipped_catalog
from tests.support.plans import make_site

Records = dict[tuple[str, str], Body]


class Growing(Records):
    """Gets one more record whenever somebody has looked at one, as if another thread had added it."""

    def items(self) -> Any:
        def walk() -> Iterator[tuple[tuple[str, str], Body]]:
            for item in super(Growing, self).items():
                yield item
                self["certifications/notice", f"n-{len(self)}"] = {}

        return walk()


def test_records_are_named_while_other_threads_add_some() -> None:
    base = Growing({("certifications/program", "p-1f3a9c77"): {"name": "Diver"}, ("certifications/notice", "n"): {}})
    context: Any = SimpleNamespace(base=base, site=make_site(shipped_catalog(), project="hisp"))
    said = name_records(cast("RunContext", context), "still used by p-1f3a9c77")
    assert said == "still used by p-1f3a9c77 (program 'Diver')"
