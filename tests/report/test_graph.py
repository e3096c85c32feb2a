"""The reference graph: what refers to what, circles, a layout without overlaps, and notations that data can't break."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.model import Body, Key, Origin, Resource
from rhythmconf.report import graph
from rhythmconf.report.graph import Edge, Graph
from rhythmconf.report.graph.layout import Layout, lay_out
from rhythmconf.report.terminal import render
from tests.support import plans, reports
from tests.support.payloads import NUMBERS, PAYLOADS

NAMES = "abcdefgh"
QUOTED = r'"(?:[^"\\]|\\["\\])*"'
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=24)


def linked(pairs: Iterable[tuple[str, str]], alone: str = "") -> Graph:
    """A graph of nodes by letter."""
    edges = [Edge(plans.key(one), plans.key(other), "/next_id") for one, other in pairs]
    return graph.build_graph({plans.key(name) for name in alone} | {key for edge in edges for key in edge[:2]}, edges)


def reachable(found: Graph, start: Key) -> set[Key]:
    """What a key leads to in one step or more."""
    seen: set[Key] = set()
    waiting = list(found.targets[start])
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += found.targets[key]
    return seen


def test_the_references_of_resources(tmp_path: Path) -> None:
    body: Body = {
        "name": "a",
        "next_id": plans.ref("b"),
        "must_id": plans.ref("b"),
        "inside": {"need_ids": [plans.ref("c")]},
    }
    wanted = [
        Resource(plans.key("a"), body, (Origin("web.yaml"),)),
        Resource(plans.key("b"), {}, (Origin("web.yaml"),)),
    ]
    found = graph.find_references(wanted, plans.web(tmp_path))
    assert {(edge.source.name, edge.target.name) for edge in found.edges} == {("a", "b"), ("a", "c")}
    assert found.outside == {plans.key("c")}


@given(PAIRS)
def test_cycles_are_what_leads_back_to_itself(pairs: list[tuple[str, str]]) -> None:
    found = linked(pairs)
    inside = {node for node in found.nodes if node in reachable(found, node)}
    assert {key for group in found.cycles for key in group} == inside
    for edge in found.edges:
        assert found.in_cycle(edge) == (edge.source in {edge.target} | reachable(found, edge.target))


@given(PAIRS)
def test_no_boxes_overlap_and_every_line_joins_its_boxes(pairs: list[tuple[str, str]]) -> None:
    found = linked(pairs, alone="xyz")
    made = lay_out(found)
    assert set(made.boxes) == set(found.nodes)
    for one, other in itertools.combinations(made.boxes.values(), 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
    for edge in found.edges:
        if edge.source != edge.target:
            assert_joined(made, edge)


def assert_joined(made: Layout, edge: Edge) -> None:
    """The line begins at a side of its source and ends at one of its target."""
    for key, (x, y) in ((edge.source, made.lines[edge][0]), (edge.target, made.lines[edge][-1])):
        box = made.boxes[key]
        assert x in (box.x, box.x + box.width)
        assert y == box.y + box.height / 2


def test_what_refers_stands_left_of_what_it_refers_to() -> None:
    made = lay_out(linked([("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")]))
    assert made.boxes[plans.key("a")].x < made.boxes[plans.key("b")].x < made.boxes[plans.key("c")].x
    assert made.boxes[plans.key("d")].x < made.boxes[plans.key("c")].x


def test_around_a_key() -> None:
    found = linked([("a", "b"), ("b", "c"), ("c", "d"), ("x", "b")])
    near = graph.find_neighbours(found, [plans.key("b")])
    assert sorted(key.name for key in near) == ["a", "b", "c", "x"]
    assert len(graph.find_neighbours(found, [plans.key("a")], depth=3)) == 5
    part = graph.select_nodes(found, near)
    assert [(edge.source.name, edge.target.name) for edge in part.edges] == [("a", "b"), ("b", "c"), ("x", "b")]


def test_every_notation_marks_cycles() -> None:
    found = linked([("a", "b"), ("b", "a"), ("b", "c"), ("d", "d")])
    assert graph.dot(found).count('label="cycle"') == 3
    assert graph.mermaid(found).count("-. cycle .->") == 3
    assert graph.standalone_svg(found).count('class="cycle"') == 3
    assert [each["cycle"] for each in json.loads(graph.json(found))["edges"]].count(True) == 3
    said = render(graph.text(found), color=False)
    assert "cycle: node/a, node/b\n" in said
    assert said.endswith("4 records and 4 references, 3 of them in 2 cycles.\n")


def test_an_empty_graph_has_every_notation_too() -> None:
    for text in (graph.dot(Graph()), graph.mermaid(Graph()), graph.json(Graph()), graph.standalone_svg(Graph())):
        assert text.endswith("\n")


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_no_payload_breaks_a_notation(payload: str) -> None:
    found = reports.hostile_graph(payload)
    root = ElementTree.fromstring(graph.standalone_svg(found).encode())
    assert {each.tag.rpartition("}")[2] for each in root.iter()} == {
        *("svg", "style", "defs", "marker", "path", "g", "rect", "text", "title")
    }
    assert len(json.loads(graph.json(found))["nodes"]) == 4
    for line in graph.mermaid(found).splitlines()[1:]:
        assert re.fullmatch(r'  n\d\["[^"<>`&]*"\]|  n\d (-->|-\. cycle \.->) n\d', line)
    strings = r'"(?:[^"\\]|\\["\\])*"'
    for line in graph.dot(found).splitlines()[3:-1]:
        assert re.fullmatch(
            rf"  {strings}( -> {strings})?( \[[a-z=, ]*(label={strings})?[^\"]*(\"[a-z,]+\")?\])?;", line
        )
