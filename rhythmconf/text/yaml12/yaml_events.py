"""Turn bytes into the events of PyYAML's C parser, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import repeat

from yaml._yaml import CParser
from yaml.events import Event

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.source import Limits, mark_at
from rhythmconf.text.yaml12.strictness import check_hidden, check_strictness

TAG_DIRECTIVE = re.compile(rb"^%TAG", re.MULTILINE)


def yaml_events(text: bytes, limits: Limits) -> Iterable[Event | None]:
    """Return the parser's events lazily, `limits.nodes` at most. Iterating raises YAMLError for a syntax error.

    Raises YamlFault for `%TAG`, and for what the parser would read in another way than YAML 1.2.
    """
    check_hidden(text)
    if b"%TAG" in text and (directive := TAG_DIRECTIVE.search(text)):
        # The parser compares these lines with each other, so many of them take forever. Core tags don't need them.
        mark = mark_at(text, directive.start())
        raise YamlFault(codes.BAD_TAG, "%TAG lines are not known here", help="remove it", mark=mark)
    check_strictness(text, tokens=4 * limits.nodes, depth=limits.depth)
    # As a loop over a map, taking an event costs no Python call, and counting the events costs nothing at all.
    return map(CParser.get_event, repeat(CParser(text), limits.nodes))
