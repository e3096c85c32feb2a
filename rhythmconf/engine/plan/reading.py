"""Read a plan file. Nothing in it is trusted: every member is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.build import summarise
from rhythmconf.engine.plan.file import (
    FORMAT,
    SigningKey,
    check_digest,
    check_signature,
    damaged,
    no_plan,
    serialise,
    to_json,
)
from rhythmconf.engine.plan.order import sort_key
from rhythmconf.errors import Refused
from rhythmconf.model import (
    MARK_FIELD,
    MISSING,
    Action,
    Agreed,
    Base,
    Binding,
    Body,
    Change,
    Diagnostic,
    FieldChange,
    Fingerprint,
    FoundBy,
    Guard,
    Json,
    Key,
    LastChange,
    Location,
    MissingCommit,
    Operation,
    Plan,
    Precondition,
    Risk,
    Severity,
    Side,
    Summary,
    TenantState,
    decode,
    same,
    tokens,
)
from rhythmconf.model.moments import parse_moment
from rhythmconf.settings.calendar import zones

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects
    from rhythmconf.model.forecast import Forecast
    from rhythmconf.model.next_runs import NextRuns

T = TypeVar("T")
_KIND = re.compile(r"[a-z0-9][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9_-]*")
_HEXADECIMAL = re.compile(r"[0-9a-f]*")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "add": ("op", "path", "value"),
    "remove": ("op", "path"),
    "replace": ("op", "path", "value"),
    "move": ("op", "from", "path"),
    "copy": ("op", "from", "path"),
}


class _Wrong(ValueError):
    """A member of the file is not what it must be; the message says how."""


def load(data: bytes, key: SigningKey | None = None) -> Plan:
    """Read a plan file and verify its digest and, with the same key it was made with, its HMAC.

    Raises Refused for anything that isn't exactly what `dump` writes.
    """
    plan = read(data)
    check_signature(plan, key)
    return plan


def read(data: bytes) -> Plan:
    """Read a plan file to look at it, without a key: form and digest are checked, no HMAC is. Raises Refused."""
    try:
        body = _object(_decode(data), "it")
        if "format_version" not in body and "changes" not in body:
            raise no_plan()
        if not same(body.get("format_version"), FORMAT):
            raise _other_format(body.get("format_version"))
        plan = _plan(body)
        # An unknown or repeated member, or another order, is lost when the plan is written again.
        exact = serialise(to_json(plan)) == data
    except KeyError as error:
        raise damaged(f"member {error} is missing") from None
    except (ValueError, RecursionError) as error:
        raise damaged(str(error) or "it is nested too deeply") from None
    if not exact:
        raise damaged("it is not in the form that rhythmconf writes")
    check_digest(plan)
    return plan


def _decode(data: bytes) -> Json:
    """Return the JSON value of a file. Raises Refused for what doesn't even begin like a plan, such as YAML."""
    if not data.lstrip().startswith(b"{"):
        raise no_plan()
    return decode(data)


def _other_format(version: Json) -> Refused:
    return Refused(
        f"the plan file has format version {version!r}; this rhythmconf reads {FORMAT}",
        help="Apply it with the rhythmconf that made it, or plan again.",
        code=codes.OTHER_FORMAT,
    )


