"""Check the guards of a plan again, under the lock and with the records as they are now.

A plan file says what its guards found, but whoever can write the file can write that too, and the tenant may have
changed since. So the guards about counts, deletions, locked records and conflicts are asked once more before the first
write. What the user allowed is what the plan says and what a reviewer was shown: `allowed`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.engine.diff import Difference
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.accept import refuse_guards
from rhythmconf.engine.plan.file import damaged
from rhythmconf.engine.plan.guards import DESTROY, LIMIT, MIN_RECORDS, Allow, GuardInput, check
from rhythmconf.errors import CatalogError, Refused
from rhythmconf.model import Binding, Change, Identity, Key, LiveState, Pair, Plan, Record
from rhythmconf.source.project.values import Site

FREE = int(MIN_RECORDS * LIMIT // 100)
"""So many changes of a kind pass the guards about shares, however many records there are."""


class GuardReads(NamedTuple):
    """What the guards need of the tenant when they are checked again.

    All records of the kinds in `listed`, and so many of the project's own records of the kinds in `counted` that their
    share allows the updates. `project` and `bound` tell which records are its own. Those of `binds` must be there.
    """

    listed: frozenset[str] = frozenset()
    counted: Mapping[str, int] = {}
    project: str = ""
    bound: frozenset[tuple[str, str]] = frozenset()
    binds: tuple[Binding, ...] = ()

    def is_own(self, record: Record) -> bool:
        """Tell whether a record belongs to the project."""
        mark = mark_of(record)
        return (mark is not None and mark.project == self.project) or (record.kind, record.id) in self.bound


def guard_reads(changes: Sequence[Change], binds: Sequence[Binding], allow: Allow, site: Site) -> GuardReads:
    """Return what the guards of a plan need to be checked again.

    A deletion needs all records that may refer to what it deletes, and all of its kind.
    """
    updates = Counter(change.key.kind for change in changes if change.action in ("update", "adopt"))
    deleted = frozenset(change.key.kind for change in changes if change.action == "delete")
    counted = {
        kind: max(MIN_RECORDS, math.ceil(100 * count / (allow.updates.get(kind, LIMIT) or 0.01)))
        for kind, count in updates.items()
        if count > FREE
    }
    bound = {(key.kind, binding.id) for key, binding in site.bindings.items()}
    bound |= {(binding.key.kind, binding.id) for binding in binds}
    return GuardReads(deleted | site.catalog.users(deleted), counted, site.project, frozenset(bound), tuple(binds))


def check_again(plan: Plan, live: LiveState, site: Site) -> None:
    """Raise Refused (RC310) if a guard refuses the plan with the records as they are now, and RC520 for a binding
    whose record is gone. `live` has what `guard_reads` asks for.
    """
    records = {(record.kind, record.id): record for record in live.all()}
    for binding in plan.binds:
        if (binding.key.kind, binding.id) not in records:
            raise Refused(
                f"the plan binds {binding.key} to record {binding.id!r}, which is not there",
                help="Make a new plan, which shows what is there now: `rhythmconf plan --env "
                f"{site.environment.name}`.",
                code=codes.BOUND_TO_NOTHING,
            )
    deletes = any(change.action == "delete" for change in plan.changes)
    differences = [_difference(change, records, deletes=deletes) for change in plan.changes]
    identity = Identity(tuple(_bound(plan, records, site)), {}, tuple(_orphans(plan, live, records, site)))
    guards = check(GuardInput(differences, identity, live, site, False, parse_flags(plan.allowed, site.catalog)))
    refuse_guards([guard for guard in guards if not guard.ok])


def parse_flags(flags: Sequence[str], catalog: Catalog) -> Allow:
    """Return what the flags of a plan allow. Raises Refused (RC314) for anything that is no such flag."""
    updates, deletes = dict[str, float](), dict[str, float]()
    keys, ours = set[Key](), set[Key]()
    for flag in flags:
        option, _, value = flag.partition(" ")
        try:
            if option in ("--allow-updates", "--allow-deletes"):
                kind, _, share = value.partition("=")
                limits = updates if option == "--allow-updates" else deletes
                limits[catalog.kind(kind).name] = float(share.removesuffix("%"))
            elif option in ("--allow", "--ours"):
                kind, _, name = value.rpartition("/")
                (keys if option == "--allow" else ours).add(Key(catalog.kind(kind).name, name))
            elif flag not in ("--allow-behind", "--allow-absent", "--no-base", DESTROY):
                raise ValueError(flag)
        except (CatalogError, ValueError):
            raise damaged(f"it allows {flag!r}, which is no option of `plan`") from None
    return Allow(updates, deletes, frozenset(keys), frozenset(ours))


def find_differences(plan: Plan, live: LiveState) -> list[Difference]:
    """Return the differences that the changes of a saved plan make to the records as they are now."""
    records = {(record.kind, record.id): record for record in live.all()}
    return [_difference(change, records, deletes=True) for change in plan.changes]


def _difference(change: Change, records: dict[tuple[str, str], Record], *, deletes: bool) -> Difference:
    """Return the difference that a change makes. What an update leads to is only asked where something is deleted."""
    if change.action == "create":
        return Difference(change, None, change.body)
    record = records.get((change.key.kind, change.id or ""))
    live = record.body if record else {}
    if change.action == "delete":
        return Difference(change, live, None)
    if not deletes:
        return Difference(change, live, live)
    import jsonpatch  # only such plans need it

    try:
        return Difference(change, live, jsonpatch.JsonPatch(list(change.patch)).apply(live))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        # The comparison of the preconditions, which comes first, reports a record that is different now.
        return Difference(change, live, live)


def _bound(plan: Plan, records: dict[tuple[str, str], Record], site: Site) -> Iterator[Pair]:
    """Yield the bound records: they belong to this project without a mark."""
    bindings: dict[Key, Binding] = {**site.bindings, **{binding.key: binding for binding in plan.binds}}
    for key, binding in bindings.items():
        record = records.get((key.kind, binding.id))
        if record is not None:
            yield Pair(key, None, record, "binding", protected=binding.protected)


def _orphans(plan: Plan, live: LiveState, records: dict[tuple[str, str], Record], site: Site) -> Iterator[Pair]:
    """Yield the records that the plan deletes; one whose mark another record keeps is a duplicate."""
    deletes = {(change.key.kind, change.id): change for change in plan.changes if change.action == "delete"}
    staying = {
        (record.kind, mark.project, mark.key)
        for record in live.all()
        if (mark := mark_of(record)) is not None and (record.kind, record.id) not in deletes
    }
    for place, change in deletes.items():
        record = records.get((place[0], place[1] or ""))
        if record is None:
            continue
        mark, binding = mark_of(record), site.bindings.get(change.key)
        duplicate = mark is not None and (record.kind, mark.project, mark.key) in staying
        protected = (mark is not None and mark.protected) or (binding is not None and binding.protected)
        yield Pair(change.key, None, record, "duplicate" if duplicate else "mark", protected=protected)
