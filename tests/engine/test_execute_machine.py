"""A state machine of hypothesis: edits, applies, faults, kills, drift, resumes and rollbacks of one tenant.

Somebody else works on the same tenant. In any order of steps, unmanaged records stay, nothing is duplicated, and two
runs without faults bring the tenant to the state in the files.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from rhythmconf.engine import execute
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Plan
from rhythmconf.settings import Dialect
from tests.support.bench import Bench, ref
from tests.support.faults import FAULTS
from tests.support.kills import KILLED, die_after, die_before, run_in_child
from tests.support.rollbacks import plan_rollback
from tests.support.ticking import NOON, Ticking
from tests.support.worlds import DIALECTS

NAMES = ("note/a", "note/b", "note/c", "team/a", "team/b", "person/p", "rota/r")
TEXTS = st.sampled_from(["one", "two", "three"])


def body(name: str, text: str) -> Body:
    """Return the body of a document; a rota needs a team, and teams and people refer to each other."""
    title: Body = {"name": name.replace("/", " ")}
    bodies: dict[str, Body] = {
        "note": {**title, "text": text, "tags": [text, "x"]},
        "team": {**title, "motto": text, "lead_id": ref("person/p")},
        "person": {**title, "phone": text},
        "rota": {**title, "team_id": ref("team/a"), "slots": [{"name": text, "hours": 1}, {"name": "late"}]},
    }
    return bodies[name.partition("/")[0]]


class Life(RuleBasedStateMachine):
    """`desired` is the content of the files; `strangers` are records that no run may change."""

    @initialize(dialect=st.sampled_from(sorted(DIALECTS)))
    def begin(self, dialect: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.dialect: Dialect = DIALECTS[dialect]
        self.hours = 0
        self.bench = self.opened()
        self.desired: dict[str, Body] = {"person/p": body("person/p", "one"), "team/a": body("team/a", "one")}
        self.strangers: dict[str, int] = {}
        self.run({})

    def opened(self) -> Bench:
        """Open the tenant in its file, as a process that starts an hour later."""
        self.hours += 1
        time = Ticking(now_s=NOON + 3600 * self.hours)
        return Bench(self.folder, dialect=self.dialect, db=self.folder / "tenant.db", time=time)

    def planned(self, bench: Bench) -> Plan:
        gone = tuple(name for name in NAMES if name not in self.desired)
        return bench.plan(self.desired, prune=gone)

    def run(self, faults: dict[int, str]) -> bool:
        """Plan and apply; return whether all changes were applied."""
        try:
            done = self.bench.apply(self.planned(self.bench), {number: FAULTS[name] for number, name in faults.items()})
        except RhythmconfError:
            return False
        self.bench.bindings |= {binding.key: binding for binding in done.binds}
        return done.count("applied") == len(done.results)

    @rule(name=st.sampled_from(NAMES), text=TEXTS)
    def edit(self, name: str, text: str) -> None:
        self.desired[name] = body(name, text)

    @rule(name=st.sampled_from(["note/a", "note/b", "note/c", "team/b", "rota/r"]))
    def withdraw(self, name: str) -> None:
        self.desired.pop(name, None)

    @rule()
    def apply(self) -> None:
        assert self.run({})

    @rule(number=st.integers(1, 14), fault=st.sampled_from(sorted(FAULTS)))
    def apply_with_a_fault(self, number: int, fault: str) -> None:
        self.run({number: fault})

    @rule(number=st.integers(1, 10), after=st.booleans(), resumed=st.booleans())
    def die(self, number: int, after: bool, resumed: bool) -> None:
        bindings = dict(self.bench.bindings)
        self.bench.emulator.store.close()

        def work() -> None:
            bench = self.opened()
            bench.bindings = bindings
            bench.apply(self.planned(bench), {number: die_after if after else die_before})

        status = run_in_child(work)
        assert status in (0, KILLED)
        self.hours += 1  # the child's own count ended with it
        self.bench = self.opened()
        self.bench.bindings = bindings
        if self.bench.log().unfinished and resumed:
            done = self.bench.resume()
            self.bench.bindings |= {binding.key: binding for binding in done.binds}
            assert done.count("applied") == len(done.results)
        elif self.dialect.external_id == "read-only":
            # Without marks, only the run record knows the created records, so resume is needed.
            done = self.bench.resume() if self.bench.log().unfinished else self.bench.apply(self.planned(self.bench))
            self.bench.bindings |= {binding.key: binding for binding in done.binds}

    @rule(text=TEXTS)
    def drift(self, text: str) -> None:
        for one in self.bench.records("note"):
            if one["id"] not in self.strangers:
                value = f'"drift {text}"' if self.dialect.patch_values == "string" else f"drift {text}"
                self.bench.touch("note", one["id"], {"op": "add", "path": "/text", "value": value})

    @rule()
    def somebody_else(self) -> None:
        created = self.bench.other().create(self.bench.catalog.kind("note"), {"name": f"theirs {len(self.strangers)}"})
        self.strangers[str(created["id"])] = 1

    @precondition(lambda self: self.dialect.external_id == "writable")
    @rule()
    def roll_back(self) -> None:
        log = self.bench.log()
        if log.plan["changes"]:
            done = self.bench.apply(plan_rollback(self.bench, execute.read_plan(log), log))
            assert done.count("applied") == len(done.results)

    @invariant()
    def nothing_is_there_twice_and_what_is_not_ours_stays(self) -> None:
        records = list(self.bench.fetch().all())
        names = Counter((record.kind, str(record.body["name"])) for record in records)
        assert set(names.values()) <= {1}, names
        versions = {record.id: record.body["sys_version"] for record in records}
        assert {id: versions.get(id) for id in self.strangers} == self.strangers

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            assert self.run({}) or self.run({})
            assert self.planned(self.bench).changes == ()
            self.bench.emulator.store.close()
            shutil.rmtree(self.folder)


def test_the_life_of_a_project_ends_in_the_desired_state(full: bool) -> None:
    count, steps = (500, 50) if full else (10, 14)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=count, stateful_step_count=steps, deadline=None, phases=(Phase.reuse, Phase.generate)
        ),
    )
