"""Write a plan file. It has the bytes of `plan --format json`: a member a line, and a change a line.

Digest and HMAC cover every byte but themselves. The digest detects damage. Only the HMAC, whose key is kept elsewhere,
detects an intentional change.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rhythmconf.engine.plan import codes
from rhythmconf.errors import Refused
from rhythmconf.model import (
    Agreed,
    Base,
    Binding,
    Body,
    Change,
    FieldChange,
    Guard,
    Json,
    Key,
    LastChange,
    Missing,
    Plan,
    Precondition,
    checksum_once,
)

if TYPE_CHECKING:
    from rhythmconf.model.effects import Effects

FORMAT = 1


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret of `RHYTHMCONF_PLAN_KEY`."""

    secret: str = field(repr=False)

    @property
    def id(self) -> str:
        """Return an id of the key that does not reveal it."""
        return hashlib.sha256(b"rhythmconf plan key\0" + self.secret.encode()).hexdigest()[:12]

    def sign(self, text: bytes) -> str:
        """Return the HMAC-SHA-256 of a text, as hexadecimal digits."""
        return hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()


def to_json(plan: Plan) -> Body:
    """Return the plan as JSON, with its members in the documented order."""
    fingerprint, summary = plan.fingerprint, plan.summary
    return {
        "format_version": FORMAT,
        "tool": plan.tool,
        "catalogue": plan.catalogue,
        # Older plan files and run records have no project, and stay as they are.
        **({} if plan.project is None else {"project": plan.project}),
        "environment": fingerprint.environment,
        "tenant": fingerprint.tenant,
        "base_url": fingerprint.base_url,
        "incarnation": [[id, created] for id, created in fingerprint.incarnation],
        "commit": plan.commit,
        "source_digest": plan.source_digest,
        **({} if plan.undoes is None else {"undoes": plan.undoes}),
        "created_at": plan.created_at,
        "changes": [_change(change) for change in plan.changes],
        "summary": {
            "create": summary.create,
            "update": summary.update,
            "delete": summary.delete,
            "adopt": summary.adopt,
            "unchanged": summary.unchanged,
            **({"adopt_with_changes": summary.adopt_with_changes} if summary.adopt_with_changes else {}),
        },
        "guards": [_guard(guard) for guard in plan.guards],
        "allowed": list(plan.allowed),
        "binds": [_binding(binding) for binding in plan.binds],
        "base": _base(plan.base),
        "both": [_agreed(agreed) for agreed in plan.both],
        "whole": plan.whole,
        **({"only": list(plan.only)} if plan.only else {}),
        **({"changed_since": plan.changed_since} if plan.changed_since else {}),
        **({"not_compared": dict(plan.not_compared)} if plan.not_compared else {}),
        "clean": plan.clean,
        "requests": {"made": plan.requests_made, "forecast": plan.requests_forecast},
        # Written only where it says something, so that older plan files stay as they are.
        **({"rereads": plan.requests_reread} if plan.requests_reread else {}),
        "diagnostics": [diagnostic.to_json() for diagnostic in plan.diagnostics],
        **({} if plan.next_runs is None else {"next_runs": plan.next_runs.to_json()}),
        **_effects(plan.effects),
        **({} if plan.forecast is None else {"forecast": plan.forecast.to_json()}),
        # A plan of the tenant itself has no state, and most read times in UTC; neither had older plan files.
        **({} if plan.state is None else {"state": plan.state._asdict()}),
        **({} if plan.zone == "UTC" else {"zone": plan.zone}),
        "digest": plan.digest,
        "key_id": plan.key_id,
        "hmac": plan.hmac,
    }


def dump(plan: Plan, key: SigningKey | None = None) -> bytes:
    """Return the bytes of the plan file, with a digest, and signed if there is a key."""
    return serialise(to_json(seal(plan, key)))


def seal(plan: Plan, key: SigningKey | None = None) -> Plan:
    """Return the plan with its digest, and with an HMAC if there is a key."""
    bare = plan._replace(key_id=key.id if key else None)
    covered = _covered(bare)
    return bare._replace(digest=_digest(covered), hmac=key.sign(covered) if key else None)


def check_digest(plan: Plan) -> None:
    """Raise Refused (RC314) if the digest is wrong. That needs no key."""
    if not hmac.compare_digest(_digest(_covered(plan)), plan.digest):
        raise damaged("its digest does not match its content")


def check_signature(plan: Plan, key: SigningKey | None) -> None:
    """Raise Refused (RC315) unless the HMAC was made with this key, or there is neither."""
    if key is None and plan.hmac is None:
        return
    if key is None:
        raise _unverified(f"the plan is signed (key {plan.key_id}), but RHYTHMCONF_PLAN_KEY is not set here, or empty")
    if plan.hmac is None:
        raise _unverified("the plan is not signed, but RHYTHMCONF_PLAN_KEY is set")
    if not hmac.compare_digest(key.sign(_covered(plan)), plan.hmac):
        raise _unverified(f"the plan is signed with another key ({plan.key_id}; here it is {key.id}), or was altered")


