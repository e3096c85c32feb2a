"""The project and one of its environments as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.model import Bindings, Document
from rhythmconf.settings import Dialect, Environment, Settings
from rhythmconf.settings.source import Source
from rhythmconf.source.documents import Loaded


class Site(NamedTuple):
    """One environment of a project, with what a plan or a run needs: kinds, environment, project name, bindings.

    `file` is the project file, for messages about a line of it.
    """

    catalog: Catalog
    environment: Environment
    project: str
    bindings: Bindings
    file: Source | None = None

    @property
    def dialect(self) -> Dialect:
        """The dialect of the environment's tenant."""
        return self.environment.dialect


class Project(NamedTuple):
    """Everything that was read of a project: settings, catalogue, documents, bindings, and the texts of its files.

    `overlays` and `bindings` have one entry for each environment that was opened. The texts of bindings files are
    among `texts`.
    """

    settings: Settings
    catalog: Catalog
    base: Loaded
    overlays: Mapping[str, Loaded]
    bindings: Mapping[str, Bindings]
    texts: Mapping[str, bytes]

    def site(self, environment: Environment) -> Site:
        """Return the site of one environment that was opened."""
        settings, bindings = self.settings, self.bindings.get(environment.name, {})
        return Site(self.catalog, environment, settings.project, bindings, settings.source)

    def elsewhere(self, environment: str) -> tuple[Document, ...]:
        """Return the documents of the overlays of all other environments."""
        return tuple(one for name, loaded in self.overlays.items() if name != environment for one in loaded.documents)
