"""Differences and live state -> Guards: the rules that are checked on the whole plan before the first write."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rhythmconf.catalog import Catalog, references
from rhythmconf.engine.diff import Difference, field_label
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.identity.marks import FIELD
from rhythmconf.model import Body, Change, Guard, Identity, Key, LiveState, Record

ENOUGH = 10
"""From how many live records of a kind on a share of them means something."""
LIMIT = 30.0
"""Percent of a project's records of one kind that one plan may update, or delete."""
PROTECTED_ENVIRONMENT = "protected-environment"


@dataclass(frozen=True, slots=True)
class Allow:
    """What the reviewer lifts: the limit in percent for a (qualified) kind, the guards that name a key.

    A conflict of a key of `ours` is won by the files; one of `theirs` waits until the files have changed.
    """

    updates: Mapping[str, float] = field(default_factory=dict)
    deletes: Mapping[str, float] = field(default_factory=dict)
    keys: frozenset[Key] = frozenset()
    ours: frozenset[Key] = frozenset()
    theirs: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """All that guards look at."""

    differences: Sequence[Difference]
    identity: Identity
    live: LiveState
    catalog: Catalog
    project: str
    protected: bool
    empty_sources: bool
    allow: Allow

    @property
    def deletes(self) -> list[Difference]:
        """The deletions among the differences."""
        return [each for each in self.differences if each.change.action == "delete"]


def check(scene: Scene) -> tuple[Guard, ...]:
    """Every guard that had something to look at, the refusing ones first."""
    found = [
        *_empty_sources(scene),
        *_shares(scene, "updates", scene.allow.updates, _updated(scene)),
        *_shares(scene, "deletes", scene.allow.deletes, Counter(each.change.key.kind for each in scene.deletes)),
        *_protected_environment(scene),
        *_protected_records(scene),
        *_referenced(scene),
        *_locked(scene),
        *_conflicts(scene),
    ]
    return tuple(sorted(found, key=lambda guard: guard.ok))


def allowed(allow: Allow, catalog: Catalog) -> tuple[str, ...]:
    """The overrides as they are written on the command line."""
    return (
        *(f"--allow-updates {short(kind, catalog)}={share:g}%" for kind, share in sorted(allow.updates.items())),
        *(f"--allow-deletes {short(kind, catalog)}={share:g}%" for kind, share in sorted(allow.deletes.items())),
        *(f"--allow {short(str(key), catalog)}" for key in sorted(allow.keys)),
        *(f"--ours {short(str(key), catalog)}" for key in sorted(allow.ours)),
    )


def short(name: str, catalog: Catalog) -> str:
    """A kind or a key without the module, where that is the project's own."""
    return name.removeprefix(f"{catalog.module}/")


def changes_fields(change: Change) -> bool:
    """Whether anything but the mark changes; a gentle adoption and a rename change nothing else."""
    return any(each.path != f"/{FIELD}" for each in change.fields)


def _updated(scene: Scene) -> Counter[str]:
    changes = (each.change for each in scene.differences)
    return Counter(
        change.key.kind for change in changes if change.action in ("update", "adopt") and changes_fields(change)
    )


def _own(scene: Scene) -> Counter[str]:
    """How many live records of each kind are this project's, those that it adopts with changes included."""
    marked = {
        (record.kind, record.id)
        for record in scene.live.all()
        if (found := mark_of(record)) is not None and found.project == scene.project
    }
    pairs = [*scene.identity.pairs, *scene.identity.orphans]
    known = {(pair.key.kind, pair.record.id) for pair in pairs if pair.record and pair.how in ("mark", "binding")}
    adopted = {
        (each.change.key.kind, each.change.id or "")
        for each in scene.differences
        if each.change.action == "adopt" and changes_fields(each.change)
    }
    return Counter(kind for kind, _ in marked | known | adopted)


def _shares(scene: Scene, name: str, limits: Mapping[str, float], counts: Counter[str]) -> Iterator[Guard]:
    own = _own(scene) if counts else Counter()
    for kind, count in sorted(counts.items()):
        total, limit = own[kind], limits.get(kind, LIMIT)
        if total < ENOUGH:
            continue
        share = 100 * count / total
        yield Guard(
            name,
            kind,
            ok=100 * count <= limit * total,
            message=f"{count} of {total} records of {short(kind, scene.catalog)} ({share:.1f} %) "
            f"would be {name.rstrip('s')}d; the limit is {limit:g} %",
            overrides=(f"--allow-{name} {short(kind, scene.catalog)}={math.ceil(share)}%",),
        )