def _plan(body: Body) -> Plan:
    changes = _each(body["changes"], _change, "changes")
    summary = _summary(body["summary"])
    requests = _counts(body["requests"], ("made", "forecast"), "requests")
    _consistent(changes, summary)
    _expect((body["key_id"] is None) == (body["hmac"] is None), "its key_id and its hmac don't belong together")
    return Plan(
        _fingerprint(body),
        changes,
        summary,
        guards=_each(body["guards"], _guard, "guards"),
        allowed=_each(body["allowed"], _text, "allowed"),
        binds=_each(body["binds"], _binding, "binds"),
        base=None if body["base"] is None else _base(body["base"]),
        both=_each(body["both"], _agreed, "both"),
        whole=_flag(body["whole"]),
        only=_each(body.get("only", []), _text, "only"),
        changed_since=_text(body.get("changed_since", "")),
        not_compared=_not_compared(body.get("not_compared", {})),
        clean=_flag(body["clean"]),
        diagnostics=_each(body["diagnostics"], _diagnostic, "diagnostics"),
        tool=_text(body["tool"]),
        catalogue=_text(body["catalogue"]),
        commit=_optional_text(body["commit"]),
        source_digest=_text(body["source_digest"]),
        undoes=_optional_text(body.get("undoes")),
        project=_optional_text(body.get("project")),
        created_at=_text(body["created_at"]),
        requests_made=requests[0],
        requests_forecast=requests[1],
        requests_reread=_count(body.get("rereads", 0)),
        digest=_hexadecimal(body["digest"], "digest"),
        key_id=None if body["key_id"] is None else _hexadecimal(body["key_id"], "key_id"),
        hmac=None if body["hmac"] is None else _hexadecimal(body["hmac"], "hmac"),
        next_runs=_next_runs(body["next_runs"]) if "next_runs" in body else None,
        effects=_effects(body) if "effects" in body else None,
        forecast=_forecast(body["forecast"]) if "forecast" in body else None,
        state=_state(body["state"]) if "state" in body else None,
        zone=_zone(body["zone"]) if "zone" in body else "UTC",
    )


def _fingerprint(body: Body) -> Fingerprint:
    sample = _each(body["incarnation"], lambda item: tuple(_each(item, _text, "incarnation")), "incarnation")
    _expect(all(len(item) == 2 for item in sample), "incarnation has more than ids and times")
    pairs = tuple((item[0], item[1]) for item in sample)
    return Fingerprint(_text(body["environment"]), _text(body["tenant"]), _text(body["base_url"]), pairs)


def _summary(value: Json) -> Summary:
    changing = _count(_object(value, "summary").get("adopt_with_changes", 0))
    counts = _counts(value, ("create", "update", "delete", "adopt", "unchanged"), "summary")
    return Summary(*counts)._replace(adopt_with_changes=changing)


def _not_compared(value: Json) -> Mapping[str, int]:
    return {_text(kind): _count(number) for kind, number in _object(value, "not_compared").items()}


def _change(value: Json) -> Change:
    body = _object(value, "change")
    return Change(
        _key(body["kind"], body["key"]),
        _one_of(body["action"], Action),
        id=_optional_text(body["id"]),
        body=None if body["body"] is None else _record(body["body"], "body"),
        patch=_each(body["patch"], _operation, "patch"),
        before=None if body["before"] is None else _object(body["before"], "before"),
        precondition=_precondition(body["precondition"]),
        depends_on=_each(body["depends_on"], _full_key, "depends_on"),
        wave=_count(body["wave"]),
        fields=_each(body["fields"], _field, "fields"),
        reason=_text(body["reason"]),
        side=_side(body["class"]),
        name=_text(body.get("name", "")),
        last_change=_last_change(body),
    )


def _last_change(body: Body) -> LastChange | None:
    if "last_change" not in body:
        return None
    value = _object(body["last_change"], "last_change")
    last_change = LastChange(_text(value["at"]), _text(value["by"]), _text(value["run"]))
    if last_change.at:
        parse_moment(last_change.at)
    return last_change


def _operation(value: Json) -> Operation:
    body = _object(value, "operation")
    members = _OPERATIONS.get(str(body.get("op")))
    _expect(members is not None, f"a patch has the operation {body.get('op')!r}")
    _expect(sorted(members or ()) == sorted(body), "an operation has unknown or missing members")
    for name in ("path", "from"):
        if name in body:
            _writable(tokens(_text(body[name])))
    return body


def _record(value: Json, what: str) -> Body:
    body = _object(value, what)
    for name in body:
        _writable((name,))
    return body


