"""Graph -> text, JSON, DOT and Mermaid."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model import Body, Key, dump
from rhythmconf.report.facts import short
from rhythmconf.report.graph.references import Edge, Graph
from rhythmconf.report.graph.svg import words
from rhythmconf.report.terminal import Line, safe

_SAFE_IN_MERMAID = frozenset(" ._-/")


def text(graph: Graph) -> Iterator[Line]:
    """What each key refers to; what goes round in a circle is marked, and named at the end."""
    for node in graph.nodes:
        outside = "  (bound, not a document)" if node in graph.outside else ""
        yield [("bold", short(node)), ("dim", outside)]
        for edge in (edge for edge in graph.edges if edge.source == node):
            yield [
                ("plain", f"  -> {short(edge.target)}"),
                ("alarm", "  in a cycle" if graph.in_cycle(edge) else ""),
                ("dim", f"  {edge.pointer}"),
            ]
    for group in graph.cycles:
        yield [("alarm", "cycle: "), ("plain", ", ".join(map(short, group)))]
    yield [("bold", f"{words(graph)}.")]


def json(graph: Graph) -> str:
    """Nodes, edges and cycles, for other tools."""
    return dump(
        {
            "nodes": [_node(graph, node) for node in graph.nodes],
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


def _node(graph: Graph, node: Key) -> Body:
    return {"kind": node.kind, "key": node.name, "document": node not in graph.outside}


def dot(graph: Graph) -> str:
    """For Graphviz."""
    lines = [
        "digraph rhythmconf {",
        "  rankdir=LR;",
        "  node [shape=box, style=rounded, fontname=monospace];",
        *(f"  {_quoted(str(node))} [label={_quoted(short(node))}{_dashed(graph, node)}];" for node in graph.nodes),
        *(
            f"  {_quoted(str(edge.source))} -> {_quoted(str(edge.target))}{_marked(graph, edge)};"
            for edge in graph.edges
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _dashed(graph: Graph, node: Key) -> str:
    return ', style="rounded,dashed"' if node in graph.outside else ""


def _marked(graph: Graph, edge: Edge) -> str:
    return ' [color=red, style=dashed, label="cycle"]' if graph.in_cycle(edge) else ""


def _quoted(text: str) -> str:
    """The neutraliser of DOT: a backslash would begin an escape of a label."""
    shown = safe(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'


def mermaid(graph: Graph) -> str:
    """For Markdown pages that draw Mermaid."""
    names = {node: f"n{number}" for number, node in enumerate(graph.nodes)}
    nodes = [f'  {names[node]}["{_encoded(short(node))}"]' for node in graph.nodes]
    edges = [
        f"  {names[edge.source]} {'-. cycle .->' if graph.in_cycle(edge) else '-->'} {names[edge.target]}"
        for edge in graph.edges
    ]
    return "\n".join(["flowchart LR", *nodes, *edges]) + "\n"


def _encoded(text: str) -> str:
    """The neutraliser of Mermaid: a label is HTML and Markdown to it, so all but words becomes entities."""
    return "".join(char if char.isalnum() or char in _SAFE_IN_MERMAID else f"#{ord(char)};" for char in safe(text))
