"""Find out the dialect of a tenant with one test record, which is deleted afterwards.

Whatever happens in between, the record is deleted: by its id, or by its name if the id was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from rhythmconf.catalog import Kind
from rhythmconf.errors import Rejected, RhythmconfError, TenantError
from rhythmconf.model import MARK_FIELD, Body, Json, Missing, Operation, Progress, canonical, pointer
from rhythmconf.tenant.client import BatchItem, Client, Clock
from rhythmconf.tenant.doctor import codes
from rhythmconf.tenant.doctor.scratch import minimal_record, optional_list, switched_off_fields, text_fields

MARK = "rhythmconf-probe"
ABSENT_ID = "rhythmconf-probe-nobody"
"""An id that no record has."""
ValueForm = Literal["json", "string"]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The dialect of a tenant: the values that were found out, and for each other setting why it was not."""

    kind: str
    dialect: dict[str, str] = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class TestRecord:
    """The test record of a running probe, and how this tenant reads the values of patches.

    `may_exist`: a create was sent. `id_lost`: a record may have been created whose id is not known; lists show it
    after `lag_s` seconds at the latest.
    """

    client: Client
    clock: Clock
    lag_s: float
    kind: Kind
    name: str
    body: Body
    id: str = ""
    patch_values: ValueForm = "json"
    may_exist: bool = False
    id_lost: bool = False

    @property
    def text_field(self) -> str:
        """The field that holds the name, and that the probe edits."""
        return text_fields(self.kind)[0]

    @property
    def pointer(self) -> str:
        """The JSON Pointer of the text field."""
        return pointer((self.text_field,))

    @property
    def edited_name(self) -> str:
        """Another text for the text field."""
        return f"{self.name}, edited"

    def patch(self, *operations: Operation) -> bool:
        """Send a patch and return whether the tenant accepts it."""
        try:
            self.client.patch(self.kind, self.id, [self.encode(operation) for operation in operations])
        except Rejected:
            return False
        return True

    def encode(self, operation: Operation) -> Operation:
        """Return the operation with its value in the form that the tenant reads."""
        if self.patch_values == "json" or "value" not in operation:
            return operation
        return {**operation, "value": canonical(operation["value"]).decode()}

    def read(self) -> Body:
        """Return the record as it is now."""
        body = self.client.get(self.kind, self.id)
        if body is None:
            raise TenantError(
                f"The test record {self.id!r} of {self.kind.name} is gone: somebody else deleted it.",
                help="Run the probe again.",
            )
        return body

    def read_text(self) -> Json:
        """Return the value of the text field as it is now."""
        return self.read().get(self.text_field)

    def find_ids(self) -> list[str]:
        """Return the ids of all records with the name of the test record.

        If a record may exist whose id is lost, wait once until the lists must show it.
        """
        ids = list(self._listed_ids())
        if not ids and self.id_lost:
            self.clock.sleep(self.lag_s)
            ids = list(self._listed_ids())
        self.id_lost = False
        return ids

    def _listed_ids(self) -> Iterator[str]:
        text_field, names = self.text_field, (self.name, self.edited_name)
        for page in self.client.list(self.kind):
            for body in page:
                if body.get(text_field) in names and isinstance(body.get("id"), str):
                    yield str(body["id"])

    def delete_all(self) -> None:
        """Delete every record with the name of the test record.

        Raises RhythmconfError (RC530) with the name of a record that could not be deleted.
        """
        if not self.may_exist:
            return
        try:
            if self.id:
                self._delete(self.id)
            for id in self.find_ids():
                self._delete(id)
        except (TenantError, KeyboardInterrupt) as error:
            reason = error.message if isinstance(error, TenantError) else "it was interrupted"
            raise RhythmconfError(
                f"the test record {self.name!r} of {self.kind.name} could not be deleted: {reason}",
                help="delete it in Rhythm",
                code=codes.PROBE_LEFTOVER,
            ) from error

    def _delete(self, id: str) -> None:
        # A rejection can mean that the record is gone already. If it is not, the second attempt raises.
        with suppress(Rejected):
            self.client.delete(self.kind, id)
        if self.client.get(self.kind, id) is not None:
            self.client.delete(self.kind, id)


def run_probe(
    client: Client, kind: Kind, *, token: str, clock: Clock, lag_s: float
) -> Generator[Progress, None, ProbeResult]:
    """Find out the dialect with a test record of `kind`, whose name contains `token`, a word that is used only once.

    `lag_s` is how many seconds a new record may be missing from lists. Raises the errors of the client, and
    RhythmconfError (RC530) with the name of a record that could not be deleted.
    """
    name = f"rhythmconf probe {token}"
    record = TestRecord(client, clock, lag_s, kind, name, minimal_record(kind, name))
    result = ProbeResult(kind.name)
    try:
        for number, (title, step) in enumerate(STEPS.items()):
            yield Progress("probe", number, len(STEPS), title)
            step(record, result)
    finally:
        record.delete_all()
    return result


def _probe_create(record: TestRecord, result: ProbeResult) -> None:
    """Find external_id and off_options: which fields a create accepts and keeps."""
    fields = switched_off_fields(record.kind.root, record.body)
    forms: dict[str, Body] = {"omit": {}}
    if fields:
        forms["null"] = dict.fromkeys(fields)
        blanks = {name: child.blank for name, child in fields.items()}
        forms["empty"] = {name: blank for name, blank in blanks.items() if not isinstance(blank, Missing)}
    form = _create(record, forms)
    if fields:
        result.dialect["off_options"] = form
    else:
        result.undecided["off_options"] = f"{record.kind.name} has no field with a switch"
    result.dialect["external_id"] = "writable" if record.read().get(MARK_FIELD) == MARK else "read-only"


