"""Lay out a graph in layers, so that a record stands left of the records it refers to.

The usual four steps (Sugiyama, Tagawa and Toda, 1981): turn round the references that close a cycle, assign each key to
a layer, order each layer so that few lines cross, and compute coordinates. A line that passes layers has a bend in each
of them. Units are those of SVG.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple, TypeAlias

from rhythmconf.model import Key
from rhythmconf.report.graph.references import Edge, Graph

# A character of the 12 px monospace font that the styles choose.
CHARACTER, PADDING, HEIGHT = 7.3, 10.0, 26.0
"""The width of a character, the space beside a label, and the height of a box."""
GAP_X, GAP_Y, BEND = 70.0, 14.0, 10.0
"""The space between layers, the space between boxes, and the height of a bend."""
LABEL = 60
"""Characters of a label; a longer one is cut."""
_SWEEPS = 6
"""Passes over all layers, alternately to the right and to the left."""
_ROW_WIDTH = 900.0


class Bend(NamedTuple):
    """A point where a line passes a layer."""

    edge: Edge
    layer: int


Slot: TypeAlias = Key | Bend
"""What takes up space in a layer."""
Arc = tuple[Key, Key]


class Box(NamedTuple):
    """The upper left corner and the size of a key or bend, and the right end of its column (`column_end`)."""

    x: float
    y: float
    width: float
    height: float = HEIGHT
    column_end: float = 0


Point = tuple[float, float]


class Layout(NamedTuple):
    """The boxes of keys, the points of lines from source to target, and the size of the drawing."""

    boxes: Mapping[Key, Box]
    lines: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


def lay_out(graph: Graph) -> Layout:
    """Lay out a graph; keys without any reference stand in rows below the others."""
    linked = {key for edge in graph.edges for key in edge[:2]}
    arcs = _break_cycles(graph)
    ranks = _assign_layers([node for node in graph.nodes if node in linked], arcs)
    chains = {edge: _chain(edge, ranks) for edge in graph.edges if edge.source != edge.target}
    slots = _place(_order(_fill_layers(ranks, chains.values()), chains.values()))
    width, height = _extent(slots.values())
    rows = _place_rows([node for node in graph.nodes if node not in linked], height, max(width, _ROW_WIDTH))
    boxes = {slot: box for slot, box in (slots | rows).items() if isinstance(slot, Key)}
    lines = {edge: _line(edge, chain, slots) for edge, chain in chains.items()}
    return Layout(boxes, lines, *_extent([*slots.values(), *rows.values()]))


def label(key: Key) -> str:
    """Return the text in the box of a key."""
    text = str(key)
    return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"


def _break_cycles(graph: Graph) -> list[Arc]:
    """Return the references as arcs from left to right; one that would close a cycle is turned round."""
    # A depth-first search: a reference to a key that is still open leads back to where the search came from.
    state: dict[Key, str] = {}
    arcs: list[Arc] = []
    for root in graph.nodes:
        path = [(root, iter(graph.targets[root]))] if root not in state else []
        state.setdefault(root, "open")
        while path:
            key, rest = path[-1]
            target = next(rest, None)
            if target is None:
                state[key] = "done"
                path.pop()
                continue
            arcs.append((target, key) if state.get(target) == "open" else (key, target))
            if target not in state:
                state[target] = "open"
                path.append((target, iter(graph.targets[target])))
    # A key that refers to itself needs no second layer.
    return [arc for arc in arcs if arc[0] != arc[1]]


def _assign_layers(nodes: Sequence[Key], arcs: Iterable[Arc]) -> dict[Key, int]:
    """Return the layer of each key: the one right of the last key that refers to it."""
    after: dict[Key, list[Key]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for left, right in arcs:
        after[left].append(right)
        waiting[right] += 1
    ready = [node for node in nodes if not waiting[node]]
    ranks = dict.fromkeys(nodes, 0)
    for node in ready:
        for right in after[node]:
            ranks[right] = max(ranks[right], ranks[node] + 1)
            waiting[right] -= 1
            ready += [right] if not waiting[right] else []
    return ranks


def _chain(edge: Edge, ranks: Mapping[Key, int]) -> list[Slot]:
    """Return a line from left to right: its two keys and a bend in each layer between them."""
    # The target of a reference that was turned round stands left of its source.
    left, right = sorted(edge[:2], key=lambda key: ranks[key])
    return [left, *(Bend(edge, layer) for layer in range(ranks[left] + 1, ranks[right])), right]


def _fill_layers(ranks: Mapping[Key, int], chains: Iterable[Sequence[Slot]]) -> list[list[Slot]]:
    layers: list[list[Slot]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for key, rank in ranks.items():
        layers[rank].append(key)
    for chain in chains:
        for slot in chain:
            if isinstance(slot, Bend):
                layers[slot.layer].append(slot)
    return layers


def _order(layers: list[list[Slot]], chains: Iterable[Sequence[Slot]]) -> list[list[Slot]]:
    """Sort each layer by the position of its neighbours in the layer before, to the right and back several times."""
    left: dict[Slot, list[Slot]] = {}
    right: dict[Slot, list[Slot]] = {}
    for chain in chains:
        for slot, following in pairwise(chain):
            right.setdefault(slot, []).append(following)
            left.setdefault(following, []).append(slot)
    for sweep in range(_SWEEPS):
        to_the_right = sweep % 2 == 0
        order = range(1, len(layers)) if to_the_right else range(len(layers) - 2, -1, -1)
        for layer in order:
            neighbour = layers[layer - 1 if to_the_right else layer + 1]
            fixed = {slot: float(position) for position, slot in enumerate(neighbour)}
            layers[layer] = _sort_by_neighbours(layers[layer], left if to_the_right else right, fixed)
    return layers


def _sort_by_neighbours(
    layer: Sequence[Slot], neighbours: Mapping[Slot, Sequence[Slot]], fixed: Mapping[Slot, float]
) -> list[Slot]:
    """Sort a layer by the mean position of each slot's neighbours; a slot without any keeps its position."""

    def mean_position(index: int) -> float:
        positions = [fixed[other] for other in neighbours.get(layer[index], ()) if other in fixed]
        return fmean(positions) if positions else float(index)

    return [layer[index] for index in sorted(range(len(layer)), key=mean_position)]


