"""The nouns of rhythmconf as immutable values.

Nearly all are named tuples, which are created seven times as fast as dataclasses. This module leaves out
`from __future__ import annotations`: with it, every annotation of a named tuple is a text that `typing` compiles again
whenever the program starts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from rhythmconf.model.json import Body, Json

Action = Literal["create", "update", "delete", "adopt"]
Outcome = Literal["applied", "conflict", "rejected", "unknown", "not_attempted"]
Severity = Literal["error", "warning", "note"]
FoundBy = Literal["check", "rule"]
"""A check decides whether a plan can be made of the files. A rule judges what they mean; `lint:` sets its severity."""
Risk = Literal["money", "inbox", "access"]
Does = Literal["remind", "forecast", "drop", "expire", "activate", "invoice", "renew"]
"""What a step of a billing run does."""
Side = Literal["yours", "drift", "both", "conflict", "behind"]
"""Who changed a field since the base: the files, the tenant, both to the same value, or both to different values.

`behind`: an applied commit that this checkout lacks changed it, and the files here are as before.
"""

REFSPEC = "+refs/rhythmconf/*:refs/rhythmconf/*"
"""What git fetches with the bases of all environments, which `git clone` and `git fetch` leave out."""

MARK_FIELD = "sys_external_id"
"""The field of a record that holds the mark of the project that manages it."""


def configure_fetch(remote: str) -> str:
    """Return the command that makes each `git fetch` bring the bases too."""
    return f"git config --add remote.{remote}.fetch '{REFSPEC}'"


def fetch_bases(remote: str) -> str:
    """Return the command that fetches the bases of all environments."""
    return f"git fetch {remote} '{REFSPEC}'"


class Key(NamedTuple):
    """The author's name for a resource: `kind` is qualified (`certifications/program`), `name` is unique within it."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Parse `module/kind/name`. A kind without a module must be qualified before."""
        kind, _, name = text.rpartition("/")
        return cls(kind, name)


class Origin(NamedTuple):
    """The document that a value comes from: a project-relative path with slashes, and a position that counts from 0."""

    file: str
    position: int = 0


class Location(NamedTuple):
    """A line and a column of a file; both count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Fix(NamedTuple):
    """A repair for a diagnostic: `text` replaces the word at its location.

    `safe` is False where the word may be right as it is: for a key, whose document may be misspelt or deleted instead,
    and for every warning. A word of a fixed list, such as a kind, a field or an allowed value, is certainly wrong.
    """

    text: str
    safe: bool = True

    @classmethod
    def only(cls, names: Sequence[str], *, prefix: str = "", safe: bool = True) -> "Fix | None":
        """Return the fix that writes the only name, after `prefix`; None for no name or for several."""
        return cls(prefix + names[0], safe) if len(names) == 1 else None


_RECORD_MEMBERS = ("spec", "files", "unmanaged")
"""The members of a document whose errors leave its key as it is."""


class Diagnostic(NamedTuple):
    """What is wrong and why (`message`), where, and what to do next (`help`).

    `pointer` is an RFC 6901 pointer from the top of the document (`/spec/name`), or empty. `fix` is set where
    exactly one word can be meant. `suppressed` is the reason of the comment that suppresses the finding of a rule.
    """

    code: str
    message: str
    severity: Severity = "error"
    location: Location | None = None
    pointer: str = ""
    key: Key | None = None
    help: str = ""
    fix: Fix | None = None
    found_by: FoundBy = "check"
    suppressed: str = ""

    @property
    def fails(self) -> bool:
        """Tell whether this is an error that nothing suppresses: `validate` exits with 1, `apply` refuses."""
        return self.severity == "error" and not self.suppressed

    @property
    def prevents_plan(self) -> bool:
        """Tell whether no plan can be made: for the error of a check, not for that of a rule."""
        return self.fails and self.found_by == "check"

    @property
    def hides_keys(self) -> bool:
        """Tell whether a document may have a key that is not seen because of this.

        It may where an error is about a kind, a key or another member of a document: about anything but the fields of a
        record. It may also where a whole file isn't read or a folder of `sources` is empty, which can be a warning.
        """
        if not self.pointer:
            return self.location is not None
        member = self.pointer.split("/", 2)[1]
        return member == "sources" or (self.severity == "error" and member not in _RECORD_MEMBERS)

    def to_json(self) -> Body:
        """Return the members that JSON reports and plan files hold; `line` and `column` are null without a location.

        Only the finding of a rule can be suppressed, so only that says whether it is.
        """
        location = self.location
        rule: Body = {"found_by": self.found_by, "suppressed": self.suppressed or None}
        return {
            "code": self.code,
            "severity": self.severity,
            "file": location.file if location else None,
            "line": location.line if location else None,
            "column": location.column if location else None,
            "pointer": self.pointer,
            "message": self.message,
            "help": self.help,
        } | (rule if self.found_by == "rule" else {})


class Document(NamedTuple):
    """One document of a source or overlay file. Its members are checked, its `spec` is not validated yet.

    `kind` is as written. `match` is True for an overlay with `match: '*'`; then `key` is empty. `files` maps a pointer
    inside `spec` to the project-relative path of the text that belongs there. `beside` has unknown members below the
    spec, which are probably fields with too little indentation; they are an error.
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
    beside: Mapping[str, Json] = {}


