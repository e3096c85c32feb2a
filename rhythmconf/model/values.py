"""The nouns: immutable values, named tuples all but one: these are made in a seventh of a dataclass's time.

Rooms that make many of them leave out `from __future__ import annotations`: with it, each annotation of a named tuple
is a text that `typing` compiles again whenever the program starts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from rhythmconf.model.json import MISSING, Body, Json, Missing, Operation

Action = Literal["create", "update", "delete", "adopt"]
Outcome = Literal["applied", "conflict", "rejected", "unknown", "not_attempted"]
Severity = Literal["error", "warning"]
Risk = Literal["money", "inbox", "access"]
Side = Literal["yours", "drift", "both", "conflict"]
"""Who made a difference since the base: the files, the tenant, both alike, or both in different ways."""


class Key(NamedTuple):
    """The author's name of a resource: `kind` is qualified (`certifications/program`), `name` is unique in it."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read `module/kind/name`; the caller qualifies a kind without a module first."""
        kind, _, name = text.rpartition("/")
        return cls(kind, name)


class Origin(NamedTuple):
    """Which document of which file (project-relative, with slashes) a value came from; `position` counts from 0."""

    file: str
    position: int = 0


class Location(NamedTuple):
    """A place in a text; `line` and `column` count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Fix(NamedTuple):
    """A repair for a diagnostic: `text` replaces the word at its location.

    `safe` is False where the word may be right as it is, for example in another environment.
    """

    text: str
    safe: bool = True

    @classmethod
    def only(cls, names: Sequence[str], *, prefix: str = "", safe: bool = True) -> "Fix | None":
        """Return the fix that writes the only name, after `prefix`; None for no name or for several."""
        return cls(prefix + names[0], safe) if len(names) == 1 else None


class Diagnostic(NamedTuple):
    """One finding: what is wrong and why (`message`), where, and what to do next (`help`).

    `pointer` is an RFC 6901 pointer from the top of the document (`/spec/name`), or empty. `fix` is set where exactly
    one word can be meant.
    """

    code: str
    message: str
    severity: Severity = "error"
    location: Location | None = None
    pointer: str = ""
    key: Key | None = None
    help: str = ""
    fix: Fix | None = None

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold; `line` and `column` are null without a location."""
        location = self.location
        return {
            "code": self.code,
            "severity": self.severity,
            "file": location.file if location else None,
            "line": location.line if location else None,
            "column": location.column if location else None,
            "pointer": self.pointer,
            "message": self.message,
            "help": self.help,
        }


class Document(NamedTuple):
    """One mapping of a source or overlay file, members checked, `spec` not yet validated.

    `kind` stands as written; `match` is True for an overlay's `match: '*'` (then `key` is empty).
    `files` maps a pointer inside `spec` to the project-relative path of the text that belongs there.
    """

    origin: Origin
    kind: str
    key: str
    spec: Body
    files: Mapping[str, str] = {}
    moved: tuple[str, ...] = ()
    protect: bool | None = None
    skip: bool = False
    unmanaged: tuple[str, ...] = ()
    match: bool = False


class Resource(NamedTuple):
    """What the files want of one record.

    `body` is the merged spec with every reference in its resolved form: `{"$ref": "module/kind/key"}` for a
    key, the plain id for a literal `id:`. `origins` are the base document and its overlays, in merge order.
    `unmanaged` are the pointers whose fields were dropped from the body here.
    """

    key: Key
    body: Body
    origins: tuple[Origin, ...]
    protect: bool | None = None
    moved: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()


class Record(NamedTuple):
    """One record as the tenant holds it: `body` is the whole answer, `id` and `sys_*` included."""

    kind: str
    id: str
    body: Body


class DesiredState(NamedTuple):
    """What the files want in one environment; `skipped` keys are neither compared nor pruned."""

    resources: Mapping[Key, Resource]
    skipped: frozenset[Key] = frozenset()


class LiveState(NamedTuple):
    """What the tenant holds of the kinds that were fetched, in the tenant's order.

    `pages` has the number of records on each page of a kind's list, where that is known.
    """

    records: Mapping[str, tuple[Record, ...]]
    requests: int = 0
    pages: Mapping[str, tuple[int, ...]] = {}

    def all(self) -> Iterator[Record]:
        """Every record of every kind."""
        for records in self.records.values():
            yield from records


class Binding(NamedTuple):
    """One line of a bindings file: in this environment `key` is the record `id`."""

    key: Key
    id: str
    protected: bool = False


Bindings: TypeAlias = Mapping[Key, Binding]
Identified = Literal["mark", "binding", "adoption", "none"]


class Pair(NamedTuple):
    """A Key and the record it is in this tenant.

    `record` None: the record doesn't exist yet. `resource` None: no document wants the record any more.
    `how` says what identified it, `reason` in words (`natural key name = 'Lapsed'`). `mark` is the
    `sys_external_id` that the record shall carry, None where it must not be touched. `protected`: as the tenant
    is now, the record may not be deleted.
    """

    key: Key
    resource: Resource | None
    record: Record | None
    how: Identified
    reason: str = ""
    mark: str | None = None
    renamed_from: Key | None = None
    protected: bool = False


