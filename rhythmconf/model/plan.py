"""A plan and what it consists of, and the run that applies it, as immutable values.

This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from rhythmconf.model.json import MISSING, Body, Json, Missing, Operation
from rhythmconf.model.kind_names import WITH_MODULES, KindNames
from rhythmconf.model.plural import counted
from rhythmconf.model.values import (
    MARK_FIELD,
    Action,
    Binding,
    Diagnostic,
    Key,
    Location,
    Outcome,
    Risk,
    Side,
)

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects
    from rhythmconf.model.forecast import Forecast
    from rhythmconf.model.next_runs import NextRuns


class FieldChange(NamedTuple):
    """The change of one field. `path` is a pointer into the record; `old` or `new` is MISSING where there is no value.

    `label` is the path with the identifying value of a list item instead of its index (`reminders[60 days].name`).
    `former` is the same with the value that the item had before, if that was another one.
    `side` is None without a base. For a conflict, `base` is the value at the base. `names` has the key of each id of a
    reference in the values, and for a record without a key its name. `items` are the names of the list items on the
    path, in its order; plan files of older versions don't have them.
    """

    path: str
    old: "Json | Missing"
    new: "Json | Missing"
    risk: Risk | None = None
    location: Location | None = None
    label: str = ""
    side: Side | None = None
    base: "Json | Missing" = MISSING
    names: "tuple[tuple[str, Key | str], ...]" = ()
    former: str = ""
    items: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The field as people write it: `label`, else the path with dots. It doesn't depend on positions in lists."""
        return self.label or self.path[1:].replace("/", ".")


class LastChange(NamedTuple):
    """The last change of a record in the tenant, of whatever field: when, and the id of the user who made it, `by`.

    `at` has the form of times in plan files. Either is empty if the tenant didn't say it. `run` is the run of
    rhythmconf that was writing to this record at that time, so that nobody else need have changed it then.
    """

    at: str = ""
    by: str = ""
    run: str = ""


class Agreed(NamedTuple):
    """A field that files and tenant have both changed to the same value since the base."""

    key: Key
    field: FieldChange
    last_change: LastChange | None = None


class MissingCommit(NamedTuple):
    """A commit that was applied and that the checkout lacks."""

    id: str
    author: str


class Base(NamedTuple):
    """The commit that this environment last agreed with, and where that is recorded (`origin`).

    `descends` says that the checkout contains it. If not, `fork` is the newest commit that both contain, `missing` are
    the newest of the commits that the checkout lacks, and `lacks` counts all of them. `replaced` is the commit that the
    ref names, if `commit` took its place: it was rewritten, with the same files.
    """

    commit: str
    origin: str
    descends: bool = True
    fork: str | None = None
    missing: tuple[MissingCommit, ...] = ()
    lacks: int = 0
    replaced: str = ""

    @property
    def described_missing(self) -> str:
        """The commits that the checkout lacks: `2 applied commits, f23f583 by Ana and 1 more`."""
        named = ", ".join(f"{commit.id[:7]} by {commit.author}" for commit in self.missing)
        more = f" and {self.lacks - len(self.missing)} more" if self.lacks > len(self.missing) else ""
        return f"{counted(self.lacks, 'applied commit')}, {named}{more}"


class Precondition(NamedTuple):
    """What must still be true in the tenant: `values` at pointers, pointers that are `absent`, or no record at all."""

    values: Mapping[str, Json] = {}
    absent: tuple[str, ...] = ()
    no_record: bool = False


class Change(NamedTuple):
    """One change that an apply makes to a record, with all that a reviewer or a rollback needs to know about it.

    A create sends `body`. An update or an adoption sends `patch`; a create sends it too, later, where references form a
    cycle. In both, a reference may be `{"$ref": "module/kind/key"}`. `before` has the old values of the managed fields.
    `side` is that of its most critical field: conflict before behind before drift before yours. `name` is what people
    call the record after the change, or before a delete; empty where it has no name, and in older plan files.
    `last_change` is what the tenant says of the record if its side is one of the first three.
    """

    key: Key
    action: Action
    id: str | None = None
    body: Body | None = None
    patch: tuple[Operation, ...] = ()
    before: Body | None = None
    precondition: Precondition = Precondition()
    depends_on: tuple[Key, ...] = ()
    wave: int = 0
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    side: Side | None = None
    name: str = ""
    last_change: LastChange | None = None

    @property
    def changes_fields(self) -> bool:
        """Whether anything but the mark changes. Some adoptions and every rename change nothing else."""
        return any(field.path != f"/{MARK_FIELD}" for field in self.fields)


