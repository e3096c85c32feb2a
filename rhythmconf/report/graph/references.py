"""Build the graph of references among documents, and find its cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rhythmconf.catalog import Catalog, references
from rhythmconf.model import WITH_MODULES, Key, KindNames, Resource


class Edge(NamedTuple):
    """A reference from `source` to `target`; `pointer` is where the source has it first."""

    source: Key
    target: Key
    pointer: str = ""


@dataclass(frozen=True)
class Graph:
    """Keys and the references among them, sorted, each pair once; `outside` are keys without a document.

    `names` says how the kinds are shown to people.
    """

    nodes: tuple[Key, ...] = ()
    edges: tuple[Edge, ...] = ()
    outside: frozenset[Key] = frozenset()
    names: KindNames = WITH_MODULES

    @cached_property
    def cycles(self) -> tuple[tuple[Key, ...], ...]:
        """The groups of keys that refer to one another in a circle; a key that refers to itself is a group."""
        loops = {edge.source for edge in self.edges if edge.source == edge.target}
        groups = (tuple(sorted(group)) for group in _strong_components(self.targets))
        return tuple(sorted(group for group in groups if len(group) > 1 or group[0] in loops))

    @cached_property
    def targets(self) -> Mapping[Key, tuple[Key, ...]]:
        """The keys that each key refers to."""
        targets: dict[Key, list[Key]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            targets[edge.source].append(edge.target)
        return {node: tuple(keys) for node, keys in targets.items()}

    @cached_property
    def sources(self) -> Mapping[Key, tuple[Key, ...]]:
        """The keys that refer to each key."""
        sources: dict[Key, list[Key]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            sources[edge.target].append(edge.source)
        return {node: tuple(keys) for node, keys in sources.items()}

    def for_people(self) -> Graph:
        """Return the graph with the kinds of all keys as people read them."""
        shown = {node: Key(self.names.kind(node.kind), node.name) for node in self.nodes}
        edges = (Edge(shown[edge.source], shown[edge.target], edge.pointer) for edge in self.edges)
        outside = frozenset(shown[key] for key in self.outside)
        return Graph(tuple(sorted(shown.values())), tuple(sorted(edges)), outside, self.names)

    def in_cycle(self, edge: Edge) -> bool:
        """Tell whether a reference is part of a cycle."""
        return any(edge.source in group and edge.target in group for group in self._cycle_sets)

    @cached_property
    def _cycle_sets(self) -> tuple[frozenset[Key], ...]:
        return tuple(map(frozenset, self.cycles))


def find_references(resources: Iterable[Resource], catalog: Catalog) -> Graph:
    """Return the references among these resources and to bound records."""
    listed = list(resources)
    edges = (edge for resource in listed for edge in _edges(resource, catalog))
    return build_graph((resource.key for resource in listed), edges, catalog.names)


def _edges(resource: Resource, catalog: Catalog) -> Iterator[Edge]:
    for pointer, _, value in references(catalog.kind(resource.key.kind), resource.body):
        # A plain string is a literal id of a tenant: no key to draw.
        if isinstance(value, dict):
            yield Edge(resource.key, Key.parse(str(value["$ref"])), pointer)


def build_graph(documents: Iterable[Key], edges: Iterable[Edge], names: KindNames) -> Graph:
    """Return the graph of these documents and references; of several references between two keys the first is kept."""
    declared = frozenset(documents)
    unique: dict[tuple[Key, Key], Edge] = {}
    for edge in edges:
        unique.setdefault((edge.source, edge.target), edge)
    linked = {key for pair in unique for key in pair}
    return Graph(tuple(sorted(declared | linked)), tuple(sorted(unique.values())), frozenset(linked - declared), names)


def select_nodes(graph: Graph, keys: Collection[Key]) -> Graph:
    """Return the part of a graph that consists of these keys and the references among them."""
    return Graph(
        tuple(node for node in graph.nodes if node in keys),
        tuple(edge for edge in graph.edges if edge.source in keys and edge.target in keys),
        graph.outside & frozenset(keys),
        graph.names,
    )


def find_neighbours(graph: Graph, keys: Iterable[Key], depth: int = 1) -> frozenset[Key]:
    """Return the keys, and all keys that at most `depth` references in either direction connect with them."""
    near = frozenset(keys)
    for _ in range(depth):
        near |= {other for key in near for other in (*graph.targets.get(key, ()), *graph.sources.get(key, ()))}
    return near


def _strong_components(targets: Mapping[Key, Collection[Key]]) -> Iterator[list[Key]]:
    """Yield the strongly connected components by Kosaraju's algorithm.

    A depth-first search orders the keys by when it leaves them; a second one follows the references backwards, in the
    reverse of that order, and reaches exactly one component from each start.
    """
    sources: dict[Key, list[Key]] = {key: [] for key in targets}
    for key, others in targets.items():
        for other in others:
            sources[other].append(key)
    seen: set[Key] = set()
    order = [key for root in targets for key in _search(root, targets, seen)]
    seen = set()
    for root in reversed(order):
        if root not in seen:
            yield list(_search(root, sources, seen))


def _search(root: Key, targets: Mapping[Key, Collection[Key]], seen: set[Key]) -> Iterator[Key]:
    """Yield the unseen keys that `root` leads to and itself, each after all that it leads to."""
    # A stack instead of recursion: a chain of references may be longer than Python's recursion limit.
    if root in seen:
        return
    seen.add(root)
    path = [(root, iter(targets[root]))]
    while path:
        key, rest = path[-1]
        following = next((other for other in rest if other not in seen), None)
        if following is None:
            path.pop()
            yield key
        else:
            seen.add(following)
            path.append((following, iter(targets[following])))