class Resource(NamedTuple):
    """The desired state of one record.

    `body` is the merged spec with resolved references: `{"$ref": "module/kind/key"}` for a key, the plain id for a
    literal `id:`. `origins` are the base document and its overlays, in merge order. `unmanaged` are pointers to fields
    that are left out of `body`.
    """

    key: Key
    body: Body
    origins: tuple[Origin, ...]
    protect: bool | None = None
    moved: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()


class Record(NamedTuple):
    """One record as the tenant has it: `body` is the whole answer, with `id` and the `sys_` fields."""

    kind: str
    id: str
    body: Body


class DesiredState(NamedTuple):
    """The desired state of one environment. Keys in `skipped` are neither compared nor pruned."""

    resources: Mapping[Key, Resource]
    skipped: frozenset[Key] = frozenset()


class LiveState(NamedTuple):
    """The records of the kinds that were fetched, by kind and in the tenant's order; `requests` is what that took.

    `pages` has the number of records on each page of a kind's list, where that is known. `unlisted` has the kinds whose
    list the tenant refused, with its answer: nothing is known of their records.
    """

    records: Mapping[str, tuple[Record, ...]]
    requests: int = 0
    pages: Mapping[str, tuple[int, ...]] = {}
    unlisted: Mapping[str, str] = {}

    def joined(self, other: "LiveState") -> "LiveState":
        """Return this with the records of other kinds."""
        return LiveState(
            {**self.records, **other.records},
            self.requests + other.requests,
            {**self.pages, **other.pages},
            {**self.unlisted, **other.unlisted},
        )

    def all(self) -> Iterator[Record]:
        """Yield every record of every kind."""
        for records in self.records.values():
            yield from records


class Binding(NamedTuple):
    """One line of a bindings file: in this environment, `key` means the record `id`."""

    key: Key
    id: str
    protected: bool = False


Bindings: TypeAlias = Mapping[Key, Binding]
Identified = Literal["mark", "binding", "adoption", "duplicate", "none"]


class Pair(NamedTuple):
    """A Key and its record in this tenant.

    `record` is None if it doesn't exist yet, `resource` if no document declares it any more. `how` says what identified
    the record, and `reason` describes it (`natural key name = 'Lapsed'`). `mark` is the `sys_external_id` that the
    record must get; None means that it must not change. A `protected` record may not be deleted. A `duplicate` carries
    the mark of a key whose record is another one, and is to be deleted.
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
    """Which record each key means. `ids` has every key with an id here, also bound records of other modules.

    `orphans` are records with this project's mark or a binding, but without a document. `binds` are the bindings that
    the next apply has to write. `diagnostics` are errors for what can't be decided, and warnings.
    """

    pairs: tuple[Pair, ...]
    ids: Mapping[Key, str]
    orphans: tuple[Pair, ...] = ()
    binds: tuple[Binding, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class KeyStatus(NamedTuple):
    """What is known about a key in one environment: how its record is identified (`text`), its id, its files.

    `exists` says that the files, the bindings or the tenant have it, or that the tenant can't tell. `live` is the
    record as the tenant has it, None if it wasn't asked or has none.
    """

    environment: str
    text: str
    id: str | None = None
    files: tuple[str, ...] = ()
    help: str = ""
    exists: bool = False
    live: Body | None = None


class Notice(NamedTuple):
    """Something that a flow reports to people before it ends: a sentence, or diagnostics and the texts of their files.

    A hint may be left out (`-q`); a warning may not.
    """

    message: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, bytes] = {}
    severity: Literal["hint", "warning"] = "hint"


class Progress(NamedTuple):
    """The progress of a long step; `total` is 0 if it isn't known."""

    stage: str
    done: int
    total: int = 0
    detail: str = ""


Event: TypeAlias = Progress | Notice
"""What a flow yields before it returns its value."""
