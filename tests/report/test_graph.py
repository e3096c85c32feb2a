"""The reference graph: references, cycles, a layout without overlaps, and notations that no text can break."""

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

from rhythmconf.model import Body, Key, KindNames, Origin, Resource
from rhythmconf.report import graph
from rhythmconf.report.graph import Edge, Graph
from rhythmconf.report.graph.layout import Layout, lay_out
from rhythmconf.report.terminal import render
from tests.support import plans, reports
from tests.support.payloads import NUMBERS, PAYLOADS

NAMES = "abcdefgh"
WEB = KindNames("web")
QUOTED = r'"(?:[^"\\]|\\["\\])*"'
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=24)


def link(pairs: Iterable[tuple[str, str]], alone: str = "") -> Graph:
    """Return a graph whose nodes are named by letters."""
    edges = [Edge(plans.node_key(one), plans.node_key(other), "/next_id") for one, other in pairs]
    return graph.build_graph(
        {plans.node_key(name) for name in alone} | {key for edge in edges for key in edge[:2]}, edges, WEB
    )


def reachable(built: Graph, start: Key) -> set[Key]:
    """Return the keys that a key leads to."""
    seen: set[Key] = set()
    waiting = list(built.targets[start])
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += built.targets[key]
    return seen


def test_a_graph_has_the_references_of_resources(tmp_path: Path) -> None:
    body: Body = {
        "name": "a",
        "next_id": plans.ref("b"),
        "must_id": plans.ref("b"),
        "inside": {"need_ids": [plans.ref("c")]},
    }
    wanted = [
        Resource(plans.node_key("a"), body, (Origin("web.yaml"),)),
        Resource(plans.node_key("b"), {}, (Origin("web.yaml"),)),
    ]
    built = graph.find_references(wanted, plans.make_catalog(tmp_path))
    assert {(edge.source.name, edge.target.name) for edge in built.edges} == {("a", "b"), ("a", "c")}
    assert built.outside == {plans.node_key("c")}


@given(PAIRS)
def test_a_cycle_consists_of_keys_that_lead_back_to_themselves(pairs: list[tuple[str, str]]) -> None:
    built = link(pairs)
    inside = {node for node in built.nodes if node in reachable(built, node)}
    assert {key for group in built.cycles for key in group} == inside
    for edge in built.edges:
        assert built.in_cycle(edge) == (edge.source in {edge.target} | reachable(built, edge.target))


