"""Graph -> SVG: a picture for a file of its own, or for a page that has the styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from rhythmconf.model import Key
from rhythmconf.model.plural import counted
from rhythmconf.report.graph.layout import CHARACTER, Box, Layout, Point, label, layered
from rhythmconf.report.graph.references import Edge, Graph
from rhythmconf.report.terminal import safe

MARGIN = 12
STYLE = """
svg.graph { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; }
svg.graph rect { fill: #f6f8fa; stroke: #59636e; }
svg.graph text { fill: #1f2328; }
svg.graph path { fill: none; stroke: #59636e; }
svg.graph marker path { fill: #59636e; stroke: none; }
svg.graph .cycle path, svg.graph path.cycle { stroke: #b42318; stroke-width: 2; stroke-dasharray: 6 3; }
svg.graph .cycle rect { stroke: #b42318; stroke-width: 2; }
svg.graph .outside rect, svg.graph .still rect { stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) {
  svg.graph { background: #0d1117; }
  svg.graph rect { fill: #161b22; stroke: #9198a1; }
  svg.graph text { fill: #f0f6fc; }
  svg.graph path { stroke: #9198a1; }
  svg.graph marker path { fill: #9198a1; }
  svg.graph .cycle path, svg.graph path.cycle, svg.graph .cycle rect { stroke: #ff8a80; }
}
"""


class Look(NamedTuple):
    """How a key is drawn on a page: a class of its styles, words for its tip, and where it leads."""

    style: str
    words: str
    href: str = ""


def standalone(graph: Graph) -> str:
    """A whole SVG file, light or dark as its reader likes it."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _svg(graph, {}, f"<style>{STYLE}</style>", 'role="img"') + "\n"


def inline(graph: Graph, looks: Mapping[Key, Look]) -> str:
    """The same inside a page, whose styles colour the keys; those with a `href` are links."""
    return _svg(graph, looks, "", 'role="group"')


def words(graph: Graph) -> str:
    """The picture in words."""
    cyclic = sum(graph.in_cycle(edge) for edge in graph.edges)
    cycles = f", {cyclic:,} of them in {counted(len(graph.cycles), 'cycle')}" if cyclic else ""
    return f"{counted(len(graph.nodes), 'record')} and {counted(len(graph.edges), 'reference')}{cycles}"


def _svg(graph: Graph, looks: Mapping[Key, Look], style: str, role: str) -> str:
    found = layered(graph)
    width, height = round(found.width) + 2 * MARGIN, round(found.height) + 2 * MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" {role} aria-label={_data(words(graph))}'
            f' viewBox="{-MARGIN} {-MARGIN} {width} {height}" width="{width}" height="{height}">',
            style,
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
            ' markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>',
            *_lines(graph, found),
            *_boxes(graph, found, looks),
            "</svg>",
        ]
    )


def _lines(graph: Graph, found: Layout) -> Iterator[str]:
    for edge in graph.edges:
        style = "cycle" if graph.in_cycle(edge) else "line"
        points = found.lines.get(edge) or _loop(found.boxes[edge.source])
        tip = f"<title>{_tip(graph, edge)}</title>"
        yield f'<path class="{style}" d="{_path(points)}" marker-end="url(#arrow)">{tip}</path>'


def _tip(graph: Graph, edge: Edge) -> str:
    cycle = " (in a cycle)" if graph.in_cycle(edge) else ""
    return _text(f"{edge.source} refers to {edge.target} at {edge.pointer or '?'}{cycle}")


def _path(points: Sequence[Point]) -> str:
    """A curve between layers, a straight line along a bend."""
    (x, y), rest = points[0], []
    for (a, b), (c, d) in pairwise(points):
        half = (c - a) / 2
        rest.append(f"C{a + half:.1f} {b:.1f} {c - half:.1f} {d:.1f} {c:.1f} {d:.1f}" if b != d else f"H{c:.1f}")
    return f"M{x:.1f} {y:.1f}" + "".join(rest)


def _loop(box: Box) -> tuple[Point, ...]:
    """A key that refers to itself: round its right lower corner."""
    right, low = box.x + box.width, box.y + box.height
    return ((right - 8, low), (right + 8, low + 8), (right, low - 8))


def _boxes(graph: Graph, found: Layout, looks: Mapping[Key, Look]) -> Iterator[str]:
    cyclic = {key for group in graph.cycles for key in group}
    for key, box in found.boxes.items():
        look = looks.get(key, Look("outside" if key in graph.outside else "known", ""))
        style = f"{look.style} cycle" if key in cyclic else look.style
        tip = ", ".join(filter(None, [str(key), look.words, "in a cycle" if key in cyclic else ""]))
        yield _linked(look, f'<g class="{style}">{_box(key, box)}<title>{_text(tip)}</title></g>')


def _linked(look: Look, drawn: str) -> str:
    return f"<a href={_data(look.href)}>{drawn}</a>" if look.href else drawn


def _box(key: Key, box: Box) -> str:
    x, y = box.x + (box.width - len(label(key)) * CHARACTER) / 2, box.y + box.height / 2 + 4
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5"/>'
        f'<text x="{x:.1f}" y="{y:.1f}">{_text(label(key))}</text>'
    )


def _data(text: str) -> str:
    """The neutraliser of attributes: quoted, escaped, nothing hidden."""
    return quoteattr(safe(text))


def _text(text: str) -> str:
    """The neutraliser of text."""
    return _data(text)[1:-1]
