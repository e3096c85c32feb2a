"""Judge bodies, or take the findings of an earlier run that judged the same."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from typing import Any, TypeAlias

from rhythmconf.insight.lint import Bodies, Finding, judge
from rhythmconf.model import Json, Key, canonical, checksum, checksum_once
from rhythmconf.source.project import findings_cache
from rhythmconf.source.project.opening import narrow
from rhythmconf.source.project.values import Project

Judge: TypeAlias = Callable[[Bodies], list[Finding]]
FEW = 200
"""Documents. Fewer than that are judged faster than a file is opened."""


def judge_once(project: Project, environment: str, bodies: Bodies, judge_bodies: Judge = judge) -> list[Finding]:
    """Return the findings about the documents of an environment.

    They are kept in the cache folder, under a digest of all that they depend on: the files, the schemas, the calendar
    settings, the names of other environments, and the day.
    """
    if len(bodies.bodies) < FEW:
        return judge(bodies)
    digest = _digest(project, environment, bodies)
    kept = findings_cache.read(project.settings, environment, digest)
    if isinstance(kept, list):
        return [_read(one) for one in kept]
    found = judge_bodies(bodies)
    findings_cache.save(project.settings, environment, digest, canonical([_write(one) for one in found]))
    return found


def judge_alike() -> Judge:
    """Return a function that judges bodies, and that returns what it found last where they are the same again.

    Environments are often alike, and `validate` reads them all.
    """
    last: list[tuple[Bodies, list[Finding]]] = []

    def judge_new(bodies: Bodies) -> list[Finding]:
        if not (last and _are_same(last[0][0], bodies)):
            last[:] = [(bodies, judge(bodies))]
        return last[0][1]

    return judge_new


def _are_same(one: Bodies, other: Bodies) -> bool:
    """Tell whether all that findings depend on is the same, even the order of members and whether 1 is a number."""
    return one == other and _dump(one) == _dump(other)


def _dump(bodies: Bodies) -> bytes:
    values = [(tuple(key), body) for key, body in bodies.bodies.items()]
    return marshal.dumps(values, 2)


def _digest(project: Project, environment: str, bodies: Bodies) -> bytes:
    """Return a digest of what findings depend on; it does not depend on which other environments were opened."""
    alone = narrow(project, environment)
    *readings, meanings, given = bodies.calendar
    seen = (
        [(file, checksum_once(text)) for file, text in sorted(alone.texts.items())],
        # The same file is read in another way in another place.
        [[*loaded.texts] for loaded in (alone.base, *alone.overlays.values())],
        environment,
        bodies.catalog.version,
        bodies.catalog.module,
        bodies.today.toordinal(),
        [*readings, sorted(meanings.items()), sorted(given)],
        sorted(bodies.foreign.items()),
    )
    return checksum(marshal.dumps(seen, 2))  # version 2 writes equal values as equal bytes


def _write(finding: Finding) -> Json:
    return [str(finding.rule), [*finding.key], [*finding.path], finding.message, finding.help, finding.severity]


def _read(value: Any) -> Finding:
    from rhythmconf.insight.lint.rules import RULES

    rule, key, path, *rest = value
    return Finding(RULES[rule], Key(*key), tuple(path), *rest)
