"""Save the plans of a fleet as one bundle, and read it: what was reviewed is what is applied."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hmac import compare_digest
from pathlib import Path, PurePosixPath

from rhythmconf.engine import plan as planning
from rhythmconf.errors import Refused
from rhythmconf.flows.clock import now
from rhythmconf.model import Body, Json, canonical, checksum, decode, dump
from rhythmconf.model.fleet import Bundle, BundledPlan, MemberSummary, Ring
from rhythmconf.settings.fleet import NAME, REST, RING, Fleet
from rhythmconf.source.project import bundle_files, files

FORMAT = 1


def save_bundle(
    folder: Path, fleet: Fleet, summaries: Iterable[MemberSummary], key: planning.SigningKey | None
) -> Bundle:
    """Write the manifest of the plans that workers have saved in a folder. A member without a plan is not in it."""
    plans = {
        one.name: BundledPlan(one.name, one.project, one.environment, one.changes, one.plan_digest)
        for one in summaries
        if one.plan_digest
    }
    bundle = Bundle(tuple(_assign(fleet, plans)), fleet.max_failures, now())
    body = _to_json(bundle)
    body["digest"] = checksum(canonical(body)).hex()
    if key is not None:
        body["hmac"] = key.sign(canonical(body))
    files.write(folder / bundle_files.MANIFEST, dump(body).encode(), mode=0o600)
    return bundle._replace(digest=str(body["digest"]))


def read_bundle(folder: Path, key: planning.SigningKey | None) -> Bundle:
    """Read the manifest of a bundle. Raises Refused for one that is damaged, changed, or not signed with the key."""
    text = bundle_files.read_manifest(folder)
    try:
        body = decode(text)
        if not isinstance(body, dict) or body["format_version"] != FORMAT:
            raise ValueError("it has another format")
        signature = str(body.pop("hmac", ""))
        signed = canonical(body)
        digest = str(body.pop("digest"))
        if digest != checksum(canonical(body)).hex():
            raise ValueError("it was changed after it was written")
        if key is not None and not compare_digest(signature, key.sign(signed)):
            raise ValueError("it is not signed with the key in RHYTHMCONF_PLAN_KEY")
        return _from_json(body, digest)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"the manifest of this bundle can't be used: {error}",
            where=str(folder / bundle_files.MANIFEST),
            help="plan again with `rhythmconf fleet plan -o DIR`",
        ) from None


def _assign(fleet: Fleet, plans: Mapping[str, BundledPlan]) -> Iterator[Ring]:
    """Assign each plan to one ring. A percentage is of all plans; it takes none that a label puts into another ring."""
    labels = {member.name: member.labels.get(RING, REST) for member in fleet.members}
    left = [member.name for member in fleet.members if member.name in plans]
    for ring in fleet.rings:
        if ring == REST:
            names = left
        elif ring.endswith("%"):
            free = [name for name in left if labels[name] not in fleet.rings or labels[name] == REST]
            names = free[: math.ceil(len(plans) * int(ring[:-1]) / 100)]
        else:
            names = [name for name in left if labels[name] == ring]
        left = [name for name in left if name not in {*names}]
        if names:
            yield Ring(ring, tuple(plans[name] for name in names))


def _to_json(bundle: Bundle) -> Body:
    rings: list[Json] = [{"ring": ring.name, "plans": [one._asdict() for one in ring.plans]} for ring in bundle.rings]
    return {
        "format_version": FORMAT,
        "created_at": bundle.created_at,
        "max_failures": bundle.max_failures,
        "rings": rings,
    }


def _from_json(body: Mapping[str, Json], digest: str) -> Bundle:
    rings = [Ring(str(ring["ring"]), tuple(map(_read_plan, _bodies(ring["plans"])))) for ring in _bodies(body["rings"])]
    return Bundle(tuple(rings), int(str(body["max_failures"])), str(body["created_at"]), digest)


def _read_plan(body: Body) -> BundledPlan:
    name, project, environment, digest = (str(body[member]) for member in ("name", "project", "environment", "digest"))
    # Whoever wrote the manifest must not lead to a file or a project elsewhere.
    if not NAME.fullmatch(name) or ".." in PurePosixPath(project).parts or PurePosixPath(project).is_absolute():
        raise ValueError(f"{name}: {project} is not a member of a fleet")
    return BundledPlan(name, project, environment, int(str(body["changes"])), digest)


def _bodies(value: Json) -> Sequence[Body]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise TypeError("a list is missing")
    return value  # type: ignore[return-value]