class Identity(NamedTuple):
    """Who is who: `ids` knows every key that has an id here, bound records of other modules included.

    `orphans` are records with this project's mark (or a binding) and no document. `binds` are the bindings
    that the next apply has to write, `diagnostics` what can't be decided (errors) or deserves a warning.
    """

    pairs: tuple[Pair, ...]
    ids: Mapping[Key, str]
    orphans: tuple[Pair, ...] = ()
    binds: tuple[Binding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class FieldChange(NamedTuple):
    """One field as people see it: `path` is a pointer in the record; MISSING where there is or was none.

    `label` is the path with a list item's identifying value for its index (`reminders[60 days].name`).
    `side` is None without a base; a conflict has the value of the base in `base`. `names` has the keys of the ids that
    a reference, or a list of references, holds.
    """

    path: str
    old: "Json | Missing"
    new: "Json | Missing"
    risk: Risk | None = None
    location: Location | None = None
    label: str = ""
    side: Side | None = None
    base: "Json | Missing" = MISSING
    names: tuple[tuple[str, Key], ...] = ()


class Agreed(NamedTuple):
    """A field that files and tenant have changed alike since the base."""

    key: Key
    field: FieldChange


class Base(NamedTuple):
    """The commit that this environment's tenant was last made to agree with, and what says so (`origin`).

    `descends`: the work tree comes after it. Where it doesn't, nothing is pruned or withdrawn.
    """

    commit: str
    origin: str
    descends: bool = True


class Precondition(NamedTuple):
    """What must still hold in the tenant: `values` at pointers, pointers that are `absent`, or no record at all."""

    values: Mapping[str, Json] = {}
    absent: tuple[str, ...] = ()
    no_record: bool = False


class Change(NamedTuple):
    """One thing that apply will do, and all that a reviewer or a rollback needs to know of it.

    `body` is what a create sends; `patch` what an update or an adoption sends, and what closes a cycle after
    a create. At reference positions both may hold `{"$ref": "module/kind/key"}`. `before` has the managed fields.
    `side` is that of its most doubtful field: conflict, drift, yours.
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


class Guard(NamedTuple):
    """A rule checked on the whole plan: `subject` is a kind or a key, `overrides` are the flags that would allow it.

    Where there are several, the user chooses one of them.
    """

    name: str
    subject: str
    ok: bool
    message: str
    overrides: tuple[str, ...] = ()

    @property
    def override(self) -> str:
        """The flags as one text; empty where nothing overrides the guard."""
        return " or ".join(self.overrides)


class Fingerprint(NamedTuple):
    """Which tenant a plan is for: `incarnation` is a sorted sample of (id, sys_created_at) pairs."""

    environment: str
    tenant: str
    base_url: str
    incarnation: tuple[tuple[str, str], ...] = ()


class Summary(NamedTuple):
    """How many changes of each action, and how many records needed none."""

    create: int = 0
    update: int = 0
    delete: int = 0
    adopt: int = 0
    unchanged: int = 0


class Plan(NamedTuple):
    """All that apply will do, in order. `created_at` is ISO 8601 UTC; `requests_made` were spent on planning,
    `requests_forecast` will be once all of it is applied at once; `requests_reread` come on top of that where the plan
    is applied later, from a file or after a question, since the tenant is read again then. A rollback has in `undoes`
    the digest of the sources whose plan it reverses; empty if that plan was a rollback itself.

    `base` is None where the comparison had two sides only. `whole`: nothing that the files want was left out; `clean`:
    they are as `commit` has them. Once all of a plan is applied that is both, `commit` is the next base.
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
    clean: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    tool: str = ""
    catalogue: str = ""
    commit: str | None = None
    source_digest: str = ""
    undoes: str | None = None
    created_at: str = ""
    requests_made: int = 0
    requests_forecast: int = 0
    requests_reread: int = 0
    digest: str = ""
    key_id: str | None = None
    hmac: str | None = None


class Result(NamedTuple):
    """What became of one change."""

    key: Key
    action: Action
    outcome: Outcome
    id: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What an apply did: one result a change, in the plan's order, whatever happened.

    `not_persisted`: the tenant accepted a write, but a field has another value afterwards. `auth_failed`: the tenant
    refused the token or the permission, and the run stopped.
    """

    id: str
    results: tuple[Result, ...]
    requests: int = 0
    binds: tuple[Binding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    not_persisted: bool = False
    auth_failed: bool = False

    def count(self, *outcomes: Outcome) -> int:
        """How many results have one of these outcomes."""
        return sum(result.outcome in outcomes for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether all of the plan is applied, and what has to be kept of it was written down."""
        failed = any(found.severity == "error" for found in self.diagnostics)
        return len(self.results) == self.count("applied") and not failed


class KeyStatus(NamedTuple):
    """What a key is in one environment: how its record is identified (`text`), the id if known, its documents' files.

    `exists`: the files, the bindings or the tenant have it.
    """

    environment: str
    text: str
    id: str | None = None
    files: tuple[str, ...] = ()
    help: str = ""
    exists: bool = False


class Notice(NamedTuple):
    """Something a flow reports on the way, for people: a sentence, or diagnostics and the texts they point into.

    A hint may be left out (`-q`); a warning may not.
    """

    message: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, bytes] = {}
    severity: Literal["hint", "warning"] = "hint"


class Progress(NamedTuple):
    """How far a long step is; `total` 0 when it can't be known."""

    stage: str
    done: int
    total: int = 0
    detail: str = ""


Event: TypeAlias = Progress | Notice
"""What a flow yields before it returns its value."""