@given(PAIRS)
def test_no_boxes_overlap_and_every_line_joins_its_boxes(pairs: list[tuple[str, str]]) -> None:
    built = link(pairs, alone="xyz")
    layout = lay_out(built)
    assert set(layout.boxes) == set(built.nodes)
    for one, other in itertools.combinations(layout.boxes.values(), 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
    for edge in built.edges:
        if edge.source != edge.target:
            assert_joined(layout, edge)


def assert_joined(made: Layout, edge: Edge) -> None:
    """Check that the line begins at a side of its source and ends at a side of its target."""
    for key, (x, y) in ((edge.source, made.lines[edge][0]), (edge.target, made.lines[edge][-1])):
        box = made.boxes[key]
        assert x in (box.x, box.x + box.width)
        assert y == box.y + box.height / 2


def test_a_record_is_left_of_its_references() -> None:
    layout = lay_out(link([("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")]))
    assert (
        layout.boxes[plans.node_key("a")].x < layout.boxes[plans.node_key("b")].x < layout.boxes[plans.node_key("c")].x
    )
    assert layout.boxes[plans.node_key("d")].x < layout.boxes[plans.node_key("c")].x


@pytest.mark.parametrize("order", list(itertools.permutations("wxyz")))
def test_lines_do_not_cross_without_need(order: tuple[str, ...]) -> None:
    three_layers = [*zip("abcd", order, strict=True), *zip(order, "tsvu", strict=True)]
    assert crossings(link(three_layers)) == 0


def test_the_first_layer_is_ordered_by_what_it_refers_to() -> None:
    assert crossings(link([("a", "x"), ("b", "y"), ("c", "x"), ("d", "z"), ("e", "y")])) == 0


def crossings(built: Graph) -> int:
    """Count the pairs of lines between two layers that cross."""
    lines = lay_out(built).lines.values()
    segments = [(line[0][1], line[-1][0], line[-1][1]) for line in lines]
    return sum(
        (start - other_start) * (end - other_end) < 0
        for (start, x, end), (other_start, other_x, other_end) in itertools.combinations(segments, 2)
        if x == other_x
    )


def test_layers_are_centred_vertically() -> None:
    boxes = lay_out(link([("a", "x"), ("b", "x"), ("c", "x")])).boxes
    assert boxes[plans.node_key("x")].y == boxes[plans.node_key("b")].y > boxes[plans.node_key("a")].y


def test_a_line_leaves_its_column_before_it_bends() -> None:
    short, long = plans.node_key("a"), plans.node_key("a-very-long-name")
    layout = lay_out(graph.build_graph([], [Edge(short, plans.node_key("x")), Edge(long, plans.node_key("y"))], WEB))
    (start, end_of_column, *_) = layout.lines[Edge(short, plans.node_key("x"))]
    assert end_of_column == (layout.boxes[long].x + layout.boxes[long].width, start[1])
    assert start[0] < end_of_column[0]


def test_of_several_references_between_two_keys_the_first_is_kept() -> None:
    a, b = plans.node_key("a"), plans.node_key("b")
    built = graph.build_graph([a, b], [Edge(a, b, "/next_id"), Edge(a, b, "/must_id")], WEB)
    assert built.edges == (Edge(a, b, "/next_id"),)


def test_neighbours_of_a_key() -> None:
    built = link([("a", "b"), ("b", "c"), ("c", "d"), ("x", "b")])
    near = graph.find_neighbours(built, [plans.node_key("b")])
    assert sorted(key.name for key in near) == ["a", "b", "c", "x"]
    assert len(graph.find_neighbours(built, [plans.node_key("a")], depth=3)) == 5
    part = graph.select_nodes(built, near)
    assert [(edge.source.name, edge.target.name) for edge in part.edges] == [("a", "b"), ("b", "c"), ("x", "b")]


def test_every_notation_marks_cycles() -> None:
    built = link([("a", "b"), ("b", "a"), ("b", "c"), ("d", "d")])
    assert graph.dot(built).count('label="cycle"') == 3
    assert graph.mermaid(built).count("-. cycle .->") == 3
    assert graph.standalone_svg(built).count('class="cycle"') == 3
    assert [each["cycle"] for each in json.loads(graph.json(built))["edges"]].count(True) == 3
    said = render(graph.text(built), color=False)
    assert "cycle: node/a, node/b\n" in said
    assert said.endswith("4 records and 4 references, 3 of them in 2 cycles.\n")


def test_keys_without_a_document_are_drawn_differently() -> None:
    a, b = plans.node_key("a"), plans.node_key("b")
    built = graph.build_graph([a], [Edge(a, b)], WEB)
    assert re.findall(r'label="node/(.)", style="rounded,dashed"', graph.dot(built)) == ["b"]
    assert re.findall(r'<g class="outside">.*?<title>.*?/(.)</title>', graph.standalone_svg(built)) == ["b"]
    assert [each["document"] for each in json.loads(graph.json(built))["nodes"]] == [True, False]
    assert "node/b  (bound, no document)\n" in render(graph.text(built), color=False)


def test_an_empty_graph_has_every_notation() -> None:
    for text in (graph.dot(Graph()), graph.mermaid(Graph()), graph.json(Graph()), graph.standalone_svg(Graph())):
        assert text.endswith("\n")


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_no_payload_breaks_a_notation(payload: str) -> None:
    built = reports.hostile_graph(payload)
    root = ElementTree.fromstring(graph.standalone_svg(built).encode())
    assert {each.tag.rpartition("}")[2] for each in root.iter()} == {
        *("svg", "style", "defs", "marker", "path", "g", "rect", "text", "title")
    }
    assert len(json.loads(graph.json(built))["nodes"]) == 4
    for line in graph.mermaid(built).splitlines()[1:]:
        assert re.fullmatch(r'  n\d\["[^"<>`&]*"\]|  n\d (-->|-\. cycle \.->) n\d', line)
    strings = r'"(?:[^"\\]|\\["\\])*"'
    for line in graph.dot(built).splitlines()[3:-1]:
        assert re.fullmatch(
            rf"  {strings}( -> {strings})?( \[[a-z=, ]*(label={strings})?[^\"]*(\"[a-z,]+\")?\])?;", line
        )
