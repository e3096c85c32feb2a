"""The file of the emulated tenant: several processes at once, crashes, and files of other formats."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rhythmconf.errors import NotSent, TenantError, codes
from rhythmconf.tenant.emulator import Emulator, Options, Request, Store
from tests.support.clients import get_kind, make_client
from tests.support.emulated import TENANT, Tenant, make_emulator, make_tenant, shipped_catalog
from tests.support.emulator_transport import EmulatorTransport
from tests.support.stores import limit_pages, open_store
from tests.support.ticking import Ticking

WRITER = """
import sys
from pathlib import Path
from tests.support.emulated import make_tenant
api = make_tenant(Path(sys.argv[1]))
id = sys.argv[3]
print("ready", flush=True)
for number in range(int(sys.argv[4])):
    api.make("statusReasons", {"name": f"{sys.argv[2]}-{number}"})
    api.patch(f"programs/{id}", {"op": "add", "path": "/name", "value": str(number)})
    print(number, flush=True)
"""


def start_writer(db: Path, name: str, program: object, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(db), name, str(program), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_nothing_is_lost_when_processes_write_one_file(tmp_path: Path) -> None:
    db = tmp_path / "tenant.db"
    api = make_tenant(db)
    program = api.make("programs", {"name": "CMSI"})["id"]

    writers = [start_writer(db, str(number), program, 25) for number in range(3)]
    for number in range(25):
        api.make("statusReasons", {"name": f"here-{number}"})
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0, 0]

    names = {record["name"] for record in api.get("statusReasons").json()}
    assert names == {f"{writer}-{number}" for writer in ("0", "1", "2", "here") for number in range(25)}
    assert api.read(f"programs/{program}")["sys_version"] == 1 + 3 * 25


def test_processes_can_create_the_same_file_at_once(tmp_path: Path) -> None:
    db = tmp_path / "tenant.db"
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store(db, TENANT), range(8)))
    for store in stores:
        store.close()


def test_threads_share_a_tenant() -> None:
    api = make_tenant()
    program = api.make("programs", {"name": "CMSI"})["id"]

    def work(number: int) -> None:
        api.make("statusReasons", {"name": str(number)})
        api.patch(f"programs/{program}", {"op": "add", "path": "/name", "value": str(number)})
        api.batch("statusReasons", {"operation": "delete", "id": "nope"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    assert {record["name"] for record in api.get("statusReasons").json()} == {str(number) for number in range(80)}
    assert api.read(f"programs/{program}")["sys_version"] == 81


def test_answered_writes_survive_a_kill(tmp_path: Path) -> None:
    db = tmp_path / "tenant.db"
    program = make_tenant(db).make("programs", {"name": "CMSI"})["id"]
    writer = start_writer(db, "w", program, 10_000)
    assert writer.stdout is not None
    answered = [writer.stdout.readline() for _ in range(40)][-1]
    writer.send_signal(signal.SIGKILL)
    writer.communicate()

    names = [record["name"] for record in make_tenant(db).get("statusReasons").json()]
    assert names == [f"w-{number}" for number in range(len(names))]
    assert len(names) > int(answered)


def test_a_batch_is_undone_when_the_process_fails_in_its_middle(tmp_path: Path) -> None:
    failing = make_emulator(tmp_path / "tenant.db", batch="patch+delete+create", new_id=iter("ab").__next__)
    api = Tenant(EmulatorTransport(failing))
    with pytest.raises(StopIteration):
        api.batch("statusReasons", *({"operation": "create", "object": {"name": name}} for name in "abc"))
    assert api.get("statusReasons").json() == []


def test_a_full_disk_is_this_computer_s_fault_and_changes_nothing(tmp_path: Path) -> None:
    db = tmp_path / "tenant.db"
    emulator = make_emulator(db)
    time = Ticking()
    with make_client(EmulatorTransport(emulator), time=time) as client:
        client.create(get_kind("statusReason"), {"name": "before"})
        limit_pages(emulator.store)
        with pytest.raises(NotSent, match=f"embedded tenant can't use {db}: database or disk is full") as caught:
            client.create(get_kind("statusReason"), {"name": "x" * 100_000})
        assert (caught.value.code, time.slept) == (codes.STORAGE, [])
        assert "tenant's side" not in f"{caught.value.message}{caught.value.help}"
        # What still fits is stored: the failed transaction is not left open.
        client.create(get_kind("statusReason"), {"name": "after"})
        names = [record["name"] for page in client.list(get_kind("statusReason")) for record in page]
    assert names == ["before", "after"]


def test_a_transaction_that_fails_at_its_end_is_not_left_open(tmp_path: Path) -> None:
    """A full disk can show at COMMIT. A foreign key that is checked there fails at the same place."""
    store = Store(tmp_path / "tenant.db", TENANT)
    store._db.execute("PRAGMA foreign_keys = ON")
    store._db.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
    store._db.execute("CREATE TABLE children (id REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")

    def fail() -> None:
        with store.transaction():
            store.insert("certifications/program", "a", "{}", [], created=0)
            store._db.execute("INSERT INTO children VALUES (1)")

    with pytest.raises(sqlite3.IntegrityError):
        fail()
    with store.transaction():
        store.insert("certifications/program", "b", "{}", [], created=0)
    assert not store.contains("certifications/program", "a")
    assert store.contains("certifications/program", "b")
    store.close()


def test_a_file_may_hold_several_tenants(tmp_path: Path) -> None:
    db = tmp_path / "tenants.db"
    one, other = Store(db, "one"), Store(db, "other")
    for store in (one, other):
        with store.transaction():
            store.insert("certifications/program", "same-id", "{}", [], created=0)
    with one.transaction():
        one.delete("certifications/program", "same-id")
    assert not one.contains("certifications/program", "same-id")
    assert other.contains("certifications/program", "same-id")
    one.close()
    other.close()


def other_database(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE records (id)")
    db.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("not a database, but long enough to be sure of that" * 50),
        other_database,
        Path.mkdir,
    ],
)
def test_a_file_of_another_format_is_refused_and_kept(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "tenant.db"
    assert callable(spoil)
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(TenantError) as caught:
        Store(path, TENANT)
    assert str(path) in caught.value.message
    assert caught.value.help
    assert before is None or path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TenantError):
        Store(tmp_path / "file" / "tenant.db", TENANT)


def test_failing_storage_gives_an_error_answer() -> None:
    broken = make_emulator()
    broken.store.close()
    request = Request("GET", f"/certifications/programs/{TENANT}", {"authorization": "Bearer any"})
    assert broken.handle(request).status == 500


class References(RuleBasedStateMachine):
    """Create, link, unlink and delete programs and groups at random; no reference may dangle."""

    def __init__(self) -> None:
        super().__init__()
        self.api = Tenant(EmulatorTransport(Emulator(shipped_catalog(), open_store(None, TENANT), Options(TENANT))))
        self.groups: list[str] = []
        self.programs: dict[str, str | None] = {}

    @rule()
    def add_group(self) -> None:
        self.groups.append(str(self.api.make("programGroups", {"name": "g"})["id"]))

    @rule(number=st.integers(0, 9))
    def add_program(self, number: int) -> None:
        group = self.groups[number] if number < len(self.groups) else None
        body = {"name": "p"} | ({"group_id": group} if group else {})
        self.programs[str(self.api.make("programs", dict(body))["id"])] = group

    @rule(which=st.integers(0, 9), number=st.integers(0, 9))
    def tie(self, which: int, number: int) -> None:
        if which >= len(self.programs):
            return
        id = list(self.programs)[which]
        group = self.groups[number] if number < len(self.groups) else "nope"
        answer = self.api.patch(f"programs/{id}", {"op": "add", "path": "/group_id", "value": group})
        assert answer.status_code == (409 if group == "nope" else 200)
        self.programs[id] = self.programs[id] if group == "nope" else group

    @rule(which=st.integers(0, 9))
    def delete_program(self, which: int) -> None:
        if which < len(self.programs):
            id = list(self.programs)[which]
            assert self.api.delete(f"programs/{id}").status_code == 200
            del self.programs[id]

    @rule(number=st.integers(0, 9))
    def delete_group(self, number: int) -> None:
        if number < len(self.groups):
            used = self.groups[number] in self.programs.values()
            assert self.api.delete(f"programGroups/{self.groups[number]}").status_code == (409 if used else 200)
            if not used:
                del self.groups[number]

    @invariant()
    def the_tenant_holds_what_it_should(self) -> None:
        assert [record["id"] for record in self.api.get("programGroups").json()] == self.groups
        assert {record["id"]: record.get("group_id") for record in self.api.get("programs").json()} == self.programs

    def teardown(self) -> None:
        self.api.http.close()


TestReferences = References.TestCase
TestReferences.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