def _create(record: TestRecord, forms: Mapping[str, Body]) -> str:
    """Create the record in the first form that the tenant accepts. Raises Rejected if it accepts none."""
    *_, last = forms
    # Set before the first request: if its answer is lost, the record must be found and deleted.
    record.may_exist = record.id_lost = True
    for form, fields in forms.items():
        try:
            answer = record.client.create(record.kind, {**record.body, **fields, MARK_FIELD: MARK})
        except Rejected:
            if form == last:
                record.id_lost = False
                raise
        else:
            record.body = {**record.body, **fields}
            record.id = str(answer.get("id") or next(iter(record.find_ids()), ""))
            break
    if not record.id:
        raise TenantError(
            f"The tenant says that it created {record.name!r}, but neither its answer nor its list contains the id."
        )
    record.id_lost = False
    return form


def _probe_patch_values(record: TestRecord, result: ProbeResult) -> None:
    """Find patch_values. A tenant that expects plain values stores a string of JSON with its quotes."""
    forms: tuple[ValueForm, ...] = ("json", "string")
    for form in forms:
        record.patch_values = form
        accepted = record.patch({"op": "replace", "path": record.pointer, "value": record.edited_name})
        if accepted and record.read_text() == record.edited_name:
            result.dialect["patch_values"] = form
            return
    raise TenantError("The tenant accepts no patch of a text field, neither with a plain value nor with a JSON string.")


def _probe_guard(record: TestRecord, result: ProbeResult) -> None:
    """Find guard: a failing `test` must stop the operations after it, and a true one must not."""
    edit: Operation = {"op": "replace", "path": record.pointer, "value": record.name}
    # A tenant that ignores tests executes the edit, and the field no longer has the edited name.
    failing: Operation = {"op": "test", "path": record.pointer, "value": "a value that it never had"}
    record.patch(failing, edit)
    stopped = record.read_text() == record.edited_name
    true: Operation = {"op": "test", "path": record.pointer, "value": record.read_text()}
    passed = record.patch(true, edit) and record.read_text() == record.name
    result.dialect["guard"] = "values" if stopped and passed else "read"


def _probe_patch_ops(record: TestRecord, result: ProbeResult) -> None:
    """Find patch_ops, with a copy of a field onto itself, which changes nothing."""
    accepted = record.patch({"op": "copy", "from": record.pointer, "path": record.pointer})
    result.dialect["patch_ops"] = "all" if accepted else "basic"


def _probe_empty_lists(record: TestRecord, result: ProbeResult) -> None:
    """Find empty_lists: whether an empty list is stored."""
    name = optional_list(record.kind)
    if name is None:
        result.undecided["empty_lists"] = f"{record.kind.name} has no optional list"
        return
    record.patch({"op": "add", "path": pointer((name,)), "value": []})
    result.dialect["empty_lists"] = "distinct" if record.read().get(name) == [] else "same-as-absent"


def _probe_batch(record: TestRecord, result: ProbeResult) -> None:
    """Find batch and batch_results: send a good and a bad patch in both orders, then a delete, then a create."""
    edit = record.encode({"op": "replace", "path": record.pointer, "value": record.name})
    good, bad = BatchItem("patch", record.id, patch=[edit]), BatchItem("patch", ABSENT_ID, patch=[edit])
    try:
        answers = [record.client.batch(record.kind, items).results for items in ([good, bad], [bad, good])]
    except Rejected:
        result.dialect["batch"] = "none"
        result.undecided["batch_results"] = "the tenant has no batches"
        return
    result.dialect["batch_results"] = _results_form(record.id, *answers)
    record.client.batch(record.kind, [BatchItem("delete", record.id)])
    if record.client.get(record.kind, record.id) is not None:
        result.dialect["batch"] = "none"
        return
    # The answer to a batch may have any form: only the list shows whether the create worked.
    record.id, record.id_lost = "", True
    with suppress(Rejected):
        record.client.batch(record.kind, [BatchItem("create", body=record.body)])
    record.id = next(iter(record.find_ids()), "")
    result.dialect["batch"] = "patch+delete+create" if record.id else "patch+delete"


STEPS: Mapping[str, Callable[[TestRecord, ProbeResult], None]] = {
    "create": _probe_create,
    "values of patches": _probe_patch_values,
    "tests that must fail": _probe_guard,
    "operations of patches": _probe_patch_ops,
    "empty lists": _probe_empty_lists,
    "batches": _probe_batch,
}
"""What the probe does, in this order: later steps use what earlier ones found."""


def _results_form(id: str, good_first: Sequence[Json], bad_first: Sequence[Json]) -> str:
    """Return how the results of a batch say which operation they belong to, from the answers in both orders."""
    if all({id, ABSENT_ID} == {_member(item, "id") for item in results} for results in (good_first, bad_first)):
        return "by-id"
    successes = [[_is_success(item) for item in results] for results in (good_first, bad_first)]
    return "by-order" if successes == [[True, False], [False, True]] else "verify"


def _is_success(item: Json) -> bool | None:
    status = _member(item, "status")
    return 200 <= status < 300 if isinstance(status, int) else None


def _member(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None
