"""Plan the reversal of a run on a bench."""

from __future__ import annotations

from rhythmconf.engine import diff, execute
from rhythmconf.engine import plan as planning
from rhythmconf.engine.journal import Log
from rhythmconf.model import Plan
from tests.support.bench import Bench


def plan_rollback(bench: Bench, plan: Plan, log: Log | None) -> Plan:
    """Plan the reversal of a plan or, if a log is given, of the part that was done."""
    state = bench.fetch()
    recognised = execute.add_created_to_sample(plan, log) if log else plan
    execute.check_incarnation(recognised.fingerprint, state)
    identity = execute.restore_identity(plan, state, bench.site, log=log)
    prune = frozenset(pair.key for pair in identity.orphans)
    comparison = diff.compare(identity, bench.site, prune=prune)
    reversal = planning.build(comparison, identity, state, bench.site)
    assert planning.read(planning.dump(reversal)).changes == reversal.changes
    return reversal
