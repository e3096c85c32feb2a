"""Plan the reversal of a run on a bench."""

from __future__ import annotations

from rhythmconf.engine import diff, execute
from rhythmconf.engine import plan as planning
from rhythmconf.engine.journal import Log
from rhythmconf.model import Fingerprint, Plan
from rhythmconf.tenant import live
from tests.support.bench import TENANT, Bench


def plan_back(bench: Bench, plan: Plan, log: Log | None) -> Plan:
    """Plan what undoes a plan, or the part of it that the log of its run says was done."""
    state = bench.fetch()
    recognised = execute.recognising(plan, log) if log else plan
    execute.check_incarnation(recognised.fingerprint, state)
    identity = execute.restoration(plan, state, bench.catalog, log=log, bindings=bench.bindings)
    prune = frozenset(pair.key for pair in identity.orphans)
    reversal = planning.build(
        diff.compare(identity, catalog=bench.catalog, dialect=bench.dialect, prune=prune),
        identity=identity,
        live=state,
        catalog=bench.catalog,
        dialect=bench.dialect,
        project="hisp",
        protected=False,
        fingerprint=Fingerprint("test", TENANT, "http://localhost/{module}", live.incarnation(state)),
    )
    assert planning.read(planning.dump(reversal)).changes == reversal.changes
    return reversal