def _writable(path: Sequence[str]) -> None:
    """Refuse ids and fields that the tenant maintains, other than the mark, whatever the file says."""
    first = path[0] if path else ""
    _expect(bool(path) and first != "id", "it would write a whole record, or its id")
    _expect(
        first == MARK_FIELD or not first.startswith("sys_"), f"it would write {first!r}, which only the tenant sets"
    )


def _precondition(value: Json) -> Precondition:
    if value == "absent":
        return Precondition(no_record=True)
    body = _object(value, "precondition")
    values, absent = _object(body["values"], "values"), _each(body["absent"], _text, "absent")
    for where in (*values, *absent):
        _expect(bool(tokens(where)), "a precondition compares a whole record")
    return Precondition(values, absent)


def _field(value: Json) -> FieldChange:
    body = _object(value, "field")
    risk = None if body["risk"] is None else _one_of(body["risk"], Risk)
    where = None if body["file"] is None else Location(_text(body["file"]), _count(body["line"]))
    old, new, base = (body.get(name, MISSING) for name in ("old", "new", "base"))
    keys = {id: Key.parse(_text(key)) for id, key in _object(body.get("names", {}), "names").items()}
    called = {id: _text(name) for id, name in _object(body.get("called", {}), "called").items()}
    names = tuple((keys | called).items())
    label, side = _text(body["label"]), _side(body["class"])
    items = _each(body.get("items", []), _text, "items")
    return FieldChange(_text(body["path"]), old, new, risk, where, label, side, base, names, items=items)


def _side(value: Json) -> Side | None:
    return None if value is None else _one_of(value, Side)


def _agreed(value: Json) -> Agreed:
    body = _object(value, "both")
    return Agreed(_key(body["kind"], body["key"]), _field(value), _last_change(body))


def _base(value: Json) -> Base:
    body = _object(value, "base")
    commit, origin, descends = _text(body["commit"]), _text(body["origin"]), _flag(body["descends"])
    if "lacks" not in body:
        return Base(commit, origin, descends, replaced=_optional_text(body.get("replaced")) or "")
    missing = _each(body["missing"], _missing, "missing")
    return Base(commit, origin, descends, _optional_text(body["fork"]), missing, _count(body["lacks"]))


def _missing(value: Json) -> MissingCommit:
    body = _object(value, "missing")
    return MissingCommit(_text(body["commit"]), _text(body["author"]))


def _guard(value: Json) -> Guard:
    body = _object(value, "guard")
    override = _text(body["override"])
    overrides = _each(body["overrides"], _text, "overrides") if "overrides" in body else (override,) * bool(override)
    return Guard(_text(body["name"]), _text(body["subject"]), _flag(body["ok"]), _text(body["message"]), overrides)


def _binding(value: Json) -> Binding:
    body = _object(value, "binding")
    return Binding(_key(body["kind"], body["key"]), _text(body["id"]), _flag(body["protected"]))


def _diagnostic(value: Json) -> Diagnostic:
    body = _object(value, "diagnostic")
    where = None
    if body["file"] is not None:
        where = Location(_text(body["file"]), _count(body["line"]), _count(body["column"]))
    return Diagnostic(
        _text(body["code"]),
        _text(body["message"]),
        _one_of(body["severity"], Severity),
        where,
        _text(body["pointer"]),
        help=_text(body["help"]),
        # Only the finding of a rule has these two.
        found_by=_one_of(body.get("found_by", "check"), FoundBy),
        suppressed=_optional_text(body.get("suppressed")) or "",
    )


def _state(value: Json) -> TenantState:
    body = _object(value, "state")
    state = TenantState(_one_of(body["origin"], Literal["snapshot", "empty"]), _text(body["taken_at"]))
    if state.taken_at:
        parse_moment(state.taken_at)
    _expect(state.origin == "snapshot" or not state.taken_at, "an empty tenant has no time")
    return state


