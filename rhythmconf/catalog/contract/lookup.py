"""Look into a contract: objects, lists, and the local references between its parts."""

from __future__ import annotations

from rhythmconf.model import Body, Json, pointer, tokens

_CHAIN = 50
"""References that may lead to one another before a schema."""
_DATA = ("const", "default", "enum", "example", "examples")
_FIELDS = ("properties",)


class ContractFault(Exception):
    """The contract can't be used; `path` leads to the place in its value."""

    def __init__(self, message: str, path: tuple[str | int, ...] = (), help: str = "") -> None:
        super().__init__(message)
        self.message, self.path, self.help = message, path, help


def members(value: Json) -> Body:
    """Return an object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def elements(value: Json) -> list[Json]:
    """Return a list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def resolve(contract: Body, value: Json, path: tuple[str | int, ...]) -> tuple[Body, tuple[str, ...]]:
    """Follow `$ref` to an object; return it and the references that were taken.

    Raises ContractFault for a reference out of the file, to nothing, or around in a circle.
    """
    taken: list[str] = []
    found = members(value)
    while "$ref" in found:
        reference = found["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#/"):
            help = "bundle the contract into one file; nothing is fetched, and no other file is read"
            raise ContractFault(f"$ref {reference!r} leads out of the file", path, help)
        if reference in taken or len(taken) == _CHAIN:
            raise ContractFault(f"$ref {reference!r} leads back to itself", path, "correct the contract")
        taken.append(reference)
        found = members(_target(contract, reference, path))
    return found, tuple(taken)


def _target(contract: Body, reference: str, path: tuple[str | int, ...]) -> Json:
    value: Json = contract
    for token in tokens(reference[1:]):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isascii() and token.isdecimal() and int(token[:9]) < len(value):
            value = value[int(token[:9])]
        else:
            raise ContractFault(f"$ref {reference!r} leads to nothing", path, "correct the contract")
    return value


def check_references(contract: Body) -> None:
    """Raise ContractFault, with its place, for the first reference that can't be followed. Shared values count once."""
    seen: set[int] = set()
    waiting: list[tuple[Json, tuple[str | int, ...]]] = [(contract, ())]
    while waiting:
        value, path = waiting.pop()
        if not isinstance(value, dict | list) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            resolve(contract, value, (*path, "$ref"))
        # What stands below these words is data of the vendor's, and no reference in it is followed.
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        waiting += [(child, (*path, name)) for name, child in inner if name not in _DATA or path[-1:] == _FIELDS]


def place(path: tuple[str | int, ...]) -> str:
    """Return a path for people, as a JSON pointer."""
    return pointer([str(part) for part in path])
