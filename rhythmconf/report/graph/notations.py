"""Write a graph as text, JSON, DOT and Mermaid."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rhythmconf.model import Key, dump
from rhythmconf.report.graph.references import Edge, Graph
from rhythmconf.report.graph.svg import describe_graph
from rhythmconf.report.terminal import Line, safe

_SAFE_IN_MERMAID = frozenset(" ._-/")


def text(graph: Graph) -> Iterator[Line]:
    """Yield the references of each key; those in a cycle are marked, and the cycles are listed at the end."""
    edges = {source: list(group) for source, group in groupby(graph.edges, key=lambda edge: edge.source)}
    for node in graph.nodes:
        outside = "  (bound, no document)" if node in graph.outside else ""
        yield [("bold", graph.names.key(node)), ("dim", outside)]
        for edge in edges.get(node, ()):
            yield [
                ("plain", f"  -> {graph.names.key(edge.target)}"),
                ("alarm", "  in a cycle" if graph.in_cycle(edge) else ""),
                ("dim", f"  {edge.pointer}"),
            ]
    for group in graph.cycles:
        yield [("alarm", "cycle: "), ("plain", ", ".join(map(graph.names.key, group)))]
    yield [("bold", f"{describe_graph(graph)}.")]


def json(graph: Graph) -> str:
    """Return nodes, edges and cycles for other programs."""
    return dump(
        {
            "nodes": [
                {"kind": node.kind, "key": node.name, "document": node not in graph.outside} for node in graph.nodes
            ],
            "edges": [
                {
                    "from": str(edge.source),
                    "to": str(edge.target),
                    "pointer": edge.pointer,
                    "cycle": graph.in_cycle(edge),
                }
                for edge in graph.edges
            ],
            "cycles": [[str(key) for key in group] for group in graph.cycles],
        }
    )


def dot(graph: Graph) -> str:
    """Return the graph for Graphviz."""
    lines = [
        "digraph rhythmconf {",
        "  rankdir=LR;",
        "  node [shape=box, style=rounded, fontname=monospace];",
        *(
            f"  {_quote(str(node))} [label={_quote(graph.names.key(node))}{_dashed(graph, node)}];"
            for node in graph.nodes
        ),
        *(f"  {_quote(str(edge.source))} -> {_quote(str(edge.target))}{_marked(graph, edge)};" for edge in graph.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _dashed(graph: Graph, node: Key) -> str:
    return ', style="rounded,dashed"' if node in graph.outside else ""


def _marked(graph: Graph, edge: Edge) -> str:
    return ' [color=red, style=dashed, label="cycle"]' if graph.in_cycle(edge) else ""


def _quote(text: str) -> str:
    """Return a quoted string, in which a backslash would begin an escape of a label."""
    shown = safe(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'


def mermaid(graph: Graph) -> str:
    """Return the graph for Markdown pages that draw Mermaid."""
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    nodes = [f'  {names[node]}["{_escape(graph.names.key(node))}"]' for node in graph.nodes]
    edges = [
        f"  {names[edge.source]} {'-. cycle .->' if graph.in_cycle(edge) else '-->'} {names[edge.target]}"
        for edge in graph.edges
    ]
    return "\n".join(["flowchart LR", *nodes, *edges]) + "\n"


def _escape(text: str) -> str:
    """Escape a label. Mermaid reads it as HTML and Markdown, so everything but words becomes an entity."""
    return "".join(char if char.isalnum() or char in _SAFE_IN_MERMAID else f"#{ord(char)};" for char in safe(text))
