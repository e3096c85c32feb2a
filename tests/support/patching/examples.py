"""Make pairs of documents for patches from a seed: tiny documents, trees, edited templates, long arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.support.patching.applier import Value, clone

NAMES = ["a", "b", "id", "name", "", "x/y", "t~", "größe", "0", "-"]
SCALARS: list[Value] = [None, True, False, 0, 1, 1.0, 2, -7, "", "x", "alpha", "a longer text", 2**53 + 1, 0.5]


def count(value: Value) -> int:
    """Return the number of nodes of a document."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, members))


def tree(random: Random, nodes: int) -> Value:
    """Return a random document of at most `nodes` nodes."""
    if nodes == 1 or random.random() < 0.2:
        return random.choice(SCALARS)
    items: list[Value] = []
    while (left := nodes - 1 - sum(map(count, items))) > 0 and random.random() < 0.9:
        items.append(tree(random, random.randint(1, left)))
    if random.random() < 0.5:
        return items
    return dict(zip(random.sample(NAMES, min(len(items), len(NAMES))), items, strict=False))


def containers(value: Value) -> Iterator[Value]:
    """Yield every object and array of a document."""
    if isinstance(value, dict | list):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from containers(member)


def edited(random: Random, document: Value, nodes: int) -> Value:
    """Return the document after one edit at a random position; new values have at most `nodes` nodes."""
    document = clone(document)
    places = list(containers(document))
    if not places or random.random() < 0.05:
        return random.choice([tree(random, nodes), [document], {"a": document}])
    position = random.choice(places)
    edits = OBJECT_EDITS if isinstance(position, dict) else ARRAY_EDITS
    random.choice(edits)(random, position, random.choice([tree(random, nodes), clone(random.choice(places))]))
    return document


def _insert(random: Random, items: list[Value], value: Value) -> None:
    items.insert(random.randint(0, len(items)), value)


def _set_item(random: Random, items: list[Value], value: Value) -> None:
    if items:
        items[random.randrange(len(items))] = value


def _drop_item(random: Random, items: list[Value], value: Value) -> None:
    if items:
        items.pop(random.randrange(len(items)))


def _move_item(random: Random, items: list[Value], value: Value) -> None:
    if items:
        _insert(random, items, items.pop(random.randrange(len(items))))


def _shuffle(random: Random, items: list[Value], value: Value) -> None:
    random.shuffle(items)


def _set_member(random: Random, members: dict[str, Value], value: Value) -> None:
    members[random.choice(NAMES)] = value


def _change_member(random: Random, members: dict[str, Value], value: Value) -> None:
    if members:
        members[random.choice(list(members))] = value


def _drop_member(random: Random, members: dict[str, Value], value: Value) -> None:
    if members:
        del members[random.choice(list(members))]


def _rename_member(random: Random, members: dict[str, Value], value: Value) -> None:
    if members:
        members[random.choice(NAMES)] = members.pop(random.choice(list(members)))


Edits = list[Callable[[Random, Value, Value], None]]
ARRAY_EDITS: Edits = [_insert, _set_item, _drop_item, _move_item, _shuffle]
OBJECT_EDITS: Edits = [_set_member, _change_member, _drop_member, _rename_member]


def pair(seed: object, nodes: int, edits: int) -> tuple[Value, Value]:
    """Return a tree of at most `nodes` nodes and the same tree after up to `edits` edits."""
    random = Random(f"pair/{nodes}/{seed}")
    source = target = tree(random, nodes)
    for _ in range(random.randint(1, edits)):
        target = edited(random, target, max(1, nodes // 3))
    return source, target


def any_pair(seed: int) -> tuple[Value, Value]:
    """Return a pair of any shape: edited trees, deep nesting, long arrays, repeated values, moved values."""
    make = SHAPES[seed % len(SHAPES)]
    return make(Random(f"any/{seed}"))


def _edited_tree(random: Random) -> tuple[Value, Value]:
    return pair(random.random(), random.randint(4, 43), random.randint(1, 6))


def _deep(random: Random) -> tuple[Value, Value]:
    """Nest a pair deeply, with edits beside the way down."""
    source, target = pair(random.random(), 8, 3)
    for _ in range(random.choice([5, 10, 20, 60])):
        name, beside = random.choice(NAMES), random.choice(SCALARS)
        other = random.choice([beside, random.choice(SCALARS)]) if random.random() < 0.1 else beside
        if random.random() < 0.5:
            source, target = [beside, source], [other, target]
        else:
            source, target = (
                {name: inner, f"{name}~/": clone(side)} for inner, side in [(source, beside), (target, other)]
            )
    return source, target


def _long_array(random: Random) -> tuple[Value, Value]:
    """Edit an array of up to 100 items, which may be alike."""
    values = [tree(random, random.randint(1, 6)) for _ in range(random.choice([2, 10, 60]))]
    source = [clone(random.choice(values)) for _ in range(random.randint(20, 100))]
    target = clone(source)
    for _ in range(random.randint(1, 12)):
        random.choice(ARRAY_EDITS[:-1])(random, target, clone(random.choice(values)))
    return (source, target) if random.random() < 0.5 else ({"-": source, "b": 1}, {"-": target, "b": 2})


def _repeated(random: Random) -> tuple[Value, Value]:
    """Use few values, some long, at many places of two objects that have most names in common."""
    values = [*(tree(random, random.randint(1, 9)) for _ in range(3)), "a text that is worth a copy " * 3]
    source, target = (
        {f"{name}{index}": clone(random.choice(values)) for name in random.sample(NAMES, 6) for index in range(3)}
        for _ in range(2)
    )
    return source, random.choice([target, {**source, **dict(random.sample(sorted(target.items()), 4))}])


def _moved(random: Random) -> tuple[Value, Value]:
    """Move values between containers at any depth."""
    source = tree(random, random.randint(20, 60))
    target = clone(source)
    for _ in range(random.randint(1, 4)):
        places = [place for place in containers(target) if len(place)]
        if len(places) < 2:
            break
        start, end = random.sample(range(len(places)), 2)
        value = _take(random, places[start])
        if not any(place is places[end] for place in containers(value)):
            _put(random, places[end], value)
    return source, target


def _take(random: Random, place: Value) -> Value:
    return place.pop(random.choice(list(place)) if isinstance(place, dict) else random.randrange(len(place)))


def _put(random: Random, place: Value, value: Value) -> None:
    if isinstance(place, dict):
        place[random.choice(NAMES)] = value
    else:
        _insert(random, place, value)


SHAPES = [*[_edited_tree, _moved] * 4, *[_repeated] * 2, _deep, _long_array]


def tiny_pairs(nodes: int = 7) -> Iterator[tuple[Value, Value]]:
    """Yield endless pairs of at most `nodes` nodes: mostly similar, sometimes unrelated."""
    seed = 0
    while True:
        seed += 1
        random = Random(f"tiny/{seed}")
        source, target = pair(seed, nodes, 3) if seed % 4 else (tree(random, nodes), tree(random, nodes))
        if max(count(source), count(target)) <= nodes:
            yield source, target
