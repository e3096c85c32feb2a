"""Two computers that share the lock and the run records of one tenant, in random interleavings of what both do.

Where the state is kept is a parameter: see `Sharing`. A command runs in a process of its own. It can be killed or
stopped at any moment (see `kills`); while it is stopped, the other computer goes on. What each process sends to the
tenant is written down, so that writes of two of them that overlap are seen.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpcore
import httpx
import obstore

from rhythmconf.flows import shared_state, tenant_lock
from rhythmconf.source.project.opening import open_settings
from tests.support.buckets import Bucket
from tests.support.clones import Person
from tests.support.git import git
from tests.support.kills import signal_at_moments, start_child, surround
from tests.support.process import (
    TENANT,
    Completed,
    ServedTenant,
    make_environ,
    make_project,
    run_in_process,
    serve_emulator,
    set_environ,
)

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  s: {{tenant: {tenant}, state: {state}, dialect: {{list_lag_s: 0}}}}
default_environment: s
"""
KINDS = {"g": ("programGroup", "programGroups"), "p": ("program", "programs")}
"""Kind and collection by the first letter of a key."""
KEYS = ("g0", "g1", "g2", "p0", "p1", "p2")
STEPS = ("edit", "edit", "apply", "kill", "kill", "kill", "stop", "stop", "stop", "both", "resume", "take_over", "look")
AFTER = ("take_over", "take_over", "take_over", "resume", "resume", "apply", "kill", "stop", "edit", "wake")
"""Steps after a command was killed or stopped, until the lock is taken over."""
LIMIT_S = 240
"""Seconds after which a command that hangs is ended."""
REFUSED, INCOMPLETE = 3, 5


class Observer(Protocol):
    """Somebody who reads what is shared, and writes nothing."""

    def records(self) -> dict[str, bytes]:
        """Return the shared record of each run."""
        ...


class Sharing(NamedTuple):
    """Where two computers keep what they share: the value of `state:`, and the variables that it needs.

    `observe` returns what reads it, for a clone and its variables. `moments` are those of an apply of a few changes,
    and twice those in which it writes to the tenant.
    """

    state: str
    observe: Callable[[Path, Mapping[str, str]], Observer]
    moments: Sequence[tuple[int, int]]
    env: Mapping[str, str] = {}


class Sent(NamedTuple):
    """A write that a process is about to send (`S`), or that was answered (`E`), for the run that its lock names."""

    what: str
    process: str
    run: str


