"""Tell a project with a new name from one that declares records of another project."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.claims import KindRecords
from rhythmconf.engine.identity.marks import mark_of
from rhythmconf.model import Diagnostic, Key, pointer
from rhythmconf.model.plural import counted
from rhythmconf.source.project.values import Site

_NAMED = 10
"""How many records one command names; with more, the reader fills in the rest."""


def join_renamed(diagnostics: Sequence[Diagnostic], indexes: Mapping[str, KindRecords], site: Site) -> list[Diagnostic]:
    """Replace the errors about records of another project by one, if this project seems to have had its name.

    So it is where two records or more carry the same keys under one other name, and none carries this project's name.
    """
    refused = [one.key for one in diagnostics if one.code == codes.OTHER_PROJECT and one.key is not None]
    if len(refused) < 2 or any(index.marked for index in indexes.values()):
        return [*diagnostics]
    names = {key: _former_names(key, indexes[key.kind], site.project) for key in refused}
    common = set.intersection(*names.values())
    if len(common) != 1:
        return [*diagnostics]
    others = [one for one in diagnostics if one.code != codes.OTHER_PROJECT]
    return [_report(sorted(refused), common.pop(), site), *others]


def _former_names(key: Key, index: KindRecords, project: str) -> set[str]:
    """Return the other projects whose mark names a key."""
    marks = (mark_of(record) for record in index.by_id.values())
    return {mark.project for mark in marks if mark is not None and mark.key == key.name and mark.project != project}


def _report(keys: Sequence[Key], former: str, site: Site) -> Diagnostic:
    shown = [site.catalog.names.key(key) for key in keys]
    named = " ".join(map(shlex.quote, shown)) if len(shown) <= _NAMED else "KIND/KEY..."
    adopt = f"rhythmconf adopt --env {site.environment.name} {named} --from-project {former}"
    each = "" if len(shown) <= _NAMED else f", with the keys of all {len(shown)}"
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    place = pointer(("project",))
    return Diagnostic(
        codes.PROJECT_RENAMED,
        f"did you rename the project? It is called {site.project!r} here; {counted(len(shown), 'record')} in the "
        f"tenant carry the mark of {former!r}, and none that of {site.project!r}: {', '.join(shown[:3])}{more}",
        location=site.file.location(place) if site.file else None,
        pointer=place,
        help=f"To keep the records, write `project: {former}` again. If the new name is to stay, take the records over "
        f"in each environment: `{adopt}`{each}. If {former!r} is a project of its own, leave its records to it and "
        "remove their documents here.",
    )
