"""Check the guards: rules about the whole plan that hold before the first write."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.catalog import Catalog, references
from rhythmconf.engine.diff import Difference
from rhythmconf.engine.identity import mark_of, named
from rhythmconf.model import Base, Body, Change, Guard, Identity, Key, LiveState, Pair, Record, pointer
from rhythmconf.model.plural import counted
from rhythmconf.source.documents import SUFFIXES
from rhythmconf.source.project.values import Site

MIN_RECORDS = 10
"""A project with fewer live records of a kind has no limit on the share that one plan changes."""
LIMIT = 30.0
"""Percent of a project's records of one kind that one plan may update, or delete."""
PROTECTED_ENVIRONMENT = "protected-environment"
DESTROY = "--destroy"
"""The option that plans the deletion of records that have documents; it is among what the plan allows."""
ABSENT = "absent"
"""The name of the guard that refuses a plan for a tenant that has none of the applied records."""
BEHIND = "behind"
"""The name of the guard that refuses a plan of a checkout that lacks applied commits."""


class Allow(NamedTuple):
    """What the user allows: a limit in percent for a (qualified) kind, and the guards that name a key.

    In a conflict about a key of `ours` the files win. `theirs`: the tenant's value is to stay, so the plan is refused
    until the file agrees. `behind`: the checkout may lack applied commits. `absent`: the tenant may lack all applied
    records. `no_base` says that git was not asked.
    """

    updates: Mapping[str, float] = {}
    deletes: Mapping[str, float] = {}
    keys: frozenset[Key] = frozenset()
    ours: frozenset[Key] = frozenset()
    theirs: frozenset[Key] = frozenset()
    behind: bool = False
    absent: bool = False
    no_base: bool = False


class GuardInput(NamedTuple):
    """What guards look at. `applied` are the keys that the last apply knows, of the kinds that were fetched."""

    differences: Sequence[Difference]
    identity: Identity
    live: LiveState
    site: Site
    empty_sources: bool
    allow: Allow
    base: Base | None = None
    emptied: Mapping[Key, str] = {}
    applied: frozenset[Key] = frozenset()

    @property
    def deletes(self) -> list[Difference]:
        """Return the deletions among the differences."""
        return [difference for difference in self.differences if difference.change.action == "delete"]

    @property
    def losses(self) -> list[Difference]:
        """Return the deletions after which a key has no record. That of a duplicate leaves the record of its key."""
        duplicates = self.duplicates
        return [difference for difference in self.deletes if difference.change.key not in duplicates]

    @property
    def duplicates(self) -> frozenset[Key]:
        """Return the keys under which duplicates are deleted."""
        return frozenset(pair.key for pair in self.identity.orphans if pair.how == "duplicate")


def check(plan: GuardInput) -> tuple[Guard, ...]:
    """Return every guard that applies to the plan, the refusing ones first."""
    guards = [
        *_behind(plan),
        *_absent(plan),
        *_empty_sources(plan),
        *_emptied_sources(plan),
        *_shares(plan, "updates", plan.allow.updates, _updated(plan)),
        *_shares(
            plan, "deletes", plan.allow.deletes, Counter(difference.change.key.kind for difference in plan.losses)
        ),
        *_protected_environment(plan),
        *_protected_records(plan),
        *_referenced(plan),
        *_undeletable(plan),
        *_locked(plan),
        *_conflicts(plan),
    ]
    return tuple(sorted(guards, key=lambda guard: guard.ok))


def allowed_flags(allow: Allow, catalog: Catalog) -> tuple[str, ...]:
    """Return what is allowed as flags of the command line."""
    names = catalog.names
    return (
        *(f"--allow-updates {names.kind(kind)}={share:.15g}%" for kind, share in sorted(allow.updates.items())),
        *(f"--allow-deletes {names.kind(kind)}={share:.15g}%" for kind, share in sorted(allow.deletes.items())),
        *(f"--allow {names.key(key)}" for key in sorted(allow.keys)),
        *(f"--ours {names.key(key)}" for key in sorted(allow.ours)),
        *("--allow-behind",) * allow.behind,
        *("--allow-absent",) * allow.absent,
        *("--no-base",) * allow.no_base,
    )


def _updated(plan: GuardInput) -> Counter[str]:
    changes = (difference.change for difference in plan.differences)
    return Counter(
        change.key.kind for change in changes if change.action in ("update", "adopt") and change.changes_fields
    )


def _own(plan: GuardInput) -> Counter[str]:
    """Count, for each kind, the live records that belong to this project or that it adopts with changes."""
    marked = {
        (record.kind, record.id)
        for record in plan.live.all()
        if (mark := mark_of(record)) is not None and mark.project == plan.site.project
    }
    pairs = [*plan.identity.pairs, *plan.identity.orphans]
    paired = {(pair.key.kind, pair.record.id) for pair in pairs if pair.record and pair.how in ("mark", "binding")}
    adopted = {
        (difference.change.key.kind, difference.change.id or "")
        for difference in plan.differences
        if difference.change.action == "adopt" and difference.change.changes_fields
    }
    return Counter(kind for kind, _ in marked | paired | adopted)