@dataclass
class Computer:
    """A person with a clone and a computer of their own, and the command that is stopped there, if any."""

    person: Person
    sharing: Sharing
    sent: Path
    count: int = 0
    has: int = 0
    """How many edits its clone has."""
    child: int = 0
    """The process that is stopped, or 0."""
    claims: list[str] = field(default_factory=list)
    """The claim that was there when the last command began."""

    @property
    def host(self) -> str:
        return f"{self.person.name.lower()}s-laptop"

    @property
    def process(self) -> str:
        """Return the name of the last process here."""
        return f"{self.person.name}{self.count}"

    @property
    def env(self) -> dict[str, str]:
        return {**self.person.tenant.env, **self.sharing.env, "LOGNAME": self.person.name.lower()}

    def start(self, *arguments: str, signals: Mapping[int, signal.Signals] | None = None) -> int:
        """Start a command that sends itself signals at some of its moments."""
        self.count += 1
        self.claims = self.read_claims()
        self.result.unlink(missing_ok=True)
        return start_child(lambda: self._work(arguments, signals or {}))

    def _work(self, arguments: tuple[str, ...], signals: Mapping[int, signal.Signals]) -> None:
        signal.alarm(LIMIT_S)
        socket.gethostname = lambda: self.host
        tenant_lock.RETRY_S = 0.05
        self._note_sent()
        if signals:
            pass_moment = signal_at_moments(signals)
            # Git goes on by itself when the process that started it is killed.
            subprocess.Popen.communicate = surround(subprocess.Popen.communicate, pass_moment, pass_moment)  # type: ignore[method-assign, assignment]
            for name in ("get", "put"):
                setattr(obstore, name, surround(getattr(obstore, name), pass_moment, pass_moment))
        self.result.write_text(json.dumps(run_in_process(self.person.folder, *arguments, env=self.env)))

    def _note_sent(self) -> None:
        """Write down each write that this process sends, and its answer."""
        send = httpcore.ConnectionPool.handle_request
        descriptor = os.open(self.sent, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

        def note(what: str) -> None:
            claims = self.state.glob("locks/*.claim")
            run = next((str(json.loads(path.read_bytes())["run"]) for path in claims), "none")
            os.write(descriptor, f"{what} {self.process} {run}\n".encode())

        def note_and_send(pool: httpcore.ConnectionPool, request: httpcore.Request) -> httpcore.Response:
            if request.method == b"GET":
                return send(pool, request)
            note("S")
            answer = send(pool, request)
            note("E")
            return answer

        httpcore.ConnectionPool.handle_request = note_and_send  # type: ignore[method-assign, assignment]

    def read_claims(self) -> list[str]:
        """Return the last claim that was made here, if there is one."""
        return [path.read_text() for path in self.state.glob("locks/*.claim")]

    def holds(self, id: str) -> bool:
        """Return whether the stopped command, and no earlier one that was killed, has made the claim with this id."""
        return any(f'"{id}"' in claim for claim in self.read_claims() if claim not in self.claims)

    @property
    def state(self) -> Path:
        return self.person.folder / ".rhythmconf/state"

    @property
    def result(self) -> Path:
        return self.person.folder.parent / f"{self.person.name}.result"

    def wait(self, child: int) -> Completed | None:
        """Wait until a command ends or stops itself. Return None for one that was killed, or is stopped now."""
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            self.child = child
            return None
        self.child = 0
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, -signal.SIGKILL), (self.process, code)
        return Completed(*json.loads(self.result.read_text())) if code == 0 else None

    def records(self) -> dict[str, bytes]:
        """Return the run records that this computer has. One that was killed in its first line is none."""
        records = {path.stem: path.read_bytes() for path in (self.state / "runs").glob("*.jsonl")}
        return {run: data for run, data in records.items() if b"\n" in data}


class GitObserver:
    """Somebody who reads the run records in the git remote."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._environ = make_environ(folder, env)
        with set_environ(self._environ):
            settings = open_settings(folder, None)
            shared = shared_state.open_shared(settings, settings.environment(None))
        assert shared is not None
        self._store = shared.store
        self._read: dict[tuple[str, str], bytes] = {}

    def records(self) -> dict[str, bytes]:
        """Return the shared record of each run."""
        with set_environ(self._environ):
            versions = self._store.fetch()
            for run, version in versions.items():
                if (run, version) not in self._read:
                    self._read[run, version] = self._store.read(run)
        return {run: self._read[run, version] for run, version in versions.items()}


class BucketObserver:
    """Somebody who reads the run records in a bucket, without obstore: processes are forked from this one."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._parts: dict[str, bytes] = {}

    def records(self) -> dict[str, bytes]:
        """Return the shared record of each run. A part never changes."""
        records: dict[str, bytes] = {}
        for path in sorted(self._bucket.objects()):
            if path.startswith("runs/"):
                run = path.split("/")[-2]
                self._parts[path] = self._parts.get(path) or self._bucket.get(path)
                records[run] = records.get(run, b"") + self._parts[path]
        return records


def share_by_git() -> Sharing:
    """Share the state in the git remote."""
    return Sharing("git", GitObserver, ((1, 155), (78, 135), (78, 135)))


def share_by_bucket(bucket: Bucket) -> Sharing:
    """Share the state in a bucket."""
    moments = ((1, 135), (45, 120), (45, 120))
    return Sharing(f'{{bucket: "{bucket.url}"}}', lambda *_: BucketObserver(bucket), moments, bucket.env)


