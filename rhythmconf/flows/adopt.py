"""Records that are there before their documents -> a plan that writes marks and bindings, and no field."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, field

from rhythmconf.engine import identity
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows import codes
from rhythmconf.flows.planning import drawn, paired
from rhythmconf.flows.validate import checked
from rhythmconf.flows.values import Planned
from rhythmconf.model import Bindings, Diagnostic, Identity, Key, Pair, Progress, Resource
from rhythmconf.model.suggest import suggest_key
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live


@dataclass(frozen=True, slots=True)
class Wish:
    """What to adopt: `keys`, or everything that fits; `project` is the one that gives `keys` away.

    With `rebind` only keys whose bound record is gone, as after a refresh of the tenant.
    """

    keys: frozenset[Key] = frozenset()
    project: str | None = None
    rebind: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """What would be adopted, as pairs and as a plan; `undecided` names what can't be, and why."""

    planned: Planned
    pairs: tuple[Pair, ...]
    undecided: tuple[Diagnostic, ...] = field(default=())


class Undecided(Refused):
    """Which records some of the documents are can't be decided; `diagnostics` has every finding."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first, *others = [each for each in diagnostics if each.severity == "error"]
        more = f", and {len(others)} more" if others else ""
        ways = f"{first.help} Or name the keys to adopt without it."
        super().__init__(f"{first.message}{more}", help=ways, code=first.code, diagnostics=diagnostics)


def consider(
    project: Project, environment: Environment, source: live.Source, wish: Wish, *, now: str
) -> Generator[Progress, None, Adoption]:
    """Find the records. Raises Invalid before the first request, UsageError for a key without a document."""
    wanted = checked(project, environment.name)
    _refuse_unknown(wish.keys, wanted.state.resources)
    kinds = {key.kind for key in wanted.state.resources}
    found = yield from live.fetch(source, [kind for name, kind in project.catalog.kinds.items() if name in kinds])
    bindings = project.bindings.get(environment.name, {})
    given = dict.fromkeys(wish.keys, wish.project) if wish.project else {}
    who = paired(wanted.state, found, project, environment, adopt_from=given, bind_imports=True)
    chosen = _chosen(who, wish, bindings)
    plan = drawn(chosen, found, project, environment, now=now)
    return Adoption(Planned(plan, found, chosen), chosen.pairs, tuple(_undecided(who, chosen, wish, bindings)))


def _refuse_unknown(keys: Collection[Key], known: Collection[Key]) -> None:
    for key in keys:
        if key not in known:
            help = suggest_key(key, known) or "write one, or let `rhythmconf pull` do it"
            raise UsageError(f"no document declares {key}", help=help)


def _chosen(who: Identity, wish: Wish, bindings: Bindings) -> Identity:
    """The pairs that are wished for and are not ours yet, without what the documents say of their fields."""
    lines = {line.key for line in who.binds}
    gone = _gone(who, bindings)
    pairs = [pair for pair in who.pairs if pair.record and (not wish.keys or pair.key in wish.keys)]
    meant = [pair for pair in pairs if pair.key in gone or (not wish.rebind and _is_new(pair))]
    empty = tuple(pair._replace(resource=_bare(pair)) for pair in meant)
    binds = tuple(line for line in who.binds if line.key in {pair.key for pair in meant} & lines)
    return who._replace(pairs=empty, orphans=(), binds=binds, diagnostics=())


def _gone(who: Identity, bindings: Bindings) -> set[Key]:
    """The keys whose bound record is another now, or none."""
    return {key for pair in who.pairs if (key := pair.key) in bindings and _other(pair, bindings[key].id)}


def _other(pair: Pair, id: str) -> bool:
    return pair.record is None or pair.record.id != id


def _is_new(pair: Pair) -> bool:
    unmarked = pair.record is not None and not identity.external_id(pair.record)
    return pair.how == "adoption" or (pair.mark is not None and unmarked)


def _bare(pair: Pair) -> Resource | None:
    return pair.resource._replace(body={}) if pair.resource else None


def _undecided(who: Identity, chosen: Identity, wish: Wish, bindings: Bindings) -> Iterator[Diagnostic]:
    """The errors about what is wished for, and the lines of the bindings file that fit nothing any more."""
    for found in who.diagnostics:
        if found.severity == "error" and (not wish.keys or found.key in wish.keys):
            yield found
    lost = {pair.key for pair in who.pairs if pair.record is None} & set(bindings)
    for key in sorted(lost):
        yield Diagnostic(
            codes.BOUND_RECORD_GONE,
            f"{key}: the bound record {bindings[key].id!r} is gone, and no record of the tenant fits the document",
            "warning",
            key=key,
            help="Remove the line from the bindings file to have it created again, or correct the id.",
        )


def refuse_undecided(found: Adoption) -> None:
    """Raise Undecided where something that was wished for can't be decided: nothing is adopted by halves."""
    if any(each.severity == "error" for each in found.undecided):
        raise Undecided(found.undecided)
