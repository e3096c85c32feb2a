"""Name kinds, keys and fields for people."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|\d+")


FieldRole = Literal["active", "schedule", "switch", "step", "window", "text", "reference"]
"""What a field decides: whether the record is in use, when it runs, whether and how its runs do a step, which dates a
step takes, the words of a mail, or which record is meant."""


class FieldTitles(NamedTuple):
    """What a schema says to people about a field and the fields below it. `items` are the titles of a list's items."""

    title: str = ""
    fields: Mapping[str, "FieldTitles"] = {}
    items: "FieldTitles | None" = None
    role: FieldRole | None = None

    def child(self, name: str) -> "FieldTitles":
        """Return the titles of the field one step down a pointer; without a title where the schema has none."""
        return self.items if self.items is not None else self.fields.get(name, NO_TITLES)


NO_TITLES = FieldTitles()
"""The titles of a field that no schema describes."""


class KindNames(NamedTuple):
    """How people read the kinds of a project: without the module where that leaves no doubt.

    `module` is the default module, which documents may leave out. `shared` has the names without module that kinds of
    several modules have. Without both, every kind is shown with its module. `titles` has the titles of some qualified
    kinds and of their fields.
    """

    module: str = ""
    shared: frozenset[str] = frozenset()
    titles: Mapping[str, FieldTitles] = {}

    def kind(self, kind: str) -> str:
        """Return a qualified kind as people read it: `program`, but `membership/program` in another module."""
        module, _, name = kind.rpartition("/")
        return name if module == self.module and name not in self.shared else kind

    def key(self, key: tuple[str, str]) -> str:
        """Return a key (its qualified kind and its name) as people read it: `program/cmsi`."""
        return f"{self.kind(key[0])}/{key[1]}"

    def titles_of(self, kind: str) -> FieldTitles:
        """Return the titles of a kind, qualified or as people read it."""
        return self.titles.get(kind if "/" in kind else f"{self.module}/{kind}", NO_TITLES)


WITH_MODULES = KindNames()
"""Show every kind with its module, where the project isn't known."""


def humanise(name: str) -> str:
    """Return the name of a field or kind as words: `drop_notice_id` becomes `Drop notice`. Used without a title."""
    words = [word if word.isupper() else word.lower() for word in _WORD.findall(name)]
    ending = words.pop() if len(words) > 1 and words[-1] in ("id", "ids") else ""
    text = " ".join(words) or name
    return text[:1].upper() + text[1:] + ("s" if ending == "ids" and not text.endswith("s") else "")