@dataclass
class World:
    """Two computers, what they did, and what must hold."""

    computers: tuple[Computer, Computer]
    sharing: Sharing
    observer: Observer
    tenant: ServedTenant
    chance: random.Random
    log: list[str] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    """How many lines were sent when the lock of a process was taken over."""
    count: int = 0
    edits: int = 0
    is_interrupted: bool = False
    kills: int = 0
    stops: int = 0
    taken_over: int = 0
    late: int = 0
    checked: tuple[int, dict[str, int]] = (0, {})

    def other(self, computer: Computer) -> Computer:
        return self.computers[computer is self.computers[0]]

    def moment(self) -> int:
        return self.chance.randint(*self.chance.choice(self.sharing.moments))

    def run(self, computer: Computer, *arguments: str) -> Completed:
        """Run a command to its end."""
        result = computer.wait(computer.start(*arguments))
        assert result is not None
        return self.note(computer, arguments, result)

    def interrupt(self, computer: Computer, *arguments: str, how: signal.Signals) -> Completed | None:
        """Run a command that is killed or stopped at a random moment, if it has so many."""
        moment = self.moment()
        result = computer.wait(computer.start(*arguments, signals={moment: how}))
        if result is not None:
            return self.note(computer, arguments, result)
        self.is_interrupted = True
        self.kills += how == signal.SIGKILL
        self.stops += how == signal.SIGSTOP
        self.log.append(f"{computer.process}: {' '.join(arguments)} -> {how.name} at moment {moment}")
        return None

    def note(self, computer: Computer, arguments: Iterable[str], result: Completed) -> Completed:
        self.log.append(f"{computer.process}: {' '.join(arguments)} -> {result.code} {result.stderr[:500]}")
        assert "Traceback" not in result.stderr, result.stderr
        assert "RC000" not in result.stderr
        return result

    def pull(self, computer: Computer) -> None:
        if computer.has < self.edits:
            computer.person.pull()
            computer.has = self.edits

    # What happens on a computer. Each does nothing while a command is stopped there.

    def edit(self, computer: Computer) -> None:
        """Give documents a new name, write new ones, or delete one, and publish that."""
        self.pull(computer)
        person = computer.person
        for key in self.chance.sample(KEYS, self.chance.randint(1, 4)):
            if person.file(key).exists() and self.chance.random() < 0.1:
                person.file(key).unlink()
            else:
                self.count += 1
                person.file(key).write_text(document(key, f"number {self.count} by {person.name}."))
        person.commit()
        person.push()
        self.edits += 1
        computer.has = self.edits

    def apply(self, computer: Computer) -> None:
        self.pull(computer)
        self.expect(self.run(computer, "apply", "--auto-approve"))

    def kill(self, computer: Computer, how: signal.Signals = signal.SIGKILL) -> None:
        """Kill or stop a command that holds the lock, or takes it over."""
        self.pull(computer)
        command = self.chance.choice(("apply", "apply", "apply", "resume", "unlock"))
        if command == "unlock":
            self.take_over(computer, how)
        else:
            options = ("--auto-approve",) if command == "apply" else ()
            self.expect(self.interrupt(computer, command, *options, how=how))

    def stop(self, computer: Computer) -> None:
        self.kill(computer, signal.SIGSTOP)

    def wake(self, _: Computer) -> None:
        """Let the commands that are stopped go on to their end."""
        for computer in self.computers:
            if not computer.child:
                continue
            os.kill(computer.child, signal.SIGCONT)
            result = computer.wait(computer.child)
            assert result is not None
            self.expect(self.note(computer, ("woken",), result))

    def both(self, computer: Computer) -> None:
        """Apply on both computers at once; one of them may be killed meanwhile, or both wait for their turn."""
        moment = self.chance.choice((0, self.moment()))
        # A dead holder would be waited for in vain.
        waiting = () if moment else ("--lock-timeout", "60")
        for one in self.computers:
            self.pull(one)
        going = [
            (one, one.start("apply", "--auto-approve", *waiting, signals={moment: signal.SIGKILL} if is_one else {}))
            for one, is_one in ((computer, moment > 0), (self.other(computer), False))
        ]
        for one, child in going:
            result = one.wait(child)
            self.kills += result is None
            self.is_interrupted = self.is_interrupted or result is None
            if result is not None:
                self.expect(self.note(one, ("apply at once", *waiting), result))

    def resume(self, computer: Computer) -> None:
        self.expect(self.run(computer, "resume"))

    def take_over(self, computer: Computer, how: signal.Signals | None = None) -> None:
        """Release the lock, with the id of another computer's if that is asked for."""
        free = self.run(computer, "unlock")
        if free.code == 0:
            self.is_interrupted = False
            return
        assert free.code == REFUSED
        arguments = ("unlock", "--lock", free.stderr.partition("--lock ")[2].split()[0])
        if "--lock " not in free.stderr:
            return
        result = self.interrupt(computer, *arguments, how=how) if how else self.run(computer, *arguments)
        if result is not None and result.code == 0:
            self.taken_over += 1
            self.is_interrupted = False
            other = self.other(computer)
            if other.child and other.holds(arguments[-1]):
                self.taken.setdefault(other.process, len(self.sent()))

    def look(self, computer: Computer) -> None:
        """Ask for what happened, which needs no lock."""
        assert self.run(computer, "history").code == 0
        self.expect(self.run(computer, "plan"))

    def expect(self, result: Completed | None) -> None:
        """Check how a run may end: refused while somebody else has the lock, stopped where it was taken over.

        A create that was sent late may be there twice: a plan names both (RC301), and an apply that creates the other
        one at that time names or deletes it (RC540).
        """
        self.check()
        if result is not None:
            stopped = "the lock was taken over by" in result.stderr and "RC514" in result.stderr
            twice = self.late and ("RC301" in result.stderr or "RC540" in result.stderr)
            assert result.code in (0, REFUSED) or stopped or twice, result

    # What must hold.

    def sent(self) -> list[Sent]:
        path = self.computers[0].sent
        return [Sent(*line.split()) for line in path.read_text().splitlines()] if path.exists() else []

    def check(self) -> None:
        """Check that one process at a time writes, and that what was sent is on record for everybody before."""
        sent = self.sent()
        if (len(sent), self.taken) == self.checked:
            return
        self.checked = (len(sent), dict(self.taken))
        records = self.observer.records()
        intents = {run: read_lines(data, "intent") for run, data in records.items()}
        for run, count in Counter(one.run for one in sent if one.what == "S").items():
            assert len(intents.get(run, ())) >= count, f"run {run} sent {count} requests: {intents.get(run)}"
        late = [one for number, one in enumerate(sent) if number >= self.taken.get(one.process, len(sent))]
        self.late = sum(one.what == "E" for one in late)
        # What was on record as an intent when the lock was taken over may still be sent, and nothing else.
        for (process, run), count in Counter((one.process, one.run) for one in late if one.what == "S").items():
            assert count <= len(unanswered(records[run])), f"{process} sent {count} requests after the lock was taken"
        order = [one.process for number, one in enumerate(sent) if number < self.taken.get(one.process, len(sent))]
        turns = [name for name, before in zip(order, ["", *order], strict=False) if name != before]
        assert len(turns) == len(set(turns)), f"the writes of two processes overlap: {turns}"

    def live(self) -> dict[str, list[str]]:
        """Return the names of the records of each key."""
        names: dict[str, list[str]] = {}
        for _, segment in KINDS.values():
            for one in self.tenant.records(segment):
                names.setdefault(str(one["sys_external_id"]).rpartition("/")[2], []).append(one["name"])
        return names

    def finish(self) -> None:
        """Let both come to an end, and check that both know every run and agree with the tenant."""
        one = self.chance.choice(self.computers)
        other = self.other(one)
        self.wake(one)
        self.check()
        self.take_over(one)
        resumed = self.run(one, "resume")
        assert resumed.code == 0 or self.late, resumed
        self.check()
        self.pull(other)
        self.settle(other)
        self.pull(one)
        for computer in self.computers:
            assert self.run(computer, "plan", "--detailed-exitcode").code == 0
        self.check()
        self.check_tenant()
        self.check_records()

    def settle(self, computer: Computer) -> None:
        """Apply the files, and decide what is left for a person to decide."""
        result = self.run(computer, "apply", "--auto-approve")
        if result.code != 0:
            twice = {key for key, names in self.live().items() if len(names) > 1}
            assert not twice or self.late, twice
            prune = ("--prune-duplicates",) if twice else ()
            changes = self.run(computer, "plan", "--format", "json", *prune).json()["changes"]
            conflicts = [f"{change['kind']}/{change['key']}" for change in changes if change["class"] == "conflict"]
            ours = [word for key in conflicts for word in ("--ours", key)]
            result = self.run(computer, "apply", "--auto-approve", *ours, *prune)
        assert result.code == 0, result

    def check_tenant(self) -> None:
        """Check that the tenant has each document once, and nothing that was deleted."""
        live = self.live()
        for path in (self.computers[0].person.folder / "config").iterdir():
            assert [document(path.stem, name) for name in live.pop(path.stem)] == [path.read_text()]
        # A killed apply may have created a record whose document is gone by now: no base has it, so it is only named.
        for key in live:
            named = self.run(self.computers[0], "plan")
            assert "RC332" in named.stderr, (key, named)

    def check_records(self) -> None:
        """Check that both computers have the record of every run, and that it has every write of the tenant once."""
        # The record of a run that was closed before its first part has no header. It has sent nothing.
        shared = {run: data for run, data in self.observer.records().items() if data.startswith(b'{"record":"run"')}
        for computer in self.computers:
            assert computer.records() == shared
        assert {one.run for one in self.sent()} <= set(shared)
        runs = [json.loads(self.run(one, "history", "--format", "json").stdout)["runs"] for one in self.computers]
        assert runs[0] == runs[1]
        # One that was killed before it had recorded its plan is no run: it has sent nothing either.
        begun = {run for run, data in shared.items() if read_lines(data, "plan")}
        assert {run["run"] for run in runs[0]} == begun
        run = self.chance.choice(sorted(begun))
        shown = [self.run(one, "show", "run", run, "--format", "json").json() for one in self.computers]
        assert shown[0] == shown[1]
        logged = [write for one in self.tenant.log() for write in one["writes"] if write["status"] == 200]
        settled = [row for data in shared.values() for line in read_lines(data, "outcome") for row in line["settled"]]
        applied = sum(row["outcome"] == "applied" for row in settled)
        doubt = sum(len(unanswered_writes(data)) for data in shared.values())
        assert applied - doubt <= len(logged) <= applied + doubt + self.late, (applied, len(logged), doubt)


