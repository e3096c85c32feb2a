"""Read YAML 1.2 (core schema) and JSON within limits: bytes to JSON values, and positions on demand.

The reader knows nothing of rhythmconf's documents. Most texts are read line by line. PyYAML's C parser makes the events
of the others; the builders here make values.
"""

from __future__ import annotations

from rhythmconf.model import Json
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import YamlError, YamlFault
from rhythmconf.text.yaml12.lines import read_lines
from rhythmconf.text.yaml12.positions import Positions
from rhythmconf.text.yaml12.source import Limits, encode

__all__ = ["LIMITS", "Limits", "Positions", "YamlError", "codes", "load_all", "locate_all"]

LIMITS = Limits()


def load_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Json]:
    """Return the value of each document of a text, None for an empty one.

    A file name that ends in `.json` is read as JSON. Integral numbers become integers. A value that an alias repeats
    is shared, not copied. Raises YamlError and nothing else.
    """
    try:
        text = encode(data, limits)
        values = None if file.endswith(".json") else read_lines(text, limits)
        if values is None:
            from rhythmconf.text.yaml12.parsing import parse

            values = parse(text, file, limits)
        return values
    except YamlFault as fault:
        raise fault.in_file(file) from None


def locate_all(data: bytes | str, *, file: str, limits: Limits = LIMITS) -> list[Positions]:
    """Return the positions in each document that `load_all` returns. Raises YamlError where `load_all` does."""
    from rhythmconf.text.yaml12.line_marks import mark_lines

    load_all(data, file=file, limits=limits)
    text = encode(data, limits)
    marks = None if file.endswith(".json") else mark_lines(text)
    if marks is None:
        from rhythmconf.text.yaml12.parsing import find_marks

        marks = find_marks(text, file, limits)
    return [Positions(file, *one) for one in marks]
