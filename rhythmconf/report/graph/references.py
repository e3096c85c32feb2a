"""Resources -> Graph: which document refers to which, and what goes round in a circle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rhythmconf.catalog import Catalog, references
from rhythmconf.model import Key, Resource


class Edge(NamedTuple):
    """`source` refers to `target`, first at `pointer` in its record."""

    source: Key
    target: Key
    pointer: str = ""


@dataclass(frozen=True)
class Graph:
    """Keys and the references among them, each pair once, sorted. `outside` keys are referred to, but no document's."""

    nodes: tuple[Key, ...] = ()
    edges: tuple[Edge, ...] = ()
    outside: frozenset[Key] = frozenset()

    @cached_property
    def cycles(self) -> tuple[tuple[Key, ...], ...]:
        """The groups of keys that all lead to one another; a key that refers to itself is one."""
        after = self.targets
        loops = {edge.source for edge in self.edges if edge.source == edge.target}
        groups = (tuple(sorted(group)) for group in _components(after))
        return tuple(sorted(group for group in groups if len(group) > 1 or group[0] in loops))

    @cached_property
    def targets(self) -> Mapping[Key, tuple[Key, ...]]:
        """What each key refers to."""
        found: dict[Key, list[Key]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.source].append(edge.target)
        return {node: tuple(after) for node, after in found.items()}

    @cached_property
    def sources(self) -> Mapping[Key, tuple[Key, ...]]:
        """What refers to each key."""
        found: dict[Key, list[Key]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.target].append(edge.source)
        return {node: tuple(before) for node, before in found.items()}

    def in_cycle(self, edge: Edge) -> bool:
        """Whether one comes back to where this reference starts."""
        return any(edge.source in group and edge.target in group for group in self._cycle_sets)

    @cached_property
    def _cycle_sets(self) -> tuple[frozenset[Key], ...]:
        return tuple(map(frozenset, self.cycles))


def of(resources: Iterable[Resource], catalog: Catalog) -> Graph:
    """The references among these documents, and to what their environment binds."""
    listed = list(resources)
    edges = (edge for resource in listed for edge in _edges(resource, catalog))
    return made((resource.key for resource in listed), edges)


def made(documents: Iterable[Key], edges: Iterable[Edge]) -> Graph:
    """The graph of these documents and references; of several references between two keys the first is kept."""
    known = frozenset(documents)
    once: dict[tuple[Key, Key], Edge] = {}
    for edge in edges:
        once.setdefault((edge.source, edge.target), edge)
    named = {key for pair in once for key in pair}
    return Graph(tuple(sorted(known | named)), tuple(sorted(once.values())), frozenset(named - known))


def _edges(resource: Resource, catalog: Catalog) -> Iterator[Edge]:
    for where, _, value in references(catalog.kind(resource.key.kind), resource.body):
        if isinstance(value, dict):
            yield Edge(resource.key, Key.parse(str(value["$ref"])), where)


def within(graph: Graph, keys: Collection[Key]) -> Graph:
    """The part of a graph that these keys and the references among them make."""
    return Graph(
        tuple(node for node in graph.nodes if node in keys),
        tuple(edge for edge in graph.edges if edge.source in keys and edge.target in keys),
        graph.outside & frozenset(keys),
    )


def around(graph: Graph, keys: Iterable[Key], depth: int = 1) -> frozenset[Key]:
    """The keys with what they refer to and what refers to them, in at most `depth` steps."""
    found = frozenset(keys)
    for _ in range(depth):
        found |= {near for key in found for near in (*graph.targets.get(key, ()), *graph.sources.get(key, ()))}
    return found


def _components(after: Mapping[Key, Collection[Key]]) -> Iterator[list[Key]]:
    """The strongly connected components, by Kosaraju: backwards through the order in which a search is done."""
    before: dict[Key, list[Key]] = {key: [] for key in after}
    for key, targets in after.items():
        for target in targets:
            before[target].append(key)
    seen: set[Key] = set()
    order = [key for root in after for key in _searched(root, after, seen)]
    seen = set()
    for root in reversed(order):
        if root not in seen:
            yield list(_searched(root, before, seen))


def _searched(root: Key, after: Mapping[Key, Collection[Key]], seen: set[Key]) -> Iterator[Key]:
    """What can be reached from `root` and was not seen before, each key after all that it leads to."""
    if root in seen:
        return
    seen.add(root)
    path = [(root, iter(after[root]))]
    while path:
        key, rest = path[-1]
        following = next((other for other in rest if other not in seen), None)
        if following is None:
            path.pop()
            yield key
        else:
            seen.add(following)
            path.append((following, iter(after[following])))