def document(key: str, name: str) -> str:
    """Return the text of a document."""
    return f"kind: {KINDS[key[0]][0]}\nkey: {key}\nspec:\n  name: {name}\n"


def read_lines(data: bytes, record: str) -> list[dict[str, Any]]:
    """Return the lines of a run record that have one name."""
    return [line for line in map(json.loads, data.splitlines()) if line["record"] == record]


def unanswered(data: bytes) -> list[dict[str, Any]]:
    """Return the intents of a run record that had no outcome when the lock was taken over."""
    lines = [json.loads(line) for line in data.splitlines()]
    closing = [n for n, line in enumerate(lines) if "was taken over" in line.get("message", "")]
    before = lines[: closing[0]] if closing else lines
    answered = {line["seq"] for line in before if line["record"] == "outcome"}
    return [line for line in before if line["record"] == "intent" and line["seq"] not in answered]


def unanswered_writes(data: bytes) -> list[str]:
    """Return the writes of a run record that have no outcome."""
    answered = {(line["seq"], row["key"]) for line in read_lines(data, "outcome") for row in line["settled"]}
    writes = [(line["seq"], write["key"]) for line in read_lines(data, "intent") for write in line["writes"]]
    return [key for seq, key in writes if (seq, key) not in answered]


def make_world(folder: Path, tenant: ServedTenant, sharing: Sharing, seed: int) -> World:
    """Return two computers with a clone each of one bare repository, and a tenant that has nothing yet."""
    settings = SETTINGS.format(tenant=TENANT, state=sharing.state)
    files = {f"config/{key}.yaml": document(key, f"{key} at first") for key in KEYS[::2]}
    first = make_project(folder / "ana", {**files, ".gitignore": ".rhythmconf/\n"}, settings)
    git(first, "init", "-q", "-b", "main", "--template=")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "first")
    git(folder, "clone", "-q", "--bare", "--template=", str(first), "origin")
    git(first, "remote", "add", "origin", "../origin")
    for name in ("ben", "cleo"):
        git(folder, "clone", "-q", "--template=", str(folder / "origin"), name)
    ana, ben = (
        Computer(Person(name, folder / name.lower(), tenant), sharing, folder / "sent") for name in ("Ana", "Ben")
    )
    return World((ana, ben), sharing, sharing.observe(folder / "cleo", tenant.env), tenant, random.Random(seed))