def _shares(plan: GuardInput, name: str, limits: Mapping[str, float], counts: Counter[str]) -> Iterator[Guard]:
    own = _own(plan) if counts else Counter()
    for kind, count in sorted(counts.items()):
        total, limit = own[kind], limits.get(kind, LIMIT)
        if total < MIN_RECORDS:
            continue
        share = 100 * count / total
        yield Guard(
            name,
            kind,
            ok=100 * count <= limit * total,
            message=f"{count} of {total} records of {plan.site.catalog.names.kind(kind)} ({share:.1f} %) "
            f"would be {name.rstrip('s')}d; the limit is {limit:g} %",
            overrides=(f"--allow-{name} {plan.site.catalog.names.kind(kind)}={math.ceil(share)}%",),
        )


def _guard_key(plan: GuardInput, name: str, key: Key, reason: str, *, lasting: bool = False) -> Guard:
    """Return a guard about one record. No flag overrides a lasting one."""
    name_of_key = plan.site.catalog.names.key(key)
    overrides = () if lasting else (f"--allow {name_of_key}",)
    return Guard(
        name,
        str(key),
        ok=not lasting and key in plan.allow.keys,
        message=f"{name_of_key} {reason}",
        overrides=overrides,
    )


def _behind(plan: GuardInput) -> Iterator[Guard]:
    # Even a plan of own edits alone is refused: the base could not follow it, so others would see it as drift.
    if plan.base is not None and not plan.base.descends and plan.differences:
        message = (
            f"this checkout lacks {plan.base.described_missing}: run `git pull` (or `git merge "
            f"{plan.base.commit[:7]}`), then plan again. On no branch, run `git switch BRANCH` first"
        )
        if plan.base.origin.startswith("refs/"):
            message += (
                ". If that commit was amended, rebased or squashed, move the base to the one that took its place: "
                f"`git update-ref {plan.base.origin} COMMIT`"
            )
        yield Guard(BEHIND, "", ok=plan.allow.behind, message=message, overrides=("--allow-behind",))


def _absent(plan: GuardInput) -> Iterator[Guard]:
    """Refuse to create everything anew where the tenant has nothing of what was applied: it may be another tenant."""
    pairs = (*plan.identity.pairs, *plan.identity.orphans)
    # One record that is gone is a record that somebody has deleted. The plan names it.
    if len(plan.applied) < 2 or not plan.differences or any(_is_own(pair) for pair in pairs):
        return
    environment, file = plan.site.environment, plan.site.file
    line = f" ({file.line(pointer(('environments', environment.name, 'tenant')))})" if file else ""
    message = (
        f"none of the {len(plan.applied)} records that the last apply knows is in tenant {environment.tenant} at "
        f"{environment.address}: check that {environment.name} names the right tenant{line} and the right server. If "
        "the tenant was reset, the plan makes them anew; if they have other ids now, run `rhythmconf adopt --env "
        f"{environment.name} --rebind` first"
    )
    yield Guard(ABSENT, "", ok=plan.allow.absent, message=message, overrides=("--allow-absent",))


def _is_own(pair: Pair) -> bool:
    return pair.record is not None and pair.how in ("mark", "binding", "duplicate")


def _empty_sources(plan: GuardInput) -> Iterator[Guard]:
    if plan.empty_sources and plan.deletes:
        reason = (
            f"the sources have no document, so nothing is deleted ({counted(len(plan.deletes), 'deletion')} refused): "
            "restore the documents, or delete all records of the project with --destroy"
        )
        yield Guard("empty-sources", "", ok=False, message=reason)


def _emptied_sources(plan: GuardInput) -> Iterator[Guard]:
    """Refuse to delete what a source folder or a file declared at the base, while it has no document now."""
    keys: dict[str, list[Key]] = {}
    for difference in plan.differences if plan.emptied and not plan.empty_sources else ():
        if place := plan.emptied.get(difference.change.key):
            keys.setdefault(place, []).append(difference.change.key)
    for place, deleted in keys.items():
        refused = [key for key in sorted(deleted) if key not in plan.allow.keys]
        names = [plan.site.catalog.names.key(key) for key in refused or sorted(deleted)]
        listed = f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
        wrong = "Restore it" if place.endswith(SUFFIXES) else "Fetch its files"
        folder = f"remove {place} from `sources` in rhythmconf.yaml, and the plan deletes them"
        right = "delete the file" if place.endswith(SUFFIXES) else folder
        message = (
            f"{place} had documents at the base and has none now: {listed} would be deleted. {wrong}; "
            f"if they are gone on purpose, {right}"
        )
        overrides = (" ".join(f"--allow {name}" for name in names),) if len(names) <= 3 else ()
        yield Guard("emptied-source", place, ok=not refused, message=message, overrides=overrides)


