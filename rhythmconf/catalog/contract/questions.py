"""Ask what a contract does not say: references, keys of lists, conditions and risks. Nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rhythmconf.catalog.contract.lookup import elements, members, place
from rhythmconf.model import Body

RESOURCE = "x-resource"


class Question(NamedTuple):
    """What only people can decide about the field at a path. A note with one of the words there is an answer."""

    path: tuple[str, ...]
    words: tuple[str, ...]
    asks: str

    @property
    def text(self) -> str:
        """Return the question with its place."""
        return f"{place(self.path)}: {self.asks}" if self.path else self.asks


def is_answered(question: Question, notes: Body) -> bool:
    """Tell whether notes on a kind answer a question. A risk of a field is one of everything inside it."""
    if question.path[:1] == (RESOURCE,):
        return question.path[1] in members(notes.get(RESOURCE))
    here = notes
    for name in question.path:
        inner = {**fields_of(members(here.get("items"))), **fields_of(here)}
        here = inner.get(name, {})
        if any(word in here or word in members(here.get("items")) for word in question.words) and (
            name == question.path[-1] or "x-risk" in question.words
        ):
            return True
    return False


def ask(record: Body) -> Iterator[Question]:
    """Yield what a contract does not say about the fields of a record."""
    if "name" in members(record.get("properties")):
        yield Question((RESOURCE, "natural_key"), (), "[name]?")
    for path, name, described, around in _walk(record, ()):
        if described.get("readOnly"):
            continue
        if re.search(r"._ids?$", name):
            yield Question(path, ("x-ref", "x-external"), "x-ref or x-external to which kind?")
        if inner := members(members(described.get("items")).get("properties")):
            keys = [key for key in inner if re.search(r"^(id|name|key|code)$|._(id|code|key)$", key)]
            by = " or ".join(keys) or "which field"
            yield Question(path, ("x-list-type",), f"x-list-type map by {by}, or atomic?")
        needed = name in elements(around.get("required")) or "minItems" in described
        if needed and (switches := _switches(name, fields_of(around))):
            yield Question(path, ("x-when",), f"always required, or only x-when {' or '.join(switches)}?")
        if re.search(r"email|price|amount|fee|cost|access|status", name):
            yield Question(path, ("x-risk",), "x-risk?")


def _walk(around: Body, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, Body, Body]]:
    """Yield each field with its path, its name and the object that has it."""
    for name, described in fields_of(around).items():
        yield (*path, name), name, described, around
        yield from _walk(described, (*path, name))
        yield from _walk(members(described.get("items")), (*path, name))


def fields_of(schema: Body) -> dict[str, Body]:
    """Return the members of an object."""
    return {name: members(described) for name, described in members(schema.get("properties")).items()}


def find_conditional(fields: Mapping[str, Body]) -> set[str]:
    """Return the fields that may be required only under a condition: nobody can read that from a contract."""
    return {name for name in fields if _switches(name, fields)}


def _switches(name: str, fields: Mapping[str, Body]) -> list[str]:
    """Return the siblings that may be the switch of a field: by the words that they share, or by their form."""
    booleans = {
        other: {*_words(other)[1:]}
        for other, described in fields.items()
        if described.get("type") == "boolean" and not other.startswith("sys_")
    }
    if name.endswith("_options"):
        words = {*_words(name)}
        shared = {other: len(words & named) for other, named in booleans.items()}
        return [other for other in booleans if shared[other] == max(shared.values())]
    if re.search(r"_ids$|^number$|^unit_of_time$", name):
        return [other for other in fields if other != name and re.search(r"^restrict_|_restriction$|^position$", other)]
    if name in booleans:
        return []
    words = {*_words(name)}
    return [
        other for other, named in booleans.items() if named and (named <= words or (words <= named and len(words) > 1))
    ]


def _words(name: str) -> list[str]:
    return [word.removesuffix("s") for word in name.split("_")]
