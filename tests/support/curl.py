"""Read the curl samples of the API reference of billing templates."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import cast

from rhythmconf.model import Json

SAMPLES = Path(__file__).parents[1] / "system" / "samples" / "billing-templates.curl"


def find_sample(method: str, ending: str) -> list[str]:
    """Return the arguments of the sample that has this method and whose path has this ending."""
    for text in SAMPLES.read_text().split("\n\n"):
        arguments = shlex.split(text.replace("\\\n", " "))
        if arguments[3] == method and arguments[4].partition("?")[0].endswith(ending):
            return arguments
    raise AssertionError(f"no sample of {method} {ending}")


def body_of(arguments: list[str]) -> Json:
    """Return the JSON body that a sample sends."""
    return cast("Json", json.loads(arguments[arguments.index("-d") + 1]))


def repair_lists(value: Json) -> Json:
    """Undo what the generator of the reference does: it writes `[item]` as `{"0": item}`, and a number as null."""
    if isinstance(value, dict):
        if value.keys() == {"0"}:
            return [repair_lists(value["0"])]
        return {
            name: 1 if name == "number" and member is None else repair_lists(member) for name, member in value.items()
        }
    return [repair_lists(item) for item in value] if isinstance(value, list) else value
