"""Check whether a plan that was read from a file may be applied here and now.

Whoever can write a digest can put one on any plan. So nothing in the file is trusted: not its guards, its kinds or the
fields that a reviewer reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rhythmconf.catalog import Catalog, Field, Kind
from rhythmconf.catalog.unknown import is_the_tenants_own
from rhythmconf.engine.diff import field_changes
from rhythmconf.engine.identity import parse_mark
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.file import damaged
from rhythmconf.engine.plan.guards import PROTECTED_ENVIRONMENT
from rhythmconf.errors import Refused
from rhythmconf.model import MARK_FIELD, MISSING, Body, Change, Guard, Json, Missing, Plan, canonical, pointer, tokens
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Site

CLOCK_SKEW_S = 3600.0
"""How far the clocks of two computers may be apart, in seconds."""


AHEAD_S = 86_400.0
"""How far a plan may be ahead of this computer's clock in an environment that is not protected, in seconds."""
OLD_DAYS = 366
"""How old a plan may be in an environment that is not protected, in days."""


def check_acceptable(plan: Plan, site: Site, *, tool: str, now: float) -> None:
    """Raise Refused unless the plan may be applied to a site. `tool` is the version of rhythmconf that applies it,
    `now` is in seconds since 1970.
    """
    environment, catalog = site.environment, site.catalog
    check_state(plan, environment)
    check_project(plan, site.project)
    check_tenant(plan, environment)
    check_applicable(plan)
    check_deletions(plan, environment)
    check_age(plan, environment, now=now)
    check_kinds(plan, catalog)
    check_maker(plan, environment, catalog, tool)
    check_marks(plan, site)
    check_shown(plan, catalog)


def check_state(plan: Plan, environment: Environment) -> None:
    """Raise Refused (RC552) if the plan only assumes that the tenant is empty: it knows nothing of its records."""
    if plan.state is not None and plan.state.origin == "empty":
        raise Refused(
            "the plan was made as if the tenant were empty (--empty-tenant), so it can't be applied",
            help=_plan_again(environment),
            code=codes.EMPTY_ASSUMED,
        )


def check_project(plan: Plan, project: str) -> None:
    """Raise Refused (RC318) if the plan was made by another project: its marks would be another owner's."""
    if plan.project == project:
        return
    made_by = f"for project {plan.project!r}" if plan.project else "by a rhythmconf that didn't note the project"
    raise Refused(
        f"the plan was made {made_by}; this project is {project!r}",
        help="apply it in the folder of its project, or plan again here: rhythmconf plan -o FILE",
        code=codes.OTHER_PROJECT,
    )


def check_maker(plan: Plan, environment: Environment, catalog: Catalog, tool: str) -> None:
    """Raise Refused (RC319) if another version of rhythmconf, or one with other kinds, made the plan."""
    if plan.tool != tool:
        problem = f"by rhythmconf {plan.tool or 'of an unknown version'}; this is {tool}"
    elif plan.catalogue != catalog.version:
        problem = "with other schemas of the kinds than those here"
    else:
        return
    raise Refused(f"the plan was made {problem}", help=_plan_again(environment), code=codes.OTHER_MAKER)


def check_marks(plan: Plan, site: Site) -> None:
    """Raise Refused (RC314) for a change that writes a mark which is not this project's and the key's.

    A rollback may restore what was there before: no mark, or the external id of another system.
    """
    for change in plan.changes:
        if change.action == "create":
            written = [change.body.get(MARK_FIELD)] if change.body else []
        else:
            written = [operation.get("value") for operation in change.patch if operation["path"] == f"/{MARK_FIELD}"]
        for text in written:
            mark = parse_mark(text)
            own = mark is not None and (mark.project, mark.key) == (site.project, change.key.name)
            unmarked = text is None and change.action == "create" and site.dialect.external_id != "writable"
            if not own and not unmarked and plan.undoes is None:
                raise damaged(f"{change.key}: it would write {text!r} as its mark")


def check_tenant(plan: Plan, environment: Environment) -> None:
    """Raise Refused (RC503) if the plan was made for another tenant than the environment's."""
    fingerprint = plan.fingerprint
    if (fingerprint.tenant, fingerprint.base_url) != (environment.tenant, environment.address):
        raise Refused(
            f"the plan is for tenant {fingerprint.tenant} at {fingerprint.base_url}, but {environment.name} is tenant "
            f"{environment.tenant} at {environment.address}",
            help=_plan_again(environment),
            code=codes.OTHER_TENANT,
        )