def _zone(value: Json) -> str:
    zone = _text(value)
    _expect(zone in zones(), f"there is no time zone {zone!r}")
    return zone


def _next_runs(value: Json) -> NextRuns:
    from rhythmconf.model.next_runs import NextRuns  # few plans have them

    return NextRuns.from_json(value)


def _forecast(value: Json) -> Forecast:
    from rhythmconf.model.forecast import Forecast  # few plans have a forecast

    return Forecast.from_json(value)


def _effects(body: Body) -> Effects:
    from rhythmconf.model.effects import Effects  # few plans have effects, and `datetime` takes 3 ms to load

    return Effects.from_json(body["effects"], body["calendar"])


def _consistent(changes: Sequence[Change], summary: Summary) -> None:
    """Check that the changes agree with each other and with the summary."""
    waves = {change.key: change.wave for change in changes}
    _expect(len(waves) == len(changes), "two changes have one key")
    counted = summarise(changes, summary.unchanged)
    # An older version has written no `adopt_with_changes`.
    unsaid = counted._replace(adopt_with_changes=0)
    _expect(summary in (counted, unsaid), "its summary does not match its changes")
    _expect(list(changes) == sorted(changes, key=sort_key), "its changes are not in order")
    for change in changes:
        creates = change.action == "create"
        _expect(creates == (change.id is None), f"{change.key}: a {change.action} with the id {change.id!r}")
        _expect(creates == (change.body is not None), f"{change.key}: only a create has a body")
        _expect(
            creates == change.precondition.no_record,
            f"{change.key}: only a create can have the precondition that there is no record",
        )
        _expect(_compares_what_it_touches(change), f"{change.key}: it would write a value without a precondition")
        for key in change.depends_on:
            _expect(key in waves and waves[key] < change.wave, f"{change.key}: {key} does not come before it")


def _compares_what_it_touches(change: Change) -> bool:
    """Tell whether a change compares everything that it touches with the record before it writes."""
    if change.action == "create":
        return True
    watched = (*change.precondition.values, *change.precondition.absent)
    if change.action == "delete" and not watched:
        return False
    places = [str(operation[name]) for operation in change.patch for name in ("path", "from") if name in operation]
    return all(any(f"{place}/".startswith(f"{where}/") for where in watched) for place in places)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _Wrong(otherwise)


def _object(value: Json, what: str) -> Body:
    if not isinstance(value, dict):
        raise _Wrong(f"{what} is not an object")
    return value


def _each(value: Json, reader: Callable[[Json], T], what: str) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise _Wrong(f"{what} is not a list")
    return tuple(reader(item) for item in value)


def _counts(value: Json, names: Sequence[str], what: str) -> list[int]:
    body = _object(value, what)
    return [_count(body[name]) for name in names]


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"{value!r} is not a text")
    return value


def _hexadecimal(value: Json, what: str) -> str:
    """Check a digest: the comparison of digests takes nothing but ASCII."""
    text = _text(value)
    _expect(_HEXADECIMAL.fullmatch(text) is not None, f"its {what} is {text!r}")
    return text


def _optional_text(value: Json) -> str | None:
    return None if value is None else _text(value)


def _count(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Wrong(f"{value!r} is not a count")
    return value


def _flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"{value!r} is not true or false")
    return value


def _one_of(value: Json, literal: Any) -> Any:
    """Check that a value is one of a Literal type."""
    _expect(value in get_args(literal), f"{value!r} is none of {', '.join(get_args(literal))}")
    return value


def _key(kind: Json, name: Json) -> Key:
    key = Key(_text(kind), _text(name))
    fits = _KIND.fullmatch(key.kind) and _NAME.fullmatch(key.name)
    _expect(fits is not None, f"{str(key)!r} is not a key")
    return key


def _full_key(value: Json) -> Key:
    kind, _, name = _text(value).rpartition("/")
    return _key(kind, name)
