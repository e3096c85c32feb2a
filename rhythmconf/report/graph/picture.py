"""Draw what a plan changes as an SVG that is small enough to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rhythmconf.model import Change, Key, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import VERBS, tally_by_kind
from rhythmconf.report.graph.references import Edge, Graph, build_graph, find_neighbours, select_nodes
from rhythmconf.report.graph.svg import Look, inline_svg

LIMIT = 60
"""Records in a picture. Above it only changed records are drawn; if they are too many, each kind is one node."""
_UNCHANGED = Look("still", "unchanged")


def draw_changes(plan: Plan, references: Graph, anchors: Mapping[Key, str]) -> str:
    """Return an SVG of the changed records and their neighbours; empty if no record refers to another.

    `anchors` has the link of each changed record.
    """
    edges = [*references.edges, *_plan_edges(plan)]
    # Keys without a document come back through the edges, as keys outside.
    whole = build_graph({*references.nodes, *anchors} - references.outside, edges, plan.names)
    looks = {change.key: _look(change, anchors) for change in plan.changes}
    near = find_neighbours(whole, anchors)
    graph = select_nodes(whole, near if len(near) <= LIMIT else looks.keys())
    if graph.edges and len(graph.nodes) > LIMIT:
        graph, looks = _merge_kinds(graph, plan)
    if not graph.edges:
        return ""
    return inline_svg(graph, {node: looks.get(node, _UNCHANGED) for node in graph.nodes})


def _look(change: Change, anchors: Mapping[Key, str]) -> Look:
    return Look(change.action, f"to {VERBS[change.action]}", f"#{anchors[change.key]}")


def _plan_edges(plan: Plan) -> Iterator[Edge]:
    """Yield the references that the plan itself knows.

    A record waits for those that it refers to; a deletion waits for those that refer to the deleted record.
    """
    for change in plan.changes:
        for other in change.depends_on:
            yield Edge(other, change.key) if change.action == "delete" else Edge(change.key, other)


def _merge_kinds(graph: Graph, plan: Plan) -> tuple[Graph, dict[Key, Look]]:
    """Return a graph with one node for each kind.

    Records of one kind may refer to one another, such as a package to the one that follows it: that is no cycle.
    """
    tallies = tally_by_kind(plan.changes)
    nodes = {tally.kind: Key(tally.kind, counted(tally.counts.total(), "change")) for tally in tallies}
    edges = (
        Edge(nodes[edge.source.kind], nodes[edge.target.kind], edge.pointer)
        for edge in graph.edges
        if edge.source.kind != edge.target.kind or graph.in_cycle(edge)
    )
    looks = {nodes[tally.kind]: Look("kind", tally.text) for tally in tallies}
    return build_graph(nodes.values(), edges, plan.names), looks