def _named(scene: Scene, name: str, key: Key, why: str, *, lasting: bool = False) -> Guard:
    """A guard on one record; a lasting one isn't lifted by a flag."""
    who = short(str(key), scene.catalog)
    overrides = () if lasting else (f"--allow {who}",)
    return Guard(
        name, str(key), ok=not lasting and key in scene.allow.keys, message=f"{who} {why}", overrides=overrides
    )


def _empty_sources(scene: Scene) -> Iterator[Guard]:
    if scene.empty_sources and scene.deletes:
        why = f"the sources hold no document, which never means to delete: {len(scene.deletes)} deletions refused"
        yield Guard("empty-sources", "", ok=False, message=why)


def _protected_environment(scene: Scene) -> Iterator[Guard]:
    for each in scene.deletes if scene.protected else ():
        why = f"would be deleted (record {each.change.id!r}) in a protected environment"
        yield _named(scene, PROTECTED_ENVIRONMENT, each.change.key, why)


def _protected_records(scene: Scene) -> Iterator[Guard]:
    guarded = {pair.key for pair in scene.identity.orphans if pair.protected}
    for each in scene.deletes:
        if each.change.key in guarded:
            why = (
                f"is protected (record {each.change.id!r}) and would be deleted; to lift that, "
                "bring its document back with `protect: false` and apply it first, or switch it off with --retire"
            )
            yield _named(scene, "protected", each.change.key, why, lasting=True)


def _locked(scene: Scene) -> Iterator[Guard]:
    for each in scene.differences:
        if each.live is not None and each.live.get("sys_locked") and (each.change.patch or each.target is None):
            yield _named(scene, "locked", each.change.key, f"is locked in the tenant (record {each.change.id!r})")


def _conflicts(scene: Scene) -> Iterator[Guard]:
    for each in scene.differences:
        change = each.change
        if change.side == "conflict":
            who = short(str(change.key), scene.catalog)
            waits = change.key in scene.allow.theirs
            ok = change.key in scene.allow.ours and not waits
            ways = (f"--ours {who}",) if waits else (f"--ours {who}", f"--theirs {who}")
            yield Guard("conflict", str(change.key), ok, _quarrel(change, who, scene), ways)


def _quarrel(change: Change, who: str, scene: Scene) -> str:
    fields = ", ".join(field_label(field) for field in change.fields if field.side == "conflict")
    theirs = change.key in scene.allow.theirs
    if change.action == "delete":
        waits = f"{who} waits for its document: bring it back with what the tenant has at {fields}, then plan again"
        return waits if theirs else f"{who} has lost its document, but the tenant changed {fields} since the base"
    if theirs:
        return f"{who} waits for its file: write what the tenant has at {fields}, then plan again"
    return f"{who}: since the base, {fields} changed to different values in the files and in the tenant"


def _referenced(scene: Scene) -> Iterator[Guard]:
    doomed = {(each.change.key.kind, each.change.id): each.change.key for each in scene.deletes}
    users: dict[Key, list[str]] = {}
    for kind, name, body in _remaining(scene) if doomed else ():
        for where, at, value in references(scene.catalog.kinds[kind], body):
            for target in at.targets:
                if isinstance(value, str) and (target, value) in doomed:
                    users.setdefault(doomed[target, value], []).append(f"{name} ({where})")
    for key, found in sorted(users.items()):
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        why = (
            f"would be deleted, but is still referred to by {', '.join(found[:3])}{more}; "
            "change those first, or bring its document back"
        )
        yield _named(scene, "referenced", key, why)


def _remaining(scene: Scene) -> Iterator[tuple[str, str, Body]]:
    """Kind, name and body of all that is there after the plan."""
    pairs = [*scene.identity.pairs, *scene.identity.orphans]
    keys = {(pair.key.kind, pair.record.id): pair.key for pair in pairs if pair.record}
    after = {(each.change.key.kind, each.change.id): each.target for each in scene.differences if each.live is not None}
    for record in scene.live.all():
        body = after.get((record.kind, record.id), record.body)
        if body is not None and record.kind in scene.catalog.kinds:
            yield record.kind, _called(record, keys, scene.catalog), body
    for each in scene.differences:
        if each.live is None and each.target is not None:
            yield each.change.key.kind, short(str(each.change.key), scene.catalog), each.target


def _called(record: Record, keys: Mapping[tuple[str, str], Key], catalog: Catalog) -> str:
    key = keys.get((record.kind, record.id))
    return short(str(key), catalog) if key else f"{short(record.kind, catalog)} record {record.id!r}"