def load_all(world: World) -> None:
    """Load what commands load when they are first used, once for all processes that are forked from this one."""
    person = world.computers[0].person
    for command in ("apply --auto-approve", "resume", "plan --format json", "history", "unlock"):
        assert run_in_process(person.folder, *command.split(), env=world.computers[0].env).code == 0


def empty(tenant: ServedTenant) -> ServedTenant:
    """Delete the records of a tenant. Return it with a log that starts now."""
    with httpx.Client(trust_env=False, headers={"authorization": f"Bearer {tenant.token}"}) as http:
        for _, segment in KINDS.values():
            for one in tenant.records(segment):
                http.delete(tenant.address(segment, f"/{one['id']}")).raise_for_status()
    return tenant.without_records()


def walk(folder: Path, share: Callable[[int], Sharing], seeds: Iterable[int]) -> str:
    """Try the interleavings of these seeds; `share` returns where the state of one is kept, which is empty there.

    Return what happened in them; raise AssertionError with the steps.
    """
    totals: Counter[str] = Counter()
    with serve_emulator(folder) as served:
        (folder / "first").mkdir()
        load_all(make_world(folder / "first", served, share_by_git(), 0))
        for seed in seeds:
            place = folder / str(seed)
            place.mkdir()
            world = make_world(place, empty(served), share(seed), seed)
            try:
                interleave(world)
            except AssertionError as error:
                steps = "\n".join(world.log)
                raise AssertionError(f"seed {seed}: {error}\n{steps}") from error
            totals.update(interleavings=1, kills=world.kills, stops=world.stops, taken=world.taken_over)
            totals.update(late=world.late > 0)
            shutil.rmtree(place)
    return ", ".join(f"{name}: {count}" for name, count in totals.items())


def interleave(world: World) -> None:
    """Let two computers do random steps and come to an end. Raises AssertionError where something does not hold."""
    try:
        for _ in range(world.chance.randint(5, 10)):
            computer = world.chance.choice([one for one in world.computers if not one.child] or world.computers)
            step = world.chance.choice(AFTER if world.is_interrupted else STEPS)
            if computer.child or (step == "both" and world.other(computer).child):
                step = "wake"
            world.log.append(f"{computer.person.name}: {step}")
            getattr(world, step)(computer)
            world.check()
        world.finish()
    finally:
        for computer in world.computers:
            if computer.child:
                os.kill(computer.child, signal.SIGKILL)
                os.waitpid(computer.child, 0)
                computer.child = 0