class Guard(NamedTuple):
    """A rule checked on the whole plan: `subject` is a kind or a key, `overrides` are the flags that would allow it.

    Where there are several, the user chooses one of them. `users` are the kinds and names of the records because of
    which it refuses; a plan file has them only in the message.
    """

    name: str
    subject: str
    ok: bool
    message: str
    overrides: tuple[str, ...] = ()
    users: tuple[tuple[str, str], ...] = ()

    @property
    def override(self) -> str:
        """The flags as one text; empty if nothing overrides the guard."""
        return " or ".join(self.overrides)


class Fingerprint(NamedTuple):
    """The tenant that a plan is for. `incarnation` is a sorted sample of (id, sys_created_at) pairs."""

    environment: str
    tenant: str
    base_url: str
    incarnation: tuple[tuple[str, str], ...] = ()


class TenantState(NamedTuple):
    """What a plan took for the records of the tenant, if it did not ask the tenant.

    A snapshot was taken at `taken_at`, as in plan files; empty if its age is not known. `empty` is the assumption that
    the tenant has no records.
    """

    origin: Literal["snapshot", "empty"]
    taken_at: str = ""


class Summary(NamedTuple):
    """The number of changes of each action, and of records without a change.

    `adopt_with_changes` says how many of the adoptions change a field too. Files of older versions don't say it.
    """

    create: int = 0
    update: int = 0
    delete: int = 0
    adopt: int = 0
    unchanged: int = 0
    adopt_with_changes: int = 0


class Plan(NamedTuple):
    """All changes of an apply, in order. `created_at` is ISO 8601 in UTC.

    `requests_made` were needed to make the plan. `requests_forecast` are needed to apply it without a pause. If it is
    applied later, from a file or after a question, the tenant is read again, which needs `requests_reread` more.

    `base` is None if only files and tenant were compared. `whole` says that no change of the files was left out, `only`
    what the plan was narrowed to, as people read it, `clean` that the files are those of `commit`. After a complete
    apply of a plan that is both, `commit` is the next base. `changed_since` is the commit since which documents count
    as changed in a plan that is narrowed to these; empty elsewhere. `not_compared` counts the documents of each kind
    that the plan left out; older plan files don't say it.

    A rollback has in `undoes` the source digest of the plan that it reverses; empty if that was a rollback itself.
    `project` is the name of the project; None in files that an older version has written.
    `next_runs` are the runs of the templates that it changes, None in an environment without `freeze_hours`.
    `effects` is what the plan does in dates; None where it changes no date. `forecast` is what it does to people and
    money; None where nobody asked.
    `state` is None if the tenant itself was asked. `zone` is the time zone in which people read times.
    A plan file has neither `names`, which says how its kinds are shown to people, nor `fetch`: the command that fetches
    the bases of others where no base is known, empty for a repository without a remote.
    """

    fingerprint: Fingerprint
    changes: tuple[Change, ...]
    summary: Summary
    guards: tuple[Guard, ...] = ()
    allowed: tuple[str, ...] = ()
    binds: tuple[Binding, ...] = ()
    base: Base | None = None
    both: tuple[Agreed, ...] = ()
    whole: bool = False
    only: tuple[str, ...] = ()
    changed_since: str = ""
    not_compared: Mapping[str, int] = {}
    clean: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    tool: str = ""
    catalogue: str = ""
    commit: str | None = None
    source_digest: str = ""
    undoes: str | None = None
    project: str | None = None
    created_at: str = ""
    requests_made: int = 0
    requests_forecast: int = 0
    requests_reread: int = 0
    digest: str = ""
    key_id: str | None = None
    hmac: str | None = None
    names: KindNames = WITH_MODULES
    fetch: str = ""
    next_runs: "NextRuns | None" = None
    effects: "Effects | None" = None
    forecast: "Forecast | None" = None
    state: TenantState | None = None
    zone: str = "UTC"


class Result(NamedTuple):
    """The outcome of one change."""

    key: Key
    action: Action
    outcome: Outcome
    id: str | None = None
    message: str = ""


class Run(NamedTuple):
    """What an apply did: one result for each change, in the order of the plan, whatever happened.

    `not_persisted` says that the tenant accepted a write, but a field has another value afterwards. `auth_failed` says
    the tenant refused the token or the permission, and the run stopped. `names` says how the kinds are shown.
    `adopted_with_changes` are the keys of adopted records of which a field was changed too.
    """

    id: str
    results: tuple[Result, ...]
    requests: int = 0
    binds: tuple[Binding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    not_persisted: bool = False
    auth_failed: bool = False
    names: KindNames = WITH_MODULES
    adopted_with_changes: frozenset[Key] = frozenset()

    def count(self, *outcomes: Outcome) -> int:
        """Return how many results have one of these outcomes."""
        return sum(result.outcome in outcomes for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether the whole plan was applied and no error was reported."""
        failed = any(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        return len(self.results) == self.count("applied") and not failed