def _covered(plan: Plan) -> bytes:
    return serialise(to_json(plan._replace(digest="", hmac=None)))


def source_digest(texts: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over names and contents of the files that a plan is made from."""
    total = hashlib.sha256()
    for name in sorted(texts):
        total.update(name.encode("utf-8", "surrogateescape") + b"\0" + checksum_once(texts[name]))
    return total.hexdigest()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def serialise(body: Mapping[str, Json]) -> bytes:
    """Serialise as ASCII, with a line a member, and a line an element in lists of objects."""
    members = [f"{json.dumps(name)}: {_serialise_member(value)}" for name, value in body.items()]
    return ("{\n" + ",\n".join(members) + "\n}\n").encode()


def damaged(reason: str) -> Refused:
    """Return the error for a file that can't be a plan; `reason` says what is wrong with it."""
    return Refused(
        f"the plan file is damaged or was edited: {reason}",
        help="Plan again with `rhythmconf plan -o FILE`, review that, and apply it.",
        code=codes.DAMAGED_PLAN,
    )


def no_plan() -> Refused:
    """Return the error for a file that isn't a plan at all, such as a document."""
    return Refused(
        "this is no plan file",
        help="Plan again with `rhythmconf plan -o FILE`, then `rhythmconf apply FILE`. To apply the documents without "
        "a saved plan, name no file: `rhythmconf apply` reads them all, shows a plan and asks; `--only KIND/KEY` takes "
        "one of them.",
        code=codes.DAMAGED_PLAN,
    )


def _unverified(why: str) -> Refused:
    return Refused(
        why, help="Set the RHYTHMCONF_PLAN_KEY that the plan was made with, or plan again.", code=codes.BAD_SIGNATURE
    )


def _serialise_member(value: Json) -> str:
    if not isinstance(value, list) or not any(isinstance(item, dict) for item in value):
        return json.dumps(value, allow_nan=False)
    return "[\n" + ",\n".join(json.dumps(item, allow_nan=False) for item in value) + "\n]"


def _change(change: Change) -> Body:
    return {
        "kind": change.key.kind,
        "key": change.key.name,
        "id": change.id,
        **({"name": change.name} if change.name else {}),
        "action": change.action,
        "body": change.body,
        "patch": list(change.patch),
        "before": change.before,
        "precondition": _precondition(change.precondition),
        "depends_on": [str(key) for key in change.depends_on],
        "wave": change.wave,
        "fields": [_field(each) for each in change.fields],
        "reason": change.reason,
        "class": change.side,
        **_last_change(change.last_change),
    }


def _agreed(agreed: Agreed) -> Body:
    key = agreed.key
    return {"kind": key.kind, "key": key.name, **_field(agreed.field), **_last_change(agreed.last_change)}


def _last_change(last_change: LastChange | None) -> Body:
    # Most changes have none, and neither had older plan files.
    return {} if last_change is None else {"last_change": last_change._asdict()}


def _precondition(precondition: Precondition) -> Json:
    if precondition.no_record:
        return "absent"
    return {"values": dict(precondition.values), "absent": list(precondition.absent)}


def _field(change: FieldChange) -> Body:
    where = change.location
    values: Iterable[tuple[str, Json | Missing]] = (("old", change.old), ("new", change.new), ("base", change.base))
    return {
        "path": change.path,
        "label": change.label,
        **({"items": list(change.items)} if change.items else {}),
        **{name: value for name, value in values if not isinstance(value, Missing)},
        "risk": change.risk,
        "class": change.side,
        "file": where.file if where else None,
        "line": where.line if where else None,
        **_record_names("names", {id: str(name) for id, name in change.names if isinstance(name, Key)}),
        **_record_names("called", {id: name for id, name in change.names if not isinstance(name, Key)}),
    }


def _record_names(member: str, names: Mapping[str, str]) -> Body:
    return {member: {**names}} if names else {}


def _guard(guard: Guard) -> Body:
    return {
        "name": guard.name,
        "subject": guard.subject,
        "ok": guard.ok,
        "message": guard.message,
        "override": guard.override,
        # Added in 0.2; a plan file from before has a single text, which is kept as one flag.
        **({"overrides": list(guard.overrides)} if len(guard.overrides) > 1 else {}),
    }


def _base(base: Base | None) -> Json:
    if base is None:
        return None
    compared: Body = {"commit": base.commit, "origin": base.origin, "descends": base.descends}
    if base.replaced:
        return {**compared, "replaced": base.replaced}
    if not base.lacks:
        return compared
    missing: list[Json] = [{"commit": commit.id, "author": commit.author} for commit in base.missing]
    return {**compared, "fork": base.fork, "lacks": base.lacks, "missing": missing}


def _effects(effects: Effects | None) -> Body:
    # A plan that changes no date has neither member, and so have older plan files.
    return {} if effects is None else {"effects": effects.to_json(), "calendar": effects.calendar}


def _binding(binding: Binding) -> Body:
    return {
        "kind": binding.key.kind,
        "key": binding.key.name,
        "id": binding.id,
        "protected": binding.protected,
    }
