"""Name kinds and keys for people."""

from typing import NamedTuple


class KindNames(NamedTuple):
    """How people read the kinds of a project: without the module where that leaves no doubt.

    `module` is the default module, which documents may leave out. `shared` has the names without module that kinds of
    several modules have. Without both, every kind is shown with its module.
    """

    module: str = ""
    shared: frozenset[str] = frozenset()

    def kind(self, kind: str) -> str:
        """Return a qualified kind as people read it: `program`, but `membership/program` in another module."""
        module, _, name = kind.rpartition("/")
        return name if module == self.module and name not in self.shared else kind

    def key(self, key: tuple[str, str]) -> str:
        """Return a key (its qualified kind and its name) as people read it: `program/cmsi`."""
        return f"{self.kind(key[0])}/{key[1]}"


WITH_MODULES = KindNames()
"""Show every kind with its module, where the project isn't known."""