def check_guards(plan: Plan) -> None:
    """Raise Refused (RC310) if a guard refuses the plan."""
    refuse_guards([guard for guard in plan.guards if not guard.ok])


def check_applicable(plan: Plan) -> None:
    """Raise Refused if a guard refuses the plan (RC310), or if a rule found an error that nothing allows (RC311)."""
    check_guards(plan)
    errors = [diagnostic for diagnostic in plan.diagnostics if diagnostic.fails]
    if errors and plan.changes:
        first, more = errors[0], f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise Refused(
            f"{first.code}: {first.message}{more}",
            where=first.location,
            help=f"correct it and plan again; `rhythmconf explain {first.code}` says how to allow it if it is meant so",
            code=codes.FINDING,
        )


def refuse_guards(refusing: Sequence[Guard]) -> None:
    """Raise Refused (RC310) if there is a guard that refuses."""
    if refusing:
        flags = _flags(refusing)
        override = f"review it; if it is what you want, plan again with {flags}{_explain_sides(refusing)}"
        raise Refused(
            f"{len(refusing)} guard{'s' * (len(refusing) != 1)} refused this plan: {refusing[0].message}",
            help=override if flags else "there is no override: do what the message says, and plan again",
            code=codes.GUARD,
        )


def _flags(refusing: Sequence[Guard]) -> str:
    """Return the flags to type together, and for each conflict the flags of which the user takes one."""
    together = " ".join(dict.fromkeys(guard.overrides[0] for guard in refusing if len(guard.overrides) == 1))
    choices = dict.fromkeys(guard.overrides for guard in refusing if len(guard.overrides) > 1)
    either = (" or ".join(f"`{flag}`" for flag in flags) for flags in choices)
    return ", and with ".join([*([f"`{together}`"] if together else []), *either])


def _explain_sides(refusing: Sequence[Guard]) -> str:
    """Return what the flags for a conflict do, as a sentence to follow them; empty where none of them is offered."""
    offered = {flag.partition(" ")[0] for guard in refusing for flag in guard.overrides}
    theirs = "; --theirs keeps the tenant's and names the lines to change" if "--theirs" in offered else ""
    return f". --ours keeps the value of the files{theirs}" if "--ours" in offered else ""


def check_age(plan: Plan, environment: Environment, *, now: float) -> None:
    """Raise Refused (RC504) if the plan is too old or from the future, or RC314 if it has no valid time.

    `now` is in seconds since 1970.
    """
    try:
        moment = datetime.fromisoformat(plan.created_at)
        if moment.tzinfo is None:
            raise ValueError(moment)
        age_s = now - moment.timestamp()
    except (ValueError, OverflowError):
        raise damaged(f"created_at is {plan.created_at!r}, which is not a time with its zone") from None
    protected = environment.protected
    limit, ahead_s = (environment.max_plan_age_days, CLOCK_SKEW_S) if protected else (OLD_DAYS, AHEAD_S)
    age_days = age_s / 86_400
    # A plan from the future would never grow too old.
    if age_s >= -ahead_s and age_days <= limit:
        return
    age = f"{age_days:.1f} days old" if age_s > 0 else f"dated {-age_s / 3600:.1f} hours ahead of this computer's clock"
    setting = " (max_plan_age)" if protected else ""
    raise Refused(
        f"the plan is {age}; {environment.name} accepts none older than {limit:g} days{setting}",
        help=_plan_again(environment),
        code=codes.PLAN_TOO_OLD,
    )


def check_deletions(plan: Plan, environment: Environment) -> None:
    """Raise Refused (RC310) if the plan deletes in a protected environment and no guard asked about that.

    The plan may have been made while the environment was not protected.
    """
    asked = {guard.subject for guard in plan.guards if guard.name == PROTECTED_ENVIRONMENT}
    for change in plan.changes if environment.protected else ():
        if change.action == "delete" and str(change.key) not in asked:
            raise Refused(
                f"{environment.name} is protected, and the plan deletes {change.key}, which no guard has checked",
                help=_plan_again(environment),
                code=codes.GUARD,
            )


def _plan_again(environment: Environment) -> str:
    return f"plan again: rhythmconf plan --env {environment.name} -o FILE"


