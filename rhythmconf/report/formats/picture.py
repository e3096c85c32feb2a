"""Plan and the references among documents -> an SVG of what changes, small enough to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rhythmconf.model import Change, Key, Plan
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import VERBS, tallies
from rhythmconf.report.graph import Edge, Graph, Look, around, inline, made, within

LIMIT = 60
"""More records than this make no picture; then what is changed stands alone, then each kind for its records."""
_STILL = Look("still", "unchanged")


def picture(plan: Plan, known: Graph, anchors: Mapping[Key, str]) -> str:
    """What changes with what it touches; `anchors` are the links of changes. Empty where nothing refers to anything."""
    whole = made({*known.nodes, *anchors} - known.outside, [*known.edges, *_planned(plan)])
    looks = {change.key: _look(change, anchors) for change in plan.changes}
    near = around(whole, anchors)
    graph = within(whole, near if len(near) <= LIMIT else looks.keys())
    if not graph.edges:
        return ""
    if len(graph.nodes) > LIMIT:
        graph, looks = _by_kind(graph, plan)
    return inline(graph, {node: looks.get(node, _STILL) for node in graph.nodes})


def _look(change: Change, anchors: Mapping[Key, str]) -> Look:
    return Look(change.action, f"to {VERBS[change.action]}", f"#{anchors[change.key]}")


def _planned(plan: Plan) -> Iterator[Edge]:
    """What the plan itself knows: a record waits for those that it refers to, a deletion for those that refer to it."""
    for change in plan.changes:
        for other in change.depends_on:
            yield Edge(other, change.key) if change.action == "delete" else Edge(change.key, other)


def _by_kind(graph: Graph, plan: Plan) -> tuple[Graph, dict[Key, Look]]:
    """A node a kind."""
    named = {tally.kind: Key(tally.kind, counted(tally.counts.total(), "change")) for tally in tallies(plan.changes)}
    edges = (Edge(named[edge.source.kind], named[edge.target.kind], edge.pointer) for edge in graph.edges)
    looks = {named[tally.kind]: Look("kind", tally.words) for tally in tallies(plan.changes)}
    return made(named.values(), edges), looks
