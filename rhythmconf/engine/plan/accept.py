"""A plan and what is known here -> nothing, or a refusal: a guard says no, it is another tenant's, too old, or would
write what no kind has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rhythmconf.catalog import Catalog, Field
from rhythmconf.engine.identity.marks import FIELD
from rhythmconf.engine.plan import codes
from rhythmconf.engine.plan.file import damaged
from rhythmconf.engine.plan.guards import PROTECTED_ENVIRONMENT
from rhythmconf.errors import Refused
from rhythmconf.model import Change, Guard, Plan, tokens
from rhythmconf.settings import Environment

SKEW_S = 3600.0
"""How far the clocks of two computers may be apart."""


def refuse_guarded(plan: Plan) -> None:
    """Raise Refused (RC310) when a guard says no."""
    refusing = [guard for guard in plan.guards if not guard.ok]
    if refusing:
        ways = _ways(refusing)
        lifting = f"review it; if it is what you want, plan again with {ways}"
        raise Refused(
            f"{len(refusing)} guard{'s' * (len(refusing) != 1)} refused this plan: {refusing[0].message}",
            help=lifting if ways else "nothing overrides this: do what it says, and plan again",
            code=codes.GUARD,
        )


def _ways(refusing: Sequence[Guard]) -> str:
    """The flags to type together, and those of which each conflict takes one."""
    together = " ".join(dict.fromkeys(guard.overrides[0] for guard in refusing if len(guard.overrides) == 1))
    choices = dict.fromkeys(guard.overrides for guard in refusing if len(guard.overrides) > 1)
    either = (" or ".join(f"`{way}`" for way in ways) for ways in choices)
    return ", and with ".join([*([f"`{together}`"] if together else []), *either])


def refuse_unfit(plan: Plan, environment: Environment, *, now: float) -> None:
    """Raise Refused for a plan that is not for here and now: what a guard refused may have been saved all the same.

    RC310 where a guard says no, or was never asked; RC503 for another tenant's; RC504 where it is too old for a
    protected environment, RC314 where it tells no time. `now` is Unix time.
    """
    refuse_foreign(plan, environment)
    refuse_guarded(plan)
    age_s = now - _made_at(plan)
    if environment.protected:
        _refuse_unasked(plan, environment)
        _refuse_untimely(age_s, environment)


def _refuse_untimely(age_s: float, environment: Environment) -> None:
    """A plan from the future would never grow old."""
    age_days, most = age_s / 86_400, environment.max_plan_age_days
    if age_s >= -SKEW_S and age_days <= most:
        return
    words = (
        f"{age_days:.1f} days old" if age_s > 0 else f"dated {-age_s / 3600:.1f} hours ahead of this computer's clock"
    )
    raise Refused(
        f"the plan is {words}; {environment.name} takes none older than {most:g} days (max_plan_age)",
        help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
        code=codes.PLAN_TOO_OLD,
    )


def _made_at(plan: Plan) -> float:
    try:
        return datetime.fromisoformat(plan.created_at).timestamp()
    except (ValueError, OverflowError):
        raise damaged(f"created_at is {plan.created_at!r}, which is no time") from None


def _refuse_unasked(plan: Plan, environment: Environment) -> None:
    """Every deletion in a protected environment was somebody's decision."""
    asked = {guard.subject for guard in plan.guards if guard.name == PROTECTED_ENVIRONMENT}
    for change in plan.changes:
        if change.action == "delete" and str(change.key) not in asked:
            raise Refused(
                f"{environment.name} is protected, and the plan deletes {change.key} without having asked for that",
                help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
                code=codes.GUARD,
            )


def refuse_foreign(plan: Plan, environment: Environment) -> None:
    """Raise Refused (RC503) for a plan, or the plan of a run, that is for another tenant than the environment's."""
    place = plan.fingerprint
    if (place.tenant, place.base_url) != (environment.tenant, environment.address):
        raise Refused(
            f"the plan is for tenant {place.tenant} at {place.base_url}, but {environment.name} is tenant "
            f"{environment.tenant} at {environment.address}",
            help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
            code=codes.OTHER_TENANT,
        )


def refuse_misfits(plan: Plan, catalog: Catalog) -> None:
    """Raise Refused (RC317) for a kind that the catalogue doesn't have, or a field of it that can't be written."""
    keys = (*(change.key for change in plan.changes), *(binding.key for binding in plan.binds))
    strangers = [(key, f"there is no kind {key.kind}") for key in keys if key.kind not in catalog.kinds]
    wrong = strangers or [(change.key, words) for change in plan.changes for words in _wrong(change, catalog)]
    if wrong:
        key, words = wrong[0]
        raise Refused(
            f"the plan doesn't fit the kinds known here: {key}: {words}",
            help="apply it with the schemas that it was made with, or plan again",
            code=codes.UNKNOWN_TO_CATALOG,
        )


def _wrong(change: Change, catalog: Catalog) -> Iterator[str]:
    kind = catalog.kinds[change.key.kind]
    paths = [str(operation["path"]) for operation in change.patch]
    for path in [*(f"/{name}" for name in change.body or {}), *paths]:
        if path != f"/{FIELD}" and not _writable(kind.root, path):
            yield f"{path} is no field that can be written"


def _writable(root: Field, path: str) -> bool:
    field = root
    for token in tokens(path):
        if field.fields is None and field.items is None:
            return not field.read_only  # nothing is known of what lies inside
        child = field.child(token)
        if child is None or child.read_only:
            return False
        field = child
    return True
