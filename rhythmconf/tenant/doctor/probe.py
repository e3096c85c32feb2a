"""A client -> the dialect of its tenant, found out with one scratch record of a harmless kind that is gone afterwards.

Whatever happens in between, the scratch record is deleted: by its id, and by its name where the id was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind
from rhythmconf.catalog.field import switched_on
from rhythmconf.errors import Rejected, RhythmconfError, TenantError, UsageError
from rhythmconf.model import Body, Json, Operation, Progress, Risk, canonical
from rhythmconf.tenant.client import BatchItem, Client, Clock
from rhythmconf.tenant.doctor import codes

MARK = "rhythmconf-probe"
FIELD = "sys_external_id"
NOBODY = "rhythmconf-probe-nobody"
"""The id of a record that isn't there."""
_HARM: Sequence[Risk | None] = (None, "access", "inbox", "money")
_EMPTY: Mapping[str, Json] = {"object": {}, "array": [], "string": ""}
Word = Literal["json", "string"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was found: settings of the dialect by name, and why others could not be settled."""

    kind: str
    settled: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Bench:
    """What the questions share: the scratch record, and how this tenant reads the values of a patch.

    `sent`: there may be a record. `lost`: one may have been created whose id is not known; lists show it `lag_s` later.
    """

    client: Client
    clock: Clock
    lag_s: float
    kind: Kind
    name: str
    body: Body
    id: str = ""
    values: Word = "json"
    sent: bool = False
    lost: bool = False

    def patch(self, *operations: Operation) -> bool:
        """Whether the tenant takes this patch."""
        try:
            self.client.patch(self.kind, self.id, [self.wire(one) for one in operations])
        except Rejected:
            return False
        return True

    def wire(self, operation: Operation) -> Operation:
        """The operation as the tenant reads it."""
        if self.values == "json" or "value" not in operation:
            return operation
        return {**operation, "value": canonical(operation["value"]).decode()}

    def read(self) -> Body:
        """The scratch record as it is now."""
        found = self.client.get(self.kind, self.id)
        if found is None:
            raise TenantError(f"The scratch record {self.id!r} of {self.kind.name} is gone: somebody else was faster.")
        return found


def scratch_kind(catalog: Catalog) -> Kind:
    """The kind of the scratch record: no risk to members if there is one, few required fields, can be inactive."""
    kinds = [kind for kind in catalog.kinds.values() if _usable(kind)]
    if not kinds:
        raise UsageError("no kind can be created, patched and deleted", code=codes.NO_SCRATCH_KIND)
    return min(kinds, key=lambda kind: (*_harm(kind), kind.name))


def probe(client: Client, kind: Kind, *, token: str, clock: Clock, lag_s: float) -> Generator[Progress, None, Answers]:
    """Ask the tenant everything, with a record called after `token`, a word that no other record has.

    `lag_s` is how many seconds a new record may be missing from lists.
    Raises the tenant's errors, and RhythmconfError (RC530) naming a record that could not be cleaned up.
    """
    name = f"rhythmconf probe {token}"
    bench = Bench(client, clock, lag_s, kind, name, scratch(kind, name))
    found = Answers(kind.name)
    try:
        for number, (title, ask) in enumerate(QUESTIONS.items()):
            yield Progress("probe", number, len(QUESTIONS), title)
            ask(bench, found)
    finally:
        clean(bench)
    return found


def scratch(kind: Kind, name: str) -> Body:
    """The smallest record of a kind: what is required, inactive where that can be said."""
    body = {child: _least(kind.root.child(child) or OPAQUE, name) for child in sorted(kind.root.required)}
    own: Body = dict.fromkeys((one for one in kind.natural_key if not (kind.root.child(one) or OPAQUE).targets), name)
    return {**body, **own, **({"is_active": False} if kind.root.child("is_active") else {})}


def clean(bench: Bench) -> None:
    """Delete whatever carries the scratch record's name."""
    if not bench.sent:
        return
    try:
        if bench.id:
            _delete(bench, bench.id)
        for id in _found(bench):
            _delete(bench, id)
    except (TenantError, KeyboardInterrupt) as error:
        raise RhythmconfError(
            f"the scratch record {bench.name!r} of {bench.kind.name} could not be deleted: "
            f"{error.message if isinstance(error, TenantError) else 'it was interrupted'}",
            help="delete it in Rhythm",
            code=codes.PROBE_LEFTOVER,
        ) from error


def _delete(bench: Bench, id: str) -> None:
    """Delete a record, if need be at the second attempt; it may be gone already."""
    with suppress(Rejected):
        bench.client.delete(bench.kind, id)
    if bench.client.get(bench.kind, id) is not None:
        bench.client.delete(bench.kind, id)


def _created(bench: Bench, found: Answers) -> None:
    """external_id and off_options: what a create takes and keeps."""
    off = _switched_off(bench.kind.root, bench.body)
    forms: dict[str, Body] = {"omit": {}}
    if off:
        forms["null"] = dict.fromkeys(off)
        forms["empty"] = {name: _EMPTY[child.kind_of] for name, child in off.items() if child.kind_of in _EMPTY}
    form = _create(bench, forms)
    _settle(found, "off_options", form if off else None, f"{bench.kind.short} has no field with a switch")
    found.settled["external_id"] = "writable" if bench.read().get(FIELD) == MARK else "read-only"


def _create(bench: Bench, forms: Mapping[str, Body]) -> str:
    """Create the scratch record in the first form that the tenant takes. Raises Rejected where it takes none."""
    *others, last = forms
    bench.sent = bench.lost = True
    for form in (*others, last):
        try:
            answer = bench.client.create(bench.kind, {**bench.body, **forms[form], FIELD: MARK})
        except Rejected:
            if form == last:
                bench.lost = False
                raise
        else:
            bench.body = {**bench.body, **forms[form]}
            bench.id = str(answer.get("id") or next(iter(_found(bench)), ""))
            break
    if not bench.id:
        raise TenantError(f"The tenant says that it created {bench.name!r}, but not its id, and doesn't list it.")
    bench.lost = False
    return form


def _valued(bench: Bench, found: Answers) -> None:
    """patch_values: a string of JSON is kept with its quotes by a tenant that reads values as they are."""
    for word in ("json", "string"):
        bench.values = word
        if bench.patch({"op": "replace", "path": _title(bench), "value": _other(bench)}) and _titled(bench) == _other(
            bench
        ):
            found.settled["patch_values"] = word
            return
    raise TenantError("The tenant takes no patch of a plain text, in either form of its value.")


def _guarded(bench: Bench, found: Answers) -> None:
    """guard: a `test` that must fail has to stop what follows it, and one that holds must not."""
    edit: Operation = {"op": "replace", "path": _title(bench), "value": bench.name}
    wrong: Operation = {"op": "test", "path": _title(bench), "value": "what it never was"}
    bench.patch(wrong, edit)
    stopped = _titled(bench) == _other(bench)
    right: Operation = {"op": "test", "path": _title(bench), "value": _titled(bench)}
    held = bench.patch(right, edit) and _titled(bench) == bench.name
    found.settled["guard"] = "values" if stopped and held else "read"


def _copied(bench: Bench, found: Answers) -> None:
    """patch_ops: a copy of a field onto itself changes nothing."""
    taken = bench.patch({"op": "copy", "from": _title(bench), "path": _title(bench)})
    found.settled["patch_ops"] = "all" if taken else "basic"


def _emptied(bench: Bench, found: Answers) -> None:
    """empty_lists: whether one is still there after it was put there."""
    name = _list_of(bench.kind)
    if name is None:
        _settle(found, "empty_lists", None, f"{bench.kind.short} has no optional list")
        return
    bench.patch({"op": "add", "path": f"/{name}", "value": []})
    found.settled["empty_lists"] = "distinct" if bench.read().get(name) == [] else "same-as-absent"


def _batched(bench: Bench, found: Answers) -> None:
    """batch and batch_results: one patch that is done and one that can't be, in both orders; then delete, create."""
    good = BatchItem(
        "patch", bench.id, patch=[bench.wire({"op": "replace", "path": _title(bench), "value": bench.name})]
    )
    bad = BatchItem("patch", NOBODY, patch=good.patch)
    try:
        one, other = (bench.client.batch(bench.kind, items).results for items in ([good, bad], [bad, good]))
    except Rejected:
        found.settled["batch"] = "none"
        _settle(found, "batch_results", None, "there are no batches")
        return
    found.settled["batch_results"] = _form(bench.id, one, other)
    bench.client.batch(bench.kind, [BatchItem("delete", bench.id)])
    gone = bench.client.get(bench.kind, bench.id) is None
    if not gone:
        found.settled["batch"] = "none"
        return
    bench.id, bench.lost = "", True
    with suppress(Rejected):
        bench.client.batch(bench.kind, [BatchItem("create", body=bench.body)])
    bench.id = next(iter(_found(bench)), "")
    found.settled["batch"] = "patch+delete+create" if bench.id else "patch+delete"


QUESTIONS: Mapping[str, Callable[[Bench, Answers], None]] = {
    "create": _created,
    "values of patches": _valued,
    "tests that must fail": _guarded,
    "operations of patches": _copied,
    "empty lists": _emptied,
    "batches": _batched,
}


def _form(id: str, one: Sequence[Json], other: Sequence[Json]) -> str:
    """How the results of a batch say whose they are; `one` is of a success and a failure, `other` the reverse."""
    if all({id, NOBODY} == {_text(each, "id") for each in results} for results in (one, other)):
        return "by-id"
    orders = [[_done(each) for each in results] for results in (one, other)]
    return "by-order" if orders == [[True, False], [False, True]] else "verify"


def _done(result: Json) -> bool | None:
    status = result.get("status") if isinstance(result, dict) else None
    return 200 <= status < 300 if isinstance(status, int) else None


def _text(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def _settle(found: Answers, name: str, word: str | None, why: str) -> None:
    if word is None:
        found.open[name] = why
    else:
        found.settled[name] = word


def _found(bench: Bench) -> list[str]:
    """The ids of the scratch record, and of any double, as the lists show them once they must show a lost one."""
    ids = list(_namesakes(bench))
    if not ids and bench.lost:
        bench.clock.sleep(bench.lag_s)
        ids = list(_namesakes(bench))
    bench.lost = False
    return ids


def _namesakes(bench: Bench) -> Iterator[str]:
    title = _title(bench)[1:]
    for page in bench.client.list(bench.kind):
        for body in page:
            if body.get(title) in (bench.name, _other(bench)) and isinstance(body.get("id"), str):
                yield str(body["id"])


def _title(bench: Bench) -> str:
    return f"/{_titles(bench.kind)[0]}"


def _titled(bench: Bench) -> Json:
    return bench.read().get(_title(bench)[1:])


def _other(bench: Bench) -> str:
    return f"{bench.name}, edited"


def _titles(kind: Kind) -> list[str]:
    """The plain texts that tell a record from others."""
    return [name for name in kind.natural_key if _is_text(kind.root.child(name) or OPAQUE)]


def _is_text(field: Field) -> bool:
    return field.kind_of == "string" and not field.targets and not field.read_only


def _list_of(kind: Kind) -> str | None:
    fields = (kind.root.fields or {}).items()
    free = (name for name, child in fields if child.kind_of == "array" and not child.read_only and child.when is None)
    return next((name for name in free if name not in kind.root.required and not name.startswith("sys_")), None)


def _switched_off(root: Field, body: Body) -> dict[str, Field]:
    fields = (root.fields or {}).items()
    return {name: child for name, child in fields if child.when is not None and not switched_on(child.when, body)}


def _least(field: Field, name: str) -> Json:
    if field.kind_of == "object":
        return {child: _least(field.child(child) or OPAQUE, name) for child in sorted(field.required)}
    plain: Mapping[str, Json] = {"array": [], "number": 1, "boolean": False}
    return plain.get(field.kind_of, name)


def _usable(kind: Kind) -> bool:
    can = all(kind.can(verb) for verb in ("create", "patch", "delete", "get", "list"))
    needs = [kind.root.child(name) or OPAQUE for name in kind.root.required]
    return can and bool(_titles(kind)) and not any(one.targets for one in needs)


def _harm(kind: Kind) -> tuple[int, int, bool, bool]:
    fields = kind.root.fields or {}
    worst = max(_HARM.index(risk) for risk in _risks(kind.root))
    return worst, len(kind.root.required), "is_active" not in fields, _list_of(kind) is None


def _risks(field: Field) -> Iterator[Risk | None]:
    yield field.risk
    for below in [*(field.fields or {}).values(), *([field.items] if field.items else [])]:
        yield from _risks(below)
