"""Write a calendar as JSON, the same that a plan has under `calendar`."""

from __future__ import annotations

import json as json_library
from collections.abc import Iterable, Iterator

from rhythmconf.insight.windows.calendar_json import iterate_json
from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.model import Json


def json(outlook: Outlook) -> Iterator[str]:
    """Yield the parts of the calendar as JSON, with each item of its lists on one line.

    A thousand templates have more than a hundred thousand runs: indented, they would be three times as long.
    """
    yield "{"
    for number, (name, value) in enumerate(iterate_json(outlook.calendar).items()):
        yield f"{',' if number else ''}\n  {_write(name)}: "
        if isinstance(value, list | Iterator):
            yield from _items(value)
        else:
            yield _write(value)
    yield "\n}\n"


def _items(values: Iterable[Json]) -> Iterator[str]:
    yield "["
    number = -1
    for number, value in enumerate(values):
        yield f"{',' if number else ''}\n    {_write(value)}"
    yield "]" if number < 0 else "\n  ]"


def _write(value: Json) -> str:
    return json_library.dumps(value, allow_nan=False)