def _place(layers: Iterable[Sequence[Slot]]) -> dict[Slot, Box]:
    """Place the layers as columns from left to right, centred vertically."""
    columns = [list(_column(layer)) for layer in layers]
    tallest = max((column[-1][1].y + column[-1][1].height for column in columns), default=0.0)
    boxes: dict[Slot, Box] = {}
    x = 0.0
    for column in columns:
        width = max(box.width for _, box in column)
        top = (tallest - column[-1][1].y - column[-1][1].height) / 2
        for slot, box in column:
            box_width = width if isinstance(slot, Bend) else box.width
            boxes[slot] = box._replace(x=x, y=box.y + top, width=box_width, column_end=x + width)
        x += width + GAP_X
    return boxes


def _column(layer: Iterable[Slot]) -> Iterator[tuple[Slot, Box]]:
    y = 0.0
    for slot in layer:
        box = Box(0, y, 0, BEND) if isinstance(slot, Bend) else Box(0, y, _width(slot))
        yield slot, box
        y += box.height + GAP_Y


def _width(key: Key) -> float:
    return round(len(label(key)) * CHARACTER + 2 * PADDING, 1)


def _place_rows(keys: Iterable[Key], top: float, width: float) -> dict[Slot, Box]:
    """Place boxes in rows below `top`."""
    boxes: dict[Slot, Box] = {}
    x, y = 0.0, top + 2 * GAP_Y if top else 0.0
    for key in keys:
        if x and x + _width(key) > width:
            x, y = 0.0, y + HEIGHT + GAP_Y
        boxes[key] = Box(x, y, _width(key))
        x += _width(key) + GAP_Y
    return boxes


def _line(edge: Edge, chain: Sequence[Slot], boxes: Mapping[Slot, Box]) -> tuple[Point, ...]:
    """Return the points of a line from its source to its target, whichever stands left."""
    points: list[Point] = []
    for index, slot in enumerate(chain):
        box = boxes[slot]
        middle = box.y + box.height / 2
        if index > 0:
            points.append((box.x, middle))
        if index < len(chain) - 1:
            # Leave the column before the curve begins; otherwise the line would run behind a wider box.
            points += [(box.x + box.width, middle), (box.column_end, middle)]
    return tuple(points if chain[0] == edge.source else reversed(points))


def _extent(boxes: Iterable[Box]) -> tuple[float, float]:
    listed = list(boxes)
    return (
        max((box.x + box.width for box in listed), default=0.0),
        max((box.y + box.height for box in listed), default=0.0),
    )
