"""Draw the references among documents as text, JSON, SVG, DOT and Mermaid.

The layout is our own: the pure-Python libraries for it have had no release for years, and a picture for a review needs
only layers.
"""

from __future__ import annotations

from rhythmconf.report.graph.notations import dot, json, mermaid, text
from rhythmconf.report.graph.references import (
    Edge,
    Graph,
    build_graph,
    find_neighbours,
    find_references,
    select_nodes,
)
from rhythmconf.report.graph.svg import Look, describe_graph, inline_svg, standalone_svg

__all__ = [
    "Edge",
    "Graph",
    "Look",
    "build_graph",
    "describe_graph",
    "dot",
    "find_neighbours",
    "find_references",
    "inline_svg",
    "json",
    "mermaid",
    "select_nodes",
    "standalone_svg",
    "text",
]
