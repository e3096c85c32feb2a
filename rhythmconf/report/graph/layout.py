"""Graph -> places: what refers stands left of what it refers to, in layers.

The usual four steps (Sugiyama, Tagawa and Toda, 1981): turn back what closes a cycle, put every key into a layer, order
each layer so that few lines cross, give coordinates. A line over several layers bends in each. Units are those of SVG.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple, TypeAlias

from rhythmconf.model import Key
from rhythmconf.report.facts import short
from rhythmconf.report.graph.references import Edge, Graph

CHARACTER, PADDING, HEIGHT = 7.3, 10.0, 26.0
"""The width of a character of the label, the room beside it, the height of a box."""
GAP_X, GAP_Y, BEND = 70.0, 14.0, 10.0
LABEL = 44
"""Longer labels are cut."""
_SWEEPS = 6
_SHELF = 900.0


class Bend(NamedTuple):
    """Where a line passes a layer."""

    edge: Edge
    layer: int


Slot: TypeAlias = Key | Bend
Arc = tuple[Key, Key]


class Box(NamedTuple):
    """Where a key stands: its left upper corner and its size, and the right end of its column."""

    x: float
    y: float
    width: float
    height: float = HEIGHT
    reach: float = 0


Point = tuple[float, float]


class Layout(NamedTuple):
    """Boxes of keys, points of lines from source to target, and the size of the whole."""

    boxes: Mapping[Key, Box]
    lines: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


def layered(graph: Graph) -> Layout:
    """Lay out a graph. Keys without any reference stand in rows below the rest."""
    linked = {key for edge in graph.edges for key in edge[:2]}
    arcs = _forward(graph)
    ranks = _ranks([node for node in graph.nodes if node in linked], arcs)
    chains = {edge: _chain(edge, ranks) for edge in graph.edges if edge.source != edge.target}
    places = _placed(_ordered(_layers(ranks, chains.values()), chains.values()))
    width, height = _extent(places.values())
    shelf = _shelved([node for node in graph.nodes if node not in linked], height, max(width, _SHELF))
    boxes = {slot: box for slot, box in (places | shelf).items() if isinstance(slot, Key)}
    lines = {edge: _line(edge, chain, places) for edge, chain in chains.items()}
    return Layout(boxes, lines, *_extent([*places.values(), *shelf.values()]))


def label(key: Key) -> str:
    """What stands in a box."""
    text = short(key)
    return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"


def _forward(graph: Graph) -> list[Arc]:
    """The references as steps to the right; one that would close a cycle is turned round."""
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
    return [arc for arc in arcs if arc[0] != arc[1]]


def _ranks(nodes: Sequence[Key], arcs: Iterable[Arc]) -> dict[Key, int]:
    """The layer of each key: one to the right of the last that refers to it."""
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
    """A line from left to right: its two keys, and a bend in each layer between."""
    left, right = sorted(edge[:2], key=lambda key: ranks[key])
    return [left, *(Bend(edge, layer) for layer in range(ranks[left] + 1, ranks[right])), right]


def _layers(ranks: Mapping[Key, int], chains: Iterable[Sequence[Slot]]) -> list[list[Slot]]:
    layers: list[list[Slot]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for key, rank in ranks.items():
        layers[rank].append(key)
    for chain in chains:
        for slot in chain:
            if isinstance(slot, Bend):
                layers[slot.layer].append(slot)
    return layers


def _ordered(layers: list[list[Slot]], chains: Iterable[Sequence[Slot]]) -> list[list[Slot]]:
    """Sort each layer by where its neighbours stand in the one before, to and fro."""
    left: dict[Slot, list[Slot]] = {}
    right: dict[Slot, list[Slot]] = {}
    for chain in chains:
        for one, other in pairwise(chain):
            right.setdefault(one, []).append(other)
            left.setdefault(other, []).append(one)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        order = range(1, len(layers)) if forth else range(len(layers) - 2, -1, -1)
        for layer in order:
            fixed = {slot: float(place) for place, slot in enumerate(layers[layer - 1 if forth else layer + 1])}
            layers[layer] = _by_neighbours(layers[layer], left if forth else right, fixed)
    return layers


def _by_neighbours(
    layer: Sequence[Slot], neighbours: Mapping[Slot, Sequence[Slot]], fixed: Mapping[Slot, float]
) -> list[Slot]:
    def wish(place: int) -> float:
        near = [fixed[other] for other in neighbours.get(layer[place], ()) if other in fixed]
        return fmean(near) if near else float(place)

    return [layer[place] for place in sorted(range(len(layer)), key=wish)]


def _placed(layers: Iterable[Sequence[Slot]]) -> dict[Slot, Box]:
    """Columns from left to right, each centred on the tallest."""
    columns = [list(_column(layer)) for layer in layers]
    tallest = max((column[-1][1].y + column[-1][1].height for column in columns), default=0.0)
    places: dict[Slot, Box] = {}
    x = 0.0
    for column in columns:
        width = max(box.width for _, box in column)
        top = (tallest - column[-1][1].y - column[-1][1].height) / 2
        for slot, box in column:
            own = width if isinstance(slot, Bend) else box.width
            places[slot] = box._replace(x=x, y=box.y + top, width=own, reach=x + width)
        x += width + GAP_X
    return places


def _column(layer: Iterable[Slot]) -> Iterator[tuple[Slot, Box]]:
    y = 0.0
    for slot in layer:
        box = Box(0, y, 0, BEND) if isinstance(slot, Bend) else Box(0, y, _width(slot))
        yield slot, box
        y += box.height + GAP_Y


def _width(key: Key) -> float:
    return round(len(label(key)) * CHARACTER + 2 * PADDING, 1)


def _shelved(keys: Iterable[Key], top: float, width: float) -> dict[Slot, Box]:
    """Rows of boxes below what is there."""
    places: dict[Slot, Box] = {}
    x, y = 0.0, top + 2 * GAP_Y if top else 0.0
    for key in keys:
        if x and x + _width(key) > width:
            x, y = 0.0, y + HEIGHT + GAP_Y
        places[key] = Box(x, y, _width(key))
        x += _width(key) + GAP_Y
    return places


def _line(edge: Edge, chain: Sequence[Slot], places: Mapping[Slot, Box]) -> tuple[Point, ...]:
    """From the source's side to the target's, whichever stands left."""
    points: list[Point] = []
    for place, slot in enumerate(chain):
        box = places[slot]
        middle = box.y + box.height / 2
        points += [(box.x, middle)] if place else []
        # Out of the column first, so that no line runs behind a wider neighbour.
        points += [(box.x + box.width, middle), (box.reach, middle)] if place < len(chain) - 1 else []
    return tuple(points if chain[0] == edge.source else reversed(points))


def _extent(boxes: Iterable[Box]) -> tuple[float, float]:
    listed = list(boxes)
    return (
        max((box.x + box.width for box in listed), default=0.0),
        max((box.y + box.height for box in listed), default=0.0),
    )
