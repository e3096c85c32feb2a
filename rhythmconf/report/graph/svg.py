"""Draw a graph as SVG: as a file of its own, or for a page that has the styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from rhythmconf.model import Key
from rhythmconf.model.plural import counted
from rhythmconf.report.graph.layout import CHARACTER, Box, Layout, Point, label, lay_out
from rhythmconf.report.graph.references import Graph
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
    """How a key is drawn: a CSS class, a text for its tooltip, and a link or none."""

    style: str
    text: str
    href: str = ""


def standalone_svg(graph: Graph) -> str:
    """Return an SVG file with its own styles, light or dark by the reader's setting."""
    drawing = _draw(graph, {}, f"<style>{STYLE}</style>", 'role="img"')
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing}\n'


def inline_svg(graph: Graph, looks: Mapping[Key, Look]) -> str:
    """Return an SVG element for a page whose styles colour the keys; keys with a `href` are links."""
    # Not role="img", which would hide the links from screen readers.
    return _draw(graph, looks, "", 'role="group"')


def describe_graph(graph: Graph) -> str:
    """Return the number of records, references and cycles."""
    cyclic = sum(graph.in_cycle(edge) for edge in graph.edges)
    cycles = f", {cyclic:,} of them in {counted(len(graph.cycles), 'cycle')}" if cyclic else ""
    return f"{counted(len(graph.nodes), 'record')} and {counted(len(graph.edges), 'reference')}{cycles}"


def _draw(graph: Graph, looks: Mapping[Key, Look], style: str, role: str) -> str:
    whole = {Key(graph.names.kind(node.kind), node.name): node for node in graph.nodes}
    graph = graph.for_people()
    layout = lay_out(graph)
    width, height = round(layout.width) + 2 * MARGIN, round(layout.height) + 2 * MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" {role}'
            f" aria-label={_quote(describe_graph(graph))}"
            f' viewBox="{-MARGIN} {-MARGIN} {width} {height}" width="{width}" height="{height}">',
            style,
            # In user space, so that the thicker lines of cycles have arrows of the same size.
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
            ' markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>',
            *_lines(graph, layout, whole),
            *_boxes(graph, layout, looks, whole),
            "</svg>",
        ]
    )


def _lines(graph: Graph, layout: Layout, whole: Mapping[Key, Key]) -> Iterator[str]:
    for edge in graph.edges:
        cyclic = graph.in_cycle(edge)
        # The layout has no line from a key to itself.
        points = layout.lines.get(edge) or _loop(layout.boxes[edge.source])
        source, target = whole[edge.source], whole[edge.target]
        tip = f"{source} refers to {target} at {edge.pointer or '?'}{' (in a cycle)' if cyclic else ''}"
        yield (
            f'<path class="{"cycle" if cyclic else "line"}" d="{_path(points)}" marker-end="url(#arrow)">'
            f"<title>{_escape(tip)}</title></path>"
        )


def _path(points: Sequence[Point]) -> str:
    """Return a curve between layers and a straight line within a layer."""
    (x, y), segments = points[0], []
    for (x1, y1), (x2, y2) in pairwise(points):
        half = (x2 - x1) / 2
        curve = f"C{x1 + half:.1f} {y1:.1f} {x2 - half:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        segments.append(curve if y1 != y2 else f"H{x2:.1f}")
    return f"M{x:.1f} {y:.1f}" + "".join(segments)


def _loop(box: Box) -> tuple[Point, ...]:
    """Return the line of a key that refers to itself, around its lower right corner."""
    right, bottom = box.x + box.width, box.y + box.height
    return ((right - 8, bottom), (right + 8, bottom + 8), (right, bottom - 8))


def _boxes(graph: Graph, layout: Layout, looks: Mapping[Key, Look], whole: Mapping[Key, Key]) -> Iterator[str]:
    cyclic = {key for group in graph.cycles for key in group}
    for key, box in layout.boxes.items():
        look = looks.get(whole[key], Look("outside" if key in graph.outside else "inside", ""))
        style = f"{look.style} cycle" if key in cyclic else look.style
        tip = ", ".join(filter(None, [str(whole[key]), look.text, "in a cycle" if key in cyclic else ""]))
        group = f'<g class="{style}">{_box(key, box)}<title>{_escape(tip)}</title></g>'
        yield f"<a href={_quote(look.href)}>{group}</a>" if look.href else group


def _box(key: Key, box: Box) -> str:
    x, y = box.x + (box.width - len(label(key)) * CHARACTER) / 2, box.y + box.height / 2 + 4
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5"/>'
        f'<text x="{x:.1f}" y="{y:.1f}">{_escape(label(key))}</text>'
    )


def _quote(text: str) -> str:
    """Return a text as a quoted attribute in which nothing is invisible."""
    return quoteattr(safe(text))


def _escape(text: str) -> str:
    """Return a text for the content of an element."""
    return _quote(text)[1:-1]
