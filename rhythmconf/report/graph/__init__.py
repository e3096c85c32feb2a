"""The references among documents: resources -> Graph -> text, JSON, SVG, DOT, Mermaid.

The layout is our own, some hundred lines: the pure-Python libraries for it have had no release for years, and a picture
for a review needs no more than layers.
"""

from __future__ import annotations

from rhythmconf.report.graph.notations import dot, json, mermaid, text
from rhythmconf.report.graph.references import Edge, Graph, around, made, of, within
from rhythmconf.report.graph.svg import Look, inline, standalone, words

__all__ = [
    "Edge",
    "Graph",
    "Look",
    "around",
    "dot",
    "inline",
    "json",
    "made",
    "mermaid",
    "of",
    "standalone",
    "text",
    "within",
    "words",
]