def _protected_environment(plan: GuardInput) -> Iterator[Guard]:
    duplicates = plan.duplicates
    for difference in plan.deletes if plan.site.environment.protected else ():
        if difference.change.key in duplicates:
            name = plan.site.catalog.names.key(difference.change.key)
            message = f"{name} is a duplicate (record {difference.change.id!r}): its key keeps another record"
            yield Guard(PROTECTED_ENVIRONMENT, str(difference.change.key), ok=True, message=message)
            continue
        reason = f"would be deleted (record {difference.change.id!r}) in a protected environment"
        yield _guard_key(plan, PROTECTED_ENVIRONMENT, difference.change.key, reason)


def _protected_records(plan: GuardInput) -> Iterator[Guard]:
    guarded = {pair.key for pair in plan.identity.orphans if pair.protected}
    for difference in plan.losses:
        if difference.change.key in guarded:
            reason = (
                f"is protected (record {difference.change.id!r}) and would be deleted; to allow that, "
                "restore its document with `protect: false` and apply it first, or switch the record off with --retire"
            )
            yield _guard_key(plan, "protected", difference.change.key, reason, lasting=True)


def _undeletable(plan: GuardInput) -> Iterator[Guard]:
    """Refuse to delete a singleton by an operation that is only a guess: it may mean something else there."""
    for difference in plan.deletes:
        kind = plan.site.catalog.kinds[difference.change.key.kind]
        if kind.is_singleton and not kind.knows("delete"):
            reason = (
                "can't be deleted: a tenant has one record of its kind, and nothing says that the API can delete it; "
                "restore its document, or write what you know of `delete` in `operations` of the schema"
            )
            yield _guard_key(plan, "undeletable", difference.change.key, reason, lasting=True)


def _locked(plan: GuardInput) -> Iterator[Guard]:
    for difference in plan.differences:
        if (
            difference.live is not None
            and difference.live.get("sys_locked")
            and (difference.change.patch or difference.target is None)
        ):
            yield _guard_key(
                plan, "locked", difference.change.key, f"is locked in the tenant (record {difference.change.id!r})"
            )


def _conflicts(plan: GuardInput) -> Iterator[Guard]:
    for difference in plan.differences:
        change = difference.change
        if change.side == "conflict":
            name = plan.site.catalog.names.key(change.key)
            waits = change.key in plan.allow.theirs
            ok = change.key in plan.allow.ours and not waits
            overrides = (f"--ours {name}",) if waits else (f"--ours {name}", f"--theirs {name}")
            yield Guard("conflict", str(change.key), ok, _describe_conflict(change, name, plan), overrides)


def _describe_conflict(change: Change, name: str, plan: GuardInput) -> str:
    fields = ", ".join(field.name for field in change.fields if field.side == "conflict")
    theirs = change.key in plan.allow.theirs
    if change.action == "delete":
        waits = f"{name} needs its document again: restore it with the tenant's value of {fields}, then plan again"
        return waits if theirs else f"{name} has no document any more, but the tenant changed {fields} since the base"
    if change.action == "create":
        return f"{name} was edited here, and deleted by an applied commit that this checkout lacks"
    if theirs:
        return f"{name} needs an edit of its file: write the tenant's value of {fields}, then plan again"
    return f"{name}: since the base, {fields} changed to different values in the files and in the tenant"


def _referenced(plan: GuardInput) -> Iterator[Guard]:
    deleted = {(difference.change.key.kind, difference.change.id): difference.change.key for difference in plan.deletes}
    places: dict[Key, list[str]] = {}
    users: dict[Key, list[tuple[str, str]]] = {}
    for kind, name, body in _after_plan(plan) if deleted else ():
        for place, reference, value in references(plan.site.catalog.kinds[kind], body):
            for target in reference.targets:
                if isinstance(value, str) and (target, value) in deleted:
                    key = deleted[target, value]
                    places.setdefault(key, []).append(f"{name} ({place})")
                    users.setdefault(key, []).append((kind, plan.site.catalog.kinds[kind].record_name(body) or name))
    for key, names in sorted(places.items()):
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        reason = (
            f"would be deleted, but is still referred to by {', '.join(names[:3])}{more}; "
            "change those first, or restore its document"
        )
        yield _guard_key(plan, "referenced", key, reason)._replace(users=tuple(dict.fromkeys(users[key])))


def _after_plan(plan: GuardInput) -> Iterator[tuple[str, str, Body]]:
    """Yield kind, name and body of every record that exists after the plan."""
    pairs = [*plan.identity.pairs, *plan.identity.orphans]
    keys = {(pair.key.kind, pair.record.id): pair.key for pair in pairs if pair.record}
    after = {
        (difference.change.key.kind, difference.change.id): difference.target
        for difference in plan.differences
        if difference.live is not None
    }
    for record in plan.live.all():
        body = after.get((record.kind, record.id), record.body)
        if body is not None and record.kind in plan.site.catalog.kinds:
            yield record.kind, _record_name(record, keys, plan.site.catalog), body
    for difference in plan.differences:
        if difference.live is None and difference.target is not None:
            yield difference.change.key.kind, plan.site.catalog.names.key(difference.change.key), difference.target


def _record_name(record: Record, keys: Mapping[tuple[str, str], Key], catalog: Catalog) -> str:
    key = keys.get((record.kind, record.id))
    return catalog.names.key(key) if key else f"{catalog.names.kind(record.kind)} record {named(record)}"