def check_kinds(plan: Plan, catalog: Catalog) -> None:
    """Raise Refused (RC317) for a kind that the catalogue lacks, or a field that can't be written."""
    keys = (*(change.key for change in plan.changes), *(binding.key for binding in plan.binds))
    unknown = [(key, f"there is no kind {key.kind}") for key in keys if key.kind not in catalog.kinds]
    problems = unknown or [
        (change.key, f"{path} is not a field that can be written")
        for change in plan.changes
        for path in _unwritable(change, catalog)
    ]
    if problems:
        key, problem = problems[0]
        raise Refused(
            f"the plan doesn't fit the kinds known here: {key}: {problem}",
            help="apply it with the schemas that it was made with, or plan again",
            code=codes.UNKNOWN_TO_CATALOG,
        )


def _unwritable(change: Change, catalog: Catalog) -> Iterator[str]:
    root = catalog.kinds[change.key.kind].root
    paths = [*(pointer((name,)) for name in change.body or {}), *(str(operation["path"]) for operation in change.patch)]
    return (path for path in paths if path != f"/{MARK_FIELD}" and not _writable(root, path))


def _writable(root: Field, path: str) -> bool:
    field, above = root, ""
    for token in tokens(path):
        if field.fields is None and field.items is None:
            return not field.read_only  # the schema says nothing about what is inside
        child = field.child(token)
        if child is None:  # the schema may still allow members that it doesn't name
            return field.allows(token) and not is_the_tenants_own(token, above)
        if child.read_only:
            return False
        field, above = child, path
    return True


def check_shown(plan: Plan, catalog: Catalog) -> None:
    """Raise Refused (RC314) for a change whose `fields`, which a reviewer reads, are not what it does.

    `check_kinds` must have passed. A deletion shows no fields: its title says what it does.
    """
    for change in plan.changes:
        if change.action != "delete" and not _shows_what_it_does(change, catalog.kinds[change.key.kind]):
            raise damaged(f"{change.key}: its fields don't match its patch")


def _shows_what_it_does(change: Change, kind: Kind) -> bool:
    import jsonpatch  # a plan that only creates needs none

    before = {} if change.action == "create" else _compared_part(change)
    try:
        after: Body = jsonpatch.JsonPatch(list(change.patch)).apply(change.body or before)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        return False
    if change.action != "create":
        done = {_comparable(field.path, field.old, field.new) for field in field_changes(kind, before, after)}
        shown = {_comparable(field.path, field.old, field.new) for field in change.fields}
    else:
        # For options that are switched off, some dialects send blank values that no reviewer is shown.
        blanks_removed = _without_blanks(after)
        sent = blanks_removed if isinstance(blanks_removed, dict) else {}
        done = {_comparable(field.path, MISSING, field.new) for field in field_changes(kind, {}, sent)}
        values = ((field.path, _without_blanks(field.new)) for field in change.fields)
        shown = {_comparable(path, MISSING, value) for path, value in values if not _blank(value)}
    # A create or an adoption writes the mark without showing it.
    hidden = set() if change.action == "update" else {f"/{MARK_FIELD}"}
    return shown == {value for value in done if value[0] not in hidden}


def _compared_part(change: Change) -> Body:
    """Return the part of the record that is compared before the patch is sent: all that the patch touches."""
    body: Body = {}
    for where, value in change.precondition.values.items():
        *above, name = tokens(where)
        _make_parents(body, above)[name] = value
    for where in change.precondition.absent:
        _make_parents(body, tokens(where)[:-1])
    return body


def _make_parents(body: Body, path: Sequence[str]) -> Body:
    for name in path:
        inner = body.setdefault(name, {})
        if not isinstance(inner, dict):
            return {}
        body = inner
    return body


def _comparable(path: str, old: Json | Missing, new: Json | Missing) -> tuple[str, bytes, bytes]:
    return path, _bytes(old), _bytes(new)


def _bytes(value: Json | Missing) -> bytes:
    return b"" if isinstance(value, Missing) else canonical(value)


def _without_blanks(value: Json | Missing) -> Json | Missing:
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]  # type: ignore[misc]
    if not isinstance(value, dict):
        return value
    kept = {name: _without_blanks(member) for name, member in value.items()}
    return {name: member for name, member in kept.items() if not _blank(member)}  # type: ignore[misc]


def _blank(value: Json | Missing) -> bool:
    return value in ({}, [], "", None) or value is MISSING
